"""What every storage of the intake promises, whatever it is made of.

The intake only adds: it calls `put_if_absent`. The rest is the runner's, and `list` is looked at for health.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Protocol

BUSY = frozenset({409, 423, 425, 429, 500, 502, 503, 504})
"""HTTP statuses after which a host may do what it was asked when it is asked again."""


class StorageError(OSError):
    """A storage cannot be reached, refuses, or did not say that it did what was asked."""

    again = False
    """Whether asking again may help."""

    url = ""
    """Of a git host: the repository's address."""

    status = 0
    """What it answered over HTTP; 0: nothing, or nothing that a git host says."""

    refusal = ""
    """Why it did not take what was sent."""


class StorageFullError(StorageError):
    """So much waits in a storage already that another one has to take what comes."""


class BusyError(StorageError):
    """A storage did not do what was asked, or did not say so, and may do it when asked again."""

    again = True


class UnreadableError(StorageError):
    """What is stored under one id cannot be read; the others can."""


class Receiving(Protocol):
    """All that the intake does with a storage: it adds, tells in `/health` what waits, and hears of emergency stops."""

    def put_if_absent(self, id: str, data: bytes) -> bool:
        """Store durably under `id`; return whether it was absent. OSError: it may not be stored.

        What was put is a function of its id, but for what made the intake suspicious when it came first: so putting
        it again is how one asks whether it is there, and what was there stays.
        """

    def list(self) -> Iterator[str]:
        """Yield the ids that wait, oldest first."""

    def marks(self) -> Collection[str]:
        """Return the marks that are set (`assises.marks`)."""


class Storage(Receiving, Protocol):
    """Where the intake stores, and the runner fetches."""

    @property
    def place(self) -> str:
        """Where it is, for people; without any password."""

    def get(self, id: str) -> bytes | None:
        """Return what is stored under `id`, or None. UnreadableError: there is something, and no way to read it."""

    def get_all(self, ids: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        """Yield each id that is there, in this order, with its bytes: None for what cannot be read."""

    def delete(self, *ids: str) -> None:
        """Forget these ids; that one is gone already is no error."""

    def set_aside(self, id: str) -> None:
        """Keep `id` out of the list without losing it: it is for a person to look at."""

    def mark(self, name: str) -> None:
        """Set a mark; that it is set already is no error."""

    def unmark(self, name: str) -> None:
        """Take a mark away; that it is gone already is no error."""

    def forget(self, *ids: str) -> None:
        """Delete these ids for good, wherever they are kept: waiting, half-written or set aside."""


def one_by_one(storage: Storage, ids: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
    """Yield what `get_all` does, for a storage that is near enough to be asked singly."""
    for id in ids:
        try:
            data = storage.get(id)
        except UnreadableError:
            yield id, None
        else:
            if data is not None:
                yield id, data
