"""All private keys of a consultation on this machine: listed, locked into one file, had back, made anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assises import canonical, keys
from assises.keyring import Keyring
from assises.keys import Key, KeyFileError
from assises.locked import Effort, lock, unlock
from assises.sealing import is_month

FORMAT = 1
SIGNING = ("intake", "ledger", "desk", "import")
"""Keys by name: the intake's, the runner's, the desk's; and what statements' ids are made with, once the runner's
key is another than it was at first."""

_FOLDER = "private"


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """The folder that site.yaml names under ``store.keys``."""

    folder: Path

    @property
    def ring(self) -> Keyring:
        """The months' keys."""
        return Keyring(self.folder / _FOLDER)

    def path(self, name: str) -> Path:
        """Return the file of a signing key."""
        return self.folder / f"{name}.key"

    def signing(self) -> Iterator[tuple[str, Key]]:
        """Yield each signing key that is here, by name.

        Raises:
            KeyFileError: a file holds none.
        """
        for name in SIGNING:
            if self.path(name).exists():
                yield name, keys.load(self.path(name))

    def lock(self, passphrase: str, *, months: bool, effort: Effort | None = None) -> bytes:
        """Return all keys in one locked file, those of the months only if asked.

        Raises:
            KeyFileError: a key cannot be read.
            LockedError: the passphrase is too short.
        """
        found = {name: key.seed.hex() for name, key in self.signing()}
        if months:
            for month in self.ring.months():
                if key := self.ring.find(month):
                    found[f"{_FOLDER}/{month}"] = key.secret.hex()
        return lock(canonical.encode({"format": FORMAT, "keys": found}), passphrase, effort)

    @staticmethod
    def names(locked: bytes, passphrase: str) -> tuple[str, ...]:
        """Return the names of the keys in a locked file.

        Raises:
            KeyFileError: it holds none.
            LockedError: the passphrase is another, or the file is damaged.
        """
        return tuple(_keys_of(unlock(locked, passphrase)))

    def take(self, locked: bytes, passphrase: str) -> tuple[str, ...]:
        """Keep the keys of a locked file that are not here, and return the names of those that were new.

        Raises:
            KeyFileError: a file holds no keys, one cannot be written, or another one lies in its place.
            LockedError: the passphrase is another, or the file is damaged.
        """
        given = _keys_of(unlock(locked, passphrase))
        for name, key in given.items():
            there = self._file(name)
            if there.exists() and keys.load(there) != key:
                raise KeyFileError(f"{there}: another key lies here; move it away first")
        return tuple(name for name, key in given.items() if keys.keep(self._file(name), key))

    def renew(self, name: str) -> tuple[Key, Key]:
        """Put a new signing key in a key's place, and return the former and the new one.

        Raises:
            KeyFileError: there is none, or the folder cannot be written.
        """
        former = keys.load(self.path(name))
        if name == "ledger":
            # Ids of imported statements are made with the first one: with another, all would come in once more.
            keys.keep(self.path("import"), former)
        try:
            self.path(name).replace(self.path(f"{name}-former"))
        except OSError as error:
            raise KeyFileError(f"{self.path(name)}: {error}") from error
        new = keys.load_or_create(self.path(name))
        self.path(f"{name}-former").unlink(missing_ok=True)
        return former, new

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.key"


def _keys_of(data: bytes) -> Mapping[str, Key]:
    """Return the keys by name; no name leads out of the folder."""
    try:
        document = canonical.decode(data)
        found = {name: Key.from_hex(text) for name, text in document["keys"].items()}
        known = document["format"] == FORMAT and all(map(_is_name, found))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeyFileError(f"no keys: {error}") from error
    if not known:
        raise KeyFileError("no keys of format 1")
    return found


def _is_name(name: str) -> bool:
    return name in SIGNING or (name.startswith(f"{_FOLDER}/") and is_month(name.removeprefix(f"{_FOLDER}/")))
