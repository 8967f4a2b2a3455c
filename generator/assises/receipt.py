"""The receipt (« récépissé de dépôt »): a signed promise that a contribution will enter the ledger.

It is made at intake, as RFC 6962's timestamp is, stands whole in an address, and needs no store to be
checked.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from assises import canonical, keys
from assises.contribution import Contribution, ContributionError, format_time, is_id, number, parse_time

FORMAT = 1
PURPOSE = "receipt"

SENDING_LIFE = timedelta(hours=24)
"""How long after a form was handed out it may still be confirmed."""

PROMISE = timedelta(hours=24)
"""How long after the last instant at which it may be confirmed a contribution enters the ledger.

Counted from there, not from the confirmation, so that the receipt too is a function of token and form alone,
and a resend gets the same one."""


class ReceiptError(ValueError):
    """A receipt is malformed or not signed by the key it should be signed by."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the town promises about one contribution."""

    id: str
    digest: str
    """SHA-256 of the contribution's canonical bytes, hexadecimal."""

    nonce: str
    """The contribution's nonce: with it and the words, anyone can compute the digest again."""

    time: datetime
    """When the form was handed out, UTC."""

    due: datetime
    """When the contribution will stand in the ledger at the latest, UTC."""

    @property
    def number(self) -> str:
        """The short number."""
        return number(self.id)

    @classmethod
    def of(cls, contribution: Contribution) -> Self:
        """Return the receipt for a contribution."""
        due = contribution.time + SENDING_LIFE + PROMISE
        return cls(contribution.id, contribution.digest(), contribution.nonce, contribution.time, due)

    def canonical(self) -> bytes:
        """Return the bytes that are signed."""
        document: dict[str, Any] = {
            "format": FORMAT,
            "id": self.id,
            "digest": self.digest,
            "nonce": self.nonce,
            "time": format_time(self.time),
            "due": format_time(self.due),
        }
        return canonical.encode(document)

    def signature(self, key: keys.Key) -> bytes:
        """Return the intake's signature."""
        return key.sign(PURPOSE, self.canonical())

    def is_signed(self, public: str, signature: bytes) -> bool:
        """Tell whether the key with this public half signed this receipt."""
        return keys.verify(public, PURPOSE, self.canonical(), signature)


def to_text(receipt: Receipt, signature: bytes) -> str:
    """Return the signed receipt as one word that can stand in an address."""
    return ".".join(
        base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (receipt.canonical(), signature)
    )


def from_text(text: str, publics: tuple[str, ...]) -> Receipt:
    """Return the receipt that `to_text` wrote, signed by one of the keys with these public halves.

    Raises:
        ReceiptError: it is malformed or was not signed by any of them.
    """
    try:
        signed, signature = (_decode(part) for part in text.strip().split("."))
        document = canonical.decode(signed)
        receipt = Receipt(
            document["id"],
            document["digest"],
            document["nonce"],
            parse_time(document["time"]),
            parse_time(document["due"]),
        )
        whole = receipt.canonical() == signed and is_id(receipt.id)
    except (ValueError, KeyError, TypeError, ContributionError) as error:
        raise ReceiptError("this is no receipt, or not the whole of it") from error
    if not whole:
        raise ReceiptError("this is no receipt, or not the whole of it")
    if not any(receipt.is_signed(public, signature) for public in publics):
        raise ReceiptError("this receipt was not signed by this consultation")
    return receipt


def _decode(part: str) -> bytes:
    if len(part) > 2000:
        raise ReceiptError("longer than any receipt")
    try:
        data = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ReceiptError("not base64") from error
    if base64.urlsafe_b64encode(data).decode().rstrip("=") != part:
        raise ReceiptError("not the only spelling of these bytes")
    return data
