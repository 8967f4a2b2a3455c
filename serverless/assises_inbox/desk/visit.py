"""One request to the desk, and what was found out about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from werkzeug.routing import MapAdapter
from werkzeug.wrappers import Request

from assises.content import Page
from assises.schema import LocalisedText
from assises.site import Site, address
from assises_inbox.desk.session import Session


@dataclass(frozen=True, slots=True)
class Visit:
    """One request."""

    request: Request
    urls: MapAdapter
    site: Site
    now: datetime
    language: str
    session: Session | None
    """None where nobody is signed in; it may be over."""

    @property
    def inside(self) -> Session | None:
        """The session, if it is still on."""
        return self.session if self.session and self.session.is_on(self.now) else None

    def url(self, endpoint: str, **arguments: object) -> str:
        """Return the address of one of the desk's pages."""
        return self.urls.build(endpoint, arguments)

    def spoken(self, language: str) -> str:
        """Return this page's address in another language."""
        if self.request.method == "POST":
            return f"{self.url('shelf', fate='pending')}?language={language}"
        kept = {name: value for name, value in self.request.args.items() if name in ("page", "done")}
        # One slash first: two would lead to another host.
        path = quote("/" + f"{self.request.script_root}{self.request.path}".lstrip("/"))
        return f"{path}?{urlencode(kept | {'language': language})}"

    def text(self, value: LocalisedText) -> str:
        """Return a setting's text in the language spoken."""
        return value.get(self.language, *self.site.settings.languages)

    def page_url(self, page: Page, base: str) -> str:
        """Return the absolute address of a page of the site."""
        return base + address(page, self.site.language).removeprefix("/")
