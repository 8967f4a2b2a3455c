"""The emergency stop: forms that the organiser has closed, known within a minute and without a build.

`assises close FORM` leaves a mark in the intake's own storage, which is the one place that every intake reaches.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from assises.marks import EVERY_FORM, mark
from assises.storage_contract import Receiving
from assises_inbox.intake.forms import Form

_EVERY = timedelta(seconds=30)
"""How long what was read holds. With what a request takes, a stop is known everywhere within a minute."""


@dataclass(slots=True)
class Stops:
    """Which forms are closed in an emergency."""

    storage: Receiving
    _read: datetime | None = None
    _marks: frozenset[str] = frozenset()
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def stopped(self, form: Form, now: datetime) -> bool:
        """Tell whether a form is closed."""
        self._look(now)
        return not self._marks.isdisjoint(
            (mark("closed", form.id), mark("closed", form.page), mark("closed", EVERY_FORM))
        )

    def _look(self, now: datetime) -> None:
        """Read the marks again, if that was long ago. What was known holds while the storage does not answer."""
        if self._read is not None and timedelta(0) <= now - self._read < _EVERY:
            return
        # One request at a time looks; the others go by what is known.
        if self._lock.acquire(blocking=self._read is None):
            try:
                self._marks = frozenset(self.storage.marks())
            except OSError:
                pass
            finally:
                self._read = now
                self._lock.release()
