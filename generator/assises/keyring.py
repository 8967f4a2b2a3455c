"""The months' keys for private data: the private halves in a folder of this machine, the public ones in the store.

A key is a file that only its owner can read. Destroying it is what makes private data expire: no copy of a sealed
box can be opened without it, neither here nor in a clone or a backup.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from assises import canonical, keys
from assises.sealing import MonthKey, is_month
from assises.store import Changes, Snapshot, StoreError

FILE = "private/keys.json"
"""In the store: the public halves, by month."""

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Keyring:
    """A folder of private halves."""

    folder: Path

    def find(self, month: str) -> MonthKey | None:
        """Return a month's key, or None where this machine does not have it.

        Raises:
            KeyFileError: the file holds none.
        """
        path = self._path(month)
        return MonthKey(keys.load(path).seed) if path.exists() else None

    def make(self, month: str) -> MonthKey:
        """Return a month's key, made if there is none.

        Raises:
            KeyFileError: it cannot be read or made.
        """
        return MonthKey(keys.load_or_create(self._path(month)).seed)

    def keep(self, month: str, key: MonthKey) -> bool:
        """Keep a key that comes from elsewhere; return whether it was absent.

        Raises:
            KeyFileError: it cannot be written.
        """
        return keys.keep(self._path(month), keys.Key(key.secret))

    def destroy(self, month: str) -> bool:
        """Destroy a month's key; return whether it was there.

        Its bytes are written over first: that helps on a plain disk. What a file system or a flash disk keeps of
        the former bytes, and what a backup of this folder keeps, is beyond any program.
        """
        path = self._path(month)
        try:
            with path.open("rb+") as file:
                file.write(b"0" * path.stat().st_size)
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        except FileNotFoundError:
            return False
        return True

    def months(self) -> Iterator[str]:
        """Yield the months whose keys are here, oldest first."""
        with suppress(FileNotFoundError):
            for path in sorted(self.folder.iterdir()):
                if path.suffix == ".key" and is_month(path.stem):
                    yield path.stem

    def _path(self, month: str) -> Path:
        if not is_month(month):
            raise ValueError(f"{month!r} is no month")
        return self.folder / f"{month}.key"


@dataclass(frozen=True, slots=True)
class PublishedMonths:
    """What the store says of the months' keys."""

    public: Mapping[str, str] = field(default_factory=dict)
    """The public halves, by month."""

    expired: tuple[str, ...] = ()
    """Months whose keys were destroyed."""

    def to_bytes(self) -> bytes:
        """Return the bytes of ``private/keys.json``."""
        return canonical.encode(
            {"format": FORMAT, "keys": dict(self.public), "expired": sorted(self.expired)}
        )

    @classmethod
    def of(cls, snapshot: Snapshot) -> PublishedMonths:
        """Return what a store says.

        Raises:
            StoreError: it is malformed.
        """
        data = snapshot.get(FILE)
        if data is None:
            return cls()
        try:
            document = canonical.decode(data)
            found = cls(document["keys"], tuple(document["expired"]))
            whole = found.to_bytes() == data and all(map(is_month, (*found.public, *found.expired)))
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{FILE}: {error}") from error
        if not whole:
            raise StoreError(f"{FILE}: not of format {FORMAT}")
        return found

    def month_with(self, public: str) -> str:
        """Return the month that a public half is of; empty where none is."""
        return next((month for month, key in self.public.items() if key == public), "")


def announced(snapshot: Snapshot, ring: Keyring, months: Iterator[str] | tuple[str, ...]) -> Changes:
    """Return what the store has to say so that forms can seal in these months; keys are made where there are none.

    A month that the store knows already is left alone: its private half may lie in the town's own keyring.
    """
    before = PublishedMonths.of(snapshot)
    new = [month for month in months if month not in before.public and month not in before.expired]
    if not new:
        return {}
    public = dict(before.public) | {month: ring.make(month).public for month in new}
    return {FILE: PublishedMonths(public, before.expired).to_bytes()}


def months_from(now: datetime, count: int) -> tuple[str, ...]:
    """Return the month of an instant (UTC) and those that follow."""
    now = now.astimezone(UTC)
    first = now.year * 12 + now.month - 1
    return tuple(f"{at // 12:04}-{at % 12 + 1:02}" for at in range(first, first + count))


def expires(month: str, kept: int) -> datetime:
    """Return the instant from which a month's key may no longer exist: `kept` whole months after it is over."""
    at = int(month[:4]) * 12 + int(month[5:]) + kept
    return datetime(at // 12, at % 12 + 1, 1, tzinfo=UTC)


def is_due(month: str, kept: int, now: datetime) -> bool:
    """Tell whether a month's key is to be destroyed."""
    return expires(month, kept) <= now
