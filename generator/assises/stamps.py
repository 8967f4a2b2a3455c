"""Time-stamps of the ledger's heads (RFC 3161): an outside authority's word that a head existed at an instant.

What an authority signed cannot be made later, not even by the holder of the ledger's own key. So a ledger that
is written anew has no stamps for its past, and whoever kept one of the former ledger's shows it was another.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from assises import canonical
from assises.ledger import Head, LedgerError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

FORMAT = 1
MAX_RESPONSE = 64 * 1024
"""Bytes of an authority's answer; they are some 5,000 with its certificates."""


class StampError(ValueError):
    """A stamp is malformed, over something else, or not signed by its authority."""


class StampsUnreadableError(Exception):
    """The library that reads time-stamps is not installed (``pip install 'assises[witness]'``)."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """One authority's answer over one head."""

    authority: str
    """The short name that site.yaml gives the authority."""

    head: Head
    response: bytes
    """The authority's answer, DER, as it came: `openssl ts -reply -in …` reads it."""

    def line(self) -> bytes:
        """Return the line of ``witnesses.jsonl`` that it is."""
        return canonical.encode(
            {
                "format": FORMAT,
                "authority": self.authority,
                # As text, and its own newline is no part of it.
                "head": self.head.to_bytes().decode().rstrip("\n"),
                "response": base64.b64encode(self.response).decode(),
            }
        )

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Return the stamp that a line holds.

        Raises:
            StampError: the line is malformed.
        """
        try:
            document = canonical.decode(line)
            head = Head.from_bytes(document["head"].encode() + b"\n")
            stamp = cls(document["authority"], head, base64.b64decode(document["response"], validate=True))
            whole = stamp.line() == line
        except (ValueError, KeyError, TypeError, AttributeError, LedgerError) as error:
            raise StampError(f"not a time-stamp: {error}") from error
        if not whole:
            raise StampError("not a time-stamp of format 1")
        return stamp

    def time(self, certificates: Iterable[bytes]) -> datetime:
        """Return the instant that the authority attests, once its signature over this head is found right.

        Args:
            certificates: PEM files; a chain that ends in one of their certificates is believed.

        Raises:
            StampError: the signature is wrong, another's, or over something else.
            StampsUnreadableError: the library is missing.
        """
        return _attested(self.response, self.head, certificates)


def request(head: Head) -> tuple[bytes, int]:
    """Return the bytes that ask an authority for a stamp over a head, and the number that its answer must carry.

    Raises:
        StampsUnreadableError: the library is missing.
    """
    try:
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise StampsUnreadableError(str(error)) from error
    asked = TimestampRequestBuilder().data(head.to_bytes()).hash_algorithm(HashAlgorithm.SHA256).build()
    return asked.as_bytes(), asked.nonce or 0


def answers(response: bytes, nonce: int) -> bool:
    """Tell whether a response was made for the request with this number, and not for an earlier one."""
    found: int = _read(response).tst_info.nonce
    return found == nonce


def _read(response: bytes) -> TimeStampResponse:
    try:
        from rfc3161_client import decode_timestamp_response  # noqa: PLC0415
    except ImportError as error:
        raise StampsUnreadableError(str(error)) from error
    try:
        found = decode_timestamp_response(response)
        # An answer that refuses has a status and nothing else; the library raises only when it is looked at.
        _ = found.tst_info
    except Exception as error:  # the Rust library has no one base class for what it cannot read
        raise StampError(f"not a time-stamp: {error}") from error
    return found


def _attested(response: bytes, head: Head, certificates: Iterable[bytes]) -> datetime:
    read = _read(response)
    from rfc3161_client import VerificationError, Verifier, VerifierBuilder  # noqa: PLC0415

    trusted = trusted_certificates(certificates)
    if not trusted:
        raise StampError("there is no certificate to check it with")
    verifier: Verifier = VerifierBuilder(roots=trusted).build()
    try:
        verifier.verify_message(read, head.to_bytes())
    except VerificationError as error:
        raise StampError(str(error)) from error
    except Exception as error:  # as above
        raise StampError(f"not a time-stamp: {error}") from error
    return read.tst_info.gen_time.astimezone(UTC)


def trusted_certificates(files: Iterable[bytes]) -> list[Certificate]:
    """Return the certificates of PEM files, each once.

    Raises:
        StampError: a file holds none.
        StampsUnreadableError: the library is missing.
    """
    try:
        from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415
    except ImportError as error:
        raise StampsUnreadableError(str(error)) from error
    try:
        return list(dict.fromkeys(found for file in files for found in load_pem_x509_certificates(file)))
    except ValueError as error:
        raise StampError(f"no certificate: {error}") from error


def fingerprints(files: Iterable[bytes]) -> tuple[str, ...]:
    """Return the SHA-256 of each certificate, as authorities publish them: ``AB:CD:…``."""
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

    digests = (
        hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest().upper()
        for certificate in trusted_certificates(files)
    )
    return tuple(":".join(digest[at : at + 2] for at in range(0, 64, 2)) for digest in digests)
