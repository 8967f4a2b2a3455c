"""Surveys → what is wrong with their questions and choices. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assises.content import Choice, Item, Question
from assises.contribution import is_choice
from assises.links import place
from assises.problems import Message, Problem, message
from assises.scalars import shown
from assises.site import Site

MOST_STEPS = 11
"""Numbers of a scale at most: from 0 to 10."""

_SHORT = message("Use small letters without accents, digits and hyphens, such as “rencontres-2017”.")


def survey_problems(site: Site) -> Iterator[Problem]:
    """Yield everything that keeps a survey from being answered, or from being counted in all languages alike."""
    for page in site.content.pages:
        if not isinstance(page, Question):
            continue
        if page.accepts == "survey":
            yield from _survey(page)
            yield from _translation(site, page)
        elif page.items:
            what = message("Only a survey has items.")
            yield Problem(place(page, "items"), what, message("Add “accepts: survey”, or take them out."))


def _survey(page: Question) -> Iterator[Problem]:
    if not page.items:
        mend = message("Add “items”: each with an “id”, a “title” and its “choices”.")
        yield Problem(place(page, "accepts"), message("The survey asks nothing."), mend)
    if page.positions:
        what = message("A survey asks for no position.")
        mend = message("Take this line out, or ask for it by an item with its choices.")
        yield Problem(place(page, "positions"), what, mend)
    yield from _ids(page, "items", page.items)
    for index, item in enumerate(page.items):
        yield from _ids(page, f"items.{index}.choices", item.choices)
        for key, what, mend in _item(item):
            yield Problem(place(page, f"items.{index}.{key}"), what, mend)


def _ids(page: Question, where: str, things: Iterable[Item | Choice]) -> Iterator[Problem]:
    seen = set[str]()
    for index, thing in enumerate(things):
        at = place(page, f"{where}.{index}.id")
        if not is_choice(thing.id):
            yield Problem(at, message("“{value}” is not a short name.", value=shown(thing.id)), _SHORT)
        if thing.id in seen:
            what = message("“{key}” stands here a second time.", key=shown(thing.id))
            yield Problem(at, what, message("Give each an id of its own."))
        seen.add(thing.id)


def _item(item: Item) -> Iterator[tuple[str, Message, Message]]:
    ticked = item.type in ("single", "multiple")
    if ticked and len(item.choices) < 2:
        yield "id", message("There is nothing to choose from."), message("Add “choices”, two at least.")
    if item.choices and not ticked:
        what = message("A scale and free text have no choices.")
        yield "choices", what, message("Take them out, or write “type: single” or “type: multiple”.")
    if item.type == "scale" and not 1 <= item.highest - item.lowest < MOST_STEPS:
        what = message("A scale has between 2 and {most} numbers.", most=MOST_STEPS)
        yield "type", what, message("Write “lowest” and “highest”, such as 1 and 5.")


def _translation(site: Site, page: Question) -> Iterator[Problem]:
    original = site.page(page.id)
    if isinstance(original, Question) and original is not page and _shape(original) != _shape(page):
        what = message("The items are not those of “{original}”.", original=original.path)
        mend = message("Keep their ids, types and choices, and their order; only words are translated.")
        yield Problem(place(page, "items"), what, mend)


def _shape(page: Question) -> list[object]:
    return [
        (item.id, item.type, item.required, item.lowest, item.highest, [choice.id for choice in item.choices])
        for item in page.items
    ]
