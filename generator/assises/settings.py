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
from assises.schema import End, LocalisedText, Place, Start, given, together
from assises.slugs import slug


@dataclass(frozen=True, slots=True, kw_only=True)
class Organiser:
    """Who holds the consultation."""

    name: LocalisedText
    """« Ville de … ».

    Example: Ville de Villeneuve
    """

    address: str
    """Postal address, one line a part.

    Example: 1, place de la Mairie, 00000 Villeneuve
    """

    email: str
    """Where residents can write.

    Example: concertation@villeneuve.example
    """

    phone: str = ""
    """With its country code or as the town writes it.

    Example: "01 23 45 67 89"
    """

    url: str = ""
    """The town's own site.

    Example: https://www.villeneuve.example/
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The act by which the consultation was opened."""

    title: LocalisedText
    """« Délibération du conseil municipal ».

    Example: Délibération du conseil municipal
    """

    date: date
    """The day of the act."""

    number: str = ""
    """Its number, as the town writes it.

    Example: "2026-42"
    """

    url: str = ""
    """Where it can be read.

    Example: https://www.villeneuve.example/deliberations/2026-42
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """What kind of consultation this is, and what it can change (CRPA L131-1: the procedure is published)."""

    kind: Literal["assises", "concertation", "ideas", "survey", "draft"] = "assises"
    """What is held: Assises, a concertation under the town-planning code, a call for ideas, a survey, or a draft
    text put to residents. Public inquiries and PPVE have rules of their own and are no kinds of this."""

    legal_basis: str = ""
    """The text that it is held under, as one cites it. Empty: « Code de l’urbanisme, art. L103-2 » for a
    concertation, « CRPA, art. L131-1 » for all others.

    Example: CRPA, art. L131-1
    """

    decision: Decision | None = None
    """The act by which it was opened. A concertation under L103-2 cannot be held without."""

    objectives: LocalisedText = field(default_factory=LocalisedText)
    """What the consultation is for, and how it is held: what the act that opened it says (for a concertation,
    Code de l'urbanisme, L103-3).

    Example: Choisir avec les habitants les priorités du quartier
    """

    elections: tuple[date, ...] = ()
    """First rounds of the elections that concern the organiser's own assembly, where they are other than the
    French general municipal ones: in the six months before, a consultation asks for care (code électoral,
    L52-1).

    Example: [2032-03-14]
    """

    decided_by: LocalisedText
    """Who decides in the end.

    Example: Le conseil municipal
    """

    open: LocalisedText
    """What residents' words can change.

    Example: Les priorités des trois années à venir
    """

    not_open: LocalisedText
    """What is not under discussion, and why.

    Example: Les taux des impôts, que la loi fixe au printemps
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """The town's colours, as ``#rrggbb``; the build darkens or lightens them until text on them can be read."""

    accent: str = "#1d4e89"
    """Links, buttons, the current phase.

    Example: "#1d4e89"
    """

    second: str = "#c8553d"
    """Marks what asks for attention.

    Example: "#c8553d"
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the site looks: the *theme*."""

    name: str = "default"
    """A theme of the site's own ``themes/`` folder, or one that is shipped.

    Example: default
    """

    colours: Colours = field(default_factory=Colours)
    logo: Place | None = None
    """An SVG or PNG file of the site.

    Example: content/logo.svg
    """

    logo_alt: LocalisedText = field(default_factory=LocalisedText)
    """What the logo shows, for those who do not see it.

    Example: Blason de Villeneuve
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One stretch of the consultation's life."""

    id: str
    """A short name for it.

    Example: listening
    """

    title: LocalisedText
    """Its name, as residents read it.

    Example: Écoute
    """

    opens: Start
    """A day, or a day and time, in the consultation's time zone."""

    closes: End
    """A day (to its end), or a day and time; what is said after this instant no longer enters."""

    contributions: bool = False
    """Whether residents can contribute on the site during this phase."""

    stage: Literal["analysis", "report", "follow-up"] | None = None
    """What happens to what was said: it is read (so where nothing is said, once contributions have been open), the
    report can be read, or commitments are followed."""

    summary: LocalisedText = field(default_factory=LocalisedText)
    """What happens in it, in a sentence.

    Example: Treize rencontres publiques, et vos contributions sur ce site.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """A part of the town (« quartier »)."""

    id: str
    """What meetings name it by.

    Example: gare
    """

    name: LocalisedText
    """Its name.

    Example: Quartier de la Gare
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """Where a meeting is held."""

    name: str
    """« Salle des fêtes ».

    Example: Salle des fêtes
    """

    address: str = ""
    """Street, postcode and town, one line a part.

    Example: 3, rue des Lilas, 00000 Villeneuve
    """

    access: str = ""
    """How one gets there and in, with a disability too.

    Example: De plain-pied ; arrêt de bus Mairie.
    """

    district: str = ""
    """The id of the district that it lies in.

    Example: gare
    """

    latitude: float | None = None
    """Degrees north of the equator (WGS 84), from -90 to 90.

    Example: 48.81
    """

    longitude: float | None = None
    """Degrees east of Greenwich (WGS 84), from -180 to 180.

    Example: 2.38
    """

    url: str = ""
    """The venue's own site.

    Example: https://www.villeneuve.example/salle-des-fetes
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedVenue(Venue):
    """A venue that several meetings share: said once, named by its id."""

    id: str
    """What meetings name it by.

    Example: salle-des-fetes
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the moderation charter, by which a contribution may be withheld."""

    id: str
    """What `assises moderate withhold --rule` takes.

    Example: respect
    """

    title: LocalisedText
    """The rule, as residents read it.

    Example: Ni injure, ni attaque contre une personne
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class CharterVersion:
    """One version of the moderation charter."""

    date: date
    """The day from which it holds."""

    changes: LocalisedText
    """What it changed.

    Example: Première version
    """

    rules: tuple[LocalisedText, ...] = ()
    """Its rules, where they were others than today's: whoever contests a decision needs those of that day.

    Example: []
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Private:
    """What is asked of authors and never published: sealed to a key that is destroyed when its time is over."""

    email: bool = False
    """Whether forms offer to be told by e-mail what becomes of a contribution. The address is used after its
    owner confirmed it, and for nothing else."""

    address: bool = False
    """Whether the network address that a contribution came from is kept: only where a law asks for it of this
    site (LCEN art. 6, decree 2021-1362), which is for counsel to say."""

    months: int = 12
    """Whole months for which both are kept after the month in which they were received.

    Example: 12
    """

    why: LocalisedText = field(default_factory=LocalisedText)
    """Why so long (GDPR, art. 5 and 13).

    Example: Jusqu’à la publication du bilan
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Participation:
    """How residents take part, and how their words are read."""

    moderation: Literal["before", "after"]
    """Whether a contribution is read before or after it appears: a choice with legal weight, so without default
    (law of 29 July 1982, art. 93-3)."""

    rules: tuple[Rule, ...]
    """The moderation charter's rules."""

    charter: tuple[CharterVersion, ...] = ()
    """The charter's versions: which rules held when something was withheld."""

    author: Literal["none", "optional", "required"] = "optional"
    """Whether a form asks for a name to show; a pseudonym always does."""

    max_length: int = 5000
    """Characters of a contribution."""

    other_ways: LocalisedText = field(default_factory=LocalisedText)
    """How to take part without the site: desk, telephone, letter. Shown beside each form.

    Example: "À l’accueil de la mairie, au 01 23 45 67 89, ou par lettre."
    """

    what_next: LocalisedText = field(default_factory=LocalisedText)
    """What becomes of a contribution, and when. Shown beside each form.

    Example: Tout est lu, et la ville répond en public le 2 février.
    """

    requests: LocalisedText = field(default_factory=LocalisedText)
    """Where requests about one's own file go, which nobody would answer here. Shown beside each form.

    Example: "Pour une demande de logement : service du logement, 01 23 45 67 80."
    """

    retention: LocalisedText = field(default_factory=LocalisedText)
    """How long contributions, and what is known of their authors, are kept, and why (GDPR, art. 13).

    Example: Deux ans après le bilan, puis versement aux archives.
    """

    private: Private = field(default_factory=Private)
    """What is asked of authors and never published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Who hosts the pages (LCEN art. 1-1)."""

    name: str
    """The host’s name or company name.

    Example: Hébergeur
    """

    address: str
    """Its postal address.

    Example: 2, rue des Serveurs, 00000 Villeneuve
    """

    phone: str = ""
    """Its telephone number, which the law wants to be told.

    Example: "01 98 76 54 32"
    """

    country: LocalisedText = field(default_factory=LocalisedText)
    """Where its machines stand (GDPR, art. 13).

    Example: France
    """

    logs: LocalisedText = field(default_factory=LocalisedText)
    """What it records of visits by itself, and for how long.

    Example: "Adresses IP, gardées douze mois."
    """

    safeguards: LocalisedText = field(default_factory=LocalisedText)
    """For machines outside the European Union: what protects the data there (GDPR, art. 44 to 49).

    Example: Décision d’adéquation
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """Somebody who handles personal data for the organiser (GDPR, art. 28)."""

    name: str
    """Its name or company name.

    Example: Prestataire
    """

    purpose: LocalisedText
    """What it does with them.

    Example: Envoi des courriels
    """

    country: LocalisedText
    """Where it does so.

    Example: Allemagne
    """

    safeguards: LocalisedText = field(default_factory=LocalisedText)
    """For a country outside the European Union: what protects the data there (GDPR, art. 44 to 49).

    Example: Clauses contractuelles types
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long one kind of data is kept."""

    what: LocalisedText
    """The kind of data.

    Example: Listes de présence des rencontres
    """

    period: LocalisedText
    """How long.

    Example: Un an
    """

    why: LocalisedText = field(default_factory=LocalisedText)
    """Why so long.

    Example: Envoi du compte rendu
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """An audit of accessibility: only it makes a site more than « non conforme »."""

    date: date
    """The day of the audit."""

    by: LocalisedText
    """Who made it.

    Example: Cabinet d’audit
    """

    rate: int
    """Percent of the RGAA's criteria that are met.

    Example: 82
    """

    url: str = ""
    """Where its report can be read.

    Example: https://www.villeneuve.example/audit.pdf
    """

    pages: LocalisedText = field(default_factory=LocalisedText)
    """Which pages it looked at.

    Example: Accueil, contact, une rencontre, un thème, le dépôt d’une contribution
    """

    environments: LocalisedText = field(default_factory=LocalisedText)
    """With which browsers and assistive tools.

    Example: Firefox et NVDA, Safari et VoiceOver
    """

    tools: LocalisedText = field(default_factory=LocalisedText)
    """By which checking tools.

    Example: Assistant RGAA, Colour Contrast Analyser
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Legal:
    """What the law wants to be said; the pages of ``content/legal/`` say it, with these facts."""

    director_of_publication: LocalisedText = field(
        default_factory=lambda: LocalisedText({"fr": "Le maire", "en": "The mayor"})
    )
    """Who answers for what is published (law of 29 July 1982, art. 93-2): by default the mayor.

    Example: La maire de Villeneuve
    """

    host: Host
    data_protection: str
    """Address of the data-protection officer: e-mail or postal.

    Example: dpd@villeneuve.example
    """

    accessibility: Literal["none", "partial", "full"] = "none"
    """RGAA's state; only a declared audit raises it above ``none`` (non conforme)."""

    audit: Audit | None = None
    """The audit that the state rests on."""

    not_accessible: LocalisedText = field(default_factory=LocalisedText)
    """What cannot be read by everybody, and what stands in its place.

    Example: Les plans scannés d’avant 2020, que le guichet lit et explique.
    """

    disproportionate: LocalisedText = field(default_factory=LocalisedText)
    """What is left as it is because mending it would be a disproportionate burden, and why (law 2005-102, art. 47).

    Example: Le sous-titrage de vingt heures d’archives ; leur transcription est donnée sur demande.
    """

    exempt: LocalisedText = field(default_factory=LocalisedText)
    """What is not subject to the duty, such as maps that are not for finding one's way (decree 2019-768).

    Example: Les plans du quartier, dont l’essentiel est dit en texte.
    """

    accessibility_stated: date | None = None
    """The day on which the accessibility statement was drawn up, or last looked over.

    Example: 2026-03-02
    """

    accessibility_plan: str = ""
    """Where the organiser's plan of several years can be read (« schéma pluriannuel », law 2005-102, art. 47).

    Example: https://www.villeneuve.example/schema-accessibilite
    """

    accessibility_year: str = ""
    """Where this year's plan of action can be read.

    Example: https://www.villeneuve.example/accessibilite-2026
    """

    processors: tuple[Processor, ...] = ()
    """Who else handles personal data for the organiser, beside the host."""

    retention: tuple[Retention, ...] = ()
    """How long other data than contributions are kept, by kind."""

    security: LocalisedText = field(default_factory=LocalisedText)
    """What the organiser does itself to protect the data, for the register of processing (GDPR, art. 32).

    Example: Trois modérateurs habilités, clés gardées au coffre, sauvegarde chaque nuit
    """

    credits: LocalisedText = field(default_factory=LocalisedText)
    """Who made the texts, photographs and drawings that are not the organiser's own.

    Example: "Photographies : service communication, sauf mention contraire."
    """

    licence: Literal["licence-ouverte", "odbl"] = "licence-ouverte"
    """Under which licence published contributions may be used again as data (CRPA, art. L323-2)."""

    ecodesign: LocalisedText = field(default_factory=LocalisedText)
    """What the organiser itself commits itself to for a light site.

    Example: Nous ferons évaluer ce site en 2027.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """Where contributions are kept, relative to the site's folder: the embedded default, on one machine."""

    path: str = ".assises/store.git"
    """The git store (bare).

    Example: .assises/store.git
    """

    spool: str = ".assises/spool"
    """What the intake has received and the runner has not yet drained.

    Example: .assises/spool
    """

    keys: str = ".assises/keys"
    """Private keys. Never committed, never published.

    Example: .assises/keys
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """Where forms are sent."""

    url: str = ""
    """The intake's address; empty: ``inbox/`` below the site's own.

    Example: https://guichet.villeneuve.example/
    """

    keys: tuple[str, ...] = ()
    """Public keys, 64 hexadecimal digits, of intakes that run on other machines than the runner.

    Example: []
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A time-stamp authority (RFC 3161): an outside witness that signs the ledger's heads with the time."""

    id: str
    """A short name for it.

    Example: horodatage
    """

    name: str
    """Its name, as residents read it.

    Example: Autorité d’horodatage
    """

    url: str
    """Where it answers requests.

    Example: https://horodatage.example/tsr
    """

    certificates: Place
    """A file of the site with its certificates (PEM): the root first, then those between.

    Example: temoins/horodatage.pem
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondent:
    """Somebody outside the organiser to whom each head of the ledger is mailed, to be kept."""

    name: str
    """Its name, as residents read it.

    Example: La Gazette de Villeneuve
    """

    email: str
    """Where heads are sent; it is not published.

    Example: redaction@gazette.example
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """Who outside the organiser can say that the ledger was not written anew. `assises witness` asks them."""

    authorities: tuple[Authority, ...] = ()
    """Time-stamp authorities (RFC 3161), such as those of the European trusted list."""

    correspondents: tuple[Correspondent, ...] = ()
    """Those to whom each head is mailed: a newspaper, an association, the opposition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """Where ``assises deploy`` puts the pages. Passwords stand in the environment or in a keyring, never in a file."""

    to: str = ""
    """The place: ``folder:``, ``sftp://``, ``rsync+ssh://``, ``ftps://``, ``s3+https://`` or ``git+https://``, then
    host and path.

    Example: sftp://ville@hebergeur.example/~/www
    """

    preview: str = ""
    """Another place of one of these kinds, for ``assises deploy --preview``: what the elected official reads before
    everybody does.

    Example: sftp://ville@hebergeur.example/~/www/relecture-7f3k
    """

    preview_url: str = ""
    """The address under which the preview is read.

    Example: https://assises.ville.fr/relecture-7f3k/
    """

    server: Literal["none", "apache", "headers"] = "none"
    """A file for the web server to go along with the pages: ``apache`` is a ``.htaccess``, ``headers`` the files
    ``_headers`` and ``_redirects`` of hosts of static pages. For nginx and Caddy, see ``assises server``.
    """

    compress: bool = False
    """Whether texts go along in a compressed form too, for servers that send it as it is.

    Example: true
    """

    keep: int = 3
    """How many releases this machine keeps, for ``assises rollback``.

    Example: 5
    """

    most_deletions: int = 100
    """How many files a deployment removes at most, unless told otherwise.

    Example: 500
    """

    host_key: str = ""
    """The fingerprint by which an SFTP host is known, as ``ssh-keygen -l`` writes it; empty: as this machine's
    ``known_hosts`` knows it.

    Example: SHA256:uNiVztksCsDhcc0u9e8BrrJdiTt3Wka4uQkd8Jc4ZAk
    """


def _no_procedure() -> Procedure:
    return Procedure(decided_by=LocalisedText(), open=LocalisedText(), not_open=LocalisedText())


def _no_participation() -> Participation:
    return Participation(moderation="before", rules=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole of site.yaml.

    A site without `phases`, `procedure` and `participation` is no consultation: it only informs, and has neither forms
    nor ledger.
    """

    format: Literal[1]
    """The version of the formats."""

    id: str = ""
    """A name of this consultation that never changes, even when its address does: calendars and feed readers
    know by it what they have already. Empty: made of the address.

    Example: assises-2026
    """

    name: LocalisedText
    """The consultation’s name.

    Example: Assises de la ville
    """

    url: str
    """The site's public address, sub-path included: ``https://ville.fr/assises/``.

    Example: https://assises.ville.fr/
    """

    organiser: Organiser
    procedure: Procedure = together(_no_procedure)
    phases: tuple[Phase, ...] = together(tuple)
    participation: Participation = together(_no_participation)
    legal: Legal
    tagline: LocalisedText = field(default_factory=LocalisedText)
    """One sentence below the name: what it is about.

    Example: Treize rencontres pour décider ensemble
    """

    languages: tuple[str, ...] = ("fr",)
    """The first is the one that a file without suffix is written in.

    Example: [fr, en]
    """

    time_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Paris"))
    """IANA name; all dates of the site are in it.

    Example: Europe/Paris
    """

    notice: LocalisedText = field(default_factory=LocalisedText)
    """A line at the top of every page, for what nobody may overlook.

    Example: "Version d’essai : ce site n’est pas encore ouvert."
    """

    districts: tuple[District, ...] = ()
    """The parts of the town, for meetings that are held for one of them."""

    venues: tuple[NamedVenue, ...] = ()
    """Places where several meetings are held."""

    search: bool = False
    """Whether the site's words can be searched, in the reader's own browser: ``pip install 'assises[search]'``
    makes the index at each build.

    Example: true
    """

    edit_url: str = ""
    """The address at which the forge's own editor opens a page's file, with ``{path}`` where its path goes: the
    preview leads there.

    Example: https://github.com/ville/assises/edit/main/{path}
    """

    theme: Look = field(default_factory=Look)
    store: Storage = field(default_factory=Storage)
    inbox: Inbox = field(default_factory=Inbox)
    witnesses: Witnesses = field(default_factory=Witnesses)
    deploy: Deployment = field(default_factory=Deployment)
    places: dict[str, Location] = given(default_factory=dict)
    """Where each key stands in site.yaml: ``procedure.decision``, ``phases.2.closes``."""

    def place(self, key: str) -> Location:
        """Return where a key stands, or else the nearest group that it belongs to, or else the file."""
        while key and key not in self.places:
            key = key.rpartition(".")[0]
        return self.places.get(key, Location(PurePosixPath("site.yaml")))

    @property
    def consults(self) -> bool:
        """Whether this is a consultation, and not a site that only informs."""
        return bool(self.phases)

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
