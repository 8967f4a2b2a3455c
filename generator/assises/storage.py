"""The storages that the environment names, in their order of fallback.

``ASSISES_STORAGE`` holds addresses parted by spaces. What is received goes to the first that takes it; the
runner drains them all. Passwords have variables of their own, so that an address can be shown.
"""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl

from assises.remote_address import AddressError, Secrets, repository, split
from assises.spool import Spool
from assises.storage_contract import Receiving, Storage, StorageError

VARIABLE = "ASSISES_STORAGE"
KINDS = ("spool:/folder", "git+https://host/repository.git", "s3+https://host/bucket/prefix?region=…")

_BUCKET = re.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile("[A-Za-z0-9_./-]*")
_REFS = ("refs/inbox", "refs/heads/inbox")


@dataclass(frozen=True, slots=True)
class Fallback:
    """Several storages, the preferred one first: what one refuses, the next one takes."""

    storages: Sequence[Receiving]

    def put_if_absent(self, id: str, data: bytes) -> bool:
        """Store in the first storage that takes it. StorageError: none did.

        One that stored and could not say so holds a second copy: the runner knows it by its id.
        """
        troubles = []
        for storage in self.storages:
            try:
                return storage.put_if_absent(id, data)
            except OSError as error:
                troubles.append(str(error))
        raise StorageError("; ".join(troubles))

    def list(self) -> Iterator[str]:
        """Yield the ids that wait anywhere, oldest first, each once. StorageError: no storage answered."""
        yield from sorted(self._anywhere(lambda storage: storage.list()))

    def marks(self) -> Collection[str]:
        """Return the marks that are set anywhere. StorageError: no storage answered."""
        return self._anywhere(lambda storage: storage.marks())

    def _anywhere(self, names: Callable[[Receiving], Iterable[str]]) -> set[str]:
        found, troubles = set[str](), list[str]()
        for storage in self.storages:
            try:
                found |= set(names(storage))
            except OSError as error:
                troubles.append(str(error))
        if len(troubles) == len(self.storages):
            raise StorageError("; ".join(troubles))
        return found


@dataclass(slots=True)
class SeldomListed:
    """A storage whose host is asked what waits once a while at most, however often that is looked at."""

    storage: Receiving
    seconds: float = 15
    _ids: tuple[str, ...] = ()
    _until: float = -math.inf
    _lock: threading.Lock = field(default_factory=threading.Lock, compare=False)

    def put_if_absent(self, id: str, data: bytes) -> bool:
        """Store durably."""
        return self.storage.put_if_absent(id, data)

    def list(self) -> Iterator[str]:
        """Yield the ids that waited a moment ago."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._ids = tuple(self.storage.list())
                self._until = time.monotonic() + self.seconds
        yield from self._ids

    def marks(self) -> Collection[str]:
        """Return the marks that are set."""
        return self.storage.marks()


def storages_in(environ: Mapping[str, str], timeout: float = 60) -> tuple[Storage, ...]:
    """Return the storages that the environment names, the preferred one first; none where it names none.

    `timeout`: seconds of silence after which one at the other end of a network is given up.

    Raises:
        AddressError: an address is none, or lacks its password.
    """
    named: dict[str, int] = {}
    found: list[Storage] = []
    for address in environ.get(VARIABLE, "").split():
        kind = address.partition(":")[0]
        named[kind] = named.get(kind, 0) + 1
        found.append(_storage(address, Secrets(environ, named[kind]), timeout))
    return tuple(found)


def from_environment(environ: Mapping[str, str]) -> Receiving:
    """Return where an intake stores, as its environment says.

    Raises:
        AddressError: nothing is named, or what is named is no storage.
    """
    storages = storages_in(environ, timeout=4)  # a resident waits, and another storage may be there
    if not storages:
        raise AddressError(f"{VARIABLE} is missing; there are {', '.join(KINDS)}")
    storage = storages[0] if len(storages) == 1 else Fallback(storages)
    # Anybody may look at `/health`: a host that counts requests is not asked each time.
    return storage if isinstance(storage, Spool) else SeldomListed(storage)


def _storage(address: str, secrets: Secrets, timeout: float) -> Storage:
    kind, _, rest = address.partition(":")
    if kind == "spool" and rest:
        return Spool(Path(rest))
    if kind in ("git+https", "git+http"):
        return _inbox_refs(split(VARIABLE, address), secrets, timeout)
    if kind in ("s3+https", "s3+http"):
        return _s3(split(VARIABLE, address), secrets, timeout)
    raise AddressError(f"{VARIABLE}: {kind} is no kind of storage; there are {', '.join(KINDS)}")


def _inbox_refs(parts: SplitResult, secrets: Secrets, timeout: float) -> Storage:
    # Loaded only where it is used: a function that stores elsewhere starts without git.
    from assises.git_remote import Remote  # noqa: PLC0415
    from assises.inbox_refs import InboxRefs  # noqa: PLC0415

    folder = parts.fragment or _REFS[0]
    if folder not in _REFS:
        raise AddressError(f"{VARIABLE}: #{folder} is no place for refs; there are {', '.join(_REFS)}")
    return InboxRefs(Remote(*repository(parts, secrets.get("ASSISES_GIT_PASSWORD")), timeout), folder)


def _s3(parts: SplitResult, secrets: Secrets, timeout: float) -> Storage:
    from assises.s3 import S3  # noqa: PLC0415 - as above
    from assises.sigv4 import Signer  # noqa: PLC0415 - as above

    bucket, _, prefix = parts.path.strip("/").partition("/")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    region = options.pop("region", "us-east-1")
    if options or parts.fragment or parts.username:
        raise AddressError(f"{VARIABLE}: {parts.hostname}: only ?region=… may follow the bucket")
    if not _BUCKET.fullmatch(bucket) or not _PREFIX.fullmatch(prefix):
        raise AddressError(f"{VARIABLE}: {parts.hostname}: {bucket}/{prefix} names no bucket")
    key, secret = secrets.need("ASSISES_S3_KEY"), secrets.need("ASSISES_S3_SECRET")
    signer = Signer(key, secret, region, secrets.get("ASSISES_S3_TOKEN"))
    endpoint = f"{parts.scheme}://{parts.netloc}"
    return S3(endpoint, bucket, f"{prefix}/" if prefix else "", signer, timeout)
