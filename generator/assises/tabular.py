"""A sheet of rows → a table for a spreadsheet, or a page to print. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from html import escape
from itertools import groupby

from assises.processing import Row

Headings = tuple[str, str, str, str]
"""What stands above the four columns."""

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def as_csv(rows: Sequence[Row], headings: Headings, translate: Callable[[str], str], mark: str) -> str:
    """Return the rows as comma-separated values (RFC 4180).

    Args:
        rows: the sheet.
        headings: of its columns.
        translate: what translates an English sentence.
        mark: what parts columns: spreadsheets expect another one in France than in Britain.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=mark, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([_inert(cell) for cell in _cells(row, translate)] for row in rows)
    return text.getvalue()


def as_html(
    rows: Sequence[Row], headings: Headings, translate: Callable[[str], str], title: str, language: str
) -> str:
    """Return the rows as a page that stands alone, for reading and printing."""
    parts = []
    for part, found in groupby((_cells(row, translate) for row in rows), key=lambda cells: cells[0]):
        body = "".join(
            f'<tr><th scope="row">{escape(field)}</th><td>{escape(content)}</td><td>{escape(kept)}</td></tr>\n'
            for _, field, content, kept in found
        )
        head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings[1:])
        parts.append(
            f"<h2>{escape(part)}</h2>\n<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n"
        )
    return _PAGE.format(language=language, title=escape(title), parts="".join(parts))


def _cells(row: Row, translate: Callable[[str], str]) -> tuple[str, str, str, str]:
    part, field, content, kept = (
        found.render(translate) for found in (row.part, row.field, row.content, row.kept)
    )
    return part, field, content, kept


def _inert(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: a telephone number may begin with a plus sign."""
    return f" {cell}" if cell.startswith(_FORMULAS) else cell


_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 sans-serif; overflow-wrap: anywhere; }}
table {{ width: 100%; border-collapse: collapse; table-layout: fixed; }}
th, td {{ padding: 0.375rem 0.5rem; border: 1px solid #767676; text-align: start; vertical-align: top; }}
tr {{ break-inside: avoid; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{parts}</main>
</body>
</html>
"""
