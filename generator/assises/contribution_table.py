"""Rows of a table → statements: columns and values known in French and English, every bad row told. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

from assises import scalars
from assises.content import Statement
from assises.contribution import CHANNELS
from assises.problems import NOTHING, Location, Message, Problem, message
from assises.scalars import RefusedError, did_you_mean, shown
from assises.site import Site, address
from assises.slugs import slug
from assises.spreadsheet import Row, Table, column_letter
from assises.statements import faults, is_page
from assises.tree import Scalar

COLUMNS = tuple(item.name for item in fields(Statement) if not item.metadata.get("given"))

_HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        "page": "of", "sujet": "of", "theme": "of", "question": "of", "a-propos": "of", "de": "of", "topic": "of",
        "type": "kind", "genre": "kind", "nature": "kind", "date": "time", "heure": "time", "jour": "time",
        "date-et-heure": "time", "quand": "time", "canal": "channel", "source": "channel", "origine": "channel",
        "langue": "language", "texte": "text", "contribution": "text", "propos": "text", "message": "text",
        "commentaire": "text", "auteur": "author", "nom": "author", "pseudo": "author", "pseudonyme": "author",
        "avis": "position", "lieu": "place", "ou": "place", "cle": "key", "reference": "key", "id": "key",
    }
)  # fmt: skip
"""Columns by what spreadsheets may call them, as slugs."""

_VALUES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "channel": {
            "papier": "paper", "reunion": "meeting", "rencontre": "meeting", "atelier": "workshop", "cafe": "cafe",
            "caravane": "caravan", "guichet": "desk", "accueil": "desk", "permanence": "desk",
            "telephone": "telephone", "tel": "telephone", "courrier": "letter", "lettre": "letter",
            "courriel": "mail", "mail": "mail", "e-mail": "mail", "email": "mail", "ville": "town", "site": "web",
            "web": "web",
        },
        "position": {"pour": "for", "favorable": "for", "nuance": "nuanced", "contre": "against", "oppose": "against"},
        "kind": {"commentaire": "comment", "avis": "comment", "proposition": "proposal", "reponse": "answer"},
    }
)  # fmt: skip

_FRENCH_DAY = re.compile(
    r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ T]+(?:à )?(\d{1,2})(?::|h| h )(\d{2})?(?::(\d{2}))?)?"
)
_NO_SECONDS = re.compile(r"\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?")


@dataclass(slots=True)
class Reading:
    """What a table holds: statements in order, and every problem."""

    statements: list[Statement] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    bad: list[Row] = field(default_factory=list)
    """Rows that problems are in."""


def read_rows(table: Table, path: PurePosixPath, site: Site, defaults: Mapping[str, str]) -> Reading:
    """Return the statements of a table; `defaults` fill the columns that it has not, or leaves empty."""
    columns, problems = _columns(table.head, path, defaults)
    reading = Reading(problems=problems)
    if problems:
        return reading
    pages = _pages(site)
    for row in table.rows:
        found = _Row(row, path, columns, defaults, site, pages)
        statement = found.statement()
        reading.problems += found.problems
        if statement and not found.problems:
            reading.statements.append(statement)
        else:
            reading.bad.append(row)
    _check_keys(reading, path)
    return reading


def _columns(
    head: Row, path: PurePosixPath, defaults: Mapping[str, str]
) -> tuple[dict[str, int], list[Problem]]:
    columns: dict[str, int] = {}
    problems = []
    for index, cell in enumerate(head.cells):
        name = slug(cell)
        key = name if name in COLUMNS else _HEADINGS.get(name, "")
        at = Location(path, head.line, 1)
        if not name:
            continue
        if not key:
            what = message(
                "Column {letter}: “{heading}” is not known.", letter=column_letter(index), heading=shown(cell)
            )
            problems.append(Problem(at, what, did_you_mean(name, {*COLUMNS, *_HEADINGS})))
        elif key in columns:
            what = message(
                "Columns {one} and {other} are both “{key}”.",
                one=column_letter(columns[key]),
                other=column_letter(index),
                key=key,
            )
            problems.append(Problem(at, what, message("Delete one of the two.")))
        else:
            columns[key] = index
    lacking = () if problems else ("text", "of", "time", "channel")
    for key in lacking:
        if key not in columns and not defaults.get(key):
            what = message("There is no column “{key}”.", key=key)
            mend = message("Add it, or say it for all rows with --{key}.", key=key)
            problems.append(Problem(Location(path, head.line), what, mend))
    return columns, problems


@dataclass(slots=True)
class _Row:
    """One row being read."""

    row: Row
    path: PurePosixPath
    columns: Mapping[str, int]
    defaults: Mapping[str, str]
    site: Site
    pages: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def statement(self) -> Statement | None:
        """Return the row's statement, or None where its cells cannot make one."""
        values: dict[str, Any] = {}
        for key in COLUMNS:
            if text := self._cell(key):
                try:
                    values[key] = self._value(key, text)
                except RefusedError as refused:
                    self._add(key, refused.what, refused.mend)
        for key in ("text", "of", "time", "channel"):
            if key not in values and not self.problems:
                self._add(
                    key, message("“{key}” is empty.", key=key), message("Fill the cell, or delete the row.")
                )
        if self.problems:
            return None
        statement = Statement(**values, location=Location(self.path, self.row.line))
        for key, what, mend in faults(statement):
            self._add(key, what, mend)
        return statement

    def _cell(self, key: str) -> str:
        index = self.columns.get(key, -1)
        cell = self.row.cells[index] if 0 <= index < len(self.row.cells) else ""
        return (cell if key == "text" else cell.strip()) if cell.strip() else self.defaults.get(key, "")

    def _value(self, key: str, text: str) -> Any:
        match key:
            case "time":
                return instant(text, self.site)
            case "of":
                return self._page(text)
            case "channel" | "position" | "kind":
                known = _VALUES[key]
                stated = {*known.values(), *(CHANNELS if key == "channel" else ())}
                value = text if text in stated else known.get(slug(text), "")
                if not value:
                    what = message("“{value}” is not possible here.", value=shown(text))
                    raise RefusedError(what, did_you_mean(slug(text), {*stated, *known}))
                return value
        return text

    def _page(self, text: str) -> str:
        if is_page(text) and text in self.pages.values():
            return text
        found = self.pages.get(text.strip("/").casefold()) or self.pages.get(slug(text))
        return found or text

    def _add(self, key: str, what: Message, mend: Message) -> None:
        index = self.columns.get(key)
        cell = message("Column {letter}.", letter=column_letter(index)) if index is not None else NOTHING
        self.problems.append(Problem(Location(self.path, self.row.line), what, mend, why=cell))


def instant(text: str, site: Site) -> datetime:
    """Return when something was said, in UTC: a day, with or without a time, French or ISO, with or without a zone.

    Raises:
        RefusedError: it is none, or one that the change of clocks leaves out.
    """
    if found := _FRENCH_DAY.fullmatch(text):
        day, month, year, hour, minute, second = found.groups()
        clock = f" {int(hour):02}:{minute or '00'}:{second or '00'}" if hour else ""
        text = f"{year}-{int(month):02}-{int(day):02}{clock}"
    elif not _NO_SECONDS.fullmatch(text):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment and moment.tzinfo:
            return moment.astimezone(UTC).replace(microsecond=0)
    at = Location(PurePosixPath())
    local = scalars.start(
        Scalar(text.partition(".")[0].replace("T", " "), "str", at), site.settings.time_zone
    )
    return local.astimezone(UTC)


def _pages(site: Site) -> dict[str, str]:
    """Return the ids of pages by id, address and title."""
    found: dict[str, str] = {}
    for page in site.content.pages:
        for name in (slug(page.title), address(page, site.language).strip("/").casefold(), page.id):
            found[name or "index"] = page.id
    return found


def _check_keys(reading: Reading, path: PurePosixPath) -> None:
    """Note what is answered and not there, and what stands in the table twice."""
    keys = {statement.key for statement in reading.statements if statement.key}
    seen: dict[Statement, int] = {}
    for statement in reading.statements:
        at = statement.location
        same = replace(statement, key="", location=Location(path))
        if same in seen:
            what = message(
                "This row is the same as that of line {line}: it is counted once.", line=seen[same]
            )
            reading.problems.append(Problem(at, what, severity="warning"))
        seen.setdefault(same, at.line)
        if not is_page(statement.of) and statement.of not in keys:
            what = message(
                "“{of}” is neither a page of the site nor the “key” of another row.", of=shown(statement.of)
            )
            mend = message("Write folder and name, such as “topics/housing”.")
            reading.problems.append(Problem(at, what, mend))


def known_pages(reading: Reading, site: Site) -> Iterable[Problem]:
    """Yield each statement that speaks to a page that the site has not."""
    ids = {page.id for page in site.content.pages}
    for statement in reading.statements:
        if is_page(statement.of) and statement.of not in ids:
            what = message("There is no page “{id}”.", id=shown(statement.of))
            yield Problem(statement.location, what, did_you_mean(statement.of, ids))
