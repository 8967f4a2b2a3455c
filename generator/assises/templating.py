"""The template engine as all of our pages have it: escaping on, no gap passed over, one language's words and dates."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

import jinja2
from babel.support import NullTranslations
from jinja2.ext import InternationalizationExtension

from assises.translation import Formats


def engine(
    loader: Callable[[str], str | tuple[str, str, None] | None],
    language: str,
    zone: ZoneInfo,
    words: NullTranslations,
    compiled: jinja2.BytecodeCache | None = None,
) -> jinja2.Environment:
    """Return the engine for one language.

    Args:
        loader: returns a template by its name.
        language: how dates and numbers are written.
        zone: the consultation's time zone.
        words: translates the templates' sentences.
        compiled: keeps templates that were compiled before.
    """
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(loader),
        bytecode_cache=compiled,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[InternationalizationExtension],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(Formats(language, zone, words.gettext).filters())
    return made
