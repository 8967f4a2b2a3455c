"""The project's own sentences (problems, command line, intake) in the languages that they are written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

from babel.support import NullTranslations

from assises.translation import catalogue

LANGUAGES = ("fr", "en")
"""What the command line can speak; the first is what it speaks when the machine does not say."""


@lru_cache
def sentences(language: str, domain: str = "assises") -> Callable[[str], str]:
    """Return what translates an English sentence of this package; English for languages without a catalogue."""
    return words(language, domain).gettext


@lru_cache
def words(language: str, domain: str = "assises") -> NullTranslations:
    """Return the catalogue of one language.

    `domain` is ``assises`` for what the program says, ``reference`` for what keys mean, ``paper`` for what is printed.
    """
    place = files("assises") / "locales" / language.replace("-", "_") / "LC_MESSAGES" / f"{domain}.po"
    return catalogue(place.read_bytes() if place.is_file() else None, language)


def spoken(asked: str, languages: Sequence[str]) -> str:
    """Return what to speak: what was asked for if there is a catalogue, or else the site's first language that has one."""
    return next((tag for tag in (asked, *languages) if tag in LANGUAGES), "en")


def language_of(environ: Mapping[str, str]) -> str:
    """Return the language that a person's machine is set to, in gettext's order; French where it does not say."""
    for name in ("ASSISES_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        tag = environ.get(name, "").partition(".")[0].partition("_")[0].lower()
        if tag in LANGUAGES:
            return tag
        if tag not in ("", "c", "posix"):
            return "en"
    return LANGUAGES[0]
