"""A meeting's page: where it is, how one gets in, what was changed; for people, maps and search engines."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from html import unescape

import pytest

import site_by_hand as made
from assises.content import Change, Meeting, Venue
from assises.render import render

HALL = Venue(name="Halle (nord) & sud", address="3, rue Rouge\n00000 Villeneuve", access="De plain-pied", latitude=48.81, longitude=0.00004)  # fmt: skip


def page(**values: object) -> str:
    """Return the page of one meeting."""
    given = {"starts": made.at(11, 28, 18, 30), "ends": made.at(11, 28, 21), "venue": HALL}
    meeting = made.page(Meeting, "meetings/one", **{**given, **values})
    joined = made.site()
    joined = replace(joined, content=replace(joined.content, pages=(*joined.content.pages, meeting)))
    return render(joined, made.theme(), made.ADDRESSES, {})["meetings/one/index.html"].decode()


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def event(html: str) -> dict[str, object]:
    """Return what search engines read of a meeting."""
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)
    document = json.loads(found)
    assert document["@context"] == "https://schema.org"
    return next(thing for thing in document["@graph"] if thing["@type"] == "Event")


def test_a_place_opens_in_a_map_application_and_calls_nobody():
    """A geo: address (RFC 5870), in whole degrees however small; the page itself loads nothing of others."""
    html = page()
    assert 'href="geo:48.810000,0.000040?q=48.810000,0.000040(Halle%20%28nord%29%20%26%20sud)"' in html
    assert "mlat=48.810000&amp;mlon=0.000040#map=18/48.810000/0.000040" in html
    loaded = re.findall(r'<(?:img|script|link|iframe|source)\b[^>]*(?:src|href)="(https?://[^"]+)"', html)
    assert {url for url in loaded if not url.startswith("https://ville.example/")} == set()
    assert "3, rue Rouge 00000 Villeneuve" in words(html)


def test_a_place_without_coordinates_has_its_address_alone():
    """No link that leads nowhere."""
    html = page(venue=Venue(name="Salle", address="2, rue Bleue"))
    assert "geo:" not in html
    assert "2, rue Bleue" in html


def test_access_for_disabled_people_has_a_place_of_its_own():
    """On the page, and told from how one registers."""
    assert "Accès et accessibilité De plain-pied" in words(page())


@pytest.mark.parametrize(
    ("status", "changes", "said"),
    [
        (
            "cancelled",
            (Change(date=date(2017, 11, 18)),),
            "Cette rencontre est annulée. La salle est en travaux.",
        ),
        (
            "moved",
            (
                Change(date=date(2017, 11, 10), venue="École"),
                Change(date=date(2017, 11, 18), starts=made.at(11, 21, 18, 30)),
            ),
            "Cette rencontre est déplacée. La salle est en travaux. Elle était annoncée pour\u00a0: École (changé le 10 novembre 2017)",
        ),
        (
            "planned",
            (Change(date=date(2017, 11, 18)),),
            "Ce qui était annoncé pour cette rencontre a changé.",
        ),
    ],
)
def test_what_was_changed_is_said_before_all_else(status, changes, said):
    """And in lists, beside its title."""
    html = page(status=status, changes=changes, reason="La salle est en travaux.")
    text = re.sub(r"[ \n]+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))
    text = re.sub(r" (?=\))|(?<=\() ", "", text)
    assert said in text
    assert text.index(said) < text.index("Quand")


@pytest.mark.parametrize(
    ("status", "schema"),
    [("planned", "EventScheduled"), ("cancelled", "EventCancelled"), ("moved", "EventRescheduled")],
)
def test_search_engines_learn_the_state(status, schema):
    """With the former date of what was moved: the last one that was announced."""
    changes = (
        Change(date=date(2017, 11, 10), starts=made.at(11, 14, 18)),
        Change(date=date(2017, 11, 15), starts=made.at(11, 21, 18)),
        Change(date=date(2017, 11, 18), venue="École"),
    )
    found = event(page(status=status, changes=changes if status == "moved" else ()))
    assert found["eventStatus"] == f"https://schema.org/{schema}"
    assert found.get("previousStartDate") == ("2017-11-21T18:00:00+01:00" if status == "moved" else None)
    assert found["startDate"] == "2017-11-28T18:30:00+01:00"
    assert found["isAccessibleForFree"] is True
    assert found["eventAttendanceMode"] == "https://schema.org/OfflineEventAttendanceMode"
    place = found["location"]
    assert isinstance(place, dict)
    assert place["@type"] == "Place"
    assert place["geo"] == {"@type": "GeoCoordinates", "latitude": 48.81, "longitude": 0.00004}


def test_a_meeting_that_can_be_followed_from_home_says_so():
    """Mixed attendance: a room and an address."""
    found = event(page(online="https://visio.example/gare"))
    assert found["eventAttendanceMode"] == "https://schema.org/MixedEventAttendanceMode"
    assert [place["@type"] for place in found["location"]] == ["Place", "VirtualLocation"]  # type: ignore[union-attr]


def test_nothing_that_staff_write_ends_the_script_that_it_stands_in():
    """A title that would close the element is read back as it was."""
    title = '</script><script>alert(1)</script> & "<!--"'
    assert event(page(title=title))["name"] == title


def test_a_calendar_and_a_subscription_are_offered():
    """One file for this meeting; one address for all, that calendars ask again."""
    html = page()
    assert 'href="/assises/meetings/one/meeting.ics"' in html
    assert 'href="webcal://ville.example/assises/meetings.ics"' in html
    assert "Ajouter à mon agenda" not in page(status="cancelled")
    assert "Ajouter à mon agenda" not in page(starts=made.at(11, 1, 18), ends=made.at(11, 1, 20))


def test_a_hundred_past_meetings_stay_a_light_page():
    """The newest ones whole, the others in a line each: every one is there, and elements decide on the EcoIndex."""
    met = [
        made.page(
            Meeting,
            f"meetings/m{n:03}",
            title=f"Caravane {n:03}",
            starts=made.at(10, 1 + n % 28, 10 + n // 28),
            ends=made.at(10, 1 + n % 28, 11 + n // 28),
            venue=Venue(name="Marché"),
        )
        for n in range(100)
    ]
    joined = made.site()
    joined = replace(joined, content=replace(joined.content, pages=(*joined.content.pages, *met)))
    html = render(joined, made.theme(), made.ADDRESSES, {})["meetings/index.html"].decode()
    assert all(f"Caravane {n:03}" in html for n in range(100))
    assert len(re.findall(r"<[a-z]", html)) <= 639, "grade B at five requests"
