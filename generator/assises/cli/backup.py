"""Commands that keep a consultation safe: backup, restore."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from assises.backup import BackupError, Kept, back_up
from assises.backup import restore as restore_from
from assises.cli.common import NOW, SITE, command, roles_of
from assises.cli.keys import FILE, passphrase
from assises.cli.words import _
from assises.console import Console
from assises.key_folder import KeyFolder
from assises.load import instant, read_site
from assises.locked import LockedError
from assises.problems import message
from assises.store_address import far_branch


@click.command(
    help=_("Write the whole consultation of DIR to FILE: site, store, what waits, the keys that sign.")
)
@FILE
@SITE
@NOW
@command
def backup(console: Console, file: Path, root: Path, now: datetime | None) -> None:
    """Write one file, and say what is in it and what is not."""
    settings, roles = roles_of(root)
    words = passphrase(confirm=True)
    kept = Kept(root, settings, roles.store, (roles.spool, *roles.elsewhere))
    content = back_up(file, kept, words, instant(root, now, settings))
    size = -(-file.stat().st_size // 1000)
    console.done(
        message(
            "In {file} ({size} kB): files of the site: {site}; the store with all its refs; waiting: {waiting}, set aside:"
            " {aside}; keys that sign, locked.",
            file=file, size=size, site=content.site, waiting=content.waiting, aside=content.aside,
        ),
        file=str(file), **asdict(content),
    )  # fmt: skip
    console.say(
        message(
            "It holds what residents sent and is not published: keep it as safe as the store. The months’ keys for private"
            " data are not in it, so that expiry holds for backups, too: they have a file of their own."
        )
    )
    console.next(message("assises keys backup FILE"))


@click.command(help=_("Make the consultation of FILE in DIR, a folder that is empty or absent."))
@FILE
@click.argument("root", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--keys",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=_("The file of `assises keys backup`, for the months’ keys."),
)
@command
def restore(console: Console, file: Path, root: Path, keys: Path | None) -> None:
    """Restore, and say what to do next."""
    words = passphrase()
    try:
        content = restore_from(file, root, words, far_branch(os.environ))
        taken = _months(root, keys, words) if keys else ()
    except BackupError as error:
        console.failed(error.what)
        sys.exit(1)
    except LockedError as error:
        console.failed(message("{why}", why=error))
        sys.exit(1)
    console.done(
        message(
            "In {folder}: files of the site: {site}; waiting: {waiting}, set aside: {aside}; keys: {keys}.",
            folder=root, site=content.site, waiting=content.waiting, aside=content.aside,
            keys=", ".join((*content.keys, *taken)) or "–",
        ),
        **(asdict(content) | {"keys": [*content.keys, *taken]}),
    )  # fmt: skip
    console.say(
        message(
            "What was erased after this backup was made is in it again: run `assises privacy forget` for it once more."
        )
    )
    console.next(
        message("assises drain {folder} && assises verify {folder} && assises build {folder}", folder=root)
    )


def _months(root: Path, keys: Path, words: str) -> tuple[str, ...]:
    settings, _content, _problems = read_site(root)
    return KeyFolder(root / settings.store.keys).take(keys.read_bytes(), words)
