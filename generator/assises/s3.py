"""An S3-compatible store: what the intake has received, each an object that is written only if there is none.

``If-None-Match: *`` makes the store itself decide who was first: 412, it is stored already; 409, two wrote at
once and it is not known yet which of them did.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from urllib3 import BaseHTTPResponse

from assises.canonical import MAX_BYTES
from assises.contribution import is_id
from assises.marks import is_mark
from assises.s3_endpoint import AT_ONCE, Endpoint
from assises.sigv4 import Request, Signer, escaped
from assises.storage_contract import BusyError, StorageError, UnreadableError

_TRIES = 3
_WITHIN = 6
"""Seconds after which no other try begins: a resident waits for the first of them."""

_BATCH = 1000
"""Objects that one request deletes at most (DeleteObjects)."""


@dataclass(frozen=True, slots=True)
class S3:
    """A bucket of an S3-compatible store, addressed by its path, or a part of it."""

    endpoint: str
    """``https://`` and the host."""

    bucket: str
    prefix: str
    """Before each key: empty, or with its final slash."""

    signer: Signer
    timeout: float = 60
    """Seconds of silence after which the store is given up."""

    _store: Endpoint = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Open no connection yet."""
        store = Endpoint(self.endpoint, self.signer, min(self.timeout, 5), self.timeout, _TRIES, _WITHIN)
        object.__setattr__(self, "_store", store)

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return f"{self.endpoint}/{self.bucket}/{self.prefix}"

    def put_if_absent(self, id: str, data: bytes) -> bool:
        """Store durably under `id`; return whether it was absent.

        Raises:
            StorageError: the store did not say that it is stored.
        """
        headers = {"if-none-match": "*", "content-type": "application/json"}
        return self._ask(Request("PUT", self._path("waiting", id), data, headers), 200, 412).status == 200

    def list(self) -> Iterator[str]:
        """Yield the ids that wait, oldest first: the store lists keys in their order."""
        for key in self._keys("waiting/"):
            id = key.rpartition("/")[2].removesuffix(".json")
            if is_id(id) and key == self._key("waiting", id):
                yield id

    def _keys(self, folder: str) -> Iterator[str]:
        query = {"list-type": "2", "prefix": f"{self.prefix}{folder}"}
        while True:
            listing = _xml(self._ask(Request("GET", f"/{self.bucket}", query=query), 200))
            yield from _texts(listing, "Contents/Key")
            more = next(_texts(listing, "NextContinuationToken"), "")
            if not more:
                return
            query["continuation-token"] = more

    def get(self, id: str) -> bytes | None:
        """Return what is stored under `id`, or None."""
        answer = self._ask(Request("GET", self._path("waiting", id)), 200, 404)
        if answer.status == 404:
            return None
        if len(answer.data) > MAX_BYTES:
            raise UnreadableError(f"{id}: longer than any envelope")
        return answer.data

    def get_all(self, ids: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        """Yield each id that is there with its bytes, some fetched at the same time."""

        def fetch(id: str) -> tuple[str, bytes | None] | None:
            try:
                data = self.get(id)
            except UnreadableError:
                return id, None
            return None if data is None else (id, data)

        with ThreadPoolExecutor(AT_ONCE) as threads:
            yield from filter(None, threads.map(fetch, ids))

    def delete(self, *ids: str) -> None:
        """Forget these ids, up to a thousand a request."""
        self._delete([self._key("waiting", id) for id in ids])

    def forget(self, *ids: str) -> None:
        """Delete these ids; a bucket that keeps versions keeps former ones, which is the bucket's setting."""
        self._delete([self._key(folder, id) for id in ids for folder in ("waiting", "aside")])

    def _delete(self, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), _BATCH):
            rows = "".join(
                f"<Object><Key>{escape(key)}</Key></Object>" for key in keys[start : start + _BATCH]
            )
            body = f"<Delete><Quiet>true</Quiet>{rows}</Delete>".encode()
            # The store asks for this digest, as a guard against a garbled list.
            digest = b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
            request = Request("POST", f"/{self.bucket}", body, {"content-md5": digest}, {"delete": ""})
            answer = self._ask(request, 200)
            if failed := list(_texts(_xml(answer), "Error/Code")):
                raise StorageError(f"{self.endpoint}: {len(failed)} are not deleted: {failed[0]}")

    def set_aside(self, id: str) -> None:
        """Copy the object to ``aside/``, then delete it."""
        headers = {"x-amz-copy-source": escaped(self._path("waiting", id))}
        answer = self._ask(Request("PUT", self._path("aside", id), headers=headers), 200, 404)
        if answer.status == 200:
            if _xml(answer).tag.endswith("Error"):  # a copy may fail after it has said 200
                raise BusyError(f"{self.endpoint}: {id} cannot be set aside")
            self.delete(id)

    def marks(self) -> Collection[str]:
        """Return the marks that are set: empty objects in a folder of their own."""
        return [name for key in self._keys("marks/") if is_mark(name := key.rpartition("/")[2])]

    def mark(self, name: str) -> None:
        """Set a mark."""
        self._ask(Request("PUT", f"/{self.bucket}/{self._mark_key(name)}", b""), 200)

    def unmark(self, name: str) -> None:
        """Take a mark away."""
        self._delete([self._mark_key(name)])

    def _mark_key(self, name: str) -> str:
        if not is_mark(name):
            raise ValueError(f"{name!r} is no mark")
        return f"{self.prefix}marks/{name}"

    def _ask(self, request: Request, *expected: int) -> BaseHTTPResponse:
        return self._store.ask(request, *expected)

    def _path(self, folder: str, id: str) -> str:
        return f"/{self.bucket}/{self._key(folder, id)}"

    def _key(self, folder: str, id: str) -> str:
        if not is_id(id):
            raise ValueError(f"{id!r} is no contribution id")
        return f"{self.prefix}{folder}/{id}.json"


def _xml(answer: BaseHTTPResponse) -> ET.Element:
    try:
        # Of the town's own store; and expat, which reads it, bounds what entities may grow to (from 2.4.1 on).
        return ET.fromstring(answer.data)  # noqa: S314
    except ET.ParseError as error:
        raise BusyError(f"the store's answer is no XML: {error}") from error


def _texts(document: ET.Element, path: str) -> Iterator[str]:
    """Yield the texts at a path, whatever namespace the store's answers stand in."""
    wanted = "/".join(f"{{*}}{part}" for part in path.split("/"))
    yield from (item.text or "" for item in document.iterfind(wanted))
