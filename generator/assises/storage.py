"""The storages that the environment names, in their order of fallback.

``ASSISES_STORAGE`` holds addresses parted by spaces. What is received goes to the first that takes it; the
runner drains them all. Passwords have variables of their own, so that an address can be shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assises.spool import Spool
from assises.storage_contract import Receiving, Storage, StorageError

VARIABLE = "ASSISES_STORAGE"
KINDS = ("spool:/folder", "git+https://host/repository.git", "s3+https://host/bucket")

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_BUCKET = re.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile("[A-Za-z0-9_./-]*")
_REFS = ("refs/inbox", "refs/heads/inbox")


class AddressError(ValueError):
    """A variable of the environment names no storage, or lacks what belongs to one."""


@dataclass(frozen=True, slots=True)
class Fallback:
    """Several storages, the preferred one first: what one refuses, the next one takes."""

    storages: Sequence[Receiving]

    def put_if_absent(self, id: str, data: bytes) -> bool:
        """Store in the first storage that takes it. StorageError: none did.

        One that stored and could not say so holds a second copy: the runner knows it by its id.
        """
        troubles = []
        for storage in self.storages:
            try:
                return storage.put_if_absent(id, data)
            except OSError as error:
                troubles.append(str(error))
        raise StorageError("; ".join(troubles))

    def list(self) -> Iterator[str]:
        """Yield the ids that wait anywhere, oldest first, each once."""
        yield from sorted({id for storage in self.storages for id in storage.list()})


def storages_in(environ: Mapping[str, str]) -> tuple[Storage, ...]:
    """Return the storages that the environment names, the preferred one first; none where it names none.

    Raises:
        AddressError: an address is none, or lacks its password.
    """
    found: list[Storage] = []
    for address in environ.get(VARIABLE, "").split():
        kind, colon, rest = address.partition(":")
        if kind == "spool" and colon and rest:
            found.append(Spool(Path(rest)))
        else:
            raise AddressError(f"{VARIABLE}: {address} is no storage; there are {', '.join(KINDS)}")
    return tuple(found)


def from_environment(environ: Mapping[str, str]) -> Receiving:
    """Return where an intake stores, as its environment says.

    Raises:
        AddressError: nothing is named, or what is named is no storage.
    """
    storages = storages_in(environ)
    if not storages:
        raise AddressError(f"{VARIABLE} is missing; there are {', '.join(KINDS)}")
    return storages[0] if len(storages) == 1 else Fallback(storages)
