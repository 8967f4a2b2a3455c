"""The ledger (« journal de preuves »): one line for each thing that befell a contribution, chained by hashes.

Each line holds the SHA-256 of the line before; the newest line's hash, the head, is signed by the runner.
So a change by anyone without the key is found; a change by its holder is found by whoever has a receipt or
an earlier head.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Self

from assises import canonical, keys
from assises.contribution import CHANNELS, format_time, is_id, parse_time

FORMAT = 1
PURPOSE = "ledger head"
BEGINNING = "0" * 64
"""Stands for the hash of the line before the first."""

STATES = {
    "received": "waiting",
    "corrected": "waiting",
    "published": "published",
    "withheld": "withheld",
    "withdrawn": "withdrawn",
    "erased": "erased",
}
"""Each event, and the state that a contribution is in after it."""

_HASH = re.compile("[0-9a-f]{64}")
_SIGNATURE = re.compile("[0-9a-f]{128}")


class LedgerError(ValueError):
    """A line or a head is malformed."""


@dataclass(frozen=True, slots=True)
class Event:
    """What befell a contribution, before it has its place in the chain."""

    event: str
    """A key of `STATES`."""

    id: str
    digest: str = ""
    """SHA-256 of the contribution's canonical bytes; with ``received`` and ``corrected``."""

    channel: str = ""
    """With ``received``: so that anyone can count by channel, whatever was published."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line."""

    seq: int
    """From 1, without a gap."""

    time: datetime
    """When the runner wrote it, UTC; never before the line above."""

    what: Event
    previous: str
    """Hash of the line above."""

    def line(self) -> bytes:
        """Return the line's bytes."""
        optional = {"digest": self.what.digest, "channel": self.what.channel}
        document: dict[str, Any] = {
            "format": FORMAT,
            "seq": self.seq,
            "time": format_time(self.time),
            "event": self.what.event,
            "id": self.what.id,
            "previous": self.previous,
        }
        return canonical.encode(document | {key: value for key, value in optional.items() if value})

    def hash(self) -> str:
        """Return the line's SHA-256, hexadecimal."""
        return hashlib.sha256(self.line()).hexdigest()

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Return the entry that a line holds.

        Raises:
            LedgerError: the line is malformed.
        """
        try:
            document = canonical.decode(line)
            what = Event(
                document["event"], document["id"], document.get("digest", ""), document.get("channel", "")
            )
            entry = cls(document["seq"], parse_time(document["time"]), what, document["previous"])
            whole = entry.line() == line and entry._is_whole()
        except (ValueError, KeyError, TypeError) as error:
            raise LedgerError(f"not a ledger line: {error}") from error
        if not whole:
            raise LedgerError("not a ledger line of format 1")
        return entry

    def _is_whole(self) -> bool:
        """Tell whether each field has its shape; what a file says may be of any type."""
        what = self.what
        digested = what.event in ("received", "corrected")
        return (
            type(self.seq) is int
            and self.seq > 0
            and _HASH.fullmatch(self.previous) is not None
            and what.event in STATES
            and is_id(what.id)
            and (_HASH.fullmatch(what.digest) is not None if digested else not what.digest)
            and (what.channel in CHANNELS if what.event == "received" else not what.channel)
        )


@dataclass(frozen=True, slots=True)
class Head:
    """The newest line's place and hash, signed."""

    seq: int
    hash: str
    time: datetime
    key: str
    """The runner's public key, hexadecimal."""

    signature: str
    """Hexadecimal."""

    @classmethod
    def sign(cls, entry: Entry, key: keys.Key) -> Self:
        """Return the head that `entry` is, signed."""
        bare = cls(entry.seq, entry.hash(), entry.time, key.public, "")
        return cls(bare.seq, bare.hash, bare.time, bare.key, key.sign(PURPOSE, bare._signed()).hex())

    def is_signed(self, publics: Iterable[str]) -> bool:
        """Tell whether the head's signature is right and its key one of these."""
        signature = bytes.fromhex(self.signature)
        return self.key in publics and keys.verify(self.key, PURPOSE, self._signed(), signature)

    def to_bytes(self) -> bytes:
        """Return the bytes of ``head.json``."""
        return canonical.encode(self._document() | {"signature": self.signature})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the head that ``head.json`` holds.

        Raises:
            LedgerError: it is malformed.
        """
        try:
            document = canonical.decode(data)
            head = cls(
                document["seq"],
                document["hash"],
                parse_time(document["time"]),
                document["key"],
                document["signature"],
            )
            whole = head.to_bytes() == data and head._is_whole()
        except (ValueError, KeyError, TypeError) as error:
            raise LedgerError(f"not a ledger head: {error}") from error
        if not whole:
            raise LedgerError("not a ledger head of format 1")
        return head

    def _is_whole(self) -> bool:
        """Tell whether each field has its shape; hexadecimal digits have one spelling only."""
        hashes = _HASH.fullmatch(self.hash) and _HASH.fullmatch(self.key)
        return type(self.seq) is int and bool(hashes and _SIGNATURE.fullmatch(self.signature))

    def _document(self) -> dict[str, Any]:
        time = format_time(self.time)
        return {"format": FORMAT, "seq": self.seq, "hash": self.hash, "time": time, "key": self.key}

    def _signed(self) -> bytes:
        return canonical.encode(self._document())


@dataclass(frozen=True, slots=True)
class Counts:
    """How many contributions are in which state; ``received`` is the sum of the others."""

    received: int = 0
    published: int = 0
    waiting: int = 0
    withheld: int = 0
    withdrawn: int = 0
    erased: int = 0


@dataclass(frozen=True)
class Ledger:
    """The whole ledger."""

    entries: tuple[Entry, ...] = ()
    head: Head | None = None

    def lines(self) -> bytes:
        """Return the file that is published: every line, oldest first."""
        return b"".join(entry.line() for entry in self.entries)

    @cached_property
    def by_id(self) -> Mapping[str, tuple[Entry, ...]]:
        """Each contribution's entries, oldest first."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.what.id, []).append(entry)
        return {id: tuple(entries) for id, entries in found.items()}

    @cached_property
    def corrections(self) -> Mapping[str, str]:
        """The id of the correction that stands for each contribution that has one."""
        known = {entry.what.digest: entry.what.id for entry in self.entries if entry.what.event == "received"}
        corrected = (entry.what for entry in self.entries if entry.what.event == "corrected")
        return {what.id: known[what.digest] for what in corrected if what.digest in known}

    def state(self, id: str) -> str:
        """Return the state that the ledger leaves a contribution in; empty where it does not know it."""
        entries = self.by_id.get(id, ())
        return STATES[entries[-1].what.event] if entries else ""

    def counts(self, channel: str = "", withdrawals: Collection[str] = ()) -> Counts:
        """Return the counts, of all contributions or of one channel's.

        `withdrawals` are the ids of authors' withdrawals that took effect: nobody reads them, and they count with what
        they took back.
        """
        ids = [id for id, entries in self.by_id.items() if not channel or entries[0].what.channel == channel]
        states = ("withdrawn" if id in withdrawals else self.state(id) for id in ids)
        return Counts(received=len(ids), **Counter(states))

    @cached_property
    def channels(self) -> tuple[str, ...]:
        """The channels that contributions came by, the fullest first."""
        return tuple(
            channel
            for channel, _ in Counter(
                entry.what.channel for entry in self.entries if entry.what.event == "received"
            ).most_common()
        )


def chain(events: Iterable[Event], after: Head | None, now: datetime) -> Iterator[Entry]:
    """Yield the entries that `events` become below the head `after`."""
    seq, previous = (after.seq, after.hash) if after else (0, BEGINNING)
    now = now.astimezone(UTC).replace(microsecond=0)
    time = max(now, after.time) if after else now
    for event in events:
        seq += 1
        entry = Entry(seq, time, event, previous)
        previous = entry.hash()
        yield entry
