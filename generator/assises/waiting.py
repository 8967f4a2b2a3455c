"""What waits in the storages of the intake, and whether it waits too long."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from assises.contribution import ulid_time
from assises.storage_contract import Storage

LATE = timedelta(hours=2)
"""How long contributions may wait for the runner before moderators are told."""

FILE = "late.json"
"""What is late and who was told, beside the store; without it, everybody is told again."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in one storage."""

    place: str
    """Where that is, for people."""

    count: int = 0
    oldest: datetime | None = None
    """When the form was handed out by which the oldest came; None: nothing waits."""

    trouble: str = ""
    """Why nobody can tell."""


def look(storages: Iterable[Storage]) -> tuple[Waiting, ...]:
    """Return what waits in each storage."""
    return tuple(map(_look, storages))


def _look(storage: Storage) -> Waiting:
    try:
        ids = list(storage.list())
    except OSError as error:
        return Waiting(storage.place, trouble=str(error))
    return Waiting(storage.place, len(ids), ulid_time(ids[0]) if ids else None)


@dataclass(slots=True)
class Lateness:
    """Since when each storage waits or cannot be reached, and whether that was told."""

    since: dict[str, datetime] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, folder: Path) -> Lateness:
        """Return what was noted last; nothing where that cannot be read."""
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            found: Mapping[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
            since = {
                place: datetime.fromisoformat(time).astimezone(UTC) for place, time in found["since"].items()
            }
            return cls(since, set(found["told"]))
        return cls()

    def write(self, folder: Path) -> None:
        """Note it for the next turn."""
        document = {
            "format": 1,
            "since": {place: time.isoformat() for place, time in sorted(self.since.items())},
            "told": sorted(self.told),
        }
        (folder / FILE).write_text(f"{json.dumps(document)}\n", encoding="utf-8", newline="\n")

    def see(self, seen: Sequence[Waiting], now: datetime) -> tuple[Waiting, ...]:
        """Return the storages that are late and of which nobody was told yet; remember what was seen."""
        since = {
            waiting.place: waiting.oldest or self.since.get(waiting.place, now)
            for waiting in seen
            if waiting.oldest or waiting.trouble
        }
        self.since, self.told = since, self.told & since.keys()
        late = [place for place, time in since.items() if now - time > LATE]
        self.told &= set(late)
        fresh = tuple(waiting for waiting in seen if waiting.place in late and waiting.place not in self.told)
        self.told |= {waiting.place for waiting in fresh}
        return fresh
