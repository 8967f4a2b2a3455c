"""Trying again: how often, and after which pause."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from itertools import count
from typing import TypeVar

from assises.storage_contract import StorageError

T = TypeVar("T")


def pause(attempt: int, first: float, longest: float) -> float:
    """Return seconds to wait after the attempt with this number, from 0: any up to `first` × 2^attempt.

    That is full jitter: writers who met once do not meet again.
    """
    return random.uniform(0, min(longest, first * 2.0**attempt))  # noqa: S311 - no secret


def persistently(work: Callable[[], T], most: int, within: float) -> T:
    """Return what `work` returns, tried `most` times while a storage is busy; none begins after `within` seconds.

    Raises:
        StorageError: the last one, or one that asking again does not mend.
    """
    end = time.monotonic() + within
    for attempt in count():
        try:
            return work()
        except StorageError as error:
            if not error.again or attempt + 1 == most or time.monotonic() > end:
                raise
        time.sleep(pause(attempt, first=0.1, longest=1))
    raise AssertionError  # count() has no end
