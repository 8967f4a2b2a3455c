"""What the preview adds to served pages, and no build ever has: reload, problems, and which file to change."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from werkzeug.wrappers import Request, Response

from assises.addresses import output_path
from assises.excerpt import Excerpts
from assises.load import Loaded
from assises.problems import Message, Problem, Severity, message
from assises.site import address

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FOLDER = "_preview/"
_ALIVE = 10.0
"""Seconds between two signs of life on an event stream, so that one whose reader is gone ends."""

_SHOWN = 20
"""Problems that the panel shows at most."""

_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
_LABELS: Mapping[Severity, Message] = {
    "error": message("error"),
    "unfinished": message("unfinished"),
    "warning": message("warning"),
}


@dataclass(slots=True)
class Versions:
    """Counts what browsers should show, and lets them wait for the next."""

    _boot: str = field(default_factory=lambda: secrets.token_hex(4))
    """Another one for each process: a page of a former one is old."""

    _count: int = 0
    _over: bool = False
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def now(self) -> str:
        """The version that is shown now."""
        return f"{self._boot}-{self._count}"

    def next(self) -> None:
        """Tell everybody that there is another."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def end(self) -> None:
        """Let all streams end."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def stream(self) -> Iterator[bytes]:
        """Yield each version as a server-sent event, the present one first."""
        told = ""
        yield b"retry: 500\n\n"
        while not self._over:
            if told != self.now:
                told = self.now
                yield f"data: {told}\n\n".encode()
            with self._changed:
                if told == self.now and not self._over:
                    self._changed.wait(_ALIVE)
            if told == self.now:
                yield b": still here\n\n"


@dataclass(slots=True)
class Preview:
    """The preview's own words and addresses, around the served pages."""

    root: Path
    """The site's folder."""

    translate: Callable[[str], str]
    language: str
    versions: Versions = field(default_factory=Versions)
    problems: tuple[Problem, ...] = ()
    """What is wrong now; pages are those of the last build that went well."""

    fault: str = ""
    """What keeps the preview from its work, and is no mistake in the site's files."""

    sources: Mapping[str, str] = field(default_factory=dict)
    """The file that each page comes from, by its path in the output."""

    edit_url: str = ""
    base: str = "/"
    """The path that the site lies under."""

    pretends: bool = False
    """Whether the site is shown at another instant than the present one."""

    _shown_at: str = ""

    def see(self, loaded: Loaded) -> None:
        """See what is shown from now on."""
        site = loaded.site
        self.sources = {
            output_path(address(page, site.language)): str(page.path) for page in site.content.pages
        }
        self.problems, self.edit_url = loaded.problems, site.settings.edit_url
        local = site.now.astimezone(site.settings.time_zone)
        self._shown_at = f"{local:%Y-%m-%d %H:%M}" if self.pretends else ""

    def guarded(self, application: WSGIApplication) -> WSGIApplication:
        """Return the application, answering those only who ask for this machine by one of its own names.

        Any other name is a page elsewhere that had its own resolve to this machine (DNS rebinding).
        """

        def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            host = urlsplit(f"//{environ.get('HTTP_HOST', '')}").hostname
            if host not in _HOSTS:
                return Response("421", 421, content_type="text/plain")(environ, start_response)
            return application(environ, start_response)

        return answer

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the pages' headers, loosened for the preview's own script and nothing else."""
        policy = headers["Content-Security-Policy"]
        own = "" if "script-src" in policy else "; script-src 'self'; connect-src 'self'"
        return {**headers, "Content-Security-Policy": policy + own}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer what is asked for below `FOLDER`."""
        request = Request(environ)
        if request.method not in ("GET", "HEAD"):
            return Response("405", 405, headers={"Allow": "GET, HEAD"})(environ, start_response)
        name = request.path.strip("/")
        if name == "events":
            answer = Response(self.versions.stream(), content_type="text/event-stream")
            answer.headers["Cache-Control"] = "no-store"
            return answer(environ, start_response)
        known = {"preview.js": (_SCRIPT, "text/javascript"), "preview.css": (_STYLE, "text/css")}
        text, kind = known.get(name, ("404", "text/plain"))
        status = 200 if name in known else 404
        return Response(text, status, content_type=f"{kind}; charset=utf-8")(environ, start_response)

    # --- pages

    def dress(self) -> Callable[[str, bytes], bytes]:
        """Return what dresses a page that is read from now on: at worst it is taken for older than it is."""
        return partial(self.dressed, self.versions.now)

    def dressed(self, version: str, name: str, page: bytes) -> bytes:
        """Return a page of the site with the preview's bar, and with what is wrong above it."""
        head, body, tail = page.rpartition(b"</body>")
        if not body:
            return page
        opening, begun, rest = head.partition(b"<body>")
        above = self._panel().encode() if self.problems or self.fault else b""
        dressed = opening + begun + above + rest if begun else above + head
        return dressed + (self._bar(name) + self._script(version)).encode() + body + tail

    def page_of_problems(self) -> bytes:
        """Return the page that is shown while nothing could be built yet."""
        title, script = self._say(message("This site cannot be shown yet")), self._script(self.versions.now)
        return (
            f'<!doctype html>\n<html lang="{self.language}">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{title}</title>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{self._panel()}</main>\n"
            f"{script}</body>\n</html>\n"
        ).encode()

    def _say(self, sentence: Message) -> str:
        return escape(sentence.render(self.translate))

    def _script(self, version: str) -> str:
        changed = self._say(message("The page has changed."))
        again = self._say(message("Load it again"))
        return (
            f'<link rel="stylesheet" href="{self.base}{FOLDER}preview.css">\n'
            f'<script src="{self.base}{FOLDER}preview.js" data-events="{self.base}{FOLDER}events" '
            f'data-version="{version}" data-changed="{changed}" data-again="{again}"></script>\n'
        )

    def _bar(self, name: str) -> str:
        said = []
        if file := self.sources.get(name):
            where = f"<code>{escape(file)}</code>"
            if self.edit_url:
                where = f'<a href="{escape(self.edit_url.replace("{path}", quote(file)))}">{where}</a>'
            label = self._say(message("Edit this page:"))
            said.append(f"<p>{label} {where}</p>")
        if self._shown_at:
            shown = message("Shown as on {time} (--now)", time=self._shown_at)
            said.append(f"<p>{self._say(shown)}</p>")
        preview = self._say(message("Preview"))
        return (
            f'<aside class="assises-preview" aria-label="{preview}">{"".join(said)}</aside>\n' if said else ""
        )

    def _panel(self) -> str:
        excerpts = Excerpts(self.root)
        grave = [problem for problem in self.problems if problem.severity == "error"]
        others = [problem for problem in self.problems if problem.severity != "error"]
        items = "".join(self._item(problem, excerpts) for problem in [*grave, *others][:_SHOWN])
        if self.fault:
            title = self._say(message("The preview cannot do its work: {why}", why=self.fault))
        elif grave:
            title = self._say(message("To be mended before this page changes: {count}", count=len(grave)))
        else:
            title = self._say(message("To be looked at: {count}", count=len(others)))
        # What does not hold up the page does not cover it either.
        folded = " open" if grave or self.fault else ""
        label = self._say(message("Preview: what is wrong"))
        return (
            f'<aside aria-label="{label}"><details class="assises-problems"{folded}><summary>{title}</summary>\n'
            f"<ol>\n{items}</ol>\n</details></aside>\n"
        )

    def _item(self, problem: Problem, excerpts: Excerpts) -> str:
        what, *rest = (escape(sentence) for sentence in problem.sentences(self.translate))
        quoted = excerpts.quote(problem.location, 80)
        lines = f'<pre tabindex="0">{escape(quoted.line)}\n{escape(quoted.mark)}</pre>\n' if quoted else ""
        label = self._say(_LABELS[problem.severity])
        more = "".join(f"<p>{sentence}</p>\n" for sentence in rest)
        place = escape(str(problem.location))
        return f"<li><p><strong>{label}</strong> <code>{place}</code><br>{what}</p>\n{lines}{more}</li>\n"


_SCRIPT = """// Loads the page again when its file has changed; never while somebody is writing in it.
(() => {
  const own = document.currentScript.dataset;
  const chosen = field => [...field.options].some(option => option.selected !== option.defaultSelected);
  const isWritten = field => field.type === "hidden" ? false
    : field.options ? chosen(field) && field.selectedIndex > 0
    : ["checkbox", "radio"].includes(field.type) ? field.checked !== field.defaultChecked
    : field.value !== field.defaultValue;
  const isWriting = () => [...document.querySelectorAll("input, select, textarea")].some(isWritten);
  document.addEventListener("keydown", event => {
    const panel = document.querySelector(".assises-problems[open]");
    if (event.key === "Escape" && panel) panel.open = false;
  });
  // A page that is loaded again would stand where it stood, below what is now above it.
  const wrong = document.querySelector(".assises-problems[open]");
  history.scrollRestoration = wrong ? "manual" : "auto";
  if (wrong) scrollTo(0, 0);
  const tell = () => {
    if (document.querySelector(".assises-changed")) return;
    const note = document.createElement("p");
    note.className = "assises-changed";
    note.setAttribute("role", "status");
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = own.again;
    again.addEventListener("click", () => location.reload());
    note.append(own.changed + " ", again);
    document.body.append(note);
  };
  let latest = "";
  const hear = version => {
    latest = version;
    if (version === own.version) return;
    if (isWriting()) tell(); else location.reload();
  };
  // A browser opens six connections at most: one page of all that are open listens, and tells the others.
  const others = new BroadcastChannel("assises-preview");
  const announce = version => { others.postMessage(version); hear(version); };
  let isListening = false;
  others.onmessage = event => {
    if (event.data) hear(event.data);
    else if (isListening && latest) others.postMessage(latest);
  };
  const listen = () => new Promise(() => {
    isListening = true;
    const events = new EventSource(own.events);
    events.onmessage = event => announce(event.data);
    // Refused for good: the site has moved to the address that it names itself.
    events.onerror = () => {
      if (events.readyState === EventSource.CLOSED) setTimeout(() => announce("moved"), 1000);
    };
  });
  others.postMessage("");
  if (navigator.locks) navigator.locks.request("assises-preview", listen); else listen();
})();
"""

_STYLE = """.assises-changed { position: sticky; bottom: 0; z-index: 9; }
.assises-preview, .assises-changed { margin: 0; padding: .5rem 1rem;
  background: #17181c; color: #fff; font: 1rem/1.4 system-ui, sans-serif; }
.assises-preview p { display: inline-block; margin: 0 2rem 0 0; overflow-wrap: anywhere; }
.assises-preview a { color: #fff; }
.assises-preview code { font: 1em ui-monospace, monospace; user-select: all; }
.assises-problems { padding: 1rem; border-block-end: 4px solid #b3261e; background: #fff; color: #17181c;
  font: 1rem/1.5 system-ui, sans-serif; }
.assises-problems summary { font-weight: 700; cursor: pointer; }
.assises-problems pre { margin: .5rem 0; padding: .5rem; overflow: auto; white-space: pre; background: #f2f2f4;
  font: 1em ui-monospace, monospace; }
.assises-problems p { margin: .25rem 0; max-width: 70ch; }
@media print { .assises-preview, .assises-problems, .assises-changed { display: none; } }
"""
