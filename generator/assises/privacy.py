"""Private data as the runner keeps them: keys made in time and destroyed in time, boxes opened for a stated reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from assises import canonical
from assises.contribution import format_time, ulid_time
from assises.keyring import FILE, Keyring, PublishedMonths, announced, is_due, months_from
from assises.sealing import Private, Sealed, SealError, month_of, unseal
from assises.store import RUNNER, Author, Changes, Snapshot, Store

ACCESSES = "private/accesses.jsonl"
"""In the store: who had a box opened, when and why, one a line."""

AHEAD = 2
"""Months that have a key: this one, and the next, for forms that are handed out at its very beginning."""


class NoPrivateDataError(Exception):
    """There is no box for a contribution, or its key is not here; `reason` is ``none``, ``expired`` or ``no-key``."""

    def __init__(self, reason: str, month: str = "") -> None:
        self.reason = reason
        self.month = month
        super().__init__(f"{reason} {month}".strip())


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where the months' keys lie on this machine, and for how long they are kept."""

    ring: Keyring
    months: int
    """Whole months after the one in which something was received."""

    asked: bool
    """Whether forms ask for anything private."""

    def tend(self, store: Store, now: datetime) -> tuple[str, ...]:
        """Make the keys that are needed, destroy those that are due, and return the months that expired.

        Raises:
            KeyFileError: a key cannot be made.
            OSError: a key cannot be destroyed.
            StoreError: the store cannot be written.
        """
        if self.asked:
            months = months_from(now, AHEAD)
            store.commit(RUNNER, "Make keys", now, lambda snapshot: announced(snapshot, self.ring, months))
        return expire(store, self.ring, self.months, now)


def expire(store: Store, ring: Keyring, kept: int, now: datetime) -> tuple[str, ...]:
    """Destroy each key that is due, delete its boxes, and return its month; what is destroyed is never made again."""
    known = PublishedMonths.of(store.read())
    due = [
        month
        for month in dict.fromkeys((*known.public, *ring.months(), *known.expired))
        if is_due(month, kept, now)
    ]
    new = [month for month in due if month not in known.expired or ring.find(month)]
    for month in new:
        ring.destroy(month)
    if new:

        def change(snapshot: Snapshot) -> Changes:
            before = PublishedMonths.of(snapshot)
            public = {month: key for month, key in before.public.items() if month not in due}
            return {FILE: PublishedMonths(public, tuple({*before.expired, *due})).to_bytes()}

        store.commit(RUNNER, "Expire private data", now, change)
        store.private.delete(*(id for id in store.private.list() if month_of(ulid_time(id)) in due))
    return tuple(new)


def opened(store: Store, ring: Keyring, id: str) -> Private:
    """Return what is known of a contribution's author.

    Raises:
        NoPrivateDataError: nothing is, any more or here.
        StoreError: the store is damaged.
    """
    month = month_of(ulid_time(id))
    data = store.private.get(id)
    if data is None:
        expired = month in PublishedMonths.of(store.read()).expired
        raise NoPrivateDataError("expired" if expired else "none", month)
    key = ring.find(month)
    if key is None:
        raise NoPrivateDataError("no-key", month)
    try:
        found = unseal(Sealed.from_bytes(data), key)
    except SealError as error:
        raise NoPrivateDataError("no-key", month) from error
    if found.id != id:
        raise NoPrivateDataError("none", month)
    return found


def note_access(store: Store, id: str, author: Author, reason: str, now: datetime) -> None:
    """Write down that a box is opened: who, when and why."""
    line = canonical.encode(
        {
            "format": 1,
            "id": id,
            "time": format_time(now),
            "who": canonical.normal(author.name),
            "reason": canonical.normal(reason),
        }
    )
    store.commit(
        author,
        f"Open private data of {id}",
        now,
        lambda snapshot: {ACCESSES: (snapshot.get(ACCESSES) or b"") + line},
    )


def keep_boxes(store: Store, boxes: Iterable[tuple[str, Sealed]]) -> None:
    """Move sealed boxes to refs of their own, but for contributions that were erased meanwhile."""
    waiting = list(boxes)
    snapshot = store.read() if waiting else None
    for id, sealed in waiting:
        if snapshot and snapshot.fate(id) not in (None, "erased"):
            store.private.put_if_absent(id, sealed.to_bytes())
