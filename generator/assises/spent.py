"""What was used up (a sign-in link, a session that was ended), remembered in the store until it is too old anyway.

So it holds after a restart, and for several processes and machines at once.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from assises.store import Author, Changes, Snapshot, Store

FOLDER = "spent"
DESK = Author("Assises desk", "desk@localhost")


def spend(store: Store, mark: str, until: datetime, now: datetime) -> bool:
    """Use something up; return whether it was still there. Of two callers at once, one gets it.

    Raises:
        StoreError: the store cannot be written; then it was not used up.
    """
    path, fresh = _path(mark, until), True

    def change(snapshot: Snapshot) -> Changes:
        nonlocal fresh
        fresh = not snapshot.exists(path)
        today = f"{now.astimezone(UTC):%Y-%m-%d}"
        past = (day for day in snapshot.names(FOLDER) if day < today)
        gone = {f"{FOLDER}/{day}/{name}": None for day in past for name in snapshot.names(f"{FOLDER}/{day}")}
        return gone | {path: b"\n"} if fresh else {}

    store.commit(DESK, "Mark", now, change)
    return fresh


def is_spent(snapshot: Snapshot, mark: str, until: datetime) -> bool:
    """Tell whether something was used up; `until` is when it would be too old, as when it was spent."""
    return snapshot.exists(_path(mark, until))


def _path(mark: str, until: datetime) -> str:
    """Return where a mark lies: by the day on which it may be forgotten, under a hash that tells nothing."""
    return f"{FOLDER}/{until.astimezone(UTC):%Y-%m-%d}/{hashlib.sha256(mark.encode()).hexdigest()}"
