"""Site: contributions as threads, and what a page says at an instant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assises.contribution import Contribution
from assises.site import LEVELS, Post
from assises.store import Fate, Record
from kernel import contribution
from site_by_hand import site

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
