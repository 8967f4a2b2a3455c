"""What machines read: news as Atom, meetings as a calendar, the site map and the rules for crawlers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time
from xml.etree import ElementTree as ET

from icalendar import Calendar, Event, vText

from assises.addresses import Addresses
from assises.content import Meeting, News
from assises.contribution import format_time
from assises.site import Site, address, language_prefix

ATOM = "http://www.w3.org/2005/Atom"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_SINCE = "2000"
"""The date that a tag has to carry: one that moves with no phase."""

NEWEST = 50
"""Pieces of news in a feed."""


def feeds(site: Site, addresses: Addresses, language: str) -> dict[str, bytes]:
    """Return a language's feed of news and calendar of meetings, by path in the output."""
    prefix = language_prefix(language, site.language).removeprefix("/")
    folder = f"{prefix}/" if prefix else ""
    return {
        f"{folder}feed.xml": atom(site, addresses, language),
        f"{folder}meetings.ics": calendar(site, addresses, language),
    }


def tag_uri(site: Site, id: str) -> str:
    """Return a name for something of the site that stays when its address or its dates move (RFC 4151)."""
    return f"tag:{site.settings.lasting_id},{_SINCE}:{id}"


def atom(site: Site, addresses: Addresses, language: str) -> bytes:
    """Return the newest news as an Atom feed (RFC 4287)."""
    prefix = language_prefix(language, site.language)
    news = sorted(site.listed(News, language), key=lambda page: (page.date, page.id), reverse=True)[:NEWEST]
    feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": language})
    _text(feed, "id", tag_uri(site, f"{language}/news"))
    _text(feed, "title", site.settings.name.get(language, site.language))
    if subtitle := site.settings.tagline.get(language, site.language):
        _text(feed, "subtitle", subtitle)
    _text(feed, "updated", format_time(news[0].date if news else _begun(site)))
    ET.SubElement(feed, "link", rel="self", href=addresses.absolute(f"{prefix}/feed.xml"))
    ET.SubElement(feed, "link", rel="alternate", type="text/html", href=addresses.absolute(f"{prefix}/news/"))
    author = ET.SubElement(feed, "author")
    _text(author, "name", site.settings.organiser.name.get(language, site.language))
    for page in news:
        _entry(feed, site, addresses, page)
    return _document(feed)


def _entry(feed: ET.Element, site: Site, addresses: Addresses, page: News) -> None:
    entry = ET.SubElement(feed, "entry", {"xml:lang": page.language})
    _text(entry, "id", tag_uri(site, f"{page.language}/{page.id}"))
    _text(entry, "title", page.title)
    _text(entry, "published", format_time(page.date))
    _text(entry, "updated", format_time(page.date))
    href = addresses.absolute(address(page, site.language))
    ET.SubElement(entry, "link", rel="alternate", type="text/html", href=href)
    if page.summary:
        _text(entry, "summary", page.summary)


def calendar(site: Site, addresses: Addresses, language: str) -> bytes:
    """Return all meetings as a calendar (RFC 5545); cancelled ones say so."""
    made = Calendar()
    made.add("prodid", "-//Assises//Assises//EN")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", vText(site.settings.name.get(language, site.language)))
    made.add("x-wr-timezone", vText(site.settings.time_zone.key))
    meetings = site.listed(Meeting, language)
    for page in meetings:
        made.add_component(_event(site, addresses, page))
    if meetings:
        first = min(page.starts for page in meetings).replace(month=1, day=1)
        last = max(page.ends for page in meetings)
        made.add_missing_timezones(
            first_date=first.date(), last_date=last.replace(year=last.year + 1, day=1).date()
        )
    return bytes(made.to_ical())


def _event(site: Site, addresses: Addresses, page: Meeting) -> Event:
    event = Event()
    url = addresses.absolute(address(page, site.language))
    event.add("uid", f"{page.id}@{site.settings.lasting_id}")
    # The instant of the calendar's making must not change the file: SEQUENCE tells what is newer.
    event.add("dtstamp", _begun(site))
    event.add("sequence", page.sequence)
    event.add("status", "CANCELLED" if page.status == "cancelled" else "CONFIRMED")
    event.add("dtstart", page.starts.astimezone(site.settings.time_zone))
    event.add("dtend", page.ends.astimezone(site.settings.time_zone))
    event.add("summary", page.title)
    event.add("location", ", ".join(filter(None, (page.venue.name, page.venue.address))))
    told = (page.reason, page.summary, page.venue.access, page.online, url)
    event.add("description", "\n\n".join(filter(None, told)))
    if page.venue.latitude is not None and page.venue.longitude is not None:
        event.add("geo", (page.venue.latitude, page.venue.longitude))
    event.add("url", url)
    return event


def sitemap(addresses: Addresses, places: Iterable[str]) -> bytes:
    """Return the map of the site: the whole URL of each address.

    Other languages are named by each page's own head: the protocol's schema allows nothing else here.
    """
    root = ET.Element("urlset", {"xmlns": SITEMAP})
    for place in places:
        _text(ET.SubElement(root, "url"), "loc", addresses.absolute(place))
    return _document(root)


def robots(addresses: Addresses) -> bytes:
    """Return the rules for crawlers: everything may be read."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {addresses.absolute('/sitemap.xml')}\n".encode()


def _begun(site: Site) -> datetime:
    """Return an instant that the whole consultation shares: when its first phase opens."""
    opened = min((phase.opens for phase in site.settings.phases), default=None)
    return (opened or datetime.combine(site.now.date(), time(), UTC)).astimezone(UTC)


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _document(root: ET.Element) -> bytes:
    ET.indent(root)
    body = ET.tostring(root, encoding="unicode", short_empty_elements=True)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'.encode()
