"""News and contributions as Atom; what crawlers read."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

import site_by_hand as made
from assises.canonical import normal
from assises.feeds import atom, contributions, robots, sitemap, tag_uri
from assises.meeting_calendar import calendar
from assises.site import as_published
from assises.store import Record

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def feed() -> ET.Element:
    return ET.fromstring(atom(as_published(made.site()), made.ADDRESSES, "fr"))


def test_the_feed_has_what_rfc_4287_asks_for(feed):
    """Feed and entries have id, title and updated; the feed an author and a link to itself."""
    for element in (feed, *feed.findall(f"{ATOM}entry")):
        assert all(element.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Ville de Villeneuve"
    (own,) = [link for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert own.get("href") == "https://ville.example/assises/feed.xml"


def test_the_feed_gives_the_newest_first_and_nothing_of_tomorrow(feed):
    """Two of three pieces of news are out."""
    titles = [entry.findtext(f"{ATOM}title") for entry in feed.findall(f"{ATOM}entry")]
    assert titles == ["Mi-parcours", "Ouverture & débat"]
    assert feed.findtext(f"{ATOM}updated") == "2017-11-20T08:00:00Z"


def test_ids_stay_when_the_site_moves():
    """They are made of the consultation's own name and of the page's id: no address and no phase is in them."""
    served = made.Addresses("http://127.0.0.1:8000/", "http://127.0.0.1:8000/inbox/")
    ids = [
        [element.text for element in ET.fromstring(atom(made.site(), addresses, "fr")).iter(f"{ATOM}id")]
        for addresses in (made.ADDRESSES, served)
    ]
    assert ids[0] == ids[1]
    named = {"id": "villeneuve-2017", "phases": ()}
    for url in ("https://ville.example/assises/", "https://elsewhere.example/"):
        moved = made.site(url=url, **named)
        assert tag_uri(moved, "fr/news/opening") == "tag:villeneuve-2017,2000:fr/news/opening"
        assert b"UID:meetings/second@villeneuve-2017\r\n" in calendar(moved, made.ADDRESSES, "fr")


def test_two_consultations_of_one_host_share_no_id():
    """Without a name of its own, a consultation is known by the whole of its address."""
    first, second = (made.site(url=f"https://ville.example/{path}/") for path in ("assises", "budget"))
    assert tag_uri(first, "x") == "tag:ville-example-assises,2000:x"
    assert tag_uri(second, "x") == "tag:ville-example-budget,2000:x"


def test_a_feed_without_news_is_still_a_feed():
    """Its instant is the consultation's beginning, not the clock's."""
    site = made.replace(made.site(), content=made.Content())
    assert (
        ET.fromstring(atom(site, made.ADDRESSES, "fr")).findtext(f"{ATOM}updated") == "2017-10-15T22:00:00Z"
    )


def test_site_map_and_robots_give_whole_addresses():
    """Both protocols know no relative ones."""
    assert b"<loc>https://ville.example/assises/topics/</loc>" in sitemap(made.ADDRESSES, ["/topics/"])
    assert b"Sitemap: https://ville.example/assises/sitemap.xml" in robots(made.ADDRESSES)


def test_the_feed_of_contributions_gives_the_newest_first_each_at_its_own_address():
    """The organiser's answers are among them; what is not published is not."""
    site = as_published(made.site())
    feed = ET.fromstring(contributions(site, made.ADDRESSES, "fr"))
    entries = feed.findall(f"{ATOM}entry")
    ids = [entry.findtext(f"{ATOM}id").rpartition(":")[2] for entry in entries]
    said = [c.id for c in site.published if c.kind in ("comment", "proposal", "answer")]
    assert ids == said[::-1]
    links = {entry.find(f"{ATOM}link").get("href") for entry in entries}
    assert f"https://ville.example/assises/topics/housing/contributions/#{made.FIRST.id}" in links
    assert feed.findtext(f"{ATOM}title").startswith("Contributions\u00a0: ")
    assert feed.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated")


def test_a_topics_feed_holds_what_is_said_on_its_questions_too():
    """And nothing of another topic."""
    site = as_published(made.site())
    topic = site.page("topics/housing")
    feed = ET.fromstring(contributions(site, made.ADDRESSES, "fr", topic))
    pages = {
        site.by_number[entry.findtext(f"{ATOM}title")[-9:]].page for entry in feed.findall(f"{ATOM}entry")
    }
    about = {page.id for page in site.content.pages if "housing" in (getattr(page, "topic", ""), page.slug)}
    assert pages
    assert pages <= about
    assert feed.findtext(f"{ATOM}title").startswith("Contributions\u00a0: Logement – ")


def test_no_words_break_a_feed():
    """Markup, what ends a CDATA section, and what XML has no place for."""
    words = normal("]]> <script>&amp; \ufffe\uffff\x00 </entry>\n\n> cité [x](javascript:1)")
    said = made.contribution(90, "topics/housing", text=words, author=normal("]]><b>\uffff"))
    site = made.site()
    site = replace(site, records=(*site.records, Record("published", said)))
    feed = ET.fromstring(contributions(as_published(site), made.ADDRESSES, "fr"))
    (entry,) = [e for e in feed.findall(f"{ATOM}entry") if said.id in e.findtext(f"{ATOM}id")]
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "]]><b>"
    assert "<script>" not in entry.findtext(f"{ATOM}content")
