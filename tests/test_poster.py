"""The poster: one sheet that says what, until when, where, and leads there."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from assises.catalogues import sentences
from assises.load import load
from assises.poster import Poster, PosterError, as_pdf, poster
from assises.settings import Colours
from assises.translation import Formats
from served import assises

COMPLETE = Path(__file__).parent / "sites" / "complete"
WORDS = Poster(
    "Assises", "Dites-le", "Ville", "Avant mardi", (), "Rencontres", "https://a.example/", "Vite", ""
)
LATIN = st.text(st.characters(codec="cp1252", exclude_categories=("Cc",)), max_size=300)


def words(now: datetime, language: str = "fr") -> Poster:
    """Return the poster's words for the complete test site at an instant."""
    site = load(COMPLETE, now).site
    translate = sentences(language)
    return poster(site, language, Formats(language, site.settings.time_zone, translate), translate)


def pages(data: bytes) -> list[str]:
    """Return the words of each page, their spaces made one."""
    return [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(io.BytesIO(data)).pages]


def test_it_says_what_until_when_and_where():
    """In the open phase it calls to take part, names the next meetings and the address."""
    said = words(datetime(2017, 11, 20, 19, 15, tzinfo=UTC))
    assert "jusqu’au" in said.call
    (text,) = pages(as_pdf(said, Colours()))
    assert said.name in text
    assert said.address.removeprefix("https://").rstrip("/") in text
    assert said.meetings
    assert all(" ".join(when.split()) in text for when, _ in said.meetings)


@pytest.mark.parametrize(
    ("now", "beginning"),
    [
        (datetime(2017, 1, 1, tzinfo=UTC), "Have your say from"),
        (datetime(2031, 1, 1, tzinfo=UTC), "What was said"),
    ],
)
def test_it_calls_for_what_is_possible(now: datetime, beginning: str):
    """Before it opens, from when; afterwards, to read what came of it."""
    assert words(now, "en").call.startswith(beginning)


def test_the_same_words_give_the_same_bytes():
    """So that a poster in a repository changes only when its words do."""
    assert as_pdf(WORDS, Colours()) == as_pdf(WORDS, Colours())


@settings(max_examples=25)
@given(LATIN, LATIN, LATIN)
def test_any_words_fill_one_sheet(name: str, tagline: str, otherwise: str):
    """However long, however odd."""
    said = replace(WORDS, name=name, tagline=tagline, otherwise=otherwise)
    assert len(pages(as_pdf(said, Colours()))) == 1


def test_no_line_breaks_before_a_colon_or_a_guillemet():
    """French keeps them with their word by a no-break space."""
    said = replace(WORDS, otherwise=f"{'mot ' * 13}écrivez à «\u00a0Ville\u00a0» ou venez\u00a0: merci")
    lines = PdfReader(io.BytesIO(as_pdf(said, Colours()))).pages[0].extract_text().splitlines()
    assert not [line for line in lines if line.lstrip().startswith(("»", ":"))]


def test_letters_that_no_printer_has_are_told(tmp_path: Path):
    """An Arabic name cannot be written with the fonts that it uses: it says so instead of printing boxes."""
    with pytest.raises(PosterError, match="م"):
        as_pdf(replace(WORDS, name="مدينة"), Colours())


def test_the_command_writes_a_file(tmp_path: Path):
    """And a language that the site does not speak is wrong usage."""
    file = tmp_path / "affiche.pdf"
    done = assises("poster", str(COMPLETE), "-o", str(file), "--now", "2017-11-20T20:15")
    assert done.returncode == 0, done.stderr
    assert file.read_bytes().startswith(b"%PDF-")
    assert assises("poster", str(COMPLETE), "-o", str(file), "--language", "de").returncode == 2
