"""What authors change in what they said: corrections and withdrawals, and when these take effect.

Each is a contribution of its own, sent by the author's private link, which the intake's signature vouches for. The
words that were received first are never touched: a correction stands in their place, under the same fate.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from assises.contribution import Contribution
from assises.decisions import Decision
from assises.ledger import Event
from assises.revision import Revision
from assises.store import Fate, Record

KINDS = frozenset({"correction", "withdrawal"})
"""Kinds of contributions that change another of the same author's."""

CORRECTED = frozenset({"comment", "proposal"})
"""Kinds whose words can be corrected; the others can only be withdrawn."""

IN_TIME = timedelta(hours=24)
"""How long after a form was handed out its contribution may be corrected even if a moderator has decided."""

LATE = "late"
UNKNOWN = "unknown-parent"
"""Flags: why a change waits for a moderator."""


def standing_correction(revision: Revision, id: str) -> str:
    """Return the id of the correction that stands for a contribution, or an empty text."""
    corrections = [decision.correction for decision in revision.decisions(id) if decision.action == "correct"]
    return corrections[-1] if corrections else ""


def with_correction(revision: Revision, id: str) -> tuple[str, ...]:
    """Return a contribution's id and, where there is one, that of the correction that shares its fate."""
    return tuple(filter(None, (id, standing_correction(revision, id))))


def hindrance(revision: Revision, change: Contribution) -> str:
    """Return the flag that says why a change cannot take effect by itself; empty: it can."""
    target = revision.record(change.of)
    if target is None or not _may_change(change, target.contribution):
        return UNKNOWN
    if change.kind == "withdrawal":
        # What was withheld or erased is the organiser's doing, and stays told as such.
        return "" if target.fate in ("pending", "published", "withdrawn") else LATE
    in_time = change.time - target.contribution.time <= IN_TIME
    decided = any(item.action in ("publish", "withhold") for item in revision.decisions(change.of))
    return (
        "" if (target.fate == "pending" and not decided) or (target.fate == "published" and in_time) else LATE
    )


def take_effect(
    revision: Revision, change: Contribution, fate: Fate, now: datetime, who: str = "runner"
) -> Iterator[Event]:
    """Let a change that is in the revision take effect, and yield what befell whom.

    `fate` is what becomes of corrected words, and so of the contribution that they stand for.
    """
    if change.kind == "withdrawal":
        revision.move(change.id, "published", Decision("publish", who, now))
        yield Event("published", change.id)
        if revision.fate(change.of) != "withdrawn":
            for id in with_correction(revision, change.of):
                yield from _withdraw(revision, id, now)
        return
    if former := standing_correction(revision, change.of):
        yield from _withdraw(revision, former, now)
    made = (Decision("publish", who, now),) if fate == "published" else ()
    revision.move(change.id, fate, *made)
    correct = Decision("correct", "author", now, correction=change.id)
    revision.move(change.of, fate, correct, *made)
    yield Event("corrected", change.of, digest=change.digest())
    if fate == "published":
        yield from (Event("published", id) for id in (change.of, change.id))


def _withdraw(revision: Revision, id: str, now: datetime) -> Iterator[Event]:
    revision.move(id, "withdrawn", Decision("withdraw", "author", now))
    yield Event("withdrawn", id)


def _may_change(change: Contribution, target: Contribution) -> bool:
    kinds = CORRECTED if change.kind == "correction" else CORRECTED | {"survey", "support"}
    return target.kind in kinds and target.page == change.page and target.channel == "web"


def corrects(revision: Revision, record: Record) -> bool:
    """Tell whether a correction stands for what it corrects, and so shares its fate."""
    said = record.contribution
    return said.kind == "correction" and standing_correction(revision, said.of) == said.id
