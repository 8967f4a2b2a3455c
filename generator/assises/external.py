"""Web pages that the site links to, asked for whether they are still there. Only on request: it uses the network."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import IO
from urllib.parse import urlsplit

from assises.links import hrefs, place
from assises.page_links import links
from assises.problems import NOTHING, Location, Message, Problem, message
from assises.scalars import shown
from assises.site import Site
from assises.source import sorted_problems

TIMEOUT = 10.0
"""Seconds that a server may take to answer."""

AT_ONCE = 8
"""Requests under way together."""

_AGENT = "Mozilla/5.0 (compatible; Assises link check)"
_NOT_FOR_US = frozenset({401, 403, 405, 406, 429, 451, 503, 999})
"""Answers by which a server refuses programs, and says nothing of the page."""

_PERMANENT = frozenset({301, 308})


def external_problems(
    site: Site,
    progress: Callable[[int, int], None] | None = None,
    allowed: Callable[[str], bool] | None = None,
) -> list[Problem]:
    """Return a warning for each link to the web that leads nowhere, or that has moved for good.

    Args:
        site: whose pages and settings are looked through.
        progress: called with how many addresses were asked for, of how many.
        allowed: tells whether a host may be asked; by default those of the public network only.
    """
    places: defaultdict[str, list[Location]] = defaultdict(list)
    for href, at in _links(site):
        places[href.partition("#")[0]].append(at)
    problems = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = {pool.submit(_ask, url, allowed or is_public): url for url in places}
        for count, answer in enumerate(as_completed(asked), 1):
            if found := answer.result():
                problems += [Problem(at, found.what, found.mend, "warning") for at in places[asked[answer]]]
            if progress:
                progress(count, len(asked))
    return sorted_problems(problems)


def _links(site: Site) -> Iterator[tuple[str, Location]]:
    """Yield every address of the web that the site names, and where."""
    for page in site.content.pages:
        for link in links(page.body):
            yield link.href, Location(page.path, page.body_line + link.line - 1, link.column)
        yield from ((href, place(page, key)) for key, href in hrefs(page))
    settings = site.settings
    yield settings.organiser.url, settings.place("organiser.url")
    if settings.procedure.decision:
        yield settings.procedure.decision.url, settings.place("procedure.decision.url")
    yield from (
        (venue.url, settings.place(f"venues.{index}.url")) for index, venue in enumerate(settings.venues)
    )


@dataclass(frozen=True, slots=True)
class _Found:
    what: Message
    mend: Message = NOTHING


def is_public(host: str) -> bool:
    """Tell whether all addresses of a host are of the public network: no other is any resident's business."""
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None)}
        return bool(found) and all(
            ipaddress.ip_address(str(address).partition("%")[0]).is_global for address in found
        )
    except UnicodeError:
        return False


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to hosts that may be asked, and remembers those that hold for good."""

    max_redirections = 5

    def __init__(self, allowed: Callable[[str], bool]) -> None:
        self._allowed = allowed
        self.lasting: list[bool] = []

    def redirect_request(  # noqa: PLR0913, PLR0917 - urllib's own
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Return the next request."""
        parts = urlsplit(newurl)
        if parts.scheme not in ("http", "https") or not self._allowed(parts.hostname or ""):
            raise urllib.error.URLError("redirected to where nobody else can go")
        self.lasting.append(code in _PERMANENT)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _ask(url: str, allowed: Callable[[str], bool]) -> _Found | None:
    """Return what is wrong with an address; None where it answers, or where one cannot tell."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            return None
        if not allowed(parts.hostname):
            return _Found(message("“{url}” is not on the public network.", url=shown(url)))
        # Some servers know no HEAD; the page itself is then asked for.
        return _answer(url, "HEAD", allowed) and _answer(url, "GET", allowed)
    except ValueError:
        return None  # links.py tells what is no address at all
    except socket.gaierror:
        return _Found(message("“{url}”: there is no server of this name.", url=shown(url)))
    except OSError as error:
        return _failed(url, error)


def _answer(url: str, method: str, allowed: Callable[[str], bool]) -> _Found | None:
    redirects = _Redirects(allowed)
    opener = urllib.request.build_opener(redirects, urllib.request.ProxyHandler())
    request = urllib.request.Request(url, method=method, headers={"User-Agent": _AGENT, "Accept": "*/*"})  # noqa: S310 - http and https only
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            if redirects.lasting and all(redirects.lasting) and answer.geturl() != url:
                new = shown(answer.geturl())
                mend = message("Write its new address: {new}", new=new)
                return _Found(message("“{url}” has moved for good.", url=shown(url)), mend)
    except urllib.error.HTTPError as error:
        if method == "GET" and error.code in _NOT_FOR_US:
            return None
        what = message("“{url}” answers that it is not there ({code}).", url=shown(url), code=error.code)
        return _Found(what, message("Look the page up anew, or take the link out."))
    except (http.client.HTTPException, UnicodeError) as error:
        return _failed(url, error)
    return None


def _failed(url: str, error: Exception) -> _Found:
    reason = getattr(error, "reason", error)
    if isinstance(reason, socket.gaierror):
        return _Found(message("“{url}”: there is no server of this name.", url=shown(url)))
    if isinstance(reason, ssl.SSLCertVerificationError):
        return _Found(message("“{url}”: browsers will warn of its certificate.", url=shown(url)))
    if isinstance(reason, TimeoutError):
        return _Found(
            message("“{url}” did not answer within {seconds} s.", url=shown(url), seconds=f"{TIMEOUT:g}")
        )
    return _Found(message("“{url}” cannot be reached ({why}).", url=shown(url), why=reason))
