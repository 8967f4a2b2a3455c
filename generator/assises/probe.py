"""Probes: contributions that say nothing, by which whoever holds an intake's key sees that words arrive.

A probe takes the way of every contribution, from the intake's public address to the store. There the runner notes
that it came and drops it before the ledger: nobody said anything, so nothing is counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from assises import canonical
from assises.contribution import NO_ID, NO_NONCE, Contribution, format_time, identified, parse_time
from assises.envelope import Envelope, EnvelopeError
from assises.keys import Key

PATH = "probe.json"
"""Where the store says which probe came last."""

LIFE = timedelta(hours=1)
"""How long after it was made a probe is taken; a copy of it can be sent again no longer than that."""

_WHERE = "probe"


@dataclass(frozen=True, slots=True)
class Arrival:
    """The probe that came last."""

    id: str
    time: datetime
    """When the runner carried it, UTC."""


def make(key: Key, now: datetime) -> bytes:
    """Return a probe in its envelope, signed with an intake's key: what is posted to ``/probes``."""
    said = Contribution(
        id=NO_ID,
        kind="probe",
        of=_WHERE,
        form=f"{_WHERE}:probe",
        time=now.replace(microsecond=0),
        language="fr",
        channel="web",
        nonce=NO_NONCE,
    )
    secret = key.derive("probe")
    return Envelope(identified(said, secret), secret[:16].hex()).to_bytes(key)


def read(data: bytes, key: Key, now: datetime) -> Envelope:
    """Return the probe that was posted.

    Raises:
        EnvelopeError: it is none, is not signed with this key, or is not of this hour.
    """
    envelope = Envelope.from_bytes(data, (key.public,))
    if not is_probe(envelope) or abs(now - envelope.contribution.time) > LIFE:
        raise EnvelopeError("no probe of this hour")
    return envelope


def is_probe(envelope: Envelope) -> bool:
    """Tell whether an envelope holds a probe."""
    return envelope.contribution.kind == "probe"


def arrival(probes: Iterable[Envelope], now: datetime) -> bytes | None:
    """Return what the store says of the newest of these probes; None where there is none."""
    ids = [envelope.contribution.id for envelope in probes]
    return canonical.encode({"format": 1, "id": max(ids), "time": format_time(now)}) if ids else None


def arrived(data: bytes | None) -> Arrival | None:
    """Return which probe the store says came last; None where none did."""
    if data is None:
        return None
    document = canonical.decode(data)
    return Arrival(document["id"], parse_time(document["time"]))
