"""Decisions on contributions, as they stand in their files: who, what, when, by which rule of the charter, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, Self

from assises import canonical
from assises.contribution import format_time, parse_time
from assises.ledger import Event
from assises.store import Fate, Record, Snapshot, StoreError, decisions_path

FORMAT = 1
DUE = "ledger/due"
"""Folder of events that the runner has still to enter into the ledger."""

Action = Literal[
    "publish", "withhold", "flag", "correct", "withdraw", "enter", "answer", "uphold", "dismiss", "erase"
]

_ENTERED = ("received", "published", "withheld", "corrected", "withdrawn")
"""Events that decisions make; received, where staff entered something themselves."""

_DUE = re.compile(r"\w{26}-\d{4}\.json")


class Reading(Protocol):
    """What files can be read from: a snapshot, or one with changes over it."""

    def get(self, path: str) -> bytes | None:
        """Return a file's bytes, or None."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision."""

    action: Action
    who: str
    """The moderator's name; ``runner`` or ``import`` where no person decided, ``author`` for who wrote it."""

    time: datetime
    rule: str = ""
    """The charter's rule, by its id, when withheld."""

    reason: str = ""
    """In the moderator's words."""

    flags: tuple[str, ...] = ()
    """What machines noticed."""

    correction: str = ""
    """With ``correct``: the id of the contribution whose words take the place of this one's."""

    related: tuple[str, ...] = ()
    """The ids of other contributions that belong to it: the reports that led to it, the answer that was given."""

    def document(self) -> dict[str, Any]:
        """Return the decision as it stands in its file."""
        stated = {
            "action": self.action,
            "who": canonical.normal(self.who),
            "time": format_time(self.time),
            "rule": canonical.normal(self.rule),
            "reason": canonical.normal(self.reason),
            "flags": list(self.flags),
            "correction": self.correction,
            "related": list(self.related),
        }
        return {key: value for key, value in stated.items() if value or key == "who"}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        """Return the decision that stood in a file."""
        return cls(
            document["action"],
            document["who"],
            parse_time(document["time"]),
            document.get("rule", ""),
            document.get("reason", ""),
            tuple(document.get("flags", ())),
            document.get("correction", ""),
            tuple(document.get("related", ())),
        )


def decisions_to_bytes(decisions: tuple[Decision, ...]) -> bytes:
    """Return the bytes of a ``.decisions.json``."""
    return canonical.encode({"format": FORMAT, "decisions": [item.document() for item in decisions]})


def decisions_on(snapshot: Reading, fate: Fate, id: str) -> tuple[Decision, ...]:
    """Return all decisions on a contribution, oldest first."""
    data = snapshot.get(decisions_path(fate, id))
    try:
        documents = canonical.decode(data)["decisions"] if data else ()
        return tuple(Decision.from_document(document) for document in documents)
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{decisions_path(fate, id)}: {error}") from error


def due(snapshot: Snapshot) -> dict[str, Event]:
    """Return the events that the runner has still to enter into the ledger, by the path of their file."""
    names = [name for name in snapshot.names(DUE) if _DUE.fullmatch(name)]
    return {f"{DUE}/{name}": _event(snapshot, name) for name in names}


def entered(snapshot: Snapshot, *fates: Fate) -> tuple[Record, ...]:
    """Return the contributions of these fates (of all, where none is named) that are in the ledger, by id.

    What staff entered themselves stands in the store before the runner writes its line; until then nothing of it
    may be shown.
    """
    early = {event.id for event in due(snapshot).values() if event.event == "received"}
    return tuple(record for record in snapshot.records(*fates) if record.contribution.id not in early)


def withheld_by(snapshot: Snapshot, records: Iterable[Record]) -> dict[str, str]:
    """Return the charter's rule, by its id, of each contribution that is withheld."""
    found = {}
    for id in (record.contribution.id for record in records if record.fate == "withheld"):
        taken = (
            item for item in reversed(decisions_on(snapshot, "withheld", id)) if item.action == "withhold"
        )
        found[id] = next((item.rule for item in taken), "")
    return found


def _event(snapshot: Snapshot, name: str) -> Event:
    try:
        document = canonical.decode(snapshot.get(f"{DUE}/{name}") or b"")
        event = Event(document["event"], document["id"], document.get("digest", ""))
    except (canonical.CanonicalError, KeyError) as error:
        raise StoreError(f"{DUE}/{name}: {error}") from error
    if (
        event.event not in _ENTERED
        or name[:26] != event.id
        or (event.event == "corrected") != bool(event.digest)
    ):
        raise StoreError(f"{DUE}/{name}: no event of a decision")
    if event.event != "received":
        return event
    record = snapshot.record(event.id)
    if record is None:
        raise StoreError(f"{DUE}/{name}: the store does not have it")
    return Event("received", event.id, record.contribution.digest(), record.contribution.channel)


def due_files(id: str, count: int, events: Iterable[Event]) -> dict[str, bytes]:
    """Return the files that tell the runner of events on one contribution, which had `count` decisions before."""
    files = {}
    for number, event in enumerate(events, count + 1):
        stated = {"format": FORMAT, "event": event.event, "id": id}
        if event.digest:
            stated["digest"] = event.digest
        files[f"{DUE}/{id}-{number:04}.json"] = canonical.encode(stated)
    return files
