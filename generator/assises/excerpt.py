"""A place in a file of the site → the line that stands there, and a mark below what is meant."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from assises.problems import Location
from assises.source import MAX_BYTES, is_inside

_TOKEN = re.compile(
    r"""
      "(?:[^"\\]|\\.)*"            # a quoted value
    | '(?:[^']|'')*'
    | !?\[[^\]]*\](?:\([^)]*\))?   # a link, an image
    | [^\s,:;()\[\]{}"']+(?=:)     # a key
    | [^\s,;()\[\]{}"']+           # a word, an address
    """,
    re.VERBOSE,
)
"""What is underlined: the value, link or word that begins at a place."""

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SPACES = {"\u00a0": "⍽", "\u202f": "⍽", "\t": "  "}
"""What cannot be seen and yet is often what is wrong, as it is shown."""

MOST = 20
"""Files whose lines are kept at once."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A line of a file, as a terminal shows it."""

    line: str
    mark: str
    """As many spaces as stand before what is meant, then a caret and what underlines the rest."""


@dataclass(slots=True)
class Excerpts:
    """Quotes from the files below a folder; each file is read once, and never beyond the limit of all files."""

    root: Path
    _lines: dict[PurePosixPath, list[str]] = field(default_factory=dict)

    def quote(self, at: Location, width: int) -> Quote | None:
        """Return the line at a place, cut to `width` columns around it; None where there is none to show."""
        lines = self._lines_of(at.path)
        if not 1 <= at.line <= len(lines):
            return None
        line = lines[at.line - 1]
        if not line.strip() or at.column > len(line) + 1:
            return None
        return _quote(line, at.column - 1, max(width, 20))

    def _lines_of(self, path: PurePosixPath) -> list[str]:
        if path not in self._lines:
            if len(self._lines) >= MOST:
                self._lines.clear()
            self._lines[path] = _read(self.root, path)
        return self._lines[path]


def _read(root: Path, path: PurePosixPath) -> list[str]:
    try:
        if not is_inside(root, path) or not (root / path).is_file():
            return []
        with (root / path).open("rb") as file:
            data = file.read(MAX_BYTES)
    except (OSError, ValueError):
        return []
    if b"\0" in data:
        return []
    text = data.decode("utf-8-sig", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _quote(line: str, index: int, width: int) -> Quote:
    found = _TOKEN.match(line, index)
    end = found.end() if found else index + 1
    shown = [_shown(sign) for sign in line]
    first, last = _window(shown, index, width)
    before = "…" if first else ""
    after = "…" if last < len(line) else ""
    text = before + "".join(shown[first:last]) + after
    indent = len(before) + sum(map(columns, shown[first:index]))
    length = max(1, sum(map(columns, shown[index : min(end, last)])))
    return Quote(text, " " * indent + "^" + "~" * (length - 1))


def _window(shown: list[str], index: int, width: int) -> tuple[int, int]:
    """Return the first and the last sign of a line that are shown, so that `index` stands well among them."""
    widths = [columns(text) for text in shown]
    if sum(widths) <= width:
        return 0, len(shown)
    first, room = index, width * 2 // 5
    while first and widths[first - 1] <= room:
        first -= 1
        room -= widths[first]
    last, room = first, width - 2
    while last < len(shown) and widths[last] <= room:
        room -= widths[last]
        last += 1
    return first, last


def _shown(sign: str) -> str:
    if sign in _SPACES:
        return _SPACES[sign]
    if unicodedata.category(sign) in _INVISIBLE and sign != "\u200d":
        return f"<U+{ord(sign):04X}>"
    return sign


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(
        0
        if unicodedata.combining(sign) or sign == "\u200d"
        else 2
        if unicodedata.east_asian_width(sign) in "WF"
        else 1
        for sign in text
    )
