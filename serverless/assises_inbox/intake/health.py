"""How the intake fares, for machines that watch it."""

from __future__ import annotations

from werkzeug.wrappers import Response

from assises.contribution import ulid_time
from assises_inbox.intake import answer
from assises_inbox.intake.visit import Visit


def health(visit: Visit) -> Response:
    """Return how many contributions wait for the runner, and for how long."""
    try:
        waiting = list(visit.storage.list())
    except OSError:
        return answer.json({"status": "unavailable"}, 503)
    oldest = (visit.now - ulid_time(waiting[0])).total_seconds() if waiting else 0
    return answer.json({"status": "ok", "waiting": len(waiting), "oldest_seconds": max(0, int(oldest))}, 200)
