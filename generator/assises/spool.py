"""The spool: what the intake has received, safe on this machine's disk, until the runner drains it.

It is the first of the intake's storages. The intake itself only calls `put_if_absent`; the rest is the runner's.
"""

from __future__ import annotations

import os
import secrets
import stat
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from assises.canonical import MAX_BYTES
from assises.contribution import is_id
from assises.marks import is_mark
from assises.storage_contract import UnreadableError, one_by_one

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Each where the system has it: Windows has only the last."""

_STALE = 24 * 3600
"""Seconds after which a half-written draft is what a crash left behind."""


@dataclass(frozen=True, slots=True)
class Spool:
    """A folder with a file for each contribution that waits."""

    folder: Path

    def __post_init__(self) -> None:
        for name in ("draft", "waiting", "aside", "marks"):
            (self.folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        for draft in (self.folder / "draft").iterdir():
            with suppress(OSError):
                if time.time() - draft.stat().st_mtime > _STALE:
                    draft.unlink()

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return str(self.folder)

    def put_if_absent(self, id: str, data: bytes) -> bool:
        """Store durably: write, fsync, link into place, fsync the folder. Return whether it was absent."""
        place = self._place("waiting", id)
        draft = self.folder / "draft" / f"{id}.{secrets.token_hex(8)}"
        try:
            with draft.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            # Unlike a rename, a link never replaces what another request has just stored.
            os.link(draft, place)
        except FileExistsError:
            absent = False
        else:
            absent = True
        finally:
            draft.unlink(missing_ok=True)
        _fsync_folder(place.parent)
        return absent

    def list(self) -> Iterator[str]:
        """Yield the ids that wait, oldest first."""
        names = sorted(entry.name for entry in os.scandir(self.folder / "waiting"))
        yield from (name[:-5] for name in names if name.endswith(".json") and is_id(name[:-5]))

    def get(self, id: str) -> bytes | None:
        """Return what is stored under `id`, or None."""
        try:
            # No link is followed and nothing is waited for: the folder is written by a public program.
            handle = os.open(self._place("waiting", id), os.O_RDONLY | _NO_FOLLOW)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UnreadableError(f"{id}: {error}") from error
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise UnreadableError(f"{id}: not a file")
        with os.fdopen(handle, "rb") as file:
            return file.read(MAX_BYTES + 1)

    def get_all(self, ids: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        """Yield each id that is there with its bytes, None for what cannot be read."""
        return one_by_one(self, ids)

    def delete(self, *ids: str) -> None:
        """Forget these ids."""
        for id in ids:
            self._place("waiting", id).unlink(missing_ok=True)

    def set_aside(self, id: str) -> None:
        """Move `id` out of the list, to ``aside/``."""
        with suppress(FileNotFoundError):
            self._place("waiting", id).replace(self._place("aside", id))

    def marks(self) -> Collection[str]:
        """Return the marks that are set."""
        return [entry.name for entry in os.scandir(self.folder / "marks") if is_mark(entry.name)]

    def mark(self, name: str) -> None:
        """Set a mark: an empty file."""
        self._mark_place(name).touch()
        _fsync_folder(self.folder / "marks")

    def unmark(self, name: str) -> None:
        """Take a mark away."""
        self._mark_place(name).unlink(missing_ok=True)

    def _mark_place(self, name: str) -> Path:
        if not is_mark(name):
            raise ValueError(f"{name!r} is no mark")
        return self.folder / "marks" / name

    def forget(self, *ids: str) -> None:
        """Delete these ids, and drafts of them."""
        for id in ids:
            for folder in ("waiting", "aside"):
                self._place(folder, id).unlink(missing_ok=True)
            for draft in (self.folder / "draft").glob(f"{id}.*"):
                draft.unlink(missing_ok=True)

    def _place(self, folder: str, id: str) -> Path:
        if not is_id(id):
            raise ValueError(f"{id!r} is no contribution id")
        return self.folder / folder / f"{id}.json"


def _fsync_folder(folder: Path) -> None:
    if os.name == "nt":  # NTFS journals its folders; Windows cannot open one
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
