"""The preview, and the embedded default: pages, intake, runner and desk of one consultation in one process."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

from assises import build, clock, forms
from assises.addresses import output_path
from assises.catalogues import language_of
from assises.console import Console
from assises.headers import page_headers
from assises.load import Loaded, instant, kept_in, look_through, read_site
from assises.preview import FOLDER as PREVIEW
from assises.preview import Preview
from assises.problems import ContentError, hinders, message
from assises.roles import Roles, moderator
from assises.runner import Drained
from assises.settings import Settings
from assises.settings_reader import SITE, read_outline
from assises.site import Site, address
from assises.static import Pages
from assises.watch import watching
from assises_inbox.desk.app import Desk
from assises_inbox.intake.app import Intake
from assises_inbox.intake.forms import Forms

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOST = "127.0.0.1"
_TICK = 1.0
"""Seconds between two looks at the store's tip and the clock."""

_QUIET = 0.05
"""Seconds without a change after which a save is taken for whole: editors truncate, write and rename."""

_PATIENCE = 1.0
"""Seconds after which it is built all the same, however many files go on changing."""

_PORTS = 20
"""How many ports after a busy one are tried."""


@dataclass(slots=True)
class Consultation:
    """One consultation being served: what it looks like now, and the thread that keeps that true."""

    root: Path
    base: str
    """The address that it is served at, with its final slash."""

    roles: Roles
    clock: Callable[[], datetime]
    told: Callable[[Loaded | Exception | Drained], None]
    """Hears of each build, each fault and each turn of the runner."""

    preview: Preview
    pages: Pages = field(default_factory=Pages)
    loaded: Loaded | None = None
    _forms: Forms | None = None
    _wake: threading.Event = field(default_factory=threading.Event)
    _edited: threading.Event = field(default_factory=threading.Event)
    _waiting: threading.Event = field(default_factory=threading.Event)
    _over: threading.Event = field(default_factory=threading.Event)
    _last_edit: float = 0.0
    _tip: bytes | None = None
    _built: datetime | None = None
    _fault: str = ""

    def build(self) -> None:
        """Build from what the disk and the store hold now.

        Raises:
            ContentError: the user's files have problems; what was built before stays.
        """
        # Noted first: what cannot be built is not tried again before something changes.
        self._built, self._tip = self.clock(), self.roles.store.tip()
        try:
            loaded, outputs = build.build(self.root, self._built, self.base)
        except ContentError as error:
            if self.preview.problems != error.problems:
                self.preview.problems = error.problems
                self.preview.versions.next()
            raise
        self._forms = Forms.from_json(outputs[forms.PATH])
        headers = self.preview.headers(page_headers(loaded.addresses))
        self.pages.root, self.pages.outputs, self.pages.headers = loaded.addresses.root, outputs, headers
        self.preview.sources = _sources(loaded.site)
        self.preview.problems, self.preview.edit_url = loaded.problems, loaded.site.settings.edit_url
        self.loaded = loaded
        self.preview.versions.next()
        self.told(loaded)

    def begin(self) -> None:
        """Drain and build for the first time; what keeps from it is told, here and in the browser."""
        try:
            self.drain()
            self.build()
        except ContentError as error:
            self._tell_once(error)

    def drain(self) -> None:
        """Let the runner take a turn, with the content as it is now."""
        settings, content, problems = read_site(self.root)
        drained = self.roles.runner(settings, content.statements, problems).drain(self.clock())
        if drained.changed or drained.set_aside:
            self.told(drained)

    def forms(self) -> Forms:
        """Return what the intake has to know."""
        if self._forms is None:
            raise RuntimeError("served before it was built")
        return self._forms

    def site(self) -> Site:
        """Return the site as it was built last."""
        if self.loaded is None:
            raise RuntimeError("served before it was built")
        return self.loaded.site

    def application(self, desk: Desk) -> WSGIApplication:
        """Return pages, intake and desk as one WSGI application; until there are any, what is wrong."""
        below = urlsplit(self.base).path
        self.preview.base, self.pages.dress = below, self.preview.dressed
        own: dict[str, WSGIApplication] = {f"{below}{PREVIEW.rstrip('/')}": self.preview}
        rest: dict[str, WSGIApplication] = {f"{below}inbox": self.intake(), f"{below}desk": desk}
        whole, before = (
            DispatcherMiddleware(self.pages, own | rest),
            DispatcherMiddleware(_Waiting(self.preview), own),
        )

        def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            return (whole if self.loaded else before)(environ, start_response)

        return self.preview.guarded(answer)

    def intake(self) -> Intake:
        """Return the intake."""
        return Intake(self.forms, self.roles.spool, self.roles.intake_key, self.clock, self.stored)

    def desk(self, send_link: Callable[[str], None]) -> Desk:
        """Return the desk; `send_link` brings sign-in links to the moderator."""
        return Desk(
            store=self.roles.store,
            site=self.site,
            key=self.roles.desk_key,
            clock=self.clock,
            decided=self.stored,
            moderator=moderator(os.environ).name,
            base=self.base,
            send_link=send_link,
        )

    def stored(self) -> None:
        """Hear that something waits for the runner."""
        self._waiting.set()
        self._wake.set()

    def edited(self) -> None:
        """Hear that a file of the site changed."""
        self._last_edit = time.monotonic()
        self._edited.set()
        self._wake.set()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep the consultation up to date in a thread of its own while the block runs."""
        thread = threading.Thread(target=self._keep, name="runner")
        try:
            thread.start()
            yield
        finally:
            self._over.set()
            self._wake.set()
            self.preview.versions.end()
            if thread.is_alive():
                thread.join()

    def _keep(self) -> None:
        while not self._over.is_set():
            self._wake.wait(_TICK)
            self._wake.clear()
            try:
                self._turn()
            except Exception as error:  # noqa: BLE001 - the intake goes on promising, so the runner goes on trying
                self._tell_once(error)
            else:
                self._fault = ""

    def _settled(self) -> None:
        """Wait until files have stopped changing: what is half written is not looked at."""
        begun = time.monotonic()
        while time.monotonic() - self._last_edit < _QUIET and time.monotonic() - begun < _PATIENCE:
            self._over.wait(_QUIET)

    def _turn(self) -> None:
        edited = self._edited.is_set()
        if edited:
            self._settled()
        self._edited.clear()
        if edited or next(self.roles.spool.list(), None) or self._waiting.is_set():
            # What comes while the runner is at work sets it again, and what fails leaves it set.
            self._waiting.clear()
            try:
                self.drain()
            except Exception:
                self._waiting.set()
                raise
        if edited or self.roles.store.tip() != self._tip or self._instant_passed():
            self.build()

    def _tell_once(self, error: Exception) -> None:
        """Tell of a fault, and not again every second while it lasts."""
        if str(error) != self._fault:
            self._fault = str(error)
            self.told(error)

    def _instant_passed(self) -> bool:
        """Tell whether something began or ended since the last build."""
        if self.loaded is None or self._built is None:
            return self._built is None
        return any(self._built < instant <= self.clock() for instant in self.loaded.site.instants)


class _Silent(WSGIRequestHandler):
    """Writes no log: a resident's address has no place in a terminal."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


def _not_yet(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return Response("503", 503, headers={"Retry-After": "1"})(environ, start_response)


def bind(port: int) -> BaseWSGIServer:
    """Return a server on `port`, or on the next one that is free (0: on any).

    Raises:
        OSError: none is.
    """
    for candidate in range(port, min(port + _PORTS, 65536)) if port else (0,):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
            # werkzeug ends the process where a port is taken, so it is asked for here first.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name != "nt")
            try:
                trial.bind((HOST, candidate))
            except OSError:
                continue
            trial.listen()
            return make_server(
                HOST, candidate, _not_yet, threaded=True, request_handler=_Silent, fd=trial.detach()
            )
    raise OSError(f"no port from {port} to {port + _PORTS - 1} is free")


def serve_until(console: Console, root: Path, port: int, now: datetime | None) -> None:
    """Serve the consultation in `root` until the process is interrupted.

    Raises:
        ContentError: there is no site.yaml.
        OSError: no port is free.
    """

    def send_link(url: str) -> None:
        console.say(message("The desk:  {url}", url=url))

    server = bind(port)
    if port not in (0, server.port):
        console.failed(message("Port {port} is taken; the next free one is used.", port=port))
    preview = Preview(root, console.translate, language_of(os.environ))
    try:
        settings = _readable_settings(console, root, server, preview)
        running = clock.running_clock(instant(root, now, settings) if now else None)
        base = f"http://{HOST}:{server.port}{urlsplit(settings.url).path}"
        roles = Roles.of(root, settings)
        with roles.store, ExitStack() as watch:
            consultation = Consultation(root, base, roles, running, _Teller(console), preview)
            # Watched before it is read, so that no edit falls between.
            watch.enter_context(watching(root, consultation.edited, _slow(console)))
            consultation.begin()
            desk = consultation.desk(send_link)
            server.app = consultation.application(desk)
            console.say(message("The site:  {url}", url=base))
            send_link(desk.sign_in_link(f"{base}desk/"))
            console.say(message("Ctrl-C ends it."))
            with clock.told(kept_in(root, settings), running, HOST, server.port), consultation.kept():
                server.serve_forever()
    finally:
        preview.versions.end()
        server.server_close()


def _readable_settings(console: Console, root: Path, server: BaseWSGIServer, preview: Preview) -> Settings:
    """Return the settings, once site.yaml can be read: until then it alone says where anything is.

    Raises:
        ContentError: there is no site.yaml.
    """
    outline = read_outline(root)
    if not hinders(outline.problems):
        return outline.settings
    if not (root / SITE).is_file():
        raise ContentError(outline.problems)

    def look() -> None:
        if not hinders(read_outline(root).problems):
            server.shutdown()
            return
        found = look_through(root, None).problems
        if found != preview.problems:
            preview.problems = found
            preview.versions.next()
            console.problems(found)

    preview.problems = look_through(root, None).problems
    console.problems(preview.problems)

    def changed() -> None:
        # What is half written is looked at again with the next change, which is the end of it.
        threading.Thread(target=look).start()

    pages = DispatcherMiddleware(_Waiting(preview), {f"/{PREVIEW.rstrip('/')}": preview})
    server.app = preview.guarded(pages)
    with watching(root, changed, _slow(console)):
        changed()
        console.say(message("The site:  {url}", url=f"http://{HOST}:{server.port}/"))
        # Not werkzeug's own, which closes the server when it ends: there is a site to serve after this.
        HTTPServer.serve_forever(server)
    return read_outline(root).settings


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Says at every address what keeps the site from being shown."""

    preview: Preview

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        page = Response(self.preview.page_of_problems(), 503, content_type="text/html; charset=utf-8")
        return page(environ, start_response)


def _slow(console: Console) -> Callable[[], None]:
    told = message("The system has no watches left for so many files: they are looked at every second.")
    return lambda: console.say(told)


def _sources(site: Site) -> dict[str, str]:
    """Return the file that each page comes from, by its path in the output."""
    return {output_path(address(page, site.language)): str(page.path) for page in site.content.pages}


@dataclass(frozen=True, slots=True)
class _Teller:
    """Tells a terminal what happens while the site is served."""

    console: Console

    def __call__(self, news: Loaded | Exception | Drained) -> None:
        match news:
            case Loaded():
                self.console.problems(news.problems)
                local = news.site.now.astimezone(news.site.settings.time_zone)
                self.console.say(message("Built at {time}.", time=f"{local:%Y-%m-%d %H:%M:%S}"))
            case Drained():
                self.console.say(news.told())
                if news.set_aside:
                    self.console.failed(news.refused())
            case ContentError():
                self.console.problems(news.problems)
            case _:
                self.console.failed(message("{why}", why=news))
