"""Work that is done every so often, at once when it is called for, and sooner again after a fault."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from assises.retry import pause

_SOON = 5.0
"""Seconds after which, at most, work is tried again that failed once."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """Turns of one kind of work, one after the other, until they are ended."""

    turn: Callable[[], bool]
    """Does the work, and tells whether it went well."""

    every: float
    """Seconds from the end of a turn to the next."""

    _woken: threading.Event = field(default_factory=threading.Event)
    _over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Take turns until `end` is called; what is being done then is finished first."""
        faults = 0
        while not self._over.is_set():
            # Before the turn: what calls during it may have come too late for it.
            self._woken.clear()
            faults = 0 if self.turn() else faults + 1
            wait = pause(faults - 1, first=_SOON, longest=self.every) if faults else self.every
            if not self._over.is_set():
                self._woken.wait(wait)

    def wake(self) -> None:
        """Let the next turn begin at once."""
        self._woken.set()

    def end(self) -> None:
        """Let no other turn begin."""
        self._over.set()
        self._woken.set()
