"""A dataclass is its own schema: what it says is what a file may hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from assises import content, settings
from assises.problems import Location
from assises.schema import Context, End, LocalisedText, Place, Start, given, read, read_values
from assises.tree import parse

FILE = PurePosixPath("a.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    name: LocalisedText
    opens: Start
    closes: End | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    number: int
    kind: Literal["tram", "bus"]
    stops: tuple[Stop, ...]
    date: date
    label: str = ""
    night: bool = False
    plan: Place | None = None
    first: Stop | None = None
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    path: PurePosixPath = given()


WHOLE = """
number: 7
kind: tram
date: 2017-11-20
label: 2017-11-20
night: yes
plan: plans/7.pdf
zone: Europe/Paris
first:
stops:
  - name: Mairie
    opens: 2017-11-20
  - name: {fr: Gare, en: Station}
    opens: 2017-11-20 08:00
    closes: 2017-11-21
"""


def context(**known: object) -> Context:
    return Context(**{"start": Location(FILE), "languages": ("fr", "en")} | known)


def told(written: str, cls: type = Line, **known: object) -> list[str]:
    found = context(**known)
    node, _ = parse(written, FILE)
    assert read(node, cls, context=found, given={"path": FILE} if cls is Line else {}) is None
    return [problem.render() for problem in found.problems]


def test_every_kind_of_field_is_read():
    """Texts, numbers, choices, dates, files, groups and lists of groups, and what the loader gives."""
    found = context()
    line = read(parse(WHOLE, FILE)[0], Line, context=found, given={"path": FILE})
    assert found.problems == []
    zone = found.zone
    assert line == Line(
        number=7,
        kind="tram",
        date=date(2017, 11, 20),
        label="2017-11-20",
        night=True,
        plan=PurePosixPath("plans/7.pdf"),
        zone=ZoneInfo("Europe/Paris"),
        path=FILE,
        stops=(
            Stop(name=LocalisedText("Mairie"), opens=datetime(2017, 11, 20, tzinfo=zone)),
            Stop(
                name=LocalisedText({"fr": "Gare", "en": "Station"}),
                opens=datetime(2017, 11, 20, 8, tzinfo=zone),
                closes=datetime(2017, 11, 22, tzinfo=zone),
            ),
        ),
    )


def test_each_value_has_its_place():
    """Keys of groups in lists are found by their path."""
    found = context()
    read_values(parse(WHOLE, FILE)[0], Line, context=found)
    assert str(found.places["stops.1.closes"]) == "a.yaml:15:13"
    assert str(found.places["stops.1"]) == "a.yaml:13:5"
    assert str(found.places["number"]) == "a.yaml:2:9"
    assert "first" not in found.places


def test_all_problems_are_told_at_once():
    """One wrong value hides no other, at any depth; what the loader gives cannot be written."""
    written = "number: sept\nkind: métro\npath: /etc\nstops:\n  - nam: Mairie\n    opens: bientôt\n  -\n"
    assert [line.split(" ")[0] for line in told(written)] == [
        "a.yaml:1:9:",
        "a.yaml:2:7:",
        "a.yaml:3:1:",
        "a.yaml:5:5:",
        "a.yaml:6:12:",
        "a.yaml:7:4:",
        "a.yaml:1:1:",
    ]


@pytest.mark.parametrize("written", ["", "- a\n", "texte\n"])
def test_what_is_no_group_of_keys_is_told(written):
    """An empty file, a list and a word."""
    assert [line.partition(": ")[2] for line in told(written)] == [
        "Lines such as “key: value” are expected here."
    ]


def test_a_file_must_exist_within_the_site():
    """Whether it does is asked of the context, so that reading touches no disk."""
    line = told(WHOLE, is_file=lambda path: path.suffix == ".svg")
    assert [entry.split(" ")[0] for entry in line] == ["a.yaml:7:7:"]


def test_values_that_are_right_are_returned_beside_those_that_are_wrong():
    """Rules between keys can be checked although another key is wrong."""
    found = context()
    values = read_values(parse("number: 7\nkind: métro\n", FILE)[0], Line, context=found)
    assert values == {"number": 7}


def test_zero_and_false_are_values():
    """Only empty texts and lists count as empty."""
    found = context()
    written = WHOLE.replace("number: 7", "number: 0").replace("night: yes", "night: false")
    line = read(parse(written, FILE)[0], Line, context=found, given={"path": FILE})
    assert line
    assert (line.number, line.night) == (0, False)


def test_localised_text_falls_back_and_is_false_when_empty():
    """The language asked for, those named next, a text for all, and at last any."""
    both = LocalisedText({"fr": "Gare", "en": "Station"})
    assert [both.get("en"), both.get("de", "fr"), both.get("de")] == ["Station", "Gare", "Gare"]
    assert LocalisedText("Gare").get("en", "fr") == "Gare"
    assert LocalisedText().get("fr") == ""
    assert not LocalisedText()
    assert not LocalisedText({"fr": ""})
    assert LocalisedText("Gare") == LocalisedText({"": "Gare"})
    assert hash(both) == hash(LocalisedText({"fr": "Gare", "en": "Station"}))


@pytest.mark.parametrize("cls", [settings.Settings, *content.KINDS, content.Home, content.Statement])
def test_every_format_of_the_site_can_be_read(cls):
    """No class of the formats has a field that the reader does not know how to read."""
    found = context()
    assert read(parse("zzz: 1\n", FILE)[0], cls, context=found) is None
    assert "“zzz” is not known here." in found.problems[0].render()
