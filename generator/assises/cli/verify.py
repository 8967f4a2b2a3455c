"""The command that proves."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click

from assises import verify as proof
from assises.cli.common import NOW, _, command, translate
from assises.clock import system_clock
from assises.console import Console
from assises.evidence import evidence_at, head_in
from assises.problems import Message, message
from assises.verify import EvidenceError, Verdict


@click.command(
    help=_("Prove that the ledger is whole: of the site in DIR, or of built pages in DIR or at a URL."),
)
@click.argument("place", metavar="[DIR|URL]", default=".")
@click.option(
    "--receipt",
    type=click.File(encoding="utf-8"),
    help=_("A file with a receipt, or with its page’s address, to look for."),
)
@click.option(
    "--since",
    type=click.File("rb"),
    help=_("An earlier ledger/head.json, which the ledger must run through."),
)
@NOW
@command
def verify(console: Console, place: str, receipt: Any, since: Any, now: datetime | None) -> None:
    """Say whether it holds; exit 1 where it does not."""
    instant = now.astimezone(UTC) if now else system_clock()
    try:
        verdict = proof.verify(evidence_at(place), instant, receipt.read() if receipt else "", head_in(since))
    except EvidenceError as error:
        console.failed(error.what)
        sys.exit(1)
    _tell(console, verdict)
    sys.exit(0 if verdict.holds else 1)


def _tell(console: Console, verdict: Verdict) -> None:
    counts = asdict(verdict.counts)
    faults = [fault.render(translate) for fault in verdict.faults]
    if console.as_json:
        console.json(ok=verdict.holds, holds=verdict.holds, promise=verdict.promise, faults=faults, **counts)
        return
    for fault in verdict.faults:
        console.failed(fault)
    console.say(message(_SUM, **counts))
    for channel in verdict.ledger.channels:
        count = verdict.ledger.counts(channel).received
        console.say(message("  by {channel}: {count}", channel=channel, count=count))
    for note in verdict.notes:
        console.say(note)
    if verdict.promise in ("late", "broken"):
        console.failed(_PROMISES[verdict.promise])
    elif verdict.promise:
        console.say(_PROMISES[verdict.promise])
    if verdict.holds:
        lines = len(verdict.ledger.entries)
        console.done(message("The ledger’s chain is whole and its head signed; lines: {count}.", count=lines))


_SUM = message(
    "Contributions received: {received} = {published} published + {waiting} waiting + {withheld} withheld"
    " + {withdrawn} withdrawn + {erased} erased."
).text

_PROMISES: dict[str, Message] = {
    "kept": message("The receipt’s promise is kept: its contribution stands in the ledger as it was sent."),
    "late": message(
        "The receipt’s promise was kept late: its contribution entered the ledger after its time."
    ),
    "not-due": message("The receipt’s promise is not due yet."),
    "broken": message(
        "The receipt’s promise is broken: its contribution is not in the ledger as it was sent."
    ),
}
