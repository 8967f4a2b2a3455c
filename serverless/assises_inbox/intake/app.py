"""The intake as a WSGI application.

``POST /contributions`` first answers what was typed, to be read once more; confirmed, it is stored and leads
to ``GET /receipts/<signed receipt>``. No cookie, no account, no script. The `Origin` of a request decides only
who may read the answer: there is nothing that a foreign page could borrow, and a page that sends no referrer
posts with ``Origin: null``, so refusing would only refuse residents.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    NotAcceptable,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)
from werkzeug.wrappers import Request, Response

from assises.keys import Key
from assises.storage_contract import Receiving
from assises_inbox.intake import answer
from assises_inbox.intake.body import TYPES
from assises_inbox.intake.forms import Forms, FormsError
from assises_inbox.intake.hints import TOO_FAST, Rates
from assises_inbox.intake.log import Entry, Log, silent
from assises_inbox.intake.network import Proxies, hint
from assises_inbox.intake.routes import ROUTES, answering
from assises_inbox.intake.stops import Stops
from assises_inbox.intake.visit import LimitedRequest, Visit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_REASONS: Mapping[type[HTTPException], str] = {
    RequestEntityTooLarge: "too_large",
    UnsupportedMediaType: "unsupported",
    NotAcceptable: "not_acceptable",
}


def _system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Intake:
    """The application. Everything that it touches is given to it."""

    forms: Callable[[], Forms]
    storage: Receiving
    key: Key
    clock: Callable[[], datetime] = _system_clock
    stored: Callable[[], None] = lambda: None
    """Called after each storing, as a hint to the runner."""

    random: Callable[[int], bytes] = field(default=secrets.token_bytes)
    proxies: Proxies = field(default_factory=Proxies)
    """Whose word on a sender's address is believed."""

    log: Log = silent
    too_fast: timedelta = TOO_FAST
    """Less than this between showing and confirming is a machine's."""

    _rates: Rates = field(default_factory=Rates)
    _stops: Stops = field(init=False)

    def __post_init__(self) -> None:
        """Look for emergency stops where contributions are stored."""
        object.__setattr__(self, "_stops", Stops(self.storage))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        with LimitedRequest(environ) as request:
            return self.answer(request)(environ, start_response)

    def answer(self, request: Request) -> Response:
        """Return the answer to a request; never an exception for what a stranger sent."""
        begun, now, entry = time.monotonic(), self.clock(), Entry()
        try:
            forms = self.forms()
        except FormsError:
            text = "503 forms.json is not there yet. Please try again in a minute.\n"
            response = answer.secure(
                Response(text, 503, {"Retry-After": "60"}, mimetype="text/plain"), request
            )
            entry.reason = "no_forms"
        else:
            response = answer.secure(
                self._answer(self._visit(request, forms, now, entry)), request, forms.site
            )
        entry.status, entry.ms = response.status_code, round((time.monotonic() - begun) * 1000)
        self.log(now, entry)
        return response

    def _visit(self, request: Request, forms: Forms, now: datetime, entry: Entry) -> Visit:
        client = self.proxies.client(request.environ)
        network = hint(self.key, client, now)
        return Visit(
            request=request,
            forms=forms,
            now=now,
            storage=self.storage,
            key=self.key,
            stored=self.stored,
            random=self.random,
            network=network,
            address=str(client) if client and forms.private.address else "",
            many=lambda: self._rates.many(network, now),
            too_fast=self.too_fast,
            stopped=lambda form: form.id in forms.closed or self._stops.stopped(form, now),
            entry=entry,
        )

    def _answer(self, visit: Visit) -> Response:
        try:
            urls = ROUTES.bind_to_environ(visit.request.environ)
            if visit.request.method == "OPTIONS" and (allowed := urls.allowed_methods()):
                return answer.preflight(", ".join(sorted({*allowed, "OPTIONS"})))
            visit = replace(visit, as_json=answer.wants_json(visit.request))
            endpoint, arguments = urls.match()
            visit.entry.endpoint = endpoint
            return answering(endpoint)(visit, **arguments)
        except HTTPException as error:
            return _refused(visit, error)
        except UnicodeDecodeError:  # an address with bytes that are no text
            return _refused(visit, BadRequest())


def _refused(visit: Visit, error: HTTPException) -> Response:
    """Return werkzeug's refusal in our words, with the headers that belong to it (``Allow``…)."""
    name = _REASONS.get(type(error), "not_understood")
    headers = {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
    if isinstance(error, UnsupportedMediaType):
        headers |= {"Accept-Post": ", ".join(TYPES), "Accept-Encoding": "identity"}
    return visit.refuse(visit.pages(), name, error.code or 400, headers=headers)
