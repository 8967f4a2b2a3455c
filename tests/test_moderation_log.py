"""The moderation log: what its figures count, and what they do not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from assises.decisions import Decision
from assises.entering import enter
from assises.moderation import decide
from assises.moderation_figures import Figures
from assises.moderation_log import figures
from assises.store import Author
from desk_room import NOW, Room, said
from test_desk_mail import receive

ANNE = Author("Anne", "anne@ville.example")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with Room(tmp_path) as room:
        yield room


def log(room: Room) -> Figures:
    snapshot = room.store.read()
    return figures(snapshot, snapshot.ledger(), snapshot.records())


def test_nothing_decided_makes_no_figures(room: Room):
    """No delay where there is none, and nothing of what only waits but that it does."""
    assert log(room) == Figures()
    receive(room, said("Un."))
    assert log(room) == Figures(waiting=1)


def test_people_are_counted_and_machines_are_not(room: Room):
    """By rule, with the median and the longest time; reversals once for each contribution."""
    contributions = [said(f"Numéro {index}", index) for index in range(5)]
    receive(room, *contributions)
    counted = said(
        "Soutien", 9, kind="support", form="topics/housing:support", author="", of=contributions[0].id
    )
    room.put(counted, fate="published")
    for index, (action, rule) in enumerate(
        [("publish", ""), ("withhold", "respect"), ("withhold", "respect"), ("withhold", "subject")]
    ):
        taken = Decision(action, "Anne", NOW + timedelta(hours=index + 1), rule, "x" if rule else "")
        decide(room.store, contributions[index].id, taken, ANNE)
    for action in ("publish", "withhold"):
        taken = Decision(action, "Karim", NOW + timedelta(hours=9), "subject", "x")
        decide(room.store, contributions[3].id, taken, ANNE)
    found = log(room)
    assert (found.published, found.withheld, found.waiting, found.reversed) == (1, 3, 1, 1)
    assert found.rules == (("respect", 2), ("subject", 1))
    assert (found.delay, found.longest) == (timedelta(hours=2.5), timedelta(hours=4))


def test_reports_are_counted_apart_and_timed(room: Room):
    """From receipt to removal; an answer of the town and a report are no decision on a contribution."""
    good, bad = said("Bien."), said("Mal.", 1)
    room.put(good, bad, fate="published")
    reports = [
        said(
            f"R{index}",
            index,
            of=of.id,
            kind="report",
            form="index:report",
            author="",
            answers=(("why", ("law",)),),
        )
        for index, of in enumerate((bad, bad, good, good))
    ]
    receive(room, *reports)
    withheld = Decision(
        "withhold", "Anne", NOW + timedelta(hours=3), "respect", "x", related=(reports[0].id, reports[1].id)
    )
    decide(room.store, bad.id, withheld, ANNE)
    decide(
        room.store, reports[2].id, Decision("dismiss", "Anne", NOW + timedelta(hours=50), reason="x"), ANNE
    )
    answer = said(
        "Réponse.", kind="answer", channel="town", form="topics/housing:answer", of=good.id, author="Maire"
    )
    enter(room.store, [answer], ANNE, NOW, publish=True)
    found = log(room)
    assert (found.reports, found.reports_waiting, found.upheld, found.dismissed) == (4, 1, 2, 1)
    assert (found.removal, found.longest_removal) == (timedelta(hours=3), timedelta(hours=3))
    assert (found.published, found.withheld, found.waiting) == (0, 1, 0)
    assert found.rules == (("respect", 1),)
