"""The picture beside a shared link: title, town and dates, in the town's colours."""

from __future__ import annotations

import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from assises.cards import HEIGHT, WIDTH, Card, can_be_written, draw, name_of
from assises.look import light, parse
from assises.settings import Colours

COLOURS = Colours(accent="#0f5c63", second="#c2413b")
CARD = Card(
    "Assises de Villeneuve", "Où construire ?", "Ville de Villeneuve · 7 nov.\u2009–\u200910 déc. 2017"
)


def opened(card: Card, colours: Colours = COLOURS) -> Image.Image:
    """Return a picture, read again."""
    return Image.open(io.BytesIO(draw(card, colours)))


def rows_with_letters(card: Card) -> set[int]:
    """Return the rows of pixels, left of the ornament, that hold something else than the surface."""
    image = opened(card).convert("RGB").crop((0, 0, 600, HEIGHT))
    surface = image.getpixel((0, 0))
    return {y for y in range(HEIGHT) if any(image.getpixel((x, y)) != surface for x in range(0, 600, 2))}


def test_it_has_the_size_and_the_colours_asked_for() -> None:
    """1200 × 630, the town's surface, and no more than a page weighs."""
    image = opened(CARD)
    assert (image.format, image.size) == ("PNG", (WIDTH, HEIGHT))
    surface = tuple(round(part * 255) for part in parse(light(COLOURS)["fill"]))
    assert image.convert("RGB").getpixel((0, 0)) == surface
    assert len(draw(CARD, COLOURS)) < 25_000


def test_each_line_is_there() -> None:
    """What it is part of above, the title between, who and when below."""
    whole, bare = rows_with_letters(CARD), rows_with_letters(Card("", CARD.title, ""))
    assert min(whole) < min(bare)
    assert max(whole) > max(bare)
    assert bare


def test_the_same_words_give_the_same_bytes_under_the_same_name() -> None:
    """And others another name, so that it may be kept."""
    again = Card(*(CARD.above, CARD.title, CARD.below))
    draw.cache_clear()
    first = draw(CARD, COLOURS)
    draw.cache_clear()
    assert draw(again, COLOURS) == first
    names = {
        name_of(CARD, COLOURS),
        name_of(Card("", "x", ""), COLOURS),
        name_of(CARD, Colours(accent="#ffcc00")),
    }
    assert len(names) == 3


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("Śródmieście, Ørsted, Αθήνα, Київ", True),
        ("« n° 5 » œuvre… l’été", True),
        ("مرحبا", False),
        ("Fête 🎉", False),
    ],
)
def test_it_is_drawn_only_where_the_font_has_each_letter(title: str, written: bool) -> None:
    """No empty boxes: pages then show the home page's picture, or none."""
    assert can_be_written(Card("", title, "")) is written


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=400), st.integers(1, 40))
@example("deux\nlignes\tet", 1)
def test_whatever_the_title_it_fits(title: str, times: int) -> None:
    """Letters stay within the picture's margins, left and right, above and below."""
    words = f"{title} {'anticonstitutionnellement' * times}"
    image = opened(Card(words[:90], words, words[:90])).convert("RGB")
    surface = image.getpixel((0, 0))
    edge = [image.getpixel((x, y)) for x in range(60) for y in range(0, HEIGHT, 7)]
    edge += [
        image.getpixel((x, y))
        for x in range(0, WIDTH, 7)
        for y in (*range(20), *range(HEIGHT - 20, HEIGHT))
        if x < 700
    ]
    assert set(edge) == {surface}
