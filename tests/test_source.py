"""Files are read as text or refused in words, whatever lies on the disk."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assises.problems import ContentError, Location, Problem, message
from assises.source import MAX_BYTES, Places, files_below, read_files, read_text, sorted_problems, split

FILE = PurePosixPath("a.md")


def refusal(root: Path, path: PurePosixPath = FILE) -> str:
    with pytest.raises(ContentError) as caught:
        read_text(root, path)
    return str(caught.value)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_text_is_the_same_from_every_editor(tmp_path, mark, ending):
    """Line ends and a byte-order mark leave no trace."""
    (tmp_path / "a.md").write_bytes(mark + f"é{ending}b".encode())
    assert read_text(tmp_path, FILE) == "é\nb"


def test_bytes_that_are_no_utf8_are_told_at_their_place(tmp_path):
    """Line and column count characters, not bytes, on lines ended in any way."""
    (tmp_path / "a.md").write_bytes("é\r\nÉté ".encode() + b"\xe9")
    assert refusal(tmp_path).startswith("a.md:2:5: This file is not encoded in UTF-8.")


def test_a_file_of_a_megabyte_is_read_and_a_larger_one_is_not(tmp_path):
    """The limit stands between two sizes."""
    (tmp_path / "a.md").write_bytes(b"a" * MAX_BYTES)
    assert len(read_text(tmp_path, FILE)) == MAX_BYTES
    (tmp_path / "a.md").write_bytes(b"a" * (MAX_BYTES + 1))
    assert "larger than 1 MB" in refusal(tmp_path)
    assert len(read_files(tmp_path, [FILE])[FILE]) == MAX_BYTES + 1


def test_a_missing_file_is_told(tmp_path):
    """No traceback for what is not there, a parent that is a file included."""
    assert "missing" in refusal(tmp_path)
    (tmp_path / "a.md").write_text("x")
    assert "cannot be read" in refusal(tmp_path, FILE / "b.md")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_file_that_may_not_be_read_is_told(tmp_path):
    """The system's own reason is given."""
    (tmp_path / "a.md").write_text("x")
    (tmp_path / "a.md").chmod(0)
    if os.access(tmp_path / "a.md", os.R_OK):
        pytest.skip("this user may read everything")
    assert "cannot be read" in refusal(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="Windows users may not make links")
def test_links_that_leave_the_site_are_refused(tmp_path):
    """A file, a folder on the way, and a circle."""
    (tmp_path / "secret.md").write_text("x")
    site = tmp_path / "site"
    (site / "content").mkdir(parents=True)
    (site / "a.md").symlink_to(tmp_path / "secret.md")
    (site / "out").symlink_to(tmp_path)
    (site / "circle.md").symlink_to(site / "circle.md")
    for path in ("a.md", "out/secret.md", "../secret.md", "circle.md"):
        assert "leads out" in refusal(site, PurePosixPath(path)) or "cannot be read" in refusal(
            site, PurePosixPath(path)
        )
    (site / "b.md").write_text("y")
    (site / "content" / "b.md").symlink_to(site / "b.md")
    assert read_text(site, PurePosixPath("content/b.md")) == "y"


@pytest.mark.skipif(os.name == "nt", reason="Windows users may not make links")
def test_files_are_listed_in_one_order_without_leftovers(tmp_path):
    """Hidden files, lock files and linked folders are passed over."""
    for name in (
        "b/z.md",
        "b/a.md",
        "a.md",
        ".git/x",
        ".a.md",
        "~$a.docx",
        "a.md~",
        "Thumbs.db",
        "b/.DS_Store",
    ):
        (tmp_path / "content" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "content" / name).write_text("")
    (tmp_path / "content" / "round").symlink_to(tmp_path / "content")
    assert [str(path) for path in files_below(tmp_path, "content")] == [
        "content/a.md",
        "content/b/a.md",
        "content/b/z.md",
    ]


def test_front_matter_ends_where_its_line_says():
    """Body and YAML keep their lines; a rule in the body is none of the front matter."""
    parts = split("---  \ntitle: A\n---\n\nText\n\n---\n", FILE)
    assert (parts.front, parts.front_line, parts.body, parts.body_line) == (
        "title: A",
        2,
        "\nText\n\n---\n",
        4,
    )


@given(st.text(alphabet="ab\né\U0001f600"), st.integers(0, 30))
def test_places_are_those_of_an_editor(text, index):
    """Line and column lead back to the character."""
    index = min(index, len(text))
    place = Places(FILE, text, first_line=5).at(index)
    lines = text.split("\n")
    assert sum(len(line) + 1 for line in lines[: place.line - 5]) + place.column - 1 == index


def test_problems_are_sorted_and_told_once():
    """By file, line and column; the same words at one place are one problem."""
    later, first = Location(FILE, 10, 1), Location(FILE, 9, 2)
    problems = [Problem(later, message("B")), Problem(first, message("A")), Problem(later, message("B"))]
    assert [problem.render() for problem in sorted_problems(problems)] == ["a.md:9:2: A", "a.md:10:1: B"]
