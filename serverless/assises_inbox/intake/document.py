"""The intake's own description for programs: OpenAPI 3.1."""

from __future__ import annotations

from werkzeug.wrappers import Response

from assises_inbox.intake import answer
from assises_inbox.intake.openapi import openapi
from assises_inbox.intake.visit import Visit


def document(visit: Visit) -> Response:
    """Return the description, with the address that this intake is reached at."""
    return answer.json(openapi(visit.forms.inbox), 200)
