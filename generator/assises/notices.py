"""Who is told of what waits, and when: each contribution by a letter, or all of them once a day.

What was told is remembered in the store, as a place in the ledger. It is written down only after the mail server took
the letters: a crash between the two tells something twice, and nothing never.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from assises import canonical
from assises.decisions import decisions_on
from assises.flag_words import why_flagged
from assises.keys import Key
from assises.ledger import Entry, LedgerError
from assises.letters import Waiting, Writer
from assises.mail import Letter, Undelivered
from assises.moderators import Moderator, moderators
from assises.problems import Message, message
from assises.site import Site
from assises.store import RUNNER, Changes, Snapshot, Store, StoreError

FILE = "told.json"
ALARMS = "alarms.json"
"""The note that moderators know of pages that cannot be brought up to date (`assises.alarm`); without it, they do not."""

FORMAT = 1

AT_ONCE = 10
"""New contributions up to which each gets its own letter; of more, one letter tells of all."""

DIGEST_HOUR = 8
"""From which hour on the letter of the day is sent, in the consultation's time zone."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one moderator was told of."""

    seq: int = 0
    """The ledger's line up to which."""

    day: str = ""
    """The day of the last daily letter: ``2017-11-20``."""


@dataclass(frozen=True, slots=True)
class Notified:
    """What came of one turn."""

    sent: int = 0
    faults: tuple[Message, ...] = ()
    """Why some letters were not sent; they are tried again next time."""


@dataclass(frozen=True, slots=True)
class Notices:
    """All that telling moderators needs."""

    store: Store
    site: Callable[[], Site]
    """Titles of pages, and settings."""

    key: Key
    """The desk's own: it signs the links."""

    desk: str
    """The desk's absolute address, with its final slash."""

    deliver: Callable[[Sequence[Letter]], tuple[Undelivered, ...]]

    def tell(self, now: datetime) -> Notified:
        """Write to every moderator who is to hear something, and remember what they were told.

        Raises:
            StoreError: the store cannot be read or written.
        """
        snapshot = self.store.read()
        before, listed = _told(snapshot), moderators(snapshot)
        listed = tuple(each for each in listed if each.mail != "none")
        head = snapshot.head()
        if head is None or not listed:
            return Notified()
        lowest = min(before.get(each.email, Told()).seq for each in listed)
        new = list(_received_after(snapshot, lowest))
        sent, faults, after = 0, list[Message](), dict(before)
        waiting: list[Waiting] | None = None
        for each in listed:
            told = before.get(each.email, Told())
            if not _is_due(each, told, head.seq, self._day(now), self._hour(now)):
                continue
            waiting = waiting if waiting is not None else list(self._waiting(snapshot))
            letters = self._letters(each, told, waiting, {id for seq, id in new if seq > told.seq}, now)
            left = self.deliver(letters) if letters else ()
            sent += len(letters) - len(left)
            if left:
                faults.append(
                    message("{name} did not get a letter: {why}.", name=each.name, why=left[0].error)
                )
            else:
                day = self._day(now) if each.mail == "daily" else told.day
                after[each.email] = Told(head.seq, day)
        self._remember(after, listed, now)
        return Notified(sent, tuple(faults))

    def _letters(
        self, to: Moderator, told: Told, waiting: Sequence[Waiting], new: set[str], now: datetime
    ) -> list[Letter]:
        writer = Writer(to, self.site().settings, self.desk, self.key)
        fresh = [each for each in waiting if each.contribution.id in new]
        if to.mail == "each" and told.seq and len(fresh) <= AT_ONCE:
            return [writer.one(self._noticed(each), now) for each in fresh]
        # The first time too: nobody wants a letter for each of a thousand that were there before.
        if not waiting or (to.mail == "each" and not fresh):
            return []
        reports = sum(each.contribution.kind == "report" for each in waiting)
        return [writer.digest(waiting, len(fresh), reports)]

    def _waiting(self, snapshot: Snapshot) -> Iterator[Waiting]:
        site = self.site()
        for record in snapshot.records("pending"):
            said = record.contribution
            yield Waiting(said, decisions_on(snapshot, "pending", said.id), site.page(said.page))

    def _noticed(self, waiting: Waiting) -> Waiting:
        why = why_flagged(waiting.contribution, waiting.decisions, self.site())
        return replace(waiting, why_flagged=why)

    def _remember(self, after: Mapping[str, Told], listed: Sequence[Moderator], now: datetime) -> None:
        known = {each.email for each in listed}
        rows = [
            {"email": email, "seq": told.seq, "day": told.day}
            for email, told in sorted(after.items())
            if email in known
        ]
        data = canonical.encode({"format": FORMAT, "told": rows})

        def change(_: Snapshot) -> Changes:
            return {FILE: data}

        self.store.commit(RUNNER, "Tell moderators", now, change)

    def _day(self, now: datetime) -> str:
        return f"{now.astimezone(self.site().settings.time_zone):%Y-%m-%d}"

    def _hour(self, now: datetime) -> int:
        return now.astimezone(self.site().settings.time_zone).hour


def _is_due(moderator: Moderator, told: Told, seq: int, day: str, hour: int) -> bool:
    if moderator.mail == "daily":
        return hour >= DIGEST_HOUR and told.day < day
    return told.seq < seq


def _told(snapshot: Snapshot) -> dict[str, Told]:
    data = snapshot.get(FILE)
    if data is None:
        return {}
    try:
        return {row["email"]: Told(row["seq"], row["day"]) for row in canonical.decode(data)["told"]}
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{FILE}: {error}") from error


def _received_after(snapshot: Snapshot, seq: int) -> Iterator[tuple[int, str]]:
    """Yield line and id of what the ledger received after a line, reading no more of its days than that takes."""
    for name in reversed([name for name in snapshot.names("ledger") if name.endswith(".jsonl")]):
        try:
            data = snapshot.get(f"ledger/{name}") or b""
            entries = [Entry.from_line(line) for line in canonical.lines(data)]
        except LedgerError as error:
            raise StoreError(f"ledger/{name}: {error}") from error
        yield from (
            (entry.seq, entry.what.id)
            for entry in entries
            if entry.seq > seq and entry.what.event == "received"
        )
        if entries and entries[0].seq <= seq:
            return
