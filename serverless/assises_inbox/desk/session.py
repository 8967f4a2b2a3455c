"""Who is at the desk: sessions, and the tokens that bind a form to its session.

Both are signed by the desk's own key, each under its own purpose. A session is kept by the browser alone
(a signed cookie); the store remembers only those that were ended by hand.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from assises.contribution import format_time, parse_time
from assises.keys import Key
from assises.sign_in import SKEW
from assises.signed import SignedError, seal, unseal

IDLE = timedelta(minutes=30)
"""How long a session lasts without a request."""

LONGEST = timedelta(hours=12)
"""How long a session lasts at most: a working day, whoever holds the cookie."""


class SessionError(ValueError):
    """A cookie was not made by this desk."""


@dataclass(frozen=True, slots=True)
class Session:
    """One moderator in one browser, from sign-in to sign-out."""

    id: str
    """128 random bits, hexadecimal; made at sign-in, never taken from a request."""

    who: str
    """The moderator's address."""

    language: str
    """What the desk speaks in this session."""

    since: datetime
    """When it began."""

    last: datetime
    """When it was last used."""

    @classmethod
    def begin(cls, who: str, language: str, now: datetime) -> Self:
        """Return a session that begins now."""
        return cls(secrets.token_hex(16), who, language, now, now)

    def used(self, now: datetime, language: str) -> Self:
        """Return the session as it goes on after a request."""
        return replace(self, last=now, language=language)

    @property
    def over(self) -> datetime:
        """When it ends if it is not used again."""
        return min(self.last + IDLE, self.since + LONGEST)

    @property
    def mark(self) -> str:
        """What the store remembers it by once it was ended."""
        return f"session {self.id}"

    @property
    def forgotten(self) -> datetime:
        """From when on nobody need remember that it was ended."""
        return self.since + LONGEST + SKEW

    def cookie(self, key: Key) -> str:
        """Return the cookie's value."""
        times = {"since": format_time(self.since), "last": format_time(self.last)}
        return seal(key, "session", {"id": self.id, "who": self.who, "language": self.language} | times)

    @classmethod
    def of_cookie(cls, key: Key, text: str) -> Self:
        """Return the session that a cookie holds, whether it is over or not.

        Raises:
            SessionError: this desk did not make it.
        """
        try:
            document = unseal(key, "session", text)
        except SignedError:
            raise SessionError("not made here") from None
        since, last = parse_time(document["since"]), parse_time(document["last"])
        return cls(document["id"], document["who"], document["language"], since, last)

    def is_on(self, now: datetime) -> bool:
        """Tell whether the session is still good."""
        return self.last <= now + SKEW and now < self.over

    def token(self, key: Key) -> str:
        """Return what every form of this session carries, so that no other page can send it (CSRF)."""
        return hmac.digest(key.derive("desk form"), self.id.encode(), "sha256").hex()

    def made(self, key: Key, token: str) -> bool:
        """Tell whether a form's token is this session's."""
        return hmac.compare_digest(self.token(key).encode(), token.encode("utf-8", "replace"))
