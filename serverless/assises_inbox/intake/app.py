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
from json import dumps
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from assises.contribution import identified, ulid_time
from assises.envelope import Envelope
from assises.keys import Key
from assises.receipt import Receipt, ReceiptError, from_text, to_text
from assises.spool import Storage
from assises_inbox.intake.check import Typed, check, draft
from assises_inbox.intake.forms import Form, Forms, FormsError
from assises_inbox.intake.pages import Pages
from assises_inbox.intake.token import Token, TokenError, TokenExpired

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MAX_BODY = 256 * 1024
"""Bytes of a request; a text of 5,000 characters takes 60,000 at most, percent-encoded."""

_ROUTES = Map(
    [
        Rule("/contributions", endpoint="send", methods=["POST"]),
        Rule("/contributions/new", endpoint="new", methods=["GET"]),
        Rule("/receipts/<text>", endpoint="receipt", methods=["GET"]),
        Rule("/health", endpoint="health", methods=["GET"]),
    ],
    # An address has one spelling: from another, the relative links of an answer would lead elsewhere.
    merge_slashes=False,
)
_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


class _Request(Request):
    max_content_length = MAX_BODY
    max_form_memory_size = MAX_BODY
    max_form_parts = 500


def _system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Intake:
    """The application. Everything that it touches is given to it."""

    forms: Callable[[], Forms]
    storage: Storage
    key: Key
    clock: Callable[[], datetime] = _system_clock
    stored: Callable[[], None] = lambda: None
    """Called after each storing, as a hint to the runner."""

    random: Callable[[int], bytes] = field(default=secrets.token_bytes)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        with _Request(environ) as request:
            return self.answer(request)(environ, start_response)

    def answer(self, request: Request) -> Response:
        """Return the answer to a request; never an exception for what a stranger sent."""
        try:
            forms = self.forms()
        except FormsError:
            text = "503 forms.json is not there yet. Please try again in a minute.\n"
            return _secure(Response(text, 503, {"Retry-After": "60"}, mimetype="text/plain"))
        try:
            endpoint, arguments = _ROUTES.bind_to_environ(request.environ).match()
            response: Response = getattr(self, f"_{endpoint}")(request, forms, **arguments)
        except HTTPException as error:
            response = self._refused(request, forms, error)
        except UnicodeDecodeError:  # an address with bytes that are no text
            response = self._refused(request, forms, BadRequest())
        return _secure(response, forms.site)

    # --- the routes

    def _send(self, request: Request, forms: Forms) -> Response:
        if request.mimetype not in _FORM_TYPES:
            raise UnsupportedMediaType
        typed = Typed.from_fields(request.form)
        pages = Pages(forms, forms.voice(typed.language))
        form = forms.forms.get(typed.form)
        if form is None:
            return _html(pages.refusal("unknown_form", typed), 404)
        typed, now = typed.for_form(form), self.clock()
        token, expired = self._token(typed, form, now)
        if not form.is_open(now, token.time if token else None):
            return _html(pages.refusal("closed", typed), 403)
        if wrong := check(typed, form):
            return _html(pages.form(form, typed, wrong), 422)
        # Words that were changed after they were read over are shown once more, under the same token.
        changed = typed.read not in ("", typed.digest)
        if token is None or changed or not typed.confirm:
            token = token or Token.issue(self.key, form.id, now, self.random(16))
            return _html(pages.check(form, typed, token.text, expired=expired), 200)
        return self._store(typed, form, pages, token)

    def _store(self, typed: Typed, form: Form, pages: Pages, token: Token) -> Response:
        contribution = identified(draft(typed, form, pages.voice.language, token), token.secret)
        envelope = Envelope(contribution, token.sending, ("trap",) if typed.trap else ())
        try:
            self.storage.put_if_absent(contribution.id, envelope.to_bytes(self.key))
        except OSError:
            return _html(pages.refusal("unavailable", typed), 503, {"Retry-After": "60"})
        self.stored()
        # Relative, so that it holds behind any proxy and below any path.
        receipt = Receipt.of(contribution)
        text = to_text(receipt, receipt.signature(self.key))
        place = f"receipts/{text}?{urlencode({'language': pages.voice.language, 'form': form.id})}"
        return Response(status=303, headers={"Location": place})

    def _new(self, request: Request, forms: Forms) -> Response:
        typed = Typed.from_fields(request.args)
        pages = Pages(forms, forms.voice(typed.language), up="../")
        form = forms.forms.get(typed.form)
        if form is None:
            return _html(pages.refusal("unknown_form"), 404)
        if not form.is_open(self.clock()):
            return _html(pages.refusal("closed"), 403)
        asked = Typed(form=typed.form, of=typed.of, passage=typed.passage).for_form(form)
        if form.kind == "support":
            if wrong := check(asked, form):
                return _html(pages.form(form, asked, wrong), 422)
            token = Token.issue(self.key, form.id, self.clock(), self.random(16))
            return _html(pages.check(form, asked, token.text), 200)
        return _html(pages.form(form, asked), 200)

    def _receipt(self, request: Request, forms: Forms, text: str) -> Response:
        pages = Pages(forms, forms.voice(request.args.get("language", "")), up="../")
        try:
            receipt = from_text(text, (self.key.public, *forms.keys))
        except ReceiptError:
            return _html(pages.refusal("unknown_receipt"), 404)
        form = forms.forms.get(request.args.get("form", "")[:300])
        return _html(pages.receipt(receipt, text, form), 200, {"Referrer-Policy": "no-referrer"})

    def _health(self, request: Request, forms: Forms) -> Response:  # noqa: ARG002 - a route like the others
        try:
            waiting = list(self.storage.list())
        except OSError:
            return _json({"status": "unavailable"}, 503)
        oldest = (self.clock() - ulid_time(waiting[0])).total_seconds() if waiting else 0
        return _json({"status": "ok", "waiting": len(waiting), "oldest_seconds": max(0, int(oldest))}, 200)

    # --- their parts

    def _token(self, typed: Typed, form: Form, now: datetime) -> tuple[Token | None, bool]:
        """Return the token that was sent, if it is good, and whether it was good once."""
        try:
            return Token.read(self.key, typed.token, form.id, now), False
        except TokenExpired:
            return None, True
        except TokenError:
            return None, False

    def _refused(self, request: Request, forms: Forms, error: HTTPException) -> Response:
        """Return werkzeug's refusal in the site's look, with the headers that belong to it (``Allow``…)."""
        pages = Pages(forms, forms.voice(request.accept_languages.best_match(forms.voices) or ""))
        name = "too_large" if isinstance(error, RequestEntityTooLarge) else "not_understood"
        headers = {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
        return _html(pages.refusal(name), error.code or 400, headers)


def _html(page: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return Response(page, status=status, headers=headers, content_type="text/html; charset=utf-8")


def _json(value: Mapping[str, object], status: int) -> Response:
    return Response(dumps(value) + "\n", status=status, content_type="application/json")


def _secure(response: Response, site: str = "") -> Response:
    """Return the answer with the headers that every answer has; styles and images come from the site alone."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(site)) if site else "'none'"
    policy = (
        f"default-src 'none'; style-src {origin}; img-src {origin}; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    if site:
        # The site's own script may read the answer, which holds nothing but what was just typed.
        response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response
