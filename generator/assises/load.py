"""Files and store → a consultation: read, joined at one instant, and found in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assises.addresses import Addresses
from assises.clock import told_clock
from assises.content import Content
from assises.content_reader import load_content
from assises.keys import load_or_create, published_keys
from assises.problems import ContentError, Problem
from assises.settings import Settings
from assises.settings_reader import load_settings
from assises.site import Site
from assises.store import KEYS_FILE, Snapshot, Store
from assises.theme import Theme, load_theme
from assises.validate import validate
from assises.verify import Evidence


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

    warnings: tuple[Problem, ...]


def load(root: Path, now: datetime | None, base: str = "") -> Loaded:
    """Return everything that a build reads, joined and validated.

    Raises:
        ContentError: with every problem of the user's files.
        StoreError: the store is damaged.
    """
    settings, content, found = read_site(root)
    theme, more = load_theme(root, settings.theme.name)
    snapshot = _store(root, settings)
    site = Site(settings, content, snapshot.records(), snapshot.ledger(), instant(root, now, settings))
    problems = [*found, *more, *validate(site)]
    if theme is None or any(not problem.warning for problem in problems):
        raise ContentError(problems)
    evidence = Evidence.of_store(snapshot, site.ledger, site.published)
    base = base or settings.url
    inbox = settings.inbox.url if base == settings.url and settings.inbox.url else f"{base}inbox/"
    former = published_keys(snapshot.get(KEYS_FILE)).intake
    keys = tuple(dict.fromkeys((*former, *intake_keys(root, settings))))
    return Loaded(root, site, theme, evidence, Addresses(base, inbox), keys, tuple(problems))


def read_site(root: Path) -> tuple[Settings, Content, list[Problem]]:
    """Return site.yaml and content/ with what is wrong in them.

    Raises:
        ContentError: site.yaml cannot be used at all.
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


def _store(root: Path, settings: Settings) -> Snapshot:
    path = root / settings.store.path
    return Store.open(path).read() if path.exists() else Snapshot.empty()
