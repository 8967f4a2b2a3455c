"""Site → every file that no page leads to: residents cannot find it, or it was to be a page. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import unquote

from assises.content import Document, Page, Person
from assises.links import HREFS, parted
from assises.page_links import links
from assises.problems import Location, Problem, message
from assises.site import Site


def orphan_problems(site: Site) -> Iterator[Problem]:
    """Yield a warning for each file of content/ that nothing names."""
    pages = (*site.content.pages, *site.content.held_back)
    named = {path for page in pages for path in _named(page)} | {site.settings.theme.logo}
    # A page that could not be read may well name it.
    for path in () if site.content.broken else site.content.files:
        if path not in named:
            what = message("No page leads to this file.")
            mend = message("Put a link to it; if it was to be a page, let its name end in “.md”.")
            yield Problem(Location(path), what, mend, "warning")


def _named(page: Page) -> Iterator[PurePosixPath]:
    hrefs = [link.href for link in links(page.body)] + [getattr(page, key, "") for key in HREFS]
    for href in filter(None, hrefs):
        path = unquote(parted(href)[0])
        if path.startswith("/"):
            yield PurePosixPath("content") / path.lstrip("/")
        elif path:
            yield PurePosixPath(posixpath.normpath(page.path.parent / path))
    match page:
        case Document():
            yield page.file
        case Person() if page.photo:
            yield page.photo
