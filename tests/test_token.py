"""Tokens: proof that a form was handed out here, for this form, and when."""

from __future__ import annotations

import base64
import struct
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assises_inbox.intake.token import Token, TokenError, TokenExpired
from kernel import INTAKE_KEY, NOW, OTHER_KEY, QUESTION, TOPIC, golden

RANDOM = bytes(range(16))
TOKEN = Token.issue(INTAKE_KEY, TOPIC, NOW, RANDOM)


def test_a_token_goes_there_and_back():
    """It carries its instant, and its secret never."""
    read = Token.read(INTAKE_KEY, TOKEN.text, TOPIC, NOW + timedelta(hours=1))
    assert read == TOKEN
    assert read.time == NOW
    assert TOKEN.secret not in base64.urlsafe_b64decode(TOKEN.text)
    assert TOKEN.sending not in TOKEN.text


def test_the_token_is_kept():
    """The bytes of format 1, and what is derived from them: a form handed out before an update is confirmed after it."""
    golden("token.txt", f"{TOKEN.text}\n{TOKEN.sending}\n{TOKEN.secret.hex()}\n".encode())


def test_no_two_tokens_share_anything_secret():
    """Other random bits, another second, another form or another key."""
    others = [
        Token.issue(INTAKE_KEY, TOPIC, NOW, RANDOM[::-1]),
        Token.issue(INTAKE_KEY, TOPIC, NOW + timedelta(seconds=1), RANDOM),
        Token.issue(INTAKE_KEY, QUESTION, NOW, RANDOM),
        Token.issue(OTHER_KEY, TOPIC, NOW, RANDOM),
    ]
    for name in ("text", "secret", "sending"):
        assert len({getattr(token, name) for token in [TOKEN, *others]}) == 5


@pytest.mark.parametrize(
    ("later", "good"),
    [
        (timedelta(0), True),
        (timedelta(hours=24), True),
        (timedelta(hours=24, seconds=1), False),
        (timedelta(days=4000), False),
        (-timedelta(minutes=5), True),
    ],
)
def test_a_token_lives_a_day(later, good):
    """And another instance's clock may be five minutes behind."""
    if good:
        assert Token.read(INTAKE_KEY, TOKEN.text, TOPIC, NOW + later) == TOKEN
    else:
        with pytest.raises(TokenExpired):
            Token.read(INTAKE_KEY, TOKEN.text, TOPIC, NOW + later)


def test_a_token_of_the_future_is_refused():
    """Not as expired: it was never good."""
    with pytest.raises(TokenError, match="future") as raised:
        Token.read(INTAKE_KEY, TOKEN.text, TOPIC, NOW - timedelta(minutes=5, seconds=1))
    assert not isinstance(raised.value, TokenExpired)


def test_a_token_is_for_its_form_and_key_alone():
    """An expired one of another form is not even expired."""
    for key, form in ((INTAKE_KEY, QUESTION), (OTHER_KEY, TOPIC), (INTAKE_KEY, "")):
        with pytest.raises(TokenError) as raised:
            Token.read(key, TOKEN.text, form, NOW + timedelta(days=9))
        assert not isinstance(raised.value, TokenExpired)


def test_every_changed_letter_is_found():
    """Padding included."""
    for at, letter in enumerate(TOKEN.text):
        for other in {"A", "_", "=", "/", "+"} - {letter}:
            with pytest.raises(TokenError):
                Token.read(INTAKE_KEY, TOKEN.text[:at] + other + TOKEN.text[at + 1 :], TOPIC, NOW)


@pytest.mark.parametrize("seconds", [2**64 - 1, 2**63, 253402300800, 0])
def test_a_forged_instant_is_never_looked_at(seconds):
    """Beyond any calendar or not: without the signature it is refused first."""
    body = struct.pack(">BQ16s16s", 1, seconds, RANDOM, RANDOM)
    with pytest.raises(TokenError, match="not made here"):
        Token.read(INTAKE_KEY, base64.urlsafe_b64encode(body + bytes(32)).decode(), TOPIC, NOW)


@given(
    st.text(st.characters(exclude_categories=()), max_size=120)
    | st.binary(max_size=90).map(lambda b: base64.urlsafe_b64encode(b).decode())
)
def test_any_text_is_refused(text):
    """There is no other outcome than a TokenError for what was not made here."""
    with pytest.raises(TokenError):
        Token.read(INTAKE_KEY, text, TOPIC, NOW)
