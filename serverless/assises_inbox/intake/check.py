"""What a resident sent, and whether it can be taken: every wrong field at once, nothing that was typed lost."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from assises.canonical import normal
from assises.contribution import MAX_AUTHOR, NO_ID, NO_NONCE, POSITIONS, Contribution, is_id
from assises_inbox.intake.forms import Form, Forms
from assises_inbox.intake.token import Token

TRAP = "website"
"""A field that people do not see and machines fill in."""

_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that would turn the letters around a name the other way."""

_INVISIBLE = re.compile("[\\s\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""What leaves no trace on a page."""

KEPT = 200_000
"""Characters of a field that are kept to be given back; a longer one is cut, far above any limit."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of a form as they were typed, in their normal spelling."""

    form: str = ""
    language: str = ""
    of: str = ""
    text: str = ""
    author: str = ""
    position: str = ""
    trap: str = ""
    token: str = ""
    read: str = ""
    """Digest of what the page of check showed; empty where there was none."""

    confirm: bool = False

    @classmethod
    def from_fields(cls, fields: Mapping[str, str]) -> Typed:
        """Return what the fields of a request say."""

        def one(name: str, most: int = 200) -> str:
            return " ".join(normal(fields.get(name, "")[:most]).split())

        return cls(
            form=one("form", 300),
            language=one("language", 20),
            of=one("of", 300),
            text=normal(fields.get("text", "")[:KEPT]).strip(),
            # Once more: what a mark parted may now have to be written as one letter.
            author=normal(_DIRECTION.sub("", one("author", 1000))).strip(),
            position=one("position", 20),
            trap=one(TRAP),
            token=one("token", 300),
            read=one("read"),
            confirm=bool(fields.get("confirm")),
        )

    def for_form(self, forms: Forms, form: Form) -> Typed:
        """Return what this form asks for of what was typed."""
        author = self.author if forms.author != "none" else ""
        return dataclasses.replace(self, author=author, position=self.position if form.positions else "")

    @property
    def digest(self) -> str:
        """Tell whether the words are still those that were read over: 32 hexadecimal digits."""
        words = f"{self.text}\0{self.author}\0{self.position}"
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


def check(typed: Typed, forms: Forms, form: Form) -> list[Wrong]:
    """Return every field that cannot be taken, in the order of the form."""
    wrong = []
    if typed.of and not typed.parent and typed.of != form.page:
        wrong.append(Wrong("of", "error_of"))
    if not _INVISIBLE.sub("", typed.text):
        wrong.append(Wrong("text", "error_text_empty"))
    elif len(typed.text) > forms.max_length:
        size = {"length": len(typed.text), "most": forms.max_length}
        wrong.append(Wrong("text", "error_text_long", size))
    if typed.position not in ("", *POSITIONS):
        wrong.append(Wrong("position", "error_position"))
    if forms.author == "required" and not typed.author:
        wrong.append(Wrong("author", "error_author_empty"))
    if len(typed.author) > MAX_AUTHOR:
        wrong.append(Wrong("author", "error_author_long", {"length": len(typed.author), "most": MAX_AUTHOR}))
    return wrong


def draft(typed: Typed, form: Form, language: str, token: Token) -> Contribution:
    """Return the contribution that checked fields make, still without id and nonce."""
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
        text=typed.text,
    )
