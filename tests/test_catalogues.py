"""The French of problems, command line, intake, desk and paper: whole, with the same arguments, and as a town prints it."""

from __future__ import annotations

import io
import re
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

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


@pytest.mark.parametrize(
    ("templates", "domain", "joining"),
    [
        (files("assises_inbox.desk") / "templates", files("assises_inbox.desk") / "locales/{}/desk.po", {"%(day)s at %(time)s"}),
        (files("assises") / "paper", files("assises") / "locales/{}/paper.po", {"%(day)s at %(time)s", "the end of %(day)s"}),
    ],
    ids=["desk", "paper"],
)  # fmt: skip
def test_every_sentence_of_templates_is_written_in_french(templates, domain, joining) -> None:
    """A catalogue holds all sentences of its templates, and none that nobody says; with French typography."""
    place = Path(str(domain).format("fr/LC_MESSAGES"))
    said = {("", words) for words in joining}
    for template in (each for each in templates.iterdir() if each.name.endswith(".html")):
        with template.open("rb") as file:
            functions = ("gettext", "ngettext", "pgettext", "_")
            for _, function, found, _ in babel_extract(file, functions, (), {"trimmed": "1"}):
                parts = (found,) if isinstance(found, str) else found
                said.add((parts[0], parts[1]) if function == "pgettext" else ("", parts[0]))
    written = {
        (entry.context or "", entry.id if isinstance(entry.id, str) else entry.id[0]): entry
        for entry in read_po(io.BytesIO(place.read_bytes()))
        if entry.id
    }
    assert set(written) == said
    for entry in written.values():
        for french in [entry.string] if isinstance(entry.string, str) else entry.string:
            assert french
            assert not re.search("(?<![\u00a0\u202f])[:;!?»]|«(?!\u00a0)|'", french), french
