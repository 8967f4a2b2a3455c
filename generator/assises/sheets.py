"""A joined site → every page that is to be rendered: its template, its address, what only it knows. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from assises.content import Home, Meeting, Page
from assises.contribution import number, ulid_time
from assises.discussion import OLDEST
from assises.ledger import Entry
from assises.site import Site, address, language_prefix

TOGETHER = 40
"""Contributions of one day up to which the ledger shows them on one page."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page to be rendered."""

    template: str
    address: str
    """Within the site: ``/en/topics/housing/``."""

    values: Mapping[str, Any]
    """What only this page's template knows."""

    alternates: Mapping[str, str]
    """The address of the same page in each language that has it."""

    indexed: bool = True
    """Whether search engines may list it: not the same contributions in another order."""


@dataclass(frozen=True, slots=True)
class Received:
    """A contribution as the ledger knows it."""

    id: str
    channel: str
    state: str
    """One of the values of `assises.ledger.STATES`."""

    entries: tuple[Entry, ...]
    """What befell it, oldest first."""

    address: str
    """Where it can be read within the site; empty unless it is published."""

    rule: str = ""
    """The charter's rule, as residents read it, if it is withheld by one."""

    @property
    def number(self) -> str:
        """The short number."""
        return number(self.id)


def sheets(site: Site, language: str) -> Iterator[Sheet]:
    """Yield every page of one language."""
    yield from _pages(site, language)
    yield from _lists(site, language)
    if site.settings.consults:
        yield from _ledger(site, language)
    yield from _redirects(site, language)
    prefix = language_prefix(language, site.language)
    yield Sheet("search.html", f"{prefix}/search/", {}, _everywhere(site, "/search/"), indexed=False)
    if language == site.language:
        yield Sheet("not_found.html", "/404.html", {}, {})


def _pages(site: Site, language: str) -> Iterator[Sheet]:
    prefix = language_prefix(language, site.language)
    for page in site.content.pages:
        if page.language == language and not isinstance(page, Home):
            alternates = {tag: address(p, site.language) for tag, p in site.translations(page).items()}
            values = {"page": page, "title": page.title, "description": page.summary}
            yield Sheet(f"pages/{page.kind}.html", address(page, site.language), values, alternates)
            yield from _leaves(site, page, alternates)
            if isinstance(page, Meeting):
                posters = {tag: f"{place}poster/" for tag, place in alternates.items()}
                yield Sheet("poster.html", posters[language], values, posters, indexed=False)
    if home := site.home(language):
        values = {"page": home, "title": home.title, "description": home.summary}
        yield Sheet("pages/home.html", f"{prefix}/", values, _everywhere(site, "/"))


def _leaves(site: Site, page: Page, alternates: Mapping[str, str]) -> Iterator[Sheet]:
    """Yield the leaves of a page's discussion."""
    found = site.discussion(page.id)
    for leaf in found.leaves:
        there = {tag: place + leaf.place for tag, place in alternates.items()}
        values = {"page": page, "title": page.title, "leaf": leaf}
        indexed = not found.together and (leaf.thread is not None or leaf.choice == OLDEST)
        yield Sheet("discussion.html", there[page.language], values, there, indexed)


def _lists(site: Site, language: str) -> Iterator[Sheet]:
    prefix = language_prefix(language, site.language)
    for folder in site.sections:
        yield Sheet(f"lists/{folder}.html", f"{prefix}/{folder}/", {}, _everywhere(site, f"/{folder}/"))


def _ledger(site: Site, language: str) -> Iterator[Sheet]:
    prefix = language_prefix(language, site.language)
    days = received(site, language)
    index = {"days": {day: len(found) for day, found in days.items()}}
    yield Sheet("ledger/index.html", f"{prefix}/ledger/", index, _everywhere(site, "/ledger/"))
    if site.ledger.head:
        head = {"head": site.ledger.head}
        yield Sheet("ledger/head.html", f"{prefix}/ledger/head/", head, _everywhere(site, "/ledger/head/"))
    log = "/ledger/moderation/"
    yield Sheet("ledger/moderation.html", prefix + log, {}, _everywhere(site, log))
    for day, found in days.items():
        place = f"/ledger/{day.isoformat()}/"
        ends = _by_end(found) if len(found) > TOGETHER else {}
        values = {"day": day, "found": () if ends else found, "ends": ends, "end": ""}
        yield Sheet("ledger/day.html", prefix + place, values, _everywhere(site, place))
        for end, some in ends.items():
            below = f"{place}{end.lower()}/"
            yield Sheet(
                "ledger/day.html",
                prefix + below,
                {"day": day, "found": some, "ends": ends, "end": end},
                _everywhere(site, below),
                indexed=False,
            )


def _by_end(found: Iterable[Received]) -> dict[str, tuple[Received, ...]]:
    """Return contributions by the last sign of their numbers, which is random: so nobody's page grows long."""
    ends: defaultdict[str, list[Received]] = defaultdict(list)
    for item in found:
        ends[item.id[-1]].append(item)
    return {end: tuple(ends[end]) for end in sorted(ends)}


def received(site: Site, language: str) -> dict[date, tuple[Received, ...]]:
    """Return the ledger's contributions by the day (UTC) that their ids carry, newest day first."""
    readable = {contribution.id: contribution for contribution in site.published}
    rules = {
        rule.id: rule.title.get(language, *site.settings.languages)
        for rule in site.settings.participation.rules
    }
    days: defaultdict[date, list[Received]] = defaultdict(list)
    for id, entries in sorted(site.ledger.by_id.items()):
        contribution = readable.get(id)
        page = site.page(contribution.page, language) if contribution else None
        place = site.permalink(contribution, page) if contribution and page else ""
        state = "withdrawn" if id in site.withdrawals else site.ledger.state(id)
        rule = rules.get(site.rules.get(id, ""), "") if state == "withheld" else ""
        days[ulid_time(id).date()].append(Received(id, entries[0].what.channel, state, entries, place, rule))
    return {day: tuple(days[day]) for day in sorted(days, reverse=True)}


def _redirects(site: Site, language: str) -> Iterator[Sheet]:
    """Yield a page for each former address, which leads to the page that has it now."""
    for page in site.content.pages:
        if page.language == language:
            for alias in page.aliases:
                values = {"page": page, "title": page.title}
                yield Sheet("redirect.html", "/" + alias.removeprefix("/"), values, {})


def _everywhere(site: Site, place: str) -> dict[str, str]:
    """Return an address in every language."""
    return {tag: language_prefix(tag, site.language) + place for tag in site.settings.languages}
