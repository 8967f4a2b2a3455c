"""The store's branch on this machine's disk: where it is, and moving it by compare-and-swap."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from dulwich.file import FileLocked
from dulwich.object_store import BaseObjectStore, DiskObjectStore
from dulwich.objects import ZERO_SHA, ObjectID, ShaFile
from dulwich.refs import Ref
from dulwich.repo import Repo

from assises.envelope_commit import commit_of
from assises.private_refs import PrivateBoxes, PrivateRefs
from assises.sweeping import sweep, sweep_again

BRANCH = Ref(b"refs/heads/main")

_STALE_LOCK = 30
"""Seconds after which a lock, held for milliseconds in health, is what a crash left behind."""

_LOOSE = 60
"""Up to so many new objects are written singly, more as one pack: one fsync instead of one each."""


class Branch(Protocol):
    """A store's branch, wherever it lies."""

    @property
    def objects(self) -> BaseObjectStore:
        """Everything that the branch leads to."""

    def tip(self) -> ObjectID | None:
        """Return the newest commit's id, or None before the first."""

    def move(self, old: ObjectID | None, new: ObjectID, objects: Sequence[ShaFile]) -> bool:
        """Keep new objects, and move the branch if it still is at `old`; return whether it was.

        Raises:
            OSError: it is not known to be moved; another try may succeed.
        """

    def close(self) -> None:
        """Let go of files and connections."""

    @property
    def private(self) -> PrivateBoxes:
        """The sealed boxes of the same repository, which are on no branch."""

    def forget(self, ids: Collection[str]) -> tuple[str, ...] | None:
        """Take away what the branch no longer leads to, with the boxes of these ids.

        Return the other refs that still lead to what mentions them; None: only the repository's host can do it.
        """

    def forget_again(self) -> bool:
        """Do so once more for what was forgotten a while ago; return whether that was due."""

    def whole(self) -> AbstractContextManager[Repo]:
        """Give a repository with every ref and all that they lead to, for a copy to be made."""


@dataclass(frozen=True, slots=True)
class LocalBranch:
    """The branch of a bare repository on disk."""

    repository: Repo
    objects: DiskObjectStore = field(init=False)

    def __post_init__(self) -> None:
        """Make "received" mean durable: the spool forgets only what the store has on disk."""
        object.__setattr__(self, "objects", self.repository.object_store)
        self.objects.fsync_object_files = True

    def tip(self) -> ObjectID | None:
        """Return the newest commit's id, or None before the first."""
        refs = self.repository.refs
        if refs.read_loose_ref(BRANCH) == b"":  # what a loss of power can leave: no empty store
            raise ValueError("the branch is an empty file")
        return refs[BRANCH] if refs.read_ref(BRANCH) is not None else None

    def move(self, old: ObjectID | None, new: ObjectID, objects: Sequence[ShaFile]) -> bool:
        """Write new objects, and move the branch if it still is at `old`; return whether it was."""
        try:
            self._keep(objects)
            moved: bool = self.repository.refs.set_if_equals(BRANCH, old or ObjectID(ZERO_SHA), new)
        except FileLocked as error:
            _break_stale(error.lockfilename)
            raise BlockingIOError(f"{os.fsdecode(error.lockfilename)} is locked") from error
        return moved

    @property
    def private(self) -> PrivateRefs:
        """The sealed boxes of the repository."""
        return PrivateRefs(self.repository)

    def forget(self, ids: Collection[str]) -> tuple[str, ...]:
        """Take away what no ref leads to, and what is sealed for these ids; return the refs that still hold them."""
        boxes = {id: data for id in ids if (data := self.private.get(id)) is not None}
        self.private.delete(*ids)
        lost = [item.id for id, data in boxes.items() for item in commit_of(id, data)]
        return sweep(self.repository, ids, lost)

    def forget_again(self) -> bool:
        """Sweep once more what was forgotten a while ago."""
        return sweep_again(self.repository)

    def whole(self) -> AbstractContextManager[Repo]:
        """Give the repository itself."""
        return nullcontext(self.repository)

    def _keep(self, objects: Sequence[ShaFile]) -> None:
        if len(objects) > _LOOSE:
            self.objects.add_objects([(item, None) for item in objects])
        else:
            for item in objects:
                self.objects.add_object(item)

    def close(self) -> None:
        """Let go of the repository's files."""
        self.repository.close()


def _break_stale(lock: str | bytes) -> None:
    with suppress(OSError):
        place = Path(os.fsdecode(lock))
        if time.time() - place.stat().st_mtime > _STALE_LOCK:
            place.unlink()
