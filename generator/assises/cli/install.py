"""``assises install``: what a small machine needs to receive contributions, written and started."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from assises.cli.common import SITE, command
from assises.cli.machine import CERTIFICATE, CERTIFICATE_KEY, KEPT_BY, WEB, planned, said, show
from assises.cli.words import _
from assises.console import Console
from assises.load import kept_in, read_site
from assises.machine.choices import Choices, Record
from assises.machine.install import install as set_up
from assises.machine.removal import remove
from assises.machine.town import KeptBy, Web
from assises.problems import message


@click.command(
    help=_(
        "Set up on this machine what receives contributions: intake, runner, desk and web server, started now and"
        " whenever the machine starts."
    ),
    epilog=_("Run it again after a change: only what is otherwise is written and started anew."),
)
@SITE
@click.option("--name", default="", help=_("What the consultation is called on this machine: as its folder."))
@KEPT_BY
@WEB
@CERTIFICATE
@CERTIFICATE_KEY
@click.option("--dry-run", is_flag=True, help=_("Show what would be written, and change nothing."))
@click.option(
    "--remove", "removing", is_flag=True, help=_("Stop it and take it away; site, store and keys stay.")
)
@command
def install(
    console: Console,
    root: Path,
    name: str,
    kept_by: KeptBy | None,
    web: Web | None,
    certificate: str,
    certificate_key: str,
    dry_run: bool,
    removing: bool,
) -> None:
    """Set up, or take away, and say what was done."""
    if removing:
        _remove(console, root)
        return
    choices = Choices(name, kept_by, web, certificate or "", certificate_key or "")
    made = planned(root, choices, keys=not dry_run)
    if dry_run:
        show(console, made, whole=True)
    elif not said(console, made, set_up(made)):
        sys.exit(1)


def _remove(console: Console, root: Path) -> None:
    settings, _content, _problems = read_site(root)
    kept = kept_in(root.resolve(), settings)
    record = Record.read(kept)
    if record is None:
        console.done(message("Nothing is set up here."), stopped=[])
        return
    gone = remove(kept, root.resolve(), record)
    console.done(message("Taken away. Stopped: {programs}.", programs=", ".join(gone) or "–"), stopped=gone)
