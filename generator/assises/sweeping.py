"""What erasure leaves in a git repository on this machine's disk, and taking it away for good.

A branch that was made anew leads to nothing of its past; the objects stay until they are swept. Swept is what no
ref leads to: at once where it holds what is to be forgotten, after a while elsewhere, as another process may be
about to lead to what it has just written.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from dulwich.gc import find_reachable_objects
from dulwich.object_store import DiskObjectStore
from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.repo import Repo

from assises.envelope_commit import received_by

GRACE = 600
"""Seconds for which an object may be written and no ref lead to it; writers take far less than one."""

_NOTE = "assises-forgotten"
"""File of the repository with the ids that a later sweep looks for once more."""


def sweep(repository: Repo, ids: Collection[str], lost: Collection[ObjectID] = ()) -> tuple[str, ...]:
    """Take away what no ref leads to, and return the other refs that still lead to what mentions these ids.

    Ledger lines and tombstones mention ids too; what the store's own branch leads to stays. `lost` are objects that
    go at once, too, if no ref leads to them.
    """
    objects, marks, now = repository.object_store, [id.encode() for id in ids], time.time()
    left = set(objects) - find_reachable_objects(objects, repository.refs)
    named = {entry for id in left for entry in _named(objects, id, marks)} | set(lost)
    doomed = {
        id
        for id in left
        if id in named or _mentions(objects, id, marks) or now - _written(objects, id, now) > GRACE
    }
    _take_away(objects, doomed)
    _drop_derived(Path(os.fsdecode(repository.controldir())) / "objects")
    _drop_half_written(Path(os.fsdecode(repository.controldir())))
    _note(repository, ids)
    return _holding(repository, marks)


def sweep_again(repository: Repo) -> bool:
    """Sweep once more what was forgotten a while ago: a writer who was overtaken may have left it behind."""
    note = Path(os.fsdecode(repository.controldir())) / _NOTE
    try:
        due = time.time() - note.stat().st_mtime > GRACE
        ids = note.read_text(encoding="ascii").split() if due else []
    except FileNotFoundError:
        return False
    if not due:
        return False
    sweep(repository, ids)
    note.unlink(missing_ok=True)
    return True


def _named(objects: DiskObjectStore, id: ObjectID, marks: Collection[bytes]) -> Iterator[ObjectID]:
    """Yield the files that a folder has under one of these names: decisions do not mention whom they are on.

    And what a ref of its own led to, with its file: what is sealed does not mention of whom it tells.
    """
    with suppress(KeyError):
        found = objects[id]
        if isinstance(found, Commit) and received_by(found) in marks:
            yield from (found.id, found.tree)
            tree = objects[found.tree]
            if isinstance(tree, Tree):
                yield from (entry.sha for entry in tree.iteritems() if entry.sha)
        for entry in found.iteritems() if isinstance(found, Tree) else ():
            if entry.path and entry.sha and any(entry.path.startswith(mark) for mark in marks):
                yield entry.sha


def _mentions(objects: DiskObjectStore, id: ObjectID, marks: Collection[bytes]) -> bool:
    with suppress(KeyError):
        found = objects[id]
        return isinstance(found, Blob) and any(mark in found.data for mark in marks)
    return False


def _written(objects: DiskObjectStore, id: ObjectID, now: float) -> float:
    try:
        return objects.get_object_mtime(id)
    except KeyError:
        return now


def _take_away(objects: DiskObjectStore, doomed: Collection[ObjectID]) -> None:
    packed = False
    for id in doomed:
        if objects.contains_loose(id):
            with suppress(FileNotFoundError):
                objects.delete_loose_object(id)
        packed = packed or objects.contains_packed(id)
    if packed:
        # A pack cannot lose one object: all others are packed anew.
        objects.repack(exclude=set(doomed))


def _drop_derived(objects: Path) -> None:
    """Delete what git's own housekeeping made of objects that are gone; it makes it anew."""
    shutil.rmtree(objects / "info" / "commit-graphs", ignore_errors=True)
    (objects / "info" / "commit-graph").unlink(missing_ok=True)
    for beside in objects.glob("pack/*"):
        lone = beside.suffix in (".rev", ".bitmap", ".mtimes") and not beside.with_suffix(".pack").exists()
        if lone or beside.name.startswith("multi-pack-index"):
            beside.unlink(missing_ok=True)


def _drop_half_written(folder: Path) -> None:
    """Delete what a crash left half-written, and logs of where refs were, which lead to nothing now."""
    for pattern in ("objects/??/tmp_obj*", "objects/pack/tmp_*", "objects/tmp_*", "objects/incoming-*"):
        for place in folder.glob(pattern):
            with suppress(OSError):
                if time.time() - place.stat().st_mtime > GRACE:
                    shutil.rmtree(place) if place.is_dir() else place.unlink()
    shutil.rmtree(folder / "logs", ignore_errors=True)
    for name in ("ORIG_HEAD", "FETCH_HEAD"):
        (folder / name).unlink(missing_ok=True)


def _note(repository: Repo, ids: Collection[str]) -> None:
    note = Path(os.fsdecode(repository.controldir())) / _NOTE
    before = note.read_text(encoding="ascii").split() if note.exists() else []
    note.write_text("\n".join(dict.fromkeys((*before, *ids))) + "\n", encoding="ascii", newline="\n")


def _holding(repository: Repo, marks: Collection[bytes]) -> tuple[str, ...]:
    """Return refs beside the store's own that lead to a file which mentions one of these."""
    own = (b"refs/heads/main", b"HEAD")
    found = []
    for ref in repository.refs.allkeys():
        if ref in own or ref.startswith(b"refs/private/"):
            continue
        held = find_reachable_objects(repository.object_store, _OneRef(repository, ref))  # type: ignore[arg-type]
        if any(_mentions(repository.object_store, id, marks) for id in held):
            found.append(ref.decode("utf-8", "replace"))
    return tuple(sorted(found))


class _OneRef:
    """A single ref where a function wants them all."""

    def __init__(self, repository: Repo, ref: bytes) -> None:
        self._ref = ref
        self._id = repository.refs[ref]  # type: ignore[index]

    def allkeys(self) -> list[bytes]:
        return [self._ref]

    def __getitem__(self, ref: bytes) -> ObjectID:
        return self._id
