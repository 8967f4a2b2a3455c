"""The call by which the intake lets the runner begin: after storing, beside the answer, and never twice in a row."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field

from assises.hook import Hook, HookError

GAP = 10.0
"""Seconds between two calls: what comes meanwhile is one call more, not one each."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class DrainHook:
    """Calls a hook from a thread of its own; a schedule of the runner's is the net below."""

    hook: Hook
    gap: float = GAP
    _asked: bool = False
    _at_work: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> None:
        """See to it that the hook is called soon, and return at once."""
        with self._lock:
            self._asked = True
            if self._at_work:
                return
            self._at_work = True
        # A host that freezes the process after its answer may let it end later, or never.
        threading.Thread(target=self._work, name="drain-hook", daemon=True).start()

    def _work(self) -> None:
        while self._is_asked():
            try:
                self.hook.call()
            except HookError as error:
                _log.warning("the drain hook: %s", error)
            time.sleep(self.gap)

    def _is_asked(self) -> bool:
        """Tell whether anybody asked since the last call; if not, the next who asks begins anew."""
        with self._lock:
            self._at_work, self._asked = self._asked, False
            return self._at_work
