"""``assises export``: the sheets that a data-protection officer asks for, filled in as far as the site knows itself."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from assises.catalogues import LANGUAGES, language_of, sentences
from assises.cli.common import NOW, SITE, command
from assises.cli.group import Commands
from assises.cli.words import _
from assises.console import Console
from assises.impact import questionnaire
from assises.load import load
from assises.problems import Message, message
from assises.processing import Row, register
from assises.site import Site
from assises.tabular import Headings, as_csv, as_html

SUFFIXES = (".csv", ".html")
MARKS = {"fr": ";", "en": ","}
"""What parts the columns of a table, as each country's spreadsheets expect."""

LANGUAGE = click.option("--language", type=click.Choice(LANGUAGES), help=_("The language of the sheet."))


def _of_kind(_context: click.Context, _parameter: click.Parameter, value: Path | None) -> Path | None:
    """Return the file's name, if it tells a form that there is."""
    if value and value.suffix.lower() not in SUFFIXES:
        raise click.BadParameter(_("A name that ends in .csv or .html is needed."))
    return value


OUTPUT = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_of_kind,
    help=_("Write it to this file: .csv for a spreadsheet, .html for reading and printing."),
)


@click.group(cls=Commands, help=_("Write sheets that the site can fill in by itself."))
def export() -> None:
    """Choose a sheet."""


@export.command("register", help=_("The sheet for the register of processing (GDPR, art. 30)."))
@SITE
@OUTPUT
@LANGUAGE
@NOW
@command
def register_sheet(
    console: Console, root: Path, output: Path | None, language: str | None, now: datetime | None
) -> None:
    """Fill in the fields of the CNIL's simplified register."""
    tag, site = language or language_of(os.environ), load(root, now).site
    columns = (message("Part"), message("Field"), message("Content"), message("Kept for, or safeguards"))
    title = message("Register of processing: {name}", name=_name(site, tag))
    _write(console, register(site, tag), columns, title, tag, output)


@export.command(
    "impact-assessment", help=_("The questionnaire on whether an impact assessment is due (art. 35).")
)
@SITE
@OUTPUT
@LANGUAGE
@NOW
@command
def impact_sheet(
    console: Console, root: Path, output: Path | None, language: str | None, now: datetime | None
) -> None:
    """Answer the nine criteria and the CNIL's lists, as far as the site can."""
    tag, site = language or language_of(os.environ), load(root, now).site
    columns = (message("Part"), message("Question"), message("According to the site"), message("Why"))
    title = message("Is an impact assessment due? {name}", name=_name(site, tag))
    _write(console, questionnaire(site), columns, title, tag, output)


def _name(site: Site, language: str) -> str:
    return site.settings.name.get(language, *site.settings.languages)


def _write(
    console: Console,
    rows: Sequence[Row],
    columns: tuple[Message, Message, Message, Message],
    title: Message,
    language: str,
    output: Path | None,
) -> None:
    translate = sentences(language)
    part, field, content, kept = (column.render(translate) for column in columns)
    headings: Headings = (part, field, content, kept)
    if output and output.suffix.lower() == ".html":
        text = as_html(rows, headings, translate, title.render(translate), language)
    else:
        text = as_csv(rows, headings, translate, MARKS[language])
    if not output:
        click.echo(text, nl=False)
        return
    # Spreadsheets take a table without that mark for the letters of another age.
    encoding = "utf-8" if output.suffix.lower() == ".html" else "utf-8-sig"
    output.write_bytes(text.encode(encoding))
    console.done(message("Sheet in {file}: {count} lines.", file=output, count=len(rows)), lines=len(rows))
