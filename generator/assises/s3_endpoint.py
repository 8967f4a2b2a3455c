"""One S3-compatible store over HTTP: requests are signed, and sent again while the store is busy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError

from assises.retry import persistently
from assises.sigv4 import Request, Signer
from assises.storage_contract import BUSY, BusyError, StorageError

AT_ONCE = 8
"""Requests at the same time."""


def _system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a store is, as whom it is asked, and how patiently."""

    url: str
    """``https://`` and the host."""

    signer: Signer
    connect: float
    """Seconds after which a connection that does not come is given up."""

    silence: float
    """Seconds of silence after which the store is given up."""

    tries: int
    within: float
    """Seconds after which no other try begins."""

    clock: Callable[[], datetime] = _system_clock
    pool: PoolManager = field(init=False, repr=False, compare=False)
    """Connections that are kept, by any thread; none is open yet."""

    def __post_init__(self) -> None:
        patience = Timeout(connect=self.connect, read=self.silence)
        # What is tried again, and what is not, is decided here.
        object.__setattr__(self, "pool", PoolManager(maxsize=AT_ONCE, timeout=patience, retries=False))

    def ask(self, request: Request, *expected: int) -> BaseHTTPResponse:
        """Return an answer with one of the statuses that are expected; a busy store is asked again.

        Raises:
            StorageError: the store answered otherwise, or not at all.
        """
        return persistently(lambda: self._once(request, expected), self.tries, self.within)

    def _once(self, request: Request, expected: Sequence[int]) -> BaseHTTPResponse:
        headers = self.signer.headers(request, urlsplit(self.url).netloc, self.clock())
        try:
            answer = self.pool.request(
                request.method,
                f"{self.url}{request.target}",
                body=request.body or None,
                headers=headers,
                redirect=False,
            )
        except HTTPError as error:
            raise BusyError(f"{self.url}: {type(error).__name__}") from error
        if answer.status in expected:
            return answer
        what = BusyError if answer.status in BUSY else StorageError
        raise what(f"{self.url}: {request.method} answered {answer.status}")
