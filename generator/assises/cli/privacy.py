"""Commands on private data: expire, show, forget."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from assises import build as builder
from assises.cli.common import NOW, SITE, Sentence, command, roles_of
from assises.cli.places import releases_of
from assises.cli.words import _, translate
from assises.console import Console
from assises.erasure import Erased, UnknownContributionError, erase, words_of
from assises.load import instant, kept_in, read_site
from assises.privacy import NoPrivateDataError, expire, note_access, opened
from assises.problems import ContentError, Message, message
from assises.roles import Roles, moderator
from assises.settings import Settings
from assises.traces import letter_to_hosts, mentioning, outputs_of, telling_apart
from assises.write import write


@click.group(help=_("Private data and erasure: expire, show, forget."))
def privacy() -> None:
    """Group what is done with private data."""


@privacy.command("expire", help=_("Destroy the keys of months whose time is over; `drain` does so too."))
@SITE
@NOW
@command
def expire_(console: Console, root: Path, now: datetime | None) -> None:
    """Destroy keys, and say of which months."""
    settings, roles = roles_of(root)
    kept = settings.participation.private.months
    months = expire(roles.store, roles.ring, kept, instant(root, now, settings))
    console.done(
        message(
            "Months whose private data nobody can read any more: {months}.", months=", ".join(months) or "–"
        ),
        months=list(months),
    )
    if months:
        console.say(
            message(
                "Copies of these keys that were made elsewhere (assises keys backup) are to be destroyed, too."
            )
        )


@privacy.command(help=_("Show what is known of the author of a contribution, and note that you saw it."))
@click.argument("id")
@SITE
@click.option(
    "--reason", type=Sentence(), required=True, help=_("Why it is opened: it is written down with your name.")
)
@NOW
@command
def show(console: Console, id: str, root: Path, reason: str, now: datetime | None) -> None:
    """Open one sealed box."""
    settings, roles = roles_of(root)
    found = roles.store.read().find(id.upper())
    if found is None:
        raise click.BadParameter(_("There is no such contribution in the store."), param_hint="ID")
    id = found.contribution.id
    try:
        known = opened(roles.store, roles.ring, id)
    except NoPrivateDataError as error:
        console.failed(_nothing(error))
        sys.exit(1)
    # Noted first: what is seen is on record even if this ends here.
    note_access(roles.store, id, moderator(os.environ).author, reason, instant(root, now, settings))
    told = message(
        "{id}: e-mail address: {email}; network address: {address}",
        id=id, email=known.email or "–", address=known.address or "–",
    )  # fmt: skip
    console.echo(told.render(translate))
    console.json(id=id, email=known.email, address=known.address)


def _nothing(error: NoPrivateDataError) -> Message:
    match error.reason:
        case "expired":
            return message(
                "The key of {month} was destroyed in its time: nobody can read this any more.",
                month=error.month,
            )
        case "no-key":
            return message(
                "The key of {month} is not on this machine: look in the town’s keyring.", month=error.month
            )
        case _:
            return message("Nothing private is kept for this contribution.")


@privacy.command(
    help=_("Erase a contribution from everything that is ours, and say what could not be reached.")
)
@click.argument("id")
@SITE
@click.option("--reason", default="", help=_("The legal ground, without any personal data: it is kept."))
@click.option(
    "-o",
    "--output",
    multiple=True,
    type=click.Path(path_type=Path),
    help=_("Folder of built pages; dist by default."),
)
@click.option("--yes", is_flag=True, help=_("Do not ask again."))
@NOW
@command
def forget(
    console: Console,
    id: str,
    root: Path,
    reason: str,
    output: tuple[Path, ...],
    yes: bool,
    now: datetime | None,
) -> None:
    """Erase, build again, and tell."""
    settings, content, problems = read_site(root)
    roles = Roles.of(root, settings)
    found = roles.store.read().find(id.upper())
    id = found.contribution.id if found else id.upper()
    if not yes:
        click.confirm(_("Erase {id} for good? Its words cannot be had back.").format(id=id), abort=True)
    runner = roles.runner(settings, content, problems)
    try:
        erased = erase(runner, id, moderator(os.environ).author, instant(root, now, settings), reason)
    except UnknownContributionError as error:
        raise click.BadParameter(_("There is no such contribution in the store."), param_hint="ID") from error
    console.done(
        message("{id} is erased from the store and from what the intake holds.", id=id),
        erased=list(erased.ids),
    )
    _build_again(console, root, output, now)
    # None of them is ever put back: all are older than this erasure.
    if count := releases_of(root, settings).forget(lambda _release: True):
        console.say(
            message("Kept releases deleted: {count}. Publish the pages anew: assises deploy.", count=count)
        )
    looked_for = telling_apart(erased.words, _said_by_others(root, roles))
    if len(looked_for) < len(telling_apart(erased.words, ())):
        console.say(
            message(
                "Somebody else says some of the same words, and keeps them: no copy of these was looked for among pages."
            )
        )
    left = _not_reached(root, settings, replace(erased, words=looked_for), output)
    for place in left:
        console.failed(place)
    if erased.holding is None:
        console.say(
            message(
                "The store is at a git host: no ref leads there any more, and only the host can delete what is left."
                " Send it this:"
            )
        )
    console.echo(letter_to_hosts(settings, erased, translate))
    if left:
        sys.exit(1)


def _build_again(console: Console, root: Path, output: tuple[Path, ...], now: datetime | None) -> None:
    for folder in outputs_of(root, output):
        try:
            _loaded, outputs = builder.build(root, now)
            written = write(outputs, folder)
        except ContentError as error:
            console.problems(error.problems)
            console.failed(
                message("{folder} could not be built again: it still shows what it showed.", folder=folder)
            )
        else:
            console.say(
                message(
                    "{folder} was built again; files changed: {changed}.",
                    folder=folder,
                    changed=written.changed,
                )
            )


def _not_reached(root: Path, settings: Settings, erased: Erased, output: tuple[Path, ...]) -> list[Message]:
    """Return what still holds the words, and is for a person to mend."""
    found = [
        message(
            "{place} says the same: take this line out, and out of that repository’s history.",
            place=statement.location,
        )
        for statement in erased.statements
    ]
    found += [
        message("The ref {ref} of the store still leads to it: delete it, then run this again.", ref=ref)
        for ref in erased.holding or ()
    ]
    found += [
        message("{path} still holds it.", path=path) for path in _mentioning(root, settings, erased, output)
    ]
    return found


def _said_by_others(root: Path, roles: Roles) -> Iterator[str]:
    """Yield what residents and the site's own pages say."""
    for record in roles.store.read().records():
        yield from words_of(record.contribution)
    for path in (root / "site.yaml", *sorted((root / "content").rglob("*.md"))):
        if path.is_file():
            yield path.read_text(encoding="utf-8", errors="replace")


def _mentioning(root: Path, settings: Settings, erased: Erased, output: tuple[Path, ...]) -> Iterator[Path]:
    """Yield files of ours that still hold the words; the store's own objects are not searched, but swept."""
    kept, store = kept_in(root, settings), root / settings.store.path
    folders = [folder for folder in (*outputs_of(root, output), kept) if folder.is_dir()]
    yield from mentioning(erased.words, folders, (store, root / settings.store.keys))
