"""Surveys: figures that anyone can count again."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest

from assises.content import Choice, Item, Question
from assises.surveys import tallies
from kernel import contribution

ITEMS = (
    Item(id="way", title="Comment ?", choices=(Choice(id="foot", label="À pied"), Choice(id="car", label="En voiture"))),
    Item(
        id="days", title="Quand ?", type="multiple",
        choices=(Choice(id="wed", label="Mercredi"), Choice(id="sat", label="Samedi")),
    ),
    Item(id="ease", title="Facile ?", type="scale", lowest=0, highest=2),
    Item(id="wish", title="Et encore ?", type="text"),
)  # fmt: skip
PAGE = Question(
    title="Le marché", topic="housing", accepts="survey", items=ITEMS, id="questions/market", language="fr",
    path=PurePosixPath("content/questions/market.md"), body="", body_line=1, places={},
)  # fmt: skip


def answered(**answers: str) -> Any:
    """Return one resident's answers: several ticks parted by spaces."""
    given = tuple(sorted((item, tuple(ticks.split(" "))) for item, ticks in answers.items()))
    return contribution("", kind="survey", of=PAGE.id, form=f"{PAGE.id}:survey", answers=given)


def figures(*said: Any) -> list[tuple[int, dict[str, int]]]:
    """Return how many answered each item, and how many ticked what."""
    found = tallies(PAGE, said)
    return [(tally.answered, {bar.choice.id: bar.count for bar in tally.bars}) for tally in found]


def test_ticks_are_counted() -> None:
    """Each item by those who answered it; free text by its number alone."""
    assert figures(
        answered(way="foot", days="sat wed", ease="2"),
        answered(way="foot", days="sat"),
        answered(wish="Rien"),
    ) == [
        (2, {"foot": 2, "car": 0}),
        (2, {"wed": 1, "sat": 2}),
        (1, {"0": 0, "1": 0, "2": 1}),
        (1, {}),
    ]


def test_shares_are_of_those_who_answered_the_item() -> None:
    """With several choices they add up to more than the whole."""
    _, days, _, _ = tallies(PAGE, [answered(days="sat wed"), answered(days="sat"), answered(way="car")])
    assert [bar.share for bar in days.bars] == [0.5, 1.0]


def test_nothing_is_counted_that_is_no_answer_to_this_survey() -> None:
    """Other pages, other kinds, choices that do not exist (any more)."""
    elsewhere = contribution(
        "", kind="survey", of="questions/x", form="questions/x:survey", answers=(("way", ("car",)),)
    )
    assert figures(elsewhere, contribution("foot", of=PAGE.id), answered(way="rocket")) == figures()


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_is_divided_by_nobody(count: int) -> None:
    """An item that nobody answered has shares of zero."""
    ways, *_ = tallies(PAGE, [answered(wish="Rien")] * count)
    assert [bar.share for bar in ways.bars] == [0.0, 0.0]
