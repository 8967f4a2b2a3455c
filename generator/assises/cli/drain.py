"""The runner: carry what was received into the store, once or every so often."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from assises.cli.common import NOW, SITE, command
from assises.cli.every import EVERY, LISTEN, check_listening, go_on
from assises.cli.turns import Turns
from assises.cli.words import _
from assises.console import Console
from assises.hook import Hook, HookError
from assises.problems import message
from assises.remote_address import Secrets

REBUILD = "ASSISES_REBUILD_HOOK"

_REBUILT = 3600
"""Seconds that a rebuild may take."""


@click.command(help=_("Carry what was received into the store and the ledger."))
@SITE
@EVERY
@LISTEN
@click.option(
    "--rebuild",
    envvar=REBUILD,
    default="",
    metavar="COMMAND|URL",
    help=_("What is run or called after each batch that changed the store."),
)
@NOW
@command
def drain(
    console: Console, root: Path, every: float | None, listen: int | None, rebuild: str, now: datetime | None
) -> None:
    """Let the runner take one turn, or one after the other until it is interrupted."""
    turns = Turns(console, root, now, _rebuild(rebuild, root))
    check_listening(every, listen)
    if every is not None:
        go_on(console, turns.take_whatever_happens, every, listen)
        return
    if not turns.take():
        sys.exit(1)
    console.next(message("assises moderate list"))


def _rebuild(what: str, root: Path) -> Callable[[], None]:
    """Return what runs a command in the site's folder, or calls an address, or does nothing."""
    if not what.strip():
        return lambda: None
    if what.startswith(("http://", "https://")):
        return Hook.of(what, Secrets(os.environ, 1).get(f"{REBUILD}_SECRET"), REBUILD).call
    words = shlex.split(what, posix=os.name != "nt")

    def run() -> None:
        try:
            # No shell; whose command it is, whose machine it is.
            done = subprocess.run(words, cwd=root, check=False, timeout=_REBUILT)  # noqa: S603
        except (OSError, subprocess.SubprocessError) as error:
            raise HookError(str(error)) from error
        if done.returncode:
            raise HookError(f"{words[0]} ended with {done.returncode}")

    return run
