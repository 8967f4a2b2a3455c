"""Commands on who moderates: the list in the private store, ways into the desk, and letters of what waits."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from assises.catalogues import LANGUAGES
from assises.cli.common import NOW, SITE, command, roles_of
from assises.cli.group import Commands
from assises.cli.words import _, translate
from assises.console import Console
from assises.load import instant
from assises.mail import MailError
from assises.moderators import MAILINGS, Mailing, Moderator, ModeratorError, add, moderator_of, remove
from assises.moderators import moderators as listed
from assises.problems import Message, message
from assises.roles import desk_url, moderator, notices
from assises.sign_in import SignIn


@click.group(cls=Commands, help=_("Say who moderates: the list stands in the private store alone."))
def moderators() -> None:
    """Group what concerns moderators."""


@moderators.command(
    "add", help=_("Add a moderator by their e-mail address, or change what is known of them.")
)
@click.argument("email")
@SITE
@click.option("--name", required=True, help=_("Under which their decisions are recorded."))
@click.option("--function", default="", help=_("As what they answer for the town."))
@click.option(
    "--mail",
    type=click.Choice(MAILINGS),
    default="each",
    show_default=True,
    help=_("How they hear of what waits: a letter for each, one a day, or none."),
)
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default=LANGUAGES[0],
    show_default=True,
    help=_("In which language they are written to."),
)
@NOW
@command
def add_(
    console: Console,
    email: str,
    root: Path,
    name: str,
    function: str,
    mail: Mailing,
    language: str,
    now: datetime | None,
) -> None:
    """Write the moderator into the store."""
    settings, roles = roles_of(root)
    try:
        new = Moderator.of(email, name, function, mail, language)
    except ModeratorError as error:
        raise click.BadParameter(_REFUSALS[error.reason].render(translate)) from error
    fresh = add(roles.store, new, moderator(os.environ).author, instant(root, now, settings))
    told = message("{name} <{email}> moderates.", name=new.name, email=new.email)
    console.done(told, moderator=_facts(new), new=fresh)
    console.next(message("assises moderators link {email}, for a way into the desk", email=new.email))


@moderators.command("remove", help=_("Remove a moderator: they are out at their next request."))
@click.argument("email")
@SITE
@NOW
@command
def remove_(console: Console, email: str, root: Path, now: datetime | None) -> None:
    """Take the moderator off the list."""
    settings, roles = roles_of(root)
    try:
        gone = remove(roles.store, email, moderator(os.environ).author, instant(root, now, settings))
    except ModeratorError as error:
        raise click.BadParameter(_REFUSALS[error.reason].render(translate), param_hint="EMAIL") from error
    console.done(
        message("{name} <{email}> moderates no longer.", name=gone.name, email=gone.email),
        moderator=_facts(gone),
    )


@moderators.command("list", help=_("List the moderators."))
@SITE
@command
def list_(console: Console, root: Path) -> None:
    """Print a line for each."""
    _settings, roles = roles_of(root)
    found = listed(roles.store.read())
    for each in found:
        console.echo(
            f"{each.email:<36}  {each.mail:<5}  {each.language}  {each.name}{f' ({each.function})' if each.function else ''}"
        )
    console.done(
        message("Moderators: {count}.", count=len(found)), moderators=[_facts(each) for each in found]
    )


@moderators.command(
    help=_("Print a sign-in link for a moderator, to be handed over: good once, for 15 minutes.")
)
@click.argument("email")
@SITE
@NOW
@command
def link(console: Console, email: str, root: Path, now: datetime | None) -> None:
    """Make a link, for where there is no mail server."""
    settings, roles = roles_of(root)
    found = moderator_of(roles.store.read(), email)
    if found is None:
        raise click.BadParameter(_REFUSALS["unknown"].render(translate), param_hint="EMAIL")
    made = SignIn.fresh(found.email, instant(root, now, settings))
    url = made.url(roles.desk_key, desk_url(os.environ, settings))
    console.echo(url)
    console.json(url=url)


@moderators.command(help=_("Write to moderators of what waits: beside `drain`, every few minutes."))
@SITE
@NOW
@command
def notify(console: Console, root: Path, now: datetime | None) -> None:
    """Let the runner write to moderators."""
    settings, roles = roles_of(root)
    try:
        writing = notices(root, settings, roles, os.environ)
    except MailError as error:
        raise click.UsageError(str(error)) from error
    if writing is None:
        console.failed(message("ASSISES_SMTP names no mail server."))
        sys.exit(1)
    came = writing.tell(instant(root, now, settings))
    for fault in came.faults:
        console.failed(fault)
    console.done(
        message("Letters to moderators: {count}.", count=came.sent), ok=not came.faults, sent=came.sent
    )
    if came.faults:
        sys.exit(1)


_REFUSALS: dict[str, Message] = {
    "address": message("This is no e-mail address."),
    "name": message("The name is empty, or longer than 80 characters."),
    "unknown": message("No moderator has this address."),
}


def _facts(each: Moderator) -> dict[str, Any]:
    return {
        "email": each.email,
        "name": each.name,
        "function": each.function,
        "mail": each.mail,
        "language": each.language,
    }
