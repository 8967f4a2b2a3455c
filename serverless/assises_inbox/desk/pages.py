"""The desk's pages: templates, words and dates in the moderator's language."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from babel.dates import format_timedelta
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from assises import on_paper
from assises.catalogues import LANGUAGES, words
from assises.contribution import number
from assises.flag_words import flag_words
from assises.keys import Key
from assises.markdown import render_words
from assises.templating import engine
from assises.translation import catalogue, locale
from assises_inbox.desk.view import visible
from assises_inbox.desk.visit import Visit

_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
_FILES = files("assises_inbox.desk")
STYLE = _FILES.joinpath("static", "desk.css").read_bytes() + on_paper.STYLE.encode()
STYLE_VERSION = hashlib.sha256(STYLE).hexdigest()[:8]
"""Part of the style sheet's address, so that browsers may keep it until it is another."""


@cache
def environment(language: str, zone: ZoneInfo) -> jinja2.Environment:
    """Return the template engine for one language and the consultation's time zone."""
    place = _FILES.joinpath("locales", language, "LC_MESSAGES", "desk.po")
    own = catalogue(place.read_bytes() if place.is_file() else None, language)
    own.add_fallback(words(language, "paper"))
    made = engine(_template, language, zone, own)
    made.filters.update(
        number_of=number,
        words=_words,
        told=lambda sentence: sentence.render(words(language).gettext),
        visible=visible,
        merged=lambda one, other: one | other,
        age=lambda *times: _age(language, *times),
    )
    made.globals.update(language=language, flag_words=flag_words, **on_paper.NAMES)
    return made


@dataclass(frozen=True, slots=True)
class Pages:
    """Every page that the desk can answer a visit with."""

    visit: Visit
    key: Key
    base: str
    """The site's absolute address, with its final slash."""

    offers_link: bool
    """Whether a fresh sign-in link can be asked for."""

    needs_address: bool
    """Whether one has to say for whom: nobody can come in but moderators on the list."""

    def page(self, template: str, status: int = 200, **names: Any) -> Response:
        """Return a page made from a template."""
        settings = self.visit.site.settings
        inside = self.visit.inside if self.visit.moderator else None
        common = {
            "visit": self.visit,
            "settings": settings,
            "languages": LANGUAGES,
            "style": self.visit.url("style", version=STYLE_VERSION),
            "base": self.base,
            "inside": inside,
            "moderator": self.visit.moderator if inside else None,
            "token": inside.token(self.key) if inside else "",
            "offers_link": self.offers_link,
            "needs_address": self.needs_address,
            "counts": None,
            "done": None,
        }
        page = environment(self.visit.language, settings.time_zone).get_template(template)
        return Response(page.render(common | names), status, content_type="text/html; charset=utf-8")

    def message(self, name: str, status: int = 200, **names: Any) -> Response:
        """Return a page that says one thing (``left``, ``busy``…)."""
        return self.page("message.html", status, name=name, **names)

    def outside(self, why: str, kept: str = "") -> Response:
        """Return the page of somebody who is not signed in, and what was typed in a session that is over."""
        return self.page("outside.html", 403, inside=None, why=why, kept=kept)

    def refused(self, error: HTTPException) -> Response:
        """Return werkzeug's refusal as a page, with the headers that belong to it (``Allow``…)."""
        status = error.code or 400
        name = {403: "stale", 404: "unknown", 413: "too-large"}.get(status, "not-understood")
        response = self.message(name, status)
        kept = {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
        response.headers.update(kept)
        return response


def secure(response: Response) -> Response:
    """Return the answer with the headers that every answer has."""
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _template(name: str) -> str:
    if name.startswith("paper/"):
        return on_paper.template(name)
    return _FILES.joinpath("templates", name).read_text(encoding="utf-8")


def _words(text: str) -> Markup:
    return Markup(render_words(text))  # noqa: S704 - raw HTML is off


def _age(language: str, time: datetime, now: datetime) -> str:
    """Return « il y a 3 heures »."""
    return format_timedelta(time - now, granularity="minute", add_direction=True, locale=locale(language))
