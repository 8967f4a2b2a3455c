"""A folder of this machine, or one that it mounts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from assises.deploy.contract import unreachable

LOCK = ".assises-lock"
NOTE = f"{LOCK}/note"
"""A folder claims the place: making one is what any file system does for one only."""

PART = ".assises.part"
"""What a file is called while it is written."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Files are written beside their place and renamed into it."""

    path: Path
    address: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "address", str(self.path))

    def read(self, path: str) -> bytes | None:
        """Return a file that is there, or None."""
        with self._told():
            try:
                return (self.path / path).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return None

    def send(self, files: Mapping[str, bytes]) -> None:
        """Write each beside its place, durably, and rename it."""
        with self._told():
            for path, data in files.items():
                place = self.path / path
                self._make_way(path)
                draft = place.with_name(PART)
                with draft.open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(place)

    def remove(self, paths: Sequence[str]) -> None:
        """Delete files, and the folders that this empties."""
        with self._told():
            for path in paths:
                with suppress(IsADirectoryError):  # the file is gone, and a folder stands in its place
                    (self.path / path).unlink(missing_ok=True)
                for parent in PurePosixPath(path).parents:
                    with suppress(OSError):  # not empty
                        if parent.parts:
                            (self.path / parent).rmdir()

    def claim(self, note: bytes) -> bytes | None:
        """Make the folder that claims the place, with the note in it."""
        with self._told():
            self.path.mkdir(parents=True, exist_ok=True)
            try:
                (self.path / LOCK).mkdir()
            except FileExistsError:
                return self.read(NOTE) or b""
            (self.path / NOTE).write_bytes(note)
        return None

    def release(self) -> None:
        """Delete that folder."""
        with self._told():
            (self.path / NOTE).unlink(missing_ok=True)
            with suppress(FileNotFoundError):
                (self.path / LOCK).rmdir()

    def finish(self) -> None:
        """Do nothing: each file was seen at once."""

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def stamp(self, path: str) -> str:  # noqa: ARG002 - the contract's
        """Return nothing: a folder keeps no headers."""
        return ""

    def _make_way(self, path: str) -> None:
        """Make the folders that a file stands in; a file that stands in their way, or a folder in its, goes."""
        for parent in reversed(PurePosixPath(path).parents):
            place = self.path / parent
            if parent.parts and (place.is_symlink() or place.is_file()):
                place.unlink()
            place.mkdir(exist_ok=True, parents=not parent.parts)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise unreachable(self.address, error.strerror or error) from error
