"""The French of problems, command line and intake: whole, with the same arguments, and as a town prints it."""

from __future__ import annotations

import re
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from assises.catalogues import language_of
from served import REPOSITORY

PACKAGE = REPOSITORY / "generator" / "assises"
ELSEWHERE = ("translation.py",)
"""Joins dates and times with the theme's catalogue."""


@pytest.fixture(scope="module")
def french() -> Catalog:
    """The catalogue."""
    with (PACKAGE / "locales" / "fr" / "LC_MESSAGES" / "assises.po").open("rb") as file:
        return read_po(file, locale="fr", abort_invalid=True)


@pytest.fixture(scope="module")
def sentences() -> set[str]:
    """Every sentence that the package asks catalogues for."""
    found = extract_from_dir(PACKAGE, [("**.py", "python")], keywords={"message": None, "_": None})
    return {text for file, _line, text, _comments, _context in found if file not in ELSEWHERE and text}


def test_every_sentence_is_translated_and_none_is_left_over(french: Catalog, sentences: set[str]) -> None:
    """The catalogue holds exactly what the code says."""
    translated = {entry.id for entry in french if entry.id and entry.string and not entry.fuzzy}
    assert sentences - translated == set()
    assert translated - sentences == set()


def test_translations_take_the_same_arguments(french: Catalog) -> None:
    """No sentence fails for want of an argument."""
    for entry in french:
        if entry.id:
            names = [
                {name for _, name, _, _ in Formatter().parse(text) if name}
                for text in (entry.id, entry.string)
            ]
            assert names[0] == names[1], entry.id


def test_french_is_set_as_the_french_set_it(french: Catalog) -> None:
    """No-break spaces stand before high punctuation and inside « », and the apostrophe is ’."""
    wrong = []
    for entry in french:
        # What stands in « » is code or a quotation, with spaces of its own.
        text = re.sub(r"\{\".*?\}|«\u00a0.*?\u00a0»", "«\u00a0\u00a0»", entry.string) if entry.id else ""
        if re.search(r"[^\u202f][;!?](?:\s|$)|[^\u00a0]:(?=\s|$)|[^\u00a0]»|«[^\u00a0]|\w'\w", text):
            wrong.append(text)
    assert wrong == []


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "fr"),
        ({"LANG": "C.UTF-8"}, "fr"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "fr_BE"}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "ASSISES_LANGUAGE": "en"}, "en"),
    ],
)
def test_the_machine_is_asked_for_its_language(environ: dict[str, str], language: str) -> None:
    """French where the machine does not say, English where it speaks what we have not."""
    assert language_of(environ) == language
