"""What machines read: news as Atom, meetings as a calendar, the site map and the rules for crawlers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from xml.etree import ElementTree as ET

from icalendar import Calendar, Event, vText

from assises.addresses import Addresses
from assises.content import Meeting, News, Page, Topic
from assises.contribution import Contribution, format_time
from assises.markdown import render_words
from assises.site import Site, address, language_prefix, topics_of

ATOM = "http://www.w3.org/2005/Atom"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_SINCE = "2000"
"""The date that a tag has to carry: one that moves with no phase."""

NEWS, CONTRIBUTIONS, MEETINGS, MEETING = "feed.xml", "contributions.xml", "meetings.ics", "meeting.ics"
"""What feeds and calendars are called: of the site, of a topic, of a meeting."""

NEWEST = 50
"""Entries in a feed."""


def feeds(site: Site, addresses: Addresses, language: str) -> dict[str, bytes]:
    """Return a language's feeds and calendars, by path in the output.

    News, all contributions, and those on each topic as Atom; all meetings, and each by itself, as calendars.
    """
    prefix = f"{language_prefix(language, site.language)}/".removeprefix("/")
    found = {
        f"{prefix}{NEWS}": atom(site, addresses, language),
        f"{prefix}{CONTRIBUTIONS}": contributions(site, addresses, language),
        f"{prefix}{MEETINGS}": calendar(site, addresses, language),
    }
    for page in site.content.pages:
        place = address(page, site.language).removeprefix("/")
        if page.language == language and isinstance(page, Topic):
            found[f"{place}{NEWS}"] = contributions(site, addresses, language, page)
        if page.language == language and isinstance(page, Meeting):
            found[f"{place}{MEETING}"] = calendar(site, addresses, language, (page,))
    return found


def contributions(site: Site, addresses: Addresses, language: str, topic: Topic | None = None) -> bytes:
    """Return the newest contributions as an Atom feed: all, or those on a topic and its questions and texts."""
    prefix = language_prefix(language, site.language)
    said = _on(site, topic) if topic else site.published
    newest = [c for c in reversed(said) if c.kind in ("comment", "proposal", "answer")][:NEWEST]
    place = address(topic, site.language) if topic else f"{prefix}/"
    name = site.settings.name.get(language, site.language)
    feed = _feed(site, addresses, language, f"{place}{NEWS if topic else CONTRIBUTIONS}", place)
    _text(feed, "id", tag_uri(site, f"{language}/{topic.id if topic else ''}/contributions"))
    _text(feed, "title", f"{topic.title} – {name}" if topic else name)
    _text(feed, "updated", format_time(newest[0].time if newest else _begun(site)))
    for contribution in newest:
        if page := site.page(contribution.page, language):
            _said(feed, site, addresses, contribution, page)
    return _document(feed)


def _on(site: Site, topic: Topic) -> list[Contribution]:
    ids = {topic.id} | {page.id for page in site.content.pages if topic.slug in topics_of(page)}
    return [contribution for contribution in site.published if contribution.page in ids]


def _said(feed: ET.Element, site: Site, addresses: Addresses, said: Contribution, page: Page) -> None:
    entry = ET.SubElement(feed, "entry", {"xml:lang": said.language})
    _text(entry, "id", tag_uri(site, said.id))
    _text(entry, "title", f"{page.title}, {said.number}")
    _text(entry, "published", format_time(said.time))
    _text(entry, "updated", format_time(said.time))
    _text(ET.SubElement(entry, "author"), "name", said.author or said.number)
    href = addresses.absolute(site.permalink(said, page))
    ET.SubElement(entry, "link", rel="alternate", type="text/html", href=href)
    content = ET.SubElement(entry, "content", type="html")
    content.text = render_words(said.text)


def _feed(site: Site, addresses: Addresses, language: str, own: str, about: str) -> ET.Element:
    feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": language})
    ET.SubElement(feed, "link", rel="self", href=addresses.absolute(own))
    ET.SubElement(feed, "link", rel="alternate", type="text/html", href=addresses.absolute(about))
    author = ET.SubElement(feed, "author")
    _text(author, "name", site.settings.organiser.name.get(language, site.language))
    return feed


def tag_uri(site: Site, id: str) -> str:
    """Return a name for something of the site that stays when its address or its dates move (RFC 4151)."""
    return f"tag:{site.settings.lasting_id},{_SINCE}:{id}"


def atom(site: Site, addresses: Addresses, language: str) -> bytes:
    """Return the newest news as an Atom feed (RFC 4287)."""
    prefix = language_prefix(language, site.language)
    news = sorted(site.listed(News, language), key=lambda page: (page.date, page.id), reverse=True)[:NEWEST]
    feed = _feed(site, addresses, language, f"{prefix}/{NEWS}", f"{prefix}/news/")
    _text(feed, "id", tag_uri(site, f"{language}/news"))
    _text(feed, "title", site.settings.name.get(language, site.language))
    if subtitle := site.settings.tagline.get(language, site.language):
        _text(feed, "subtitle", subtitle)
    _text(feed, "updated", format_time(news[0].date if news else _begun(site)))
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


def calendar(
    site: Site, addresses: Addresses, language: str, meetings: Sequence[Meeting] | None = None
) -> bytes:
    """Return meetings, all unless told otherwise, as a calendar (RFC 5545); cancelled ones say so.

    Whoever subscribes looks again each hour.
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
