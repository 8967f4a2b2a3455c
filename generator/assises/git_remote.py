"""A git repository at the other end of HTTP: its refs, what they hold, and moving them by compare-and-swap.

Smart HTTP through dulwich's client; nothing is ever cloned. dulwich has no one base class for what a host's
odd answer raises, so whatever it raises here means: not done, or not known to be done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from dulwich.client import HttpGitClient, default_urllib3_manager
from dulwich.object_store import MemoryObjectStore
from dulwich.objects import ZERO_SHA, ObjectID, ShaFile
from dulwich.pack import UnpackedObject, pack_objects_to_data
from dulwich.refs import Ref
from urllib3 import BaseHTTPResponse, PoolManager, Retry
from urllib3.util import make_headers

from assises import partial_fetch
from assises.storage_contract import BUSY, BusyError, StorageError

GONE = ObjectID(ZERO_SHA)
"""What a ref is moved to that is deleted."""

Refs = Mapping[Ref, ObjectID]


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a repository is, and as whom it is spoken to."""

    url: str
    """Without user and password."""

    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 60
    """Seconds of silence after which the host is given up."""

    pool: PoolManager = field(init=False, repr=False, compare=False)
    """Connections that are kept, by any thread."""

    def __post_init__(self) -> None:
        """Open no connection yet."""
        object.__setattr__(self, "pool", default_urllib3_manager(None, _Pool, base_url=self.url))

    def refs(self, prefix: str) -> dict[Ref, ObjectID]:
        """Return the refs whose names begin like this; the host sends no others.

        Raises:
            StorageError: it cannot be reached.
        """
        start = prefix.encode()
        with self._asking() as client:
            found = client.get_refs("", protocol_version=2, ref_prefix=[start]).refs
        # A host that knows the older protocol only sends them all.
        return {name: id for name, id in found.items() if id and name.startswith(start)}

    def fetch(self, wanted: Sequence[ObjectID], into: MemoryObjectStore) -> None:
        """Bring objects near with all that they refer to.

        Raises:
            StorageError: the host cannot be reached, or does not have them.
        """

        def wants(refs: Mapping[Ref, ObjectID], depth: int | None = None) -> list[ObjectID]:  # noqa: ARG001
            return list(wanted)

        with self._asking() as client, _unpacking(into) as write:
            # What is wanted is known: no ref has to be sent.
            client.fetch_pack("", wants, _Nothing(), write, ref_prefix=[b"refs/none/"], protocol_version=2)

    def pick(self, wanted: Iterable[ObjectID], into: MemoryObjectStore, *, root: bool = False) -> None:
        """Bring objects near without what they refer to; with `root`, commits with their folders.

        Raises:
            StorageError: the host cannot be reached, does not have them, or knows no partial fetch.
        """
        headers = partial_fetch.HEADERS | (
            make_headers(basic_auth=f"{self.user}:{self.password}") if self.user else {}
        )
        body = partial_fetch.asking(wanted, root=root)
        with self._asking(), _unpacking(into) as write:
            url = f"{self.url}/{partial_fetch.PATH}"
            answer = self.pool.request("POST", url, body=body, headers=headers, timeout=self.timeout)
            for part in partial_fetch.answered(BytesIO(answer.data).read):
                write(part)

    def push(self, choose: Callable[[Refs], Refs], objects: Sequence[ShaFile] = ()) -> None:
        """Move the refs that `choose` names, and return once the host says of each that it is done.

        `choose` sees where all refs are and returns where some shall be. A ref is moved only from where
        `choose` saw it: dulwich asks the host for that, and the host refuses where another was faster.

        Raises:
            StorageError: not done, or not known to be done.
        """
        asked: dict[Ref, ObjectID] = {}

        def update(refs: dict[Ref, ObjectID]) -> dict[Ref, ObjectID]:
            asked.update(choose(refs))
            return dict(asked)

        with self._asking() as client:
            result = client.send_pack("", update, _packer(objects))
            told = result.ref_status or {}
            for ref in asked:
                # Silence is no consent.
                if (why := told.get(ref, "the host did not say")) is not None:
                    error = BusyError(f"{self.url}: {ref.decode()}: {why}")
                    error.refusal = str(why)
                    raise error

    @contextmanager
    def _asking(self) -> Iterator[HttpGitClient]:
        """Give a client of one's own, as it remembers what it speaks of, and name what goes wrong."""
        client = HttpGitClient(
            self.url,
            pool_manager=self.pool,
            timeout=self.timeout,
            username=self.user or None,
            password=self.password,
        )
        try:
            yield client
        except StorageError as error:
            error.url = self.url
            raise
        except Exception as error:
            trouble = BusyError(f"{self.url}: {error!r}")
            trouble.url = self.url
            raise trouble from error


_REDIRECTS = Retry(total=None, connect=0, read=0, redirect=3, status=0, other=0)
"""A repository may have moved."""


class _Pool(PoolManager):
    """Connections; what a host refuses is told by its status, which dulwich keeps to itself."""

    def request(self, method: str, url: str, *arguments: Any, **options: Any) -> BaseHTTPResponse:
        """Return the answer to a request. StorageError: the host refuses."""
        # What is tried again, and how often, is decided by who asked.
        answer = super().request(method, url, *arguments, **{"retries": _REDIRECTS} | options)
        if answer.status >= 400:
            answer.close()
            what = BusyError if answer.status in BUSY else StorageError
            error = what(f"{url} answered {answer.status}")
            error.status = answer.status
            raise error
        return answer


class _Nothing:
    """What is here already, told to a host from which all that is wanted shall come."""

    def __next__(self) -> None:
        """Name nothing."""

    next = __next__

    def ack(self, _id: ObjectID) -> None:
        """Hear that the host has it, too."""

    def nak(self) -> None:
        """Hear that it has not."""


@contextmanager
def _unpacking(into: MemoryObjectStore) -> Iterator[Callable[[bytes], int]]:
    """Give what takes a pack; its objects are kept once it is whole, and none of them otherwise."""
    pack, keep, drop = into.add_pack()
    try:
        yield pack.write
    except BaseException:
        drop()
        raise
    keep()


def _packer(objects: Sequence[ShaFile]) -> Callable[..., tuple[int, Iterator[UnpackedObject]]]:
    def pack(*_have_and_want: object, **_options: object) -> tuple[int, Iterator[UnpackedObject]]:
        return pack_objects_to_data([(item, None) for item in objects], deltify=False)

    return pack
