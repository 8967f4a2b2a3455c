"""The preview, and the embedded default: pages, intake, runner and desk of one consultation in one process."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wrappers import Response

from assises import build, clock, forms
from assises.catalogues import language_of
from assises.console import Console
from assises.content import Content
from assises.headers import page_headers
from assises.listen import HOST, answering, bind
from assises.load import Loaded, instant, kept_in, look_through, read_site
from assises.mailroom import Mailroom
from assises.moderators import Moderator
from assises.preview import FOLDER as PREVIEW
from assises.preview import Preview
from assises.problems import ContentError, Problem, hinders, message
from assises.roles import Roles, moderator
from assises.runner import Drained
from assises.settings import Settings
from assises.settings_reader import SITE, read_outline
from assises.site import Site
from assises.static import Pages
from assises.watch import Edits, watching
from assises_inbox.desk.app import Desk
from assises_inbox.desk.office import Office
from assises_inbox.intake.app import Intake
from assises_inbox.intake.forms import Forms
from assises_inbox.intake.network import VARIABLE as PROXIES
from assises_inbox.intake.network import Proxies

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from werkzeug.serving import BaseWSGIServer

_TICK = 1.0
"""Seconds between two looks at the store's tip and the clock."""

_DOUBT = 0.2
"""Seconds for which a mistake is held to be a file that is still being written."""

_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@dataclass(slots=True)
class Consultation:
    """One consultation being served: what it looks like now, and the thread that keeps that true."""

    root: Path
    base: str
    """The address that it is served at, with its final slash."""

    settings: Settings
    """What site.yaml said at first, and says now if it can be read."""

    roles: Roles
    clock: Callable[[], datetime]
    told: Callable[[Loaded | Exception | Drained], None]
    """Hears of each build, each fault and each turn of the runner."""

    preview: Preview
    tell: Callable[[Callable[[], datetime]], None] = lambda _: None
    """Writes to moderators of what waits, given the clock."""

    pages: Pages = field(default_factory=Pages)
    loaded: Loaded | None = None
    edits: Edits = field(default_factory=Edits)
    _begun_with: Settings = field(init=False)
    _forms: Forms | None = None
    _wake: threading.Event = field(default_factory=threading.Event)
    _waiting: threading.Event = field(default_factory=threading.Event)
    _over: threading.Event = field(default_factory=threading.Event)
    _stale: bool = False
    """Whether files changed since they were built, or found to have mistakes."""

    _tip: bytes | None = None
    _built: datetime | None = None
    _fault: str = ""

    def __post_init__(self) -> None:
        """Note what cannot change any more, and be woken by edits."""
        self._begun_with, self.edits.woken = self.settings, self._wake.set

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
            self._stale = False
            if self.edits.wait(_DOUBT):
                return
            if self.preview.problems != error.problems:
                self.preview.problems = error.problems
                self.preview.versions.next()
            raise
        self._show(replace(loaded, problems=(*loaded.problems, *self._until_restart(loaded))), outputs)

    def _show(self, loaded: Loaded, outputs: Mapping[str, bytes]) -> None:
        """Serve what was built."""
        self._stale = False
        self._forms = Forms.from_json(outputs[forms.PATH])
        headers = self.preview.headers(page_headers(loaded.addresses, search=loaded.site.settings.search))
        self.pages.root, self.pages.outputs, self.pages.headers = loaded.addresses.root, outputs, headers
        self.preview.see(loaded)
        self.loaded = loaded
        self.preview.versions.next()
        self.told(loaded)

    def _until_restart(self, loaded: Loaded) -> Iterator[Problem]:
        """Yield what is written in site.yaml and does not hold for a preview that runs."""
        was, now = self._begun_with, loaded.site.settings
        mend = message("End `assises serve` with Ctrl-C and start it again.")
        if urlsplit(was.url).path != urlsplit(now.url).path:
            what = message("The preview still stands below {path}.", path=urlsplit(self.base).path)
            yield Problem(now.place("url"), what, mend, "warning")
        if was.store != now.store:
            what = message("The preview still keeps contributions at {path}.", path=was.store.path)
            yield Problem(now.place("store"), what, mend, "warning")

    def begin(self) -> None:
        """Drain and build for the first time; what keeps from it is told, here and in the browser."""
        self._attempt(self.drain)
        self._attempt(self.build)

    def drain(self) -> None:
        """Let the runner take a turn, with the content as it is now; residents need not wait for it to be mended."""
        try:
            settings, content, problems = read_site(self.root)
            self.settings = settings
        except ContentError as error:
            settings, content, problems = self.settings, Content(), list(error.problems)
        drained = self.roles.runner(settings, content, problems).drain(self.clock())
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
        self.preview.base, self.pages.dress = below, self.preview.dress
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
        proxies = Proxies.from_text(os.environ.get(PROXIES, ""))
        return Intake(
            self.forms,
            self.roles.spool,
            self.roles.intake_key,
            self.clock,
            self.stored,
            proxies=proxies,
        )

    def desk(self, send_link: Callable[[Moderator, str], None]) -> Desk:
        """Return the desk; `send_link` brings sign-in links to moderators."""
        office = Office(
            store=self.roles.store,
            site=self.site,
            key=self.roles.desk_key,
            clock=self.clock,
            decided=self.stored,
            base=self.base,
            url=f"{self.base}desk/",
            local=moderator(os.environ),
            send_link=send_link,
        )
        return Desk(office)

    def stored(self) -> None:
        """Hear that something waits for the runner."""
        self._waiting.set()
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
            if self._attempt(self._turn):
                self._fault = ""
                self._show_fault("")

    def _turn(self) -> None:
        self._stale |= self.edits.taken()
        try:
            if self._stale or next(self.roles.spool.list(), None) or self._waiting.is_set():
                # What comes while the runner is at work sets it again, and what fails leaves it set.
                self._waiting.clear()
                try:
                    self.drain()
                except Exception:
                    self._waiting.set()
                    raise
            self.tell(self.clock)
        finally:
            if self._stale or self.roles.store.tip() != self._tip or self._instant_passed():
                self.build()

    def _attempt(self, work: Callable[[], None]) -> bool:
        """Do some work and tell whether it went well; of a fault, tell not every second while it lasts."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the intake goes on promising, so the runner goes on trying
            if str(error) != self._fault:
                self._fault = str(error)
                self.told(error)
            if not isinstance(error, ContentError):
                self._show_fault(str(error))
            return False
        return True

    def _show_fault(self, fault: str) -> None:
        if fault != self.preview.fault:
            self.preview.fault = fault
            self.preview.versions.next()

    def _instant_passed(self) -> bool:
        """Tell whether something began or ended since the last build."""
        if self.loaded is None or self._built is None:
            return self._built is None
        return any(self._built < instant <= self.clock() for instant in self.loaded.site.instants)


def serve_until(console: Console, root: Path, port: int, now: datetime | None) -> None:
    """Serve the consultation in `root` until the process is interrupted.

    Raises:
        ContentError: there is no site.yaml.
        OSError: no port is free.
    """
    server = bind(port)
    if port not in (0, server.port):
        console.failed(message("Port {port} is taken; the next free one is used.", port=port))
    preview = Preview(root, console.translate, language_of(os.environ), pretends=now is not None)
    with answering(server) as thread, _ending(preview):
        settings = _readable_settings(console, root, server, preview)
        running = clock.running_clock(instant(root, now, settings) if now else None)
        base = f"http://{HOST}:{server.port}{urlsplit(settings.url).path}"
        roles = Roles.of(root, settings)
        with roles.store, ExitStack() as watch:
            mail = Mailroom.of(console, root, settings, roles, base)
            consultation = Consultation(
                root, base, settings, roles, running, _Teller(console), preview, mail.tell
            )
            # Watched before it is read, so that no edit falls between.
            watch.enter_context(watching(root, consultation.edits, _slow(console)))
            consultation.begin()
            desk = consultation.desk(mail.bring)
            server.app = consultation.application(desk)
            console.say(message("The site:  {url}", url=base))
            local = moderator(os.environ)
            mail.bring(local, desk.office.sign_in_link(local))
            console.say(message("Ctrl-C ends it."))
            with clock.told(kept_in(root, settings), running, HOST, server.port), consultation.kept():
                while thread.is_alive():
                    thread.join(_TICK)  # for ever, it would not hear of Ctrl-C on Windows


@contextmanager
def _ending(preview: Preview) -> Iterator[None]:
    try:
        yield
    finally:
        preview.versions.end()


def _readable_settings(console: Console, root: Path, server: BaseWSGIServer, preview: Preview) -> Settings:
    """Return the settings, once site.yaml can be read: until then it alone says where anything is.

    Raises:
        ContentError: there is no site.yaml.
    """
    outline = read_outline(root)
    if hinders(outline.problems) and not (root / SITE).is_file():
        raise ContentError(outline.problems)
    edits, tell, address = Edits(), _Teller(console), f"http://{HOST}:{server.port}/"
    server.app = preview.guarded(
        DispatcherMiddleware(_Waiting(preview), {f"/{PREVIEW.rstrip('/')}": preview})
    )
    with watching(root, edits, lambda: None):
        while hinders((outline := read_outline(root)).problems):
            if not edits.wait(_DOUBT):
                _say_what_is_wrong(root, preview, tell)
                if address:
                    console.say(message("The site:  {url}", url=address))
                    address = ""
                while not edits.wait(_TICK):
                    pass
            edits.taken()
    return outline.settings


def _say_what_is_wrong(root: Path, preview: Preview, tell: _Teller) -> None:
    found = look_through(root, None).problems
    if found != preview.problems:
        preview.problems = found
        preview.versions.next()
        tell(ContentError(found))


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Says at every address what keeps the site from being shown."""

    preview: Preview

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        headers = self.preview.headers({"Content-Security-Policy": _POLICY})
        page = Response(
            self.preview.page_of_problems(), 503, headers, content_type="text/html; charset=utf-8"
        )
        return page(environ, start_response)


def _slow(console: Console) -> Callable[[], None]:
    told = message("The system has no watches left for so many files: they are looked at every second.")
    return lambda: console.say(told)


@dataclass(slots=True)
class _Teller:
    """Tells a terminal what happens while the site is served."""

    console: Console
    _told: frozenset[str] = frozenset()
    """What was told last, and is not repeated."""

    def __call__(self, news: Loaded | Exception | Drained) -> None:
        match news:
            case Loaded():
                self._tell(news.problems)
                local = news.site.now.astimezone(news.site.settings.time_zone)
                self.console.say(message("Built at {time}.", time=f"{local:%Y-%m-%d %H:%M:%S}"))
            case Drained():
                self.console.say(news.told())
                if news.set_aside:
                    self.console.failed(news.refused())
            case ContentError():
                self._tell(news.problems)
            case _:
                self.console.failed(message("{why}", why=news))

    def _tell(self, problems: Sequence[Problem]) -> None:
        """Tell what was not told last time, and how much there is of all."""
        now = frozenset(problem.render() for problem in problems)
        if now != self._told:
            self.console.problems(problem for problem in problems if problem.render() not in self._told)
            self.console.counted(problems)
        self._told = now
