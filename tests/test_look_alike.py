"""Names that could pass for somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assises.look_alike import mixes_alphabets, passes_for, skeleton
from desk_room import Room, said


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with Room(tmp_path) as room:
        yield room


@pytest.mark.parametrize(
    "name",
    [
        "Ville de Villeneuve", "VILLE DE VILLENEUVE", "Ville  de\u00a0Villeneuve", "Vi11e de Villeneuve".replace("11", "ll"),
        "Vіllе dе Vіllеnеuvе", "Vïllè de Villeneuvé", "Ville de Villeneuve (officiel)", "Le Mаire", "MAIRE", "M·a·i·r·e",
        "Ville\u200b de Villeneuve", "Le maire",
    ],
)  # fmt: skip
def test_a_name_that_passes_for_the_towns_is_told(room: Room, name: str):
    """In other letters, cases, accents and spaces, and as part of a longer one."""
    assert passes_for(name, room.site)
    contribution = said(author=name)
    room.put(contribution)
    assert "pourrait passer pour" in room.moderator_in().see(f"/contributions/{contribution.id}")


def test_names_are_told_where_many_are_decided_at_once(room: Room):
    """Whoever ticks a contribution in the queue need not open it to be warned."""
    room.put(said("Un banc.", 1, author="Le Mаire"), said("Deux bancs.", 2, author="Zoé"))
    queue = room.moderator_in().see()
    assert queue.count("pourrait passer pour") == 1
    assert queue.count("plusieurs alphabets") == 1
    assert queue.count("card-flagged") == 1


@pytest.mark.parametrize(
    "name", ["", "Amina B.", "Zoé", "Мария", "Ελένη", "محمد", "Lemaire", "Jean-Marie", "...", "李"]
)
def test_other_names_are_left_in_peace(room: Room, name: str):
    """Whatever their script."""
    assert passes_for(name, room.site) == ""
    assert not mixes_alphabets(name)


def test_a_word_in_two_alphabets_is_told():
    """As no language writes; names in two scripts side by side are nobody's concern."""
    assert mixes_alphabets("Аnne")
    assert not mixes_alphabets("Anne Мария")


def test_what_looks_alike_has_one_skeleton():
    assert skeleton("Anne\u202e Martin") == skeleton("ANNE MARTIN") == skeleton("Аnnе Mаrtіn")
