"""Which page a shared link shows which picture for, and what is written on it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping

from assises.cards import Card, can_be_written, draw, name_of
from assises.content import Commitment, Home, Meeting, News, Page, Question, Text, Topic
from assises.site import Site
from assises.translation import Formats

FOLDER = "assets/images"
WITH_CARD = (Topic, Question, Text, Meeting, News, Commitment)
"""Kinds of pages that have a picture of their own; the others show the home page's."""


def cards(
    site: Site, formats: Mapping[str, Formats], kept: MutableMapping[str, bytes]
) -> tuple[Mapping[tuple[str, str], str], dict[str, bytes]]:
    """Return the address of each page's picture, by the page's id and language, and the pictures' files.

    Args:
        site: whose pages they are.
        formats: how each language writes dates.
        kept: what was drawn before, by name; what is drawn is put there.
    """
    places, files = dict[tuple[str, str], str](), dict[str, bytes]()
    colours = site.settings.theme.colours
    for language in site.settings.languages:
        for page, card in _cards(site, formats[language], language):
            if not can_be_written(card):
                continue
            name = name_of(card, colours)
            if name not in kept:
                kept[name] = draw(card, colours)
            # Where the disk keeps nothing, it is drawn for this build alone.
            files[f"{FOLDER}/{name}"] = kept.get(name) or draw(card, colours)
            places[page, language] = f"/{FOLDER}/{name}"
    return places, files


def _cards(site: Site, formats: Formats, language: str) -> Iterator[tuple[str, Card]]:
    name = site.settings.name.get(language, site.language)
    organiser = site.settings.organiser.name.get(language, site.language)
    phases = site.settings.phases
    dates = formats.days(phases[0].opens, phases[-1].closes) if phases else ""
    below = " · ".join(filter(None, (organiser, dates)))
    yield Home.folder, Card("", name, below)
    for page in site.content.pages:
        if page.language == language and isinstance(page, WITH_CARD):
            yield page.id, Card(name, page.title, _of_meeting(page, formats) or below)


def _of_meeting(page: Page, formats: Formats) -> str:
    """Return when and where, for a meeting that takes place; what is cancelled announces no date."""
    if not isinstance(page, Meeting) or page.status == "cancelled":
        return ""
    return f"{formats.short_moment(page.starts)} · {page.venue.name}"
