"""Every sentence that residents read, and its catalogue in a language: what a new language has to translate."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from assises.catalogues import LANGUAGES, sentences
from assises.forms import STRINGS
from assises.legal_pages import SUMMARIES, TITLES
from assises.problems import Location, Problem, message
from assises.settings import Settings
from assises.theme import Theme
from assises.translation import JOINING, catalogue

_HEADER = "# What residents read. Each msgstr translates the msgid above it; words in %(…)s or {…} stay as they are."
_OPTIONS = {"trimmed": "true", "newstyle_gettext": "true"}


def spoken(theme: Theme, language: str) -> Callable[[str], str]:
    """Return what translates what residents read outside of templates: the theme's catalogue, or else our own."""
    own = catalogue(theme.catalogue(language), language)
    shipped = sentences(language)

    def translate(text: str) -> str:
        found = own.gettext(text)
        return found if found != text else shipped(text)

    return translate


def catalogue_path(theme: str, language: str) -> PurePosixPath:
    """Return where a site keeps the catalogue of a language of its own."""
    return PurePosixPath("themes", theme, "locales", language.replace("-", "_"), "LC_MESSAGES", "theme.po")


def to_translate(theme: Theme, language: str, known: bytes | None = None) -> bytes:
    """Return the catalogue of a language: every sentence, with the translations that are known already.

    Args:
        theme: whose templates are read.
        language: a BCP 47 tag.
        known: the catalogue as it stands; None for that of the theme.
    """
    found = _read(known if known is not None else theme.catalogue(language), language)
    wanted = _sentences(theme, language)
    for entry in wanted:
        before = found.get(entry.id, entry.context) if entry.id else None
        if before and before.string and not before.fuzzy:
            entry.string = before.string
        elif language in LANGUAGES and isinstance(entry.id, str) and entry.id:
            entry.string = sentences(language)(entry.id)
    text = io.BytesIO()
    write_po(text, wanted, width=0, sort_output=False, ignore_obsolete=True)
    return text.getvalue()


def language_problems(theme: Theme, settings: Settings) -> Iterator[Problem]:
    """Yield the languages that pages would not be whole in: they would fall back to English."""
    for number, language in enumerate(settings.languages):
        if language.partition("-")[0] in ("fr", "en"):
            continue
        path = f"locales/{language.replace('-', '_')}/LC_MESSAGES/theme.po"
        source = theme.files.get(path)
        mend = message("Run “assises catalogue {language}”, and translate what it writes.", language=language)
        if source is None:
            what = message("Nothing is translated into “{language}” yet.", language=language)
            yield Problem(settings.place(f"languages.{number}"), what, mend, "unfinished")
        elif lacking := _lacking(theme, language):
            what = message(
                "{count} sentences are not translated yet, such as “{first}”.",
                count=len(lacking),
                first=lacking[0],
            )
            yield Problem(Location(source.path), what, mend, "unfinished")


def _lacking(theme: Theme, language: str) -> list[str]:
    whole = _read(to_translate(theme, language), language)
    return [
        entry.id if isinstance(entry.id, str) else entry.id[0]
        for entry in whole
        if entry.id and not (entry.string if isinstance(entry.string, str) else all(entry.string or ()))
    ]


def _sentences(theme: Theme, language: str) -> Catalog:
    """Return every sentence, untranslated: of the templates in their order, of dates, legal pages and the intake."""
    found = Catalog(locale=language.replace("-", "_"), charset="utf-8", fuzzy=False, header_comment=_HEADER)
    for name in theme.templates:
        source = io.BytesIO(theme.files[f"templates/{name}"].data)
        for _line, text, _comments, context in extract("jinja2", source, options=_OPTIONS):
            found.add(text, context=context)
    for text in JOINING:
        found.add(text)
    for told in (*TITLES.values(), *SUMMARIES.values(), *STRINGS.values()):
        found.add(told.text)
    return found


def _read(po: bytes | None, language: str) -> Catalog:
    return read_po(io.BytesIO(po or b""), locale=language.replace("-", "_"))
