"""Who is at the desk: sign-in keys, sessions, and the tokens that bind a form to its session.

All three are signed by the desk's own key, each under its own purpose. A session is kept by the browser alone
(a signed cookie); the only memory on this side is of what may not be used any more.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Self

from assises import canonical
from assises.contribution import format_time, parse_time
from assises.keys import Key

LINK_LIFE = timedelta(minutes=15)
"""How long a sign-in link is good for, once."""

IDLE = timedelta(minutes=30)
"""How long a session lasts without a request."""

LONGEST = timedelta(hours=12)
"""How long a session lasts at most: a working day, whoever holds the cookie."""

_SKEW = timedelta(minutes=5)
"""How far ahead another instance's clock may be."""


class SessionError(ValueError):
    """A key or a cookie is not good; `reason` is one of ``malformed``, ``expired``, ``used``."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Session:
    """One moderator in one browser, from sign-in to sign-out."""

    id: str
    """128 random bits, hexadecimal; made at sign-in, never taken from a request."""

    who: str
    """The moderator's name."""

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

    def cookie(self, key: Key) -> str:
        """Return the cookie's value."""
        document = {"id": self.id, "who": self.who, "language": self.language}
        return _seal(
            key, "session", document | {"since": format_time(self.since), "last": format_time(self.last)}
        )

    @classmethod
    def of_cookie(cls, key: Key, text: str) -> Self:
        """Return the session that a cookie holds, whether it is over or not.

        Raises:
            SessionError: this desk did not make it.
        """
        document = _unseal(key, "session", text)
        return cls(
            document["id"],
            document["who"],
            document["language"],
            parse_time(document["since"]),
            parse_time(document["last"]),
        )

    def is_on(self, now: datetime) -> bool:
        """Tell whether the session is still good."""
        return self.last <= now + _SKEW and now < self.over

    def token(self, key: Key) -> str:
        """Return what every form of this session carries, so that no other page can send it (CSRF)."""
        return hmac.digest(key.derive("desk form"), self.id.encode(), "sha256").hex()

    def made(self, key: Key, token: str) -> bool:
        """Tell whether a form's token is this session's."""
        return hmac.compare_digest(self.token(key).encode(), token.encode("utf-8", "replace"))


@dataclass(slots=True)
class Marks:
    """What was used up, until it would be too old anyway. In this process's memory."""

    _until: dict[str, datetime] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def spend(self, mark: str, until: datetime, now: datetime) -> bool:
        """Use something up; return whether it was still there. Of two callers at once, one gets it."""
        with self._lock:
            self._until = {name: end for name, end in self._until.items() if end > now}
            if mark in self._until:
                return False
            self._until[mark] = until
            return True

    def is_spent(self, mark: str, now: datetime) -> bool:
        """Tell whether something was used up."""
        return self._until.get(mark, now) > now


@dataclass(frozen=True, slots=True)
class SignIn:
    """Makes sign-in keys, and takes each once."""

    key: Key
    marks: Marks = field(default_factory=Marks)
    _process: str = field(default_factory=lambda: secrets.token_hex(16))
    """Since what was used up is not remembered beyond this process, its keys are not good beyond it either."""

    def issue(self, who: str, now: datetime) -> str:
        """Return a fresh sign-in key for a moderator."""
        document = {"who": who, "time": format_time(now), "nonce": secrets.token_hex(16)}
        return _seal(self.key, self._purpose, document)

    def read(self, text: str, now: datetime) -> str:
        """Return whom a sign-in key lets in, without using it up.

        Raises:
            SessionError: it lets nobody in.
        """
        return str(self._read(text, now)["who"])

    def take(self, text: str, now: datetime) -> str:
        """Return whom a sign-in key lets in; it will let nobody in again.

        Raises:
            SessionError: it lets nobody in.
        """
        document = self._read(text, now)
        if not self.marks.spend(f"link {document['nonce']}", now + LINK_LIFE + _SKEW, now):
            raise SessionError("used")
        return str(document["who"])

    def _read(self, text: str, now: datetime) -> dict[str, Any]:
        document = _unseal(self.key, self._purpose, text)
        time = parse_time(document["time"])
        if now - time > LINK_LIFE or time > now + _SKEW:
            raise SessionError("expired")
        if self.marks.is_spent(f"link {document['nonce']}", now):
            raise SessionError("used")
        return document

    @property
    def _purpose(self) -> str:
        return f"sign-in {self._process}"


def _seal(key: Key, purpose: str, document: dict[str, Any]) -> str:
    body = canonical.encode(document)
    return base64.urlsafe_b64encode(_signature(key, purpose, body) + body).decode().rstrip("=")


def _unseal(key: Key, purpose: str, text: str) -> dict[str, Any]:
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        raise SessionError("malformed") from None
    # The signature first: what a stranger sent is not parsed.
    if not hmac.compare_digest(_signature(key, purpose, raw[32:]), raw[:32]):
        raise SessionError("malformed")
    return canonical.decode(raw[32:])


def _signature(key: Key, purpose: str, body: bytes) -> bytes:
    return hmac.digest(key.derive(f"desk {purpose}"), body, "sha256")
