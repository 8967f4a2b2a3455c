"""Discussions: leaves that are never long, in every order, on which nothing moves."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assises.contribution import is_id
from assises.discussion import LATEST, LONG, POSTS, REPLIES, THREADS, TOGETHER, Discussion, Leaf
from assises.store import Record
from assises.threads import threads
from kernel import NOW, contribution

HOUSING = "topics/housing"


def record(number: int, of: str = HOUSING, **fields: str) -> Record:
    """Return a contribution of the store."""
    said = contribution(str(number), of=of, form=f"{HOUSING}:comment", time=NOW, **fields)
    return Record("published", said)


def discussion(records: list[Record], *, received: list[Record] | None = None, **counts: int) -> Discussion:
    """Return the topic's discussion; the ledger received in the order given."""
    order = received or records
    ids = [r.contribution.id for r in order]
    roots = tuple(r.contribution.id for r in order if not is_id(r.contribution.of))
    return Discussion(threads(records, ids).get(HOUSING, ()), roots, counts)


def leaves(of: Discussion, choice: str = "") -> list[Leaf]:
    """Return the leaves of one order or filter."""
    return [leaf for leaf in of.leaves if leaf.thread is None and leaf.choice == choice]


def shown(leaf: Leaf) -> list[str]:
    """Return the ids of the threads on a leaf."""
    return [part.id for part in leaf.parts]


def test_few_contributions_stand_on_the_page_itself() -> None:
    """All of them, oldest first; their leaves exist for the addresses alone."""
    found = discussion([record(number) for number in range(TOGETHER)])
    assert (found.together, len(found.here)) == (True, TOGETHER)
    assert [leaf.place for leaf in found.leaves] == ["contributions/", "contributions/2/"]
    assert discussion([]).leaves == ()
    assert [part.id for part in found.here] == sorted(part.id for part in found.here)


def test_of_many_the_page_shows_the_newest() -> None:
    """And leads to the others."""
    found = discussion([record(number) for number in range(TOGETHER + 1)])
    assert [part.id for part in found.here] == [thread.id for thread in found.threads[::-1][:LATEST]]
    assert [leaf.place for leaf in leaves(found)] == ["contributions/", "contributions/2/"]
    assert [leaf.place for leaf in leaves(found, "newest")] == [
        "contributions/newest/",
        "contributions/newest/2/",
    ]
    first, second = leaves(found)
    assert (first.before, first.after, second.before, second.after) == ("", second.place, first.place, "")
    assert (first.number, second.number, second.last) == (1, 2, 2)


def test_what_comes_later_moves_nothing() -> None:
    """Leaves are filled in the order of receipt: a text published late, or a note typed in late, moves no other."""
    records = [record(number) for number in range(THREADS * 3)]
    random.Random(1).shuffle(records)
    late = {record.contribution.id for record in records[5:9]}
    before = discussion([r for r in records if r.contribution.id not in late], received=records)
    after = discussion(records, received=records)
    assert before.places == {id: place for id, place in after.places.items() if id not in late}


@given(st.lists(st.integers(0, 40), min_size=1, max_size=90), st.randoms(use_true_random=False))
def test_an_address_is_for_ever(parents: list[int], chance: random.Random) -> None:
    """From the first contribution to the ninetieth, with whatever replies to whatever and is published when it is."""
    records = list[Record]()
    for number, parent in enumerate(parents):
        of = records[parent % len(records)].contribution.id if records and parent > 10 else HOUSING
        records.append(record(number, of=of))
    known = dict[str, str]()
    readable = set[str]()
    waiting = list(records)
    chance.shuffle(waiting)
    while waiting:
        readable |= {waiting.pop().contribution.id for _ in range(min(len(waiting), 7))}
        stored = [
            Record("published" if r.contribution.id in readable else "pending", r.contribution)
            for r in records
        ]
        places = discussion(stored, received=records).places
        assert known.items() <= {id: place for id, place in places.items() if id in known}.items()
        known |= {id: place for id, place in places.items() if id in readable}
    assert known.keys() == {r.contribution.id for r in records}


def test_the_organisers_answer_is_shown_before_other_replies() -> None:
    """Where many contributions stand, one reply is shown below each: the answer, if there is one."""
    root = record(0)
    replies = [record(number, of=root.contribution.id) for number in range(1, 6)]
    answer = record(9, of=root.contribution.id, kind="answer")
    found = discussion([root, *replies, answer, *(record(n) for n in range(20, 20 + TOGETHER))])
    part = next(part for leaf in leaves(found) for part in leaf.parts if part.id == root.contribution.id)
    assert [post.id for post in part.posts] == [root.contribution.id, answer.contribution.id]
    assert part.hidden == len(replies)


def test_an_answer_that_is_not_shown_is_counted_with_the_hidden() -> None:
    """A link leads to it, though it is no resident's contribution."""
    root = record(0)
    reply = record(1, of=root.contribution.id)
    answer = record(2, of=reply.contribution.id, kind="answer")
    found = discussion([root, reply, answer, *(record(n) for n in range(20, 20 + TOGETHER))])
    part = next(part for leaf in leaves(found) for part in leaf.parts if part.id == root.contribution.id)
    assert (len(part.posts), part.hidden) == (2, 1)


def test_a_long_text_has_a_leaf_of_its_own() -> None:
    """It is shortened wherever several contributions stand."""
    said = contribution("a" * (LONG + 1), of=HOUSING, form=f"{HOUSING}:comment", time=NOW)
    found = discussion([Record("published", said), record(1)])
    assert found.whole(said.id) == f"contributions/{said.id}/"
    assert found.whole(record(1).contribution.id) == "contributions/"


def test_a_leaf_of_which_nothing_can_be_read_is_left_out() -> None:
    """A flood that was withheld makes no empty pages; the first leaf always exists."""
    records = [record(number) for number in range(THREADS * 4)]
    readable = records[THREADS * 3 :] + records[THREADS : THREADS + TOGETHER]
    found = discussion(readable, received=records)
    assert [leaf.place for leaf in leaves(found)] == [
        "contributions/", "contributions/2/", "contributions/3/", "contributions/4/",
    ]  # fmt: skip
    assert shown(leaves(found)[0]) == []
    gap = discussion(records[THREADS * 3 :] + records[: THREADS * 2], received=records)
    assert [(leaf.place, leaf.number) for leaf in leaves(gap)][-1] == ("contributions/4/", 3)


def test_long_threads_have_leaves_of_their_own() -> None:
    """Elsewhere the first reply is shown, and how many more there are."""
    root = record(0)
    replies = [record(number, of=root.contribution.id) for number in range(1, POSTS + 5)]
    found = discussion([root, *replies])
    ((part,),) = [leaf.parts for leaf in leaves(found)]
    assert (len(part.posts), part.hidden) == (1 + REPLIES, len(replies) - REPLIES)
    own = [leaf for leaf in found.leaves if leaf.thread]
    assert [leaf.place for leaf in own] == [f"contributions/{part.id}/", f"contributions/{part.id}/2/"]
    assert found.places[part.id] == "contributions/"
    assert {found.places[reply.contribution.id] for reply in replies} == {leaf.place for leaf in own}


def test_orders_and_filters_hold_what_they_say() -> None:
    """Positions and answers filter; discussion and supports sort, the older first among equals."""
    roots = [record(n, position=p) for n, p in enumerate(["for", "against", "for", ""] * 5)]
    ids = [r.contribution.id for r in roots]
    replies = [record(100 + n, of=ids[7]) for n in range(2)] + [record(200, of=ids[3])]
    answer = record(300, of=ids[2], kind="answer")
    found = discussion([*roots, *replies, answer], **{ids[5]: 3, ids[1]: 9})
    assert list(found.choices) == ["", "newest", "discussed", "supported", "for", "against", "answered"]
    assert [thread.id for thread in found.choices["discussed"]][:2] == [ids[7], ids[3]]
    assert [thread.id for thread in found.choices["supported"]][:2] == [ids[1], ids[5]]
    assert {thread.id for thread in found.choices["for"]} == set(ids[::4] + ids[2::4])
    assert [thread.id for thread in found.choices["answered"]] == [ids[2]]
    assert found.size == 23


def test_passages_of_a_text_filter_too() -> None:
    """What was said on one paragraph, on one leaf."""
    found = discussion([record(n, passage="p-0000000a" if n % 3 else "p-0000000b") for n in range(20)])
    assert len(found.choices["p-0000000b"]) == 7
    assert leaves(found, "p-0000000b")[0].place == "contributions/p-0000000b/"


@given(st.lists(st.integers(0, 60), max_size=90))
def test_everything_is_reached_and_no_leaf_is_long(parents: list[int]) -> None:
    """Whatever replies to whatever: each contribution is on the leaf that its permalink names."""
    records = list[Record]()
    for number, parent in enumerate(parents):
        of = records[parent % len(records)].contribution.id if records and parent > 20 else HOUSING
        records.append(record(number, of=of))
    found = discussion(records)
    assert found.places.keys() == {r.contribution.id for r in records}
    on = {leaf.place: {post.id for part in leaf.parts for post in part.posts} for leaf in found.leaves}
    assert all(id in on[place] for id, place in found.places.items())
    assert all(len(ids) <= max(POSTS, THREADS * (1 + REPLIES)) for ids in on.values())
    assert len(on) == len(found.leaves)


@pytest.mark.parametrize("choice", ["", "newest"])
def test_each_order_shows_every_thread_once(choice: str) -> None:
    """In its own order."""
    found = discussion([record(number) for number in range(57)])
    ids = [id for leaf in leaves(found, choice) for id in shown(leaf)]
    assert sorted(ids) == [thread.id for thread in found.threads]
