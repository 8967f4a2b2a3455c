"""What a resident sent, and whether it can be taken: every wrong field at once, nothing that was typed lost."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assises.canonical import normal
from assises.contribution import MAX_AUTHOR, NO_ID, NO_NONCE, POSITIONS, Contribution, is_id, is_passage
from assises_inbox.intake.forms import Form, Item
from assises_inbox.intake.token import Token

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

TRAP = "website"
"""A field that people do not see and machines fill in."""

ANSWER = "answer-"
"""How the fields of a survey's items begin."""

MOST_ANSWERS = 100
"""Ticks of one item that are looked at."""

WORDS = frozenset({"comment", "proposal", "report"})
"""Kinds of forms that take a text."""

TO_ANOTHER = frozenset({"support", "report"})
"""Kinds of forms that speak to a contribution, never to a page."""

CHANGES = frozenset({"correction", "withdrawal"})
"""Kinds of contributions by which an author changes another."""

_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that would turn the letters around a name the other way."""

_INVISIBLE = re.compile("[\\s\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""What leaves no trace on a page."""

_EMAIL = re.compile(r"(?=.{3,254}$)[^\s@,;:<>()\"\\]{1,64}@(?:[^\s@.,;:<>()\"\\]+\.)+[^\s@.,;:<>()\"\\]{2,}")
"""What looks like one address; the runner looks closer before it writes to it."""

KEPT = 200_000
"""Characters of a field that are kept to be given back; a longer one is cut, far above any limit."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of a form as they were typed, in their normal spelling."""

    form: str = ""
    language: str = ""
    kind: str = ""
    """``correction`` or ``withdrawal``, by an author's private link; empty otherwise."""

    of: str = ""
    text: str = ""
    author: str = ""
    position: str = ""
    passage: str = ""
    answers: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    """A survey's: what was ticked or written, by the id of its item."""

    email: str = ""
    """Where to be told what becomes of it; never published."""

    trap: str = ""
    token: str = ""
    read: str = ""
    """Digest of what the page of check showed; empty where there was none."""

    confirm: bool = False

    @classmethod
    def from_fields(cls, fields: MultiDict[str, str]) -> Typed:
        """Return what the fields of a request say."""

        def one(name: str, most: int = 200) -> str:
            return " ".join(normal(fields.get(name, "")[:most]).split())

        return cls(
            form=one("form", 300),
            language=one("language", 20),
            kind=kind if (kind := one("kind", 20)) in CHANGES else "",
            of=one("of", 300),
            text=normal(fields.get("text", "")[:KEPT]).strip(),
            # Once more: what a mark parted may now have to be written as one letter.
            author=normal(_DIRECTION.sub("", one("author", 1000))).strip(),
            position=one("position", 20),
            passage=one("passage", 20),
            answers={
                name.removeprefix(ANSWER): tuple(
                    normal(value[:KEPT]).strip() for value in fields.getlist(name)[:MOST_ANSWERS] if value
                )
                for name in fields
                # A part of a multipart body may have no name at all.
                if name and name.startswith(ANSWER)
            },
            email=one("email", 300),
            trap=one(TRAP),
            token=one("token", 300),
            read=one("read"),
            confirm=bool(fields.get("confirm")),
        )

    def for_form(self, form: Form) -> Typed:
        """Return what this form asks for of what was typed."""
        return dataclasses.replace(
            self,
            kind="",
            text=self.text if form.kind in WORDS else "",
            author=self.author if form.author != "none" else "",
            position=self.position if form.positions else "",
            passage=self.passage if form.passages and is_passage(self.passage) and not self.parent else "",
            answers={
                item.id: self.answers[item.id]
                for item in form.items_in(self.language)
                if any(self.answers.get(item.id, ()))
            },
        )

    @property
    def digest(self) -> str:
        """Tell whether the words are still those that were read over: 32 hexadecimal digits."""
        words = f"{self.text}\0{self.author}\0{self.position}\0{self.passage}"
        if self.email:
            words += f"\0\0{self.email}"
        for item, given in sorted(self.answers.items()):
            words += "\0".join(("", item, *given))
        return hashlib.sha256(words.encode()).hexdigest()[:32]

    @property
    def parent(self) -> str:
        """The contribution that this one replies to; empty: it speaks to the page."""
        return self.of if is_id(self.of) else ""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field that cannot be taken as it is."""

    field: str
    string: str
    """Key of the sentence that says what to do."""

    arguments: Mapping[str, object] = dataclasses.field(default_factory=dict)


def check(typed: Typed, form: Form) -> list[Wrong]:
    """Return every field that cannot be taken, in the order of the form."""
    wrong = []
    if (typed.of and not typed.parent and typed.of != form.page) or (
        form.kind in TO_ANOTHER and not typed.parent
    ):
        wrong.append(Wrong("of", "error_of"))
    if form.kind in WORDS:
        wrong += _wrong_text(typed, form)
    for item in form.items_in(typed.language):
        if found := _wrong_answer(item, typed.answers.get(item.id, ()), form.max_length):
            wrong.append(Wrong(f"{ANSWER}{item.id}", found, {"title": item.title, "most": form.max_length}))
    if form.kind == "survey" and not typed.answers and not wrong:
        wrong.append(Wrong(f"{ANSWER}{form.items_in(typed.language)[0].id}", "error_survey_empty"))
    if typed.position not in ("", *POSITIONS):
        wrong.append(Wrong("position", "error_position"))
    if form.author == "required" and not typed.author:
        wrong.append(Wrong("author", "error_author_empty"))
    if typed.email and not _EMAIL.fullmatch(typed.email):
        wrong.append(Wrong("email", "error_email"))
    if len(typed.author) > MAX_AUTHOR:
        wrong.append(Wrong("author", "error_author_long", {"length": len(typed.author), "most": MAX_AUTHOR}))
    return wrong


def _wrong_text(typed: Typed, form: Form) -> list[Wrong]:
    if not _INVISIBLE.sub("", typed.text):
        return [Wrong("text", "error_text_empty")]
    if len(typed.text) > form.max_length:
        return [Wrong("text", "error_text_long", {"length": len(typed.text), "most": form.max_length})]
    return []


def _wrong_answer(item: Item, given: tuple[str, ...], most: int) -> str:
    """Return the key of the sentence that says what is wrong with the answer to an item, or an empty text."""
    if not any(_INVISIBLE.sub("", text) for text in given):
        return "error_item_required" if item.required or given else ""
    if item.type == "text":
        return "error_item_long" if len(given[0]) > most else ""
    if not set(given) <= item.choices.keys():
        return "error_item_choice"
    return "error_item_single" if item.type != "multiple" and len(set(given)) > 1 else ""


def draft(typed: Typed, form: Form, language: str, token: Token) -> Contribution:
    """Return the contribution that checked fields make, still without id and nonce."""
    free = {item.id for item in form.items_in(language) if item.type == "text"}
    answers = {
        id: given[:1] if id in free else tuple(sorted(set(given))) for id, given in typed.answers.items()
    }
    return Contribution(
        id=NO_ID,
        nonce=NO_NONCE,
        kind=form.kind,
        of=typed.parent or form.page,
        form=form.id,
        time=token.time,
        language=language,
        channel="web",
        author=typed.author,
        position=typed.position,
        passage=typed.passage,
        text=typed.text,
        answers=tuple(sorted(answers.items())),
    )
