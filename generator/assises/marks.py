"""Marks: small public facts in the intake's storage, each a name that is there or not.

A mark is stored like a contribution, under a name that no contribution has, and carries nothing but its being there.
"""

from __future__ import annotations

import hashlib
import re

EVERY_FORM = "*"
"""Stands for all forms of a consultation."""

_MARK = re.compile("mark-[0-9a-f]{64}")


def mark(kind: str, of: str) -> str:
    """Return the name of a mark: ``mark-`` and the SHA-256 of what it says."""
    return f"mark-{hashlib.sha256(f'{kind} {of}'.encode()).hexdigest()}"


def is_mark(text: str) -> bool:
    """Tell whether `text` has the shape of a mark's name."""
    return _MARK.fullmatch(text) is not None
