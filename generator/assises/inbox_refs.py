"""Inbox refs: what the intake has received, each a parentless commit at a ref of its own in a git repository.

Two requests store one, without a clone: a push needs no knowledge of the branch, and two pushes never meet on
one ref. Commit, tree and blob are a function of id and bytes, so a resend pushes the same commit, and the host
answers that it is up to date.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from dulwich.object_store import MemoryObjectStore
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tree
from dulwich.refs import Ref

from assises.contribution import is_id
from assises.envelope_commit import FILE, commit_of, one_file
from assises.git_remote import GONE, Refs, Remote
from assises.marks import is_mark
from assises.retry import persistently
from assises.storage_contract import StorageFullError, UnreadableError

MOST = 5_000
"""Refs that wait at most: each makes every push a little slower (0.3 s at so many)."""

_TRIES = 3
"""Pushes at most: a resident waits for the first of them."""

_WITHIN = 6
"""Seconds after which no other push begins."""

_BATCH = 400
"""Refs that one push deletes at most: hosts end what takes too long."""


@dataclass(frozen=True, slots=True)
class InboxRefs:
    """Refs below ``refs/inbox`` or, for hosts that take only branches, ``refs/heads/inbox``."""

    remote: Remote
    folder: str = "refs/inbox"
    most: int = MOST

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return f"{self.remote.url}#{self.folder}"

    def put_if_absent(self, id: str, data: bytes) -> bool:
        """Store durably: push one commit. Return whether it was absent.

        Raises:
            StorageFullError: too many wait; seen in what the host tells before each push anyway.
            StorageError: the host did not say that it is stored.
        """
        ref, start = self._ref(id), f"{self.folder}/".encode()
        objects = commit_of(id, data)
        absent = True

        def choose(refs: Refs) -> Refs:
            nonlocal absent
            absent = ref not in refs
            if absent and sum(name.startswith(start) for name in refs) >= self.most:
                raise StorageFullError(f"{self.remote.url}: {self.most} contributions wait")
            # What stands there stays: it can only be the same, unless somebody else can push.
            return {ref: ObjectID(objects[0].id)} if absent else {}

        self._push(choose, objects)
        return absent

    def list(self) -> Iterator[str]:
        """Yield the ids that wait, oldest first."""
        names = sorted(name.decode().rpartition("/")[2] for name in self.remote.refs(f"{self.folder}/"))
        yield from filter(is_id, names)

    def get(self, id: str) -> bytes | None:
        """Return what is stored under `id`, or None."""
        for _id, data in self.get_all([id]):
            if data is None:
                raise UnreadableError(f"{self.remote.url}: {id} holds no envelope")
            return data
        return None

    def get_all(self, ids: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        """Yield each id that is there with its bytes; all come in one request."""
        refs = self.remote.refs(f"{self.folder}/")
        there = {id: refs[self._ref(id)] for id in ids if self._ref(id) in refs}
        objects = MemoryObjectStore()
        if there:
            self.remote.fetch([*there.values()], objects)
        for id, commit in there.items():
            yield id, _envelope(objects, commit)

    def delete(self, *ids: str) -> None:
        """Forget these ids, some hundred a push."""
        for start in range(0, len(ids), _BATCH):
            self._delete(frozenset(map(self._ref, ids[start : start + _BATCH])))

    def set_aside(self, id: str) -> None:
        """Move the ref of `id` to the folder ``aside`` beside, where nothing is drained."""
        ref, aside = self._ref(id), self._aside(id)
        self._push(lambda refs: {aside: refs[ref], ref: GONE} if ref in refs else {})

    def marks(self) -> Collection[str]:
        """Return the marks that are set: refs in a folder of their own beside."""
        names = (name.decode().rpartition("/")[2] for name in self.remote.refs(f"{self.folder}-marks/"))
        return [name for name in names if is_mark(name)]

    def mark(self, name: str) -> None:
        """Set a mark."""
        ref, objects = self._mark_ref(name), one_file(f"Set {name}\n", b"", 0)
        self._push(lambda refs: {} if ref in refs else {ref: ObjectID(objects[0].id)}, objects)

    def unmark(self, name: str) -> None:
        """Take a mark away."""
        self._delete(frozenset({self._mark_ref(name)}))

    def _mark_ref(self, name: str) -> Ref:
        if not is_mark(name):
            raise ValueError(f"{name!r} is no mark")
        return Ref(f"{self.folder}-marks/{name}".encode())

    def forget(self, *ids: str) -> None:
        """Delete the refs of these ids; the host decides when it lets go of what they led to."""
        for start in range(0, len(ids), _BATCH):
            some = ids[start : start + _BATCH]
            self._delete(frozenset(ref for id in some for ref in (self._ref(id), self._aside(id))))

    def _delete(self, gone: frozenset[Ref]) -> None:
        self._push(lambda refs: dict.fromkeys(gone & refs.keys(), GONE))

    def _push(self, choose: Callable[[Refs], Refs], objects: Sequence[ShaFile] = ()) -> None:
        """Push, and again where that may help: after a success that was not told, it is found done."""
        persistently(lambda: self.remote.push(choose, objects), _TRIES, _WITHIN)

    def _aside(self, id: str) -> Ref:
        return Ref(f"{self.folder.rpartition('/')[0]}/aside/{id}".encode())

    def _ref(self, id: str) -> Ref:
        if not is_id(id):
            raise ValueError(f"{id!r} is no contribution id")
        return Ref(f"{self.folder}/{id}".encode())


def _envelope(objects: MemoryObjectStore, id: ObjectID) -> bytes | None:
    """Return the envelope that a commit holds; None where somebody pushed anything else."""
    try:
        commit = objects[id]
        tree = objects[commit.tree] if isinstance(commit, Commit) else None
        blob = objects[tree[FILE][1]] if isinstance(tree, Tree) else None
    except KeyError:
        return None
    return blob.data if isinstance(blob, Blob) else None
