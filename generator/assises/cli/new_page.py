"""``assises new topic|meeting|news… TITLE``: a file in its place, every key explained in it."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from assises.catalogues import language_of, sentences
from assises.cli.common import command
from assises.cli.words import _
from assises.console import Console
from assises.content import KINDS, Page
from assises.page_file import page_file, path_of
from assises.problems import message
from assises.settings_reader import SITE, read_outline


def _command(cls: type[Page]) -> click.Command:
    @click.command(
        cls.__name__.lower(), help=_("Make a file for a new page of {folder}/.").format(folder=cls.folder)
    )
    @click.argument("title")
    @click.argument("root", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
    @command
    def make(console: Console, title: str, root: Path) -> None:
        write_page(console, cls, title, root)

    return make


PAGE_COMMANDS = tuple(_command(kind) for kind in KINDS)
"""One command for each kind of page."""


def write_page(console: Console, cls: type[Page], title: str, root: Path) -> None:
    """Write a new page's file; one that is there is never written over."""
    if not (root / SITE).is_file():
        console.failed(message("There is no site.yaml in {folder}: go to the site’s folder.", folder=root))
        sys.exit(1)
    today = datetime.now(UTC).astimezone(read_outline(root).settings.time_zone).date()
    path = path_of(cls, title, today)
    tag = language_of(os.environ)
    text = page_file(cls, title, today, sentences(tag), sentences(tag, "reference"))
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    try:
        with (root / path).open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        console.failed(message("{path} is there already: choose another title.", path=path))
        sys.exit(1)
    console.done(message("Written: {path}", path=path), path=str(path))
    console.next(message("write in it, then look at it with assises serve"))
