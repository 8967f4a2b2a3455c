"""The objects of a repository at a git host, fetched when they are asked for and kept in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dulwich.object_store import BaseObjectStore, MemoryObjectStore
from dulwich.objects import ObjectID, RawObjectID, Tree, sha_to_hex

if TYPE_CHECKING:
    from assises.git_remote import Remote  # loads git over HTTP, which most never use

_WANTS = 1_000
"""Objects that one request asks for; of more files in a folder, the whole folder is."""


class FarObjects(BaseObjectStore):
    """The objects of a remote repository."""

    def __init__(self, remote: Remote) -> None:
        super().__init__()
        self.remote = remote
        # Those that were fetched.
        self.near = MemoryObjectStore()

    def bring(self, ids: Iterable[ObjectID]) -> None:
        """Fetch these objects unless they are near.

        Raises:
            StorageError: the host cannot be reached, or does not have them.
        """
        missing = [id for id in dict.fromkeys(ids) if id not in self.near]
        for start in range(0, len(missing), _WANTS):
            self.remote.pick(missing[start : start + _WANTS], self.near)

    def bring_commit(self, id: ObjectID) -> None:
        """Fetch a commit with its root folder, unless it is near.

        Raises:
            StorageError: the host cannot be reached, or does not have it.
        """
        if id not in self.near:
            self.remote.pick([id], self.near, root=True)

    def bring_all(self, folder: ObjectID) -> None:
        """Fetch a folder with all that is below, as far as it is not near: a level a request, or all at once.

        Raises:
            StorageError: the host cannot be reached, or does not have it.
        """
        folders, files = [folder], list[ObjectID]()
        while folders:
            self.bring(folders)
            entries = [entry for id in folders for entry in self._entries(id)]
            folders = [id for id, is_folder in entries if is_folder]
            files += (id for id, is_folder in entries if not is_folder and id not in self.near)
        if len(files) > _WANTS:
            self.remote.fetch([folder], self.near)
        else:
            self.bring(files)

    def _entries(self, folder: ObjectID) -> Iterator[tuple[ObjectID, bool]]:
        tree = self.near[folder]
        if isinstance(tree, Tree):
            yield from ((entry.sha, entry.mode == 0o040000) for entry in tree.iteritems())

    # --- what dulwich asks of a store

    def get_raw(self, name: ObjectID | RawObjectID) -> tuple[int, bytes]:
        """Return the type and bytes of an object. KeyError: the repository does not have it."""
        id = ObjectID(name) if len(name) == 40 else sha_to_hex(RawObjectID(name))
        self.bring([id])
        return self.near.get_raw(id)

    def contains_loose(self, sha: ObjectID | RawObjectID) -> bool:
        """Tell whether an object is near."""
        return self.near.contains_loose(ObjectID(sha))

    def contains_packed(self, sha: ObjectID | RawObjectID) -> bool:
        """Tell whether an object is near in a pack: none is."""
        return self.near.contains_packed(sha)

    def __iter__(self) -> Iterator[ObjectID]:
        """Yield the ids of what is near."""
        return iter(self.near)

    @property
    def packs(self) -> list:  # type: ignore[type-arg]
        """The packs: none."""
        return []
