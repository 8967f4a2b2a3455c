"""Site → every problem that no file shows by itself: references, times, addresses, links. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields

from assises import look
from assises.content import Commitment, Discussed, Legal, Page, Person, Question, Statement, Text
from assises.contribution import is_number
from assises.duties import duty_problems
from assises.file_names import CONTENT
from assises.links import address_problems, link_problems, place
from assises.media_rules import media_problems
from assises.meeting_rules import meeting_problems
from assises.orphans import orphan_problems
from assises.problems import Location, Problem, message
from assises.prose import prose_problems
from assises.references import reference_problems
from assises.scalars import did_you_mean, shown
from assises.settings import Settings
from assises.settings_reader import is_email
from assises.site import Site
from assises.source import sorted_problems
from assises.statements import is_page
from assises.survey_rules import survey_problems
from assises.unfinished import unfinished_problems

_WORDS = frozenset(
    [
        "title",
        "summary",
        "order",
        "aliases",
        "draft",
        "publish_at",
        "venue",
        "history",
        "menu",
        "reason",
        "changes",
        "registration",
        "online",
        "alternative",
        "file",
        "documents",
        "minutes",
        "function",
        "photo_alt",
        "version",
        "items",
        "answer",
        "photos",
        "recordings",
        "easy_to_read",
        "sign_language",
    ]
)
"""Keys in which a translation may differ from the page that it translates."""


def validate(site: Site) -> list[Problem]:
    """Return every problem of the joined site, by file and line."""
    return sorted_problems(
        [
            *_missing_pages(site),
            *reference_problems(site),
            *duty_problems(site),
            *_times(site),
            *meeting_problems(site),
            *_facts(site),
            *_look(site.settings),
            *_translations(site),
            *survey_problems(site),
            *media_problems(site),
            *_origins(site),
            *_answers(site),
            *_statements(site),
            *_gone(site),
            *address_problems(site),
            *link_problems(site),
            *prose_problems(site),
            *unfinished_problems(site),
            *orphan_problems(site),
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


def _times(site: Site) -> Iterator[Problem]:
    for page in site.content.pages:
        match page:
            case Question() | Text() if bool(page.opens) != bool(page.closes):
                at = place(page, "opens" if page.opens else "closes")
                what = message("“opens” and “closes” only work together.")
                yield Problem(
                    at, what, message("Say both, or none: then the consultation’s own phases hold.")
                )
            case Question() | Text() if page.opens and page.closes and page.closes <= page.opens:
                yield Problem(place(page, "closes"), message("This page closes before it opens."))


def _facts(site: Site) -> Iterator[Problem]:
    for page in site.content.pages:
        match page:
            case Commitment(status="dropped", reason=""):
                what = message("A commitment is dropped without its reason.")
                yield Problem(place(page, "status"), what, message("Add a line “reason: …”."))
            case Person():
                yield from _person(page)


def _person(page: Person) -> Iterator[Problem]:
    if page.email and not is_email(page.email):
        what = message("“{value}” is not an e-mail address.", value=shown(page.email))
        yield Problem(
            place(page, "email"), what, message("Write one address, such as “concertation@ville.fr”.")
        )
    if page.photo and page.photo.suffix.lower() not in (".jpg", ".jpeg", ".png", ".webp"):
        what = message("The portrait is no picture in JPEG, PNG or WebP.")
        yield Problem(place(page, "photo"), what, message("Save it as one of these."))
    if page.photo and not page.photo_alt:
        what = message("The portrait has no text for those who do not see it.")
        yield Problem(
            place(page, "photo"), what, message("Add a line “photo_alt: …” that says what it shows.")
        )


def _look(settings: Settings) -> Iterator[Problem]:
    colours, theme = settings.theme.colours, settings.theme
    tokens = look.light(colours)
    for key, needed in (("accent", look.TEXT), ("second", look.LARGE)):
        colour = getattr(colours, key)
        ratio = look.contrast(look.parse(colour), look.parse(tokens["paper"]))
        if ratio < needed and f"theme.colours.{key}" in settings.places:
            what = message(
                "“{colour}” cannot be read as text on the pages: its contrast is {ratio}, and {needed} is needed.",
                colour=colour, ratio=f"{ratio:.1f}", needed=needed,
            )  # fmt: skip
            mend = message(
                "Texts and lines use {mended} in its place; name another colour if you prefer.",
                mended=tokens[key],
            )
            why = message("Whoever sees less could not read it (WCAG 2.2, 1.4.3; RGAA 3.2).")
            yield Problem(settings.place(f"theme.colours.{key}"), what, mend, "warning", why)
    if theme.logo and not theme.logo_alt:
        what = message("The logo has no text for those who do not see it.")
        mend = message("Add a line “logo_alt: …” below “theme” that says what it shows.")
        why = message("Screen readers read it aloud (RGAA 1.1).")
        yield Problem(settings.place("theme.logo"), what, mend, "unfinished", why)


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


def _origins(site: Site) -> Iterator[Problem]:
    """Yield what is wrong with where commitments say that they come from."""
    ids = {page.id for page in site.content.pages} | site.content.broken
    for page in site.content.pages:
        if not isinstance(page, Commitment):
            continue
        if page.synthesis and page.synthesis not in ids:
            what = message("There is no page “{id}”.", id=shown(page.synthesis))
            yield Problem(place(page, "synthesis"), what, did_you_mean(page.synthesis, ids))
        for index, written in enumerate(page.contributions):
            if not is_number(written):
                what = message("“{value}” is not the number of a contribution.", value=shown(written))
                mend = message("Write it as its page shows it, such as 7K3Q-9XWM.")
                yield Problem(place(page, f"contributions.{index}"), what, mend)
            elif site.published and written not in site.by_number:
                what = message("No published contribution has the number {number}.", number=written)
                yield Problem(place(page, f"contributions.{index}"), what, severity="warning")


def _answers(site: Site) -> Iterator[Problem]:
    """Yield what is wrong with the organiser's answers to whole pages."""
    for page in site.content.pages:
        if not isinstance(page, Discussed) or not page.answer:
            continue
        answer, elsewhere = page.answer, page.answer.outcome in ("passed-on", "in-synthesis")
        if elsewhere and not answer.to:
            what = message(
                "The answer does not say whom it was passed on to, or which synthesis deals with it."
            )
            yield Problem(place(page, "answer"), what, message("Add a line “to: …” below “answer”."))
        if answer.to and not elsewhere:
            what = message("Nothing here is passed on, or dealt with elsewhere.")
            mend = message("Delete this line, or write “outcome: passed-on” or “outcome: in-synthesis”.")
            yield Problem(place(page, "answer.to"), what, mend)
        if answer.date > site.now.astimezone(site.settings.time_zone).date():
            what = message("The answer is dated later than today.")
            yield Problem(
                place(page, "answer.date"),
                what,
                message("It can be read at once: see whether it may."),
                "warning",
            )


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
                yield Problem(statement.at("key"), what, message("Give each statement a key of its own."))
    pages = {page.id for page in site.content.pages}
    for statement in site.content.statements:
        if is_page(statement.of):
            yield from _page_named(site, statement, pages)
        elif statement.of not in by_key:
            what = message("No statement has the key “{key}”.", key=shown(statement.of))
            mend = did_you_mean(statement.of, by_key)
            yield Problem(statement.at("of"), what, mend)
        elif statement.time <= by_key[statement.of].time:
            what = message("What is answered here was not yet said.")
            yield Problem(
                statement.at("time"),
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
        yield Problem(statement.at("of"), what, message("Publish that page first."))
        return
    what = message("There is no page “{id}”.", id=shown(statement.of))
    yield Problem(statement.at("of"), what, did_you_mean(statement.of, pages))
