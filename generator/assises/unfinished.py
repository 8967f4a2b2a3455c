"""Site → everything that is still to be filled in before it is launched. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from assises.content import Page
from assises.problems import Location, Problem, message
from assises.scalars import shown
from assises.schema import LocalisedText
from assises.site import Site

MARK = re.compile(
    r"\[(?:à compléter|to fill in)[^\[\]]*\]|[\w.-]*(?:a-completer|to-fill-in)[\w.-]*|lorem ipsum|\bX{3,}\b|\bTODO\b",
    re.IGNORECASE,
)
"""What `assises new` leaves where it does not know, and what writers leave for later."""


def unfinished_problems(site: Site) -> Iterator[Problem]:
    """Yield each place of site.yaml, of front matter and of pages that still holds such a mark."""
    settings = site.settings
    for path, text in _texts(settings, ""):
        if found := MARK.search(text):
            yield _problem(settings.place(path), found[0])
    for page in site.content.pages:
        yield from _page(page)


def _page(page: Page) -> Iterator[Problem]:
    for path, text in _texts(page, ""):
        if path in page.places and (found := MARK.search(text)):
            yield _problem(page.places[path], found[0])
    for number, line in enumerate(page.body.split("\n")):
        for found in MARK.finditer(line):
            yield _problem(Location(page.path, page.body_line + number, found.start() + 1), found[0])


def _problem(at: Location, mark: str) -> Problem:
    what = message("“{mark}” is still to be filled in.", mark=shown(mark))
    return Problem(at, what, message("Write the right words in its place."), "unfinished")


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield every text below a value, with the path of its key."""
    match value:
        case str():
            yield path, value
        case LocalisedText(texts=texts):
            yield from ((path, text) for _, text in texts)
        case tuple():
            for index, item in enumerate(value):
                yield from _texts(item, f"{path}.{index}")
        case _ if is_dataclass(value):
            for item in fields(value):
                if not item.metadata.get("given"):
                    below = f"{path}.{item.name}" if path else item.name
                    yield from _texts(getattr(value, item.name), below)
