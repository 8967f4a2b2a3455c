"""Meetings as a calendar that other programs take in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

import site_by_hand as made
from assises.content import Change, Meeting, Venue
from assises.meeting_calendar import calendar
from assises.settings import Organiser
from served import assises, copy_of

HOST = "ville-example-assises"


@pytest.fixture
def ics() -> bytes:
    return calendar(made.site(), made.ADDRESSES, "fr")


def events(data: bytes) -> dict[str, icalendar.Event]:
    """Return the events of a calendar by their UID, as another reader finds them."""
    return {str(event["UID"]): event for event in icalendar.Calendar.from_ical(data).walk("VEVENT")}


def meeting(**values: object) -> Meeting:
    given = {"starts": made.at(11, 20, 18, 30), "ends": made.at(11, 20, 21), "venue": Venue(name="Halle")}
    return made.page(Meeting, "meetings/one", **{**given, **values})


def event(language: str = "fr", **values: object) -> icalendar.Event:
    """Return the one event of a calendar with one meeting."""
    (found,) = events(calendar(made.site(), made.ADDRESSES, language, (meeting(**values),))).values()
    return found


def test_it_is_written_as_rfc_5545_wants(ics):
    """Lines of at most 75 octets, ended by CRLF, whole in UTF-8; a zone that says when clocks change."""
    lines = ics.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert b"\n" not in ics.replace(b"\r\n", b"")
    assert all(line.decode() is not None for line in lines)
    (zone,) = icalendar.Calendar.from_ical(ics).walk("VTIMEZONE")
    assert zone["TZID"] == "Europe/Paris"
    assert {part.name for part in zone.subcomponents} == {"STANDARD", "DAYLIGHT"}
    assert b"DTSTART;TZID=Europe/Paris:20171120T183000\r\n" in ics


def test_another_reader_finds_every_meeting_with_its_facts(ics):
    """Time in the site's zone, state, number of changes, place; text comes back unescaped."""
    found = events(ics)
    assert len(found) == 4
    second = found[f"meetings/second@{HOST}"]
    assert second["DTSTART"].dt == made.at(11, 20, 18, 30)
    assert second["DTEND"].dt - second["DTSTART"].dt == timedelta(hours=2, minutes=30)
    assert second["SUMMARY"].startswith("Deuxième; rencontre, et une ligne")
    assert second["LOCATION"] == "Halle, 3, rue Rouge"
    assert second["URL"] == "https://ville.example/assises/meetings/second/"
    assert second["ORGANIZER"] == "mailto:a@ville.example"
    assert second["ORGANIZER"].params["CN"] == "Ville de Villeneuve"
    third = found[f"meetings/third@{HOST}"]
    assert (third["STATUS"], third["SEQUENCE"]) == ("CANCELLED", 2)
    fourth = found[f"meetings/fourth@{HOST}"]
    assert fourth["DTSTART"].dt.utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize(
    ("starts", "ends", "offset", "universal"),
    [
        # The night in which clocks go back: two hours are named 02:30, and the first is meant.
        (made.at(10, 29, 1, 30), made.at(10, 29, 4), 2, datetime(2017, 10, 28, 23, 30, tzinfo=UTC)),
        (made.at(10, 29, 18), made.at(10, 29, 20), 1, datetime(2017, 10, 29, 17, tzinfo=UTC)),
        # The night in which they go forward.
        (made.at(3, 25, 1, 30, 2018), made.at(3, 25, 4, 0, 2018), 1, datetime(2018, 3, 25, 0, 30, tzinfo=UTC)),
        (made.at(3, 25, 18, 0, 2018), made.at(3, 25, 20, 0, 2018), 2, datetime(2018, 3, 25, 16, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_the_calendars_own_zone_gives_the_right_instant(starts, ends, offset, universal):
    """A program that knows no Europe/Paris, and goes by VTIMEZONE alone, comes to the same instants."""
    ics = calendar(made.site(), made.ADDRESSES, "fr", (meeting(starts=starts, ends=ends),))
    parsed = icalendar.Calendar.from_ical(ics)
    (zone,) = parsed.walk("VTIMEZONE")
    (found,) = parsed.walk("VEVENT")
    local = found["DTSTART"].dt.replace(tzinfo=None)
    onsets = sorted(
        (dates.dt, part["TZOFFSETTO"].td)
        for part in zone.subcomponents
        for dates in (part["DTSTART"], *_more(part))
    )
    own = [to for onset, to in onsets if onset <= local][-1]
    assert own == timedelta(hours=offset)
    assert (local - own).replace(tzinfo=UTC) == universal


def _more(part: icalendar.cal.Component) -> list[icalendar.prop.vDDDTypes]:
    """Return a zone's further onsets; ours are written out, and follow no rule."""
    assert "RRULE" not in part
    found = part.get("RDATE", [])
    return [when for dates in (found if isinstance(found, list) else [found]) for when in dates.dts]


@pytest.mark.parametrize(
    ("status", "changes", "sequence"),
    [
        ("planned", (), 0),
        ("cancelled", (), 1),
        ("moved", (Change(date=date(2017, 11, 15), venue="École"),), 1),
        ("moved", (Change(date=date(2017, 11, 15), venue="École"), Change(date=date(2017, 11, 16), starts=made.at(11, 21))), 2),
        ("cancelled", (Change(date=date(2017, 11, 15), venue="École"), Change(date=date(2017, 11, 18))), 2),
    ],
)  # fmt: skip
def test_each_change_that_is_written_down_raises_the_sequence(status, changes, sequence):
    """Known from the meeting's own file: neither the clock nor an earlier build is asked."""
    found = event(status=status, changes=changes)
    assert found["SEQUENCE"] == sequence
    changed = datetime(2017, 11, changes[-1].date.day, tzinfo=UTC) if changes else made.site().begun
    assert found["DTSTAMP"].dt == found["LAST-MODIFIED"].dt == changed


@pytest.mark.parametrize(
    ("status", "language", "summary"),
    [
        ("planned", "fr", "Le titre"),
        ("cancelled", "fr", "Annulée\u00a0: Le titre"),
        ("moved", "fr", "Déplacée\u00a0: Le titre"),
        ("moved", "en", "Moved: Le titre"),
    ],
)
def test_the_title_says_what_many_calendars_do_not_show(status, language, summary):
    """STATUS is often ignored, and has no word for what was moved."""
    found = event(language, title="Le titre", status=status, reason="La salle est en travaux.")
    assert found["SUMMARY"] == summary
    assert "La salle est en travaux." in found["DESCRIPTION"]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=300))
def test_any_words_come_back_as_they_were(words):
    """Semicolons, commas, backslashes, quotes, what looks like a line of its own, and characters of four octets."""
    organiser = made.replace(made.SETTINGS.organiser, name=made.TEXT(words))
    assert isinstance(organiser, Organiser)
    page = meeting(
        title=words, summary=words, venue=Venue(name="Halle", address=f"3, rue\nEND:VEVENT\n{words}")
    )
    ics = calendar(made.site(organiser=organiser), made.ADDRESSES, "fr", (page,))
    assert max(map(len, ics.split(b"\r\n"))) <= 75
    (found,) = events(ics).values()
    assert found["SUMMARY"] == words
    assert words in found["DESCRIPTION"]
    assert found["LOCATION"].startswith("Halle, 3, rue, END:VEVENT")


def test_the_calendar_does_not_change_with_the_clock(ics):
    """A month later it is the same file."""
    assert calendar(made.site(now=made.at(12, 20)), made.ADDRESSES, "fr") == ics


def test_both_languages_speak_of_the_same_events(ics):
    """Who has a meeting in two languages has it once."""
    assert events(calendar(made.site(), made.ADDRESSES, "en")).keys() == events(ics).keys()


def test_a_site_without_meetings_has_an_empty_calendar():
    """Whoever subscribed early gets a calendar, not an error."""
    site = made.replace(made.site(), content=made.Content())
    assert not events(calendar(site, made.ADDRESSES, "fr"))


def test_a_place_on_the_map_stands_in_the_calendar():
    """Degrees, for those whose calendar shows the way."""
    found = event(venue=Venue(name="Halle", latitude=48.81, longitude=-2.384))
    assert (found["GEO"].latitude, found["GEO"].longitude) == (48.81, -2.384)


def test_the_built_site_offers_one_calendar_for_all_and_one_each(tmp_path):
    """A change that staff write down arrives in both, in the place of the same event."""
    root = copy_of("complete", tmp_path)
    page = root / "content" / "meetings" / "2017-11-28-gare.md"
    found = []
    for more in ("", "  - {date: 2017-11-20, starts: 2017-11-28 18:00}\n"):
        page.write_text(
            page.read_text("utf-8").replace("École des Lilas}\n", f"École des Lilas}}\n{more}"), "utf-8"
        )
        done = assises("build", str(root), "-o", str(tmp_path / "dist"), "--now", "2017-11-20T20:15")
        assert done.returncode == 0, done.stderr
        for place in ("meetings.ics", "meetings/2017-11-28-gare/meeting.ics"):
            parsed = events((tmp_path / "dist" / place).read_bytes())
            found.append(parsed["meetings/2017-11-28-gare@villeneuve-2017"]["SEQUENCE"])
    assert found == [1, 1, 2, 2]
