"""Which instant it is: the system's, or that of a consultation that is being shown at another."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

FILE = "clock.json"


def system_clock() -> datetime:
    """Return the instant that the machine says it is, UTC."""
    return datetime.now(UTC)


def running_clock(start: datetime | None) -> Callable[[], datetime]:
    """Return a clock that says `start` now and runs on from there; without a start, the system's."""
    if start is None:
        return system_clock
    lead = start.astimezone(UTC) - system_clock()
    return lambda: system_clock() + lead


@contextmanager
def told(folder: Path, clock: Callable[[], datetime], host: str, port: int) -> Iterator[None]:
    """Let other commands on the same consultation know, while the block runs, what this clock says."""
    place = folder / FILE
    lead = round((clock() - system_clock()).total_seconds())
    place.write_text(
        json.dumps({"format": 1, "lead": lead, "host": host, "port": port}), encoding="utf-8", newline="\n"
    )
    try:
        yield
    finally:
        place.unlink(missing_ok=True)


def told_clock(folder: Path) -> Callable[[], datetime]:
    """Return the clock of whoever serves the consultation at another instant now; else the system's."""
    with suppress(OSError, ValueError, KeyError, TypeError, OverflowError):
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
        lead = timedelta(seconds=int(found["lead"]))
        # The file outlives a process that was killed; its port does not.
        with socket.create_connection((str(found["host"]), int(found["port"])), timeout=1):
            return lambda: system_clock() + lead
    return system_clock
