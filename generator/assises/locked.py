"""Bytes locked with a passphrase: Argon2id makes the key, libsodium's secretbox closes (XSalsa20-Poly1305)."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from assises import canonical

FORMAT = 1
SHORTEST = 12
"""Characters of a passphrase at least."""


class LockedError(ValueError):
    """The file is malformed, or the passphrase is another."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What trying one passphrase costs; libsodium's “moderate”: about a second and 256 MB."""

    operations: int = 3
    memory: int = 256 * 1024 * 1024

    def is_bearable(self) -> bool:
        """Tell whether opening may be tried: a hostile file must not ask for all of a machine's memory."""
        return 1 <= self.operations <= 20 and 8192 <= self.memory <= 4 * 1024**3


def lock(data: bytes, passphrase: str, effort: Effort | None = None) -> bytes:
    """Return bytes that only the passphrase opens.

    Raises:
        LockedError: the passphrase is too short.
    """
    from nacl.secret import SecretBox  # noqa: PLC0415 - libsodium is loaded only where it locks
    from nacl.utils import random  # noqa: PLC0415

    if len(passphrase) < SHORTEST:
        raise LockedError("the passphrase is too short")
    effort, salt = effort or Effort(), random(16)
    box = SecretBox(_key(passphrase, salt, effort)).encrypt(data)
    return canonical.encode(
        {
            "format": FORMAT,
            "kdf": "argon2id13",
            "operations": effort.operations,
            "memory": effort.memory,
            "salt": base64.b64encode(salt).decode(),
            "box": base64.b64encode(box).decode(),
        }
    )


def unlock(locked: bytes, passphrase: str) -> bytes:
    """Return the bytes that were locked.

    Raises:
        LockedError: the passphrase is another, or the file is damaged.
    """
    from nacl.exceptions import CryptoError  # noqa: PLC0415
    from nacl.secret import SecretBox  # noqa: PLC0415

    try:
        document = canonical.decode(locked)
        effort = Effort(int(document["operations"]), int(document["memory"]))
        salt = base64.b64decode(document["salt"], validate=True)
        box = base64.b64decode(document["box"], validate=True)
        known = document["format"] == FORMAT and document["kdf"] == "argon2id13" and len(salt) == 16
    except (ValueError, KeyError, TypeError) as error:
        raise LockedError(f"no locked file: {error}") from error
    if not known or not effort.is_bearable():
        raise LockedError("no locked file of format 1")
    try:
        return SecretBox(_key(passphrase, salt, effort)).decrypt(box)
    except (CryptoError, ValueError) as error:
        raise LockedError("the passphrase is another, or the file is damaged") from error


def _key(passphrase: str, salt: bytes, effort: Effort) -> bytes:
    from nacl.pwhash import argon2id  # noqa: PLC0415
    from nacl.secret import SecretBox  # noqa: PLC0415

    # One spelling for what looks the same: é may be typed as one sign or two.
    words = canonical.normal(passphrase).encode()
    return argon2id.kdf(SecretBox.KEY_SIZE, words, salt, opslimit=effort.operations, memlimit=effort.memory)
