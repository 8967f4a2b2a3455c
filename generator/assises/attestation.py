"""What outside authorities attest of a ledger, by the time-stamps that a site publishes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from assises import canonical
from assises.contribution import format_time
from assises.ledger import Entry
from assises.problems import Message, message
from assises.stamps import Stamp, StampError, StampsUnreadableError, fingerprints

WITNESSES = "ledger/witnesses.jsonl"
AUTHORITIES = "ledger/authorities.pem"

_SKEW = timedelta(minutes=10)
"""How far an authority's clock may be behind the runner's."""


@dataclass(frozen=True, slots=True)
class Attested:
    """One head that an authority saw."""

    authority: str
    seq: int
    time: datetime


@dataclass(frozen=True, slots=True)
class Testimony:
    """Everything that the stamps say together."""

    attested: tuple[Attested, ...] = ()
    """By time."""

    faults: tuple[Message, ...] = ()
    notes: tuple[Message, ...] = ()


def attestations(
    stamps: bytes, published: bytes, entries: Sequence[Entry], keys: tuple[str, ...], trusted: bytes = b""
) -> Testimony:
    """Return what the stamps of a site attest, and what is wrong with them.

    Args:
        stamps: ``witnesses.jsonl``.
        published: the certificates (PEM) that the site itself gives for them.
        entries: the ledger's lines, whose chain was found whole.
        keys: public keys whose heads are the organiser's.
        trusted: certificates (PEM) that whoever checks got from the authority; only they count then.
    """
    if not stamps:
        return Testimony()
    certificates = [pem for pem in (trusted or published,) if pem]
    attested: list[Attested] = []
    faults: list[Message] = []
    lines = list(canonical.lines(stamps))
    for number, line in enumerate(lines, 1):
        try:
            stamp = Stamp.from_line(line)
            time = stamp.time(certificates)
        except StampError as error:
            faults.append(message("Time-stamp {number} does not hold: {why}.", number=number, why=error))
            continue
        except StampsUnreadableError:
            extra = "assises[witness]"
            what = message(
                "The {count} time-stamps were not checked: that needs “pip install '{extra}'”.",
                count=len(lines), extra=extra,
            )  # fmt: skip
            return Testimony(notes=(what,))
        faults += _against(number, stamp, time, entries, keys)
        attested.append(Attested(stamp.authority, stamp.head.seq, time))
    attested.sort(key=lambda item: (item.time, item.seq))
    return Testimony(
        tuple(attested), tuple(faults), tuple(_notes(attested, entries, certificates, bool(trusted)))
    )


def _against(
    number: int, stamp: Stamp, time: datetime, entries: Sequence[Entry], keys: tuple[str, ...]
) -> Iterator[Message]:
    head = stamp.head
    if not head.is_signed(keys):
        yield message("Time-stamp {number} is over a head that the organiser did not sign.", number=number)
    if not (0 < head.seq <= len(entries) and entries[head.seq - 1].hash() == head.hash):
        yield message(
            "The ledger does not run through the head that {authority} stamped on {time}: it was rewritten since.",
            authority=stamp.authority,
            time=format_time(time),
        )
    if head.time > time + _SKEW:
        yield message(
            "Time-stamp {number} is older than the head below it: its time is wrong.", number=number
        )


def _notes(
    attested: Sequence[Attested], entries: Sequence[Entry], certificates: list[bytes], own: bool
) -> Iterator[Message]:
    newest = {item.authority: item for item in attested}
    for item in newest.values():
        yield message(
            "Witness {authority}: the ledger was as it is up to line {seq} (of {lines}) on {time}; time-stamps: {count}.",
            authority=item.authority,
            seq=item.seq,
            lines=len(entries),
            time=format_time(item.time),
            count=sum(other.authority == item.authority for other in attested),
        )
    if wait := longest_wait(attested, entries):
        yield message(
            "The longest time between a line and its first time-stamp: {hours} hours. Lines that were written long"
            " before they were stamped may have been written anew in between.",
            hours=-(-int(wait.total_seconds()) // 3600),
        )
    if attested and not own:
        yield message(
            "The time-stamps were checked with the certificates that the site itself publishes; compare their"
            " fingerprints with the authority’s, or give its certificates with --authority: {fingerprints}",
            fingerprints=", ".join(fingerprints(certificates)),
        )


def longest_wait(attested: Sequence[Attested], entries: Sequence[Entry]) -> timedelta | None:
    """Return how long the line waited that waited longest for a stamp; None where none has any.

    Args:
        attested: by time.
        entries: the ledger's lines.
    """
    longest, covered = None, 0
    for item in attested:
        # The oldest of the lines that this stamp is the first to cover waited longest for it.
        if covered < item.seq <= len(entries):
            wait = item.time - entries[covered].time
            longest = wait if longest is None else max(longest, wait)
            covered = item.seq
    return longest
