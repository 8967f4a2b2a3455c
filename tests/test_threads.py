"""Threads: each contribution in its place below what it replies to."""

from __future__ import annotations

import pytest

from assises.contribution import Contribution
from assises.store import Fate, Record
from assises.threads import LEVELS, Thread, threads
from kernel import contribution

HOUSING = "topics/housing"


def said(
    text: str, of: str = HOUSING, fate: Fate = "published", page: str = HOUSING, kind: str = "comment"
) -> Record:
    """Return a contribution of the store."""
    return Record(fate, contribution(text, of=of, form=f"{page}:comment", kind=kind))


def of_the_page(*records: Record) -> tuple[Thread, ...]:
    """Return the topic's threads of these contributions."""
    return threads(records).get(HOUSING, ())


def chain_of(count: int) -> list[Record]:
    """Return a contribution, a reply, a reply to the reply, and so on."""
    records = [said("0")]
    for number in range(1, count):
        records.append(said(str(number), of=records[-1].contribution.id))
    return records


def test_replies_stand_below_what_they_reply_to() -> None:
    """Each after it, one level deeper, and names it."""
    first, reply = (record.contribution for record in chain_of(2))
    (thread,) = of_the_page(*chain_of(2))
    assert [(post.id, post.of, post.level) for post in thread.posts] == [
        (first.id, "", 1),
        (reply.id, first.id, 2),
    ]
    assert (thread.size, thread.first.replies, thread.answered) == (2, 1, False)


def test_a_branch_is_read_to_its_end_before_the_next() -> None:
    """A reply to the first reply comes before the second reply."""
    first = said("first")
    replies = sorted(
        (said(text, of=first.contribution.id) for text in "ab"), key=lambda record: record.contribution.id
    )
    deeper = said("deeper", of=replies[0].contribution.id)
    (thread,) = of_the_page(replies[1], deeper, first, replies[0])
    in_order = [first, replies[0], deeper, replies[1]]
    assert [post.id for post in thread.posts] == [record.contribution.id for record in in_order]


def test_deep_threads_are_shown_flat() -> None:
    """Ten thousand replies to replies are a long list at the last level, and no fault of the interpreter."""
    (thread,) = of_the_page(*chain_of(10_000))
    levels = [post.level for post in thread.posts]
    assert levels == [1, 2, *[LEVELS] * 9998]
    assert thread.first.replies == 9999


@pytest.mark.parametrize("fate", ["pending", "withheld", "erased"])
def test_what_is_not_published_keeps_its_place_for_its_replies(fate: Fate) -> None:
    """Its words are not shown; without replies nothing is."""
    parent = said("Non.", fate=fate)
    reply = said("Si.", of=parent.contribution.id)
    (thread,) = of_the_page(parent, reply)
    assert [post.contribution for post in thread.posts] == [None, reply.contribution]
    assert (thread.size, thread.first.replies) == (1, 1)
    assert of_the_page(parent) == ()


def test_a_reply_to_nothing_stands_on_the_page() -> None:
    """What a moderator published is on its page, whatever it replies to."""
    unknown = contribution("Jamais reçue.").id
    elsewhere = said("Ailleurs.", of="topics/youth", page="topics/youth")
    orphans = [said("Un.", of=unknown), said("Deux.", of=elsewhere.contribution.id)]
    assert {thread.id for thread in of_the_page(elsewhere, *orphans)} == {
        item.contribution.id for item in orphans
    }


def test_every_published_contribution_is_in_one_thread() -> None:
    """Whatever replies to whatever, each is shown once."""
    records = [*chain_of(5), said("x", of=contribution("?").id), said("y", fate="pending")]
    records.append(said("z", of=records[-1].contribution.id))
    found: list[Contribution] = [
        post.contribution for thread in of_the_page(*records) for post in thread.posts if post.contribution
    ]
    assert sorted(c.id for c in found) == sorted(r.contribution.id for r in records if r.fate == "published")


def test_the_organisers_answers_are_no_residents_contributions() -> None:
    """They answer a thread and are not counted in it."""
    first = said("Et les bancs ?")
    answer = said("Ils viennent.", of=first.contribution.id, kind="answer")
    (thread,) = of_the_page(first, answer)
    assert (thread.size, thread.first.replies, thread.answered) == (1, 0, True)


def test_supports_and_surveys_are_counted_and_not_shown() -> None:
    """A support of a contribution is no reply to it."""
    first = said("Des bancs.")
    support = said("", of=first.contribution.id, kind="support")
    (thread,) = of_the_page(first, support, said("", kind="survey"))
    assert [post.id for post in thread.posts] == [first.contribution.id]
