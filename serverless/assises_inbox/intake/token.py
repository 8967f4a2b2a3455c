"""Tokens: proof that this intake handed a form out, and when. Nothing is remembered on this side."""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from assises.keys import Key
from assises.receipt import SENDING_LIFE

_BODY = struct.Struct(">BQ16s16s")
"""Format 1, seconds since 1970, random, digest of the form's id."""

_SKEW = timedelta(minutes=5)
"""How far ahead another instance's clock may be."""


class TokenError(ValueError):
    """The token was not made by this intake for this form."""


class TokenExpired(TokenError):  # noqa: N818 - it is an expiry before it is an error
    """The token was good once."""


@dataclass(frozen=True, slots=True)
class Token:
    """One handing out of one form."""

    time: datetime
    """UTC, whole seconds."""

    secret: bytes
    """Particular to this token: whatever is sent under it gets its id and nonce from here."""

    text: str
    """What the form carries."""

    @property
    def sending(self) -> str:
        """Tell tokens apart without telling them: 32 hexadecimal digits."""
        return hmac.digest(self.secret, b"sending", "sha256")[:16].hex()

    @classmethod
    def issue(cls, key: Key, form: str, now: datetime, random: bytes) -> Self:
        """Return a fresh token for a form; `random` is 16 bytes."""
        body = _BODY.pack(1, int(now.timestamp()), random, _digest(key, form))
        return cls._of(key, body)

    @classmethod
    def read(cls, key: Key, text: str, form: str, now: datetime) -> Self:
        """Return the token that a form carried.

        Raises:
            TokenExpired: it is older than 24 hours.
            TokenError: it is malformed, made for another form, by another key, or in the future.
        """
        try:
            body = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)[: _BODY.size]
            version, seconds, _, digest = _BODY.unpack(body)
        except (ValueError, binascii.Error, struct.error) as error:
            raise TokenError("malformed") from error
        # The signature first: nothing else of what a stranger sent is worth a look before it holds.
        if version != 1 or not hmac.compare_digest(_text(key, body), text):
            raise TokenError("not made here")
        if not hmac.compare_digest(digest, _digest(key, form)):
            raise TokenError("made for another form")
        if datetime.fromtimestamp(seconds, UTC) > now + _SKEW:
            raise TokenError("made in the future")
        token = cls._of(key, body)
        if now - token.time > SENDING_LIFE:
            raise TokenExpired("older than a day")
        return token

    @classmethod
    def _of(cls, key: Key, body: bytes) -> Self:
        time = datetime.fromtimestamp(_BODY.unpack(body)[1], UTC)
        return cls(time, hmac.digest(key.derive("sending"), body, "sha256"), _text(key, body))


def _text(key: Key, body: bytes) -> str:
    return base64.urlsafe_b64encode(body + hmac.digest(key.derive("token"), body, "sha256")).decode()


def _digest(key: Key, form: str) -> bytes:
    return hmac.digest(key.derive("form"), form.encode(), "sha256")[:16]
