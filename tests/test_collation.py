"""Titles in the order of a dictionary."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from assises.collation import sort_key

ORDERED = (
    "2e rencontre", "10e rencontre", "Âge", "Cœur", "coexister", "Coïncidence", "cote", "Cote", "coté", "côte", "côté",
    "Eau", "École", "Ecole du Parc", "école et temps libre", "Île", "L’eau", "Œuvres", "oie", "Zone",
)  # fmt: skip


def test_titles_stand_as_in_a_french_dictionary() -> None:
    """Accents part only what is spelt alike, « œ » is « oe », small numbers come first, marks do not count."""
    mixed = list(ORDERED)
    random.Random(4).shuffle(mixed)
    assert tuple(sorted(mixed, key=sort_key)) == ORDERED


@given(st.lists(st.text()))
def test_any_texts_have_one_order(texts: list[str]) -> None:
    """Whatever stands in them, and however they came."""
    expected = sorted(texts, key=sort_key)
    backwards = expected[::-1]
    assert sorted(backwards, key=sort_key) == expected
