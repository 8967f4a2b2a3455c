"""Envelopes: what the intake hands to the runner, sealed whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assises import canonical
from assises.envelope import PURPOSE, Envelope, EnvelopeError
from kernel import INTAKE_KEY, LEDGER_KEY, OTHER_KEY, contribution, envelope, golden

PUBLICS = (INTAKE_KEY.public,)


def signed(**changes: object) -> bytes:
    """Return an envelope with other fields and the intake's own signature."""
    document = canonical.decode(envelope().to_bytes(INTAKE_KEY)) | changes
    del document["signature"]
    signature = INTAKE_KEY.sign(PURPOSE, canonical.encode(document))
    return canonical.encode(document | {"signature": signature.hex()})


@given(
    st.text(st.characters(exclude_categories=())).map(canonical.normal),
    st.lists(st.sampled_from(["trap", "x"])),
)
def test_an_envelope_goes_there_and_back(text, flags):
    """The contribution, the sending and the flags arrive as they were sent."""
    sent = envelope(text, flags=tuple(flags))
    assert Envelope.from_bytes(sent.to_bytes(INTAKE_KEY), PUBLICS) == sent


def test_the_envelope_is_kept():
    """The bytes of format 1; the same at every sending."""
    plain, flagged = envelope('Il a dit : « "oui" ».\nEt puis ?'), envelope(flags=("trap",))
    golden("envelopes.jsonl", plain.to_bytes(INTAKE_KEY) + flagged.to_bytes(INTAKE_KEY))


def test_every_flipped_byte_is_found():
    """Be it in the words, the sending, a flag or the signature; a change of case too."""
    data = envelope(flags=("trap",)).to_bytes(INTAKE_KEY)
    for at in range(len(data)):
        for mask in (0x01, 0x20, 0x80):
            damaged = data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]
            with pytest.raises(EnvelopeError):
                Envelope.from_bytes(damaged, PUBLICS)


@pytest.mark.parametrize("change", [{"flags": []}, {"sending": "00" * 16}, {"flags": ["trap", "more"]}])
def test_nobody_takes_a_flag_off_on_the_way(change):
    """Whoever may write where the intake stores cannot make what it signed say something else."""
    document = canonical.decode(envelope(flags=("trap",)).to_bytes(INTAKE_KEY))
    with pytest.raises(EnvelopeError, match="not signed"):
        Envelope.from_bytes(canonical.encode(document | change), PUBLICS)


def test_other_keys_and_purposes_are_refused():
    """Only the intake's own key counts, and only for envelopes."""
    for key in (OTHER_KEY, LEDGER_KEY):
        with pytest.raises(EnvelopeError, match="not signed"):
            Envelope.from_bytes(envelope().to_bytes(key), PUBLICS)
    with pytest.raises(EnvelopeError, match="not signed"):
        Envelope.from_bytes(envelope().to_bytes(INTAKE_KEY), ())
    document = canonical.decode(envelope().to_bytes(INTAKE_KEY))
    del document["signature"]
    signature = INTAKE_KEY.sign("receipt", canonical.encode(document)).hex()
    with pytest.raises(EnvelopeError, match="not signed"):
        Envelope.from_bytes(canonical.encode(document | {"signature": signature}), PUBLICS)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"format": True},
        {"contribution": 5},
        {"contribution": None},
        {"contribution": "{}"},
        {"contribution": contribution().canonical().decode()},
        {"contribution": contribution().canonical().decode().rstrip("\n") + " "},
        {"sending": 5},
        {"sending": "5E" * 16},
        {"sending": "5e" * 15},
        {"sending": "x\n" * 16},
        {"flags": "trap"},
        {"flags": [5]},
        {"flags": None},
        {"flags": {"trap": 1}},
        {"more": 1},
    ],
    ids=str,
)
def test_a_field_of_another_kind_is_refused(change):
    """Even under a good signature."""
    with pytest.raises(EnvelopeError, match="malformed"):
        Envelope.from_bytes(signed(**change), PUBLICS)


@pytest.mark.parametrize("signature", [None, 5, "", "zz" * 64, "00" * 63, "AA" * 64, " " + "00" * 64, []])
def test_a_signature_of_another_shape_is_refused(signature):
    """Hexadecimal digits have one spelling, so that an envelope has one too."""
    document = canonical.decode(envelope().to_bytes(INTAKE_KEY)) | {"signature": signature}
    with pytest.raises(EnvelopeError, match="malformed"):
        Envelope.from_bytes(canonical.encode(document), PUBLICS)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data):
    """There is no other outcome than an EnvelopeError for what was never signed."""
    with pytest.raises(EnvelopeError):
        Envelope.from_bytes(data, PUBLICS)
