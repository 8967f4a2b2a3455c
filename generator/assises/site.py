"""The whole consultation at one instant: settings, pages, contributions and ledger, joined. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, Self, TypeVar

from assises.collation import SortKey, sort_key
from assises.content import (
    Commitment,
    Content,
    Discussed,
    Home,
    Meeting,
    News,
    Page,
    Person,
    Plain,
    Question,
    Text,
)  # fmt: skip
from assises.contribution import Contribution, is_id
from assises.corrections import as_read
from assises.discussion import Discussion
from assises.ledger import Counts, Ledger
from assises.moderation_figures import Figures
from assises.settings import Phase, Settings
from assises.stamps import Stamp
from assises.store import Record
from assises.suspensions import is_suspended
from assises.threads import threads

Kind = TypeVar("Kind", bound=Page)

SECTIONS = ("topics", "questions", "texts", "meetings", "news", "people", "documents", "commitments")
"""Folders whose pages get a list of their own, in the menu's order."""

CLOSING_SOON = timedelta(days=3)
"""How long before the end pages say that it is near."""

RESIDENTS = frozenset({"comment", "proposal", "survey"})
"""Kinds of contributions that count as residents' own; a support only adds to another's."""

_ALWAYS = frozenset({"topics", "questions", "meetings", "news", "commitments"})
"""Of these, the ones that have their list from a consultation’s first day, even while it is empty."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A page that is written and cannot be read on the site yet."""

    page: Page
    path: PurePosixPath
    until: datetime | None = None
    """When it appears; None: it is a draft, or the translation of one."""


@dataclass(frozen=True)
class Site:
    """Everything that a page may show."""

    settings: Settings
    content: Content
    records: tuple[Record, ...]
    """Every contribution of the store, whatever its fate, by id."""

    ledger: Ledger
    now: datetime
    live: bool = False
    """Whether `now` is the real present, so that pages may follow the reader's clock from then on."""

    private_keys: Mapping[str, str] = field(default_factory=dict)
    """Public keys, by month, to which forms may seal an author's private data; none: nobody can open any."""

    rules: Mapping[str, str] = field(default_factory=dict)
    """The charter's rule, by its id, of each contribution that is withheld."""

    letter_keys: tuple[str, ...] = ()
    """Public keys by which links in letters to authors are known."""

    stamps: tuple[Stamp, ...] = ()
    """What outside authorities said of the ledger's heads, the oldest head first."""

    closed: frozenset[str] = frozenset()
    """Forms and pages that were closed in an emergency; ``*`` stands for all."""

    quoted: Mapping[str, str] = field(default_factory=dict)
    """The first words of each passage of a draft text that somebody spoke to, as they were, by its id."""
    moderation: Figures = field(default_factory=Figures)
    """What the moderation log says."""

    @classmethod
    def unspoken(cls, settings: Settings, content: Content, now: datetime) -> Self:
        """Return the site as its own files have it, with nothing that was said on it."""
        return cls(settings, content, (), Ledger(), now)

    # --- pages

    @cached_property
    def pages(self) -> Mapping[tuple[str, str], Page]:
        """Every page by its id and language."""
        return {(page.id, page.language): page for page in self.content.pages}

    @property
    def language(self) -> str:
        """The first language: that of files without suffix."""
        return self.settings.languages[0]

    def page(self, id: str, language: str = "") -> Page | None:
        """Return the page in `language`, or else in the first language, or None."""
        return self.pages.get((id, language or self.language)) or self.pages.get((id, self.language))

    def translations(self, page: Page) -> dict[str, Page]:
        """Return the page in each language that it is written in."""
        return {
            tag: self.pages[page.id, tag] for tag in self.settings.languages if (page.id, tag) in self.pages
        }

    def listed(self, kind: type[Kind], language: str) -> tuple[Kind, ...]:
        """Return all pages of a kind in the order of lists, each in `language` where it is written in it."""
        if (kind, language) not in self._lists:
            ids = dict.fromkeys(page.id for page in self.content.pages if type(page) is kind)
            found = (page for id in ids if isinstance(page := self.page(id, language), kind))
            self._lists[kind, language] = tuple(sorted(found, key=_list_order))
        return self._lists[kind, language]

    @cached_property
    def _lists(self) -> dict[tuple[type[Page], str], tuple[Any, ...]]:
        """Lists that were asked for: every page's menu asks for all of them."""
        return {}

    def by_topic(self, kind: type[Kind], slug: str, language: str) -> tuple[Kind, ...]:
        """Return the pages of a kind that name the topic."""
        return tuple(page for page in self.listed(kind, language) if slug in topics_of(page))

    def home(self, language: str) -> Page | None:
        """Return the home page."""
        return self.page("index", language)

    @cached_property
    def sections(self) -> tuple[str, ...]:
        """Return the folders that have a list, in the menu's order."""
        there = {page.folder for page in (*self.content.pages, *self.content.held_back)}
        there |= _ALWAYS if self.settings.consults else set()
        return tuple(folder for folder in SECTIONS if folder in there)

    # --- time

    @property
    def begun(self) -> datetime:
        """Return an instant that the whole consultation shares, universal time: when its first phase opens."""
        opened = min((phase.opens for phase in self.settings.phases), default=None)
        return (opened or datetime.combine(self.now.date(), time(), UTC)).astimezone(UTC)

    @cached_property
    def held_back(self) -> tuple[HeldBack, ...]:
        """Everything that is written and cannot be read on the site yet, by file."""
        drafts = [HeldBack(page, page.path) for page in self.content.held_back]
        later = [
            HeldBack(page, page.path, appears)
            for page in self.content.pages
            if (appears := self.appears(page)) and appears > self.now
        ]
        return tuple(sorted((*drafts, *later), key=lambda held: held.path))

    def appears(self, page: Page) -> datetime | None:
        """Return when a page appears that is dated: at ``publish_at``; news and commitments at their own date too."""
        found = [page.publish_at] if page.publish_at else []
        if (original := self.page(page.id)) and original is not page and original.publish_at:
            found.append(original.publish_at)
        match page:
            case News():
                found.append(page.date)
            case Commitment() if page.history:
                first = min(step.date for step in page.history)
                found.append(datetime.combine(first, time(), self.settings.time_zone))
        return max(found, default=None)

    @cached_property
    def phase(self) -> Phase | None:
        """The phase under way."""
        return next((phase for phase in self.settings.phases if phase.opens <= self.now < phase.closes), None)

    @cached_property
    def instants(self) -> frozenset[datetime]:
        """Every instant at which something begins or ends, so that pages say something else from then on."""
        zone = self.settings.time_zone
        found = {instant for phase in self.settings.phases for instant in (phase.opens, phase.closes)}
        found |= {closes - CLOSING_SOON for _, closes in self.settings.windows}
        found |= {datetime.combine(v.date, time(), zone) for v in self.settings.participation.charter}
        for page in self.content.pages:
            windows = self.windows(page)
            found |= {instant for window in windows for instant in window}
            found |= {closes - CLOSING_SOON for _, closes in windows}
            if appears := self.appears(page):
                found.add(appears)
            match page:
                case Meeting():
                    found |= {page.starts, page.ends}
                case Commitment():
                    found |= {datetime.combine(step.date, time(), zone) for step in page.history}
        return frozenset(found)

    @property
    def until(self) -> datetime | None:
        """Return the next of these instants, up to which pages that are built now are right; None: there is none."""
        return min((instant for instant in self.instants if instant > self.now), default=None)

    def windows(self, page: Page) -> tuple[tuple[datetime, datetime], ...]:
        """Return when the page takes contributions: each from the first instant up to the second."""
        if not isinstance(page, Discussed) or not page.comments:
            return ()
        if isinstance(page, Question | Text) and page.opens and page.closes:
            return ((page.opens, page.closes),)
        return self.settings.windows

    def is_open(self, page: Page) -> bool:
        """Tell whether the page takes contributions now."""
        return not self.is_suspended(page) and any(
            opens <= self.now < closes for opens, closes in self.windows(page)
        )

    def is_suspended(self, page: Page) -> bool:
        """Tell whether the page's own form was closed in an emergency."""
        kind = page.accepts if isinstance(page, Question) else "comment"
        return is_suspended(self.closed, f"{page.id}:{kind}")

    def closes(self, page: Page) -> datetime | None:
        """Return when the window that is open now closes."""
        return next((end for start, end in self.windows(page) if start <= self.now < end), None)

    def opens(self, page: Page) -> datetime | None:
        """Return when the next window opens."""
        return min((start for start, _ in self.windows(page) if start > self.now), default=None)

    def meetings_to_come(self, language: str) -> tuple[Meeting, ...]:
        """Return meetings that are not over, the next one first."""
        return tuple(
            m for m in self.listed(Meeting, language) if m.ends > self.now and m.status != "cancelled"
        )

    # --- contributions

    @cached_property
    def read(self) -> tuple[Record, ...]:
        """Every contribution with the words that stand for it now, whatever its fate, by id."""
        return as_read(self.records, self.ledger)

    @cached_property
    def published(self) -> tuple[Contribution, ...]:
        """Published contributions as they are read, by id, that is by time."""
        return tuple(record.contribution for record in self.read if record.fate == "published")

    @cached_property
    def withdrawals(self) -> frozenset[str]:
        """The ids of authors' withdrawals that took effect."""
        taken = (r.contribution for r in self.records if r.fate == "published")
        return frozenset(said.id for said in taken if said.kind == "withdrawal")

    def counted(self, channel: str = "") -> Counts:
        """Return the ledger's counts, of all contributions or of one channel's."""
        return self.ledger.counts(channel, self.withdrawals)

    def latest(self, count: int) -> tuple[Contribution, ...]:
        """Return the newest published comments and proposals, newest first."""
        return tuple(c for c in reversed(self.published) if c.kind in ("comment", "proposal"))[:count]

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Residents' published contributions by page id: neither the town's answers nor supports."""
        return Counter(c.page for c in self.published if c.kind in RESIDENTS)

    @cached_property
    def supports(self) -> Mapping[str, int]:
        """How many published supports each contribution has, by its id: as declared, nobody's identity is checked."""
        return Counter(c.of for c in self.published if c.kind == "support")

    def discussion(self, page_id: str) -> Discussion:
        """Return what is said on a page, and the leaves that show it."""
        return self._discussions.get(page_id) or Discussion()

    @cached_property
    def _discussions(self) -> dict[str, Discussion]:
        last = len(self.ledger.by_id)
        order = defaultdict(lambda: last, ((id, index) for index, id in enumerate(self.ledger.by_id)))
        received: defaultdict[str, list[str]] = defaultdict(list)
        for record in sorted(self.read, key=lambda record: order[record.contribution.id]):
            if not is_id(record.contribution.of):
                received[record.contribution.page].append(record.contribution.id)
        return {
            page: Discussion(
                found,
                tuple(received[page]),
                {thread.id: self.supports[thread.id] for thread in found if self.supports[thread.id]},
            )
            for page, found in threads(self.read, self.ledger.by_id).items()
        }

    @cached_property
    def by_number(self) -> Mapping[str, Contribution]:
        """Published contributions by their short numbers."""
        return {contribution.number: contribution for contribution in self.published}

    def commitments_of(self, contribution: Contribution, language: str) -> tuple[Commitment, ...]:
        """Return the commitments that say that they answer a contribution."""
        return tuple(
            page for page in self.listed(Commitment, language) if contribution.number in page.contributions
        )

    def answers_by(self, person: Person) -> tuple[Contribution, ...]:
        """Return the published answers that somebody in charge signed, by name, by function or by both."""
        each = [page for page in self.translations(person).values() if isinstance(page, Person)]
        names = {
            name for page in each for name in (page.title, page.function, f"{page.title}, {page.function}")
        }
        signed = {name.casefold() for name in names}
        return tuple(c for c in self.published if c.kind == "answer" and c.author.casefold() in signed)

    def answered(self, page: Page) -> Discussed | None:
        """Return the page whose `answer` holds for a page: itself, or else what it is a translation of."""
        both = (page, self.page(page.id))
        return next((found for found in both if isinstance(found, Discussed) and found.answer), None)

    def pages_answered_by(self, person: Person, language: str) -> tuple[Discussed, ...]:
        """Return the pages that somebody in charge answers as a whole, the newest answer first."""
        ids = dict.fromkeys(page.id for page in self.content.pages)
        there = [page for id in ids if isinstance(page := self.page(id, language), Discussed)]
        answers = [(found.answer, page) for page in there if (found := self.answered(page))]
        named = [(answer.date, page) for answer, page in answers if answer and answer.by == person.slug]
        return tuple(page for _, page in sorted(named, key=lambda pair: (pair[0], pair[1].id), reverse=True))

    def permalink(self, contribution: Contribution, page: Page) -> str:
        """Return the address of a published contribution within the site, in the page's language."""
        found = self.discussion(page.id).places.get(contribution.id, "")
        return f"{address(page, self.language)}{found}#{contribution.id}"


def topics_of(page: Page) -> tuple[str, ...]:
    """Return the slugs of the topics that a page names."""
    topic = getattr(page, "topic", "")
    return getattr(page, "topics", ()) or ((topic,) if topic else ())


def _list_order(page: Page) -> tuple[int, float, str | SortKey]:
    match page:
        case Meeting():
            return page.order, page.starts.timestamp(), page.id
        case News():
            return page.order, -page.date.timestamp(), page.id
        case _:
            return page.order, 0, sort_key(page.title)


def as_published(site: Site) -> Site:
    """Return the site as it may be read at its instant: what is dated later is held back with the drafts."""
    today = site.now.astimezone(site.settings.time_zone).date()
    pages, later = list[Page](), list[Page]()
    for page in site.content.pages:
        appears = site.appears(page)
        if appears and appears > site.now:
            later.append(page)
        elif isinstance(page, Commitment):
            history = tuple(step for step in page.history if step.date <= today)
            pages.append(replace(page, history=history))
        else:
            pages.append(page)
    held_back = (*site.content.held_back, *later)
    return replace(site, content=replace(site.content, pages=tuple(pages), held_back=held_back))


# --- addresses: relative to the site's own, always beginning and mostly ending in a slash


def address(page: Page, first_language: str) -> str:
    """Return the page's address within the site: ``/topics/housing/``, ``/en/topics/housing/``."""
    prefix = language_prefix(page.language, first_language)
    match page:
        case Home():
            return f"{prefix}/"
        case Plain():
            return f"{prefix}/{page.slug}/"
        case _:
            return f"{prefix}/{page.id}/"


def language_prefix(language: str, first_language: str) -> str:
    """Return what stands before all addresses of a language; nothing for the first."""
    return "" if language == first_language else f"/{language}"
