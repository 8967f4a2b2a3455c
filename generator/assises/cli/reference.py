"""``assises reference``: every key of every file, for people and for their editors."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click

from assises.catalogues import LANGUAGES, language_of, sentences
from assises.cli.common import command
from assises.cli.words import _
from assises.console import Console
from assises.json_schema import schemas
from assises.problems import message
from assises.reference import FILES
from assises.reference_page import page
from assises.scalars import did_you_mean


@click.command(help=_("Explain every key of a kind of file (site, topic, meeting…), or of all."))
@click.argument("what", metavar="[WHAT]", default="")
@click.option("--language", type=click.Choice(LANGUAGES), help=_("The language of the page."))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help=_("Write it to this file.")
)
@click.option(
    "--schemas",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help=_("Write JSON Schemas for editors into this folder."),
)
@command
def reference(
    console: Console, what: str, language: str | None, output: Path | None, folder: Path | None
) -> None:
    """Print the reference, or write it, or write the schemas."""
    tag = language or language_of(os.environ)
    if what and what not in FILES:
        unknown = message("“{value}” is no kind of file.", value=what).render(sentences(tag))
        mend = did_you_mean(what, FILES).render(sentences(tag))
        click.echo(f"{unknown} {mend}", err=True)
        sys.exit(2)
    if folder:
        write_schemas(folder, tag)
        console.done(message("Schemas in {folder}: {count}.", folder=folder, count=len(FILES)))
        return
    text = page(sentences(tag), sentences(tag, "reference"), (what,) if what else tuple(FILES))
    if output:
        output.write_text(text, encoding="utf-8", newline="\n")
    else:
        click.echo(text, nl=False)


def write_schemas(folder: Path, language: str) -> None:
    """Write the schema of each kind of file into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, found in schemas(sentences(language, "reference")).items():
        text = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")
