"""Erasure: a contribution's words, and whatever is known of its author, taken out of everything that is ours.

What is left says that there was one: its number, its place in the conversation, and its lines in the ledger,
whose digests tell nothing once the nonce is gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from assises import author_changes
from assises.content import Statement
from assises.contribution import NO_NONCE, Contribution
from assises.decisions import Decision, decisions_to_bytes
from assises.ledger import Event
from assises.revision import Revision
from assises.runner import Runner, enter_decisions, identified_statements, ledger_changes
from assises.sendings import without_likeness
from assises.store import Author, Changes, Snapshot, decisions_path, path_of

_KEPT = ("id", "kind", "of", "form", "time", "language", "channel")
"""Fields that a tombstone keeps; whatever else a contribution may have one day is gone."""


class UnknownContributionError(Exception):
    """The store has no such contribution."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did, and what it could not reach."""

    ids: tuple[str, ...]
    """The contribution, and its author's corrections and withdrawal of it."""

    words: tuple[str, ...] = field(default=(), repr=False)
    """What was erased, to look for it elsewhere; it is kept nowhere."""

    holding: tuple[str, ...] | None = ()
    """Other refs of the repository that still lead to it; None: only the repository's host can take it away."""

    statements: tuple[Statement, ...] = ()
    """Statements of ``content/contributions/`` that say the same and have to be taken out by hand."""


def erase(runner: Runner, id: str, author: Author, now: datetime, reason: str = "") -> Erased:
    """Erase a contribution and return what was done; once more for one that was erased before.

    Raises:
        UnknownContributionError: the store does not have it.
        StoreError: the store cannot be written.
        OSError: an intake's storage cannot be reached; what the store held is gone then, and this can be run again.
    """
    # What still waits enters the ledger first: nothing that was received may be missing there.
    runner.drain(now)
    turn = _Turn(runner, id, Decision("erase", author.name, now, reason=reason))
    runner.store.commit(author, f"Erase {id}", now, turn.change, alone=True)
    holding = runner.store.forget(turn.ids)
    for storage in runner.storages:
        storage.forget(*turn.ids)
    same = tuple(statements_of(runner, turn.ids, now))
    return Erased(tuple(turn.ids), tuple(turn.words), holding, same)


@dataclass(slots=True)
class _Turn:
    """One commit's worth of work; `change` may be called again, on a newer snapshot."""

    runner: Runner
    id: str
    decision: Decision
    ids: Sequence[str] = ()
    words: Sequence[str] = ()

    def change(self, snapshot: Snapshot) -> Changes:
        """Return what erasing changes in the store.

        Raises:
            UnknownContributionError: it does not have the contribution.
        """
        if snapshot.fate(self.id) is None:
            raise UnknownContributionError(self.id)
        self.ids = [self.id, *_changes_of(snapshot, self.id)]
        revision, events, words = Revision(snapshot), list[Event](), list[str]()
        enter_decisions(snapshot, revision.changes, events)
        for id in self.ids:
            record = revision.record(id)
            if record is None or record.fate == "erased":
                continue
            words += filter(None, words_of(record.contribution))
            decisions = (*(replace(item, reason="") for item in revision.decisions(id)), self.decision)
            revision.changes |= {path_of(record.fate, id): None, decisions_path(record.fate, id): None}
            revision.changes[path_of("erased", id)] = tombstone(record.contribution).canonical()
            revision.changes[decisions_path("erased", id)] = decisions_to_bytes(decisions)
            events.append(Event("erased", id))
        self.words = words
        revision.changes |= without_likeness(snapshot, self.ids)
        return {**revision.changes, **ledger_changes(snapshot, events, self.runner.key, self.decision.time)}


def tombstone(contribution: Contribution) -> Contribution:
    """Return what is left of an erased contribution: so that replies keep their place."""
    gone: dict[str, Any] = {
        item.name: item.default for item in fields(Contribution) if item.name not in {*_KEPT, "nonce"}
    }
    return replace(contribution, nonce=NO_NONCE, **gone)


def words_of(contribution: Contribution) -> Iterator[str]:
    """Yield everything that somebody wrote in a contribution."""
    yield from (contribution.text, contribution.author, contribution.place)
    yield from (text for _item, given in contribution.answers for text in given)


def _changes_of(snapshot: Snapshot, id: str) -> Iterator[str]:
    """Yield the ids of what its author changed in a contribution afterwards."""
    for record in snapshot.records():
        if record.contribution.of == id and record.contribution.kind in author_changes.KINDS:
            yield record.contribution.id


def statements_of(runner: Runner, ids: Sequence[str], now: datetime) -> Iterator[Statement]:
    """Yield the statements of the site's own files that some of these contributions came from."""
    for statement, contribution in identified_statements(runner.statements, runner.for_ids, now):
        if contribution.id in ids:
            yield statement
