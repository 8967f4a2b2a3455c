"""A joined site → the bytes of every page. Pure: the theme was read before, time is the site's own."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import replace
from pathlib import PurePosixPath

import jinja2

from assises import feeds, sharing
from assises.addresses import Addresses, output_path
from assises.assets import collect, with_pictures
from assises.links import pictured
from assises.problems import ContentError, Problem
from assises.sheets import Sheet, sheets
from assises.site import Site, as_published, language_prefix
from assises.theme import Theme, environment, template_problem
from assises.translation import Formats, catalogue
from assises.view import View, below_content

TITLE_MARK = "{{title}}"
MAIN_MARK = "{{main}}"
"""What the intake replaces in a shell."""


def render(
    site: Site,
    theme: Theme,
    addresses: Addresses,
    files: Mapping[PurePosixPath, bytes],
    kept: MutableMapping[str, bytes] | None = None,
) -> dict[str, bytes]:
    """Return every file of the site but the ledger's own and forms.json, by path in the output.

    Args:
        site: pages, contributions and ledger, joined.
        theme: the look.
        addresses: where the site and its intake are reached.
        files: the site's other files (documents, images, the logo), by path.
        kept: pictures made before, by name, so that they need not be made again.

    Raises:
        ContentError: a template is wrong.
        ValueError: two things have one path.
    """
    site = as_published(site)
    shown = pictured(site)
    used = {path: data for path, data in files.items() if path in shown}
    kept = {} if kept is None else kept
    formats = {tag: _formats(theme, site, tag) for tag in site.settings.languages}
    shared, cards = sharing.cards(site, formats, kept)
    assets = replace(with_pictures(collect(theme, site.settings.theme, files), used, kept), cards=shared)
    output = {**assets.files, **cards}
    for path, data in files.items():
        _put(output, {str(below_content(path)): data})
    mapped: set[str] = set()
    wrong: dict[Problem, None] = {}
    for language in site.settings.languages:
        view = View(site, addresses, assets, language)
        engine = _engine(theme, view)
        for sheet in sheets(site, language):
            try:
                _put(output, {output_path(sheet.address): _page(theme, engine, sheet).encode()})
            except ContentError as error:
                # The other pages' templates are looked at all the same.
                wrong |= dict.fromkeys(error.problems)
            if sheet.indexed:
                mapped |= {sheet.address} & set(sheet.alternates.values())
        _put(output, feeds.feeds(site, addresses, language))
    if wrong:
        raise ContentError(wrong)
    _put(
        output,
        {"sitemap.xml": feeds.sitemap(addresses, sorted(mapped)), "robots.txt": feeds.robots(addresses)},
    )
    return dict(sorted(output.items()))


def _put(output: dict[str, bytes], more: Mapping[str, bytes]) -> None:
    """Add files to the output; validation keeps two from having one path, and none may be lost where it fails."""
    if twice := sorted(output.keys() & more.keys()):
        raise ValueError(f"written twice: {', '.join(twice)}")
    output |= more


def shell(
    site: Site,
    theme: Theme,
    addresses: Addresses,
    language: str,
    files: Mapping[PurePosixPath, bytes],
) -> str:
    """Return the page around the intake's own words: `TITLE_MARK` and `MAIN_MARK` stand where they go."""
    site = as_published(site)
    view = View(site, addresses, collect(theme, site.settings.theme, files), language, absolute_links=True)
    alternates = {tag: f"{language_prefix(tag, site.language)}/" for tag in site.settings.languages}
    values = {"title_mark": TITLE_MARK, "main_mark": MAIN_MARK}
    return _page(theme, _engine(theme, view), Sheet("shell.html", alternates[language], values, alternates))


def _page(theme: Theme, engine: jinja2.Environment, sheet: Sheet) -> str:
    frame = {
        "address": sheet.address,
        "alternates": sheet.alternates,
        "page": None,
        "title": "",
        "description": "",
        "indexed": sheet.indexed,
    }
    try:
        return engine.get_template(sheet.template).render({**frame, **sheet.values})
    except Exception as error:
        # Whatever a town's own template does wrong is told at its line, never as a traceback.
        raise template_problem(theme, error) from error


def _formats(theme: Theme, site: Site, language: str) -> Formats:
    words = catalogue(theme.catalogue(language), language)
    return Formats(language, site.settings.time_zone, words.gettext)


def _engine(theme: Theme, view: View) -> jinja2.Environment:
    return environment(theme, Formats(view.language, view.site.settings.time_zone), view.names())
