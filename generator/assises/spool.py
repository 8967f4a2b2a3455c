"""The spool: what the intake has received, safe on this machine's disk, until the runner drains it.

It is the first of the intake's storages. The intake itself only calls `put_if_absent`; the rest is the runner's.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from assises.canonical import MAX_BYTES
from assises.contribution import is_id

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Each where the system has it: Windows has only the last."""

_STALE = 24 * 3600
"""Seconds after which a half-written draft is what a crash left behind."""


class Storage(Protocol):
    """Where the intake stores, and the runner fetches."""

    def put_if_absent(self, id: str, data: bytes) -> bool:
        """Store durably under `id`; return whether it was absent. OSError: it is not stored."""

    def list(self) -> Iterator[str]:
        """Yield the ids that wait, oldest first."""

    def get(self, id: str) -> bytes | None:
        """Return what is stored under `id`, or None. OSError: what is there cannot be read."""

    def delete(self, id: str) -> None:
        """Forget `id`; that it is gone already is no error."""

    def set_aside(self, id: str) -> None:
        """Keep `id` out of the list without losing it: it is for a person to look at."""


@dataclass(frozen=True, slots=True)
class Spool:
    """A folder with a file for each contribution that waits."""

    folder: Path

    def __post_init__(self) -> None:
        for name in ("draft", "waiting", "aside"):
            (self.folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        for draft in (self.folder / "draft").iterdir():
            with suppress(OSError):
                if time.time() - draft.stat().st_mtime > _STALE:
                    draft.unlink()

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
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise OSError(errno.EINVAL, "not a file", id)
        with os.fdopen(handle, "rb") as file:
            return file.read(MAX_BYTES + 1)

    def delete(self, id: str) -> None:
        """Forget `id`."""
        self._place("waiting", id).unlink(missing_ok=True)

    def set_aside(self, id: str) -> None:
        """Move `id` out of the list, to ``aside/``."""
        with suppress(FileNotFoundError):
            self._place("waiting", id).replace(self._place("aside", id))

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
