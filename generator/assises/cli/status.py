"""How the consultation stands: what waits for the runner, and for moderators."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import click

from assises import forms
from assises.catalogues import language_of
from assises.cli.common import NOW, SITE, command, roles_of
from assises.cli.places import releases_of
from assises.cli.words import _, translate
from assises.console import Console
from assises.decisions import due
from assises.deploy.due import is_told, right_until
from assises.last_turn import FILE as TURN
from assises.last_turn import LastTurn
from assises.load import instant, kept_in, look_through
from assises.problems import Message, message
from assises.site import Site
from assises.stages import stage
from assises.standing import deployed, last_turn, opened, shown
from assises.translation import Formats
from assises.verification import ask
from assises.waiting import LATE, Waiting, look


@click.command(
    help=_("Tell what is open, what waits for the runner and for moderators, and what is deployed.")
)
@SITE
@NOW
@command
def status(console: Console, root: Path, now: datetime | None) -> None:
    """Print a line for each storage and for the queue; end with 1 where something waits too long."""
    settings, roles = roles_of(root)
    moment = instant(root, now, settings)
    storages = look((roles.spool, *roles.elsewhere))
    with roles.store:
        snapshot = roles.store.read()
        pending = [record.contribution for record in snapshot.records("pending")]
        decisions = len(due(snapshot))
    head = snapshot.head()
    for waiting in storages:
        (console.failed if waiting.trouble else console.say)(_told(waiting, moment))
    queue = Waiting("", len(pending), pending[0].time if pending else None)
    console.say(
        message(
            "Waiting for moderators: {count}; the oldest for {age}.",
            count=queue.count,
            age=_age(queue, moment),
        )
        if pending
        else message("Nothing waits for moderators.")
    )
    site = look_through(root, now).site
    standing = (opened(site, _moment(site)), deployed(site, releases_of(root, settings).all(), _moment(site)))
    for sentence in standing:
        console.say(sentence)
    ages = [*_pages(site), *_last_turn(root, site, moment)]
    for age in ages:
        (console.failed if age.is_late and not console.as_json else console.say)(age.told)
    late = any(waiting.trouble or _is_late(waiting, moment) for waiting in storages)
    well = not (late or any(age.is_late for age in ages))
    console.done(
        message("Lines of the ledger: {seq}; decisions to be entered: {due}.", seq=head.seq if head else 0, due=decisions),
        ok=well,
        storages=[_facts(waiting, moment) for waiting in storages],
        moderation=_facts(queue, moment),
        open=stage(site).name in ("open", "closing-soon"),
        standing=[sentence.render() for sentence in (*standing, *(age.told for age in ages))],
        ledger={"seq": head.seq if head else 0, "due": decisions},
    )  # fmt: skip
    if not well:
        sys.exit(1)


@dataclass(frozen=True, slots=True)
class _Age:
    """What may be too old."""

    told: Message
    is_late: bool


def _pages(site: Site) -> Iterator[_Age]:
    """Yield how old the pages are that visitors read, by what the public address says; nothing, where it is silent."""
    url = site.settings.url
    answer = ask(f"{url}{forms.PATH}") if site.settings.deploy.to else None
    if answer and answer.status == 200 and is_told(answer.body):
        until = right_until(answer.body)
        late = until is not None and site.now - until > LATE
        yield _Age(shown(url, until, site.now, _moment(site)), late)


def _last_turn(root: Path, site: Site, now: datetime) -> Iterator[_Age]:
    folder = kept_in(root, site.settings)
    if ended := LastTurn.read(folder).ended:
        yield _Age(last_turn(ended, now, _moment(site), folder / TURN), now - ended > LATE)


def _moment(site: Site) -> Callable[[datetime], str]:
    formats = Formats(language_of(os.environ), site.settings.time_zone)

    def moment(instant: datetime) -> str:
        joined = message("{day} at {time}", day=formats.day(instant), time=formats.time(instant))
        return joined.render(translate)

    return moment


def _told(waiting: Waiting, now: datetime) -> Message:
    if waiting.trouble:
        return message("{place} cannot be reached: {why}.", place=waiting.place, why=waiting.trouble)
    if not waiting.count:
        return message("{place}: nothing waits for the runner.", place=waiting.place)
    return message(
        "{place}: {count} wait for the runner, the oldest for {age}.",
        place=waiting.place,
        count=waiting.count,
        age=_age(waiting, now),
    )


def _seconds(waiting: Waiting, now: datetime) -> int:
    return max(0, int((now - waiting.oldest).total_seconds())) if waiting.oldest else 0


def _age(waiting: Waiting, now: datetime) -> str:
    """Return hours, minutes and seconds: « 2:05:00 », which every language reads."""
    return str(timedelta(seconds=_seconds(waiting, now)))


def _is_late(waiting: Waiting, now: datetime) -> bool:
    return waiting.oldest is not None and now - waiting.oldest > LATE


def _facts(waiting: Waiting, now: datetime) -> dict[str, object]:
    facts: dict[str, object] = {"waiting": waiting.count, "oldest_seconds": _seconds(waiting, now)}
    place: dict[str, object] = {"place": waiting.place} if waiting.place else {}
    return place | facts | ({"trouble": waiting.trouble} if waiting.trouble else {})
