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

from assises import spent
from assises.keys import Key
from assises.moderators import Moderator, moderator_of
from assises.sign_in import SignIn, SignInError
from assises.store import Snapshot, Store
from assises_inbox.desk.session import Session, SessionError

BETWEEN_LINKS = timedelta(seconds=30)
"""How soon another fresh link may be asked for, by one moderator: nobody need fill a letter box with them."""

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Names of this machine that nobody can lead elsewhere."""

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(slots=True)
class Gate:
    """Lets moderators in, and nobody else."""

    store: Store
    key: Key
    url: str
    """The desk's absolute address."""

    local: Moderator | None
    """Who may come in without being on the list: whoever started the desk on their own machine."""

    _hosts: frozenset[str] = field(init=False)
    _cookie: str = field(init=False)

    def __post_init__(self) -> None:
        self._hosts = hosts(self.url)
        # Cookies know no ports and, under `__Host-`, no paths: the name tells consultations apart.
        name = f"assises-desk-{hashlib.sha256(self.url.encode()).hexdigest()[:8]}"
        self._cookie = f"__Host-{name}" if self._is_secure else name

    def is_called(self, request: Request) -> bool:
        """Tell whether the request is for a name of ours."""
        return request.headers.get("Host", "").lower() in self._hosts

    def moderator(self, snapshot: Snapshot, email: str) -> Moderator | None:
        """Return the moderator with an address, if there is one now."""
        found = moderator_of(snapshot, email)
        local = self.local if self.local and self.local.email == email.strip().lower() else None
        return found or local

    def session(self, request: Request, snapshot: Snapshot) -> Session | None:
        """Return the session that the browser holds, over or not; None: of nobody, or ended by hand."""
        try:
            session = Session.of_cookie(self.key, request.cookies.get(self._cookie, ""))
        except SessionError:
            return None
        # Whoever is no moderator any more is out at the next request.
        ended = spent.is_spent(snapshot, session.mark, session.forgotten)
        return session if self.moderator(snapshot, session.who) and not ended else None

    def keep(self, response: Response, request: Request, session: Session) -> None:
        """Give the session to the browser, which forgets it when it is closed; its end stands in it, signed."""
        response.set_cookie(self._cookie, session.cookie(self.key), **self._options(request))

    def end(self, response: Response, request: Request, session: Session, now: datetime) -> None:
        """End a session, in the browser and for whoever else may hold its cookie."""
        spent.spend(self.store, session.mark, session.forgotten, now)
        response.delete_cookie(self._cookie, **self._options(request))

    def read(self, snapshot: Snapshot, text: str, now: datetime) -> SignIn:
        """Return the sign-in link that a text is, without using it up.

        Raises:
            SignInError: it lets nobody in.
        """
        link = SignIn.read(self.key, text, now)
        if spent.is_spent(snapshot, link.mark, link.forgotten):
            raise SignInError("used")
        if self.moderator(snapshot, link.who) is None:
            raise SignInError("malformed")
        return link

    def take(self, snapshot: Snapshot, text: str, now: datetime) -> str:
        """Return the address of whom a sign-in link lets in; it will let nobody in again.

        Raises:
            SignInError: it lets nobody in.
        """
        link = self.read(snapshot, text, now)
        if not spent.spend(self.store, link.mark, link.forgotten, now):
            raise SignInError("used")
        return link.who

    def grants_link(self, email: str, now: datetime) -> bool:
        """Tell whether a fresh link may be sent to somebody now, and count it as sent."""
        span = int(BETWEEN_LINKS.total_seconds())
        turn = int(now.timestamp()) // span
        return spent.spend(self.store, f"fresh link {email} {turn}", now + BETWEEN_LINKS, now)

    @property
    def _is_secure(self) -> bool:
        return self.url.startswith("https:")

    def _options(self, request: Request) -> dict[str, Any]:
        path = "/" if self._is_secure else request.script_root or "/"
        # Lax, not Strict: a link in a letter leads into the session that is on. What changes anything is a POST.
        return {"path": path, "secure": self._is_secure, "httponly": True, "samesite": "Lax"}


def hosts(base: str) -> frozenset[str]:
    """Return every ``Host`` that belongs to an address, in lower case."""
    parts = urlsplit(base)
    name = parts.hostname or ""
    names = [f"[{each}]" if ":" in each else each for each in (_LOOPBACK if name in _LOOPBACK else (name,))]
    default = _DEFAULT_PORTS.get(parts.scheme)
    port = parts.port or default
    return frozenset([f"{each}:{port}" for each in names] + (names if port == default else []))
