"""The command that proves."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click

from assises import verify as proof
from assises.cli.common import NOW, command
from assises.cli.words import _, translate
from assises.clock import system_clock
from assises.console import Console
from assises.evidence import evidence_at, heads_at
from assises.problems import Message, message
from assises.verify import EvidenceError, Verdict


@click.command(
    help=_("Prove that the ledger is whole: of the site in DIR, or of built pages in DIR or at a URL."),
)
@click.argument("place", metavar="[DIR|URL]", default=".")
@click.option(
    "--receipt",
    type=click.File(
        encoding="utf-8", errors="replace"
    ),  # a file of another kind is no receipt, and is told so
    help=_("A file with a receipt, or with its page’s address, to look for."),
)
@click.option(
    "--since",
    metavar="OLD",
    help=_(
        "An earlier ledger/head.json, the mail that brought it, or an earlier copy of the site (DIR or URL),"
        " which the ledger must run through."
    ),
)
@click.option(
    "--authority",
    type=click.File("rb"),
    help=_("Certificates (PEM) of a time-stamp authority, got from itself and not from the site."),
)
@NOW
@command
def verify(
    console: Console, place: str, receipt: Any, since: str | None, authority: Any, now: datetime | None
) -> None:
    """Say whether it holds; exit 1 where it does not."""
    instant = now.astimezone(UTC) if now else system_clock()
    try:
        verdict = proof.verify(
            evidence_at(place),
            instant,
            receipt.read() if receipt else "",
            heads_at(since) if since else (),
            authority.read() if authority else b"",
        )
    except EvidenceError as error:
        console.failed(error.what)
        sys.exit(1)
    _tell(console, verdict)
    sys.exit(0 if verdict.holds else 1)


def _tell(console: Console, verdict: Verdict) -> None:
    if console.as_json:
        _tell_json(console, verdict)
        return
    for fault in verdict.faults:
        console.failed(fault)
    console.say(message(_SUM, **asdict(verdict.counts)))
    for channel in verdict.ledger.channels:
        name = _CHANNELS[channel].render(translate)
        console.say(message(_BY_CHANNEL, channel=name, **asdict(verdict.counted(channel))))
    for note in verdict.notes:
        console.say(note)
    if verdict.promise in ("late", "broken"):
        console.failed(_PROMISES[verdict.promise])
    elif verdict.promise:
        console.say(_PROMISES[verdict.promise])
    if not verdict.holds:
        console.failed(message("This ledger does not hold: what is said above has to be explained."))
        return
    console.done(message(_WHOLE, count=len(verdict.ledger.entries)))
    console.say(_reach(verdict))


def _reach(verdict: Verdict) -> Message:
    """Return what is proven of the organiser itself: only what it cannot make again counts."""
    if verdict.runs_through or verdict.promise == "kept" or (verdict.attested and verdict.trusted):
        return _PROVEN
    return _PROVEN_IF if verdict.attested else _NOT_PROVEN


def _tell_json(console: Console, verdict: Verdict) -> None:
    ledger = verdict.ledger
    console.json(
        ok=verdict.holds,
        holds=verdict.holds,
        promise=verdict.promise,
        faults=[fault.render(translate) for fault in verdict.faults],
        notes=[note.render(translate) for note in verdict.notes],
        lines=len(ledger.entries),
        changes=len(verdict.changes),
        channels={channel: asdict(verdict.counted(channel)) for channel in ledger.channels},
        witnesses=[
            {"authority": item.authority, "line": item.seq, "time": item.time.isoformat()}
            for item in verdict.attested
        ],
        **asdict(verdict.counts),
    )


_BY_CHANNEL = message(
    "  {channel}: {received} = {published} + {waiting} + {withheld} + {withdrawn} + {erased}"
).text

_CHANNELS: dict[str, Message] = {
    "web": message("on the site"),
    "meeting": message("in public meetings"),
    "workshop": message("in workshops"),
    "cafe": message("in neighbourhood cafés"),
    "caravan": message("to the citizens’ caravan"),
    "desk": message("at the town’s desk"),
    "paper": message("on paper"),
    "telephone": message("by telephone"),
    "letter": message("by letter"),
    "mail": message("by e-mail"),
    "town": message("by the organiser"),
}

_WHOLE = message(
    "The ledger is whole: each of its {count} lines follows from the line above, and the organiser signed the last."
    " So nobody without the organiser’s key has altered, dropped, moved or slipped in a line."
).text

_PROVEN = message(
    "The organiser itself cannot have written anew, since then, what the receipt, the earlier head or the time-stamps"
    " cover. Contributions are not persons: nobody’s identity is checked."
)

_PROVEN_IF = message(
    "If these certificates are the authority’s, the organiser itself cannot have written anew what the time-stamps"
    " cover since they were made. Contributions are not persons: nobody’s identity is checked."
)

_NOT_PROVEN = message(
    "That the organiser itself did not write it anew is not proven: for that, give a receipt (--receipt), or an"
    " earlier head or copy (--since). Contributions are not persons: nobody’s identity is checked."
)

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
