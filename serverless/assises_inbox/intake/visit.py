"""One request to the intake, and what it takes to answer it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from werkzeug.wrappers import Request

from assises.keys import Key
from assises.storage_contract import Receiving
from assises_inbox.intake.forms import Forms
from assises_inbox.intake.pages import Pages

MAX_BODY = 256 * 1024
"""Bytes of a request; a text of 5,000 characters takes 60,000 at most, percent-encoded."""


class LimitedRequest(Request):
    """A request that is read up to a limit."""

    max_content_length = MAX_BODY
    max_form_memory_size = MAX_BODY
    max_form_parts = 500


@dataclass(frozen=True, slots=True)
class Visit:
    """One request."""

    request: Request
    forms: Forms
    now: datetime
    storage: Receiving
    key: Key
    stored: Callable[[], None]
    """Called after each storing, as a hint to the runner."""

    random: Callable[[int], bytes]

    def pages(self, language: str, up: str = "") -> Pages:
        """Return what can be answered in a language; `up` leads from the request's address to the intake's own."""
        return Pages(self.forms, self.forms.voice(language), up)
