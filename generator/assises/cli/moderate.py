"""Commands on contributions: list, show, publish, withhold."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from assises.catalogues import sentences
from assises.cli.common import NOW, SITE, Sentence, command, roles_of
from assises.cli.words import _, translate
from assises.console import Console
from assises.content import Content
from assises.contribution import Contribution
from assises.flag_words import flags_of, why_flagged
from assises.load import instant, read_site
from assises.moderation import Action, Decision, ModerationError, decide, decisions_on
from assises.problems import message
from assises.queue import Filter, Known
from assises.reasons import statement
from assises.roles import Roles, moderator
from assises.settings import Settings
from assises.site import Site
from assises.store import FATES, Author, Record


@click.group(help=_("Read and decide on contributions."))
def moderate() -> None:
    """Group what moderators do."""


@moderate.command("list", help=_("List contributions, those that wait by default."))
@SITE
@click.option("--state", type=click.Choice(FATES), default="pending", show_default=True)
@click.option("--of", default="", metavar="PAGE", help=_("Only those that speak to this page, by its id."))
@click.option("--flag", default="", help=_("Only those that were flagged so, such as flood."))
@click.option("--words", default="", help=_("Only those that have these words in their text or name."))
@NOW
@command
def list_(
    console: Console, root: Path, state: str, of: str, flag: str, words: str, now: datetime | None
) -> None:
    """Print a line for each contribution of one fate, and below it why it was flagged."""
    settings, content, _problems = read_site(root)
    site = Site.unspoken(settings, content, instant(root, now, settings))
    snapshot, asked, rows = Roles.of(root, settings).store.read(), Filter(of, flag, words), []
    for record in snapshot.records(*(fate for fate in FATES if fate == state)):
        said, decisions = record.contribution, decisions_on(snapshot, record.fate, record.contribution.id)
        if not asked.fits(Known(said, flags_of(decisions))):
            continue
        why = [each.render(translate) for each in why_flagged(said, decisions, site)]
        first = " ".join(said.text.split())[:60]
        console.echo(f"{said.id}  {local(said.time, settings)}  {said.page:<30}  {first}")
        console.echo("".join(f"{'':26}  ! {each}\n" for each in why), end="")
        rows.append(_facts(record) | {"flags": list(flags_of(decisions)), "why_flagged": why})
    console.done(message("Contributions: {count}.", count=len(rows)), contributions=rows)
    if rows and state == "pending":
        console.next(message("assises moderate show ID"))


@moderate.command(help=_("Show one contribution whole, with what was decided on it."))
@click.argument("id")
@SITE
@command
def show(console: Console, id: str, root: Path) -> None:
    """Print one contribution and its history."""
    settings, content, _problems = read_site(root)
    roles = Roles.of(root, settings)
    snapshot = roles.store.read()
    found = find(roles, id)
    decisions = decisions_on(snapshot, found.fate, found.contribution.id)
    site = Site.unspoken(settings, content, found.contribution.time)
    page = site.page(found.contribution.page)
    for name, value in (_facts(found) | {"page": page.title if page else ""}).items():
        if name not in ("text", "answers") and value:
            console.echo(f"{name:>10}  {value}")
    parent = snapshot.record(found.contribution.of)
    if parent:
        number, state = parent.contribution.number, parent.fate
        console.say(message("It speaks to contribution {number} ({state}):", number=number, state=state))
        console.echo(_barred(parent.contribution))
    console.echo(f"\n{_barred(found.contribution)}\n")
    for decision in decisions:
        why = " ".join(part for part in (decision.rule, decision.reason, decision.correction) if part)
        console.echo(f"{local(decision.time, settings)}  {decision.action} — {decision.who}  {why}")
    flagged = why_flagged(found.contribution, decisions, site)
    for each in flagged:
        console.say(message("Flagged: {why}", why=each.render(translate)))
    language = settings.languages[0]
    told = statement(found.contribution.id, decisions, settings, language, sentences(language))
    if told:
        console.say(message("What the author is told:"))
        console.echo("\n".join(f"│ {line}" for paragraph in told for line in paragraph.split("\n")))
    console.json(
        **_facts(found),
        title=page.title if page else None,
        parent=_facts(parent) if parent else None,
        flags=list(flags_of(decisions)),
        why_flagged=[each.render(translate) for each in flagged],
        decisions=[decision.document() for decision in decisions],
        statement=list(told),
    )


@moderate.command(help=_("Publish a contribution."))
@click.argument("id")
@SITE
@NOW
@command
def publish(console: Console, id: str, root: Path, now: datetime | None) -> None:
    """Take the decision, and enter it into the ledger."""
    _decide(console, root, id, now, "publish")


@moderate.command(help=_("Withhold a contribution, by a rule of the charter and with a reason."))
@click.argument("id")
@SITE
@click.option("--rule", required=True, help=_("A rule of site.yaml’s participation.rules, by its id."))
@click.option(
    "--reason", type=Sentence(), required=True, help=_("Why, in a sentence that its author may read.")
)
@NOW
@command
def withhold(console: Console, id: str, root: Path, rule: str, reason: str, now: datetime | None) -> None:
    """Take the decision, and enter it into the ledger."""
    _decide(console, root, id, now, "withhold", rule, reason)


@moderate.command(help=_("Reverse a decision: publish what is withheld, withhold what is published."))
@click.argument("id")
@SITE
@click.option(
    "--rule", default="", help=_("A rule of site.yaml’s participation.rules, by its id, to withhold by.")
)
@click.option("--reason", default="", help=_("Why, in a sentence that its author may read."))
@NOW
@command
def reverse(console: Console, id: str, root: Path, rule: str, reason: str, now: datetime | None) -> None:
    """Take the opposite decision."""
    fate = find(roles_of(root)[1], id).fate
    if fate == "withheld":
        _decide(console, root, id, now, "publish")
    elif fate == "published" and rule and reason.strip():
        _decide(console, root, id, now, "withhold", rule, reason)
    elif fate == "published":
        raise click.UsageError(
            message("To withhold what is published, give --rule and --reason.").render(translate)
        )
    else:
        raise click.UsageError(message("Nothing is decided about it yet.").render(translate))


def _decide(
    console: Console,
    root: Path,
    id: str,
    now: datetime | None,
    action: Action,
    rule: str = "",
    reason: str = "",
) -> None:
    settings, roles = roles_of(root)
    decision = Decision(action, who().name, instant(root, now, settings), rule, reason)
    checked_rule(decision, settings)
    id = find(roles, id).contribution.id
    try:
        decide(roles.store, id, decision, who())
    except ModerationError as error:
        raise click.UsageError(REFUSALS[error.reason].render(translate)) from error
    # On one machine the runner's key lies beside: the decision enters the ledger at once.
    roles.runner(settings, Content()).drain(decision.time)
    done = {"publish": message("{id} is published.", id=id), "withhold": message("{id} is withheld.", id=id)}
    console.done(done[decision.action], id=id, action=decision.action)
    console.next(message("assises build"))


def checked_rule(decision: Decision, settings: Settings) -> None:
    """End with wrong usage where a decision names a rule that the charter does not have."""
    rules = [item.id for item in settings.participation.rules]
    if decision.rule and decision.rule not in rules:
        sentence = message(
            "“{rule}” is no rule of the charter; there are {rules}.",
            rule=decision.rule,
            rules=", ".join(rules),
        )
        raise click.BadParameter(sentence.render(translate), param_hint="--rule")


def local(time: datetime, settings: Settings) -> str:
    """Return an instant in the consultation's time zone."""
    return f"{time.astimezone(settings.time_zone):%Y-%m-%d %H:%M}"


def who() -> Author:
    """Return in whose name decisions are made here."""
    return moderator(os.environ).author


REFUSALS = {
    "unknown": message("There is no such contribution in the store."),
    "already": message("This was decided so already."),
    "erased": message("This contribution was erased."),
    "withdrawn": message("Its author has withdrawn this contribution."),
    "orphan": message("What it would change was withheld, withdrawn or erased, or is not in the store."),
    "kind": message("There is no such decision on a contribution of this kind."),
}


def find(roles: Roles, id: str) -> Record:
    """Return the contribution with this id, or with this short number."""
    wanted = id.upper()
    record = roles.store.read().find(wanted)
    if record is None:
        raise click.BadParameter(REFUSALS["unknown"].render(translate), param_hint="ID")
    return record


def _barred(said: Contribution) -> str:
    """Return what somebody said behind a bar, so that no line of it passes for one of ours."""
    answers = (f"{item}: {', '.join(given)}" for item, given in said.answers)
    text = "\n".join(filter(None, (said.text, *answers)))
    return "\n".join(f"│ {line}" for line in text.split("\n"))


def _facts(record: Record) -> dict[str, Any]:
    c = record.contribution
    names = (
        "id",
        "number",
        "kind",
        "of",
        "form",
        "language",
        "channel",
        "place",
        "author",
        "position",
        "text",
    )
    return {
        "state": record.fate,
        "time": c.time.isoformat(),
        **{name: getattr(c, name) for name in names},
        "answers": {item: list(given) for item, given in c.answers},
    }
