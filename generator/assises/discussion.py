"""A page's threads → the leaves that show them: few enough to a leaf that any phone is quick. Pure.

Each order and each filter has leaves of its own, so that one can sort and choose without script. The address
of a contribution never changes, whatever is said later: leaves are filled in the order in which the ledger
received, with all that waits or is not published too, and they are there from the first contribution on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

from assises.contribution import POSITIONS
from assises.threads import Post, Thread

Item = TypeVar("Item")

FOLDER = "contributions"
"""Below a page's address: where its leaves are."""

TOGETHER = 12
"""Posts up to which a page shows them all itself."""

LATEST = 5
"""Threads that a page shows of a longer discussion."""

THREADS = 10
"""Threads on a leaf. With the first reply to each they keep it below some 390 elements: EcoIndex A."""

REPLIES = 1
"""Replies shown below a contribution where many contributions stand; the others are one link away."""

POSTS = 20
"""Posts on a leaf of one thread."""

LONG = 1200
"""Characters of a text that are shown where many contributions stand; it is whole on its thread's own leaf."""

OLDEST = ""
ORDERS = (OLDEST, "newest", "discussed", "supported")
ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Part:
    """A thread, as far as a leaf shows it."""

    posts: tuple[Post, ...]
    hidden: int = 0
    """Contributions in it that only the thread's own leaves show, the organiser's answers among them."""

    @property
    def id(self) -> str:
        """The id of the thread's first contribution."""
        return self.posts[0].id


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page's worth of a discussion, in one order or under one filter; or of one thread."""

    place: str
    """Where it is, below the page's own address: ``contributions/newest/2/``."""

    parts: tuple[Part, ...]
    number: int = 1
    """Which of its kind it is, from 1."""

    last: int = 1
    """How many leaves there are of its kind."""

    before: str = ""
    """The place of the leaf before this one; empty: there is none."""

    after: str = ""
    """The place of the leaf after this one; empty: there is none."""

    choice: str = OLDEST
    """The order or filter: one of `Discussion.choices`."""

    thread: Thread | None = None
    """The thread whose own leaf this is."""


@dataclass(frozen=True)
class Discussion:
    """Everything that is said on one page."""

    threads: tuple[Thread, ...] = ()
    """Oldest first."""

    received: tuple[str, ...] = ()
    """The ids of all contributions to the page itself, whatever became of them, in the ledger's order."""

    supports: Mapping[str, int] = field(default_factory=dict)
    """How many support a contribution, by its id."""

    @cached_property
    def size(self) -> int:
        """How many contributions of residents can be read."""
        return sum(thread.size for thread in self.threads)

    @cached_property
    def together(self) -> bool:
        """Whether the page shows everything itself: leaves are then there for their addresses alone."""
        return sum(len(thread.posts) for thread in self.threads) <= TOGETHER

    @cached_property
    def here(self) -> tuple[Part, ...]:
        """What the page itself shows: all, oldest first; of a longer discussion the newest threads."""
        if self.together:
            return tuple(Part(thread.posts) for thread in self.threads)
        return tuple(_part(thread) for thread in self.threads[: -LATEST - 1 : -1])

    @cached_property
    def choices(self) -> Mapping[str, tuple[Thread, ...]]:
        """The orders and filters that make a difference, by name: newest, for, answered, a passage."""
        every = self.threads
        found: dict[str, tuple[Thread, ...]] = {OLDEST: every, "newest": every[::-1]}
        if any(thread.first.replies for thread in every):
            found["discussed"] = _most(every, {thread.id: thread.first.replies for thread in every})
        if self.supports:
            found["supported"] = _most(every, self.supports)
        for position in POSITIONS:
            found[position] = tuple(thread for thread in every if thread.position == position)
        found[ANSWERED] = tuple(thread for thread in every if thread.answered)
        for passage in dict.fromkeys(thread.passage for thread in every):
            if passage:
                found[passage] = tuple(thread for thread in every if thread.passage == passage)
        return {name: chosen for name, chosen in found.items() if chosen}

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """Every leaf of every choice, then those of the threads that have their own."""
        # What stands together needs no other order, and its addresses hold once there is more.
        choices = {OLDEST: self.threads} if self.together else self.choices
        chosen = [leaf for name, of in choices.items() for leaf in self._leaves_of(name, of)]
        own = [leaf for thread in self.threads if has_leaves(thread) for leaf in _own_leaves(thread)]
        return (*chosen, *own) if self.threads else ()

    @cached_property
    def places(self) -> Mapping[str, str]:
        """Where each contribution can be read, below the page's address, by id: a reply, on its thread's own leaf."""
        found = dict[str, str]()
        for leaf in self.leaves:
            if leaf.thread:
                replies = (post.id for post in leaf.parts[0].posts if post.id != leaf.thread.id)
                found |= dict.fromkeys(replies, leaf.place)
            elif leaf.choice == OLDEST:
                found |= dict.fromkeys((part.id for part in leaf.parts), leaf.place)
        return found

    def whole(self, id: str) -> str:
        """Return the place where a contribution is shown to its end: on its thread's own leaf."""
        return self._own.get(id) or self.places.get(id, "")

    @cached_property
    def _own(self) -> Mapping[str, str]:
        """The first leaf of each thread that has its own, by the thread's id."""
        return {thread.id: _folder(thread.id) for thread in self.threads if has_leaves(thread)}

    def _leaves_of(self, choice: str, of: tuple[Thread, ...]) -> list[Leaf]:
        portions = self._by_receipt(of) if choice == OLDEST else _every(of, THREADS)
        return _in_a_row(
            _folder(choice),
            {
                number: Leaf("", tuple(map(_part, threads)), choice=choice)
                for number, threads in portions.items()
            },
        )

    def _by_receipt(self, of: tuple[Thread, ...]) -> dict[int, tuple[Thread, ...]]:
        """Return the threads by the number of their leaf: what is published later moves none of them."""
        among = {id: index for index, id in enumerate(self.received)}
        portions: dict[int, tuple[Thread, ...]] = {1: ()}
        for index, thread in enumerate(of):
            number = among.get(thread.id, len(among) + index) // THREADS + 1
            portions[number] = (*portions.get(number, ()), thread)
        return dict(sorted(portions.items()))


def _most(threads: Sequence[Thread], counts: Mapping[str, int]) -> tuple[Thread, ...]:
    """Return the threads with the highest counts first; the older of two that are equal."""
    return tuple(sorted(threads, key=lambda thread: (-counts.get(thread.id, 0), thread.id)))


def has_leaves(thread: Thread) -> bool:
    """Tell whether a thread has leaves of its own: there are replies, or a text that is shortened elsewhere."""
    said = thread.first.contribution
    return len(thread.posts) > 1 or (said is not None and len(said.text) > LONG)


def _part(thread: Thread) -> Part:
    """Return the beginning of a thread: before any other reply, the organiser's answer to what it begins with."""
    answers = (post for post in thread.posts if post.of == thread.id and post.by_organiser)
    pinned = next(answers, None)
    replies = (pinned,) if pinned else thread.posts[1 : 1 + REPLIES]
    readable = sum(post.contribution is not None for post in thread.posts[1:])
    return Part((thread.first, *replies), readable - sum(post.contribution is not None for post in replies))


def _own_leaves(thread: Thread) -> list[Leaf]:
    """Return a thread's own leaves. What is received later comes on a later one, so that no reply ever moves."""
    portions: dict[int, tuple[Post, ...]] = {}
    among = {id: index for index, id in enumerate(thread.received)}
    for post in thread.posts:
        number = among[post.id] // POSTS + 1
        portions[number] = (*portions.get(number, ()), post)
    leaves = {number: Leaf("", (Part(posts),), thread=thread) for number, posts in sorted(portions.items())}
    return _in_a_row(_folder(thread.id), leaves)


def _every(items: Sequence[Item], count: int) -> dict[int, tuple[Item, ...]]:
    starts = range(0, len(items), count)
    return {number: tuple(items[start : start + count]) for number, start in enumerate(starts, 1)}


def _in_a_row(folder: str, leaves: Mapping[int, Leaf]) -> list[Leaf]:
    """Return leaves that know their place among the others, by the numbers in their addresses."""
    places = ["", *(folder if number == 1 else f"{folder}{number}/" for number in leaves), ""]
    return [
        replace(leaf, place=place, number=index, last=len(leaves), before=before, after=after)
        for index, (leaf, before, place, after) in enumerate(
            zip(leaves.values(), places, places[1:], places[2:], strict=False), 1
        )
    ]


def _folder(name: str) -> str:
    return f"{FOLDER}/{name}/" if name else f"{FOLDER}/"
