"""``assises bundle``: the intake as one file for a function host."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import click

from assises import bundle as bundler
from assises.cli.common import command
from assises.cli.words import _
from assises.console import Console
from assises.problems import message
from assises.wheels import ARCHITECTURES, PYTHONS, WheelsError


@click.command(help=_("Make the file that a function host runs as the intake, for PLATFORM."))
@click.argument("platform", metavar="PLATFORM", type=click.Choice(list(bundler.PLATFORMS)))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help=_("File to write: PLATFORM.zip by default."),
)
@click.option(
    "--python",
    type=click.Choice(PYTHONS),
    default="3.13",
    show_default=True,
    help=_("The platform’s Python."),
)
@click.option(
    "--architecture",
    type=click.Choice(ARCHITECTURES),
    default="x86_64",
    show_default=True,
    help=_("The platform’s processor."),
)
@click.option(
    "--wheels",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".assises/wheels"),
    help=_("Folder that keeps the packages, for the next time."),
)
@click.option(
    "--forms",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=_("A built forms.json, for when the site does not answer."),
)
@command
def bundle(
    console: Console,
    platform: str,
    output: Path | None,
    python: str,
    architecture: str,
    wheels: Path,
    forms: Path | None,
) -> None:
    """Make and write, and say what came of it."""
    place = output or Path(f"{platform}.zip")
    try:
        data = bundler.bundle(
            bundler.PLATFORMS[platform], python, architecture, wheels, forms.read_bytes() if forms else None
        )
    except WheelsError as error:
        console.failed(error.what)
        sys.exit(1)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    console.done(
        message("{file}: {size} kB, SHA-256 {digest}.", file=place, size=len(data) // 1000, digest=digest),
        file=str(place), bytes=len(data), sha256=digest, entry=bundler.PLATFORMS[platform].entry,
    )  # fmt: skip
    console.next(message("docs/hosting.md tells what {platform} has to be given", platform=platform))
