"""What looks suspicious about a request by itself. It is told to moderators; nothing is ever refused for it."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MANY = 60
"""Contributions of one network within a minute, in this process, above which a person should look.

The runner counts again over the whole batch (`assises.floods`): a function host runs many processes."""

TOO_FAST = timedelta(seconds=1)
"""Less than this between showing the page of check and its confirmation, and nobody can have read it."""


@dataclass(slots=True)
class Rates:
    """How much each network has sent this minute. Kept in memory alone, for a minute alone."""

    _minute: datetime | None = None
    _counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def many(self, network: str, now: datetime) -> bool:
        """Count one contribution of a network, and tell whether it is one of very many."""
        if not network:
            return False
        minute = now.replace(second=0, microsecond=0)
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._counts.clear()
            self._counts[network] += 1
            return self._counts[network] > MANY
