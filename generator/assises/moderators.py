"""Who moderates: a list in the private store, never in public files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from assises import canonical
from assises.canonical import normal
from assises.mail import MailError, checked, one_line
from assises.store import Author, Changes, Snapshot, Store, StoreError

FILE = "moderators.json"
FORMAT = 1

Mailing = Literal["each", "daily", "none"]
MAILINGS: tuple[Mailing, ...] = get_args(Mailing)
"""How somebody hears of what waits: by a letter for each contribution, by one a day, or not."""

MAX_NAME = 80
"""Characters of a name or a function."""


class ModeratorError(ValueError):
    """Somebody cannot be added or removed; `reason` is one of ``address``, ``name``, ``unknown``, ``last``."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Moderator:
    """Somebody who may decide."""

    email: str
    """Their address, by which they are known: in small letters."""

    name: str
    """Under which their decisions are recorded."""

    function: str = ""
    """As what they answer for the town: « Direction de l’urbanisme »."""

    mail: Mailing = "each"
    language: str = "fr"

    @property
    def author(self) -> Author:
        """In whose name their commits are made."""
        return Author(self.name, self.email)

    @classmethod
    def of(
        cls, email: str, name: str, function: str = "", mail: Mailing = "each", language: str = "fr"
    ) -> Moderator:
        """Return a moderator with everything in its normal spelling.

        Raises:
            ModeratorError: the address is none, or the name is empty or too long.
        """
        try:
            address = checked(email.strip().lower())
        except MailError:
            raise ModeratorError("address") from None
        name, function = one_line(normal(name)), one_line(normal(function))
        if not name or len(name) > MAX_NAME or len(function) > MAX_NAME:
            raise ModeratorError("name")
        return cls(address, name, function, mail, language)

    def document(self) -> dict[str, Any]:
        """Return the moderator as in the file."""
        stated = {"function": self.function, "language": self.language, "mail": self.mail, "name": self.name}
        return {"email": self.email} | {key: value for key, value in stated.items() if value}


def moderators(snapshot: Snapshot) -> tuple[Moderator, ...]:
    """Return everybody who may decide, by address.

    Raises:
        StoreError: the file is damaged.
    """
    data = snapshot.get(FILE)
    if data is None:
        return ()
    try:
        document = canonical.decode(data)
        if document["format"] != FORMAT:
            raise StoreError(f"{FILE}: not of format {FORMAT}")
        found = tuple(Moderator.of(**each) for each in document["moderators"])
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{FILE}: {error}") from error
    if any(each.mail not in MAILINGS for each in found):
        raise StoreError(f"{FILE}: not of format {FORMAT}")
    return found


def moderator_of(snapshot: Snapshot, email: str) -> Moderator | None:
    """Return the moderator with this address, however it is written; None where there is none."""
    wanted = email.strip().lower()
    return next((each for each in moderators(snapshot) if each.email == wanted), None)


def add(store: Store, moderator: Moderator, author: Author, now: datetime) -> bool:
    """Add somebody, or change what is known of them; return whether they are new."""
    known = False

    def change(snapshot: Snapshot) -> Changes:
        nonlocal known
        others = [each for each in moderators(snapshot) if each.email != moderator.email]
        known = len(others) < len(moderators(snapshot))
        return {FILE: _to_bytes([*others, moderator])}

    store.commit(author, "Add a moderator", now, change)
    return not known


def remove(store: Store, email: str, author: Author, now: datetime) -> Moderator:
    """Remove somebody, who is out at their next request, and return who it was.

    Raises:
        ModeratorError: nobody has this address.
    """
    found: Moderator | None = None

    def change(snapshot: Snapshot) -> Changes:
        nonlocal found
        found = moderator_of(snapshot, email)
        if found is None:
            raise ModeratorError("unknown")
        return {FILE: _to_bytes([each for each in moderators(snapshot) if each != found])}

    store.commit(author, "Remove a moderator", now, change)
    if found is None:
        raise ModeratorError("unknown")
    return found


def _to_bytes(everybody: list[Moderator]) -> bytes:
    rows = [each.document() for each in sorted(everybody, key=lambda each: each.email)]
    return canonical.encode({"format": FORMAT, "moderators": rows})
