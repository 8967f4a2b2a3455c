"""What the intake hands to the runner: a contribution, the promise made for it, and what was noticed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from assises import canonical
from assises.contribution import Contribution, ContributionError
from assises.receipt import Receipt

FORMAT = 1


class EnvelopeError(ValueError):
    """An envelope is malformed, or not signed by the intake."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One received contribution on its way to the store; every byte is a function of token and form."""

    contribution: Contribution
    signature: bytes
    """The intake's, under the receipt: 64 bytes."""

    sending: str
    """Tells which contributions were sent under one token: 32 hexadecimal digits."""

    flags: tuple[str, ...] = ()
    """What the intake found suspicious; any flag sends to moderation."""

    def to_bytes(self) -> bytes:
        """Return the bytes that the intake stores."""
        document: dict[str, Any] = {
            "format": FORMAT,
            "contribution": self.contribution.canonical().decode().rstrip("\n"),
            "signature": self.signature.hex(),
            "sending": self.sending,
            "flags": list(self.flags),
        }
        # The contribution's line goes in as text: its own newline is no part of it.
        return canonical.encode(document)

    @classmethod
    def from_bytes(cls, data: bytes, publics: tuple[str, ...]) -> Self:
        """Return the envelope, once it is sure that an intake with one of these public keys made it.

        Raises:
            EnvelopeError: it is malformed, or the signature is another's.
        """
        try:
            document = canonical.decode(data)
            contribution = Contribution.from_canonical(document["contribution"].encode() + b"\n")
            envelope = cls(
                contribution,
                bytes.fromhex(document["signature"]),
                str(document["sending"]),
                tuple(str(flag) for flag in document["flags"]),
            )
        except (
            canonical.CanonicalError,
            ContributionError,
            KeyError,
            TypeError,
            ValueError,
            AttributeError,
        ) as error:
            raise EnvelopeError(f"malformed: {error}") from error
        if envelope.to_bytes() != data:
            raise EnvelopeError("not in canonical form")
        receipt = Receipt.of(contribution)
        if not any(receipt.is_signed(public, envelope.signature) for public in publics):
            raise EnvelopeError("not signed by this consultation's intake")
        return envelope
