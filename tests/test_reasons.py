"""The statement of reasons: what the author of a withheld contribution is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from assises.catalogues import sentences
from assises.decisions import Decision
from assises.reasons import statement
from desk_room import NOW, Room, said

ID = said().id
WITHHELD = Decision("withhold", "Anne Martin", NOW, "respect", "Ces mots visent une personne.")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with Room(tmp_path) as room:
        yield room


def told(room: Room, *decisions: Decision, language: str = "fr") -> str:
    return "\n".join(statement(ID, decisions, room.site.settings, language, sentences(language)))


def test_rule_reason_means_and_ways_to_contest_are_told(room: Room):
    """Everything that the law asks for, and no moderator's name."""
    text = told(room, WITHHELD)
    for words in (
        said().number, "lundi 20 novembre 2017", "Ni injure ni diffamation", "Ces mots visent une personne.",
        "sans aucun moyen automatisé", room.site.settings.organiser.email, "tribunal administratif",
    ):  # fmt: skip
        assert words in text
    assert "Anne" not in text
    assert "signalement" not in text


def test_a_removal_after_a_report_is_told_as_one(room: Room):
    """That it was published, and that somebody had reported it; not who, nor in which words."""
    published = Decision("publish", "Anne", NOW - timedelta(days=1))
    removed = Decision("withhold", "Anne", NOW, "respect", "Injure.", related=(said("R").id,))
    text = told(room, published, removed)
    assert "n’est plus publiée" in text
    assert "à la suite d’un signalement" in text


def test_nothing_is_stated_of_what_is_not_withheld(room: Room):
    """Nor of what was withheld and is published again."""
    assert told(room) == ""
    assert told(room, WITHHELD, Decision("publish", "Anne", NOW)) == ""
    assert told(room, Decision("flag", "runner", NOW, flags=("trap",))) == ""


def test_it_is_told_in_the_authors_language(room: Room):
    """A rule that the charter does not have any more is told by its name."""
    text = told(room, Decision("withhold", "Anne", NOW, "gone", "x"), language="en")
    assert "is not published" in text
    assert "gone" in text
