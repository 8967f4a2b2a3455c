"""A problem's line, quoted with a mark below what is meant."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assises.excerpt import Excerpts, columns
from assises.problems import Location

FILE = PurePosixPath("a.md")


def quoted(root: Path, text: str | bytes, line: int, column: int, width: int = 90) -> tuple[str, str] | None:
    """Return the quote of a file with this text."""
    (root / FILE).write_bytes(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    found = Excerpts(root).quote(Location(FILE, line, column), width)
    return (found.line, found.mark) if found else None


@pytest.mark.parametrize(
    ("text", "line", "column", "mark"),
    [
        ("titel: Logement", 1, 1, "^~~~~"),
        ("---\nprix: 12 euros", 2, 7, "      ^~"),
        ('title: "Une : deux" x', 1, 8, "       ^~~~~~~~~~~~"),
        ("Voir [ici](a.md) et là", 1, 6, "     ^~~~~~~~~~~"),
        ("中文字 [a](b)", 1, 5, "       ^~~~~~"),
        ("e\u0301te\u0301 x", 1, 6, "   ^"),
        ("\tx", 1, 2, "  ^"),
        ("title: Logement", 1, 16, "               ^"),
        ("a\r\nb: c\r\n", 2, 4, "   ^"),
    ],
)
def test_the_mark_stands_below_what_is_meant(
    tmp_path: Path, text: str, line: int, column: int, mark: str
) -> None:
    """As wide as it is, whatever signs stand before it."""
    found = quoted(tmp_path, text, line, column)
    assert found
    assert found[1] == mark


def test_what_cannot_be_seen_is_shown(tmp_path: Path) -> None:
    """A no-break space, a mark of direction: often they are the mistake."""
    found = quoted(tmp_path, "title:\u00a0Lo\u202egement", 1, 1)
    assert found
    assert found[0] == "title:⍽Lo<U+202E>gement"


@pytest.mark.parametrize("column", [1, 500, 999, 1000])
def test_long_lines_are_cut_around_the_place(tmp_path: Path, column: int) -> None:
    """What is meant is in view, and the line fits the terminal."""
    text = "".join(chr(ord("a") + index % 26) for index in range(1000))
    found = quoted(tmp_path, text, 1, column, width=60)
    assert found
    line, mark = found
    assert columns(line) <= 60
    assert line[mark.index("^")] == text[column - 1]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("a", 2, 1), ("a", 0, 1), ("a", 1, 9), ("", 1, 1), (b"a\0b", 1, 1), ("   ", 1, 1)],
)
def test_where_nothing_can_be_shown_nothing_is(
    tmp_path: Path, text: str | bytes, line: int, column: int
) -> None:
    """A place past the end, an empty line, a file that is no text."""
    assert quoted(tmp_path, text, line, column) is None


def test_files_that_are_not_there_have_no_quote(tmp_path: Path) -> None:
    """Missing, a folder, outside of the site, a name that no system takes."""
    (tmp_path / "folder").mkdir()
    for name in ("missing", "folder", "../../etc/passwd", "/etc/passwd", "a\0b"):
        assert Excerpts(tmp_path).quote(Location(PurePosixPath(name)), 80) is None


@given(st.text(max_size=300), st.integers(1, 300), st.integers(1, 200))
def test_any_line_can_be_quoted(
    tmp_path_factory: pytest.TempPathFactory, text: str, column: int, width: int
) -> None:
    """Nothing fails, and a mark never stands beyond the line."""
    root = tmp_path_factory.getbasetemp()
    (root / FILE).write_bytes(text.encode("utf-8", "replace"))
    found = Excerpts(root).quote(Location(FILE, 1, column), width)
    if found:
        assert found.mark.strip("~ ") == "^"
        assert columns(found.line) <= max(width, 20)
        assert found.mark.index("^") <= columns(found.line)
