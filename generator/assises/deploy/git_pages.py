"""A branch that a forge serves as pages: all of it in one commit without parents, so that no former state remains."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from dulwich.object_store import MemoryObjectStore
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tree
from dulwich.refs import Ref

from assises.deploy.contract import TargetError, unreachable
from assises.git_remote import Refs, Remote
from assises.problems import message
from assises.storage_contract import StorageError

_FILE, _FOLDER = 0o100644, 0o040000
_AS_IT_IS = ".nojekyll"
"""Tells GitHub that these pages are built: it would else leave out what begins with an underscore.

https://github.blog/news-insights/bypassing-jekyll-on-github-pages/
"""

_AUTHOR = b"Assises <assises@localhost>"
"""Who commits: a site's own people are not named by what publishes it."""


@dataclass(slots=True)
class GitPages:
    """What is sent is gathered, and seen when it is whole: by a push that is refused where another was faster."""

    address: str
    remote: Remote
    branch: str
    _found: ObjectID | None = None
    """The commit that the branch pointed to when it was looked at."""

    _files: dict[str, ObjectID] | None = None
    """Each file of the branch, as it was and as it shall be."""

    _new: dict[ObjectID, ShaFile] = field(default_factory=dict, repr=False)
    """What the branch does not have yet."""

    _store: MemoryObjectStore = field(default_factory=MemoryObjectStore, repr=False)

    def read(self, path: str) -> bytes | None:
        """Return a file that is there, or None."""
        id = self._looked().get(path)
        if id is None:
            return None
        self._fetch([id])
        blob = self._store[id]
        return blob.data if isinstance(blob, Blob) else None

    def send(self, files: Mapping[str, bytes]) -> None:
        """Gather files."""
        looked = self._looked()
        for path, data in files.items():
            blob = Blob.from_string(data)
            if blob.id not in looked.values():
                self._new[blob.id] = blob
            self._store.add_object(blob)
            looked[path] = blob.id

    def remove(self, paths: Sequence[str]) -> None:
        """Leave files out."""
        looked = self._looked()
        for path in paths:
            looked.pop(path, None)

    def claim(self, note: bytes) -> bytes | None:  # noqa: ARG002 - the contract's
        """Return nothing: nobody has to be kept off, as the push tells who was faster."""
        return None

    def release(self) -> None:
        """Do nothing."""

    def finish(self) -> None:
        """Commit all files and push them in the place of what was there.

        Raises:
            TargetError: the branch was moved meanwhile, or the forge did not say that it is done.
        """
        self.send({_AS_IT_IS: b""})
        files = self._looked()
        objects: dict[ObjectID, ShaFile] = {}
        commit = Commit()
        commit.tree = _tree(files, objects)
        commit.author = commit.committer = _AUTHOR
        commit.author_time = commit.commit_time = int(time.time())
        commit.author_timezone = commit.commit_timezone = 0
        commit.message = b"Publish the pages\n"
        objects[commit.id] = commit
        ref, found = Ref(f"refs/heads/{self.branch}".encode()), self._found

        def choose(refs: Refs) -> Refs:
            if refs.get(ref) != found:
                raise TargetError(
                    message(
                        "Somebody else has deployed to {place} meanwhile. Deploy again.", place=self.address
                    )
                )
            return {ref: commit.id}

        with _told(self.address):
            self.remote.push(choose, [*self._new.values(), *objects.values()])
        self._found, self._new = commit.id, {}

    def stamp(self, path: str) -> str:  # noqa: ARG002 - the contract's
        """Return nothing: a branch keeps no headers."""
        return ""

    def close(self) -> None:
        """Forget what was seen."""
        self._files, self._found, self._new, self._store = None, None, {}, MemoryObjectStore()

    def _looked(self) -> dict[str, ObjectID]:
        """Return the branch's files; only their names are fetched."""
        if self._files is None:
            ref = Ref(f"refs/heads/{self.branch}".encode())
            files: dict[str, ObjectID] = {}
            with _told(self.address):
                self._found = self.remote.refs(ref.decode()).get(ref)
            if self._found is not None:
                self._fetch([self._found])
                commit = self._store[self._found]
                folders = {"": commit.tree} if isinstance(commit, Commit) else {}
                while folders:
                    self._fetch(list(folders.values()))
                    folders = self._open(folders, files)
            self._files = files
        return self._files

    def _open(self, folders: Mapping[str, ObjectID], files: dict[str, ObjectID]) -> dict[str, ObjectID]:
        """Note the files of folders, and return the folders within them."""
        within: dict[str, ObjectID] = {}
        for path, id in folders.items():
            tree = self._store[id]
            for entry in tree.iteritems() if isinstance(tree, Tree) else ():
                place = f"{path}{entry.path.decode(errors='replace')}"
                if entry.mode == _FOLDER:
                    within[f"{place}/"] = ObjectID(entry.sha)
                else:
                    files[place] = ObjectID(entry.sha)
        return within

    def _fetch(self, ids: Sequence[ObjectID]) -> None:
        """Bring objects near: alone, where the forge can, or with all that they refer to."""
        if missing := [id for id in dict.fromkeys(ids) if id not in self._store]:
            with _told(self.address):
                try:
                    self.remote.pick(missing, self._store)
                except StorageError:
                    self.remote.fetch(missing, self._store)


def _tree(files: Mapping[str, ObjectID], objects: dict[ObjectID, ShaFile]) -> ObjectID:
    """Return the tree of all files, and add it and those within it to the objects."""
    tree, folders = Tree(), dict[str, dict[str, ObjectID]]()
    for path, id in files.items():
        name, slash, rest = path.partition("/")
        if slash:
            folders.setdefault(name, {})[rest] = id
        else:
            tree.add(name.encode(), _FILE, id)
    for name, within in folders.items():
        tree.add(name.encode(), _FOLDER, _tree(within, objects))
    objects[tree.id] = tree
    return tree.id


@contextmanager
def _told(address: str) -> Iterator[None]:
    try:
        yield
    except StorageError as error:
        raise unreachable(address, error) from error
