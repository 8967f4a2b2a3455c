"""How the intake fares, for machines that watch it."""

from __future__ import annotations

from datetime import datetime

from werkzeug.wrappers import Response

from assises.contribution import ulid_time
from assises_inbox.intake import answer
from assises_inbox.intake.visit import Visit


def health(visit: Visit) -> Response:
    """Return how many contributions wait for the runner and for how long, and since when the pages are out of date."""
    try:
        waiting = list(visit.storage.list())
    except OSError:
        return answer.json({"status": "unavailable"}, 503)
    ages = {
        "oldest_seconds": _seconds(visit, ulid_time(waiting[0]) if waiting else None),
        "pages_late_seconds": _seconds(visit, visit.forms.until),
    }
    return answer.json({"status": "ok", "waiting": len(waiting)} | ages, 200)


def _seconds(visit: Visit, since: datetime | None) -> int:
    return max(0, int((visit.now - since).total_seconds())) if since else 0
