"""Written values are what a French reader takes them for."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

import pytest

from assises import scalars
from assises.problems import Location
from assises.scalars import RefusedError, did_you_mean
from assises.tree import Mapping, Scalar, parse

PARIS = ZoneInfo("Europe/Paris")
BEIRUT = ZoneInfo("Asia/Beirut")


def scalar(written: str) -> Scalar:
    node, _ = parse(f"a: {written}", PurePosixPath("a.yaml"))
    assert isinstance(node, Mapping)
    assert isinstance(node.entries[0].value, Scalar)
    return node.entries[0].value


@pytest.mark.parametrize(
    ("written", "start", "end"),
    [
        ("2017-11-20", "2017-11-19T23:00", "2017-11-20T23:00"),
        ("2017-11-20 18:30", "2017-11-20T17:30", "2017-11-20T17:30"),
        ("2017-11-20T18:30:15", "2017-11-20T17:30:15", "2017-11-20T17:30:15"),
        ('"2017-11-20 8:30"', "2017-11-20T07:30", "2017-11-20T07:30"),
        ("2017-07-14", "2017-07-13T22:00", "2017-07-14T22:00"),
        ("2017-12-31", "2017-12-30T23:00", "2017-12-31T23:00"),
        # The day on which clocks go forward has 23 hours; the hour given back in autumn is taken in whole.
        ("2017-03-26", "2017-03-25T23:00", "2017-03-26T22:00"),
        ("2017-10-29 02:30", "2017-10-29T00:30", "2017-10-29T01:30"),
    ],
)
def test_instants_are_local_and_a_day_is_whole(written, start, end):
    """A day begins at midnight and ends at the next one, in the site's zone."""
    for read, expected in ((scalars.start, start), (scalars.end, end)):
        found = read(scalar(written), PARIS)
        assert found.tzinfo is PARIS
        assert found.astimezone(UTC) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_day_without_midnight_begins_at_its_first_instant():
    """Where clocks go forward at midnight, no reader is told of a time that never was."""
    found = scalars.start(scalar("2017-03-26"), BEIRUT)
    assert found.isoformat() == "2017-03-26T01:00:00+03:00"


@pytest.mark.parametrize(
    "written",
    [
        "2017-02-29",
        "2017-13-01",
        "0000-01-01",
        "9999-12-31",
        "2017-11-20 24:00",
        "2017-11-20 18h30",
        "2017-11-20 18:30 Z",
        "2017-03-26 02:30",
        "demain",
        "20/11/2017",
        "12",
        "2017",
        "٢٠١٧-١١-٢٠",
    ],
)
def test_what_is_no_instant_is_refused(written):
    """Impossible days, hours that clocks leave out, other ways of writing."""
    for read in (scalars.start, scalars.end):
        with pytest.raises(RefusedError):
            read(scalar(written), PARIS)


def test_days_numbers_truths_and_zones():
    """The other kinds of values, right and wrong."""
    assert scalars.day(scalar("2018-02-02")) == date(2018, 2, 2)
    assert scalars.integer(scalar("-3")) == -3
    assert [scalars.truth(scalar(word)) for word in ("true", "Yes", "on", "false", "NO", "off")] == [
        True
    ] * 3 + [False] * 3
    assert scalars.time_zone(scalar("Indian/Reunion")) == ZoneInfo("Indian/Reunion")
    wrong = (
        (scalars.day, "2018-02-02 18:00"),
        (scalars.integer, "1_000"),
        (scalars.integer, "1:30"),
        (scalars.integer, '"1"'),
        (scalars.truth, "vrai"),
        (scalars.truth, '"true"'),
        (scalars.time_zone, "../../etc/passwd"),
        (scalars.time_zone, "Europe"),
        (scalars.time_zone, '""'),
    )
    for read, written in wrong:
        with pytest.raises(RefusedError):
            read(scalar(written))


def test_numbers_and_dates_are_words_where_words_are_wanted():
    """A telephone number keeps its zero, a date its writing."""
    assert scalars.text(scalar("0123456789")) == "0123456789"
    assert scalars.text(scalar("2017-11-20")) == "2017-11-20"
    with pytest.raises(RefusedError):
        scalars.text(scalar("no"))


def test_universal_time_is_strict():
    """The formats write an instant in one way only."""
    at = Location(PurePosixPath("a"))
    assert scalars.instant(Scalar("2017-11-20T19:15:00Z", "str", at)) == datetime(
        2017, 11, 20, 19, 15, tzinfo=UTC
    )
    for written in ("2017-11-20T19:15:00+00:00", "2017-11-20T19:15Z", "2017-02-30T19:15:00Z", ""):
        with pytest.raises(RefusedError):
            scalars.instant(Scalar(written, "str", at))


def test_what_was_meant_is_guessed_or_all_is_listed():
    """Case, hyphens and underscores do not count."""
    assert did_you_mean("Time-Zone", ["time_zone", "title"]).arguments == {"guess": "time_zone"}
    assert did_you_mean("zzz", ["b", "a"]).render() == "Known here: a, b."
    assert did_you_mean("zzz", []).render() == ""
