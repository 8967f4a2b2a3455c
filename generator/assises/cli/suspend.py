"""The emergency stop: forms closed within a minute, without a build, and opened again."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import click

from assises.cli.common import NOW, SITE, command
from assises.cli.words import _, translate
from assises.console import Console
from assises.content import Content, Discussed
from assises.forms import form_ids
from assises.load import instant, read_site
from assises.marks import EVERY_FORM, mark
from assises.problems import message
from assises.roles import Roles, moderator
from assises.scalars import closest
from assises.storage import storages_in
from assises.storage_contract import Storage
from assises.store import Author, Changes, Snapshot
from assises.suspensions import Suspension, suspensions, with_suspensions

_ALL = "all"


@click.command("close", help=_("Close a form at once, in an emergency: “topics/housing”, or “all”."))
@click.argument("form")
@SITE
@click.option("--reason", default="", help=_("Why, for those who open it again."))
@NOW
@command
def close(console: Console, form: str, root: Path, reason: str, now: datetime | None) -> None:
    """Close a form, a page's forms or all, where contributions arrive."""
    settings, content, _problems = read_site(root)
    what, who = _named(form, content), moderator(os.environ)
    roles, time = Roles.of(root, settings), instant(root, now, settings)
    # The intake first: this is an emergency.
    troubles = _everywhere(roles, lambda storage: storage.mark(mark("closed", what)))

    def change(snapshot: Snapshot) -> Changes:
        return with_suspensions(suspensions(snapshot) | {what: Suspension(what, who.name, time, reason)})

    roles.store.commit(Author(who.name, who.email), f"Close {what}", time, change)
    _refuse(console, troubles)
    console.done(
        message("{form} is closed: within a minute, nothing is taken there.", form=form), closed=what
    )
    console.next(message("assises build"))


@click.command("open", help=_("Open a form again that was closed in an emergency."))
@click.argument("form")
@SITE
@NOW
@command
def open_(console: Console, form: str, root: Path, now: datetime | None) -> None:
    """Open a form, a page's forms or all again."""
    settings, content, _problems = read_site(root)
    who, time, roles = moderator(os.environ), instant(root, now, settings), Roles.of(root, settings)
    closed = suspensions(roles.store.read())
    what = EVERY_FORM if form == _ALL else form
    if what not in closed:
        what = _named(form, content)
        there = ", ".join(_ALL if name == EVERY_FORM else name for name in closed) or "–"
        sentence = message("“{form}” is not closed; closed are: {closed}.", form=form, closed=there)
        raise click.BadParameter(sentence.render(translate), param_hint="FORM")

    def change(snapshot: Snapshot) -> Changes:
        return with_suspensions({name: item for name, item in suspensions(snapshot).items() if name != what})

    troubles = _everywhere(roles, lambda storage: storage.unmark(mark("closed", what)))
    # As long as a storage says that it is closed, the store says so too, and the command can be run again.
    _refuse(console, troubles)
    roles.store.commit(Author(who.name, who.email), f"Open {what}", time, change)
    console.done(message("{form} takes contributions again, within a minute.", form=form), opened=what)
    console.next(message("assises build"))


def _named(form: str, content: Content) -> str:
    """Return the form or page that is meant; all: ``*``."""
    if form == _ALL:
        return EVERY_FORM
    known = list(_known(content))
    if form in known:
        return form
    guess = closest(form, known)
    sentence = (
        message("There is no form “{form}”. Did you mean “{guess}”?", form=form, guess=guess)
        if guess
        else message("There is no form “{form}”; there are {known}.", form=form, known=", ".join(known[:20]))
    )
    raise click.BadParameter(sentence.render(translate), param_hint="FORM")


def _known(content: Content) -> Iterator[str]:
    for page in content.pages:
        if isinstance(page, Discussed) and page.comments:
            yield from (page.id, *form_ids(page))


def _everywhere(roles: Roles, tell: Callable[[Storage], None]) -> list[str]:
    """Tell every storage, whatever keeps from another, and return what kept from those that were not told."""
    troubles = []
    for storage in [*storages_in(os.environ), roles.spool]:
        try:
            tell(storage)
        except OSError as error:
            troubles.append(str(error))
    return troubles


def _refuse(console: Console, troubles: list[str]) -> None:
    """End with 1, and say why, where a storage was not told."""
    if troubles:
        reach = message(
            "Done, but not everywhere. Run the command again, until it reaches: {storages}.",
            storages="; ".join(troubles),
        )
        console.failed(reach)
        sys.exit(1)
