"""The intake as a WSGI application.

``POST /contributions`` first answers what was typed, to be read once more; confirmed, it is stored and leads
to ``GET /receipts/<signed receipt>``. No cookie, no account, no script. The `Origin` of a request is not
looked at: there is nothing that a foreign page could borrow, and a page that sends no referrer posts with
``Origin: null``, so looking would only refuse residents.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from assises.keys import Key
from assises.storage_contract import Receiving
from assises_inbox.intake import answer
from assises_inbox.intake.forms import Forms, FormsError
from assises_inbox.intake.health import health
from assises_inbox.intake.probes import probe
from assises_inbox.intake.receipts import receipt
from assises_inbox.intake.sending import begin, send
from assises_inbox.intake.visit import LimitedRequest, Visit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_ROUTES = Map(
    [
        Rule("/contributions", endpoint="send", methods=["POST"]),
        Rule("/contributions/new", endpoint="begin", methods=["GET"]),
        Rule("/receipts/<text>", endpoint="receipt", methods=["GET"]),
        Rule("/health", endpoint="health", methods=["GET"]),
        Rule("/probes", endpoint="probe", methods=["POST"]),
    ],
    # An address has one spelling: from another, the relative links of an answer would lead elsewhere.
    merge_slashes=False,
)
_ENDPOINTS: Mapping[str, Callable[..., Response]] = {
    "send": send,
    "begin": begin,
    "receipt": receipt,
    "health": health,
    "probe": probe,
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

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        with LimitedRequest(environ) as request:
            return self.answer(request)(environ, start_response)

    def answer(self, request: Request) -> Response:
        """Return the answer to a request; never an exception for what a stranger sent."""
        try:
            forms = self.forms()
        except FormsError:
            text = "503 forms.json is not there yet. Please try again in a minute.\n"
            return answer.secure(Response(text, 503, {"Retry-After": "60"}, mimetype="text/plain"))
        visit = Visit(request, forms, self.clock(), self.storage, self.key, self.stored, self.random)
        try:
            endpoint, arguments = _ROUTES.bind_to_environ(request.environ).match()
            response = _ENDPOINTS[endpoint](visit, **arguments)
        except HTTPException as error:
            response = _refused(visit, error)
        except UnicodeDecodeError:  # an address with bytes that are no text
            response = _refused(visit, BadRequest())
        return answer.secure(response, forms.site)


def _refused(visit: Visit, error: HTTPException) -> Response:
    """Return werkzeug's refusal in the site's look, with the headers that belong to it (``Allow``…)."""
    language = visit.request.accept_languages.best_match(visit.forms.voices) or ""
    name = "too_large" if isinstance(error, RequestEntityTooLarge) else "not_understood"
    headers = {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
    return answer.html(visit.pages(language).refusal(name), error.code or 400, headers)
