"""What every target can do, and how it says that it cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from assises.problems import Message, message


class TargetError(Exception):
    """A target cannot be reached, or refuses."""

    def __init__(self, what: Message) -> None:
        self.what = what
        super().__init__(what.render())


class BusyError(TargetError):
    """Somebody else deploys to the same place now."""


class Target(Protocol):
    """A place from which pages are served.

    Every method raises TargetError where the place cannot be reached, refuses, or does not say that it is done.
    """

    @property
    def address(self) -> str:
        """Shown to people; without a password."""

    def read(self, path: str) -> bytes | None:
        """Return a file that is there, or None."""

    def send(self, files: Mapping[str, bytes]) -> None:
        """Put files there in this order; each is seen whole or not at all."""

    def remove(self, paths: Sequence[str]) -> None:
        """Take files away; one that is gone already is no error."""

    def claim(self, note: bytes) -> bytes | None:
        """Take the place for oneself, leaving a note; return the note of whoever was faster, or else None."""

    def release(self) -> None:
        """Give the place back; that nobody has it is no error."""

    def finish(self) -> None:
        """Show what was sent, where it is not seen by itself."""

    def close(self) -> None:
        """Let go of connections; what is asked next opens them again."""

    def stamp(self, path: str) -> str:
        """Return what a file is served with, where it is sent along: files are sent again when it changes."""


def unreachable(address: str, why: object) -> TargetError:
    """Return the error of a target that does not answer as it should."""
    return TargetError(message("{place} cannot be written: {why}.", place=address, why=str(why).rstrip(".")))
