"""Files to download: what is known of them, whatever they are."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfWriter

from assises.attachments import TOO_HEAVY, Facts, document_faults, facts, file_problems
from served import REPOSITORY

PLAN = REPOSITORY / "tests" / "sites" / "complete" / "content" / "documents" / "plan.pdf"


def pdf(pages: int = 3, password: str = "") -> bytes:
    """Return a PDF made by a library of PDFs: without tags."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if password:
        writer.encrypt(password)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def zipped(name: str, text: str) -> bytes:
    """Return an office's file with one member."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return stream.getvalue()


def of(name: str, data: bytes) -> Facts:
    """Return what is known of a file."""
    return facts(PurePosixPath(name), data)


def faults(data: bytes, alternative: bool = False) -> list[str]:
    """Return what is wrong with a PDF that is offered."""
    return [what.render() for what, *_ in document_faults(of("a.pdf", data), alternative)]


def test_a_pdf_says_its_pages_and_whether_it_has_tags() -> None:
    """Those made by hand and those of a library."""
    data = PLAN.read_bytes()
    assert of("plan.PDF", data) == Facts(format="PDF", size=len(data), pages=2, tagged=True)
    untagged = of("a.pdf", pdf())
    assert (untagged.pages, untagged.tagged) == (3, False)


def test_a_pdf_without_tags_is_told_unless_another_version_is_there() -> None:
    """Screen readers can hardly read it; an accessible version makes up for it."""
    assert len(faults(pdf())) == 1
    assert faults(pdf(), alternative=True) == []
    assert faults(PLAN.read_bytes()) == []


def test_a_pdf_behind_a_password_is_refused() -> None:
    """Nobody else could open it."""
    assert of("a.pdf", pdf(password="secret")).protected
    assert faults(pdf(password="secret"), alternative=True) == ["This PDF asks for a password."]


@pytest.mark.parametrize(
    ("name", "member", "text", "pages"),
    [
        ("a.odt", "meta.xml", '<meta:document-statistic meta:page-count="12"/>', 12),
        ("a.docx", "docProps/app.xml", "<Pages>7</Pages>", 7),
        ("a.pptx", "docProps/app.xml", "<Slides>30</Slides>", 30),
        ("a.odp", "content.xml", '<draw:page draw:name="1"/><draw:page draw:name="2"/>', 2),
        ("a.docx", "other.xml", "", None),
        ("a.odt", "meta.xml", "<nothing/>", None),
    ],
)
def test_an_offices_file_says_its_pages(name: str, member: str, text: str, pages: int | None) -> None:
    """Where it says them at all."""
    assert of(name, zipped(member, text)).pages == pages


def test_a_bomb_is_not_unpacked() -> None:
    """Of a member that swells to gigabytes only the beginning is read."""
    bomb = zipped("meta.xml", " " * 50_000_000 + 'meta:page-count="1"')
    assert of("a.odt", bomb).pages is None


@pytest.mark.parametrize("cut", [10, 100, 200, -20, -1])
def test_a_damaged_pdf_is_only_known_by_its_size(cut: int) -> None:
    """Nothing fails, whatever is missing."""
    data = pdf()[:cut]
    known = of("a.pdf", data)
    assert known.size == len(data)
    assert known.pages in (None, 3)


@given(st.binary(max_size=400), st.sampled_from(["a.pdf", "a.odt", "a.docx", "a.zip", "a", "a.xyz"]))
def test_any_bytes_are_borne(data: bytes, name: str) -> None:
    """A file is whatever somebody put there."""
    assert of(name, data).size == len(data)
    assert of(name, b"%PDF-1.7\n" + data).size == len(data) + 9


def test_files_that_are_not_what_their_name_says_are_told(tmp_path: Path) -> None:
    """Empty, of another format, too heavy: before anybody tries to open them."""
    for name, data in {
        "a.pdf": b"<html>", "b.png": b"", "d.docx": b"\xd0\xcf\x11\xe0", "e.txt": b"x",
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(data)
    with (tmp_path / "f.mp4").open("wb") as file:
        file.truncate(TOO_HEAVY + 1)
    with (tmp_path / "g.svg").open("wb") as file:
        file.truncate(2_000_000)
    files = tuple(sorted(PurePosixPath(path.name) for path in tmp_path.iterdir()))
    told = [(str(p.location.path), p.severity) for p in file_problems(tmp_path, files)]
    assert told == [
        ("a.pdf", "error"),
        ("b.png", "error"),
        ("d.docx", "error"),
        ("f.mp4", "error"),
        ("g.svg", "warning"),
    ]
