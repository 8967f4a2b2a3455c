"""Sealed boxes: the same bytes at each sending, opened by libsodium's own call, and by nobody without the month's key."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_box_seal_open, sodium_unpad
from nacl.public import PrivateKey, SealedBox

from assises import canonical
from assises.envelope import Envelope, EnvelopeError
from assises.sealing import BLOCK, MonthKey, Private, Sealed, SealError, is_month, month_of, unseal
from kernel import INTAKE_KEY, contribution, envelope, golden

KEY = MonthKey(bytes(range(100, 132)))
OTHER = MonthKey(bytes(range(32)))
ID = contribution().id
RECORD = Private(ID, "zoe@ville.example", "2001:db8::1")


def test_a_box_is_the_same_at_each_sending_and_kept():
    """A function of record, key and secret: a resend makes the same bytes. The format keeps them."""
    sealed = RECORD.seal(KEY.public, b"one sending")
    assert sealed == RECORD.seal(KEY.public, b"one sending")
    golden("sealed.json", sealed.to_bytes())
    assert Sealed.from_bytes(sealed.to_bytes()) == sealed
    assert unseal(sealed, KEY) == RECORD


def test_libsodium_itself_opens_it():
    """`crypto_box_seal_open`, from any language, with the month's two halves: nobody needs our program."""
    own = PrivateKey(KEY.secret)
    sealed = RECORD.seal(KEY.public, b"one sending")
    padded = crypto_box_seal_open(sealed.box, bytes(own.public_key), bytes(own))
    assert canonical.decode(sodium_unpad(padded, BLOCK))["email"] == "zoe@ville.example"
    # And what libsodium closes, we open.
    theirs = Sealed(KEY.public, SealedBox(own.public_key).encrypt(padded))
    assert unseal(theirs, KEY) == RECORD


@given(st.text(max_size=200).map(canonical.normal), st.binary(min_size=1, max_size=64))
def test_a_record_goes_there_and_back(email, secret):
    """Whatever is in it; and the box's length does not tell what."""
    record = replace(RECORD, email=email)
    sealed = record.seal(KEY.public, secret)
    assert unseal(sealed, KEY) == record
    assert (len(sealed.box) - 48) % BLOCK == 0


def test_other_records_keys_and_secrets_make_other_boxes():
    """One key of a box never closes two records: what is in both could be read off."""
    boxes = [
        RECORD.seal(KEY.public, b"a"),
        RECORD.seal(KEY.public, b"b"),
        RECORD.seal(OTHER.public, b"a"),
        replace(RECORD, email="zoé@ville.example").seal(KEY.public, b"a"),
    ]
    assert len({sealed.box[:32] for sealed in boxes}) == len(boxes)
    assert len({sealed.box[32:] for sealed in boxes}) == len(boxes)


def test_nobody_else_opens_it():
    """Another month's key does not, and a box with any byte flipped does not open at all."""
    sealed = RECORD.seal(KEY.public, b"a")
    with pytest.raises(SealError):
        unseal(sealed, OTHER)
    for at in range(len(sealed.box)):
        damaged = sealed.box[:at] + bytes([sealed.box[at] ^ 1]) + sealed.box[at + 1 :]
        with pytest.raises(SealError):
            unseal(Sealed(sealed.key, damaged), KEY)
    assert b"zoe" not in sealed.box
    assert "secret" not in repr(KEY)


@pytest.mark.parametrize("key", ["", "00", "zz" * 32, "é" * 64, "0" * 63])
def test_what_is_no_key_seals_nothing(key):
    """It says so, whatever forms.json holds."""
    with pytest.raises(SealError):
        RECORD.seal(key, b"a")


@given(
    st.dictionaries(st.sampled_from(["format", "key", "box", "x"]), st.text(max_size=70) | st.integers(0, 2))
)
def test_what_is_no_box_says_so(document):
    """Any document of any values."""
    with pytest.raises(SealError):
        Sealed.from_bytes(
            canonical.encode(
                {
                    key: value if isinstance(value, int) else canonical.normal(value)
                    for key, value in document.items()
                }
            )
        )


def test_an_envelope_carries_it_signed():
    """Nobody exchanges or takes off the box on the way; without one the bytes are as they ever were."""
    sealed = RECORD.seal(KEY.public, b"a")
    sent = replace(envelope(), private=sealed)
    data = sent.to_bytes(INTAKE_KEY)
    publics = (INTAKE_KEY.public,)
    assert Envelope.from_bytes(data, publics) == sent
    document = canonical.decode(data)
    other = RECORD.seal(KEY.public, b"b").document()
    del document["private"]
    for changed in (document, document | {"private": other}, document | {"private": {}}):
        with pytest.raises(EnvelopeError):
            Envelope.from_bytes(canonical.encode(changed), publics)


def test_months_are_written_as_they_are():
    """In universal time; nothing else is one."""
    assert month_of(datetime(2026, 11, 30, 23, 59, tzinfo=UTC)) == "2026-11"
    assert is_month("2026-11")
    assert not any(map(is_month, ["2026-13", "2026-00", "26-11", "2026-11-01", "../2026-11", ""]))
