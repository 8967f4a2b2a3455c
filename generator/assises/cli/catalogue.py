"""``assises catalogue LANGUAGE``: every sentence that residents read, ready to be translated."""

from __future__ import annotations

from pathlib import Path

import click

from assises.cli.common import SITE, command
from assises.cli.words import _
from assises.console import Console
from assises.contribution import is_language
from assises.load import read_site
from assises.problems import ContentError, message
from assises.spoken import catalogue_path, to_translate
from assises.theme import MANIFEST, load_theme

_THEME = 'format: 1\ntitle: {name}\nversion: "1.0"\n'


def _tag(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """Return a language's tag, if it is one."""
    if not is_language(value):
        raise click.BadParameter(_("“{language}” is not a language tag.").format(language=value))
    return value


@click.command(help=_("Write the catalogue of a language into the site’s theme, or bring it up to date."))
@click.argument("language", callback=_tag)
@SITE
@command
def catalogue(console: Console, language: str, root: Path) -> None:
    """Keep what is translated, add what is new, drop what is no longer said."""
    settings, _content, _problems = read_site(root)
    name = settings.theme.name
    theme, problems = load_theme(root, name)
    if theme is None:
        raise ContentError(problems)
    path = catalogue_path(name, language)
    file, manifest = root / path, root / "themes" / name / MANIFEST
    text = to_translate(theme, language, file.read_bytes() if file.exists() else None)
    file.parent.mkdir(parents=True, exist_ok=True)
    if not manifest.exists():
        manifest.write_text(_THEME.format(name=name), encoding="utf-8", newline="\n")
    file.write_bytes(text)
    console.done(
        message("The words of “{language}” in {file}.", language=language, file=path), file=str(path)
    )
    console.next(message("translate them, and name the language in site.yaml under “languages”"))
