"""An S3-compatible store that serves a bucket as a site: objects with their type, and how long they may be kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from urllib3 import BaseHTTPResponse

from assises.deploy.contract import unreachable
from assises.deploy.folder import LOCK
from assises.headers import cache_control, content_type
from assises.s3_endpoint import AT_ONCE, Endpoint
from assises.sigv4 import Request, Signer
from assises.storage_contract import StorageError

_TRIES = 4
_WITHIN = 60
"""Seconds after which no other try begins."""


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
    _store: Endpoint = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        store = Endpoint(self.endpoint, self.signer, 10, 60, _TRIES, _WITHIN)
        object.__setattr__(self, "_store", store)

    def read(self, path: str) -> bytes | None:
        """Return a file that is there, or None."""
        answer = self._ask("GET", path, b"", {}, 200, 404)
        return answer.data if answer.status == 200 else None

    def send(self, files: Mapping[str, bytes]) -> None:
        """Put objects: those before pages at the same time, then pages at the same time, the last one alone."""
        for run in _runs(files):
            with ThreadPoolExecutor(AT_ONCE) as threads:
                list(threads.map(lambda path: self._put(path, files[path]), run))

    def remove(self, paths: Sequence[str]) -> None:
        """Delete objects."""
        with ThreadPoolExecutor(AT_ONCE) as threads:
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
        self._store.pool.clear()

    def _put(self, path: str, data: bytes) -> None:
        self._ask("PUT", path, data, _headers(path), 200)

    def _ask(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], *expected: int
    ) -> BaseHTTPResponse:
        request = Request(method, f"/{self.bucket}/{self.prefix}{path}", body, headers)
        try:
            return self._store.ask(request, *expected)
        except StorageError as error:
            raise unreachable(self.address, error) from error


def _headers(path: str) -> dict[str, str]:
    return {"content-type": content_type(path), "cache-control": cache_control(path)}


def _runs(paths: Mapping[str, bytes]) -> list[list[str]]:
    """Return paths parted into what pages refer to, pages, and the home page."""
    home = [path for path in paths if path == "index.html"]
    pages = [path for path in paths if path.endswith(".html") and path not in home]
    rest = [path for path in paths if not path.endswith(".html")]
    return [run for run in (rest, pages, home) if run]
