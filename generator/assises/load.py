"""Files and store → a consultation: read, joined at one instant, and found in order."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from assises.addresses import Addresses
from assises.assets import ICON, LOGO, Assets
from assises.catalogues import sentences
from assises.clock import system_clock, told_clock
from assises.content import Content
from assises.content_reader import load_content
from assises.corrections import to_publish
from assises.decisions import entered, withheld_by
from assises.keyring import PublishedMonths, months_from
from assises.keys import load_or_create, published_keys
from assises.legal_pages import with_legal_pages
from assises.moderation_log import figures
from assises.problems import ContentError, Problem, hinders
from assises.quoted import words_of
from assises.search import search_problems
from assises.settings import Settings
from assises.settings_reader import SITE, load_settings, read_outline
from assises.site import Site
from assises.source import sorted_problems
from assises.spoken import language_problems, spoken
from assises.store import KEYS_FILE, Snapshot
from assises.store_address import read_store
from assises.suspensions import suspensions
from assises.template_rules import template_problems
from assises.theme import Theme, environment, load_theme
from assises.translation import Formats
from assises.validate import validate
from assises.verify import Evidence, stamps_of
from assises.view import View


@dataclass(frozen=True, slots=True)
class Loaded:
    """A consultation, read and found in order."""

    root: Path
    site: Site
    theme: Theme
    evidence: Evidence
    addresses: Addresses
    intake_keys: tuple[str, ...]
    """Public keys of all intakes, former ones first."""

    problems: tuple[Problem, ...]
    """What does not keep it from being built: warnings, and what is unfinished."""


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that files and store hold, whatever is wrong with it."""

    site: Site
    theme: Theme | None
    snapshot: Snapshot
    problems: tuple[Problem, ...]
    """All of them, by file and line."""


def look_through(root: Path, now: datetime | None) -> Found:
    """Return a consultation as far as it can be read, and every problem of its files.

    Raises:
        StoreError: the store is damaged.
    """
    outline = read_outline(root)
    settings, in_doubt = outline.settings, hinders(outline.problems)
    if not (root / SITE).exists():
        # Somebody stands in the wrong folder: nothing else there is any site's.
        nothing = Snapshot.empty()
        site = Site(settings, Content(), nothing.records(), nothing.ledger(), now or datetime.now(UTC))
        return Found(site, None, nothing, tuple(outline.problems))
    content, found = load_content(root, settings, outline.unread)
    theme, more = load_theme(root, settings.theme.name)
    words = {tag: spoken(theme, tag) if theme else sentences(tag) for tag in settings.languages}
    content = with_legal_pages(content, words, () if settings.consults else ("charter",))
    # Where site.yaml is wrong, it cannot say where the store lies; its pages are looked through all the same.
    snapshot = Snapshot.empty() if in_doubt else read_store(root, settings, os.environ)
    live = now is None and told_clock(kept_in(root, settings)) is system_clock
    records, ledger = entered(snapshot), snapshot.ledger()
    site = Site(
        settings,
        content,
        records,
        ledger,
        instant(root, now, settings),
        live,
        private_keys=_private_keys(settings, snapshot, now or system_clock()),
        letter_keys=published_keys(snapshot.get(KEYS_FILE)).ledger,
        stamps=stamps_of(snapshot),
        rules=withheld_by(snapshot, records),
        quoted=words_of(snapshot),
        closed=frozenset(suspensions(snapshot)),
        moderation=figures(snapshot, ledger, records),
    )
    joined = [problem for problem in validate(site) if not in_doubt or problem.location.path != SITE]
    templates = _template_problems(theme, site) if theme else []
    languages = language_problems(theme, settings) if theme and not in_doubt else ()
    extras = [*languages, *search_problems(settings)]
    problems = sorted_problems([*outline.problems, *found, *more, *joined, *templates, *extras])
    return Found(site, theme, snapshot, tuple(problems))


def _template_problems(theme: Theme, site: Site) -> list[Problem]:
    """Return what is wrong in the site's own templates; the shipped ones have tests."""
    if all(source.path.parts[0] != "themes" for source in theme.files.values()):
        return []
    static = {*theme.static, ICON, *([LOGO] if site.settings.theme.logo else [])}
    view = View(
        site, Addresses("https://site.invalid/", "https://site.invalid/inbox/"), Assets({}, {}), site.language
    )
    names = view.names()
    engine = environment(theme, Formats(site.language, site.settings.time_zone), names)
    return list(template_problems(theme, site, engine, names, static))


def load(root: Path, now: datetime | None, base: str = "") -> Loaded:
    """Return everything that a build reads, joined and validated.

    Raises:
        ContentError: with every problem of the user's files.
        StoreError: the store is damaged.
    """
    found = look_through(root, now)
    site, snapshot, settings = found.site, found.snapshot, found.site.settings
    if found.theme is None or hinders(found.problems):
        raise ContentError(found.problems)
    evidence = Evidence.of_store(snapshot, site.ledger, to_publish(site.records, site.ledger))
    base = base or settings.url
    inbox = settings.inbox.url if base == settings.url and settings.inbox.url else f"{base}inbox/"
    former = published_keys(snapshot.get(KEYS_FILE)).intake
    keys = tuple(dict.fromkeys((*former, *intake_keys(root, settings))))
    return Loaded(root, site, found.theme, evidence, Addresses(base, inbox), keys, found.problems)


def read_site(root: Path) -> tuple[Settings, Content, list[Problem]]:
    """Return site.yaml and content/, with what is wrong in content/.

    Raises:
        ContentError: something is wrong in site.yaml.
    """
    settings, problems = load_settings(root)
    if settings is None:
        raise ContentError(problems)
    content, more = load_content(root, settings)
    return settings, content, [*problems, *more]


def instant(root: Path, now: datetime | None, settings: Settings) -> datetime:
    """Return the instant that ``--now`` means, in the consultation's zone where it names none.

    Without it, the instant of whoever serves this consultation, or else the system's.
    """
    if now is None:
        return told_clock(kept_in(root, settings))()
    return now if now.tzinfo else now.replace(tzinfo=settings.time_zone)


def kept_in(root: Path, settings: Settings) -> Path:
    """Return the folder in which this machine keeps what is not part of the site's files."""
    return (root / settings.store.path).parent


def intake_keys(root: Path, settings: Settings) -> tuple[str, ...]:
    """Return the public keys of all intakes: of those that run elsewhere, and of this machine's own if it has one."""
    path = root / settings.store.keys / "intake.key"
    own = (load_or_create(path).public,) if path.exists() else ()
    return (*settings.inbox.keys, *own)


def _private_keys(settings: Settings, snapshot: Snapshot, now: datetime) -> Mapping[str, str]:
    """Return the keys to which forms of these days may seal; none where nothing private is asked."""
    asked = settings.participation.private
    if not (asked.email or asked.address):
        return {}
    # A form that was handed out yesterday may be confirmed today.
    near = months_from(now - timedelta(days=1), 3)
    return {month: key for month, key in PublishedMonths.of(snapshot).public.items() if month in near}
