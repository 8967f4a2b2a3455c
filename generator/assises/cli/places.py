"""What the commands share that put pages somewhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from assises.cli.words import _
from assises.console import Console
from assises.deploy.contract import Target, TargetError
from assises.deploy.plan import Plan
from assises.deploy.releases import Releases
from assises.deploy.targets import Secrets, target_at
from assises.load import kept_in
from assises.problems import message
from assises.settings import Settings

PLACE_SITE = click.option(
    "--site",
    "root",
    default=".",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help=_("The site’s folder."),
)
BREAK = click.option("--break-lock", is_flag=True, help=_("Go on although somebody else seems to be at it."))


def address_of(settings: Settings, target: str, *, preview: bool) -> str:
    """Return the address that is meant.

    Raises:
        click.UsageError: none is said anywhere.
    """
    address = target or (settings.deploy.preview if preview else settings.deploy.to)
    if not address:
        key = "deploy.preview" if preview else "deploy.to"
        raise click.UsageError(_("site.yaml does not say where the pages go: {key}").format(key=key))
    return address


def place_at(address: str, root: Path, settings: Settings, *, preview: bool = False) -> Target:
    """Return the place at an address, with the passwords that the environment or a keyring has for it.

    Raises:
        TargetError: it is no place, or lacks something.
    """
    secrets = Secrets(os.environ, "ASSISES_PREVIEW" if preview else "ASSISES_DEPLOY")
    return target_at(address, root, secrets, settings.deploy.host_key)


def releases_of(root: Path, settings: Settings) -> Releases:
    """Return the releases that this machine keeps."""
    return Releases(kept_in(root, settings) / "releases")


def said_done(console: Console, address: str, made: Plan, total: int) -> None:
    """Say what was done."""
    sent, removed = len(made.send), len(made.remove)
    console.done(
        message("{place}: {sent} files sent, {same} unchanged, {removed} removed.", place=address, sent=sent, same=total - sent, removed=removed),
        target=address, sent=sent, unchanged=total - sent, removed=removed, former_assets=len(made.retired),
    )  # fmt: skip


def failed(console: Console, error: TargetError) -> NoReturn:
    """Say why nothing more was done, and end."""
    console.failed(error.what)
    sys.exit(1)
