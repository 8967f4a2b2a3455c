"""Lines of ``content/contributions/*.jsonl`` → statements, each bad one with its line and column."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from assises import canonical, tree
from assises.content import Statement
from assises.contribution import (
    CHANNELS,
    MAX_AUTHOR,
    NO_ID,
    NO_NONCE,
    OUTCOMES,
    POSITIONS,
    Contribution,
    is_language,
    is_page_id,
)
from assises.problems import NOTHING, Location, Message, Problem, message
from assises.scalars import did_you_mean, shown
from assises.schema import Context, read

_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def is_page(of: str) -> bool:
    """Tell whether a statement speaks to a page, and not to a statement by its key."""
    return of == "index" or "/" in of


def read_statements(text: str, path: PurePosixPath) -> tuple[list[Statement], list[Problem]]:
    """Return the statements of a file, and every problem."""
    statements, problems = list[Statement](), list[Problem]()
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        context = Context(start=Location(path, number), problems=problems)
        node = _parse(line, context)
        before = len(problems)
        statement = (
            read(
                node, Statement, context=context, given={"location": context.start, "places": context.places}
            )
            if node
            else None
        )
        if statement and len(problems) == before:
            for key, what, mend in faults(statement):
                context.add(context.places.get(key, context.start), what, mend)
            if len(problems) == before:
                statements.append(statement)
    return statements, problems


@dataclass(frozen=True, slots=True)
class _Object:
    pairs: list[tuple[str, Any]]


def _parse(line: str, context: Context) -> tree.Mapping | None:
    try:
        found = json.loads(line, object_pairs_hook=_Object)
    except json.JSONDecodeError as error:
        at = Location(context.start.path, context.start.line, error.colno)
        context.add(at, message("This line is not JSON."), _ONE_LINE)
        return None
    except (ValueError, RecursionError):
        context.add(context.start, message("This line is not JSON."), _ONE_LINE)
        return None
    if not isinstance(found, _Object):
        context.add(context.start, message("This line is not a JSON object."), _ONE_LINE)
        return None
    return _mapping(found, line, context)


_ONE_LINE = message('Write one object a line, such as {"of": "topics/housing", "text": "…"}.')


def _mapping(found: _Object, line: str, context: Context) -> tree.Mapping:
    entries: dict[str, tree.Entry] = {}
    for key, value in found.pairs:
        at = _key_place(key, line, context.start)
        if key in entries:
            context.add(at, message("“{key}” stands here a second time.", key=shown(key)))
        entries[key] = tree.Entry(key, at, _node(value, at))
    return tree.Mapping(tuple(entries.values()), context.start)


def _key_place(key: str, line: str, start: Location) -> Location:
    """Return where a key stands. Within a text its quotes would have a backslash before them."""
    found = re.search(rf"(?<!\\){re.escape(json.dumps(key, ensure_ascii=False))}\s*:", line)
    return Location(start.path, start.line, found.start() + 1 if found else 1)


def _node(value: object, at: Location) -> tree.Node:
    match value:
        case str():
            return tree.Scalar(value, "str", at)
        case None:
            return tree.Scalar("", "null", at)
        case bool() | int() | float():
            kind: tree.Kind = (
                "bool" if isinstance(value, bool) else "int" if isinstance(value, int) else "float"
            )
            return tree.Scalar(json.dumps(value), kind, at)
        case _:
            return tree.Sequence((), at)


def faults(statement: Statement) -> Iterator[tuple[str, Message, Message]]:
    """Yield what keeps a statement from becoming a contribution: the key, what is wrong with it, the mend."""
    found = list(_findings(statement))
    yield from found
    if not found and (why := _refusal(statement)):
        yield "text", message("This cannot be kept as a contribution ({why}).", why=why), NOTHING


def _findings(statement: Statement) -> Iterator[tuple[str, Message, Message]]:
    if statement.channel not in CHANNELS:
        what = message("“{value}” is not possible here.", value=shown(statement.channel))
        yield "channel", what, did_you_mean(statement.channel, CHANNELS)
    if statement.position and statement.position not in POSITIONS:
        what = message("“{value}” is not possible here.", value=shown(statement.position))
        yield "position", what, did_you_mean(statement.position, POSITIONS)
    if not is_language(statement.language):
        what = message("“{language}” is not a language tag.", language=shown(statement.language))
        yield "language", what, message("Write “fr”, “en” or “pt-BR”.")
    author = canonical.normal(statement.author)
    if len(author) > MAX_AUTHOR or "\n" in author:
        yield (
            "author",
            message("The name is longer than {most} characters or one line.", most=MAX_AUTHOR),
            NOTHING,
        )
    if statement.key and (not _KEY.fullmatch(statement.key) or statement.key == "index"):
        what = message("“{value}” is not a short name.", value=shown(statement.key))
        mend = message("Use small letters without accents, digits and hyphens, such as “rencontres-2017”.")
        yield "key", what, mend
    if is_page(statement.of) and not is_page_id(statement.of):
        what = message("“{value}” is not a page.", value=shown(statement.of))
        yield "of", what, message("Write folder and name, such as “topics/housing”.")
    yield from _outcome_findings(statement)
    if statement.kind == "answer" and is_page(statement.of):
        what = message("An answer speaks to a statement, not to a page.")
        yield "of", what, message("Give the statement a “key”, and name that here.")


def _outcome_findings(statement: Statement) -> Iterator[tuple[str, Message, Message]]:
    if statement.outcome and statement.outcome not in OUTCOMES:
        what = message("“{value}” is not possible here.", value=shown(statement.outcome))
        yield "outcome", what, did_you_mean(statement.outcome, OUTCOMES)
    elif statement.outcome and statement.kind != "answer":
        yield (
            "outcome",
            message("Only an answer has an outcome."),
            message("Add “kind”: “answer”, or delete this."),
        )
    if statement.to and statement.outcome not in ("passed-on", "in-synthesis"):
        what = message("Nothing here is passed on, or dealt with elsewhere.")
        yield "to", what, message("Add “outcome”: “passed-on” or “in-synthesis”, or delete this.")


def _refusal(statement: Statement) -> str:
    """Return why no contribution can be made of a statement, or an empty text.

    The runner makes one of each; what it could not make would hold up all others.
    """
    page = statement.of if is_page(statement.of) else "index"
    try:
        draft(statement, page, page).canonical()
    except ValueError as error:
        return str(error)
    return ""


def draft(statement: Statement, page: str, of: str) -> Contribution:
    """Return the contribution that a statement in `page` on `of` makes, still without id and nonce.

    Raises:
        ValueError: it breaks a rule of the contributions' format.
    """
    return Contribution(
        id=NO_ID,
        nonce=NO_NONCE,
        kind=statement.kind,
        of=of,
        form=f"{page}:{statement.kind}",
        time=statement.time,
        language=statement.language,
        channel=statement.channel,
        author=canonical.normal(statement.author),
        position=statement.position,
        place=canonical.normal(statement.place),
        outcome=statement.outcome,
        to=canonical.normal(statement.to),
        text=canonical.normal(statement.text),
    )
