"""A small consultation made of dataclasses alone, for tests of what is made of a joined site."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

from assises import content, settings
from assises.addresses import Addresses
from assises.assets import collect
from assises.content import Content, Page
from assises.contribution import Contribution, number, ulid
from assises.ledger import Event, Ledger, chain
from assises.schema import LocalisedText
from assises.site import Site
from assises.store import Fate, Record
from assises.theme import Theme, load_theme
from assises.translation import Formats
from assises.view import View

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2017, 11, 20, 20, 15, tzinfo=PARIS)
ADDRESSES = Addresses("https://ville.example/assises/", "https://ville.example/assises/inbox/")
TEXT = LocalisedText


def at(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2017) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=PARIS)


SETTINGS = settings.Settings(
    format=1,
    name=TEXT({"fr": "Villeneuve et moi", "en": "Villeneuve and me"}),
    url="https://ville.example/assises/",
    organiser=settings.Organiser(
        name=TEXT("Ville de Villeneuve"), address="1, place Bleue\n00000 Villeneuve", email="a@ville.example"
    ),
    procedure=settings.Procedure(decided_by=TEXT("Le conseil"), open=TEXT("Tout"), not_open=TEXT("Rien")),
    phases=(
        settings.Phase(id="before", title=TEXT("Annonce"), opens=at(10, 16), closes=at(11, 7)),
        settings.Phase(
            id="open", title=TEXT("Écoute"), opens=at(11, 7), closes=at(12, 11), contributions=True
        ),
        settings.Phase(id="after", title=TEXT("Analyse"), opens=at(12, 11), closes=at(2, 2, year=2018)),
    ),
    participation=settings.Participation(
        moderation="before", rules=(settings.Rule(id="respect", title=TEXT("Ni injure ni menace")),)
    ),
    legal=settings.Legal(
        director_of_publication=TEXT("La maire"),
        host=settings.Host(name="Hébergeur", address="2, rue Verte"),
        data_protection="dpd@ville.example",
    ),
    tagline=TEXT({"fr": "La parole est à vous", "en": "You have the floor"}),
    languages=("fr", "en"),
    notice=TEXT("Ceci est un exemple <b>inventé</b>."),
)


def page(kind: type[Page], id: str, language: str = "fr", **values: object) -> Page:
    suffix = "" if language == "fr" else f".{language}"
    given = {
        "id": id,
        "language": language,
        "path": PurePosixPath(f"content/{id}{suffix}.md"),
        "body": "Un paragraphe.\n",
        "body_line": 4,
        "places": {},
    }
    return kind(**{"title": id, **given, **values})


PAGES = (
    page(content.Home, "index", title="Accueil", summary="De quoi il s’agit.", body="## But\n\n[Logement](topics/housing.md)\n"),
    page(content.Home, "index", "en", title="Home", summary="What it is about."),
    page(content.Topic, "topics/housing", title="Logement", aliases=("/logement/",), body="[Méthode](../pages/method.md#pas) [Plan](../documents/plan%20bleu.pdf) [Ailleurs](https://x.example/) [Fil](/feed.xml)\n"),
    page(content.Topic, "topics/housing", "en", title="Housing", body="[Meeting](../meetings/second.md) [Method](../pages/method.md)\n"),
    page(content.Topic, "topics/youth", title="Jeunesse <script>", comments=False),
    page(content.Meeting, "meetings/first", title="Première rencontre", starts=at(11, 7, 18, 30), ends=at(11, 7, 21), venue=content.Venue(name="Salle")),
    page(content.Meeting, "meetings/second", title="Deuxième; rencontre, et une ligne assez longue pour devoir être pliée", starts=at(11, 20, 18, 30), ends=at(11, 20, 21), venue=content.Venue(name="Halle", address="3, rue Rouge", access="De plain-pied"), topics=("housing",)),
    page(content.Meeting, "meetings/third", title="Annulée", starts=at(11, 28, 18), ends=at(11, 28, 20), venue=content.Venue(name="École"), status="cancelled", changes=(content.Change(date=date(2017, 11, 10)), content.Change(date=date(2017, 11, 18)))),
    page(content.Meeting, "meetings/fourth", title="À venir", starts=at(3, 30, 18, year=2018), ends=at(3, 30, 20, year=2018), venue=content.Venue(name="École")),
    page(content.Question, "questions/first", title="Par quoi commencer ?", topic="housing", positions=True),
    page(content.Question, "questions/closed", title="Et avant ?", topic="housing", accepts="proposal", opens=at(11, 1), closes=at(11, 15, 18)),
    page(content.News, "news/opening", title="Ouverture & débat", date=at(11, 7), summary="On commence <tout>."),
    page(content.News, "news/half-way", title="Mi-parcours", date=at(11, 20, 9)),
    page(content.News, "news/later", title="Secret de demain", date=at(12, 9)),
    page(content.Commitment, "commitments/housing", title="Promesse tenue", topic="housing", status="done", history=(content.Step(date=date(2017, 11, 1), text="Annoncé"), content.Step(date=date(2018, 2, 2), text="Étape future"))),
    page(content.Commitment, "commitments/later", title="Promesse future", history=(content.Step(date=date(2018, 2, 2), text="Annoncé"),)),
    page(content.Plain, "pages/method", title="La méthode", menu=True),
    page(content.Legal, "legal/charter", title="Charte", role="charter"),
    page(content.Legal, "legal/accessibility", title="Déclaration", role="accessibility"),
)  # fmt: skip


def contribution(seed: int, of: str, form: str = "", **values: object) -> Contribution:
    time = datetime(2017, 11, 8 + seed % 10, 12, tzinfo=UTC)
    given = {
        "id": ulid(time, bytes([seed] * 10)),
        "kind": "comment",
        "of": of,
        "form": form or f"{of}:comment",
        "time": time,
        "language": "fr",
        "channel": "web",
        "nonce": f"{seed:032x}",
        "text": f"Parole {seed}",
    }
    return Contribution(**{**given, **values})


FIRST = contribution(
    1, "topics/housing", author="Dominique", text="**Plus** de logements ; <script>alert(1)</script>"
)
ANSWER = contribution(2, FIRST.id, "topics/housing:answer", kind="answer", author="Direction de l’habitat")
HIDDEN = contribution(3, "topics/housing", text="Ce qui ne paraît pas")
REPLY = contribution(4, HIDDEN.id, "topics/housing:comment", language="en", text="A reply")
WAITING = contribution(5, "topics/housing", text="Ce qui attend")
POSITION = contribution(6, "questions/first", position="nuanced", channel="meeting")

FATES: tuple[tuple[Contribution, Fate], ...] = (
    (FIRST, "published"),
    (ANSWER, "published"),
    (HIDDEN, "withheld"),
    (REPLY, "published"),
    (WAITING, "pending"),
    (POSITION, "published"),
)  # fmt: skip


def site(now: datetime = NOW, **changes: object) -> Site:
    """Return the consultation at an instant, its settings changed by name."""
    events = []
    for said, fate in FATES:
        events.append(Event("received", said.id, said.digest(), said.channel))
        if fate != "pending":
            events.append(Event(fate, said.id))
    records = tuple(Record(fate, said) for said, fate in sorted(FATES, key=lambda pair: pair[0].id))
    ledger = Ledger(tuple(chain(events, None, NOW.astimezone(UTC))))
    return Site(replace(SETTINGS, **changes), Content(pages=PAGES), records, ledger, now)


def theme(root: Path = Path("/nonexistent"), name: str = "default") -> Theme:
    found, problems = load_theme(root, name)
    assert found is not None, problems
    return found


def view(joined: Site, dressed: Theme) -> View:
    return View(joined, ADDRESSES, collect(dressed, joined.settings.theme, {}), "fr")


FORMATS = Formats("fr", PARIS)
SHORT = number(FIRST.id)
