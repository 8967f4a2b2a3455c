"""The build: load → join → validate → render → write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assises import forms, keys
from assises.addresses import Addresses
from assises.catalogues import sentences
from assises.content import Content
from assises.content_reader import load_content
from assises.problems import ContentError, Problem
from assises.render import render, shell
from assises.settings import Settings
from assises.settings_reader import load_settings
from assises.site import Site
from assises.source import read_files
from assises.store import Snapshot, Store
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
    warnings: tuple[Problem, ...]


def build(root: Path, now: datetime, base: str = "") -> tuple[Loaded, Mapping[str, bytes]]:
    """Return a consultation and every output that it compiles to, by path.

    Args:
        root: the folder that holds site.yaml.
        now: the instant that pages speak of.
        base: the site's address, where it is another than site.yaml's.

    Raises:
        ContentError: with every problem of the user's files.
        StoreError: the store is damaged.
    """
    loaded = load(root, now, base)
    site, theme, addresses = loaded.site, loaded.theme, loaded.addresses
    languages = site.settings.languages
    logo = site.settings.theme.logo
    files = read_files(root, {*site.content.files, *([logo] if logo else [])})
    shells = {language: shell(site, theme, addresses, language, files) for language in languages}
    translations = {language: sentences(language) for language in languages}
    intake_keys = public_keys(root, site.settings)
    return loaded, {
        **render(site, theme, addresses, files),
        **loaded.evidence.files(),
        forms.PATH: forms.forms_json(site, addresses, shells, translations, intake_keys),
    }


def load(root: Path, now: datetime, base: str = "") -> Loaded:
    """Return everything that a build reads, joined and validated.

    Raises:
        ContentError: with every problem of the user's files.
        StoreError: the store is damaged.
    """
    settings, content, found = read(root)
    theme, more = load_theme(root, settings.theme.name)
    snapshot = _store(root, settings)
    site = Site(settings, content, snapshot.records(), snapshot.ledger(), localised(now, settings))
    problems = [*found, *more, *validate(site)]
    if theme is None or any(not problem.warning for problem in problems):
        raise ContentError(problems)
    evidence = Evidence.of_store(snapshot, site.ledger, site.published)
    base = base or settings.url
    inbox = settings.inbox.url if base == settings.url and settings.inbox.url else f"{base}inbox/"
    return Loaded(root, site, theme, evidence, Addresses(base, inbox), tuple(problems))


def read(root: Path) -> tuple[Settings, Content, list[Problem]]:
    """Return site.yaml and content/ with what is wrong in them.

    Raises:
        ContentError: site.yaml cannot be used at all.
    """
    settings, problems = load_settings(root)
    if settings is None:
        raise ContentError(problems)
    content, more = load_content(root, settings)
    return settings, content, [*problems, *more]


def localised(now: datetime, settings: Settings) -> datetime:
    """Return `now` as an instant; without a zone of its own it is in the consultation's."""
    return now if now.tzinfo else now.replace(tzinfo=settings.time_zone)


def public_keys(root: Path, settings: Settings) -> tuple[str, ...]:
    """Return the intake's public keys that this machine knows; none before anything was received."""
    path = root / settings.store.keys / "intake.key"
    return (keys.load_or_create(path).public,) if path.exists() else ()


def _store(root: Path, settings: Settings) -> Snapshot:
    path = root / settings.store.path
    return Store.open(path).read() if path.exists() else Snapshot.empty()
