"""Decisions on contributions: who decided what, when, by which rule of the charter, and why.

The desk and the command line write decisions; the runner enters them into the ledger at its next turn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self

from assises import canonical
from assises.contribution import format_time, parse_time
from assises.ledger import Event
from assises.store import Author, Changes, Fate, Record, Snapshot, Store, StoreError, decisions_path, path_of

FORMAT = 1
DUE = "ledger/due"
"""Folder of events that the runner has still to enter into the ledger."""

Action = Literal["publish", "withhold", "flag"]

_FATE: dict[str, Fate] = {"publish": "published", "withhold": "withheld"}
"""Where a decision puts a contribution; the ledger's event has the same name."""

_DUE = re.compile(r"\w{26}-\d{4}\.json")


class ModerationError(ValueError):
    """A decision cannot be taken; `reason` is one of ``unknown``, ``already``, ``erased``."""

    def __init__(self, reason: str, id: str) -> None:
        self.reason = reason
        self.id = id
        super().__init__(f"{id}: {reason}")


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision."""

    action: Action
    who: str
    """The moderator's name; ``runner`` or ``import`` where no person decided."""

    time: datetime
    rule: str = ""
    """The charter's rule, by its id, when withheld."""

    reason: str = ""
    """In the moderator's words."""

    flags: tuple[str, ...] = ()
    """What machines noticed."""

    def document(self) -> dict[str, Any]:
        """Return the decision as it stands in its file."""
        stated = {
            "action": self.action,
            "who": canonical.normal(self.who),
            "time": format_time(self.time),
            "rule": canonical.normal(self.rule),
            "reason": canonical.normal(self.reason),
            "flags": list(self.flags),
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
        )


def decisions_to_bytes(decisions: tuple[Decision, ...]) -> bytes:
    """Return the bytes of a ``.decisions.json``."""
    return canonical.encode({"format": FORMAT, "decisions": [item.document() for item in decisions]})


def decisions_on(snapshot: Snapshot, fate: Fate, id: str) -> tuple[Decision, ...]:
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
    return {f"{DUE}/{name}": _event(name, snapshot.get(f"{DUE}/{name}") or b"") for name in names}


def _event(name: str, data: bytes) -> Event:
    try:
        document = canonical.decode(data)
        event = Event(document["event"], document["id"])
    except (canonical.CanonicalError, KeyError) as error:
        raise StoreError(f"{DUE}/{name}: {error}") from error
    if event.event not in _FATE.values() or name[:26] != event.id:
        raise StoreError(f"{DUE}/{name}: no event of a decision")
    return event


def decide(store: Store, id: str, decision: Decision, author: Author, seen: Fate | None = None) -> Record:
    """Take a decision on a contribution, and return it as it is afterwards.

    `seen` is the fate that whoever decides saw, if that matters: no decision is taken on another.

    Raises:
        ModerationError: the store does not have it, or it was decided already.
        StoreError: the store cannot be written.
    """
    fate = _FATE[decision.action]

    def change(snapshot: Snapshot) -> Changes:
        before = snapshot.fate(id)
        if before is None or before in (fate, "erased"):
            raise ModerationError({None: "unknown", fate: "already"}.get(before, "erased"), id)
        if seen not in (None, before):
            raise ModerationError("already", id)
        decisions = (*decisions_on(snapshot, before, id), decision)
        event = canonical.encode({"format": FORMAT, "event": fate, "id": id})
        return {
            path_of(before, id): None,
            decisions_path(before, id): None,
            path_of(fate, id): snapshot.get(path_of(before, id)),
            decisions_path(fate, id): decisions_to_bytes(decisions),
            f"{DUE}/{id}-{len(decisions):04}.json": event,
        }

    after = store.commit(author, f"{decision.action.capitalize()} {id}", decision.time, change)
    record = after.record(id)
    if record is None:
        raise ModerationError("unknown", id)
    return record
