"""One request to the intake, and what it takes to answer it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from werkzeug.wrappers import Request, Response

from assises.keys import Key
from assises.storage_contract import Receiving
from assises_inbox.intake import answer
from assises_inbox.intake.check import Typed
from assises_inbox.intake.forms import Form, Forms
from assises_inbox.intake.log import Entry
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
    network: str
    """Hints at where it came from; empty where that cannot be known."""

    address: str
    """Where it came from, for sites that a law obliges to keep it; it is sealed, never logged."""

    many: Callable[[], bool]
    """Counts a contribution of this network, and tells whether it is one of very many."""

    too_fast: timedelta
    """Less than this between showing and confirming is a machine's."""

    stopped: Callable[[Form], bool]
    """Tells whether the organiser has closed a form in an emergency."""

    entry: Entry
    """What is noted of this request."""

    as_json: bool = False
    """Whether the answer is JSON rather than a page."""

    def pages(self, language: str = "", up: str = "", target: str = "contributions") -> Pages:
        """Return what can be answered in a language, or else in one that the browser asks for.

        `up` leads from the request's address to the intake's own, `target` from there to where forms are sent.
        """
        spoken = language or self.request.accept_languages.best_match(self.forms.voices) or ""
        return Pages(self.forms, self.forms.voice(spoken), up, target)

    def refuse(
        self,
        pages: Pages,
        name: str,
        status: int,
        typed: Typed | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Return why nothing was taken, with what was typed: as a page, or as a problem for programs."""
        self.entry.reason = name
        if self.as_json:
            title, detail = pages.reason(name)
            return answer.problem(name, status, title, detail, headers)
        return answer.html(pages.refusal(name, typed), status, headers)
