"""A file to download → what a reader wants to know first: its format, its size, its pages; and what is wrong with it."""

from __future__ import annotations

import io
import logging
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from assises.images import RASTER, picture_faults
from assises.problems import NOTHING, Location, Message, Problem, Severity, message

HEAVY = 10_000_000
"""Bytes from which on a file costs those dearly who read on a telephone."""

TOO_HEAVY = 100_000_000
"""Bytes that forges refuse: https://docs.github.com/repositories/working-with-files/managing-large-files."""

HEAVY_IMAGE = 1_000_000

READ_AT_MOST = 25_000_000
"""Bytes of a document that is looked into for its pages."""

FORMATS = MappingProxyType(
    {
        ".pdf": "PDF", ".odt": "ODT", ".ods": "ODS", ".odp": "ODP", ".doc": "Word", ".docx": "Word",
        ".xls": "Excel", ".xlsx": "Excel", ".csv": "CSV", ".ppt": "PowerPoint", ".pptx": "PowerPoint",
        ".txt": "TXT", ".rtf": "RTF", ".epub": "EPUB", ".zip": "ZIP", ".jpg": "JPEG", ".jpeg": "JPEG",
        ".png": "PNG", ".webp": "WebP", ".avif": "AVIF", ".gif": "GIF", ".svg": "SVG", ".mp3": "MP3",
        ".ogg": "OGG", ".m4a": "M4A", ".mp4": "MP4", ".webm": "WebM", ".geojson": "GeoJSON", ".json": "JSON",
    }
)  # fmt: skip
"""What people call a file, by its ending."""

_AS_THEY_ARE = frozenset({".avif", ".gif", ".svg"})
"""Pictures that are published as they are; of others the build makes lighter ones."""

_ZIPPED = frozenset({".odt", ".ods", ".odp", ".docx", ".xlsx", ".pptx", ".epub", ".zip"})
_BEGINNINGS = MappingProxyType(
    {
        ".pdf": (b"%PDF-",),
        ".png": (b"\x89PNG\r\n\x1a\n",),
        ".jpg": (b"\xff\xd8\xff",),
        ".jpeg": (b"\xff\xd8\xff",),
        ".gif": (b"GIF8",),
        ".webp": (b"RIFF",),
        ".doc": (b"\xd0\xcf\x11\xe0",),
        ".xls": (b"\xd0\xcf\x11\xe0",),
        **dict.fromkeys(sorted(_ZIPPED), (b"PK\x03\x04", b"PK\x05\x06")),
    }
)
"""The first bytes that files of an ending have."""

_PAGES = MappingProxyType(
    {
        ".odt": ("meta.xml", re.compile(rb'meta:page-count="(\d{1,6})"')),
        ".odp": ("content.xml", re.compile(rb"<draw:page\b()")),
        ".docx": ("docProps/app.xml", re.compile(rb"<Pages>(\d{1,6})</Pages>")),
        ".pptx": ("docProps/app.xml", re.compile(rb"<Slides>(\d{1,6})</Slides>")),
    }
)
"""Where offices' own files say how many pages they have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a file without opening it."""

    format: str
    """« PDF », « Word »."""

    size: int
    """Bytes."""

    pages: int | None = None
    """None where it has none, or does not say."""

    tagged: bool | None = None
    """Of a PDF: whether it carries the structure that screen readers need; None where one cannot tell."""

    protected: bool = False
    """Whether it asks for a password."""


Fault = tuple[Message, Message, Severity, Message]


def facts(path: PurePosixPath, data: bytes) -> Facts:
    """Return what is known of a file, from its name and bytes; never fails, whatever they are."""
    ending = path.suffix.lower()
    known = Facts(format=FORMATS.get(ending, ending.removeprefix(".").upper()), size=len(data))
    if len(data) > READ_AT_MOST:
        return known
    if ending == ".pdf" and data.startswith(b"%PDF-"):
        return _pdf(known, data)
    if ending in _PAGES:
        return Facts(format=known.format, size=known.size, pages=_office_pages(ending, data))
    return known


def file_problems(root: Path, files: tuple[PurePosixPath, ...]) -> Iterator[Problem]:
    """Yield what is wrong with files that can be told without knowing what they are for."""
    for path in files:
        try:
            size = (root / path).stat().st_size
            with (root / path).open("rb") as file:
                beginning = file.read(16)
        except OSError:
            continue  # whoever needs the file says that it cannot be read
        if found := _fault(path, size, beginning):
            what, mend, severity, why = found
            yield Problem(Location(path), what, mend, severity, why)
        elif path.suffix.lower() in RASTER and size <= READ_AT_MOST:
            for what, mend, why in picture_faults((root / path).read_bytes()):
                yield Problem(Location(path), what, mend, "warning", why)


def document_faults(known: Facts, has_alternative: bool) -> Iterator[Fault]:
    """Yield what is wrong with a file that is offered for download."""
    if known.protected:
        yield (
            message("This PDF asks for a password."),
            message("Save it without: nobody else can open it."),
            "error",
            NOTHING,
        )
    elif known.tagged is False and not has_alternative:
        yield (
            message("This PDF has no structure: its headings, lists and tables are not marked."),
            message(
                "Export it anew as “tagged PDF” (PDF/UA), or name an accessible version under “alternative”."
            ),
            "warning",
            message("Screen readers can hardly read it (RGAA 13.3)."),
        )


def _fault(path: PurePosixPath, size: int, beginning: bytes) -> Fault | None:
    ending = path.suffix.lower()
    if size == 0:
        return message("This file is empty."), message("Put the right one in its place."), "error", NOTHING
    if not beginning.startswith(_BEGINNINGS.get(ending, (b"",))):
        what = message("This file is no “{ending}”, whatever its name says.", ending=ending)
        return what, message("Save it anew in the right format, or change its name."), "error", NOTHING
    megabytes = f"{size / 1e6:.0f}"
    if size > TOO_HEAVY:
        what = message("This file weighs {size} MB; forges take no more than 100.", size=megabytes)
        return what, message("Publish it elsewhere, and put a link here."), "error", NOTHING
    if size > HEAVY or (ending in _AS_THEY_ARE and size > HEAVY_IMAGE):
        what = message("This file weighs {size} MB.", size=megabytes)
        why = message("Many residents read on a telephone, and pay for what they load.")
        return what, message("Make it smaller before you publish it."), "warning", why
    return None


def _pdf(known: Facts, data: bytes) -> Facts:
    """Return what a PDF says of itself; nothing of one that is damaged."""
    from pypdf import PdfReader  # noqa: PLC0415 - costly, and most builds look into no PDF

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return Facts(format=known.format, size=known.size, protected=True)
        root = reader.root_object
        marks = root.get("/MarkInfo")
        tagged = bool(marks and marks.get_object().get("/Marked")) and "/StructTreeRoot" in root
        return Facts(format=known.format, size=known.size, pages=reader.get_num_pages(), tagged=tagged)
    except Exception:  # noqa: BLE001 - of a damaged PDF one only knows how large it is
        return known


def _office_pages(ending: str, data: bytes) -> int | None:
    name, pattern = _PAGES[ending]
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(name) as member:
            found = pattern.findall(member.read(2_000_000))
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, ValueError, NotImplementedError):
        return None
    if not found:
        return None
    return int(found[0]) if found[0] else len(found)
