"""The git store: every contribution with its decisions, and the ledger, on one branch of a bare repository.

A change reads the tip, builds one commit on it and puts it in place only if the tip is still the one that was
read; whoever comes second builds again on the new tip. Nothing is ever checked out.
"""

from __future__ import annotations

import re
import secrets
import shutil
import time as clock
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Self, get_args

from dulwich.object_store import (
    BaseObjectStore,
    MemoryObjectStore,
    OverlayObjectStore,
    commit_tree_changes,
    iter_tree_contents,
)
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tree
from dulwich.repo import Repo

from assises.branch import BRANCH, Branch, LocalBranch
from assises.canonical import CanonicalError, lines, normal
from assises.contribution import Contribution, ContributionError, is_id, ulid_time
from assises.far_objects import FarObjects
from assises.ledger import Entry, Head, Ledger, LedgerError
from assises.private_refs import PrivateBoxes
from assises.retry import pause
from assises.storage_contract import StorageError

Fate = Literal["pending", "published", "withheld", "withdrawn", "erased"]
FATES: tuple[Fate, ...] = get_args(Fate)

HEAD_FILE = "ledger/head.json"
KEYS_FILE = "keys.json"

_NUMBER = re.compile("[0-9A-HJKMNP-TV-Z]{8}")
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})

_TRIES = 60
Changes = Mapping[str, bytes | None]
"""Path → new bytes; None deletes."""


class StoreError(Exception):
    """The store is absent, damaged, or stays busy."""


@dataclass(frozen=True, slots=True)
class Record:
    """A contribution as the store keeps it."""

    fate: Fate
    contribution: Contribution
    corrected: datetime | None = None
    """When its author corrected the words; the store keeps those that were received first."""


@dataclass(frozen=True, slots=True)
class Author:
    """In whose name a commit is made."""

    name: str
    email: str

    def __bytes__(self) -> bytes:
        parts = (re.sub("[<>\n]", "", normal(part)) for part in (self.name, self.email))
        return "{} <{}>".format(*parts).encode()


@contextmanager
def _reading(what: str) -> Iterator[None]:
    """Raise StoreError for whatever dulwich raises over a damaged repository: it has no one base class."""
    try:
        yield
    except StoreError:
        raise
    except Exception as error:
        raise StoreError(f"{what} cannot be read: {error!r}") from error


RUNNER = Author("Assises runner", "runner@localhost")


class Snapshot:
    """The store as it was at one commit."""

    def __init__(self, objects: BaseObjectStore, tree: ObjectID | None) -> None:
        self._objects = objects
        self._root = tree
        self._folders: dict[str, Tree | None] = {"": self._load(tree) if tree else None}

    @classmethod
    def empty(cls) -> Self:
        """Return the snapshot of a store that nothing has come to yet."""
        return cls(MemoryObjectStore(), None)

    def bring(self, paths: Iterable[str]) -> None:
        """Make files near that will be read, a level of folders a request: far away, each costs one else."""
        if not isinstance(self._objects, FarObjects):
            return
        parts = [path.split("/") for path in dict.fromkeys(paths)]
        for depth in range(max(map(len, parts), default=0)):
            at = [("/".join(names[:depth]), names[depth]) for names in parts if depth < len(names)]
            found = [self._entry(folder, name) for folder, name in dict.fromkeys(at)]
            with _reading("the store"):
                self._objects.bring(filter(None, found))

    def get(self, path: str) -> bytes | None:
        """Return a file's bytes, or None."""
        folder, _, name = path.rpartition("/")
        found = self._entry(folder, name)
        with _reading(path):
            blob = self._objects[found] if found else None
            return blob.data if isinstance(blob, Blob) else None

    def exists(self, path: str) -> bool:
        """Tell whether there is a file, without reading it."""
        folder, _, name = path.rpartition("/")
        return self._entry(folder, name) is not None

    def version(self, folder: str) -> ObjectID | None:
        """Return what a folder's content is known by: the same again for the same content; None without it."""
        parent, _, name = folder.rpartition("/")
        return self._entry(parent, name)

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder, sorted; none where there is no folder."""
        tree = self._folder(folder)
        with _reading(folder):
            return [entry.path.decode() for entry in tree.iteritems()] if tree else []

    def files(self, folder: str) -> Iterator[tuple[str, bytes]]:
        """Yield the path and bytes of each file below a folder, sorted by path."""
        tree = self._folder(folder)
        with _reading(folder):
            if isinstance(self._objects, FarObjects) and tree:
                self._objects.bring_all(tree.id)
            for entry in iter_tree_contents(self._objects, tree.id) if tree else ():
                if entry.path is not None and entry.sha is not None:
                    yield f"{folder}/{entry.path.decode()}", self._objects[entry.sha].as_raw_string()

    def fate(self, id: str) -> Fate | None:
        """Return what became of a contribution, or None where the store does not have it."""
        return next((fate for fate in FATES if is_id(id) and self.exists(path_of(fate, id))), None)

    def record(self, id: str) -> Record | None:
        """Return a contribution, or None."""
        fate = self.fate(id)
        return _record(fate, path_of(fate, id), self.get(path_of(fate, id)) or b"") if fate else None

    def find(self, wanted: str) -> Record | None:
        """Return the contribution with this id, or the first one with this short number, or None.

        Both are read as Crockford's base 32 is: without regard to case, O as 0, I and L as 1.
        """
        end = wanted.upper().translate(_MISREAD)
        if is_id(end):
            return self.record(end)
        if not _NUMBER.fullmatch(end):
            return None
        shards = ((fate, month) for fate in FATES for month in self.names(fate))
        names = (name for fate, month in shards for name in self.names(f"{fate}/{month}/{end[-2]}/{end[-1]}"))
        return next((self.record(name[:26]) for name in names if name[18:] == f"{end}.json"), None)

    def records(self, *fates: Fate) -> tuple[Record, ...]:
        """Return all contributions of these fates (of all, where none is named), by id."""
        found = [
            _record(fate, path, data)
            for fate in fates or FATES
            for path, data in self.files(fate)
            if not path.endswith(".decisions.json")
        ]
        return tuple(sorted(found, key=lambda record: record.contribution.id))

    def head(self) -> Head | None:
        """Return the ledger's signed head; None where the ledger is empty."""
        data = self.get(HEAD_FILE)
        try:
            return Head.from_bytes(data) if data is not None else None
        except LedgerError as error:
            raise StoreError(f"{HEAD_FILE}: {error}") from error

    def ledger(self) -> Ledger:
        """Return the whole ledger."""
        try:
            entries = tuple(
                Entry.from_line(line)
                for path, data in self.files("ledger")
                if path.endswith(".jsonl")
                for line in lines(data)
            )
        except LedgerError as error:
            raise StoreError(f"ledger: {error}") from error
        return Ledger(entries, self.head())

    def _entry(self, folder: str, name: str) -> ObjectID | None:
        tree = self._folder(folder)
        with _reading(folder):
            return tree[name.encode()][1] if tree is not None and name.encode() in tree else None

    def _folder(self, path: str) -> Tree | None:
        if path not in self._folders:
            parent, _, name = path.rpartition("/")
            found = self._entry(parent, name)
            self._folders[path] = self._load(found) if found else None
        return self._folders[path]

    def _load(self, id: ObjectID) -> Tree | None:
        with _reading(id.decode()):
            found = self._objects[id]
        return found if isinstance(found, Tree) else None


class Store:
    """A bare git repository that holds a consultation's contributions."""

    def __init__(self, branch: Branch) -> None:
        self._branch = branch

    def __enter__(self) -> Self:
        """Return the store, to be closed at the block's end."""
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the repository's files."""
        self._branch.close()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Return the store at `path`.

        Raises:
            StoreError: there is none.
        """
        if not all((path / name).exists() for name in ("HEAD", "objects", "refs")):
            raise StoreError(f"{path}: no git store")
        try:
            return cls(LocalBranch(Repo(str(path), bare=True)))
        except Exception as error:  # dulwich has no one base class for what a broken repository raises
            raise StoreError(f"{path}: no git store ({error})") from error

    @classmethod
    def create(cls, path: Path) -> Self:
        """Return the store at `path`, made if there is none."""
        if not (path / "HEAD").exists():
            # Beside it, then renamed: nobody who starts at the same time ever opens half a repository.
            draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
            draft.mkdir(parents=True, mode=0o700)
            Repo.init_bare(str(draft), default_branch=b"main").close()
            with suppress(OSError):  # there already: another process was first
                draft.rename(path)
            shutil.rmtree(draft, ignore_errors=True)
        return cls.open(path)

    def tip(self) -> ObjectID | None:
        """Return the newest commit's id, or None in an empty store.

        Raises:
            StoreError: the branch is damaged.
        """
        with _reading(BRANCH.decode()):
            return self._branch.tip()

    def read(self) -> Snapshot:
        """Return the store as it is now."""
        return self._snapshot(self.tip())

    @property
    def private(self) -> PrivateBoxes:
        """Sealed boxes, beside the branch."""
        return self._branch.private

    def forget(self, ids: Collection[str]) -> tuple[str, ...] | None:
        """Take away what a commit without parent left behind (`Branch.forget`)."""
        with _reading("objects"):
            return self._branch.forget(ids)

    def whole(self) -> AbstractContextManager[Repo]:
        """Give a repository with every ref of the store (`Branch.whole`)."""
        return self._branch.whole()

    def forget_again(self) -> bool:
        """Take away what was left since (`Branch.forget_again`)."""
        with _reading("objects"):
            return self._branch.forget_again()

    def commit(
        self,
        author: Author,
        message: str,
        now: datetime,
        change: Callable[[Snapshot], Changes],
        *,
        alone: bool = False,
    ) -> Snapshot:
        """Make one commit of what `change` says of the newest snapshot, and return the store after it.

        `change` is called again on a newer snapshot when another writer was faster, so it must have no
        other effect than what it returns. Where it changes nothing, no commit is made. `alone` makes the commit
        one without a parent: the branch leads to nothing that it held before.

        Raises:
            StoreError: the store stays busy, or cannot be written.
        """
        trouble: Exception | None = None
        for attempt in range(_TRIES):
            try:
                tip = self.tip()
                before = self._snapshot(tip)
                changes = {path: data for path, data in change(before).items() if data != before.get(path)}
                if not changes:
                    return before
                commit, objects = self._build(changes, tip, _commit(author, message, now), alone=alone)
                if self._branch.move(tip, commit, objects):
                    return self._snapshot(commit)
            except StorageError as error:
                if not error.again:
                    raise StoreError(f"the store cannot be written: {error}") from error
                trouble = error
            except OSError as error:
                trouble = error
            clock.sleep(pause(attempt, first=0.005, longest=0.5))
        raise StoreError(
            f"the store stays busy or cannot be written: {trouble or 'another writer was always faster'}"
        ) from trouble

    def _snapshot(self, commit: ObjectID | None) -> Snapshot:
        objects = self._branch.objects
        with _reading(BRANCH.decode()):
            found = objects[commit] if commit else None
            if found and not isinstance(found, Commit):
                raise StoreError(f"{BRANCH.decode()} is no commit")
            return Snapshot(objects, found.tree if isinstance(found, Commit) else None)

    def _build(
        self, changes: Changes, tip: ObjectID | None, commit: Commit, *, alone: bool
    ) -> tuple[ObjectID, list[ShaFile]]:
        """Return the commit on `tip`, and the objects that are new with it; nothing is written yet."""
        fresh = MemoryObjectStore()
        overlay = OverlayObjectStore([fresh, self._branch.objects], add_store=fresh)
        old = overlay[tip] if tip else None
        edits: list[tuple[bytes, int | None, ObjectID | None]] = []
        for path, data in sorted(changes.items()):
            blob = Blob.from_string(data) if data is not None else None
            if blob:
                fresh.add_object(blob)
            edits.append((path.encode(), 0o100644 if blob else None, blob.id if blob else None))
        commit.tree = commit_tree_changes(overlay, old.tree if isinstance(old, Commit) else Tree(), edits)
        commit.parents = [tip] if tip and not alone else []
        fresh.add_object(commit)
        # The empty tree is what a deleted folder leaves; only a commit of nothing at all refers to it.
        return commit.id, [fresh[id] for id in fresh if id in (commit.id, commit.tree) or id != Tree().id]


def _commit(author: Author, message: str, now: datetime) -> Commit:
    """Return a commit that says who, when and what, and nothing else yet."""
    commit = Commit()
    commit.author = commit.committer = bytes(author)
    commit.author_time = commit.commit_time = int(now.timestamp())
    commit.author_timezone = commit.commit_timezone = 0
    commit.encoding = b"UTF-8"
    commit.message = message.encode() + b"\n"
    return commit


def path_of(fate: Fate, id: str) -> str:
    """Return where a contribution lies in the store: by month, then by the last two characters of the id.

    They are random, so a folder holds 32 others at most, or a thousandth of a month's contributions: who adds
    one to a store at the other end of a network reads 1 kB a level.
    """
    return f"{fate}/{ulid_time(id):%Y-%m}/{id[-2]}/{id[-1]}/{id}.json"


def decisions_path(fate: Fate, id: str) -> str:
    """Return where the decisions on a contribution lie: beside it."""
    return path_of(fate, id).removesuffix(".json") + ".decisions.json"


def ledger_path(time: datetime) -> str:
    """Return the ledger's file for lines written at an instant: one a day, so that adding stays cheap."""
    return f"ledger/{time:%Y-%m-%d}.jsonl"


def _record(fate: Fate, path: str, data: bytes) -> Record:
    try:
        return Record(fate, Contribution.from_canonical(data))
    except (CanonicalError, ContributionError) as error:
        raise StoreError(f"{path}: {error}") from error
