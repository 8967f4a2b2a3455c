"""Recipes that let a machine or a forge run the runner on time."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import click

from assises.cli.common import SITE, command
from assises.cli.words import _, translate
from assises.console import Console
from assises.load import read_site
from assises.machine.town import here
from assises.problems import message
from assises.recipes import KINDS, Place, RecipeError
from assises.recipes import recipe as written


@click.command(help=_("Write what makes cron, systemd or a forge run “assises refresh” on time."))
@click.argument("kind", type=click.Choice(KINDS))
@SITE
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help=_("Folder to write into; without it, print.")
)
@command
def recipe(console: Console, kind: str, root: Path, output: Path | None) -> None:
    """Print a recipe's files, or write them below a folder."""
    settings, _content, _problems = read_site(root)
    # The one that runs now, whatever the PATH of whoever will run it.
    program = here("assises") or Path("assises").absolute()
    place = Place(root.resolve(), program, _owner(root))
    try:
        found = written(kind, settings, place, translate)
    except RecipeError as error:
        console.failed(error.what)
        sys.exit(1)
    for path, text in found.items():
        if output is None:
            console.echo(f"# {path}\n{text}" if len(found) > 1 else text.rstrip("\n"))
        else:
            (output / path).parent.mkdir(parents=True, exist_ok=True)
            (output / path).write_text(text, encoding="utf-8", newline="\n")
    if output is not None:
        console.done(message("Files written: {files}.", files=", ".join(found)), files=[*found])
    else:
        console.json(files=found)


def _owner(folder: Path) -> str:
    """Return who owns a folder; where the system does not say, the name that the documentation uses."""
    with suppress(NotImplementedError, KeyError, OSError):
        return folder.owner()
    return "assises"
