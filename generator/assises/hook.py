"""Hooks: an address that is called so that somebody begins their work at once.

What is sent suits a runner's own endpoint (`assises drain --listen`), and what forges ask for to begin a
pipeline (GitHub and Forgejo: ``…/actions/workflows/drain.yml/dispatches``; GitLab: ``…/pipeline``): a POST with
a bearer token and the branch, which the address may end with (``#main``).
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Self
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from assises.remote_address import AddressError, Secrets, is_private

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_TIMEOUT = 10
"""Seconds."""


class HookError(Exception):
    """Nobody answered the call, or they refused."""


class _NoRedirect(HTTPRedirectHandler):
    """Lets a redirect be a refusal: the token is for the named host alone."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow nowhere."""


@dataclass(frozen=True, slots=True)
class Hook:
    """Whom to call."""

    url: str
    secret: str = field(default="", repr=False)
    branch: str = "main"

    @classmethod
    def of(cls, url: str, secret: str, variable: str) -> Self:
        """Return the hook at an address.

        Raises:
            AddressError: it is none, or would carry its secret in clear.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise AddressError(f"{variable} is no address that begins with https://")
        if not is_private(parts):
            raise AddressError(
                f"{variable}: {parts.hostname}: without TLS, everybody on the way reads the token"
            )
        return cls(parts._replace(fragment="").geturl(), secret, parts.fragment or "main")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], variable: str) -> Self | None:
        """Return the hook that a variable names, its token in ``<variable>_SECRET``; None where it names none."""
        url = environ.get(variable, "").strip()
        return cls.of(url, Secrets(environ, 1).get(f"{variable}_SECRET"), variable) if url else None

    def call(self) -> None:
        """Call once, and return when whoever is called has answered.

        Raises:
            HookError: they did not, or refused.
        """
        headers = {"Content-Type": "application/json", "User-Agent": "assises"}
        if self.secret:
            headers["Authorization"] = f"Bearer {self.secret}"
        body = json.dumps({"ref": self.branch}).encode()
        try:
            request = Request(self.url, body, headers, method="POST")  # noqa: S310 - looked at in `of`
            opener = build_opener(_NoRedirect)
            with opener.open(request, timeout=_TIMEOUT) as answer:
                answer.read(1024)
        except HTTPError as error:
            error.close()
            raise HookError(f"{self.url} answered {error.code}") from error
        except (OSError, HTTPException, ValueError) as error:
            raise HookError(f"{self.url}: {error}") from error


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A WSGI application that takes calls: a POST with the right token, whatever its address and body."""

    secret: str = field(repr=False)
    called: Callable[[], None]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a call at once; what it asks for is done later."""
        given = environ.get("HTTP_AUTHORIZATION", "").encode("latin-1", "replace")
        if environ["REQUEST_METHOD"] != "POST":
            status, headers = "405 Method Not Allowed", [("Allow", "POST")]
        elif not hmac.compare_digest(given, f"Bearer {self.secret}".encode()):
            status, headers = "401 Unauthorized", [("WWW-Authenticate", "Bearer")]
        else:
            self.called()
            status, headers = "202 Accepted", []
        start_response(status, [*headers, ("Content-Length", "0")])
        return [b""]
