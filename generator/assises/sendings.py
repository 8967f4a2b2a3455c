"""Which tokens were used, and what the words sent under them were like: remembered for some days, no words kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from assises.contribution import Contribution, ulid_time
from assises.envelope import Envelope
from assises.store import Changes, Snapshot

FOLDER = "sendings"

_KEPT = timedelta(days=3)
"""How long the store remembers tokens: longer than any token can be confirmed."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What came first under one token."""

    id: str
    likeness: str = ""
    """The same for the same words (`assises.floods.likeness`); empty where they are too few to be told by."""


@dataclass(slots=True)
class Sendings:
    """The tokens of the days that are looked at, each day a file."""

    snapshot: Snapshot
    now: datetime
    _days: dict[str, dict[str, Sending]] = field(default_factory=dict)

    def second(self, envelope: Envelope, likeness: str = "") -> bool:
        """Tell whether another contribution was sent under the same token, and remember this one."""
        id = envelope.contribution.id
        return self._day(envelope.contribution).setdefault(envelope.sending, Sending(id, likeness)).id != id

    def alike(self, contribution: Contribution) -> Counter[str]:
        """Return how often each likeness came before, of the forms handed out on a contribution's day."""
        return Counter(sent.likeness for sent in self._day(contribution).values() if sent.likeness)

    def changes(self) -> Changes:
        """Return the files of the days touched, and the deletion of days past use."""
        # After a long outage too: what is still being carried is remembered.
        oldest = min([f"{self.now - _KEPT:%Y-%m-%d}.txt", *self._days])
        past = {f"{FOLDER}/{name}": None for name in self.snapshot.names(FOLDER) if name < oldest}
        return past | {f"{FOLDER}/{name}": _to_bytes(rows) for name, rows in self._days.items()}

    def _day(self, contribution: Contribution) -> dict[str, Sending]:
        name = f"{contribution.time:%Y-%m-%d}.txt"
        if name not in self._days:
            rows = (self.snapshot.get(f"{FOLDER}/{name}") or b"").decode().split("\n")
            self._days[name] = {
                words[0]: Sending(*words[1:3]) for row in rows if len(words := row.split(" ")) > 1
            }
        return self._days[name]


def without_likeness(snapshot: Snapshot, ids: Collection[str]) -> Changes:
    """Return the files of sendings without what tells whether other words are like those of these contributions."""
    days = {f"{ulid_time(id):%Y-%m-%d}.txt" for id in ids}
    found: dict[str, bytes] = {}
    for path in sorted(f"{FOLDER}/{name}" for name in days & {*snapshot.names(FOLDER)}):
        rows = [row.split(" ") for row in (snapshot.get(path) or b"").decode().split("\n") if row]
        kept = (words[:2] if words[1] in ids else words for words in rows)
        found[path] = "".join(f"{' '.join(words)}\n" for words in kept).encode()
    return found


def _to_bytes(rows: dict[str, Sending]) -> bytes:
    return "".join(
        f"{sending} {sent.id}{f' {sent.likeness}' if sent.likeness else ''}\n"
        for sending, sent in rows.items()
    ).encode()
