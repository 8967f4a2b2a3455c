"""Site: contributions as threads, and what a page says at an instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from assises.content import Content, Text
from assises.contribution import Contribution
from assises.site import LEVELS, Post, as_published
from assises.store import Fate, Record
from kernel import contribution
from site_by_hand import PAGES, page, site

HOUSING = "topics/housing"


def said(text: str, of: str = HOUSING, fate: Fate = "published", page: str = HOUSING) -> Record:
    """Return a contribution of the store."""
    return Record(fate, contribution(text, of=of, form=f"{page}:comment"))


def ids(posts: tuple[Post, ...]) -> list[object]:
    """Return a thread's shape: ids, and the list of replies behind each that has some."""
    return [item for post in posts for item in ([post.id, ids(post.replies)] if post.replies else [post.id])]


def thread(*records: Record) -> tuple[Post, ...]:
    """Return the topic's thread of these contributions."""
    in_order = tuple(sorted(records, key=lambda record: record.contribution.id))
    return replace(site(), records=in_order).thread(HOUSING)


def chain_of(count: int) -> list[Record]:
    """Return a contribution, a reply, a reply to the reply, and so on."""
    records = [said("0")]
    for number in range(1, count):
        records.append(said(str(number), of=records[-1].contribution.id))
    return records


def test_replies_stand_below_what_they_reply_to() -> None:
    """Each in its place."""
    first, reply = chain_of(2)
    assert ids(thread(first, reply)) == [first.contribution.id, [reply.contribution.id]]


def test_deep_threads_are_shown_flat() -> None:
    """Ten thousand replies to replies are a long list at the last level, and no fault of the interpreter."""
    posts = thread(*chain_of(10_000))
    level = 1
    while posts[0].replies:
        posts, level = posts[0].replies, level + 1
    assert (level, len(posts)) == (LEVELS, 10_000 - LEVELS + 1)


@pytest.mark.parametrize("fate", ["pending", "withheld", "erased"])
def test_what_is_not_published_keeps_its_place_for_its_replies(fate: Fate) -> None:
    """Its words are not shown; without replies nothing is."""
    parent = said("Non.", fate=fate)
    reply = said("Si.", of=parent.contribution.id)
    (post,) = thread(parent, reply)
    assert (post.contribution, [below.id for below in post.replies]) == (None, [reply.contribution.id])
    assert thread(parent) == ()


def test_a_reply_to_nothing_stands_on_the_page() -> None:
    """What a moderator published is on its page, whatever it replies to."""
    unknown = contribution("Jamais reçue.").id
    elsewhere = said("Ailleurs.", of="topics/youth", page="topics/youth")
    orphans = [said("Un.", of=unknown), said("Deux.", of=elsewhere.contribution.id)]
    assert {post.id for post in thread(elsewhere, *orphans)} == {item.contribution.id for item in orphans}


def test_every_published_contribution_is_in_one_thread() -> None:
    """Whatever replies to whatever, each is shown once."""
    records = [*chain_of(5), said("x", of=contribution("?").id), said("y", fate="pending")]
    records.append(said("z", of=records[-1].contribution.id))

    def shown(posts: tuple[Post, ...]) -> list[Contribution]:
        return [
            c
            for post in posts
            for c in ([post.contribution] if post.contribution else []) + shown(post.replies)
        ]

    found = [c.id for c in shown(thread(*records))]
    assert sorted(found) == sorted(r.contribution.id for r in records if r.fate == "published")


def test_open_and_closed_to_the_second() -> None:
    """Open from the first instant, closed at the last."""
    at = site()
    page = at.page(HOUSING)
    ((opens, closes),) = at.windows(page)
    states = [replace(at, now=instant).is_open(page) for instant in (opens, closes)]
    assert states == [True, False]
    assert {opens, closes} <= at.instants


def test_a_page_appears_at_its_instant_in_all_its_languages() -> None:
    """Until then it is held back, and the site changes at that instant."""
    appears = datetime(2017, 11, 21, 8, tzinfo=UTC)
    pages = tuple(
        replace(p, publish_at=appears) if p.id == HOUSING and p.language == "fr" else p for p in PAGES
    )
    before = replace(site(), content=Content(pages=pages))
    assert appears in before.instants
    assert {(held.page.language, held.until) for held in before.held_back if held.page.id == HOUSING} == {
        ("fr", appears),
        ("en", appears),
    }
    ids = [
        {p.id for p in as_published(replace(before, now=now)).content.pages} for now in (before.now, appears)
    ]
    assert [HOUSING in found for found in ids] == [False, True]


def test_what_is_held_back_says_until_when() -> None:
    """Drafts have no date; news and commitments have their own."""
    draft = replace(PAGES[2], id="topics/draft", draft=True)
    joined = replace(site(), content=Content(pages=PAGES, held_back=(draft,)))
    found = {held.page.id: held.until for held in joined.held_back}
    assert found["topics/draft"] is None
    assert found["news/later"] == datetime(2017, 12, 8, 23, tzinfo=UTC)
    assert found["commitments/later"] == datetime(2018, 2, 1, 23, tzinfo=UTC)
    assert "news/opening" not in found


def test_lists_are_there_for_what_is_written() -> None:
    """Texts, people and documents have a list where there are any, be they still to appear."""
    text = page(Text, "texts/charter", publish_at=datetime(2018, 1, 1, tzinfo=UTC))
    with_text = replace(site(), content=Content(pages=(*PAGES, text)))
    assert "texts" not in site().sections
    assert "texts" in with_text.sections
    assert "texts" in as_published(with_text).sections


def test_a_text_has_a_window_of_its_own() -> None:
    """As a question has: or else the consultation's own."""
    opens, closes = datetime(2018, 1, 1, tzinfo=UTC), datetime(2018, 1, 9, tzinfo=UTC)
    assert site().windows(page(Text, "texts/a", opens=opens, closes=closes)) == ((opens, closes),)
    assert site().windows(page(Text, "texts/a")) == site().settings.windows
