"""A survey's answers → its figures: how many ticked what. Aggregates only, nobody's answers by themselves. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from assises.content import Choice, Item, Question
from assises.contribution import Contribution


@dataclass(frozen=True, slots=True)
class Bar:
    """One option, and how many ticked it."""

    choice: Choice
    count: int
    share: float
    """Of those who answered the item, from 0 to 1; with several choices the shares add up to more than 1."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The figures of one item."""

    item: Item
    answered: int
    """How many answered this item."""

    bars: tuple[Bar, ...]
    """In the order of the choices; none for free text, which is not shown by itself."""


def tallies(page: Question, published: Iterable[Contribution]) -> tuple[Tally, ...]:
    """Return the figures of each item of a survey; choices that no longer exist are not counted."""
    given = [dict(said.answers) for said in published if said.kind == "survey" and said.page == page.id]
    return tuple(
        _tally(item, [answers[item.id] for answers in given if item.id in answers]) for item in page.items
    )


def _tally(item: Item, given: list[tuple[str, ...]]) -> Tally:
    known = {option.id for option in item.options}
    counted = [known.intersection(ticked) for ticked in given] if item.options else []
    answered = sum(map(bool, counted)) if item.options else len(given)
    counts = Counter(choice for ticked in counted for choice in ticked)
    bars = (
        Bar(option, counts[option.id], counts[option.id] / answered if answered else 0.0)
        for option in item.options
    )
    return Tally(item, answered, tuple(bars))
