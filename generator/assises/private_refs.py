"""Private refs: sealed boxes in the store's repository, each a parentless commit at ``refs/private/<id>``.

They are on no branch: nothing that is cloned, built or shown reads them, and one that is deleted is gone from
every later copy. The layout is that of inbox refs, so a store at the other end of a network keeps them alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from dulwich.objects import ZERO_SHA, Blob, Commit, ObjectID, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

from assises.contribution import is_id
from assises.envelope_commit import FILE, commit_of

FOLDER = "refs/private"


class PrivateBoxes(Protocol):
    """Where a store keeps sealed boxes."""

    def put_if_absent(self, id: str, data: bytes) -> bool:
        """Keep durably under `id`; return whether it was absent. OSError: it may not be kept."""

    def list(self) -> Iterator[str]:
        """Yield the ids of all boxes, oldest first."""

    def get(self, id: str) -> bytes | None:
        """Return what is kept under `id`, or None."""

    def delete(self, *ids: str) -> None:
        """Forget these ids; that one is gone already is no error."""


@dataclass(frozen=True, slots=True)
class PrivateRefs:
    """The boxes of a repository on this machine's disk."""

    repository: Repo

    def put_if_absent(self, id: str, data: bytes) -> bool:
        """Keep the objects, then the ref that leads to them; return whether it was absent."""
        commit, tree, blob = commit_of(id, data)
        ref = _ref(id)
        if ref in self.repository.refs:
            return False
        for item in (blob, tree, commit):
            self.repository.object_store.add_object(item)
        # Of two that come at once, the first stays.
        absent: bool = self.repository.refs.add_if_new(ref, commit.id)
        return absent

    def list(self) -> Iterator[str]:
        """Yield the ids of all boxes, oldest first."""
        names = (name.decode() for name in self.repository.refs.subkeys(Ref(f"{FOLDER}/".encode())))
        yield from sorted(filter(is_id, names))

    def get(self, id: str) -> bytes | None:
        """Return what is kept under `id`, or None where there is nothing that can be read."""
        objects, ref = self.repository.object_store, _ref(id)
        if ref not in self.repository.refs:
            return None
        commit = objects[self.repository.refs[ref]]
        tree = objects[commit.tree] if isinstance(commit, Commit) else None
        blob = objects[tree[FILE][1]] if isinstance(tree, Tree) and FILE in tree else None
        return blob.data if isinstance(blob, Blob) else None

    def delete(self, *ids: str) -> None:
        """Delete the refs, and the objects that only they led to where these lie singly."""
        for id in ids:
            ref, data = _ref(id), self.get(id)
            self.repository.refs.remove_if_equals(ref, None)
            # The box first, the commit last: whatever cuts this short, a sweep finds by the commit what is left.
            for item in reversed(commit_of(id, data) if data is not None else ()):
                self._drop(item.id)

    def _drop(self, id: ObjectID) -> None:
        if id != ZERO_SHA and self.repository.object_store.contains_loose(id):
            self.repository.object_store.delete_loose_object(id)


def _ref(id: str) -> Ref:
    if not is_id(id):
        raise ValueError(f"{id!r} is no contribution id")
    return Ref(f"{FOLDER}/{id}".encode())
