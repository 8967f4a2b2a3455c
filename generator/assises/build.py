"""The build: load → join → validate → render → write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from assises import forms, search
from assises.cache import KeptFiles
from assises.load import Loaded, kept_in, load
from assises.render import render, shell
from assises.site import Site
from assises.source import read_files
from assises.spoken import spoken


def build(root: Path, now: datetime | None, base: str = "") -> tuple[Loaded, Mapping[str, bytes]]:
    """Return a consultation and every output that it compiles to, by path.

    Args:
        root: the folder that holds site.yaml.
        now: the instant that pages speak of; None: that of whoever serves the site, or the system's.
        base: the site's address, where it is another than site.yaml's.

    Raises:
        ContentError: with every problem of the user's files.
        StoreError: the store is damaged.
    """
    loaded = load(root, now, base)
    site, theme, addresses = _searchable(loaded.site), loaded.theme, loaded.addresses
    languages = site.settings.languages
    logo = site.settings.theme.logo
    files = read_files(root, {*site.content.files, *([logo] if logo else [])})
    shells = {language: shell(site, theme, addresses, language, files) for language in languages}
    translations = {language: spoken(theme, language) for language in languages}
    pages = render(site, theme, addresses, files, KeptFiles(kept_in(root, site.settings) / "images"))
    return loaded, {
        **pages,
        **(search.index(pages) if site.settings.search else {}),
        **(loaded.evidence.files() if site.settings.consults else {}),
        forms.PATH: forms.forms_json(site, addresses, shells, translations, loaded.intake_keys),
    }


def _searchable(site: Site) -> Site:
    """Return the site without a search that this machine cannot make."""
    return site if search.is_installed() else replace(site, settings=replace(site.settings, search=False))
