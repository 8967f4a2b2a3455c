"""Forms that the organiser has closed in an emergency (`assises close`), as the store remembers them.

The intake hears of them by marks in its own storage, within a minute; pages and forms.json at the next build.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assises import canonical
from assises.contribution import format_time, parse_time
from assises.marks import EVERY_FORM
from assises.store import Changes, Snapshot, StoreError

FILE = "closed.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Suspension:
    """One form, page, or everything (``*``), closed for the time being."""

    what: str
    who: str
    time: datetime
    reason: str = ""

    def document(self) -> dict[str, Any]:
        """Return it as it stands in its file."""
        stated = {"what": self.what, "who": canonical.normal(self.who), "time": format_time(self.time)}
        return stated | ({"reason": reason} if (reason := canonical.normal(self.reason)) else {})


def suspensions(snapshot: Snapshot) -> dict[str, Suspension]:
    """Return what is closed, by form or page.

    Raises:
        StoreError: the file is damaged.
    """
    data = snapshot.get(FILE)
    try:
        rows = canonical.decode(data)["closed"] if data else ()
        found = [
            Suspension(row["what"], row["who"], parse_time(row["time"]), row.get("reason", ""))
            for row in rows
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{FILE}: {error}") from error
    return {item.what: item for item in found}


def with_suspensions(found: Mapping[str, Suspension]) -> Changes:
    """Return what changes in a store in which exactly these are closed."""
    rows = [item.document() for _, item in sorted(found.items())]
    return {FILE: canonical.encode({"format": FORMAT, "closed": rows}) if rows else None}


def is_suspended(closed: Collection[str], form: str) -> bool:
    """Tell whether a form is closed: by itself, with its page, or with everything."""
    return any(what in closed for what in (form, form.partition(":")[0], EVERY_FORM))
