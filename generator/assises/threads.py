"""Records of contributions → the threads of each page: what was said, and below it what replies to it. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from assises.contribution import Contribution, is_id, number
from assises.store import Fate, Record

SPOKEN = frozenset({"comment", "proposal", "answer"})
"""Kinds that are words in a thread; the others are counted."""

LEVELS = 3
"""How deep a thread is shown; deeper replies stand at the last level."""


@dataclass(frozen=True, slots=True)
class Post:
    """A contribution in its thread."""

    id: str
    of: str
    """The contribution that it replies to; empty for the thread's first."""

    time: datetime
    fate: Fate
    contribution: Contribution | None
    """None where only its place may be shown: withheld, withdrawn or erased, with replies."""

    level: int
    """How deep it stands, from 1 to `LEVELS`."""

    corrected: datetime | None = None
    """When its author corrected the words that can be read."""

    replies: int = 0
    """How many contributions of residents can be read that reply to it, at whatever depth."""

    @property
    def number(self) -> str:
        """The short number."""
        return number(self.id)

    @property
    def by_resident(self) -> bool:
        """Whether it can be read and is not the town's answer."""
        return self.contribution is not None and self.contribution.kind != "answer"

    @property
    def by_organiser(self) -> bool:
        """Whether it can be read and is the town's answer."""
        return self.contribution is not None and self.contribution.kind == "answer"


@dataclass(frozen=True)
class Thread:
    """A contribution to a page, and everything that replies to it."""

    posts: tuple[Post, ...]
    """Each before those that reply to it; the page's own contribution first."""

    received: tuple[str, ...]
    """The ids of all that hangs in it, whatever became of it, in the ledger's order; the first is the thread's own."""

    @property
    def first(self) -> Post:
        """The contribution that the thread hangs on."""
        return self.posts[0]

    @property
    def id(self) -> str:
        """That contribution's id."""
        return self.first.id

    @cached_property
    def size(self) -> int:
        """How many contributions of residents can be read in it; the town's answers are not counted."""
        return sum(post.by_resident for post in self.posts)

    @cached_property
    def answered(self) -> bool:
        """Whether the town has answered in it."""
        return any(post.by_organiser for post in self.posts)

    @property
    def position(self) -> str:
        """What its first contribution is: for, nuanced, against, or empty."""
        return self.first.contribution.position if self.first.contribution else ""

    @property
    def passage(self) -> str:
        """The passage of a draft text that its first contribution is about, or empty."""
        return self.first.contribution.passage if self.first.contribution else ""


def threads(records: Iterable[Record], ledger: Iterable[str] = ()) -> dict[str, tuple[Thread, ...]]:
    """Return the threads of each page by its id, oldest first.

    Without recursion: ten thousand replies to replies are only a long list.

    Args:
        records: what the store holds.
        ledger: the ids in the order in which the ledger received them; what it does not name comes last, by id.
    """
    order = {id: index for index, id in enumerate(ledger)}
    spoken = [record for record in records if record.contribution.kind in SPOKEN]
    pages = {record.contribution.id: record.contribution.page for record in spoken}
    below: defaultdict[str, list[Record]] = defaultdict(list)
    for record in sorted(spoken, key=lambda record: record.contribution.id, reverse=True):
        said = record.contribution
        # What replies to something that is not on its page stands on the page itself.
        below[said.of if pages.get(said.of) == said.page else said.page].append(record)
    roots = sorted(of for of in below if not is_id(of))
    found = {page: tuple(_thread(root, below, order) for root in reversed(below[page])) for page in roots}
    shown = {page: tuple(thread for thread in of if thread.posts) for page, of in found.items()}
    return {page: of for page, of in shown.items() if of}


def _thread(root: Record, below: Mapping[str, list[Record]], order: Mapping[str, int]) -> Thread:
    posts, waiting = list[Post](), [(root, "", 1)]
    while waiting:
        record, of, level = waiting.pop()
        posts.append(_post(record, of, level))
        id, deeper = record.contribution.id, min(level + 1, LEVELS)
        waiting += ((reply, id, deeper) for reply in below.get(id, ()))
    replies = sorted((order.get(post.id, len(order)), post.id) for post in posts[1:])
    return Thread(_counted(posts), (root.contribution.id, *(id for _, id in replies)))


def _post(record: Record, of: str, level: int) -> Post:
    said = record.contribution
    readable = said if record.fate == "published" else None
    return Post(said.id, of, said.time, record.fate, readable, level, record.corrected)


def _counted(posts: list[Post]) -> tuple[Post, ...]:
    """Return the posts with their numbers of replies, without those of which nothing may be shown."""
    readable, replies = Counter[str](), Counter[str]()
    for post in reversed(posts):  # each reply comes before what it replies to
        readable[post.of] += readable[post.id] + (post.contribution is not None)
        replies[post.of] += replies[post.id] + post.by_resident
    return tuple(
        replace(post, replies=replies[post.id]) for post in posts if post.contribution or readable[post.id]
    )
