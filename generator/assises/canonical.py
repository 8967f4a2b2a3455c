"""Canonical JSON: one value, one sequence of bytes, so that a digest means something.

The rules are those of RFC 8785 narrowed to what contributions need: UTF-8 in Unicode's normal form C,
keys sorted, no white space, whole numbers only, and one final newline. One value is one line, so the
bytes of a file in the store are also a line of the published JSON-lines file.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

MAX_BYTES = 1 << 20
"""A longer line is refused before it is parsed."""

MAX_DEPTH = 8
"""Deepest nesting of lists and objects that is accepted."""

MAX_NUMBER = 2**53 - 1
"""Greatest whole number that every reader of JSON holds exactly (RFC 7493, § 2.2)."""

_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
"""What Unicode keeps out of every text (chapter 23.7): XML knows some of them not, and HTML forbids all."""

_REFUSED = re.compile(f"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff{_NONCHARACTERS}]")
"""Control characters but the newline, lone surrogates (which UTF-8 cannot carry), and noncharacters."""


_MARK = "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_MARKS = re.compile(f"({_MARK}{{30}}){_MARK}+")


class CanonicalError(ValueError):
    """A value or a line has no canonical form; the message says why."""


def encode(value: dict[str, Any]) -> bytes:
    """Return the canonical bytes of an object, its final newline included.

    Raises:
        CanonicalError: a key or a value is of a kind that has no canonical form, or too much.
    """
    _check(value, MAX_DEPTH)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    line = text.encode() + b"\n"
    if len(line) > MAX_BYTES:
        raise CanonicalError(f"longer than {MAX_BYTES} bytes")
    return line


def decode(line: bytes) -> dict[str, Any]:
    """Return the object that `line` is the canonical form of.

    Raises:
        CanonicalError: the line is no JSON object, or not in its canonical form.
    """
    if len(line) > MAX_BYTES:
        raise CanonicalError(f"longer than {MAX_BYTES} bytes")
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise CanonicalError(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise CanonicalError("not a JSON object")
    if encode(value) != line:
        raise CanonicalError("not in canonical form")
    return value


def lines(data: bytes) -> Iterator[bytes]:
    """Yield each line of a JSON-lines file with its newline (only ``\\n`` ends a line)."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start) + 1 or len(data)
        yield data[start:end]
        start = end


def normal(text: str) -> str:
    """Return `text` in the only spelling that `encode` accepts, losing nothing that can be seen.

    Every kind of line end becomes a newline, a tabulation becomes a space, other control characters and
    lone surrogates and noncharacters go, and the rest is put into normal form C. Of more than 30 marks on one letter the rest go
    (the Stream-Safe Text Format of UAX 15): putting them in order takes time by their number's square.
    """
    text = _MARKS.sub(r"\1", text)
    text = re.sub("\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text).replace("\t", " ")
    return unicodedata.normalize("NFC", _REFUSED.sub("", text))


def _check(value: object, depth: int) -> None:
    if depth < 0:
        raise CanonicalError(f"nested more than {MAX_DEPTH} deep")
    match value:
        case str():
            _check_text(value)
        case None | bool():
            pass
        case int() if abs(value) <= MAX_NUMBER:
            pass
        case dict() if all(isinstance(key, str) for key in value):
            for key, item in value.items():
                _check_text(key)
                _check(item, depth - 1)
        case list() | tuple():
            for item in value:
                _check(item, depth - 1)
        case _:
            raise CanonicalError(f"this {type(value).__name__} has no canonical form")


def _check_text(text: str) -> None:
    if text.isascii() and text.isprintable():  # keys, ids, digests: most of what is written
        return
    if found := _REFUSED.search(text):
        raise CanonicalError(f"U+{ord(found[0]):04X} is refused")
    if not unicodedata.is_normalized("NFC", text):
        raise CanonicalError("text is not in normal form C")
