"""Commands on keys: list, make, rotate, backup, restore, hand over."""

from __future__ import annotations

import os
import secrets
import sys
from datetime import datetime
from pathlib import Path
from typing import Literal

import click

from assises.cli.common import NOW, SITE, command, roles_of
from assises.cli.words import _
from assises.console import Console
from assises.content import Content
from assises.files import write_whole
from assises.key_folder import KeyFolder
from assises.keyring import PublishedMonths, announced, expires, months_from
from assises.keys import KeyFileError
from assises.load import instant
from assises.locked import SHORTEST, LockedError
from assises.problems import message
from assises.store import RUNNER

PASSPHRASE = "ASSISES_PASSPHRASE"  # noqa: S105 - the variable's name
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Signs of a passphrase that is told by telephone: none is taken for another."""

FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.group("keys", help=_("Keys: list, make, rotate, backup, restore, hand-over."))
def keys_() -> None:
    """Group what is done with keys."""


@keys_.command("list", help=_("List the keys that are on this machine, by their public halves."))
@SITE
@command
def list_(console: Console, root: Path) -> None:
    """Print a line for each key; never a private half."""
    settings, roles = roles_of(root)
    kept = settings.participation.private.months
    known = PublishedMonths.of(roles.store.read())
    here = {month: key.public for month in roles.ring.months() if (key := roles.ring.find(month))}
    signing = {name: key.public for name, key in _folder(root, settings.store.keys).signing()}
    for name, public in signing.items():
        console.echo(f"{name:<8}  {public}")
    months = sorted({*known.public, *here, *known.expired})
    for month in months:
        where = _("here") if month in here else _("destroyed") if month in known.expired else _("elsewhere")
        public = known.public.get(month) or here.get(month, "")
        console.echo(f"{month:<8}  {public or '–':<64}  {where}  → {expires(month, kept):%Y-%m-%d}")
    console.done(
        message(
            "Keys that sign: {signing}; keys of months: {months}.", signing=len(signing), months=len(months)
        ),
        signing=signing,
        months={
            month: {
                "public": known.public.get(month),
                "here": month in here,
                "expired": month in known.expired,
                "until": f"{expires(month, kept):%Y-%m-%d}",
            }
            for month in months
        },
    )


@keys_.command(help=_("Make the keys that are missing: those that sign, and the next months’."))
@SITE
@click.option(
    "--months", default=2, show_default=True, type=click.IntRange(0, 60), help=_("Months, from this one.")
)
@NOW
@command
def make(console: Console, root: Path, months: int, now: datetime | None) -> None:
    """Make keys, and publish the public halves of months in the store."""
    settings, roles = roles_of(root)
    at = instant(root, now, settings)
    wanted = months_from(at, months)
    before = PublishedMonths.of(roles.store.read())
    roles.store.commit(RUNNER, "Make keys", at, lambda snapshot: announced(snapshot, roles.ring, wanted))
    made = [month for month in wanted if month not in before.public and month not in before.expired]
    console.done(message("Months that have a key now: {months}.", months=", ".join(made) or "–"), months=made)
    console.next(message("assises keys backup FILE"))


@keys_.command(help=_("Put a new key in the place of one that was lost to someone else."))
@click.argument("name", type=click.Choice(("intake", "ledger", "desk")))
@SITE
@NOW
@command
def rotate(
    console: Console, name: Literal["intake", "ledger", "desk"], root: Path, now: datetime | None
) -> None:
    """Drain first, so that nothing signed with the former key is refused; then renew."""
    settings, roles = roles_of(root)
    at = instant(root, now, settings)
    roles.runner(settings, Content()).drain(at)
    former, new = _folder(root, settings.store.keys).renew(name)
    # The new public half is in the store before anything is signed with it elsewhere.
    settings, roles = roles_of(root)
    roles.runner(settings, Content()).publish_keys(at)
    console.done(
        message("The {name} key is another now: {public}.", name=name, public=new.public),
        name=name, former=former.public, public=new.public,
    )  # fmt: skip
    for sentence in _AFTER[name]:
        console.say(sentence)
    console.next(message("assises keys backup FILE"))


_AFTER = {
    "intake": (
        message(
            "Receipts given before stay good. Forms that are open in browsers are shown once more for confirmation."
        ),
        message("Private links of authors that were made with the former key no longer open."),
        message(
            "Where the intake runs on another machine, give it the new key, and name its public half in inbox.keys."
        ),
    ),
    "ledger": (
        message("Heads signed before stay good: keys.json lists the former key, too."),
        message("Tell the witnesses; `assises witness` attests the first head that the new key signs."),
    ),
    "desk": (message("Moderators have to sign in again."),),
}


@keys_.command(help=_("Lock all keys, the months’ too, into FILE with a passphrase: for the town’s keyring."))
@FILE
@SITE
@command
def backup(console: Console, file: Path, root: Path) -> None:
    """Write one file; it belongs to where no backup of data lies."""
    settings, _roles = roles_of(root)
    _write(console, file, _folder(root, settings.store.keys), passphrase(confirm=True))
    console.say(_APART)


_APART = message(
    "Keep this file apart from backups of the store, only its newest version, and make it anew when a month’s key"
    " was destroyed: else what has expired could still be read."
)


@keys_.command(
    "hand-over", help=_("Lock all keys into FILE for whoever takes over, with a passphrase made here.")
)
@FILE
@SITE
@command
def hand_over(console: Console, file: Path, root: Path) -> None:
    """Write one file, and show once the passphrase that opens it."""
    settings, _roles = roles_of(root)
    words = "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(5))
    _write(console, file, _folder(root, settings.store.keys), words)
    console.echo(words)
    console.say(message("Give the file one way and this passphrase another: it is shown this once."))
    console.say(
        message(
            "Whoever takes over runs `assises keys restore`, then `assises keys rotate intake`, `ledger` and `desk`; you"
            " delete {folder} once they have confirmed.",
            folder=root / settings.store.keys,
        )
    )


@keys_.command(help=_("Take the keys out of FILE that are not on this machine."))
@FILE
@SITE
@command
def restore(console: Console, file: Path, root: Path) -> None:
    """Keep each key that is new here; nothing is replaced."""
    from assises.load import read_site  # noqa: PLC0415 - no roles: those would make keys of their own first

    settings, _content, _problems = read_site(root)
    try:
        new = _folder(root, settings.store.keys).take(file.read_bytes(), passphrase())
    except LockedError as error:
        console.failed(message("{path}: {why}", path=file, why=error))
        sys.exit(1)
    console.done(message("Keys taken: {names}.", names=", ".join(new) or "–"), keys=list(new))


def _write(console: Console, file: Path, folder: KeyFolder, words: str) -> None:
    try:
        locked = folder.lock(words, months=True)
    except LockedError as error:
        raise KeyFileError(str(error)) from error
    write_whole(file, locked, secret=True)
    count = sum(1 for _ in folder.signing()) + sum(1 for _ in folder.ring.months())
    console.done(message("Keys in {file}: {count}.", file=file, count=count), file=str(file), keys=count)


def passphrase(*, confirm: bool = False) -> str:
    """Return the passphrase: the environment's, or asked for."""
    words = os.environ.get(PASSPHRASE) or click.prompt(
        _("Passphrase"), hide_input=True, confirmation_prompt=confirm, err=True
    )
    if confirm and len(words) < SHORTEST:
        raise click.UsageError(_("A passphrase has at least {least} characters.").format(least=SHORTEST))
    return str(words)


def _folder(root: Path, keys: str) -> KeyFolder:
    return KeyFolder(root / keys)
