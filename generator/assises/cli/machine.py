"""What `assises install` and `assises launch` share: what this machine is to run for a consultation."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Self, get_args
from urllib.parse import urlsplit

import click

from assises import load, verification
from assises.answers import Answers
from assises.cli.words import _
from assises.console import Console
from assises.load import Loaded, kept_in
from assises.machine.answering import until
from assises.machine.choices import Choices, Record
from assises.machine.install import Installed, install
from assises.machine.setup import Setup, can_keep, setup
from assises.machine.town import KeptBy, MachineError, Web
from assises.problems import Message, message
from assises.roles import Roles

WEB = click.option(
    "--web",
    type=click.Choice(get_args(Web)),
    help=_("Which web server serves it; by default the one that is there."),
)
CERTIFICATE = click.option(
    "--certificate",
    metavar="FILE",
    help=_("The certificate that the web server shows; Caddy gets its own where none is named."),
)
CERTIFICATE_KEY = click.option("--certificate-key", metavar="FILE", help=_("That certificate’s key."))
KEPT_BY = click.option(
    "--kept-by",
    type=click.Choice(get_args(KeptBy)),
    help=_("Who keeps the programs running; by default the first of these that can."),
)


@dataclass(frozen=True, slots=True)
class Running:
    """What was set up, and runs by itself."""

    authority: Path | None
    """Who vouches for the web server, where nobody else does."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Whether this machine is to run a consultation, and how."""

    choices: Choices
    here: bool | None = None
    """None: as is derived."""

    @classmethod
    def of(cls, answers: Answers, *, here: bool | None) -> Self:
        """Return what the answers say of it."""
        kept_by, web = answers.kept_by or None, answers.web or None
        return cls(Choices("", kept_by, web, answers.certificate, answers.certificate_key), here)

    def is_meant(self, root: Path, loaded: Loaded) -> bool:
        """Tell whether this machine is the one: it was already, or the name leads to it and no intake answers there."""
        if self.here is not None or not can_keep():
            return bool(self.here)
        if Record.read(kept_in(root.resolve(), loaded.site.settings)):
            return True
        inbox = loaded.addresses.inbox
        return _leads_here(inbox) and not verification.intake(inbox).holds

    def show(self, console: Console, root: Path, loaded: Loaded) -> None:
        """Say what would be set up, if anything."""
        if self.is_meant(root, loaded):
            show(console, setup(root, loaded, self.choices, os.environ), whole=False)

    def install(self, console: Console, root: Path, loaded: Loaded) -> Running:
        """Set up what is missing, and return what runs.

        Raises:
            MachineError: they do not.
        """
        made = setup(root, loaded, self.choices, os.environ)
        done = install(made)
        said(console, made, done)
        return Running(_authority(made))


def _leads_here(url: str) -> bool:
    """Tell whether the name in an address leads to this machine."""
    parts = urlsplit(url)
    try:
        found = socket.getaddrinfo(parts.hostname, None, type=socket.SOCK_DGRAM)
    except OSError:
        return False
    return any(_is_ours(family, address[0]) for family, *_rest, address in found)


def _is_ours(family: int, address: str | int) -> bool:
    with socket.socket(family, socket.SOCK_DGRAM) as attempt:
        try:
            attempt.bind((address, 0))
        except OSError:
            return False
    return True


def _authority(made: Setup) -> Path | None:
    """Return the authority that Caddy makes for names that are this machine's alone; None: none is needed."""
    root = made.town.own / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    if not made.runs_web or made.choices.web != "caddy" or made.choices.certificate:
        return None
    own = all(host.is_own and host.is_private for host in made.hosts)
    return root if own and until(10, root.exists) else None


def planned(root: Path, choices: Choices, *, keys: bool) -> Setup:
    """Return what is to be set up; `keys`: those that the programs need are made where they are missing.

    Raises:
        MachineError: it cannot be set up here.
    """
    if not can_keep():
        raise MachineError(message("Programs are kept running on Linux, macOS and other Unix systems only."))
    loaded = load.load(root, None)
    if keys:
        roles = Roles.of(root, loaded.site.settings)
        with roles.store:
            roles.intake_key  # noqa: B018 - made when it is first asked for
    return setup(root, loaded, choices, os.environ)


def show(console: Console, made: Setup, *, whole: bool) -> None:
    """Say which files would be written, and `whole`: what would stand in them."""
    for file in made.files:
        if file.is_there():
            continue
        console.echo(f"{'~' if file.path.exists() else '+'} {file.path}")
        if whole and not file.secret:
            console.echo("".join(f"  {line}\n" for line in file.text.splitlines()))
    names = made.unit_names() or [program.role for program in made.programs]
    console.say(message("Would run: {programs}.", programs=", ".join(names)))
    if whole:
        console.json(ok=True, files=[str(file.path) for file in made.files], programs=names)


def said(console: Console, made: Setup, done: Installed) -> bool:
    """Say what was done, and return whether nothing is left to do.

    Whoever asks by JSON is told at once.
    """
    for note in done.notes:
        console.say(note)
    for lack in done.lacking:
        if not console.as_json:
            console.failed(lack)
    what: Message
    if done.begun:
        what = message("Set up. Started: {programs}.", programs=", ".join(done.begun))
    else:
        what = message("Set up; everything was there and runs.")
    console.done(
        what,
        ok=not done.lacking,
        name=made.town.name, kept_by=made.choices.kept_by, web=made.choices.web, started=done.begun,
        written=[str(path) for path in done.written], lacking=[lack.render() for lack in done.lacking],
    )  # fmt: skip
    return not done.lacking
