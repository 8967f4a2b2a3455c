"""Site: what a page says at an instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from assises.content import Content, Text
from assises.site import as_published
from site_by_hand import PAGES, page, site

HOUSING = "topics/housing"


def test_open_and_closed_to_the_second() -> None:
    """Open from the first instant, closed at the last."""
    at = site()
    page = at.page(HOUSING)
    ((opens, closes),) = at.windows(page)
    states = [replace(at, now=instant).is_open(page) for instant in (opens, closes)]
    assert states == [True, False]
    assert {opens, closes} <= at.instants


def test_a_page_appears_at_its_instant_in_all_its_languages() -> None:
    """Until then it is held back, and the site changes at that instant."""
    appears = datetime(2017, 11, 21, 8, tzinfo=UTC)
    pages = tuple(
        replace(p, publish_at=appears) if p.id == HOUSING and p.language == "fr" else p for p in PAGES
    )
    before = replace(site(), content=Content(pages=pages))
    assert appears in before.instants
    assert {(held.page.language, held.until) for held in before.held_back if held.page.id == HOUSING} == {
        ("fr", appears),
        ("en", appears),
    }
    ids = [
        {p.id for p in as_published(replace(before, now=now)).content.pages} for now in (before.now, appears)
    ]
    assert [HOUSING in found for found in ids] == [False, True]


def test_what_is_held_back_says_until_when() -> None:
    """Drafts have no date; news and commitments have their own."""
    draft = replace(PAGES[2], id="topics/draft", draft=True)
    joined = replace(site(), content=Content(pages=PAGES, held_back=(draft,)))
    found = {held.page.id: held.until for held in joined.held_back}
    assert found["topics/draft"] is None
    assert found["news/later"] == datetime(2017, 12, 8, 23, tzinfo=UTC)
    assert found["commitments/later"] == datetime(2018, 2, 1, 23, tzinfo=UTC)
    assert "news/opening" not in found


def test_lists_are_there_for_what_is_written() -> None:
    """Texts, people and documents have a list where there are any, be they still to appear."""
    text = page(Text, "texts/charter", publish_at=datetime(2018, 1, 1, tzinfo=UTC))
    with_text = replace(site(), content=Content(pages=(*PAGES, text)))
    assert "texts" not in site().sections
    assert "texts" in with_text.sections
    assert "texts" in as_published(with_text).sections


def test_a_text_has_a_window_of_its_own() -> None:
    """As a question has: or else the consultation's own."""
    opens, closes = datetime(2018, 1, 1, tzinfo=UTC), datetime(2018, 1, 9, tzinfo=UTC)
    assert site().windows(page(Text, "texts/a", opens=opens, closes=closes)) == ((opens, closes),)
    assert site().windows(page(Text, "texts/a")) == site().settings.windows
