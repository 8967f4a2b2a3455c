"""What the intake hands to the runner: a contribution, what it was sent under, and what was noticed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self

from assises import canonical, keys
from assises.contribution import Contribution
from assises.sealing import Sealed

FORMAT = 1
PURPOSE = "envelope"

_SENDING = re.compile("[0-9a-f]{32}")
_NETWORK = re.compile("(?:[0-9a-f]{4})?")
_SIGNATURE = re.compile("[0-9a-f]{128}")


class EnvelopeError(ValueError):
    """An envelope is malformed, or not signed by the intake."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One received contribution on its way to the store; every byte is a function of token and form."""

    contribution: Contribution
    sending: str
    """Tells which contributions were sent under one token: 32 hexadecimal digits."""

    flags: tuple[str, ...] = ()
    """What the intake found suspicious; any flag sends to moderation."""

    network: str = ""
    """Hints at the network it came from, so that floods can be seen: four hexadecimal digits of a hash that is
    keyed anew each day, so few that thousands of networks share them. It ends with the envelope."""

    private: Sealed | None = None
    """What is known of the author and never published, in a sealed box that the runner moves to a place of its own."""

    def to_bytes(self, key: keys.Key) -> bytes:
        """Return the bytes that the intake stores, signed whole: nobody takes a flag off on the way."""
        document = self._document()
        signature = key.sign(PURPOSE, canonical.encode(document))
        return canonical.encode(document | {"signature": signature.hex()})

    @classmethod
    def from_bytes(cls, data: bytes, publics: tuple[str, ...]) -> Self:
        """Return the envelope, once it is sure that an intake with one of these public keys made it.

        Raises:
            EnvelopeError: it is malformed, or the signature is another's.
        """
        try:
            document = canonical.decode(data)
            signature = document.pop("signature")
            line = document["contribution"].encode() + b"\n"
            envelope = cls(
                Contribution.from_canonical(line),
                document["sending"],
                tuple(map(str, document["flags"])),
                document.get("network", ""),
                Sealed.from_document(document["private"]) if "private" in document else None,
            )
            signed = canonical.encode(envelope._document())
            whole = (
                signed == canonical.encode(document)
                and _SENDING.fullmatch(envelope.sending)
                and _NETWORK.fullmatch(envelope.network)
                and _SIGNATURE.fullmatch(signature)
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EnvelopeError(f"malformed: {error}") from error
        if not whole:
            raise EnvelopeError("malformed: not an envelope of format 1")
        if not any(keys.verify(public, PURPOSE, signed, bytes.fromhex(signature)) for public in publics):
            raise EnvelopeError("not signed by this consultation's intake")
        return envelope

    def _document(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            "format": FORMAT,
            # As text, and its own newline is no part of it.
            "contribution": self.contribution.canonical().decode().rstrip("\n"),
            "sending": self.sending,
            "flags": list(self.flags),
        }
        optional = {"network": self.network, "private": self.private.document() if self.private else None}
        return document | {key: value for key, value in optional.items() if value}
