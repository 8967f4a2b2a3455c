"""The command that asks outside witnesses."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path

import click

from assises.catalogues import sentences
from assises.cli.common import NOW, SITE, command, roles_of
from assises.cli.words import _
from assises.console import Console
from assises.load import instant
from assises.mail import Account, MailError
from assises.problems import Message, message
from assises.settings import Settings
from assises.stamps import StampsUnreadableError
from assises.store import Store
from assises.witness import Witnessed, mail_head, stamp_head


@click.command(help=_("Have outside witnesses attest the ledger’s newest head: once a day, beside `drain`."))
@SITE
@NOW
@command
def witness(console: Console, root: Path, now: datetime | None) -> None:
    """Ask each authority that site.yaml names, and write to each correspondent; exit 1 where one did not answer."""
    settings, roles = roles_of(root)
    declared, at = settings.witnesses, instant(root, now, settings)
    if not (declared.authorities or declared.correspondents):
        console.failed(message("site.yaml names no witnesses: add them under “witnesses”."))
        sys.exit(1)
    found, mailed, faults = Witnessed(roles.store.read().head()), 0, []
    if declared.authorities:
        try:
            found = stamp_head(roles.store, root, declared.authorities, at)
        except StampsUnreadableError:
            faults.append(message("Time-stamps need “pip install '{extra}'”.", extra="assises[witness]"))
    if declared.correspondents:
        mailed, more = _mail(roles.store, settings, at)
        faults += more
    faults += found.faults
    for fault in faults:
        console.failed(fault)
    if found.head is None:
        console.done(message("The ledger is empty: there is nothing to attest yet."), stamped=[], mailed=0)
    else:
        console.done(
            message(
                "The ledger’s head, line {seq}: time-stamps got: {stamped}, had before: {known}; heads mailed: {mailed}.",
                seq=found.head.seq,
                stamped=len(found.stamped),
                known=len(found.known),
                mailed=mailed,
            ),
            ok=not faults,
            line=found.head.seq,
            stamped=list(found.stamped),
            known=list(found.known),
            mailed=mailed,
        )
    if faults:
        sys.exit(1)
    if found.stamped:
        console.next(message("assises build, to publish them"))


def _mail(store: Store, settings: Settings, now: datetime) -> tuple[int, list[Message]]:
    try:
        account = Account.from_environment(os.environ)
    except MailError as error:
        return 0, [message("{why}", why=error)]
    if account is None:
        return 0, [message("Heads were not mailed: ASSISES_SMTP names no mail server.")]
    count, faults = mail_head(store, account, settings, sentences(settings.languages[0]), now)
    return count, list(faults)
