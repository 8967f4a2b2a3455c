"""``assises moderate many``: one decision on many contributions, as a flood asks for."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Literal, TextIO

import click

from assises.cli.common import NOW, SITE, command, roles_of
from assises.cli.moderate import REFUSALS, checked_rule, find, who
from assises.cli.words import _, translate
from assises.console import Console
from assises.content import Content
from assises.decisions import Decision
from assises.load import instant
from assises.moderation import Seen, decide_all
from assises.problems import message


@click.command(
    "many",
    help=_("Take one decision on many contributions that wait: their ids or numbers, one a line."),
    epilog=_(
        "Example: assises moderate many withhold --rule advertising --reason “Advertising.” --ids flood.txt"
    ),
)
@click.argument("action", type=click.Choice(("publish", "withhold")))
@SITE
@click.option(
    "--ids",
    type=click.File(encoding="utf-8-sig"),
    default="-",
    help=_("File that lists them; by default, standard input."),
)
@click.option("--rule", default="", help=_("A rule of site.yaml’s participation.rules, by its id."))
@click.option("--reason", default="", help=_("Why, in a sentence that its author may read."))
@NOW
@command
def many(
    console: Console,
    action: Literal["publish", "withhold"],
    root: Path,
    ids: TextIO,
    rule: str,
    reason: str,
    now: datetime | None,
) -> None:
    """Decide in one commit; what was decided meanwhile stays as it is, and is told."""
    if action == "withhold" and not (rule and reason.strip()):
        raise click.UsageError(message("To withhold, give --rule and --reason.").render(translate))
    settings, roles = roles_of(root)
    decision = Decision(action, who().name, instant(root, now, settings), rule, reason.strip())
    checked_rule(decision, settings)
    wanted = [find(roles, line.strip()).contribution.id for line in ids if line.strip()]
    done = decide_all(roles.store, wanted, decision, who(), Seen("pending"))
    # As with a single decision: on one machine the runner's key lies beside.
    roles.runner(settings, Content()).drain(decision.time)
    for id, why in done.refused.items():
        if not console.as_json:
            console.failed(message("{id}: {why}", id=id, why=REFUSALS[why].render(translate)))
    console.done(
        message("Decided: {count} of {total}.", count=len(done.done), total=len(wanted)),
        ok=not done.refused,
        action=action,
        decided=list(done.done),
        refused=dict(done.refused),
    )
    if done.refused:
        sys.exit(1)
    console.next(message("assises build"))
