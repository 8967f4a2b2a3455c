"""One request to the desk, and what was found out about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from urllib.parse import quote, urlencode

from werkzeug.exceptions import Forbidden
from werkzeug.routing import MapAdapter
from werkzeug.wrappers import Request

from assises.content import Page
from assises.moderators import Moderator
from assises.schema import LocalisedText
from assises.site import Site, address
from assises.store import Snapshot
from assises_inbox.desk.session import Session

KEPT = ("page", "done", "of", "flag", "words", "form", "channel", "day", "place", "id")
"""What an address keeps when the language is changed."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request."""

    request: Request
    urls: MapAdapter
    site: Site
    now: datetime
    language: str
    snapshot: Snapshot
    """The store as it was when the request came."""

    session: Session | None
    """None where nobody is signed in; it may be over."""

    moderator: Moderator | None
    """Whose session it is."""

    @property
    def inside(self) -> Session | None:
        """The session, if it is still on."""
        return self.session if self.session and self.session.is_on(self.now) else None

    @property
    def who(self) -> Moderator:
        """Who is at the desk.

        Raises:
            Forbidden: nobody is.
        """
        if self.inside is None or self.moderator is None:
            raise Forbidden
        return self.moderator

    def renewed(self, snapshot: Snapshot) -> Self:
        """Return the visit with the store as it is now."""
        return replace(self, snapshot=snapshot)

    def url(self, endpoint: str, **arguments: object) -> str:
        """Return the address of one of the desk's pages."""
        return self.urls.build(endpoint, arguments)

    def spoken(self, language: str) -> str:
        """Return this page's address in another language."""
        if self.request.method == "POST":
            return f"{self.url('shelf', fate='pending')}?language={language}"
        kept = [(name, value) for name, value in self.request.args.items(multi=True) if name in KEPT]
        # One slash first: two would lead to another host.
        path = quote("/" + f"{self.request.script_root}{self.request.path}".lstrip("/"))
        return f"{path}?{urlencode([*kept, ('language', language)])}"

    def text(self, value: LocalisedText) -> str:
        """Return a setting's text in the language spoken."""
        return value.get(self.language, *self.site.settings.languages)

    def page_url(self, page: Page, base: str) -> str:
        """Return the absolute address of a page of the site."""
        return base + address(page, self.site.language).removeprefix("/")
