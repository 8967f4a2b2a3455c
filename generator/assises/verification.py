"""Whether a site that was put online answers as it should: its pages, its headers, its intake, and a probe's whole way.

Only what this machine can see is said to be seen; the rest is named.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from assises.contribution import is_id
from assises.problems import Message, message

TIMEOUT = 15.0
"""Seconds that a server may take to answer."""

_NOWHERE = "does-not-exist-7f3k/"
_MOST = 20_000_000
"""Bytes of an answer that are read."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    holds: bool
    what: Message


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered; status 0: nothing."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] | None = None
    why: str = ""
    """Why there is no answer."""

    def header(self, name: str) -> str:
        """Return a header, or an empty text."""
        return (self.headers or {}).get(name.lower(), "")


Ask = Callable[[str, bytes | None], Answer]
"""GETs an address or, with a body, POSTs JSON to it."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_more: object) -> None:
        """Follow nothing: where the address itself leads is what is looked at."""


def ask(url: str, body: bytes | None = None, authority: Path | None = None) -> Answer:
    """Return what a server answers, whatever happens; `authority` is trusted beside those that the system trusts."""
    trusted = ssl.create_default_context()
    if authority:
        trusted.load_verify_locations(authority)
    opener = urllib.request.build_opener(_NoRedirect(), urllib.request.HTTPSHandler(context=trusted))
    headers = {"User-Agent": "Assises launch"} | ({"Content-Type": "application/json"} if body else {})
    request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310 - the site's own address
    try:
        with opener.open(request, timeout=TIMEOUT) as response:
            return Answer(response.status, response.read(_MOST), _lowered(response.headers.items()))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read(_MOST), _lowered(error.headers.items()))
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        return Answer(0, why=str(reason))


def _lowered(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}


def pages(base: str, outputs: Mapping[str, bytes], asking: Ask = ask) -> Iterator[Finding]:
    """Yield whether the address shows the pages that were built, with their assets and their page for a wrong address."""
    wrong = [path for path in _sample(outputs) if asking(_url(base, path), None).body != outputs[path]]
    first = asking(base, None)
    if first.status == 0:
        yield Finding(False, message("{url} does not answer: {why}.", url=base, why=first.why))
        return
    if first.status in (301, 302, 307, 308):
        to = first.header("Location")
        yield Finding(
            False,
            message("{url} leads on to {to}: put that address into site.yaml as “url”.", url=base, to=to),
        )
        return
    if wrong:
        urls = ", ".join(_url(base, path) for path in wrong[:3])
        yield Finding(False, message("These addresses do not show what was just built: {urls}.", urls=urls))
    else:
        yield Finding(True, message("The pages answer at {url}, and are those just built.", url=base))
    missing = asking(_url(base, _NOWHERE), None).status
    if missing != 404:
        told = message("A wrong address is answered with {status} instead of 404.", status=missing)
        yield Finding(False, told)
    if urlsplit(base).scheme == "https" and not first.header("Strict-Transport-Security"):
        told = message(
            "The server sends no Strict-Transport-Security; assises server shows how it should be set."
        )
        yield Finding(True, told)


def _sample(outputs: Mapping[str, bytes]) -> list[str]:
    """Return some of the outputs, of each kind: the first page, one in a folder, assets, and what the intake reads."""
    found = ["index.html", "forms.json"]
    found += [path for path in sorted(outputs) if path.endswith("/index.html")][:2]
    found += [path for path in sorted(outputs) if path.startswith("assets/")][:3]
    return [path for path in found if path in outputs]


def _url(base: str, path: str) -> str:
    return base + path.removesuffix("index.html")


def intake(address: str, asking: Ask = ask) -> Finding:
    """Return whether an intake answers at an address, and can store."""
    answer = asking(f"{address}health", None)
    if answer.status == 0:
        return Finding(
            False, message("The intake at {url} does not answer: {why}.", url=address, why=answer.why)
        )
    try:
        status = json.loads(answer.body)["status"]
    except (ValueError, KeyError, TypeError):
        status = ""
    if answer.status == 200 and status == "ok":
        return Finding(True, message("The intake answers at {url}.", url=address))
    told = message("At {url} no intake answers (status {status}).", url=address, status=answer.status)
    return Finding(False, told)


def send_probe(address: str, data: bytes, asking: Ask = ask) -> tuple[str, Finding]:
    """Send a probe to the intake at an address, and return its id, empty if it was not stored, and what was seen."""
    answer = asking(f"{address}probes", data)
    if answer.status == 403:
        told = message("The intake at {url} has another key than this site.", url=address)
        return "", Finding(False, told)
    if answer.status != 201:
        told = message(
            "The intake at {url} did not store a probe (status {status}).", url=address, status=answer.status
        )
        return "", Finding(False, told)
    return _id(answer.body), Finding(True, message("The intake at {url} stored a probe.", url=address))


def carried(came: bool, seconds: int) -> Finding:
    """Return what is to be said of a probe that was stored, whether the runner carried it or not."""
    if came:
        told = message("The runner carried the probe to the store, and dropped it before the ledger.")
        return Finding(True, told)
    told = message(
        "A probe was stored, and after {seconds} seconds no runner had carried it.", seconds=seconds
    )
    return Finding(False, told)


def _id(body: bytes) -> str:
    try:
        id = json.loads(body)["id"]
    except (ValueError, KeyError, TypeError):
        return ""
    return id if isinstance(id, str) and is_id(id) else ""


def not_seen(base: str, environ: Mapping[str, str], authority: Path | None = None) -> Iterator[Message]:
    """Yield what this machine cannot see of a public address; `authority` is one of its own that it was asked with."""
    host = urlsplit(base).hostname or ""
    if _is_own(host):
        yield message(
            "Whether the name {host} is known elsewhere (DNS): it leads to this machine.", host=host
        )
    else:
        yield message(
            "Whether the name {host} is known everywhere yet (DNS): new names take up to a day.", host=host
        )
    paths = ssl.get_default_verify_paths()
    own = [name for name in (paths.openssl_cafile_env, paths.openssl_capath_env) if environ.get(name)]
    if urlsplit(base).scheme != "https":
        yield message("Whether the way is private: the address is not https.")
    elif authority:
        yield message(
            "Whether browsers trust the certificate: it is by this machine’s own authority ({file}).",
            file=authority,
        )
    elif own:
        yield message(
            "Whether browsers trust the certificate: this machine was told whom to trust ({name}).",
            name=own[0],
        )


def _is_own(host: str) -> bool:
    try:
        found = {ipaddress.ip_address(info[4][0]) for info in socket.getaddrinfo(host, None)}
    except (OSError, ValueError):
        return False
    return any(address.is_loopback for address in found)
