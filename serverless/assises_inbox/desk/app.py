"""The desk as a WSGI application.

Nothing is answered but a page to sign in by, until a sign-in link was used. Every page is made on the server,
works without script, and every change is a POST that carries the session's own token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, NotFound, UnsupportedMediaType
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from assises.canonical import normal
from assises.contribution import is_id
from assises.keys import Key
from assises.moderation import ModerationError, decide
from assises.site import Site
from assises.store import Author, Fate, Snapshot, Store, StoreError
from assises_inbox.desk import pages
from assises_inbox.desk.choice import MAX_REASON, Choice
from assises_inbox.desk.gate import Gate
from assises_inbox.desk.pages import Pages
from assises_inbox.desk.session import Session, SessionError
from assises_inbox.desk.shelves import Shelves, following, leaf
from assises_inbox.desk.view import item
from assises_inbox.desk.visit import Visit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MAX_BODY = 64 * 1024
"""Bytes of a request; a reason of 2,000 characters takes 24,000 at most, percent-encoded."""

SHOWN: tuple[Fate, ...] = ("pending", "published", "withheld")
"""The fates that have a list."""

_ROUTES = Map(
    [
        Rule("/", endpoint="shelf", methods=["GET"], defaults={"fate": "pending"}),
        Rule("/<any(published, withheld):fate>", endpoint="shelf", methods=["GET"]),
        Rule("/contributions/<id>", endpoint="contribution", methods=["GET"]),
        Rule("/contributions/<id>", endpoint="decision", methods=["POST"]),
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
_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
_OWN = ("same-origin", "none")
"""What a browser says of a form that no other site sent; those that say nothing are held by the token alone."""

_OUTSIDE = frozenset({"door", "enter", "link", "style"})
"""What is answered without a session."""


class _Request(Request):
    max_content_length = MAX_BODY
    max_form_memory_size = MAX_BODY
    max_form_parts = 20


@dataclass(slots=True)
class Desk:
    """The application. Everything that it touches is given to it."""

    store: Store
    site: Callable[[], Site]
    key: Key
    """The desk's own; it signs sessions and sign-in links."""

    clock: Callable[[], datetime]
    decided: Callable[[], None]
    """Called after each decision, as a hint to the runner."""

    moderator: str
    """In whose name decisions are made."""

    base: str
    """The site's absolute address, with its final slash."""

    send_link: Callable[[str], None] | None = None
    """Brings a fresh sign-in link to the moderator; where there is none, the page does not offer to."""

    _shelves: Shelves = field(init=False, default_factory=Shelves)
    _gate: Gate = field(init=False)

    def __post_init__(self) -> None:
        self.moderator = " ".join(normal(self.moderator).split()) or "moderator"
        self._gate = Gate(self.key, self.moderator, self.base)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        return self.answer(_Request(environ))(environ, start_response)

    def sign_in_link(self, desk_url: str) -> str:
        """Return a fresh link into the desk: good once, for 15 minutes, in this process."""
        return f"{desk_url}sign-in/{self._gate.sign_in.issue(self.moderator, self.clock())}"

    def answer(self, request: Request) -> Response:
        """Return the answer to a request; never an exception for what a stranger sent."""
        if not self._gate.is_called(request):
            text = "421 The desk is not called by this name.\n"
            return pages.secure(Response(text, 421, content_type="text/plain; charset=utf-8"))
        try:
            visit = self._visit(request)
        except UnicodeDecodeError:  # raw bytes in the query string
            return pages.secure(Response("400 Bad request.\n", 400, content_type="text/plain; charset=utf-8"))
        shown = self._pages(visit)
        try:
            if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "none") not in _OWN:
                raise Forbidden
            endpoint, arguments = visit.urls.match()
            refused = None if endpoint in _OUTSIDE else self._guard(visit)
            response: Response = refused or getattr(self, f"_{endpoint}")(visit, **arguments)
        except HTTPException as error:
            response = shown.refused(error)
        except StoreError:
            response = shown.message("busy", 503)
        # What browsers and proxies may keep carries no session.
        if visit.inside and not {"Set-Cookie", "Cache-Control"} & set(response.headers.keys()):
            self._gate.keep(response, request, visit.inside.used(visit.now, visit.language))
        return pages.secure(response)

    # --- the routes

    def _shelf(self, visit: Visit, fate: Fate) -> Response:
        snapshot = self.store.read()
        ids = self._shelves.ids(snapshot, fate)
        try:
            number = int(visit.request.args.get("page", "1")[:9])
        except ValueError:
            raise NotFound from None
        shown = leaf(ids if fate == "pending" else ids[::-1], number)
        found = (item(snapshot, visit.site, id, visit.language) for id in shown.ids)
        items = [each for each in found if each]
        return self._inside(visit, snapshot, "shelf.html", fate=fate, leaf=shown, items=items)

    def _contribution(self, visit: Visit, id: str) -> Response:
        return self._show(visit, id)

    def _decision(self, visit: Visit, id: str) -> Response:
        choice = Choice.from_fields(visit.request.form)
        if choice is None or visit.session is None:
            raise BadRequest
        if not is_id(id):
            raise NotFound
        if wrong := choice.wrong(visit.site.settings.participation.rules):
            return self._show(visit, id, 422, choice=choice, wrong=wrong)
        decision = choice.decision(visit.session.who, visit.now)
        author = Author(visit.session.who, "desk@localhost")
        try:
            decide(self.store, id, decision, author, choice.seen)
        except ModerationError:
            return self._show(visit, id, 409, choice=choice)
        self.decided()
        return _go(self._next(visit, id, choice))

    def _door(self, visit: Visit, key: str) -> Response:
        if visit.inside:
            return _go(visit.url("shelf", fate="pending"))
        try:
            self._gate.sign_in.read(key, visit.now)
        except SessionError as error:
            return self._pages(visit).outside(error.reason)
        response = self._pages(visit).page("door.html", key=key)
        # The address is the key: nobody hears it from here.
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def _enter(self, visit: Visit) -> Response:
        try:
            who = self._gate.sign_in.take(self._form(visit).get("key", ""), visit.now)
        except SessionError as error:
            return self._pages(visit).outside(error.reason)
        response = _go(visit.url("shelf", fate="pending"))
        # A new session always: one that the browser held already may be known to somebody else.
        self._gate.keep(response, visit.request, Session.begin(who, visit.language, visit.now))
        return response

    def _link(self, visit: Visit) -> Response:
        if self.send_link is None:
            raise NotFound
        if self._gate.grants_link(visit.now):
            self.send_link(self.sign_in_link(f"{self._gate.origin}{visit.request.script_root}/"))
        return self._pages(visit).message("sent")

    def _leave(self, visit: Visit) -> Response:
        response = self._pages(visit).message("left", inside=None)
        if visit.session:
            self._gate.end(response, visit.request, visit.session, visit.now)
        return response

    def _style(self, visit: Visit, version: str) -> Response:  # noqa: ARG002 - a route like the others
        if version != pages.STYLE_VERSION:
            raise NotFound
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(pages.STYLE, headers=headers, content_type="text/css; charset=utf-8")

    # --- their parts

    def _visit(self, request: Request) -> Visit:
        site, now = self.site(), self.clock()
        session = self._gate.session(request, now)
        asked = request.args.get("language", "")
        known = session.language if session else ""
        languages = (known, *site.settings.languages)
        return Visit(
            request,
            _ROUTES.bind_to_environ(request.environ),
            site,
            now,
            pages.spoken(asked, languages),
            session,
        )

    def _pages(self, visit: Visit) -> Pages:
        return Pages(visit, self.key, self.base, offers_link=self.send_link is not None)

    def _guard(self, visit: Visit) -> Response | None:
        """Return what to answer instead, or None where the visit may go on.

        Raises:
            Forbidden: the form is not of this session.
        """
        typed = self._form(visit) if visit.request.method == "POST" else {}
        ours = visit.session is not None and visit.session.made(self.key, typed.get("token", ""))
        if visit.inside is None:
            # Only what this desk's own form held is given back: a stranger's words have no place here.
            kept = typed.get("reason", "") if ours else ""
            return self._pages(visit).outside("over" if visit.session else "none", kept)
        if visit.request.method == "POST" and not ours:
            raise Forbidden
        return None

    def _form(self, visit: Visit) -> Mapping[str, str]:
        if visit.request.mimetype not in _FORM_TYPES:
            raise UnsupportedMediaType
        return visit.request.form

    def _next(self, visit: Visit, id: str, choice: Choice) -> str:
        """Return where to go after a decision: to the next that waits; after a second thought, back to it."""
        if choice.seen != "pending":
            return visit.url("contribution", id=id, done=id)
        other = following(self._shelves.ids(self.store.read(), "pending"), id)
        if other:
            return visit.url("contribution", id=other, done=id)
        return visit.url("shelf", fate="pending", done=id)

    # --- answers

    def _show(
        self,
        visit: Visit,
        id: str,
        status: int = 200,
        choice: Choice | None = None,
        wrong: tuple[str, ...] = (),
    ) -> Response:
        snapshot = self.store.read()
        found = item(snapshot, visit.site, id, visit.language) if is_id(id) else None
        if found is None:
            if is_id(id) and snapshot.fate(id) == "erased":
                return self._inside(visit, snapshot, "message.html", 410, name="erased")
            raise NotFound
        parent = item(snapshot, visit.site, found.contribution.of, visit.language) if found.is_reply else None
        names = {
            "item": found,
            "parent": parent,
            "choice": choice or Choice(),
            "wrong": wrong,
            "late": status == 409,
        }
        rules = visit.site.settings.participation.rules
        return self._inside(
            visit, snapshot, "contribution.html", status, rules=rules, longest=MAX_REASON, **names
        )

    def _inside(
        self, visit: Visit, snapshot: Snapshot, template: str, status: int = 200, **names: Any
    ) -> Response:
        """Return a page that only a moderator sees."""
        asked = visit.request.args.get("done", "")
        done = item(snapshot, visit.site, asked, visit.language) if is_id(asked) else None
        counts = {fate: len(self._shelves.ids(snapshot, fate)) for fate in SHOWN}
        return self._pages(visit).page(template, status, counts=counts, done=done, **names)


def _go(place: str) -> Response:
    return redirect(place, 303, Response)
