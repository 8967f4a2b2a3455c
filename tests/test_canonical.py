"""Canonical JSON: one value, one line, and no other line for it."""

from __future__ import annotations

import json
import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assises.canonical import MAX_BYTES, MAX_DEPTH, MAX_NUMBER, CanonicalError, decode, encode, lines, normal

ANY_TEXT = st.text(st.characters(exclude_categories=()))
"""Lone surrogates and controls too."""

TEXT = ANY_TEXT.map(normal)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_NUMBER, MAX_NUMBER) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=MAX_DEPTH - 2,  # as many levels at most
)


@given(st.dictionaries(TEXT, VALUES, max_size=5))
def test_what_was_encoded_is_decoded_again(value):
    """Encoding and decoding lose nothing, and the line has one newline, at its end."""
    line = encode(value)
    assert decode(line) == value
    assert line.index(b"\n") == len(line) - 1
    assert encode(decode(line)) == line


@given(st.dictionaries(ANY_TEXT, ANY_TEXT | st.floats() | VALUES, max_size=3))
def test_any_value_is_encoded_or_refused(value):
    """There is no other outcome than bytes or a CanonicalError."""
    with suppress(CanonicalError):
        assert decode(encode(value)) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_or_refused(data):
    """A line that decodes is the canonical form of what it holds."""
    try:
        value = decode(data)
    except CanonicalError:
        return
    assert encode(value) == data


@given(ANY_TEXT)
def test_normal_is_idempotent_and_can_be_encoded(text):
    """Whatever was typed has one spelling, which the format takes."""
    once = normal(text)
    assert normal(once) == once
    assert decode(encode({"text": once})) == {"text": once}


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029")))
def test_normal_loses_nothing_that_can_be_seen(text):
    """Without controls, only Unicode's normal form changes anything."""
    assert normal(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\u2028b\u2029c\x85d\x0be\x0cf", "a\nb\nc\nd\ne\nf"),
        ("a\tb", "a b"),
        ("a\x00b\x1b[31m\x7f\x9f", "ab[31m"),
        ("\ud83d\ude00", ""),
        ("\N{GRINNING FACE}", "\N{GRINNING FACE}"),
        ("e\u0301", "é"),
        ("e\x00\u0301", "é"),
        ("a\ufffeb\uffff\ufdd0\U0010ffff", "ab"),
        ("", ""),
    ],
)
def test_normal_spells_in_one_way(typed, kept):
    """Line ends, controls and surrogates; a control between letter and accent does not hide the accent."""
    assert normal(typed) == kept


@pytest.mark.parametrize(
    "line",
    [
        b'{"a":1,"a":1}\n',
        b'{"b":1,"a":1}\n',
        b'{"a": 1}\n',
        b' {"a":1}\n',
        b'{"a":1} \n',
        b'{"a":1}',
        b'{"a":1}\r\n',
        b'{"a":1}\n\n',
        b'{"a":1}\n{"a":1}\n',
        b'{"a":1.0}\n',
        b'{"a":1e3}\n',
        b'{"a":-0}\n',
        b'{"a":01}\n',
        b'{"a":NaN}\n',
        b'{"a":Infinity}\n',
        b'{"a":9007199254740992}\n',
        b'{"a":' + b"9" * 5000 + b"}\n",
        '{"a":"e\u0301"}\n'.encode(),
        '{"e\u0301":1}\n'.encode(),
        b'{"a":"\\ud800"}\n',
        b'{"a":"\\u00e9"}\n',
        b'{"a":"\\/"}\n',
        b'{"a":"\\u0000"}\n',
        b'{"a":"\\t"}\n',
        b'{"a":"\\u0085"}\n',
        b'{"a":"\x85"}\n',
        b'{"a":"\xed\xa0\x80"}\n',
        b'\xef\xbb\xbf{"a":1}\n',
        '{"a":1}\n'.encode("utf-16"),
        '{"a":1}\n'.encode("utf-32-le"),
        b"[]\n",
        b'"a"\n',
        b"null\n",
        b"\n",
        b"",
        b"{\n",
        b"{'a':1}\n",
        b'{"a":1,}\n',
        b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1) + b"\n",
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"\n",
        b"[" * 100_000 + b"]" * 100_000 + b"\n",
        b'{"a":"' + b"a" * (2 << 20) + b'"}\n',
    ],
    ids=lambda line: repr(line[:30]),
)
def test_a_line_in_any_other_form_is_refused(line):
    """Two lines never mean the same value, and no line can exhaust the reader."""
    with pytest.raises(CanonicalError):
        decode(line)


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1.5},
        {"a": float("nan")},
        {"a": b"bytes"},
        {"a": {1, 2}},
        {1: "a"},
        {None: "a"},
        {"a": "e\u0301"},
        {"a": "\ud800"},
        {"a\x00": 1},
        {"a": ["\x7f"]},
        {"a": 10**5000},
        {"a": -(2**53)},
        {"a": "a" * MAX_BYTES},
    ],
)
def test_what_has_no_canonical_form_is_refused(value):
    """What could not be read again is not written."""
    with pytest.raises(CanonicalError):
        encode(value)


def test_the_deepest_nesting_that_is_taken():
    """Lists and objects stand in each other up to the limit, not one deeper."""
    value: object = 1
    for _ in range(MAX_DEPTH):
        value = [value]
    line = encode({"a": value[0]})  # type: ignore[index]
    assert decode(line) == {"a": value[0]}  # type: ignore[index]
    with pytest.raises(CanonicalError, match="deep"):
        encode({"a": [value]})


def test_the_longest_line_is_taken():
    """A line of exactly the limit goes there and back."""
    value = {"a": "a" * (MAX_BYTES - len(b'{"a":""}\n'))}
    assert len(encode(value)) == MAX_BYTES
    assert decode(encode(value)) == value


def test_keys_are_sorted_at_every_depth():
    """The order in which a value was put together leaves no trace."""
    assert encode({"b": {"d": 1, "c": 2}, "a": 0}) == b'{"a":0,"b":{"c":2,"d":1}}\n'


def test_any_json_reader_reads_a_line():
    """Nothing in the form is ours alone."""
    assert json.loads(encode({"é": ["«\u00a0»", None, True]})) == {"é": ["«\u00a0»", None, True]}


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\n"))))
def test_only_a_newline_ends_a_line(texts):
    """U+2028, U+0085 and lone carriage returns stay within their line."""
    data = b"".join(text.encode() + b"\n" for text in texts)
    assert list(lines(data)) == [text.encode() + b"\n" for text in texts]


def test_a_last_line_without_newline_is_a_line():
    """A file that was cut short shows it; nothing is added."""
    assert list(lines(b"a\n\nb")) == [b"a\n", b"\n", b"b"]
    assert list(lines(b"")) == []


def test_a_thousand_marks_on_one_letter_are_thirty():
    """UAX 15's Stream-Safe Text Format: ordering more takes time by their number's square."""
    assert normal("a" + "\u0301" * 30_000 + "\u0316" * 30_000 + "b") == "á" + "\u0301" * 29 + "b"
    assert normal("e\u0301" * 50) == "é" * 50
