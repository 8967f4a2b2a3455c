"""Authors who asked to be told: what the store remembers of each, without any address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, Self, get_args

from assises import canonical
from assises.contribution import format_time, is_id, parse_time, ulid_time
from assises.store import Changes, Snapshot, StoreError
from assises.subscription import Link

FOLDER = "subscriptions"
SAID = f"{FOLDER}/said"
"""What owners of addresses have said, and the postman has still to act on: a file `<id>.<act>` each."""

FORMAT = 1

State = Literal["asked", "confirmed", "stopped", "none"]
"""``none``: there is no address, or none that could be written to."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One contribution whose author may want to be told."""

    id: str
    state: State
    since: datetime
    """When it came to this state."""

    last: datetime | None = None
    """When a letter was written last."""

    told: int = 0
    """The ledger's line up to which news were told."""

    report: bool = False
    """Whether the report was told of."""

    def to_bytes(self) -> bytes:
        """Return the bytes of its file."""
        stated: dict[str, Any] = {
            "format": FORMAT,
            "id": self.id,
            "state": self.state,
            "since": format_time(self.since),
            "told": self.told,
            "report": self.report,
        }
        return canonical.encode(stated | ({"last": format_time(self.last)} if self.last else {}))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return what a file says.

        Raises:
            StoreError: it is malformed.
        """
        try:
            document = canonical.decode(data)
            last = parse_time(document["last"]) if "last" in document else None
            found = cls(
                document["id"],
                document["state"],
                parse_time(document["since"]),
                last,
                document["told"],
                document["report"],
            )
            whole = found.to_bytes() == data and is_id(found.id) and found.state in get_args(State)
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{FOLDER}: {error}") from error
        if not whole:
            raise StoreError(f"{FOLDER}: not of format {FORMAT}")
        return found

    def becomes(self, state: State, now: datetime) -> Self:
        """Return it in another state."""
        return replace(self, state=state, since=now)


def path_of(id: str) -> str:
    """Return where a subscriber lies: spread as contributions are."""
    return f"{FOLDER}/{ulid_time(id):%Y-%m}/{id[-2]}/{id[-1]}/{id}.json"


def subscribers(snapshot: Snapshot) -> dict[str, Subscriber]:
    """Return all subscribers, by contribution."""
    files = ((path, data) for path, data in snapshot.files(FOLDER) if not path.startswith(f"{SAID}/"))
    found = (
        Subscriber.from_bytes(data) for path, data in files if path.endswith(".json") and "/mail-" not in path
    )
    return {one.id: one for one in found}


def kept(changed: Mapping[str, Subscriber]) -> Changes:
    """Return the files of subscribers."""
    return {path_of(id): one.to_bytes() for id, one in changed.items()}


def said(snapshot: Snapshot) -> Iterator[tuple[str, str, str]]:
    """Yield path, contribution and act of everything that was said and not acted on."""
    for name in snapshot.names(SAID):
        id, _, act = name.partition(".")
        if is_id(id):
            yield f"{SAID}/{name}", id, act


def taken(links: Iterable[Link]) -> dict[str, bytes | None]:
    """Return the files that tell the postman what was said."""
    return {f"{SAID}/{link.id}.{link.act}": b"\n" for link in links}
