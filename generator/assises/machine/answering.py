"""Whether a program answers: at its socket, as the web server asks it, or at its port."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Callable
from pathlib import Path

_PATIENCE = 10.0
"""Seconds that an answer may take; a program that ends at its beginning gives none."""


_PAUSE = 0.25
"""Seconds between two looks."""


class _BySocket(http.client.HTTPConnection):
    """HTTP by a socket of this machine."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_PATIENCE)
        self._path = path

    def connect(self) -> None:
        """Connect to it."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(_PATIENCE)
        self.sock.connect(str(self._path))


def answers(place: Path | int) -> bool:
    """Tell whether a program answers a request at its socket, or listens at its port."""
    if isinstance(place, int):
        with socket.socket() as attempt:
            return attempt.connect_ex(("127.0.0.1", place)) == 0
    connection = _BySocket(place)
    try:
        connection.request("GET", "/health")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def comes_to_answer(place: Path, seconds: float) -> bool:
    """Wait until a program answers at its socket, and tell whether it came to."""
    return until(seconds, lambda: answers(place))


def until(seconds: float, what: Callable[[], bool]) -> bool:
    """Wait until something is so, and tell whether it came to be."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(_PAUSE)
    return True
