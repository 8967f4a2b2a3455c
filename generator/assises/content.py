"""content/: pages in Markdown, each kind of page in a folder of its own.

``content/topics/housing.md`` is the page ``topics/housing`` in the site's first language,
``housing.en.md`` the same page in English. Each class below is the front matter of one folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Annotated, ClassVar, Literal

from assises.attachments import Facts
from assises.problems import Location
from assises.schema import End, Href, Known, Place, Start, given
from assises.settings import Venue


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What every page has."""

    folder: ClassVar[str] = ""
    """Where pages of this kind lie below ``content/``."""

    title: str
    """What the page is called: in lists, in its address bar, at its head.

    Example: Logement
    """

    summary: str = ""
    """One sentence or two, for lists, feeds and shared links.

    Example: "Trouver un logement, y rester, y vivre bien."
    """

    order: int = 0
    """Smaller comes first in lists; equal ones by date or title."""

    aliases: tuple[str, ...] = ()
    """Former addresses, relative to the site (``/ancien/``), that lead here.

    Example: [/logement/]
    """

    draft: bool = False
    """A draft is listed at each build and not published."""

    easy_to_read: Href = ""
    """A version of it in easy-to-read language (« FALC »): a page, or a file.

    Example: /facile-a-lire/
    """

    sign_language: Href = ""
    """A version of it in sign language: a page, or a film.

    Example: https://video.villeneuve.example/lsf
    """

    publish_at: Start | None = None
    """The page appears at this instant, and is listed at each build until then. None: at once."""

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
class Answer:
    """What the organiser answers to all that was said on a page."""

    outcome: Literal["answered", "under-study", "passed-on", "not-ours", "in-synthesis"]
    """What it comes to: answered, under study, passed on to somebody else, not the organiser's to decide, or dealt
    with in a synthesis."""

    date: date
    """The day of the answer."""

    to: str = ""
    """Whom it was passed on to, or the synthesis that deals with it: a page (`news/synthese`), or its name.

    Example: Île-de-France Mobilités
    """

    by: str = ""
    """Slug of the person in charge who answers; that person's page shows it.

    Example: martin
    """

    text: str = ""
    """The answer itself, in Markdown.

    Example: Trois bancs seront posés avant l’été.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Discussed(Page):
    """A page of a kind that residents can speak to: one whose template has a form."""

    comments: bool = False
    """Whether residents can comment on this page while contributions are open."""

    supports: bool = False
    """Whether residents can support what others say here. A support is declared, nobody's identity is checked:
    it is no vote, and ranks nothing unless a reader asks for that order."""

    answers: Literal["page", "each", "none"] = "none"
    """What the organiser says that it will answer: the page as a whole, each contribution, or nothing. What is
    promised and not yet there is marked as waiting."""

    answer: Answer | None = None
    """What the organiser answers to all that was said here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic(Discussed):
    """A subject of the consultation (« thème »)."""

    folder: ClassVar[str] = "topics"
    comments: bool = True
    answers: Literal["page", "each", "none"] = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photograph."""

    file: Place
    """The picture, as JPEG, PNG or WebP.

    Example: salle.jpg
    """

    alt: str
    """What it shows, for those who do not see it.

    Example: Une centaine de personnes assises en cercle dans la salle des fêtes
    """

    credit: str = ""
    """Who took it.

    Example: Ville de Villeneuve
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A film or a sound recording. Nothing of it is loaded before a visitor asks for it."""

    title: str
    """What can be seen or heard.

    Example: La soirée en entier
    """

    file: Place | None = None
    """The film (MP4, WebM) or sound (MP3, OGG, M4A), if it lies in the site.

    Example: soiree.mp4
    """

    url: str = ""
    """Where it can be seen elsewhere: a link, since nothing of others is loaded into the pages.

    Example: https://video.villeneuve.example/soiree
    """

    captions: Place | None = None
    """Captions for a film of the site, as WebVTT.

    Example: soiree.vtt
    """

    transcript: Href
    """All that is said in it, as text: a page, or a file.

    Example: transcription.md
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of a meeting since it was announced. Their number is what calendars go by (SEQUENCE, RFC 5545)."""

    date: date
    """The day on which the change was told."""

    starts: Start | None = None
    """When it was to begin until then."""

    venue: str = ""
    """Where it was to be held until then.

    Example: École des Lilas
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting(Discussed):
    """A meeting (« rencontre »); the body is its agenda, and afterwards its minutes."""

    folder: ClassVar[str] = "meetings"
    type: Literal["meeting", "workshop", "cafe", "caravan", "drop-in", "walk"] = "meeting"
    """Réunion, atelier, café, caravane, permanence, balade."""

    starts: Start
    """A day and time, in the consultation's time zone."""

    ends: End
    """A day and time."""

    venue: Annotated[Venue, Known("venues")]
    """Where it is held: the id of one of site.yaml's venues, or name, address and access written out."""

    districts: tuple[str, ...] = ()
    """Ids of the districts that it is held for; none: all.

    Example: [gare]
    """

    topics: tuple[str, ...] = ()
    """Slugs of the topics that it is about; none: all.

    Example: [housing]
    """

    people: tuple[str, ...] = ()
    """Slugs of the people in charge who will be there.

    Example: [martin]
    """

    documents: tuple[str, ...] = ()
    """Slugs of the documents to read before, or shown there.

    Example: [plan]
    """

    minutes: str = ""
    """Slug of the document that says what was said; empty where the page's own text does.

    Example: compte-rendu
    """

    photos: tuple[Photo, ...] = ()
    """Photographs of it."""

    recordings: tuple[Recording, ...] = ()
    """Films and sound recordings of it."""

    online: str = ""
    """Where one can follow it on the web.

    Example: https://visio.villeneuve.example/gare
    """

    registration: Href = ""
    """Where one says that one comes, if one has to.

    Example: mailto:assises@villeneuve.example
    """

    status: Literal["planned", "cancelled", "moved"] = "planned"
    """Whether it is held as announced; a moved one has its new date and place above, the former below `changes`."""

    reason: str = ""
    """Why it was cancelled or moved, in a sentence.

    Example: La salle prévue est en travaux.
    """

    changes: tuple[Change, ...] = ()
    """Every change of day, hour, place or status since it was announced, the oldest first. Add one each time and
    take none away: calendars take over what has one more."""

    comments: bool = True

    @property
    def sequence(self) -> int:
        """How often it has changed (RFC 5545, 3.8.7.4): known from what is written here alone, it never falls."""
        return max(len(self.changes), int(self.status != "planned"))

    @property
    def previous_start(self) -> datetime | None:
        """When it was last to begin before it was moved (schema.org ``previousStartDate``)."""
        return next((change.starts for change in reversed(self.changes) if change.starts), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class News(Discussed):
    """A piece of news."""

    folder: ClassVar[str] = "news"
    date: Start
    """When it is published: until then it is held back."""

    topics: tuple[str, ...] = ()
    """Slugs of the topics that it is about.

    Example: [housing]
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer that can be ticked."""

    id: str
    """A short name for it, which no later change may alter.

    Example: bus
    """

    label: str
    """What residents read.

    Example: En bus ou en métro
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question of a survey."""

    id: str
    """A short name for it, which no later change may alter.

    Example: way
    """

    title: str
    """The question.

    Example: Comment venez-vous au marché ?
    """

    type: Literal["single", "multiple", "scale", "text"] = "single"
    """One choice, several choices, a scale of whole numbers, or free text."""

    choices: tuple[Choice, ...] = ()
    """What can be ticked, for one choice or several."""

    lowest: int = 1
    """Where a scale begins."""

    highest: int = 5
    """Where a scale ends.

    Example: 5
    """

    lowest_label: str = ""
    """What the lowest number means.

    Example: Pas du tout
    """

    highest_label: str = ""
    """What the highest number means.

    Example: Tout à fait
    """

    hint: str = ""
    """A line below the question.

    Example: Plusieurs réponses possibles
    """

    required: bool = False
    """Whether it must be answered."""

    @property
    def options(self) -> tuple[Choice, ...]:
        """What can be ticked: the choices, or the numbers of the scale; nothing for free text."""
        if self.type == "scale":
            return tuple(
                Choice(id=str(number), label=str(number)) for number in range(self.lowest, self.highest + 1)
            )
        return self.choices if self.type in ("single", "multiple") else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Discussed):
    """A question put to residents; the title is the question."""

    folder: ClassVar[str] = "questions"
    topic: str
    """Slug of its topic.

    Example: housing
    """

    accepts: Literal["comment", "proposal", "survey"] = "comment"
    """Whether it asks for opinions, calls for proposals, or has residents tick answers."""

    items: tuple[Item, ...] = ()
    """The questions of a survey, in their order."""

    results: Literal["during", "after"] = "after"
    """When a survey's figures are shown: from the first answer on, or once it is closed."""

    positions: bool = False
    """Whether a contribution says « pour », « nuancé » or « contre »."""

    opens: Start | None = None
    """When other than the consultation's own phases."""

    closes: End | None = None
    """When it closes; together with `opens`."""

    comments: bool = True
    answers: Literal["page", "each", "none"] = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Discussed):
    """A draft text that residents read and comment on; the body is the draft."""

    folder: ClassVar[str] = "texts"
    topic: str = ""
    """Slug of its topic.

    Example: housing
    """

    version: str = ""
    """Which state of the draft this is: « version du 3 mars ».

    Example: Version du 3 mars
    """

    opens: Start | None = None
    """When other than the consultation's own phases."""

    closes: End | None = None
    """When it closes; together with `opens`."""

    comments: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Page):
    """Somebody in charge: an elected official or an agent of the town; the title is the name."""

    folder: ClassVar[str] = "people"
    function: str
    """In what capacity: « adjointe au maire, chargée du logement ».

    Example: "Adjointe au maire, chargée du logement"
    """

    topics: tuple[str, ...] = ()
    """Slugs of the topics that this person carries.

    Example: [housing]
    """

    email: str = ""
    """Where one can write to this person.

    Example: camille.martin@villeneuve.example
    """

    phone: str = ""
    """Where one can call this person.

    Example: "01 23 45 67 89"
    """

    photo: Place | None = None
    """A portrait, as JPEG, PNG or WebP.

    Example: martin.jpg
    """

    photo_alt: str = ""
    """What the portrait shows, for those who do not see it.

    Example: Camille Martin devant la mairie
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Page):
    """A file to download; format, size and number of pages are read from it."""

    folder: ClassVar[str] = "documents"
    file: Place
    """The file: its name if it lies beside this one, or its path from the site's folder.

    Example: plan.pdf
    """

    date: date | None = None
    """When it was made or adopted."""

    topics: tuple[str, ...] = ()
    """Slugs of the topics that it is about.

    Example: [housing]
    """

    alternative: Href = ""
    """An accessible version of the same: a page, or a file.

    Example: https://www.villeneuve.example/plan
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One dated step of a commitment's follow-up."""

    date: date
    """The day of the step."""

    text: str
    """What was done, in a sentence.

    Example: Le marché de travaux est signé.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment(Discussed):
    """What the town has committed itself to (« engagement »), followed to its end."""

    folder: ClassVar[str] = "commitments"
    topic: str = ""
    """Slug of its topic.

    Example: housing
    """

    status: Literal["planned", "under-way", "done", "dropped"] = "planned"
    """Where it stands: planned, under way, done, or dropped."""

    reason: str = ""
    """Why it was dropped: without it none may be.

    Example: L’État n’a pas accordé le financement.
    """

    people: tuple[str, ...] = ()
    """Slugs of the people who answer for it.

    Example: [martin]
    """

    synthesis: str = ""
    """The page that it follows from, where residents' words are summed up.

    Example: news/synthese
    """

    contributions: tuple[str, ...] = ()
    """Numbers of the contributions that it answers; each of them leads here.

    Example: [7K3Q-9XWM]
    """

    history: tuple[Step, ...] = ()
    """What has been done, step by step; those dated later are held back."""


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
    """Which of the pages that the law asks for this is."""


KINDS: tuple[type[Page], ...] = (
    Topic, Meeting, News, Question, Text, Person, Document, Commitment, Plain, Legal,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Content:
    """Everything below ``content/``."""

    pages: tuple[Page, ...] = ()
    """By id, then language."""

    held_back: tuple[Page, ...] = ()
    """Drafts; and in a site as it is published, what is dated later too."""

    statements: tuple[Statement, ...] = ()
    files: tuple[PurePosixPath, ...] = ()
    """Everything else: images, PDF…, relative to the site's folder."""

    facts: Mapping[PurePosixPath, Facts] = field(default_factory=dict)
    """What is known of the files that documents offer."""

    broken: frozenset[str] = frozenset()
    """Ids of pages that exist and could not be read: what points to them is not wrong for that."""

    unread: frozenset[str] = frozenset()
    """Keys of site.yaml that stand there and could not be read: nor is what refers to these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One line of ``content/contributions/*.jsonl``: what was said elsewhere than on the site.

    The runner makes a contribution of it, with channel and date kept, and enters it into the ledger.
    """

    kind: Literal["comment", "proposal", "answer"] = "comment"
    """Whether it is a comment, a proposal, or the town’s answer."""

    of: str
    """The page's id; for an answer or a reply, the ``key`` of a statement above.

    Example: topics/housing
    """

    time: datetime
    """When it was said, in universal time.

    Example: "2026-11-20T19:15:00Z"
    """

    channel: str
    """How it reached the town: `meeting`, `workshop`, `cafe`, `caravan`, `desk`, `paper`, `telephone`, `letter`, `mail`, `town`, `web`.

    Example: meeting
    """

    language: str = "fr"
    """The language of its words.

    Example: fr
    """

    text: str
    """What was said, in the words of the person.

    Example: Il faudrait plus de bancs sur la place.
    """

    author: str = ""
    """The name to show; a pseudonym will do.

    Example: Dominique
    """

    position: str = ""
    """`for`, `nuanced` or `against`.

    Example: for
    """

    place: str = ""
    """Where it was said or handed in.

    Example: Salle des fêtes
    """

    outcome: str = ""
    """What an answer comes to: `answered`, `under-study`, `passed-on`, `not-ours` (to decide) or `in-synthesis`.

    Example: passed-on
    """

    to: str = ""
    """Whom it was passed on to, or the synthesis that deals with it: a page, or its name.

    Example: Île-de-France Mobilités
    """

    key: str = ""
    """A name for this statement, unique in the site, by which others can answer it.

    Example: bancs-1
    """

    location: Location = given(default_factory=lambda: Location(PurePosixPath()))
    places: dict[str, Location] = given(default_factory=dict, hash=False, compare=False)
    """Where each key stands."""

    def at(self, key: str) -> Location:
        """Return where a key stands, or else the line."""
        return self.places.get(key, self.location)
