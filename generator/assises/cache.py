"""What is costly to make, kept on disk from one build to the next. Whatever is wrong with it, it is made again."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class KeptFiles(MutableMapping[str, bytes]):
    """A folder as a mapping: names that tell their content, so that what is found never has to be doubted."""

    folder: Path

    def __getitem__(self, name: str) -> bytes:
        """Return what is kept under a name.

        Raises:
            KeyError: nothing is, or it cannot be read.
        """
        try:
            return (self.folder / name).read_bytes()
        except OSError:
            raise KeyError(name) from None

    def __setitem__(self, name: str, data: bytes) -> None:
        """Keep something; where the disk refuses, it is not kept, and no harm is done."""
        path = self.folder / name
        with suppress(OSError):
            if not path.exists():
                self.folder.mkdir(parents=True, exist_ok=True)
                draft = path.with_name(f"{name}.part")
                draft.write_bytes(data)
                draft.replace(path)

    def __delitem__(self, name: str) -> None:
        """Forget something."""
        (self.folder / name).unlink(missing_ok=True)

    def __iter__(self) -> Iterator[str]:
        """Yield the names of all that is kept."""
        yield from (path.name for path in self.folder.iterdir()) if self.folder.is_dir() else ()

    def __len__(self) -> int:
        """Return how many things are kept."""
        return sum(1 for _ in self)
