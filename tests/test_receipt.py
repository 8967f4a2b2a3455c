"""Receipts: a signed promise in one word, of which no letter can be changed."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assises import canonical
from assises.contribution import format_time
from assises.keys import Key
from assises.receipt import PURPOSE, Receipt, ReceiptError, from_text, to_text
from kernel import INTAKE_KEY, LEDGER_KEY, NOW, OTHER_KEY, contribution, golden

PUBLICS = (INTAKE_KEY.public,)


def written(key: Key = INTAKE_KEY, text: str = "Plus de logements.") -> str:
    """Return a receipt as it stands in an address."""
    receipt = Receipt.of(contribution(text))
    return to_text(receipt, receipt.signature(key))


def base(data: bytes) -> str:
    """Return bytes as an address holds them."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def signed(document: dict[str, object]) -> str:
    """Return any document with the intake's own signature, as a stolen key could make it."""
    data = canonical.encode(document)
    return f"{base(data)}.{base(INTAKE_KEY.sign(PURPOSE, data))}"


def document(**changes: object) -> dict[str, object]:
    """Return what a receipt says."""
    return canonical.decode(Receipt.of(contribution()).canonical()) | changes


def test_a_receipt_goes_there_and_back():
    """The address alone holds the whole promise."""
    receipt = from_text(written(), PUBLICS)
    assert receipt == Receipt.of(contribution())
    assert receipt.number == contribution().number
    assert from_text(f"\n {written()} \n", PUBLICS) == receipt


def test_a_resend_gets_the_same_receipt():
    """Every byte is a function of token and form."""
    assert written() == written()
    assert written() != written(text="Moins de logements.")


def test_the_receipt_is_kept():
    """The word of format 1, as residents keep it."""
    golden("receipt.txt", f"{written()}\n".encode())


def test_the_promise_is_a_day_after_the_last_possible_confirmation():
    """A form may be confirmed for 24 hours; 24 hours later the contribution is in the ledger."""
    assert Receipt.of(contribution()).due == NOW + timedelta(hours=48)


def test_a_receipt_fits_any_address_bar():
    """Browsers, mail programs and servers carry it whole."""
    assert len(written()) < 700


def test_every_changed_letter_is_found():
    """Whatever single letter is another, the receipt is refused."""
    text = written()
    for at, letter in enumerate(text):
        for other in {"A", "B", "_", "-", "=", "."} - {letter}:
            with pytest.raises(ReceiptError):
                from_text(text[:at] + other + text[at + 1 :], PUBLICS)


@given(st.integers(0, 10_000), st.integers(1, 20))
def test_a_part_of_a_receipt_is_refused(start, length):
    """A letter too few or too many, anywhere."""
    text = written()
    start %= len(text)
    with pytest.raises(ReceiptError):
        from_text(text[:start] + text[start + length :], PUBLICS)
    with pytest.raises(ReceiptError):
        from_text(text[:start] + "A" * length + text[start:], PUBLICS)


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_any_text_is_refused(text):
    """There is no other outcome than a ReceiptError for what was never signed."""
    with pytest.raises(ReceiptError):
        from_text(text, PUBLICS)


@given(st.binary(max_size=100), st.binary(max_size=70))
def test_any_bytes_are_refused(data, signature):
    """Nor for base64 of anything."""
    with pytest.raises(ReceiptError):
        from_text(f"{base(data)}.{base(signature)}", PUBLICS)


def test_other_keys_and_purposes_are_refused():
    """The runner's key, a stranger's, no key at all, and a signature that was made for something else."""
    for key in (OTHER_KEY, LEDGER_KEY):
        with pytest.raises(ReceiptError, match="not signed"):
            from_text(written(key), PUBLICS)
    with pytest.raises(ReceiptError, match="not signed"):
        from_text(written(), ())
    receipt = Receipt.of(contribution())
    for purpose in ("envelope", "ledger head"):
        with pytest.raises(ReceiptError, match="not signed"):
            from_text(to_text(receipt, INTAKE_KEY.sign(purpose, receipt.canonical())), PUBLICS)


def test_a_former_key_of_the_intake_is_taken():
    """Receipts outlive a change of keys, as long as the old public half is listed."""
    assert from_text(written(OTHER_KEY), (INTAKE_KEY.public, OTHER_KEY.public)).id == contribution().id


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"format": True},
        {"id": 5},
        {"id": None},
        {"id": ["01BZDG2EN08WDXRWZNZ2XTQC5Z"]},
        {"id": "../../etc"},
        {"digest": 5},
        {"time": 5},
        {"time": "2017"},
        {"due": format_time(NOW).replace("Z", "")},
        {"due": []},
        {"more": 1},
    ],
    ids=str,
)
def test_a_field_of_another_kind_is_refused(changes):
    """Types are looked at before anything is done with them, signed or not."""
    data = canonical.encode(document(**changes))
    with pytest.raises(ReceiptError):
        from_text(f"{base(data)}.{base(b'0' * 64)}", PUBLICS)
    if changes != {"digest": 5}:
        with pytest.raises(ReceiptError):
            from_text(signed(document(**changes)), PUBLICS)


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a.b.c", "é.é", "\ud800.\ud800", "A" * 3000 + "." + "A" * 86]
)
def test_what_is_no_receipt_at_all_is_refused(text):
    """Nor is anything decoded that is longer than any receipt."""
    with pytest.raises(ReceiptError):
        from_text(text, PUBLICS)
