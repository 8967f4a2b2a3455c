"""The desk as a WSGI application.

Nothing is answered but a page to sign in by, until a sign-in link was used. Every page is made on the server,
works without script, and every change is a POST that carries the session's own token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.exceptions import Forbidden, HTTPException, NotFound, UnsupportedMediaType
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from assises.catalogues import spoken
from assises.store import StoreError
from assises_inbox.desk import answering, by_mail, entrance, lists, one, pages, sheets, typing_in
from assises_inbox.desk.office import Office
from assises_inbox.desk.visit import Visit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MAX_BODY = 256 * 1024
"""Bytes of a request: a text of 5,000 characters takes 60,000 at most, percent-encoded, and a day's ticks less."""

_ROUTES = Map(
    [
        Rule("/", endpoint="shelf", methods=["GET"], defaults={"fate": "pending"}),
        Rule("/<any(published, withheld):fate>", endpoint="shelf", methods=["GET"]),
        Rule("/decisions", endpoint="decisions", methods=["POST"]),
        Rule("/reports", endpoint="reports", methods=["GET"]),
        Rule("/contributions/<id>", endpoint="contribution", methods=["GET"]),
        Rule("/contributions/<id>", endpoint="decision", methods=["POST"]),
        Rule("/contributions/<id>/answer", endpoint="answer", methods=["GET"]),
        Rule("/contributions/<id>/answer", endpoint="answered", methods=["POST"]),
        Rule("/typing-in", endpoint="typing", methods=["GET"]),
        Rule("/typing-in", endpoint="typed", methods=["POST"]),
        Rule("/slips", endpoint="slips", methods=["GET"]),
        Rule("/paper", endpoint="paper", methods=["GET"]),
        Rule("/mail/<key>", endpoint="letter", methods=["GET"]),
        Rule("/mail/<key>", endpoint="obeyed", methods=["POST"]),
        Rule("/sign-in/<key>", endpoint="door", methods=["GET"]),
        Rule("/sign-in", endpoint="enter", methods=["POST"]),
        Rule("/sign-in/link", endpoint="link", methods=["POST"]),
        Rule("/sign-out", endpoint="leave", methods=["POST"]),
        Rule("/style-<version>.css", endpoint="style", methods=["GET"]),
    ],
    strict_slashes=False,
    merge_slashes=False,
    redirect_defaults=False,
)

_ANSWERS: Mapping[str, Callable[..., Response]] = {
    "shelf": lists.shelf,
    "decisions": lists.decide_many,
    "reports": lists.reports,
    "contribution": one.contribution,
    "decision": one.decision,
    "answer": answering.form,
    "answered": answering.sent,
    "typing": typing_in.form,
    "typed": typing_in.sent,
    "slips": sheets.slips,
    "paper": sheets.paper,
    "letter": by_mail.letter,
    "obeyed": by_mail.obeyed,
    "door": entrance.door,
    "enter": entrance.enter,
    "link": entrance.link,
    "leave": entrance.leave,
    "style": lambda _office, _visit, version: _style(version),
}

_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
_OWN = ("same-origin", "none")
"""What a browser says of a form that no other site sent; those that say nothing are held by the token alone."""

_OUTSIDE = frozenset({"door", "enter", "link", "style", "letter", "obeyed"})
"""What is answered without a session; of these, a link in a letter is its own key."""


class _Request(Request):
    max_content_length = MAX_BODY
    max_form_memory_size = MAX_BODY
    max_form_parts = 300


@dataclass(frozen=True, slots=True)
class Desk:
    """The application."""

    office: Office

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        return self.answer(_Request(environ))(environ, start_response)

    def answer(self, request: Request) -> Response:
        """Return the answer to a request; never an exception for what a stranger sent."""
        if not self.office.gate.is_called(request):
            return pages.secure(_plain("421 The desk is not called by this name.\n", 421))
        try:
            visit = self._visit(request)
        except UnicodeDecodeError:  # raw bytes in the query string
            return pages.secure(_plain("400 Bad request.\n", 400))
        except StoreError:
            return pages.secure(_plain("503 The store cannot be used just now.\n", 503))
        shown = self.office.pages(visit)
        try:
            response = self._answer(visit)
        except HTTPException as error:
            response = shown.refused(error)
        except StoreError:
            response = shown.message("busy", 503)
        # What browsers and proxies may keep carries no session.
        if visit.inside and not {"Set-Cookie", "Cache-Control"} & set(response.headers.keys()):
            self.office.gate.keep(response, request, visit.inside.used(visit.now, visit.language))
        return pages.secure(response)

    def _answer(self, visit: Visit) -> Response:
        request = visit.request
        if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "none") not in _OWN:
            raise Forbidden
        endpoint, arguments = visit.urls.match()
        if request.method == "POST" and request.mimetype not in _FORM_TYPES:
            raise UnsupportedMediaType
        refused = None if endpoint in _OUTSIDE else self._guard(visit)
        return refused or _ANSWERS[endpoint](self.office, visit, **arguments)

    def _visit(self, request: Request) -> Visit:
        office = self.office
        site, now, snapshot = office.site(), office.clock(), office.store.read()
        session = office.gate.session(request, snapshot)
        moderator = office.gate.moderator(snapshot, session.who) if session else None
        known = session.language if session else ""
        language = spoken(request.args.get("language", ""), (known, *site.settings.languages))
        urls = _ROUTES.bind_to_environ(request.environ)
        return Visit(request, urls, site, now, language, snapshot, session, moderator)

    def _guard(self, visit: Visit) -> Response | None:
        """Return what to answer instead, or None where the visit may go on.

        Raises:
            Forbidden: the form is not of this session.
        """
        typed = visit.request.form if visit.request.method == "POST" else {}
        ours = visit.session is not None and visit.session.made(self.office.key, typed.get("token", ""))
        if visit.inside is None:
            # Only what this desk's own form held is given back: a stranger's words have no place here.
            kept = typed.get("reason", "") or typed.get("text", "") if ours else ""
            return self.office.pages(visit).outside("over" if visit.session else "none", kept)
        if visit.request.method == "POST" and not ours:
            raise Forbidden
        return None


def _style(version: str) -> Response:
    if version != pages.STYLE_VERSION:
        raise NotFound
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(pages.STYLE, headers=headers, content_type="text/css; charset=utf-8")


def _plain(text: str, status: int) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")
