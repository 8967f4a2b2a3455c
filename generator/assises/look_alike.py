"""Names that could pass for somebody else's: the organiser's, or those of people in charge."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from assises.content import Person
from assises.site import Site

# The letters of Unicode's confusables (UTS 39) that fonts draw as Latin ones, small as `casefold` makes them.
_CONFUSABLE = str.maketrans(
    "аеорсухѕіјһԁԛԝᴦкмнтвзɡαβεικνορτυχγ" + "0135|ıł",
    "aeopcyxsijhdqwrkmhtbegabeiknoptuxy" + "oies" + "lil",
)

_OFFICES = (
    "maire",
    "mairie",
    "la maire",
    "le maire",
    "monsieur le maire",
    "madame la maire",
    "mayor",
    "the mayor",
)


def skeleton(name: str) -> str:
    """Return what a word looks like: without accents, case and signs, in Latin letters where they look so."""
    plain = unicodedata.normalize("NFKD", name).casefold().translate(_CONFUSABLE)
    return "".join(sign for sign in plain if sign.isalnum())


def passes_for(name: str, site: Site) -> str:
    """Return the name that another looks like; empty: none of those that matter."""
    shown = _words(name)
    for known in _known(site):
        looks = _words(known)
        # Word by word: nobody called Lemaire passes for le maire.
        if looks and any(shown[start : start + len(looks)] == looks for start in range(len(shown))):
            return known
    return ""


def mixes_alphabets(name: str) -> bool:
    """Tell whether one word of a name has letters of several alphabets, as no language writes."""
    return any(len(set(_alphabets(word))) > 1 for word in name.split())


def _words(name: str) -> list[str]:
    return [looks for word in name.split() if (looks := skeleton(word))]


def _alphabets(word: str) -> Iterator[str]:
    for sign in word:
        if sign.isalpha():
            alphabet = unicodedata.name(sign, "?").partition(" ")[0]
            if alphabet in ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"):
                yield alphabet


def _known(site: Site) -> Iterator[str]:
    settings = site.settings
    for language in settings.languages:
        yield settings.organiser.name.get(language, *settings.languages)
        yield settings.name.get(language, *settings.languages)
        yield settings.legal.director_of_publication.get(language, *settings.languages)
    for page in site.content.pages:
        if isinstance(page, Person):
            yield page.title
            yield page.function
    yield from _OFFICES
