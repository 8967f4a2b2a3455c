"""Titles and names in the order of a dictionary, as readers expect it: « École » before « Zone ». Pure.

Neither Python nor Babel sorts by language, and the libraries that do bring ICU. This is the Unicode Collation
Algorithm's principle (UTS #10) in its three levels, letters, then accents, then capitals, for Latin letters, which is
all that French and English need; other alphabets stand in the order of Unicode, which is nearly theirs.
"""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})
"""Letters that Unicode does not take apart, as their neighbours in a dictionary have them."""

_PARTS = re.compile(r"\d+|[^\W\d_]+")

SortKey = tuple[tuple[tuple[int, int, str], ...], str, str, str]
"""Letters and numbers; then accents; then capitals; then whatever else differs."""


def sort_key(text: str) -> SortKey:
    """Return what a text is sorted by; marks between words do not count, and 9 comes before 10."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    plain = "".join(sign for sign in apart if not unicodedata.combining(sign))
    parts = ((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _PARTS.findall(plain))
    return tuple(parts), apart, text.swapcase(), text
