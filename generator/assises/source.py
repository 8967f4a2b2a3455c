"""A file of the site → its text; a place in that text → its line and column."""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assises.problems import NOTHING, ContentError, Location, Message, Problem, message

MAX_BYTES = 1 << 20
"""A longer file is refused before it is read."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_IGNORED = re.compile(r"\..*|~\$.*|.*~|thumbs\.db|desktop\.ini", re.IGNORECASE)
"""Names that systems and office programs leave behind."""


class Places:
    """Line and column of each character of a text, as editors count them."""

    def __init__(self, path: PurePosixPath, text: str, first_line: int = 1) -> None:
        self._path = path
        self._first_line = first_line
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def at(self, index: int) -> Location:
        """Return where the character `index`, from 0, stands."""
        line = bisect_right(self._starts, index)
        return Location(self._path, line - 1 + self._first_line, index - self._starts[line - 1] + 1)


def refuse(at: Location, what: Message, mend: Message = NOTHING) -> ContentError:
    """Return the error for one problem."""
    return ContentError([Problem(at, what, mend)])


# --- files


def read_text(root: Path, path: PurePosixPath) -> str:
    """Return the text of a file below `root`, without byte-order mark, its lines ended by newlines.

    Raises:
        ContentError: it cannot be read, or is no text.
    """
    return _decode(_read_bytes(root, path, MAX_BYTES + 1), Location(path))


def files_below(root: Path, folder: str) -> list[PurePosixPath]:
    """Return the files below a folder of `root`, sorted, without hidden ones and systems' leftovers.

    Folders that are symbolic links are not entered: they could lead out of the site, or round in a circle.
    """
    found = []
    for parent, folders, names in os.walk(root / folder):
        folders[:] = [name for name in folders if not _IGNORED.fullmatch(name)]
        below = PurePosixPath(Path(parent).relative_to(root).as_posix())
        found += [below / name for name in names if not _IGNORED.fullmatch(name)]
    return sorted(found)


def linked_folders(root: Path, folder: str) -> list[PurePosixPath]:
    """Return the folders below a folder of `root` that are but links: nothing in them is read."""
    found = []
    for parent, folders, _names in os.walk(root / folder):
        below = PurePosixPath(Path(parent).relative_to(root).as_posix())
        found += [below / name for name in folders if (Path(parent) / name).is_symlink()]
    return sorted(found)


def is_inside(root: Path, path: PurePosixPath) -> bool:
    """Tell whether a path, symbolic links followed, stays below `root`."""
    try:
        return (root / path).resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):
        return False


def check_inside(root: Path, path: PurePosixPath) -> None:
    """Check that a file is one of the site's.

    Raises:
        ContentError: it is a link that leads out of the site, or round in a circle.
    """
    if not is_inside(root, path):
        what = message("This file leads out of the site’s folder.")
        raise refuse(Location(path), what, message("Put a copy of it here instead of a link."))


def read_files(root: Path, paths: Iterable[PurePosixPath]) -> dict[PurePosixPath, bytes]:
    """Return the bytes of files below `root`, however large.

    Raises:
        ContentError: one cannot be read.
    """
    return {path: _read_bytes(root, path, limit=-1) for path in paths}


def _read_bytes(root: Path, path: PurePosixPath, limit: int) -> bytes:
    check_inside(root, path)
    at, file = Location(path), root / path
    try:
        if file.is_dir():
            raise refuse(at, message("This is a folder, not a file."), message("Rename the folder."))
        with file.open("rb") as stream:
            read = stream.read(limit)
    except FileNotFoundError:
        raise refuse(at, message("This file is missing.")) from None
    except OSError as error:
        raise refuse(at, message("This file cannot be read ({why}).", why=error.strerror or error)) from None
    if limit >= 0 and len(read) == limit:
        raise refuse(
            at,
            message("This file is larger than 1 MB."),
            message("Divide it into several, or offer it for download as a PDF."),
        )
    return read


def _decode(read: bytes, start: Location) -> str:
    mend = message("Save it again with the encoding “UTF-8”.")
    if read.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refuse(start, message("This file is encoded in UTF-16."), mend)
    try:
        text = read.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = read[: error.start].decode("utf-8-sig")
        at = Places(start.path, before).at(len(before))
        raise refuse(at, message("This file is not encoded in UTF-8."), mend) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if found := _CONTROL.search(text):
        raise refuse(
            Places(start.path, text).at(found.start()),
            message("The invisible character U+{code} cannot stand in a text.", code=f"{ord(found[0]):04X}"),
            message("Delete it; it often comes with words pasted from elsewhere."),
        )
    return text


# --- front matter


@dataclass(frozen=True, slots=True)
class Parts:
    """A Markdown file in its two parts."""

    front: str
    """YAML."""

    front_line: int
    """The file's line that it starts on, from 1."""

    body: str
    body_line: int


def split(text: str, path: PurePosixPath) -> Parts:
    """Return front matter and body of a Markdown file.

    Raises:
        ContentError: it does not begin with ``---``, or these lines do not end.
    """
    lines = text.split("\n")
    mend = message("Begin the file with “---”, lines such as “title: …”, and “---” again.")
    if lines[0].rstrip() != "---":
        raise refuse(Location(path), message("The lines that describe the page are missing."), mend)
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        raise refuse(
            Location(path),
            message("The lines that describe the page have no end."),
            message("Put a line “---” between them and the page’s text."),
        )
    body = "\n".join(lines[end + 1 :])
    return Parts("\n".join(lines[1:end]), 2, body, end + 2)


def sorted_problems(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems in the order of files, lines and columns, each once."""
    once = {(problem.location, problem.what.render()): problem for problem in problems}
    return [once[key] for key in sorted(once)]
