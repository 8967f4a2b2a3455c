"""Contributions as they are read and as they are published, once their authors have corrected them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assises.contribution import Contribution
from assises.ledger import Ledger
from assises.store import Record

_NOT_READ = frozenset({"correction", "withdrawal"})
"""Kinds that nobody reads by themselves: they say something of another contribution."""


def standing(records: Sequence[Record], ledger: Ledger) -> dict[str, Contribution]:
    """Return the published corrections that stand for a contribution, by its id.

    At most one does, as an earlier one is withdrawn by the next; the ledger says which, should there be more.
    """
    found: dict[str, Contribution] = {}
    for record in records:
        said = record.contribution
        if said.kind == "correction" and record.fate == "published":
            former = found.get(said.of)
            if former is None or _place(ledger, said) >= _place(ledger, former):
                found[said.of] = said
    return found


def as_read(records: Sequence[Record], ledger: Ledger) -> tuple[Record, ...]:
    """Return what can be read: each contribution with the words that stand for it, and when they were corrected."""
    corrected = standing(records, ledger)
    read = (record for record in records if record.contribution.kind not in _NOT_READ)
    return tuple(
        _corrected(record, corrected[record.contribution.id])
        if record.contribution.id in corrected and record.fate == "published"
        else record
        for record in read
    )


def to_publish(records: Sequence[Record], ledger: Ledger) -> tuple[Contribution, ...]:
    """Return the contributions whose bytes are published: of what was corrected, the correction."""
    corrected = standing(records, ledger)
    return tuple(
        record.contribution
        for record in records
        if record.fate == "published" and record.contribution.id not in corrected
    )


def _corrected(record: Record, by: Contribution) -> Record:
    words = replace(
        record.contribution, text=by.text, author=by.author, position=by.position, language=by.language
    )
    return replace(record, contribution=words, corrected=by.time)


def _place(ledger: Ledger, said: Contribution) -> int:
    """Return the ledger's line that lets a correction stand; one that is not entered yet comes last."""
    digest = said.digest()
    lines = (entry.seq for entry in ledger.by_id.get(said.of, ()) if entry.what.digest == digest)
    return max(lines, default=len(ledger.entries) + 1)
