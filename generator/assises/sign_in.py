"""Sign-in links: each lets one moderator into the desk, once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from assises.contribution import format_time, parse_time
from assises.keys import Key
from assises.signed import SignedError, seal, unseal

LINK_LIFE = timedelta(minutes=15)
"""How long a sign-in link is good for."""

SKEW = timedelta(minutes=5)
"""How far ahead another instance's clock may be."""


class SignInError(ValueError):
    """A link lets nobody in; `reason` is one of ``malformed``, ``expired``, ``used``."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in link, which lets one moderator in, once."""

    who: str
    """The moderator's address."""

    time: datetime
    """When it was made."""

    nonce: str

    @classmethod
    def fresh(cls, who: str, now: datetime) -> Self:
        """Return a link made now."""
        return cls(who, now, secrets.token_hex(16))

    @property
    def mark(self) -> str:
        """What the store remembers it by once it was used."""
        return f"link {self.nonce}"

    @property
    def forgotten(self) -> datetime:
        """From when on nobody need remember that it was used."""
        return self.time + LINK_LIFE + SKEW

    def url(self, key: Key, desk: str) -> str:
        """Return the link; `desk` is the desk's absolute address, with its final slash."""
        return f"{desk}sign-in/{self.text(key)}"

    def text(self, key: Key) -> str:
        """Return the key that the link carries."""
        return seal(key, "sign-in", {"who": self.who, "time": format_time(self.time), "nonce": self.nonce})

    @classmethod
    def read(cls, key: Key, text: str, now: datetime) -> Self:
        """Return the link that a text is, used or not.

        Raises:
            SignInError: this desk did not make it, or not lately.
        """
        try:
            document = unseal(key, "sign-in", text)
        except SignedError:
            raise SignInError("malformed") from None
        link = cls(document["who"], parse_time(document["time"]), document["nonce"])
        if now - link.time > LINK_LIFE or link.time > now + SKEW:
            raise SignInError("expired")
        return link
