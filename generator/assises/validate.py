"""Site → every problem that no file shows by itself: references, times, addresses, links. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields

from assises.content import Legal, Meeting, Page, Question, Statement, Topic
from assises.file_names import CONTENT
from assises.links import address_problems, link_problems, place
from assises.problems import Location, Problem, message
from assises.scalars import did_you_mean, shown
from assises.site import Site, topics_of
from assises.source import sorted_problems
from assises.statements import is_page

DUTIES = ("notice", "privacy", "accessibility", "charter")
"""Roles of the legal pages that every site must have: LCEN art. 1-1, GDPR art. 13, law 2005-102 art. 47, and
the rules that moderation goes by."""

_WORDS = frozenset({"title", "summary", "order", "aliases", "draft", "venue", "history", "menu"})
"""Keys in which a translation may differ from the page that it translates."""


def validate(site: Site) -> list[Problem]:
    """Return every problem of the joined site, by file and line."""
    return sorted_problems(
        [
            *_missing_pages(site),
            *_references(site),
            *_times(site),
            *_translations(site),
            *_statements(site),
            *_gone(site),
            *address_problems(site),
            *link_problems(site),
        ]
    )


def _missing_pages(site: Site) -> Iterator[Problem]:
    broken = site.content.broken
    if not site.home(site.language) and "index" not in broken:
        what = message("The site has no home page.")
        yield Problem(Location(CONTENT / "index.md"), what, message("Write this file."))
    roles: dict[tuple[str, str], Page] = {}
    for page in site.content.pages:
        if isinstance(page, Legal):
            other = roles.setdefault((page.role, page.language), page)
            if other is not page:
                what = message("“{other}” has the role “{role}” too.", other=other.path, role=page.role)
                yield Problem(place(page, "role"), what, message("One page is enough for each role."))
    stated = {role for role, _ in roles}
    for role in DUTIES:
        if role not in stated and not any(id.startswith(f"{Legal.folder}/") for id in broken):
            what = message("The law wants a page of the role “{role}”.", role=role)
            mend = message("Write this file, with “role: {role}” between its first lines.", role=role)
            yield Problem(Location(CONTENT / Legal.folder / f"{role}.md"), what, mend)


def _references(site: Site) -> Iterator[Problem]:
    slugs = {page.slug for page in site.content.pages if isinstance(page, Topic)}
    readable = slugs | {id.rpartition("/")[2] for id in site.content.broken if id.startswith("topics/")}
    drafts = {page.slug for page in site.content.held_back if isinstance(page, Topic)}
    for page in site.content.pages:
        for index, slug in enumerate(topics_of(page)):
            if slug in readable:
                continue
            at = page.places.get(f"topics.{index}", place(page, "topic"))
            if slug in drafts:
                mend = message("Publish that page first, or take its name out.")
                yield Problem(at, message("The topic “{topic}” is a draft.", topic=slug), mend)
            else:
                what = message("There is no topic “{topic}”.", topic=shown(slug))
                yield Problem(at, what, did_you_mean(slug, slugs))


def _times(site: Site) -> Iterator[Problem]:
    for page in site.content.pages:
        match page:
            case Meeting() if page.ends <= page.starts:
                yield Problem(place(page, "ends"), message("The meeting ends before it starts."))
            case Question() if bool(page.opens) != bool(page.closes):
                at = place(page, "opens" if page.opens else "closes")
                what = message("“opens” and “closes” only work together.")
                yield Problem(
                    at, what, message("Say both, or none: then the consultation’s own phases hold.")
                )
            case Question() if page.opens and page.closes and page.closes <= page.opens:
                yield Problem(place(page, "closes"), message("The question closes before it opens."))


def _translations(site: Site) -> Iterator[Problem]:
    for page in site.content.pages:
        original = site.page(page.id)
        if original is None or original is page:
            continue
        for item in fields(page):
            name = item.name
            if name in _WORDS or item.metadata.get("given") or getattr(page, name) == getattr(original, name):
                continue
            what = message("“{key}” is not the same as in “{original}”.", key=name, original=original.path)
            mend = message("Leave the line out here: a translation takes it from there.")
            yield Problem(place(page, name), what, mend)


# --- statements


def _statements(site: Site) -> Iterator[Problem]:
    by_key: dict[str, Statement] = {}
    for statement in site.content.statements:
        if statement.key:
            first = by_key.setdefault(statement.key, statement)
            if first is not statement:
                what = message(
                    "The key “{key}” is that of {other} too.", key=statement.key, other=first.location
                )
                yield Problem(statement.location, what, message("Give each statement a key of its own."))
    pages = {page.id for page in site.content.pages}
    for statement in site.content.statements:
        if is_page(statement.of):
            yield from _page_named(site, statement, pages)
        elif statement.of not in by_key:
            what = message("No statement has the key “{key}”.", key=shown(statement.of))
            mend = did_you_mean(statement.of, by_key)
            yield Problem(statement.location, what, mend)
        elif statement.time <= by_key[statement.of].time:
            what = message("What is answered here was not yet said.")
            yield Problem(
                statement.location,
                what,
                message("Give the answer a later “time” than “{key}” has.", key=statement.of),
            )


def _gone(site: Site) -> Iterator[Problem]:
    """Yield each page that published contributions speak to and that no file is any more."""
    there = {page.id for page in (*site.content.pages, *site.content.held_back)} | site.content.broken
    for id, count in sorted(Counter(c.page for c in site.published if c.page not in there).items()):
        what = message(
            "Published contributions that speak to this page, which is gone: {count}.", count=count
        )
        mend = message("Put the page back under this name.")
        yield Problem(Location(CONTENT / f"{id}.md"), what, mend)


def _page_named(site: Site, statement: Statement, pages: set[str]) -> Iterator[Problem]:
    if statement.of in pages or statement.of in site.content.broken:
        return
    if any(page.id == statement.of for page in site.content.held_back):
        what = message("The page “{id}” is a draft.", id=statement.of)
        yield Problem(statement.location, what, message("Publish that page first."))
        return
    what = message("There is no page “{id}”.", id=shown(statement.of))
    yield Problem(statement.location, what, did_you_mean(statement.of, pages))
