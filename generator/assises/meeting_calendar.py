"""Meetings → a calendar that other programs take in, each by itself or all by subscription (RFC 5545). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta

from icalendar import Calendar, Component, Event, vCalAddress, vText

from assises.addresses import Addresses
from assises.catalogues import sentences
from assises.content import Meeting
from assises.links import place
from assises.problems import Message, Problem, message
from assises.site import Site, address

_STATES: dict[str, Message] = {
    "planned": message("{title}"),
    "cancelled": message("Cancelled: {title}"),
    "moved": message("Moved: {title}"),
}
"""Titles in calendars: many programs show no STATUS, and none says that something was moved."""

_A_YEAR = timedelta(days=366)
"""What a calendar says of its zone begins so much before its first meeting and ends so much after its last: so the
change of clocks before each is in it."""


def calendar(
    site: Site, addresses: Addresses, language: str, meetings: Sequence[Meeting] | None = None
) -> bytes:
    """Return meetings, all unless told otherwise, as a calendar; cancelled ones say so.

    The same files make the same bytes, whatever the clock says. Whoever subscribes looks again each hour.
    """
    meetings = site.listed(Meeting, language) if meetings is None else meetings
    made = Calendar()
    made.add("prodid", "-//Assises//Assises//EN")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", vText(site.settings.name.get(language, site.language)))
    made.add("x-wr-timezone", vText(site.settings.time_zone.key))
    # RFC 7986, and what older programs ask for.
    made.add("refresh-interval", timedelta(hours=1), {"value": "DURATION"})
    made.add("x-published-ttl", vText("PT1H"))
    for page in meetings:
        made.add_component(_event(site, addresses, language, page))
    if meetings:
        first = min(page.starts for page in meetings) - _A_YEAR
        last = max(page.ends for page in meetings) + _A_YEAR
        made.add_missing_timezones(first_date=first.date(), last_date=last.date())
    return bytes(made.to_ical())


def untold(site: Site, published: bytes, made: bytes) -> Iterator[Problem]:
    """Yield a warning of each meeting that changed since its calendar was published, and has no higher SEQUENCE.

    Args:
        site: whose meetings they are.
        published: the calendar that visitors have; one that cannot be read says nothing.
        made: the one that is about to take its place.
    """
    try:
        before = _by_uid(published)
    except ValueError:
        return
    after = _by_uid(made)
    for page in site.listed(Meeting, site.language):
        uid = f"{page.id}@{site.settings.lasting_id}"
        if uid not in before or uid not in after or page.sequence > int(before[uid].get("sequence", 0)):
            continue
        if _promised(before[uid]) != _promised(after[uid]):
            what = message(
                "The published calendar has another day, hour, place or state of this meeting, and “changes” has no entry more."
            )
            mend = message(
                "Add one, with its “date”: calendars that hold the meeting already take over what has one more."
            )
            yield Problem(place(page, "starts"), what, mend, "warning")


def _by_uid(calendar: bytes) -> dict[str, Component]:
    return {str(event.get("uid")): event for event in Calendar.from_ical(calendar).walk("VEVENT")}


def _promised(event: Component) -> tuple[str, ...]:
    """Return what those who mean to come go by."""
    return tuple(
        str(event[name].to_ical()) if name in event else ""
        for name in ("dtstart", "dtend", "location", "status")
    )


def _event(site: Site, addresses: Addresses, language: str, page: Meeting) -> Event:
    event = Event()
    url = addresses.absolute(address(page, site.language))
    changed = _changed(site, page)
    event.add("uid", f"{page.id}@{site.settings.lasting_id}")
    # Neither is the instant of the calendar's making: it would be another file each time.
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("sequence", page.sequence)
    event.add("status", "CANCELLED" if page.status == "cancelled" else "CONFIRMED")
    event.add("dtstart", page.starts.astimezone(site.settings.time_zone))
    event.add("dtend", page.ends.astimezone(site.settings.time_zone))
    event.add("summary", sentences(language)(_STATES[page.status].text).format(title=page.title))
    event.add("location", _in_one_line(page.venue.name, *page.venue.address.splitlines()))
    told = (page.reason, page.summary, page.venue.access, page.online, url)
    event.add("description", "\n\n".join(filter(None, told)))
    event.add("organizer", _organiser(site, language))
    if page.venue.latitude is not None and page.venue.longitude is not None:
        event.add("geo", (page.venue.latitude, page.venue.longitude))
    event.add("url", url)
    return event


def _changed(site: Site, page: Meeting) -> datetime:
    """Return when a meeting was last changed, as far as its own file says; else when the consultation began."""
    if page.changes:
        return datetime.combine(page.changes[-1].date, time(), UTC)
    return site.begun


def _organiser(site: Site, language: str) -> vCalAddress:
    organiser = vCalAddress(f"mailto:{site.settings.organiser.email}")
    organiser.params["CN"] = vText(site.settings.organiser.name.get(language, site.language))
    return organiser


def _in_one_line(*parts: str) -> str:
    """Return a place as calendars hand it on to maps: in one line, its parts by commas."""
    return ", ".join(stripped for part in parts if (stripped := part.strip(" ,")))
