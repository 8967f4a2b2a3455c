"""Moderation: a decision on a contribution, taken once, by whoever saw it as it was.

The desk and the command line write decisions; the runner enters them into the ledger at its next turn.
"""

from __future__ import annotations

from collections.abc import Iterable

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
    "Decision",
    "ModerationError",
    "decide",
    "decisions_on",
    "decisions_to_bytes",
    "due",
]

_FATE: dict[str, Fate] = {"publish": "published", "withhold": "withheld"}
"""Where a decision puts a contribution; the ledger's event has the same name."""


class ModerationError(ValueError):
    """A decision cannot be taken; `reason` is one of ``unknown``, ``already``, ``erased``, ``withdrawn``, ``orphan``."""

    def __init__(self, reason: str, id: str) -> None:
        self.reason = reason
        self.id = id
        super().__init__(f"{id}: {reason}")


def decide(store: Store, id: str, decision: Decision, author: Author, seen: Fate | None = None) -> Record:
    """Take a decision on a contribution, and return it as it is afterwards.

    A correction that stands for it shares its fate, and a decision on the one is a decision on the other. `seen`
    is the fate that whoever decides saw, if that matters: no decision is taken on another.

    Raises:
        ModerationError: the store does not have it, it was decided already, or nothing may be decided any more.
        StoreError: the store cannot be written.
    """

    def change(snapshot: Snapshot) -> Changes:
        revision = Revision(snapshot)
        record = _open_to(revision, id, _FATE[decision.action], seen)
        events = list(_take(revision, record, decision))
        for one in {event.id: None for event in events}:
            count = len(Revision(snapshot).decisions(one))
            revision.changes |= due_files(one, count, (event for event in events if event.id == one))
        return revision.changes

    after = store.commit(author, f"{decision.action.capitalize()} {id}", decision.time, change)
    record = after.record(id)
    if record is None:
        raise ModerationError("unknown", id)
    return record


def _open_to(revision: Revision, id: str, fate: Fate, seen: Fate | None) -> Record:
    """Return the contribution that is decided on, if there is something to decide.

    Raises:
        ModerationError: there is not.
    """
    record = revision.record(id)
    if record and corrects(revision, record):
        record = revision.record(record.contribution.of)
    if record is None:
        raise ModerationError("unknown", id)
    if record.fate in ("erased", "withdrawn"):
        raise ModerationError(record.fate, id)
    if record.fate == fate or seen not in (None, record.fate):
        raise ModerationError("already", id)
    return record


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
