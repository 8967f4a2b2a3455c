"""The desk's pages: templates, words and dates in the moderator's language."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import jinja2
from babel.dates import format_timedelta
from jinja2.ext import InternationalizationExtension
from markupsafe import Markup

from assises.contribution import number
from assises.markdown import render_words
from assises.translation import Formats, catalogue, locale
from assises_inbox.desk.view import visible

LANGUAGES = ("fr", "en")
"""What the desk speaks."""

_FILES = files("assises_inbox.desk")
STYLE = _FILES.joinpath("static", "desk.css").read_bytes()
STYLE_VERSION = hashlib.sha256(STYLE).hexdigest()[:8]
"""Part of the style sheet's address, so that browsers may keep it until it is another."""


def spoken(asked: str, languages: Sequence[str]) -> str:
    """Return what to speak: what was asked for if the desk can, or else the site's first language that it can."""
    return next((tag for tag in (asked, *languages) if tag in LANGUAGES), "en")


@cache
def environment(language: str, zone: ZoneInfo) -> jinja2.Environment:
    """Return the template engine for one language and the consultation's time zone."""
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(_template),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[InternationalizationExtension],
    )
    made.policies["ext.i18n.trimmed"] = True
    place = _FILES.joinpath("locales", language, "LC_MESSAGES", "desk.po")
    words = catalogue(place.read_bytes() if place.is_file() else None, language)
    made.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(Formats(language, zone, words.gettext).filters())
    made.filters.update(
        number_of=number, words=_words, visible=visible, age=lambda *times: _age(language, *times)
    )
    made.globals.update(language=language)
    return made


def _template(name: str) -> str:
    return _FILES.joinpath("templates", name).read_text(encoding="utf-8")


def _words(text: str) -> Markup:
    return Markup(render_words(text))  # noqa: S704 - raw HTML is off


def _age(language: str, time: datetime, now: datetime) -> str:
    """Return « il y a 3 heures »."""
    return format_timedelta(time - now, granularity="minute", add_direction=True, locale=locale(language))
