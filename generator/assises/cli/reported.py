"""Commands on reports of published contributions: list them, and deal with one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from assises.cli.common import NOW, SITE, Sentence, command, roles_of
from assises.cli.moderate import REFUSALS, checked_rule, find, local, who
from assises.cli.words import _, translate
from assises.console import Console
from assises.content import Content
from assises.contribution import Contribution, number
from assises.load import instant
from assises.moderation import Decision, ModerationError, Seen, decide, uphold
from assises.problems import message
from assises.report_form import WHY
from assises.store import Snapshot


@click.command(help=_("List the reports that wait, with what they are about."))
@SITE
@command
def reports(console: Console, root: Path) -> None:
    """Print a line for each."""
    settings, roles = roles_of(root)
    found = _open(roles.store.read())
    for report in found:
        first = " ".join(report.text.split())[:60]
        console.echo(
            f"{report.id}  {local(report.time, settings)}  {_why(report):<16}  {number(report.of)}  {first}"
        )
    console.done(
        message("Reports that wait: {count}.", count=len(found)), reports=[_facts(each) for each in found]
    )
    if found:
        console.next(
            message(
                "assises moderate deal-with ID, with --rule and --reason to withhold what it is about, or --dismiss and --reason"
            )
        )


@click.command("deal-with", help=_("Deal with a report: withhold what it is about, or dismiss it."))
@click.argument("id")
@SITE
@click.option(
    "--rule", default="", help=_("A rule of site.yaml’s participation.rules, by its id, to withhold by.")
)
@click.option("--dismiss", is_flag=True, help=_("Leave the contribution as it is."))
@click.option(
    "--reason",
    type=Sentence(),
    required=True,
    help=_("Why, in a sentence that the author of the contribution may read."),
)
@NOW
@command
def deal_with(
    console: Console, id: str, root: Path, rule: str, dismiss: bool, reason: str, now: datetime | None
) -> None:
    """Take the decision, with all other reports about the same contribution, and enter it into the ledger."""
    settings, roles = roles_of(root)
    report, at = find(roles, id), instant(root, now, settings)
    if report.contribution.kind != "report":
        raise click.UsageError(message("This is no report.").render(translate))
    if dismiss == bool(rule):
        raise click.UsageError(message("Give either --rule or --dismiss.").render(translate))
    if rule:
        checked_rule(Decision("withhold", who().name, at, rule, reason), settings)
    try:
        if dismiss:
            decide(
                roles.store,
                report.contribution.id,
                Decision("dismiss", who().name, at, reason=reason),
                who(),
                Seen("pending"),
            )
        else:
            of = report.contribution.of
            others = tuple(each.id for each in _open(roles.store.read()) if each.of == of)
            taken = Decision("withhold", who().name, at, rule, reason, related=others)
            uphold(roles.store, report, taken, who())
    except ModerationError as error:
        raise click.UsageError(REFUSALS[error.reason].render(translate)) from error
    roles.runner(settings, Content()).drain(at)
    told = (
        message("Report {number} is dismissed.", number=report.contribution.number)
        if dismiss
        else message("{id} is withheld.", id=report.contribution.of)
    )
    console.done(
        told,
        id=report.contribution.id,
        of=report.contribution.of,
        action="dismiss" if dismiss else "withhold",
    )
    console.next(message("assises build"))


def _open(snapshot: Snapshot) -> tuple[Contribution, ...]:
    pending = (record.contribution for record in snapshot.records("pending"))
    return tuple(said for said in pending if said.kind == "report")


def _why(report: Contribution) -> str:
    return next((given[0] for item, given in report.answers if item == WHY), "")


def _facts(report: Contribution) -> dict[str, Any]:
    return {
        "id": report.id, "number": report.number, "of": report.of, "time": report.time.isoformat(),
        "why": _why(report), "text": report.text,
    }  # fmt: skip
