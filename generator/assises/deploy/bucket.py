"""An S3-compatible store that serves a bucket as a site: objects with their type, and how long they may be kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError

from assises.deploy.contract import unreachable
from assises.deploy.folder import LOCK
from assises.headers import cache_control, content_type
from assises.retry import persistently
from assises.sigv4 import Request, Signer
from assises.storage_contract import BUSY, BusyError, StorageError

_TRIES = 4
_WITHIN = 60
"""Seconds after which no other try begins."""

_AT_ONCE = 8
"""Requests at the same time."""


def _system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket, addressed by its path, or a part of it."""

    address: str
    endpoint: str
    """``https://`` and the host."""

    bucket: str
    prefix: str
    """Before each key: empty, or with its final slash."""

    signer: Signer
    clock: Callable[[], datetime] = _system_clock
    pool: PoolManager = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        patience = Timeout(connect=10, read=60)
        # What is tried again, and what is not, is decided here.
        object.__setattr__(self, "pool", PoolManager(maxsize=_AT_ONCE, timeout=patience, retries=False))

    def read(self, path: str) -> bytes | None:
        """Return a file that is there, or None."""
        answer = self._ask("GET", path, b"", {}, 200, 404)
        return answer.data if answer.status == 200 else None

    def send(self, files: Mapping[str, bytes]) -> None:
        """Put objects: those before pages at the same time, then pages at the same time, the last one alone."""
        for run in _runs(files):
            with ThreadPoolExecutor(_AT_ONCE) as threads:
                list(threads.map(lambda path: self._put(path, files[path]), run))

    def remove(self, paths: Sequence[str]) -> None:
        """Delete objects."""
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            list(threads.map(lambda path: self._ask("DELETE", path, b"", {}, 200, 204, 404), paths))

    def claim(self, note: bytes) -> bytes | None:
        """Put the object that claims the place, if there is none."""
        headers = {"if-none-match": "*", "content-type": "application/json", "cache-control": "no-store"}
        if self._ask("PUT", LOCK, note, headers, 200, 412).status == 200:
            return None
        return self.read(LOCK) or b""

    def release(self) -> None:
        """Delete that object."""
        self._ask("DELETE", LOCK, b"", {}, 200, 204, 404)

    def finish(self) -> None:
        """Do nothing: each object was seen at once."""

    def stamp(self, path: str) -> str:
        """Return the headers that are kept with the object."""
        return "\n".join(_headers(path).values())

    def close(self) -> None:
        """Close connections."""
        self.pool.clear()

    def _put(self, path: str, data: bytes) -> None:
        self._ask("PUT", path, data, _headers(path), 200)

    def _ask(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], *expected: int
    ) -> BaseHTTPResponse:
        request = Request(method, f"/{self.bucket}/{self.prefix}{path}", body, headers)
        try:
            return persistently(lambda: self._once(request, expected), _TRIES, _WITHIN)
        except StorageError as error:
            raise unreachable(self.address, error) from error

    def _once(self, request: Request, expected: Sequence[int]) -> BaseHTTPResponse:
        signed = self.signer.headers(request, urlsplit(self.endpoint).netloc, self.clock())
        url = f"{self.endpoint}{request.target}"
        try:
            answer = self.pool.request(
                request.method, url, body=request.body or None, headers=signed, redirect=False
            )
        except HTTPError as error:
            raise BusyError(f"{self.endpoint}: {type(error).__name__}") from error
        if answer.status in expected:
            return answer
        what = BusyError if answer.status in BUSY else StorageError
        raise what(f"{request.method} {request.path}: {answer.status}")


def _headers(path: str) -> dict[str, str]:
    return {"content-type": content_type(path), "cache-control": cache_control(path)}


def _runs(paths: Mapping[str, bytes]) -> list[list[str]]:
    """Return paths parted into what pages refer to, pages, and the home page."""
    home = [path for path in paths if path == "index.html"]
    pages = [path for path in paths if path.endswith(".html") and path not in home]
    rest = [path for path in paths if not path.endswith(".html")]
    return [run for run in (rest, pages, home) if run]
