"""What lies where: the ids of each fate in order, known without reading a single contribution.

The store's folders are content-addressed: the same version holds the same names for ever. So the names of a
folder are remembered with its version, and after a decision only the two folders that it touched are read anew.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from assises.contribution import is_id
from assises.store import Fate, Snapshot

PAGE = 20
"""Contributions on a page of a list."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """All contributions of one fate."""

    version: bytes
    """What the store knows the whole folder by."""

    folders: Mapping[bytes, tuple[str, ...]]
    """The ids of each folder, by the folder's version."""

    ids: tuple[str, ...]
    """Oldest first."""


_EMPTY = Shelf(b"", {}, ())


@dataclass(slots=True)
class Shelves:
    """The ids of each fate, remembered from one request to the next."""

    _known: dict[Fate, Shelf] = field(default_factory=dict)

    def ids(self, snapshot: Snapshot, fate: Fate) -> tuple[str, ...]:
        """Return the ids of all contributions of a fate, oldest first."""
        version = snapshot.version(fate)
        if version is None:
            return ()
        shelf = self._known.get(fate, _EMPTY)
        if shelf.version != version:
            read = {
                found: shelf.folders.get(found) or tuple(stems(snapshot, folder))
                for folder, found in folders(snapshot, fate)
            }
            ids = tuple(sorted(id for names in read.values() for id in names))
            self._known[fate] = shelf = Shelf(version, read, ids)
        return shelf.ids


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a list."""

    ids: tuple[str, ...]
    number: int
    """From 1."""

    last: int
    """The last page's number, at least 1."""


def leaf(ids: tuple[str, ...], number: int) -> Leaf:
    """Return a page of a list; of a number beyond its ends, the first or the last."""
    last = max(1, -(-len(ids) // PAGE))
    number = min(max(number, 1), last)
    return Leaf(ids[(number - 1) * PAGE : number * PAGE], number, last)


def following(ids: tuple[str, ...], id: str) -> str:
    """Return the id after this one, or else the first that is another; empty: there is none."""
    place = bisect_right(ids, id)
    return next((other for other in ids[place : place + 1] + ids[:1] if other != id), "")


def folders(snapshot: Snapshot, fate: Fate) -> Iterator[tuple[str, bytes]]:
    """Yield each folder that holds contributions of a fate, and what the store knows its content by."""
    # Of a store on another machine, this brings what is new of all of them in a few requests, not in one each.
    next(snapshot.files(fate), None)
    months = (f"{fate}/{month}" for month in snapshot.names(fate))
    halves = (f"{month}/{end}" for month in months for end in snapshot.names(month))
    for folder in (f"{half}/{end}" for half in halves for end in snapshot.names(half)):
        if version := snapshot.version(folder):
            yield folder, version


def stems(snapshot: Snapshot, folder: str) -> Iterator[str]:
    """Yield the ids of the contributions in a folder."""
    names = snapshot.names(folder)
    return filter(is_id, (name.removesuffix(".json") for name in names if name.endswith(".json")))
