"""A page's threads → the leaves that show them: few enough to a leaf that any phone is quick. Pure.

Each order and each filter has leaves of its own, so that one can sort and choose without script. Where a
contribution stands does not move: leaves are filled in the order in which the ledger received, with all
that waits or is not published too.
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

TOGETHER = 15
"""Posts up to which a page shows them all itself."""

LATEST = 4
"""Threads that a page shows of a longer discussion."""

THREADS = 10
"""Threads on a leaf. With their first replies they keep it below some 450 elements: EcoIndex A."""

REPLIES = 2
"""Replies shown below a contribution where many contributions stand; the others are one link away."""

POSTS = 24
"""Posts on a leaf of one thread."""

OLDEST = ""
ORDERS = (OLDEST, "newest", "discussed", "supported")
ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Part:
    """A thread, as far as a leaf shows it."""

    posts: tuple[Post, ...]
    hidden: int = 0
    """Contributions of residents in it that only the thread's own leaves show."""

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
        """Whether the page shows everything itself, so that there are no leaves."""
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
        if self.together:
            return ()
        chosen = [leaf for name, of in self.choices.items() for leaf in self._leaves_of(name, of)]
        own = [leaf for thread in self.threads if _has_leaves(thread) for leaf in _own_leaves(thread)]
        return (*chosen, *own)

    @cached_property
    def places(self) -> Mapping[str, str]:
        """Where each contribution can be read, below the page's address, by id; the page itself: empty."""
        found = dict[str, str]()
        for leaf in self.leaves:
            if leaf.thread or leaf.choice == OLDEST:
                # A leaf of the thread's own comes later, and shows the replies that the first one leaves out.
                for post in leaf.parts[0].posts if leaf.thread else _posts(leaf.parts):
                    if not (leaf.thread and post.id == leaf.thread.id):
                        found[post.id] = leaf.place
        return found or {post.id: "" for thread in self.threads for post in thread.posts}

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


def _has_leaves(thread: Thread) -> bool:
    return len(thread.posts) > 1 + REPLIES


def _part(thread: Thread) -> Part:
    shown = thread.posts[: 1 + REPLIES]
    return Part(shown, thread.size - sum(post.by_resident for post in shown))


def _posts(parts: Sequence[Part]) -> list[Post]:
    return [post for part in parts for post in part.posts]


def _own_leaves(thread: Thread) -> list[Leaf]:
    portions = _every(thread.posts, POSTS)
    leaves = {number: Leaf("", (Part(posts),), thread=thread) for number, posts in portions.items()}
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
