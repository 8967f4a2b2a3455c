"""Words → part of an address."""

from __future__ import annotations

import re
import unicodedata

_LIGATURES = str.maketrans(
    {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "’": "-", "'": "-"}
)


def slug(text: str) -> str:
    """Return words as part of an address: small ASCII letters, digits and single hyphens."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LIGATURES))
    return re.sub("[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode()).strip("-")
