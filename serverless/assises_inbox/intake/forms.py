"""forms.json, as the intake reads it: what may be posted, where, until when, and in which words to answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from assises.contribution import parse_time

GRACE = timedelta(minutes=30)
"""How long after closing a form that was handed out before may still be confirmed."""


class FormsError(Exception):
    """forms.json cannot be read."""


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a survey, in one language."""

    id: str
    title: str
    type: str
    """``single``, ``multiple``, ``scale`` or ``text``."""

    hint: str
    required: bool
    choices: Mapping[str, str]
    """What can be ticked: its id and its words; empty for free text."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form of one page."""

    id: str
    """``page id:kind``."""

    page: str
    kind: str
    moderation: str
    """``before``, ``after``, or ``none`` for what is only counted."""

    author: str
    """``none``, ``optional`` or ``required``."""

    max_length: int
    """Characters of a text."""

    positions: bool
    """Whether it asks for a position."""

    windows: tuple[tuple[datetime, datetime], ...]
    """When it is open: from each first instant up to the second."""

    titles: Mapping[str, str]
    """The page's title, by language."""

    addresses: Mapping[str, str]
    """The page's absolute address, by language."""

    items: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)
    """A survey's questions, by language."""

    passages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """A draft text's passages, by language: the first words of each by its id."""

    def items_in(self, language: str) -> tuple[Item, ...]:
        """Return the survey's questions in a language, or else in the first that it is written in."""
        return self.items.get(language) or next(iter(self.items.values()), ())

    def is_open(self, now: datetime, handed_out: datetime | None = None) -> bool:
        """Tell whether a contribution may be sent now, or still, under a token handed out before."""
        return any(
            opens <= now < closes
            or (handed_out is not None and opens <= handed_out < closes and now < closes + GRACE)
            for opens, closes in self.windows
        )


class Sentences(dict[str, str]):
    """Sentences by key; one that an older forms.json lacks is left out of the page, and fails nobody."""

    def __missing__(self, key: str) -> str:
        """Return nothing."""
        return ""


TOLD = frozenset({"comment", "proposal"})
"""Kinds of forms whose authors may ask to be told what becomes of what they sent."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of authors and never published."""

    email: bool = False
    address: bool = False
    """Whether the network address is kept."""

    months: int = 0
    """For how many months after this one it can be read."""

    keys: Mapping[str, str] = field(default_factory=dict)
    """Public keys to seal to, by month: without one, nothing is asked."""

    letters: Sequence[str] = ()
    """Public keys by which links in letters are known."""


@dataclass(frozen=True, slots=True)
class Voice:
    """What is said in one language, and the page that it is said in."""

    language: str
    shell: str
    """A whole page of the site, with ``{{title}}`` and ``{{main}}`` where the intake's own goes."""

    strings: Mapping[str, str]
    months: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Forms:
    """The whole of forms.json."""

    site: str
    """The site's absolute address, with its final slash."""

    inbox: str
    """The intake's absolute address, with its final slash."""

    zone: ZoneInfo
    keys: tuple[str, ...]
    """Public keys of all intakes, former ones too: a receipt opens for as long as the site stands."""

    charter: Mapping[str, str]
    """The moderation charter's absolute address, by language."""

    forms: Mapping[str, Form]
    voices: Mapping[str, Voice]
    """By language; the first is the site's first."""

    closed: frozenset[str] = frozenset()
    """Forms that the organiser has closed in an emergency."""

    private: Asked = field(default_factory=Asked)

    until: datetime | None = None
    """Up to when the pages are right that were built with it; None: for as long as nobody changes anything."""

    def asks_email(self, form: Form) -> bool:
        """Tell whether a form asks for an e-mail address: only where somebody holds the key that opens it."""
        return self.private.email and bool(self.private.keys) and form.kind in TOLD

    def voice(self, language: str) -> Voice:
        """Return what to say in `language`, or else in the site's first language."""
        return self.voices.get(language) or next(iter(self.voices.values()))

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Return what `data` says.

        Raises:
            FormsError: it is not forms.json of format 1.
        """
        try:
            document = json.loads(data)
            if document["format"] != 1:
                raise FormsError(f"forms.json has format {document['format']}; this intake reads 1")
            if not document["voices"]:
                raise FormsError("forms.json has no language")
            return cls(
                document["site"],
                document["inbox"],
                ZoneInfo(document["time_zone"]),
                tuple(document["keys"]["intake"]),
                document["charter"],
                {id: _form(id, form) for id, form in document["forms"].items()},
                {
                    language: Voice(
                        language, voice["shell"], Sentences(voice["strings"]), tuple(voice["months"])
                    )
                    for language, voice in document["voices"].items()
                },
                frozenset(document.get("closed", ())),
                Asked(**document.get("private", {})),
                parse_time(document["until"]) if document.get("until") else None,
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise FormsError(f"forms.json cannot be read: {error!r}") from error


@dataclass(slots=True)
class FormsFile:
    """forms.json on this machine's disk, read again when it changes; the last good one serves meanwhile."""

    path: Path
    _stamp: tuple[int, int] = field(default=(0, 0), init=False)
    _forms: Forms | None = field(default=None, init=False)

    def __call__(self) -> Forms:
        """Return the forms.

        Raises:
            FormsError: there never was a good file.
        """
        try:
            status = self.path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            if stamp != self._stamp:
                self._forms = Forms.from_json(self.path.read_bytes())
                self._stamp = stamp
        except (OSError, FormsError) as error:
            if self._forms is None:
                raise FormsError(str(error)) from error
        if self._forms is None:
            raise FormsError(f"{self.path} is empty")
        return self._forms


def _form(id: str, form: dict[str, Any]) -> Form:
    page, _, kind = id.partition(":")
    windows = tuple((parse_time(opens), parse_time(closes)) for opens, closes in form["windows"])
    items = {
        language: tuple(Item(**item) for item in found) for language, found in form.get("items", {}).items()
    }
    return Form(
        id,
        page,
        kind,
        form["moderation"],
        form["author"],
        form["max_length"],
        form["positions"],
        windows,
        form["titles"],
        form["addresses"],
        items,
        form.get("passages", {}),
    )
