"""The moderation log: what was decided, by which rule, and how long it took; in figures alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

from assises.decisions import Decision, decisions_on
from assises.ledger import Ledger
from assises.moderation_figures import Figures
from assises.store import Record, Snapshot, decisions_path

_BY_PEOPLE = frozenset({"publish", "withhold"})
_MACHINES = frozenset({"runner", "import", "author"})
_WORDS = frozenset({"comment", "proposal", "survey"})
"""Kinds of contributions that a person reads: neither answers of the town nor what is only counted."""

_BY_MACHINE = b'"who":"runner"'


def figures(snapshot: Snapshot, ledger: Ledger, records: Sequence[Record]) -> Figures:
    """Return the figures of a store; `records` are its contributions."""
    received = {id: entries[0].time for id, entries in ledger.by_id.items()}
    histories = {record.contribution.id: _history(snapshot, record) for record in records}
    spoken = [record for record in records if record.contribution.kind in _WORDS]
    reports = [record for record in records if record.contribution.kind == "report"]
    decided = {record.contribution.id: histories[record.contribution.id] for record in spoken}
    last = {id: history[-1] for id, history in decided.items() if history}
    delays = list(_delays(decided, received))
    removals = list(_removals(decided, received))
    outcomes = Counter(history[-1].action for each in reports if (history := histories[each.contribution.id]))
    return Figures(
        published=sum(decision.action == "publish" for decision in last.values()),
        withheld=sum(record.fate == "withheld" for record in spoken),
        waiting=sum(record.fate == "pending" for record in spoken),
        reversed=sum(len({decision.action for decision in history}) > 1 for history in decided.values()),
        rules=tuple(Counter(each.rule for each in last.values() if each.action == "withhold").most_common()),
        delay=_median(delays),
        longest=max(delays, default=None),
        reports=len(reports),
        reports_waiting=sum(record.fate == "pending" for record in reports),
        upheld=outcomes["uphold"],
        dismissed=outcomes["dismiss"],
        removal=_median(removals),
        longest_removal=max(removals, default=None),
    )


def _history(snapshot: Snapshot, record: Record) -> tuple[Decision, ...]:
    """Return what people decided on a contribution, oldest first."""
    said = record.contribution
    data = snapshot.get(decisions_path(record.fate, said.id)) or b""
    # Most of what is only counted has one decision, a machine's: not worth being read.
    if data.count(b'"action"') == data.count(_BY_MACHINE):
        return ()
    found = decisions_on(snapshot, record.fate, said.id)
    wanted = _BY_PEOPLE if said.kind != "report" else {"uphold", "dismiss"}
    return tuple(each for each in found if each.action in wanted and each.who not in _MACHINES)


def _delays(
    decided: Mapping[str, Sequence[Decision]], received: Mapping[str, datetime]
) -> Iterator[timedelta]:
    """Yield how long each first decision took; what is typed in is published by whoever types, at once."""
    for id, history in decided.items():
        if history and id in received:
            yield max(history[0].time - received[id], timedelta())


def _removals(
    decided: Mapping[str, Sequence[Decision]], received: Mapping[str, datetime]
) -> Iterator[timedelta]:
    for history in decided.values():
        for decision in history:
            for report in decision.related:
                if decision.action == "withhold" and report in received:
                    yield max(decision.time - received[report], timedelta())


def _median(values: Iterable[timedelta]) -> timedelta | None:
    seconds = [value.total_seconds() for value in values]
    return timedelta(seconds=median(seconds)) if seconds else None
