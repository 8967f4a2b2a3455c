"""Site → every name of another page, or of a district, in front matter that leads nowhere. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from assises.content import Document, Meeting, Page, Person, Topic
from assises.links import place, too_early
from assises.problems import Message, Problem, message
from assises.scalars import did_you_mean, shown
from assises.settings_reader import venue_findings
from assises.site import Site
from assises.slugs import slug

_NAMES: Mapping[str, type[Page]] = MappingProxyType(
    {
        "topic": Topic,
        "topics": Topic,
        "people": Person,
        "documents": Document,
        "minutes": Document,
        "answer.by": Person,
    }
)
"""Keys that name other pages by their slugs, and the kind that they name."""


def reference_problems(site: Site) -> Iterator[Problem]:
    """Yield each reference that leads nowhere, or to what cannot be read yet."""
    shelves = {kind: _Shelf(site, kind) for kind in _NAMES.values()}
    for page in site.content.pages:
        for key, kind in _NAMES.items():
            for where, name in _named(page, key):
                yield from shelves[kind].problems(page, where, name)
        if isinstance(page, Meeting):
            yield from _districts(site, page)


def _named(page: Page, key: str) -> Iterator[tuple[str, str]]:
    """Yield where a page names another by `key`, and the slug that stands there."""
    holder, _, last = key.rpartition(".")
    match getattr(getattr(page, holder, None) if holder else page, last, ()):
        case str() as name if name:
            yield key, name
        case tuple() as names:
            yield from ((f"{key}.{index}", name) for index, name in enumerate(names))


@dataclass(frozen=True)
class _Shelf:
    """All pages of one kind, by which references to them are judged."""

    site: Site
    kind: type[Page]

    @cached_property
    def pages(self) -> dict[str, Page]:
        """Pages by their slugs."""
        return {page.slug: page for page in self.site.listed(self.kind, self.site.language)}

    @cached_property
    def drafts(self) -> frozenset[str]:
        """Slugs of those that are held back."""
        return frozenset(page.slug for page in self.site.content.held_back if isinstance(page, self.kind))

    def problems(self, page: Page, where: str, name: str) -> Iterator[Problem]:
        """Yield what is wrong with the `name` that stands at `where` in `page`."""
        at, id = place(page, where), f"{self.kind.folder}/{name}"
        if name in self.pages:
            if what := too_early(self.site, page, self.pages[name]):
                yield Problem(at, what, severity="warning")
        elif name in self.drafts:
            mend = message("Publish that page first, or take its name out.")
            yield Problem(at, message("The page “{id}” is a draft.", id=id), mend)
        elif id not in self.site.content.broken:
            yield Problem(at, message("There is no page “{id}”.", id=shown(id)), self._mend(name))

    def _mend(self, name: str) -> Message:
        stem = name.rpartition("/")[2].removesuffix(".md")
        by_title = {slug(page.title): page.slug for page in self.pages.values()}
        if guess := stem if stem in self.pages else by_title.get(slug(name)):
            return message("Did you mean “{guess}”?", guess=guess)
        if self.pages:
            return did_you_mean(name, self.pages)
        path = f"content/{self.kind.folder}/{slug(stem) or '…'}.md"
        return message("Write the file “{path}”, or take the name out.", path=path)


def _districts(site: Site, page: Meeting) -> Iterator[Problem]:
    if "districts" in site.content.unread:
        return
    known = {district.id: district for district in site.settings.districts}
    for index, name in enumerate(page.districts):
        if name not in known:
            what = message(
                "site.yaml names no “{value}” under “{list}”.", value=shown(name), list="districts"
            )
            by_name = {slug(known[id].name.get(site.language)): id for id in known}
            guess = by_name.get(slug(name))
            mend = message("Did you mean “{guess}”?", guess=guess) if guess else did_you_mean(name, known)
            mend = mend if mend.text else message("Add it there, or take the name out.")
            yield Problem(place(page, f"districts.{index}"), what, mend)
    if page.venue not in site.settings.venues:
        for key, what, mend in venue_findings(page.venue, known):
            yield Problem(page.places.get(f"venue.{key}", place(page, "venue")), what, mend)
