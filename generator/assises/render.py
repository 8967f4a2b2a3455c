"""A joined site → the bytes of every page. Pure: the theme was read before, time is the site's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Any

import jinja2

from assises import feeds
from assises.addresses import Addresses, output_path
from assises.assets import collect
from assises.content import Home
from assises.contribution import number, ulid_time
from assises.ledger import Entry
from assises.problems import ContentError, Problem
from assises.site import Site, address, as_published, language_prefix, permalink
from assises.theme import Theme, environment, template_problem
from assises.translation import Formats
from assises.view import View, below_content

TITLE_MARK = "{{title}}"
MAIN_MARK = "{{main}}"
"""What the intake replaces in a shell."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page to be rendered."""

    template: str
    address: str
    """Within the site: ``/en/topics/housing/``."""

    values: Mapping[str, Any]
    """What only this page's template knows."""

    alternates: Mapping[str, str]
    """The address of the same page in each language that has it."""


@dataclass(frozen=True, slots=True)
class Received:
    """A contribution as the ledger knows it."""

    id: str
    channel: str
    state: str
    """One of the values of `assises.ledger.STATES`."""

    entries: tuple[Entry, ...]
    """What befell it, oldest first."""

    address: str
    """Where it can be read within the site; empty unless it is published."""

    @property
    def number(self) -> str:
        """The short number."""
        return number(self.id)


def render(
    site: Site, theme: Theme, addresses: Addresses, files: Mapping[PurePosixPath, bytes]
) -> dict[str, bytes]:
    """Return every file of the site but the ledger's own and forms.json, by path in the output.

    Args:
        site: pages, contributions and ledger, joined.
        theme: the look.
        addresses: where the site and its intake are reached.
        files: the site's other files (documents, images, the logo), by path.

    Raises:
        ContentError: a template is wrong.
        ValueError: two things have one path.
    """
    site = as_published(site)
    assets = collect(theme, site.settings.theme, files)
    output = dict(assets.files)
    for path, data in files.items():
        _put(output, {str(below_content(path)): data})
    mapped: set[str] = set()
    wrong: dict[Problem, None] = {}
    for language in site.settings.languages:
        view = View(site, addresses, assets, language)
        engine = _engine(theme, view)
        for sheet in (*_sheets(site, language), *_redirects(site, language)):
            try:
                _put(output, {output_path(sheet.address): _page(theme, engine, sheet).encode()})
            except ContentError as error:
                # The other pages' templates are looked at all the same.
                wrong |= dict.fromkeys(error.problems)
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


def _sheets(site: Site, language: str) -> Iterator[Sheet]:
    """Yield every page of one language."""
    prefix = language_prefix(language, site.language)
    for page in site.content.pages:
        if page.language == language and not isinstance(page, Home):
            alternates = {tag: address(p, site.language) for tag, p in site.translations(page).items()}
            values = {"page": page, "title": page.title, "description": page.summary}
            yield Sheet(f"pages/{page.kind}.html", address(page, site.language), values, alternates)
    if home := site.home(language):
        values = {"page": home, "title": home.title, "description": home.summary}
        yield Sheet("pages/home.html", f"{prefix}/", values, _everywhere(site, "/"))
    for folder in site.sections:
        yield Sheet(f"lists/{folder}.html", f"{prefix}/{folder}/", {}, _everywhere(site, f"/{folder}/"))
    days = received(site, language)
    index = {"days": {day: len(found) for day, found in days.items()}}
    yield Sheet("ledger/index.html", f"{prefix}/ledger/", index, _everywhere(site, "/ledger/"))
    for day, found in days.items():
        place = f"/ledger/{day.isoformat()}/"
        values = {"day": day, "found": found}
        yield Sheet("ledger/day.html", prefix + place, values, _everywhere(site, place))
    if language == site.language:
        yield Sheet("not_found.html", "/404.html", {}, {})


def received(site: Site, language: str) -> dict[date, tuple[Received, ...]]:
    """Return the ledger's contributions by the day (UTC) that their ids carry, newest day first."""
    readable = {contribution.id: contribution for contribution in site.published}
    days: defaultdict[date, list[Received]] = defaultdict(list)
    for id, entries in sorted(site.ledger.by_id.items()):
        contribution = readable.get(id)
        page = site.page(contribution.page, language) if contribution else None
        place = permalink(contribution, address(page, site.language)) if contribution and page else ""
        state = site.ledger.state(id)
        days[ulid_time(id).date()].append(Received(id, entries[0].what.channel, state, entries, place))
    return {day: tuple(days[day]) for day in sorted(days, reverse=True)}


def _page(theme: Theme, engine: jinja2.Environment, sheet: Sheet) -> str:
    frame = {
        "address": sheet.address,
        "alternates": sheet.alternates,
        "page": None,
        "title": "",
        "description": "",
    }
    try:
        return engine.get_template(sheet.template).render({**frame, **sheet.values})
    except Exception as error:
        # Whatever a town's own template does wrong is told at its line, never as a traceback.
        raise template_problem(theme, error) from error


def _redirects(site: Site, language: str) -> Iterator[Sheet]:
    """Yield a page for each former address, which leads to the page that has it now."""
    for page in site.content.pages:
        if page.language == language:
            for alias in page.aliases:
                values = {"page": page, "title": page.title}
                yield Sheet("redirect.html", "/" + alias.removeprefix("/"), values, {})


def _engine(theme: Theme, view: View) -> jinja2.Environment:
    return environment(theme, Formats(view.language, view.site.settings.time_zone), view.names())


def _everywhere(site: Site, place: str) -> dict[str, str]:
    """Return an address in every language."""
    return {tag: language_prefix(tag, site.language) + place for tag in site.settings.languages}
