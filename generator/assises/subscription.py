"""Links by which the owner of an address says yes or no to letters: signed by the runner, taken by the intake.

A link says one thing of one contribution. Opening it shows a page; only its button acts, so programs that look
through mail change nothing. What the intake takes travels to the runner as everything does: stored under an id
that is a function of the link, so pressing twice stores once.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Self, get_args

from assises import canonical, keys
from assises.contribution import ContributionError, format_time, is_id, number, parse_time, ulid

FORMAT = 1
PURPOSE = "subscription"

Act = Literal["confirm", "stop"]

LIFE = timedelta(days=7)
"""How long an address may be confirmed; then it is deleted. A link that stops letters is good for ever."""

_MOST = 1000
"""Characters of a link; they are some 260."""


class SubscriptionError(ValueError):
    """A text is no such link, or not signed by the runner."""


@dataclass(frozen=True, slots=True)
class Link:
    """One thing that may be said of one contribution."""

    id: str
    act: Act
    time: datetime
    """When it was written, UTC, whole seconds."""

    @property
    def number(self) -> str:
        """The contribution's short number."""
        return number(self.id)

    def is_past(self, now: datetime) -> bool:
        """Tell whether it is too old to act."""
        return self.act == "confirm" and now - self.time > LIFE

    def text(self, key: keys.Key) -> str:
        """Return the link as one word of an address."""
        signed = self._canonical()
        return ".".join(
            base64.urlsafe_b64encode(part).decode().rstrip("=")
            for part in (signed, key.sign(PURPOSE, signed))
        )

    @classmethod
    def from_text(cls, text: str, publics: tuple[str, ...]) -> Self:
        """Return the link, once it is sure that a runner with one of these public keys wrote it.

        Raises:
            SubscriptionError: it is malformed, or the signature is another's.
        """
        try:
            signed, signature = (_decoded(part) for part in text[: _MOST + 1].split("."))
            document = canonical.decode(signed)
            link = cls(document["id"], document["act"], parse_time(document["time"]))
            whole = link._canonical() == signed and is_id(link.id) and link.act in get_args(Act)
        except (ValueError, KeyError, TypeError, AttributeError, ContributionError) as error:
            raise SubscriptionError("no such link") from error
        if not whole or not any(keys.verify(public, PURPOSE, signed, signature) for public in publics):
            raise SubscriptionError("not written by this consultation")
        return link

    def _canonical(self) -> bytes:
        return canonical.encode(
            {"format": FORMAT, "id": self.id, "act": self.act, "time": format_time(self.time)}
        )


@dataclass(frozen=True, slots=True)
class Said:
    """A link whose button was pressed, on its way to the runner."""

    text: str
    link: Link

    @property
    def id(self) -> str:
        """What it is stored under: a function of the link."""
        return ulid(self.link.time, hashlib.sha256(self.text.encode()).digest())

    def to_bytes(self) -> bytes:
        """Return the bytes that the intake stores."""
        return canonical.encode({"format": FORMAT, "subscription": self.text})

    @classmethod
    def from_bytes(cls, data: bytes, publics: tuple[str, ...]) -> Self:
        """Return what the intake stored.

        Raises:
            SubscriptionError: it is anything else.
        """
        try:
            document = canonical.decode(data)
            text = document["subscription"]
        except (canonical.CanonicalError, KeyError) as error:
            raise SubscriptionError("nothing said") from error
        if (
            set(document) != {"format", "subscription"}
            or document["format"] != FORMAT
            or not isinstance(text, str)
        ):
            raise SubscriptionError("nothing said in format 1")
        return cls(text, Link.from_text(text, publics))


def _decoded(part: str) -> bytes:
    try:
        data = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise SubscriptionError("not base64") from error
    if base64.urlsafe_b64encode(data).decode().rstrip("=") != part:
        raise SubscriptionError("not the only spelling of these bytes")
    return data
