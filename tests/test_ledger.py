"""The ledger: a chain of which no link can be changed, and a signed head."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assises import canonical
from assises.contribution import CHANNELS
from assises.ledger import (
    BEGINNING,
    PURPOSE,
    STATES,
    Counts,
    Entry,
    Event,
    Head,
    Ledger,
    LedgerError,
    chain,
)
from kernel import INTAKE_KEY, LEDGER_KEY, NOW, OTHER_KEY, contribution, golden

PUBLICS = (LEDGER_KEY.public,)
ONE, TWO = contribution("Un."), contribution("Deux.", channel="meeting")


def received(item=ONE):
    """Return the event with which a contribution enters."""
    return Event("received", item.id, item.digest(), item.channel)


EVENTS = (received(), Event("published", ONE.id), received(TWO), Event("withheld", TWO.id))


def test_entries_follow_each_other():
    """Numbers without a gap, each line holding the hash of the one above."""
    entries = list(chain(EVENTS, None, NOW))
    assert [entry.seq for entry in entries] == [1, 2, 3, 4]
    assert [entry.previous for entry in entries] == [BEGINNING, *(entry.hash() for entry in entries[:-1])]
    assert [entry.what for entry in entries] == list(EVENTS)


def test_a_chain_goes_on_below_a_head():
    """In two turns or in one, the same events at the same instant make the same lines."""
    first = list(chain(EVENTS[:2], None, NOW))
    second = list(chain(EVENTS[2:], Head.sign(first[-1], LEDGER_KEY), NOW))
    assert first + second == list(chain(EVENTS, None, NOW))


def test_a_clock_that_went_back_does_not_show():
    """No line is older than the one above."""
    first = list(chain(EVENTS[:2], None, NOW))
    head = Head.sign(first[-1], LEDGER_KEY)
    (entry,) = chain([Event("withheld", ONE.id)], head, NOW - timedelta(hours=1))
    assert entry.time == NOW


def test_instants_are_kept_in_universal_time():
    """Whatever zone the runner's clock tells, the entry's day is that of its line."""
    paris = NOW.astimezone(timezone(timedelta(hours=9)))
    (entry,) = chain([received()], None, paris)
    assert entry.time.utcoffset() == timedelta(0)
    assert f"{entry.time:%Y-%m-%d}" == "2017-11-20"


@given(
    st.integers(1, canonical.MAX_NUMBER),
    st.datetimes(NOW.replace(tzinfo=None)).map(lambda time: time.replace(microsecond=0, tzinfo=NOW.tzinfo)),
    st.sampled_from(sorted(STATES)),
    st.sampled_from(CHANNELS),
    st.binary(min_size=32, max_size=32),
)
def test_a_line_goes_there_and_back(seq, time, event, channel, hash):
    """Any entry that a runner can write is read again as it was."""
    digest = hash.hex() if event in ("received", "corrected") else ""
    what = Event(event, ONE.id, digest, channel if event == "received" else "")
    if time.year >= 9999:
        return
    entry = Entry(seq, time, what, hash.hex())
    assert Entry.from_line(entry.line()) == entry


def test_the_lines_and_the_head_are_kept():
    """The bytes of format 1."""
    entries = tuple(chain(EVENTS, None, NOW))
    head = Head.sign(entries[-1], LEDGER_KEY)
    golden("ledger.jsonl", Ledger(entries, head).lines())
    golden("head.json", head.to_bytes())


def line(**changes):
    """Return a line with other fields, in canonical form."""
    (entry,) = chain([received()], None, NOW)
    document = canonical.decode(entry.line()) | changes
    return canonical.encode({key: value for key, value in document.items() if value != "-"})


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"format": True},
        {"seq": True},
        {"seq": 0},
        {"seq": -1},
        {"seq": "1"},
        {"seq": None},
        {"time": 5},
        {"time": "2017-11-20"},
        {"event": "deleted"},
        {"event": []},
        {"event": {}},
        {"event": None},
        {"event": "published"},
        {"event": "published", "digest": "-"},
        {"event": "published", "channel": "-"},
        {"id": 5},
        {"id": []},
        {"id": "topics/housing"},
        {"digest": "-"},
        {"digest": 5},
        {"digest": "AB" * 32},
        {"digest": "ab" * 31},
        {"channel": "-"},
        {"channel": ["web"]},
        {"channel": "pigeon"},
        {"channel": {}},
        {"previous": 5},
        {"previous": None},
        {"previous": "0" * 63},
        {"previous": "G" * 64},
        {"previous": "-"},
        {"more": 1},
    ],
    ids=str,
)
def test_a_field_of_another_kind_is_refused(changes):
    """A line's every field has its type and shape, so that nothing stumbles over it later."""
    with pytest.raises(LedgerError):
        Entry.from_line(line(**changes))


def head(**changes):
    """Return head.json with other fields, in canonical form."""
    (entry,) = chain([received()], None, NOW)
    return canonical.encode(canonical.decode(Head.sign(entry, LEDGER_KEY).to_bytes()) | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": True},
        {"seq": True},
        {"seq": "1"},
        {"hash": 5},
        {"hash": []},
        {"hash": "AB" * 32},
        {"time": None},
        {"key": 5},
        {"key": []},
        {"key": "00"},
        {"signature": 5},
        {"signature": None},
        {"signature": ""},
        {"signature": "AB" * 64},
        {"signature": "ab " * 64},
        {"signature": "é" * 128},
        {"more": 1},
    ],
    ids=str,
)
def test_a_head_of_another_shape_is_refused(changes):
    """Including a signature in another spelling."""
    with pytest.raises(LedgerError):
        Head.from_bytes(head(**changes))


def test_every_flipped_byte_of_a_head_is_found():
    """Either it is no head any more, or its signature is not right; a change of case too."""
    data = head()
    for at in range(len(data)):
        for mask in (0x01, 0x20, 0x80):
            damaged = data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]
            with suppress(LedgerError):
                assert not Head.from_bytes(damaged).is_signed(PUBLICS), damaged


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data):
    """There is no other outcome than a LedgerError."""
    with pytest.raises(LedgerError):
        Entry.from_line(data)
    with pytest.raises(LedgerError):
        Head.from_bytes(data)


def test_a_head_counts_under_its_own_key_alone():
    """Neither a stranger's key nor a signature that was made for something else."""
    (entry,) = chain([received()], None, NOW)
    assert Head.sign(entry, LEDGER_KEY).is_signed(PUBLICS)
    assert not Head.sign(entry, OTHER_KEY).is_signed(PUBLICS)
    assert not Head.sign(entry, LEDGER_KEY).is_signed((OTHER_KEY.public,))
    assert not Head.sign(entry, LEDGER_KEY).is_signed(())
    mine = Head.sign(entry, LEDGER_KEY)
    assert not replace(mine, signature=Head.sign(entry, OTHER_KEY).signature).is_signed(PUBLICS)
    for purpose in ("receipt", "envelope"):
        signed = LEDGER_KEY.sign(purpose, canonical.encode(canonical.decode(head()) | {"signature": "-"}))
        assert not replace(mine, signature=signed.hex()).is_signed(PUBLICS)
    assert PURPOSE not in ("receipt", "envelope")
    assert not replace(mine, key=INTAKE_KEY.public).is_signed((INTAKE_KEY.public,))


@given(st.lists(st.sampled_from(["published", "withheld", "withdrawn", "erased", "corrected"]), max_size=4))
def test_the_counts_come_out(events):
    """Received = published + waiting + withheld + withdrawn + erased, in all and by channel."""
    entries = chain(
        [received(), received(TWO), *(Event(event, ONE.id, "ab" * 32) for event in events)], None, NOW
    )
    ledger = Ledger(tuple(entries))
    for channel in ("", "web", "meeting"):
        counts = ledger.counts(channel)
        parts = counts.published, counts.waiting, counts.withheld, counts.withdrawn, counts.erased
        assert sum(parts) == counts.received == (1 if channel else 2)
    assert ledger.state(ONE.id) == STATES[events[-1] if events else "received"]


def test_an_empty_ledger_counts_nothing():
    """Before the first contribution there is nothing to tell."""
    assert Ledger().counts() == Counts()
    assert Ledger().state(ONE.id) == ""
    assert Ledger().channels == ()
    assert Ledger().lines() == b""


def test_the_fullest_channel_comes_first():
    """Channels are in the order of what came by them."""
    three = contribution("Trois.", channel="meeting")
    assert Ledger(tuple(chain([received(), received(TWO), received(three)], None, NOW))).channels == (
        "meeting",
        "web",
    )
