"""site.yaml: everything that is true of the consultation as a whole.

Each class is one mapping of the file; under each field stands what it means. A field without a default
must be given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from assises.problems import Location
from assises.schema import End, LocalisedText, Place, Start, given
from assises.slugs import slug


@dataclass(frozen=True, slots=True, kw_only=True)
class Organiser:
    """Who holds the consultation."""

    name: LocalisedText
    """« Ville de … »."""

    address: str
    """Postal address, one line a part."""

    email: str
    """Where residents can write."""

    phone: str = ""
    """With its country code or as the town writes it."""

    url: str = ""
    """The town's own site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The act by which the consultation was opened."""

    title: LocalisedText
    """« Délibération du conseil municipal »."""

    date: date
    number: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """What kind of consultation this is, and what it can change (CRPA L131-1: the procedure is published)."""

    kind: Literal["assises", "concertation", "ideas", "survey", "draft"] = "assises"
    """What is held: Assises, a concertation under the town-planning code, a call for ideas, a survey, or a draft
    text put to residents. Public inquiries and PPVE have rules of their own and are no kinds of this."""

    legal_basis: str = ""
    """The text that it is held under, as one cites it. Empty: « Code de l’urbanisme, art. L103-2 » for a
    concertation, « CRPA, art. L131-1 » for all others."""

    decision: Decision | None = None
    """The act by which it was opened. A concertation under L103-2 cannot be held without."""

    objectives: LocalisedText = field(default_factory=LocalisedText)
    """What the consultation is for, and how it is held: what the act that opened it says (for a concertation,
    Code de l'urbanisme, L103-3)."""

    elections: tuple[date, ...] = ()
    """First rounds of the elections that concern the organiser's own assembly, where they are other than the
    French general municipal ones: in the six months before, a consultation asks for care (code électoral,
    L52-1)."""

    decided_by: LocalisedText
    """Who decides in the end."""

    open: LocalisedText
    """What residents' words can change."""

    not_open: LocalisedText
    """What is not under discussion, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """The town's colours, as ``#rrggbb``; the build darkens or lightens them until text on them can be read."""

    accent: str = "#1d4e89"
    """Links, buttons, the current phase."""

    second: str = "#c8553d"
    """Marks what asks for attention."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the site looks: the *theme*."""

    name: str = "default"
    """A theme of the site's own ``themes/`` folder, or one that is shipped."""

    colours: Colours = field(default_factory=Colours)
    logo: Place | None = None
    """An SVG or PNG file of the site."""

    logo_alt: LocalisedText = field(default_factory=LocalisedText)
    """What the logo shows, for those who do not see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One stretch of the consultation's life."""

    id: str
    title: LocalisedText
    opens: Start
    """A day, or a day and time, in the consultation's time zone."""

    closes: End
    """A day (to its end), or a day and time; what is said after this instant no longer enters."""

    contributions: bool = False
    """Whether residents can contribute on the site during this phase."""

    summary: LocalisedText = field(default_factory=LocalisedText)


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """A part of the town (« quartier »)."""

    id: str
    """What meetings name it by."""

    name: LocalisedText


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """Where a meeting is held."""

    name: str
    """« Salle des fêtes »."""

    address: str = ""
    """Street, postcode and town, one line a part."""

    access: str = ""
    """How one gets there and in, with a disability too."""

    district: str = ""
    """The id of the district that it lies in."""

    latitude: float | None = None
    """Degrees north of the equator (WGS 84), from -90 to 90."""

    longitude: float | None = None
    """Degrees east of Greenwich (WGS 84), from -180 to 180."""

    url: str = ""
    """The venue's own site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedVenue(Venue):
    """A venue that several meetings share: said once, named by its id."""

    id: str
    """What meetings name it by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the moderation charter, by which a contribution may be withheld."""

    id: str
    """What `assises moderate withhold --rule` takes."""

    title: LocalisedText


@dataclass(frozen=True, slots=True, kw_only=True)
class Participation:
    """How residents take part, and how their words are read."""

    moderation: Literal["before", "after"]
    """Whether a contribution is read before or after it appears: a choice with legal weight, so without default
    (law of 29 July 1982, art. 93-3)."""

    rules: tuple[Rule, ...]
    """The moderation charter's rules."""

    author: Literal["none", "optional", "required"] = "optional"
    """Whether a form asks for a name to show; a pseudonym always does."""

    max_length: int = 5000
    """Characters of a contribution."""

    other_ways: LocalisedText = field(default_factory=LocalisedText)
    """How to take part without the site: desk, telephone, letter. Shown beside each form."""

    what_next: LocalisedText = field(default_factory=LocalisedText)
    """What becomes of a contribution, and when. Shown beside each form."""

    retention: LocalisedText = field(default_factory=LocalisedText)
    """How long contributions, and what is known of their authors, are kept, and why (GDPR, art. 13)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Who hosts the pages (LCEN art. 1-1)."""

    name: str
    address: str
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Legal:
    """What the law wants to be said; the pages of ``content/legal/`` say it, with these facts."""

    director_of_publication: LocalisedText = field(
        default_factory=lambda: LocalisedText({"fr": "Le maire", "en": "The mayor"})
    )
    """Who answers for what is published (law of 29 July 1982, art. 93-2): by default the mayor."""

    host: Host
    data_protection: str
    """Address of the data-protection officer: e-mail or postal."""

    accessibility: Literal["none", "partial", "full"] = "none"
    """RGAA's state; only a declared audit raises it above ``none`` (non conforme)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """Where contributions are kept, relative to the site's folder: the embedded default, on one machine."""

    path: str = ".assises/store.git"
    """The git store (bare)."""

    spool: str = ".assises/spool"
    """What the intake has received and the runner has not yet drained."""

    keys: str = ".assises/keys"
    """Private keys. Never committed, never published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """Where forms are sent."""

    url: str = ""
    """The intake's address; empty: ``inbox/`` below the site's own."""

    keys: tuple[str, ...] = ()
    """Public keys, 64 hexadecimal digits, of intakes that run on other machines than the runner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole of site.yaml."""

    format: Literal[1]
    """The version of the formats."""

    id: str = ""
    """A name of this consultation that never changes, even when its address does: calendars and feed readers
    know by it what they have already. Empty: made of the address."""

    name: LocalisedText
    url: str
    """The site's public address, sub-path included: ``https://ville.fr/assises/``."""

    organiser: Organiser
    procedure: Procedure
    phases: tuple[Phase, ...]
    participation: Participation
    legal: Legal
    tagline: LocalisedText = field(default_factory=LocalisedText)
    languages: tuple[str, ...] = ("fr",)
    """The first is the one that a file without suffix is written in."""

    time_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Paris"))
    """IANA name; all dates of the site are in it."""

    notice: LocalisedText = field(default_factory=LocalisedText)
    """A line at the top of every page, for what nobody may overlook."""

    districts: tuple[District, ...] = ()
    """The parts of the town, for meetings that are held for one of them."""

    venues: tuple[NamedVenue, ...] = ()
    """Places where several meetings are held."""

    edit_url: str = ""
    """The address at which the forge's own editor opens a page's file, with ``{path}`` where its path goes: the
    preview leads there."""

    theme: Look = field(default_factory=Look)
    store: Storage = field(default_factory=Storage)
    inbox: Inbox = field(default_factory=Inbox)
    places: dict[str, Location] = given(default_factory=dict)
    """Where each key stands in site.yaml: ``procedure.decision``, ``phases.2.closes``."""

    def place(self, key: str) -> Location:
        """Return where a key stands, or else the nearest group that it belongs to, or else the file."""
        while key and key not in self.places:
            key = key.rpartition(".")[0]
        return self.places.get(key, Location(PurePosixPath("site.yaml")))

    @property
    def lasting_id(self) -> str:
        """The name that never changes; where none is said, one made of the address."""
        url = urlsplit(self.url)
        return self.id or slug(f"{url.hostname}{url.path}")

    @property
    def windows(self) -> tuple[tuple[datetime, datetime], ...]:
        """When contributions are open: from the first instant, up to but without the second.

        Phases that follow one another at once make one window: residents are told when it really closes.
        """
        found: list[tuple[datetime, datetime]] = []
        for phase in sorted(self.phases, key=lambda phase: phase.opens):
            if not phase.contributions:
                continue
            if found and found[-1][1] == phase.opens:
                found[-1] = (found[-1][0], phase.closes)
            else:
                found.append((phase.opens, phase.closes))
        return tuple(found)
