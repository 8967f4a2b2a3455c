"""Site → every file that no page leads to: residents cannot find it, or it was to be a page. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from assises.content import Document, Meeting, Page, Person
from assises.links import hrefs, named_file
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
    for href in [*(link.href for link in links(page.body)), *(href for _, href in hrefs(page))]:
        if path := named_file(page, href):
            yield path
    match page:
        case Document():
            yield page.file
        case Person() if page.photo:
            yield page.photo
        case Meeting():
            yield from (photo.file for photo in page.photos)
            for recording in page.recordings:
                yield from (path for path in (recording.file, recording.captions) if path)
