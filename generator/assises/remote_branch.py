"""The store's branch in a repository at the other end of HTTP, read without a clone and moved by a push.

An object is fetched when it is first asked for (partial fetches, protocol version 2) and kept in memory alone:
of what residents said, no copy is left on this machine's disk.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory

from dulwich.object_store import MemoryObjectStore
from dulwich.objects import ObjectID, ShaFile
from dulwich.repo import Repo

from assises.branch import BRANCH
from assises.far_objects import FarObjects
from assises.git_remote import Refs, Remote
from assises.inbox_refs import InboxRefs
from assises.private_refs import FOLDER
from assises.storage_contract import BusyError


@dataclass(frozen=True, slots=True)
class RemoteBranch:
    """The branch of a remote repository."""

    remote: Remote
    objects: FarObjects = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Fetch nothing yet."""
        object.__setattr__(self, "objects", FarObjects(self.remote))

    def tip(self) -> ObjectID | None:
        """Return the newest commit's id, or None before the first; it is near then."""
        tip = self.remote.refs(BRANCH.decode()).get(BRANCH)
        if tip:
            self.objects.bring_commit(tip)
        return tip

    def move(self, old: ObjectID | None, new: ObjectID, objects: Sequence[ShaFile]) -> bool:
        """Push new objects, and the branch if it still is at `old`; return whether it was.

        Raises:
            StorageError: it is not known to be moved.
        """
        overtaken = False

        def choose(refs: Refs) -> Refs:
            nonlocal overtaken
            # The push would else take the tip of this very moment for the one that was built upon.
            overtaken = refs.get(BRANCH) != old
            return {} if overtaken else {BRANCH: new}

        try:
            self.remote.push(choose, objects)
        except BusyError:
            # It may be done and not told, or another was faster; only the host knows.
            tip = self.tip()
            if tip == old:
                raise
            overtaken = tip != new
        if not overtaken:
            for item in objects:
                self.objects.near.add_object(item)
        return not overtaken

    @property
    def private(self) -> InboxRefs:
        """The sealed boxes of the repository: any number of them."""
        return InboxRefs(self.remote, FOLDER, most=sys.maxsize)

    def forget(self, ids: Collection[str]) -> None:
        """Delete what is sealed for these ids; only the host can let go of what no ref leads to any more.

        Raises:
            StorageError: the host did not say that it is deleted.
        """
        self.private.delete(*ids)

    def forget_again(self) -> bool:
        """Do nothing: that is the host's."""
        return False

    @contextmanager
    def whole(self) -> Iterator[Repo]:
        """Give a copy of the repository in a folder of this machine that is deleted afterwards.

        Raises:
            StorageError: the host cannot be reached.
        """
        with TemporaryDirectory(prefix="assises-") as folder:
            repository = Repo.init_bare(folder)
            try:
                refs = self.remote.refs("refs/")
                near = MemoryObjectStore()
                if refs:
                    self.remote.fetch([*dict.fromkeys(refs.values())], near)
                repository.object_store.add_objects([(near[id], None) for id in near])
                for ref, id in refs.items():
                    repository.refs[ref] = id
                yield repository
            finally:
                repository.close()

    def fill(self, repository: Repo) -> None:
        """Push every ref of a repository into this one, which has none, with all that they lead to.

        Raises:
            StorageError: the host cannot be reached, or did not say that it took all.
        """
        refs = {ref: repository.refs[ref] for ref in repository.refs.allkeys() if ref.startswith(b"refs/")}
        objects = repository.object_store
        self.remote.push(lambda _there: refs, [objects[id] for id in objects])

    def close(self) -> None:
        """Let go of the connections."""
        self.remote.pool.clear()
