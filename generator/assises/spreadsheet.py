"""A CSV file as spreadsheets save it → its rows, each with the line that it begins on. Pure."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath

from assises.problems import Location, message
from assises.source import refuse

LONGEST_CELL = 200_000
"""Signs; more is no contribution, and mostly quotes that were not closed."""

_SEPARATORS = ";,\t|"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAVE = message("Open it in the spreadsheet and save it as “CSV (UTF-8)”.")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table."""

    line: int
    """Of the file, from 1: where the row begins."""

    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file as it was understood."""

    encoding: str
    separator: str
    head: Row
    rows: tuple[Row, ...]
    """Without those that are empty."""


def read_table(data: bytes, path: PurePosixPath) -> Table:
    """Return the rows of a CSV file, its encoding and separator recognised.

    Raises:
        ContentError: it is no such file.
    """
    text, encoding = _decoded(data, path)
    stated = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)
    separator = stated[1] if stated else _separator(text)
    rows = _rows(text[stated.end() :] if stated else text, separator, path, 2 if stated else 1)
    rows = [row for row in rows if any(cell.strip() for cell in row.cells)]
    if not rows:
        raise refuse(Location(path), message("This file has no rows."))
    return Table(encoding, separator, rows[0], tuple(rows[1:]))


def column_letter(index: int) -> str:
    """Return what spreadsheets call a column, from 0: A, B… Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _decoded(data: bytes, path: PurePosixPath) -> tuple[str, str]:
    start = Location(path)
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise refuse(start, message("This is a spreadsheet’s own file, not CSV."), _SAVE)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding.removesuffix("-sig")
            except UnicodeDecodeError:
                raise refuse(start, message("This file is damaged."), _SAVE) from None
    if b"\0" in data:
        raise refuse(start, message("This file is no text."), _SAVE)
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        # Western Windows; bytes that it does not know are those of an old Macintosh.
        try:
            return data.decode("cp1252"), "cp1252"
        except UnicodeDecodeError:
            return data.decode("mac_roman"), "mac_roman"


def _separator(text: str) -> str:
    """Return the sign that parts the cells of the first line, outside quotes."""
    first = re.sub(r'"[^"]*"', "", text[:10_000]).splitlines()
    found = Counter(sign for sign in (first[0] if first else "") if sign in _SEPARATORS)
    return found.most_common(1)[0][0] if found else ";"


def _rows(text: str, separator: str, path: PurePosixPath, first_line: int) -> list[Row]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows, begun = [], first_line
    try:
        for cells in reader:
            rows.append(Row(begun, tuple(cells)))
            begun = reader.line_num + first_line
    except csv.Error:
        what = message("This row cannot be read: perhaps quotes are not closed.")
        raise refuse(Location(path, begun), what, _SAVE) from None
    return rows
