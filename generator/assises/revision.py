"""A snapshot of the store with changes over it: what is about to be, and can be changed further before it is written."""

from __future__ import annotations

from dataclasses import dataclass, field

from assises.contribution import Contribution, is_id
from assises.decisions import Decision, decisions_on, decisions_to_bytes
from assises.store import FATES, Fate, Record, Snapshot, decisions_path, path_of


@dataclass(slots=True)
class Revision:
    """What one commit makes of a snapshot."""

    snapshot: Snapshot
    changes: dict[str, bytes | None] = field(default_factory=dict)
    """Path → new bytes; None deletes."""

    def get(self, path: str) -> bytes | None:
        """Return a file's bytes as they will be, or None."""
        return self.changes[path] if path in self.changes else self.snapshot.get(path)

    def fate(self, id: str) -> Fate | None:
        """Return what will have become of a contribution, or None where nobody has it."""
        for fate in FATES:
            if is_id(id) and self.changes.get(path_of(fate, id)) is not None:
                return fate
        before = self.snapshot.fate(id)
        return before if before and path_of(before, id) not in self.changes else None

    def record(self, id: str) -> Record | None:
        """Return a contribution as it will be, or None."""
        fate = self.fate(id)
        if fate is None:
            return None
        line = self.changes.get(path_of(fate, id))
        return Record(fate, Contribution.from_canonical(line)) if line else self.snapshot.record(id)

    def decisions(self, id: str) -> tuple[Decision, ...]:
        """Return all decisions on a contribution, oldest first."""
        fate = self.fate(id)
        return decisions_on(self, fate, id) if fate else ()

    def add(self, contribution: Contribution, fate: Fate, *decisions: Decision) -> None:
        """Add a contribution that the store does not have."""
        self.changes[path_of(fate, contribution.id)] = contribution.canonical()
        if decisions:
            self.changes[decisions_path(fate, contribution.id)] = decisions_to_bytes(decisions)

    def move(self, id: str, fate: Fate, *decisions: Decision) -> None:
        """Give a contribution another fate, or the same, by these decisions."""
        before = self.fate(id)
        if before is None:
            return
        line, taken = self.get(path_of(before, id)), (*self.decisions(id), *decisions)
        self.changes |= {path_of(before, id): None, decisions_path(before, id): None}
        self.changes |= {path_of(fate, id): line, decisions_path(fate, id): decisions_to_bytes(taken)}
