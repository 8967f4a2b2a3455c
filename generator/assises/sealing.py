"""Private data: what is known of an author and never published, sealed so that only the key of its month opens it.

A record is one libsodium sealed box (X25519, XSalsa20-Poly1305): whoever holds the public half can close it,
only the private half opens it. Each month has a key of its own; when that is destroyed, no copy of any box of
the month can be opened any more, wherever it lies.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from assises import canonical
from assises.contribution import is_id

FORMAT = 1

BLOCK = 256
"""Bytes to whose multiple a record is filled up (ISO/IEC 7816-4): a box's length tells nothing of what is in it."""

MAX_BOX = 8 * 1024
"""Bytes of a box; a record of an e-mail and a network address takes 304."""

_KEY = re.compile("[0-9a-f]{64}")
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")


class SealError(ValueError):
    """A box is malformed, closed with another key, or holds no record of this contribution."""


def month_of(time: datetime) -> str:
    """Return the month whose key seals what was handed out at an instant (UTC): ``2026-11``."""
    return f"{time:%Y-%m}"


def is_month(text: str) -> bool:
    """Tell whether `text` is written as a month: ``2026-11``."""
    return _MONTH.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class MonthKey:
    """The private half of a month's key."""

    secret: bytes = field(repr=False)
    """32 secret bytes."""

    @property
    def public(self) -> str:
        """The public half, 64 hexadecimal digits."""
        from nacl.public import PrivateKey  # noqa: PLC0415 - libsodium is loaded only where it seals

        return bytes(PrivateKey(self.secret).public_key).hex()


@dataclass(frozen=True, slots=True)
class Sealed:
    """A closed box, and the public half that closed it."""

    key: str
    """64 hexadecimal digits."""

    box: bytes

    def document(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {"key": self.key, "box": base64.b64encode(self.box).decode()}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return what JSON held.

        Raises:
            SealError: it is malformed.
        """
        try:
            found = cls(document["key"], base64.b64decode(document["box"], validate=True))
            whole = found.document() == document and _KEY.fullmatch(found.key)
        except (ValueError, KeyError, TypeError) as error:
            raise SealError(f"no sealed box: {error}") from error
        if not whole or not 48 < len(found.box) <= MAX_BOX:
            raise SealError("no sealed box")
        return found

    def to_bytes(self) -> bytes:
        """Return the bytes that the store keeps."""
        return canonical.encode({"format": FORMAT, **self.document()})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return what the store kept.

        Raises:
            SealError: it is malformed.
        """
        try:
            document = canonical.decode(data)
        except canonical.CanonicalError as error:
            raise SealError(f"no sealed box: {error}") from error
        if document.pop("format", None) != FORMAT:
            raise SealError("no sealed box of format 1")
        return cls.from_document(document)


@dataclass(frozen=True, slots=True)
class Private:
    """What is known of a contribution's author and never published."""

    id: str
    """The contribution: so that a box cannot be laid beside another."""

    email: str = ""
    address: str = ""
    """The network address that it came from, where that is kept."""

    def seal(self, public: str, secret: bytes) -> Sealed:
        """Return the record in a sealed box, the same for the same record, key and secret.

        Args:
            public: the month's public key, hexadecimal.
            secret: particular to one sending; the box's own key is made from it, the record and the month's key.

        Raises:
            SealError: `public` is no key.
        """
        from nacl.bindings import sodium_pad  # noqa: PLC0415
        from nacl.exceptions import CryptoError  # noqa: PLC0415
        from nacl.public import Box, PrivateKey, PublicKey  # noqa: PLC0415

        record = canonical.encode(self._document())
        try:
            to = PublicKey(bytes.fromhex(public))
            # Not random, as crypto_box_seal has it: a resend has to make the same bytes. The record is in it, for
            # one key of the box must never close two records.
            own = PrivateKey(hmac.digest(secret, b"private\n" + bytes(to) + record, "sha256"))
            nonce = hashlib.blake2b(bytes(own.public_key) + bytes(to), digest_size=24).digest()
            closed = Box(own, to).encrypt(sodium_pad(record, BLOCK), nonce).ciphertext
        except (CryptoError, ValueError, TypeError) as error:
            raise SealError(f"no key to seal to: {error}") from error
        return Sealed(public, bytes(own.public_key) + closed)

    def _document(self) -> dict[str, Any]:
        stated = {"email": self.email, "address": self.address}
        return {"format": FORMAT, "id": self.id} | {key: value for key, value in stated.items() if value}


def unseal(sealed: Sealed, key: MonthKey) -> Private:
    """Return the record that a box holds.

    Raises:
        SealError: the box was closed with another key, or holds no record.
    """
    from nacl.bindings import sodium_unpad  # noqa: PLC0415
    from nacl.exceptions import CryptoError  # noqa: PLC0415
    from nacl.public import PrivateKey, SealedBox  # noqa: PLC0415

    try:
        padded = SealedBox(PrivateKey(key.secret)).decrypt(sealed.box)
        document = canonical.decode(sodium_unpad(padded, BLOCK))
        found = Private(document["id"], document.get("email", ""), document.get("address", ""))
        whole = found._document() == document and is_id(found.id)  # noqa: SLF001 - its own module
    except (CryptoError, ValueError, KeyError, TypeError) as error:
        raise SealError(f"the box does not open: {error}") from error
    if not whole:
        raise SealError("the box holds no record")
    return found
