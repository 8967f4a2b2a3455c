"""What machines read: news as Atom, meetings as a calendar, the site map and the rules for crawlers."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from assises.addresses import Addresses
from assises.catalogues import sentences
from assises.content import Meeting, News, Page, Topic
from assises.contribution import Contribution, format_time
from assises.markdown import render_words
from assises.meeting_calendar import calendar
from assises.problems import message
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

    News, all contributions, and those on each topic as Atom; all meetings, and each by itself, as calendars. Where
    nobody is consulted, there is news, and meetings where there are any.
    """
    prefix = f"{language_prefix(language, site.language)}/".removeprefix("/")
    found = {f"{prefix}{NEWS}": atom(site, addresses, language)}
    if site.settings.consults:
        found[f"{prefix}{CONTRIBUTIONS}"] = contributions(site, addresses, language)
    if "meetings" in site.sections:
        found[f"{prefix}{MEETINGS}"] = calendar(site, addresses, language)
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
    about = f"{topic.title} – {name}" if topic else name
    _text(feed, "title", message("Contributions: {about}", about=about).render(sentences(language)))
    _text(feed, "updated", format_time(newest[0].time if newest else site.begun))
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
    _text(feed, "updated", format_time(news[0].date if news else site.begun))
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


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _document(root: ET.Element) -> bytes:
    ET.indent(root)
    body = ET.tostring(root, encoding="unicode", short_empty_elements=True)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'.encode()
