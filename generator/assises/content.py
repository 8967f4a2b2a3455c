"""content/: pages in Markdown, each kind of page in a folder of its own.

``content/topics/housing.md`` is the page ``topics/housing`` in the site's first language,
``housing.en.md`` the same page in English. Each class below is the front matter of one folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import ClassVar, Literal

from assises.problems import Location
from assises.schema import End, Start, given


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What every page has."""

    folder: ClassVar[str] = ""
    """Where pages of this kind lie below ``content/``."""

    title: str
    summary: str = ""
    """One sentence or two, for lists, feeds and shared links."""

    order: int = 0
    """Smaller comes first in lists; equal ones by date or title."""

    aliases: tuple[str, ...] = ()
    """Former addresses, relative to the site (``/ancien/``), that lead here."""

    draft: bool = False
    """A draft is listed at each build and not published."""

    id: str = given()
    """``topics/housing``: the path without language and ending. What contributions point to."""

    language: str = given()
    path: PurePosixPath = given()
    """The file, relative to the site's folder."""

    body: str = given()
    """Markdown."""

    body_line: int = given()
    """The line of the file that the body starts on, from 1."""

    places: dict[str, Location] = given()
    """Where each key of the front matter stands: ``title``, ``topics.0``."""

    @property
    def kind(self) -> str:
        """``topic``, ``meeting``…: the class's name."""
        return type(self).__name__.lower()

    @property
    def slug(self) -> str:
        """The last part of the id."""
        return self.id.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Home(Page):
    """``content/index.md``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discussed(Page):
    """A page of a kind that residents can speak to: one whose template has a form."""

    comments: bool = False
    """Whether residents can comment on this page while contributions are open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic(Discussed):
    """A subject of the consultation (« thème »)."""

    folder: ClassVar[str] = "topics"
    comments: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """Where a meeting is held."""

    name: str
    address: str = ""
    access: str = ""
    """How one gets there and in, with a disability too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting(Discussed):
    """A meeting (« rencontre »); the body is its agenda, and afterwards its minutes."""

    folder: ClassVar[str] = "meetings"
    type: Literal["meeting", "workshop", "cafe", "caravan", "drop-in"] = "meeting"
    """Réunion, atelier, café, caravane, permanence."""

    starts: Start
    ends: End
    venue: Venue
    topics: tuple[str, ...] = ()
    """Slugs of the topics that it is about; none: all."""

    status: Literal["planned", "cancelled"] = "planned"
    sequence: int = 0
    """Raise it by one with each change of date or place, so that calendars take the change (RFC 5545)."""

    comments: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class News(Discussed):
    """A piece of news."""

    folder: ClassVar[str] = "news"
    date: Start
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Discussed):
    """A question put to residents; the title is the question."""

    folder: ClassVar[str] = "questions"
    topic: str
    """Slug of its topic."""

    accepts: Literal["comment", "proposal"] = "comment"
    """Whether it asks for opinions or calls for proposals."""

    positions: bool = False
    """Whether a contribution says « pour », « nuancé » or « contre »."""

    opens: Start | None = None
    """When other than the consultation's own phases."""

    closes: End | None = None
    comments: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One dated step of a commitment's follow-up."""

    date: date
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment(Discussed):
    """What the town has committed itself to (« engagement »), followed to its end."""

    folder: ClassVar[str] = "commitments"
    topic: str = ""
    """Slug of its topic."""

    status: Literal["planned", "under-way", "done", "dropped"] = "planned"
    history: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain(Discussed):
    """Any other page; its address has no folder: ``content/pages/method.md`` is ``/method/``."""

    folder: ClassVar[str] = "pages"
    menu: bool = False
    """Whether the site's menu shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Legal(Page):
    """A page that the law asks for; all stand in the footer."""

    folder: ClassVar[str] = "legal"
    role: Literal["notice", "privacy", "accessibility", "charter", "cookies", "ecodesign"]


KINDS: tuple[type[Page], ...] = (Topic, Meeting, News, Question, Commitment, Plain, Legal)


@dataclass(frozen=True, slots=True)
class Content:
    """Everything below ``content/``."""

    pages: tuple[Page, ...] = ()
    """By id, then language."""

    held_back: tuple[Page, ...] = ()
    """Drafts."""

    statements: tuple[Statement, ...] = ()
    files: tuple[PurePosixPath, ...] = ()
    """Everything else: images, PDF…, relative to the site's folder."""

    broken: frozenset[str] = frozenset()
    """Ids of pages that exist and could not be read: what points to them is not wrong for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One line of ``content/contributions/*.jsonl``: what was said elsewhere than on the site.

    The runner makes a contribution of it, with channel and date kept, and enters it into the ledger.
    """

    kind: Literal["comment", "proposal", "answer"] = "comment"
    of: str
    """The page's id; for an answer or a reply, the ``key`` of a statement above."""

    time: datetime
    channel: str
    language: str = "fr"
    text: str
    author: str = ""
    position: str = ""
    key: str = ""
    """A name for this statement, unique in the site, by which others can answer it."""

    location: Location = given(default_factory=lambda: Location(PurePosixPath()))
