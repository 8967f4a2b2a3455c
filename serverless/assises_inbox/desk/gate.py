"""The gate: under which name the desk answers, who comes in, and how long they stay.

A page of a stranger can make its own name lead to this machine (DNS rebinding) and would then be of the same
origin as the desk: so a request for any other name than ours is not answered.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from werkzeug.wrappers import Request, Response

from assises.keys import Key
from assises_inbox.desk.session import LONGEST, Marks, Session, SessionError, SignIn

BETWEEN_LINKS = timedelta(seconds=20)
"""How soon another fresh link may be asked for: nobody need fill a terminal with them."""

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Names of this machine that nobody can lead elsewhere."""

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(slots=True)
class Gate:
    """Lets moderators in, and nobody else."""

    key: Key
    moderator: str
    """Who may come in."""

    base: str
    """The site's absolute address."""

    sign_in: SignIn = field(init=False)
    _marks: Marks = field(init=False, default_factory=Marks)
    _hosts: frozenset[str] = field(init=False)
    _cookie: str = field(init=False)

    def __post_init__(self) -> None:
        self.sign_in = SignIn(self.key, self._marks)
        self._hosts = hosts(self.base)
        # Cookies know no ports and, under `__Host-`, no paths: the name tells consultations apart.
        name = f"assises-desk-{hashlib.sha256(self.base.encode()).hexdigest()[:8]}"
        self._cookie = f"__Host-{name}" if self._is_secure else name

    def is_called(self, request: Request) -> bool:
        """Tell whether the request is for a name of ours."""
        return request.headers.get("Host", "").lower() in self._hosts

    def session(self, request: Request, now: datetime) -> Session | None:
        """Return the session that the browser holds, whether it is over or not."""
        try:
            session = Session.of_cookie(self.key, request.cookies.get(self._cookie, ""))
        except SessionError:
            return None
        ended = self._marks.is_spent(_mark(session), now)
        # Whoever is no moderator any more is out at the next request.
        return session if session.who == self.moderator and not ended else None

    def keep(self, response: Response, request: Request, session: Session) -> None:
        """Give the session to the browser, which forgets it when it is closed; its end stands in it, signed."""
        response.set_cookie(self._cookie, session.cookie(self.key), **self._options(request))

    def end(self, response: Response, request: Request, session: Session, now: datetime) -> None:
        """End a session, in the browser and for whoever else may hold its cookie."""
        self._marks.spend(_mark(session), session.since + LONGEST, now)
        response.delete_cookie(self._cookie, **self._options(request))

    def grants_link(self, now: datetime) -> bool:
        """Tell whether a fresh link may be sent now, and count it as sent."""
        return self._marks.spend("fresh link", now + BETWEEN_LINKS, now)

    @property
    def origin(self) -> str:
        """Scheme, host and port of the site, and so of the desk."""
        return "{0.scheme}://{0.netloc}".format(urlsplit(self.base))

    @property
    def _is_secure(self) -> bool:
        return self.base.startswith("https:")

    def _options(self, request: Request) -> dict[str, Any]:
        path = "/" if self._is_secure else request.script_root or "/"
        return {"path": path, "secure": self._is_secure, "httponly": True, "samesite": "Strict"}


def hosts(base: str) -> frozenset[str]:
    """Return every ``Host`` that belongs to an address, in lower case."""
    parts = urlsplit(base)
    name = parts.hostname or ""
    names = [f"[{each}]" if ":" in each else each for each in (_LOOPBACK if name in _LOOPBACK else (name,))]
    default = _DEFAULT_PORTS.get(parts.scheme)
    port = parts.port or default
    return frozenset([f"{each}:{port}" for each in names] + (names if port == default else []))


def _mark(session: Session) -> str:
    return f"session {session.id}"
