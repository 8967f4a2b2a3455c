"""Moderation: a decision on a contribution, taken once, by whoever saw it as it was.

The desk and the command line write decisions; the runner enters them into the ledger at its next turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from assises import author_changes
from assises.author_changes import corrects, take_effect, with_correction
from assises.decisions import (
    DUE,
    Action,
    Decision,
    decisions_on,
    decisions_to_bytes,
    due,
    due_files,
)  # fmt: skip
from assises.ledger import Event
from assises.revision import Revision
from assises.store import Author, Changes, Fate, Record, Snapshot, Store

__all__ = [
    "DUE",
    "Action",
    "Decided",
    "Decision",
    "ModerationError",
    "Seen",
    "decide",
    "decide_all",
    "decisions_on",
    "decisions_to_bytes",
    "due",
    "uphold",
]

_FATE: dict[str, Fate] = {
    "publish": "published",
    "withhold": "withheld",
    # Of a report, which is never published: what it says was found right, or not.
    "uphold": "withheld",
    "dismiss": "withheld",
}
"""Where a decision puts a contribution; the ledger's event has the same name."""

_ON_REPORTS = frozenset({"uphold", "dismiss"})
"""The decisions that there are on reports, and on nothing else."""


class ModerationError(ValueError):
    """A decision cannot be taken.

    `reason` is one of ``unknown``, ``already``, ``erased``, ``withdrawn``, ``orphan``, ``kind``.
    """

    def __init__(self, reason: str, id: str) -> None:
        self.reason = reason
        self.id = id
        super().__init__(f"{id}: {reason}")


@dataclass(frozen=True, slots=True)
class Seen:
    """The state of a contribution that somebody had before them when they decided."""

    fate: Fate
    decisions: int | None = None
    """How many there were; None: that does not matter."""

    def still(self, fate: Fate, decisions: int) -> bool:
        """Tell whether it is the state now."""
        return self.fate == fate and self.decisions in (None, decisions)


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one decision on many contributions."""

    done: tuple[str, ...] = ()
    """Their ids."""

    refused: Mapping[str, str] = field(default_factory=dict)
    """Why not, by id: the reasons of `ModerationError`."""


def decide(store: Store, id: str, decision: Decision, author: Author, seen: Seen | None = None) -> Record:
    """Take a decision on a contribution, and return it as it is afterwards.

    A correction that stands for it shares its fate, and a decision on the one is a decision on the other; the reports
    that the decision is related to are upheld with it. `seen` is the state that whoever decides saw, if that
    matters: no decision is taken on another.

    Raises:
        ModerationError: the store does not have it, it was decided already, or nothing may be decided any more.
        StoreError: the store cannot be written.
    """

    def change(snapshot: Snapshot) -> Changes:
        revision = Revision(snapshot)
        _decide(revision, id, decision, seen)
        upheld = Decision("uphold", decision.who, decision.time)
        for report in decision.related:
            if _is_open_report(revision, report, id):
                _decide(revision, report, upheld, None)
        return revision.changes

    after = store.commit(author, f"{decision.action.capitalize()} {id}", decision.time, change)
    record = after.record(id)
    if record is None:
        raise ModerationError("unknown", id)
    return record


def uphold(
    store: Store, report: Record, withholding: Decision, author: Author, seen: Seen | None = None
) -> None:
    """Withhold what a report is about, with all reports about it; where it is withheld already, the report was right.

    Args:
        store: where it is decided.
        report: the report.
        withholding: by which rule, and why; related to it, the other reports that wait about the same contribution.
        author: in whose name.
        seen: the report's state that whoever decides saw.

    Raises:
        ModerationError: the report is dealt with already, or what it is about cannot be withheld.
        StoreError: the store cannot be written.
    """
    said = report.contribution
    if report.fate != "pending":
        raise ModerationError("already", said.id)
    if store.read().fate(said.of) == "withheld":
        right = Decision("uphold", withholding.who, withholding.time)
        decide(store, said.id, right, author, seen)
        return
    related = tuple(dict.fromkeys((said.id, *withholding.related)))
    decide(store, said.of, replace(withholding, related=related), author)


def decide_all(store: Store, ids: Iterable[str], decision: Decision, author: Author, seen: Seen) -> Decided:
    """Take the same decision on many contributions in one commit; what was decided meanwhile stays as it is.

    Raises:
        StoreError: the store cannot be written.
    """
    wanted = tuple(dict.fromkeys(ids))
    refused: dict[str, str] = {}

    def change(snapshot: Snapshot) -> Changes:
        refused.clear()
        revision = Revision(snapshot)
        for id in wanted:
            try:
                _decide(revision, id, decision, seen)
            except ModerationError as error:
                refused[id] = error.reason
        return revision.changes

    told = f"{decision.action.capitalize()} {len(wanted)} contributions"
    store.commit(author, told, decision.time, change)
    return Decided(tuple(id for id in wanted if id not in refused), refused)


def _decide(revision: Revision, id: str, decision: Decision, seen: Seen | None) -> None:
    record = _open_to(revision, id, decision, seen)
    events = list(_take(revision, record, decision))
    for one in dict.fromkeys(event.id for event in events):
        count = len(Revision(revision.snapshot).decisions(one))
        revision.changes |= due_files(one, count, (event for event in events if event.id == one))


def _open_to(revision: Revision, id: str, decision: Decision, seen: Seen | None) -> Record:
    """Return the contribution that is decided on, if there is something to decide.

    Raises:
        ModerationError: there is not.
    """
    record = revision.record(id)
    if record and seen and not seen.still(record.fate, len(revision.decisions(id))):
        raise ModerationError("erased" if record.fate == "erased" else "already", id)
    if record and corrects(revision, record):
        record = revision.record(record.contribution.of)
    if record is None:
        raise ModerationError("unknown", id)
    if record.fate in ("erased", "withdrawn"):
        raise ModerationError(record.fate, id)
    if (record.contribution.kind == "report") != (decision.action in _ON_REPORTS):
        raise ModerationError("kind", id)
    if record.fate == _FATE[decision.action]:
        raise ModerationError("already", id)
    return record


def _is_open_report(revision: Revision, report: str, of: str) -> bool:
    record = revision.record(report)
    if record is None or record.fate != "pending":
        return False
    return record.contribution.kind == "report" and record.contribution.of == of


def _take(revision: Revision, record: Record, decision: Decision) -> Iterable[Event]:
    said, fate = record.contribution, _FATE[decision.action]
    if said.kind in author_changes.KINDS and fate == "published":
        # It came late, or looked suspicious: a person lets it take effect.
        target = revision.record(said.of)
        if target is None or target.fate not in ("pending", "published"):
            raise ModerationError("orphan", said.id)
        return take_effect(revision, said, fate, decision.time, decision.who)
    ids = with_correction(revision, said.id)
    for id in ids:
        revision.move(id, fate, decision)
    return [Event(fate, id) for id in ids]
