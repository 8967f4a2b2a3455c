"""Probes, by which those who launch a site see that contributions arrive."""

from __future__ import annotations

from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.wrappers import Response

from assises.envelope import EnvelopeError
from assises.probe import read
from assises_inbox.intake import answer
from assises_inbox.intake.visit import Visit


def probe(visit: Visit) -> Response:
    """Store a probe as everything is stored; 403 for whoever does not hold this intake's key."""
    if visit.request.mimetype != "application/json":
        raise UnsupportedMediaType
    data = visit.request.get_data()
    try:
        envelope = read(data, visit.key, visit.now)
    except EnvelopeError:
        return answer.json({"status": "refused"}, 403)
    try:
        visit.storage.put_if_absent(envelope.contribution.id, data)
    except OSError:
        return answer.json({"status": "unavailable"}, 503)
    visit.stored()
    return answer.json({"status": "stored", "id": envelope.contribution.id}, 201)
