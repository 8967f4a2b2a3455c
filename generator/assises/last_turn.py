"""When this machine last took a turn of `assises refresh`, and since when the pages cannot be brought up to date."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assises.files import write_whole

FILE = "turn.json"
"""Beside the store; where it is missing, this machine took no turn yet, or a forge's machine forgot it."""


@dataclass(frozen=True, slots=True)
class LastTurn:
    """What is noted at the end of each turn, whatever came of it."""

    ended: datetime | None = None
    stopped: datetime | None = None
    """When the first of the turns ended that could not bring the pages up to date; None: the last one could."""

    @classmethod
    def read(cls, folder: Path) -> LastTurn:
        """Return what was noted last; nothing where that cannot be read."""
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            found: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
            return cls(_instant(found["ended"]), _instant(found["stopped"]))
        return cls()

    def write(self, folder: Path) -> None:
        """Note it."""
        document = {
            "format": 1,
            "ended": self.ended.isoformat() if self.ended else None,
            "stopped": self.stopped.isoformat() if self.stopped else None,
        }
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(folder / FILE, f"{json.dumps(document)}\n".encode())


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
