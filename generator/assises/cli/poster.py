"""``assises poster``: the consultation on one sheet, to be printed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from assises.catalogues import sentences
from assises.cli.common import NOW, SITE, command
from assises.cli.words import _
from assises.console import Console
from assises.load import load
from assises.poster import PosterError, as_pdf, poster
from assises.problems import message
from assises.translation import Formats


@click.command("poster", help=_("Write a poster with a QR code, one sheet of A4 in PDF."))
@SITE
@click.option(
    "-o",
    "--output",
    default="poster.pdf",
    type=click.Path(path_type=Path, dir_okay=False),
    help=_("File for the poster."),
)
@click.option("--language", metavar="TAG", help=_("One of the site’s languages; the first by default."))
@NOW
@command
def poster_command(
    console: Console, root: Path, output: Path, language: str | None, now: datetime | None
) -> None:
    """Write it, or say which letter its fonts lack."""
    site = load(root, now).site
    settings = site.settings
    tag = language or settings.languages[0]
    if tag not in settings.languages:
        raise click.BadParameter(_("The site is not written in this language."), param_hint="--language")
    translate = sentences(tag)
    words = poster(site, tag, Formats(tag, settings.time_zone, translate), translate)
    try:
        output.write_bytes(as_pdf(words, settings.theme.colours))
    except PosterError as error:
        told = message(
            "The poster’s fonts have no “{letter}”: print the site’s own pages instead.", letter=error
        )
        console.failed(told)
        raise SystemExit(1) from None
    console.done(message("A poster in {file}: print it on A4.", file=output), file=str(output))
