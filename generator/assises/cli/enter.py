"""Commands by which staff enter something themselves: the town's answer, and what a resident said elsewhere."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TextIO

import click

from assises.canonical import normal
from assises.catalogues import LANGUAGES
from assises.cli.common import NOW, SITE, command
from assises.cli.moderate import REFUSALS, find, who
from assises.cli.words import _, translate
from assises.console import Console
from assises.content import Content, Discussed
from assises.contribution import OUTCOMES, POSITIONS, Contribution, ContributionError
from assises.entering import (
    CHANNELS,
    ELSEWHERE,
    Answer,
    Note,
    enter,
    fits,
    hinders_answer,
    items_of,
    pages_spoken_to,
    said_on,
    sent_under,
)
from assises.forms import form_id
from assises.load import instant, read_site
from assises.problems import Message, message
from assises.roles import Roles
from assises.settings import Settings
from assises.site import Site

_TEXT = click.option(
    "--text",
    type=click.File(encoding="utf-8-sig"),  # with the mark that Windows' editor may put first
    default="-",
    help=_("File with the words; standard input by default."),
)
_LANGUAGE = click.option(
    "--language", default=LANGUAGES[0], show_default=True, help=_("In which language it is.")
)


@click.command(help=_("Answer a contribution as a function of the town, in words read from a file."))
@click.argument("id")
@SITE
@click.option("--as", "function", required=True, help=_("The function, as residents read it."))
@_TEXT
@click.option("--outcome", type=click.Choice(OUTCOMES), help=_("What comes of it."))
@click.option("--to", default="", help=_("Whom it is passed on to, or which synthesis deals with it."))
@_LANGUAGE
@NOW
@command
def answer(
    console: Console,
    id: str,
    root: Path,
    function: str,
    text: TextIO,
    outcome: str | None,
    to: str,
    language: str,
    now: datetime | None,
) -> None:
    """Publish the answer, and enter it into the ledger."""
    settings, _content, _problems = read_site(root)
    roles, at = Roles.of(root, settings), instant(root, now, settings)
    record = find(roles, id)
    parent = record.contribution
    if why := hinders_answer(record):
        raise _wrong(message("Only comments and proposals are answered.") if why == "kind" else REFUSALS[why])
    if (outcome in ELSEWHERE) != bool(to):
        raise _wrong(
            message(
                "--to goes with the outcomes {outcomes}, and with no other.", outcomes=", ".join(ELSEWHERE)
            )
        )
    words = Answer(_words(text, settings), function.strip(), language, outcome or "", to)
    if not words.author:
        raise _wrong(message("--as is empty."))
    said = _made(lambda: words.draft(parent, at), roles)
    _enter(console, roles, settings, said, at, publish=True)


@click.command(
    "type-in",
    help=_(
        "Type in what a resident said on paper, by telephone or in a meeting; its words are read from a file."
    ),
)
@SITE
@click.option(
    "--of",
    "page",
    required=True,
    metavar="PAGE",
    help=_("What it speaks to: a page’s id, such as topics/housing."),
)
@click.option(
    "--channel",
    type=click.Choice(CHANNELS),
    default=CHANNELS[0],
    show_default=True,
    help=_("How it was said."),
)
@click.option("--day", metavar="YYYY-MM-DD", help=_("When it was said; today by default."))
@click.option("--place", default="", help=_("Where it was said or handed in."))
@click.option("--author", default="", help=_("The name to show, as the person wants it."))
@click.option("--position", type=click.Choice(POSITIONS), help=_("For, nuanced or against."))
@click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="QUESTION=ANSWER",
    help=_("An answer to a survey: the question’s id, and the choice’s id or the words. As often as needed."),
)
@click.option("--wait", is_flag=True, help=_("Let it wait for a decision, instead of publishing it."))
@_TEXT
@_LANGUAGE
@NOW
@command
def type_in(
    console: Console,
    root: Path,
    page: str,
    channel: str,
    day: str | None,
    place: str,
    author: str,
    position: str | None,
    answers: tuple[str, ...],
    wait: bool,
    text: TextIO,
    language: str,
    now: datetime | None,
) -> None:
    """Enter it into the store and the ledger, in the name of whoever types."""
    settings, content, _problems = read_site(root)
    roles, at = Roles.of(root, settings), instant(root, now, settings)
    spoken_to = page_spoken_to(Site.unspoken(settings, content, at), page, language)
    survey = bool(items_of(spoken_to))
    if survey and (author or position):
        raise _wrong(message("A survey takes neither a name nor a position."))
    note = Note(
        form=form_id(spoken_to),
        channel=channel,
        time=said_on(_day(day, at, settings), settings.time_zone, at),
        language=language,
        place=" ".join(place.split()),
        text="" if survey else _words(text, settings),
        answers=_answers(spoken_to, answers, settings),
        author=" ".join(author.split()),
        position=position or "",
    )
    _enter(console, roles, settings, _made(note.draft, roles), at, publish=not wait)


def page_spoken_to(site: Site, id: str, language: str) -> Discussed:
    """Return a page that one can speak to, in this language where it is written in it; another ends with wrong usage."""
    found = next((page for page in pages_spoken_to(site, language) if page.id == id), None)
    if found is None:
        raise _wrong(message("No page that one can speak to has the id “{page}”.", page=id))
    return found


def _answers(
    page: Discussed, given: Sequence[str], settings: Settings
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the answers to a survey by its questions' ids, in the order that the format keeps."""
    items = {item.id: item for item in items_of(page)}
    found: dict[str, set[str]] = {}
    for id, _sign, answer in (each.partition("=") for each in given):
        if id not in items:
            known = ", ".join(items) or "–"
            raise _wrong(
                message("“{id}” is no question of this page; there are: {known}", id=id, known=known)
            )
        found.setdefault(id, set()).update(filter(None, [normal(answer).strip()]))
    if items and not any(found.values()):
        raise _wrong(message("The page is a survey: give its answers with --answer QUESTION=ANSWER."))
    for id, texts in found.items():
        if not fits(items[id], sorted(texts), settings.participation.max_length):
            choices = ", ".join(choice.id for choice in items[id].options)
            raise _wrong(
                message("This is no answer to “{id}” (choices: {choices}).", id=id, choices=choices or "–")
            )
    return tuple(sorted((id, tuple(sorted(texts))) for id, texts in found.items() if texts))


def _day(written: str | None, now: datetime, settings: Settings) -> date:
    today = now.astimezone(settings.time_zone).date()
    try:
        day = date.fromisoformat(written) if written else today
    except ValueError:
        raise _wrong(message("“{day}” is no day like 2017-11-20.", day=written)) from None
    if day > today:
        raise _wrong(message("The day is later than today."))
    return day


def _words(text: TextIO, settings: Settings) -> str:
    most = settings.participation.max_length
    try:
        words = text.read(most + 2).strip()
    except UnicodeDecodeError:
        raise _wrong(message("The text is not UTF-8. Save its file in this encoding.")) from None
    if not words:
        raise _wrong(message("The text is empty."))
    if len(words) > most:
        raise _wrong(message("The text is longer than {most} characters.", most=most))
    return words


def _made(make: Callable[[], Contribution], roles: Roles) -> Contribution:
    try:
        # Two notes may say the same: each typing in is its own.
        return sent_under(make(), roles.desk_key, secrets.token_hex(16))
    except ContributionError as error:
        raise _wrong(message("This cannot be kept as a contribution ({why}).", why=error)) from error


def _enter(
    console: Console, roles: Roles, settings: Settings, said: Contribution, now: datetime, *, publish: bool
) -> None:
    enter(roles.store, [said], who(), now, publish=publish)
    # On one machine the runner's key lies beside: it enters the ledger at once.
    roles.runner(settings, Content()).drain(now)
    told = (
        message("{number} is published.", number=said.number)
        if publish
        else message("{number} waits for a decision.", number=said.number)
    )
    console.done(told, id=said.id, number=said.number, state="published" if publish else "pending")
    console.next(message("assises build"))


def _wrong(why: Message) -> click.UsageError:
    return click.UsageError(why.render(translate))
