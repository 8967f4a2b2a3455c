"""Signing keys: Ed25519 (RFC 8032) through libsodium, and secrets derived from them.

The intake and the runner hold one key each. What a key signs begins with the purpose, so that a signature
made for one thing is never good for another.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from assises import canonical

_PUBLIC = re.compile("[0-9a-f]{64}")


class KeyFileError(Exception):
    """A key's file cannot be read, or holds no key."""


@dataclass(frozen=True, slots=True)
class Key:
    """A private key."""

    seed: bytes = field(repr=False)
    """32 secret bytes."""

    def __post_init__(self) -> None:
        if len(self.seed) != 32:
            raise KeyFileError("a key is 32 bytes, that is 64 hexadecimal digits")

    @property
    def public(self) -> str:
        """The public half, 64 hexadecimal digits."""
        from nacl.signing import SigningKey  # noqa: PLC0415 - libsodium is loaded only where it signs

        return bytes(SigningKey(self.seed).verify_key).hex()

    def sign(self, purpose: str, message: bytes) -> bytes:
        """Return the 64 bytes of the signature; the same message gives the same signature."""
        from nacl.signing import SigningKey  # noqa: PLC0415

        return SigningKey(self.seed).sign(_purposeful(purpose, message)).signature

    def derive(self, purpose: str) -> bytes:
        """Return 32 secret bytes for another use, from which this key cannot be found."""
        return hmac.digest(self.seed, purpose.encode(), "sha256")

    @classmethod
    def from_hex(cls, text: str) -> Self:
        """Return the key written as 64 hexadecimal digits.

        Raises:
            KeyFileError: it is written otherwise.
        """
        try:
            return cls(bytes.fromhex(text.strip()))
        except ValueError:
            raise KeyFileError("a key is written in hexadecimal digits") from None


def verify(public: str, purpose: str, message: bytes, signature: bytes) -> bool:
    """Tell whether `signature` was made for this purpose and message by the key with this public half."""
    from nacl.exceptions import CryptoError  # noqa: PLC0415
    from nacl.signing import VerifyKey  # noqa: PLC0415

    try:
        VerifyKey(bytes.fromhex(public)).verify(_purposeful(purpose, message), signature)
    except (CryptoError, ValueError, TypeError):
        return False
    return True


def load(path: Path) -> Key:
    """Return the key that `path` holds.

    Raises:
        KeyFileError: the file cannot be read, or holds no key.
    """
    try:
        return Key.from_hex(path.read_text(encoding="ascii"))
    except (OSError, UnicodeError, KeyFileError) as error:
        raise KeyFileError(f"{path}: {error}") from error


def load_or_create(path: Path) -> Key:
    """Return the key that `path` holds; where there is none, make one that only its owner can read.

    Raises:
        KeyFileError: the file cannot be read or written, or holds no key.
    """
    try:
        there = path.exists()
    except OSError as error:
        raise KeyFileError(f"{path}: {error}") from error
    if not there:
        keep(path, Key(secrets.token_bytes(32)))
    return load(path)


def keep(path: Path, key: Key) -> bool:
    """Write a key to a file that only its owner can read, unless there is one; return whether there was none.

    Raises:
        KeyFileError: it cannot be written.
    """
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key.seed.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A link never replaces: of two processes that start at once, both then read the first one's key.
        os.link(draft, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise KeyFileError(f"{path}: {error}") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return True


def _purposeful(purpose: str, message: bytes) -> bytes:
    return f"assises {purpose} 1\n".encode() + message


@dataclass(frozen=True, slots=True)
class PublishedKeys:
    """keys.json: the public halves by which receipts and heads are checked, former ones first."""

    intake: tuple[str, ...] = ()
    ledger: tuple[str, ...] = ()


def keys_file(intake: Iterable[str], ledger: Iterable[str]) -> bytes:
    """Return the bytes of ``keys.json``."""
    return canonical.encode({"format": 1, "intake": list(intake), "ledger": list(ledger)})


def published_keys(data: bytes | None) -> PublishedKeys:
    """Return what ``keys.json`` lists; nothing where there is none yet.

    Raises:
        KeyFileError: it is malformed.
    """
    if data is None:
        return PublishedKeys()
    try:
        document = canonical.decode(data)
        found = PublishedKeys(tuple(document["intake"]), tuple(document["ledger"]))
        shaped = all(_PUBLIC.fullmatch(key) for key in (*found.intake, *found.ledger))
        if not shaped or keys_file(found.intake, found.ledger) != data:
            raise KeyFileError("not of format 1")
    except (ValueError, KeyError, TypeError) as error:
        raise KeyFileError(str(error)) from error
    return found
