"""``assises style-guide``: what a designer may change and use, live."""

from __future__ import annotations

import os
from pathlib import Path

import click

from assises.catalogues import LANGUAGES, language_of
from assises.cli.common import SITE, command
from assises.cli.words import _
from assises.console import Console
from assises.load import read_site
from assises.problems import ContentError, message
from assises.settings import Look
from assises.settings_reader import SITE as SETTINGS
from assises.source import read_files
from assises.style_guide import PLACE, style_guide
from assises.theme import load_theme
from assises.write import write


@click.command(
    "style-guide", help=_("Write the theme’s style guide: tokens, blocks, components with live examples.")
)
@SITE
@click.option(
    "-o", "--output", default="style-guide", type=click.Path(path_type=Path), help=_("Folder for the pages.")
)
@click.option(
    "--base", default="http://127.0.0.1:8000/", metavar="URL", help=_("Where the pages will be seen.")
)
@click.option("--language", type=click.Choice(LANGUAGES), help=_("The language of the page."))
@command
def guide(console: Console, root: Path, output: Path, base: str, language: str | None) -> None:
    """Show the theme of DIR in its colours, or the default theme where there is no site."""
    dress = read_site(root)[0].theme if (root / SETTINGS).exists() else Look()
    theme, problems = load_theme(root, dress.name)
    if theme is None:
        raise ContentError(problems)
    logo = read_files(root, [dress.logo])[dress.logo] if dress.logo else None
    outputs = style_guide(theme, dress, logo, language or language_of(os.environ), f"{base.rstrip('/')}/")
    write(outputs, output, console.progress(message("Writing")))
    pages = sum(path.startswith(PLACE.strip("/")) for path in outputs)
    console.done(
        message("Style guide in {folder}: {pages} pages.", folder=output / PLACE.strip("/"), pages=pages),
        pages=pages,
    )
    console.next(message("python -m http.server --directory {folder}", folder=output))
