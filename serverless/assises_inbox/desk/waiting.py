"""What waits for a decision, with what one may look for in it: known without reading everything at each request.

A contribution never changes, and a folder of the store is known by its content. So after a decision only the
folder that it touched is read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from assises.contribution import Contribution
from assises.flag_words import flags_of
from assises.moderation import decisions_on
from assises.queue import Known
from assises.store import Snapshot, decisions_path
from assises_inbox.desk.shelves import folders, stems


@dataclass(slots=True)
class Waiting:
    """Everything that waits, remembered from one request to the next."""

    _version: bytes | None = None
    _folders: Mapping[bytes, tuple[Known, ...]] = field(default_factory=dict)
    _all: tuple[Known, ...] = ()

    def everything(self, snapshot: Snapshot) -> tuple[Known, ...]:
        """Return all that waits, reports too, oldest first."""
        version = snapshot.version("pending")
        if version is None:
            return ()
        if version != self._version:
            read = {
                found: self._folders.get(found) or tuple(_read(snapshot, folder))
                for folder, found in folders(snapshot, "pending")
            }
            every = sorted((each for some in read.values() for each in some), key=_id)
            self._version, self._folders, self._all = version, read, tuple(every)
        return self._all

    def contributions(self, snapshot: Snapshot) -> tuple[Known, ...]:
        """Return what waits to be published or withheld, oldest first."""
        return tuple(each for each in self.everything(snapshot) if not each.is_report)

    def reports(self, snapshot: Snapshot) -> tuple[Known, ...]:
        """Return the reports that wait, oldest first."""
        return tuple(each for each in self.everything(snapshot) if each.is_report)

    def reports_on(self, snapshot: Snapshot, id: str) -> tuple[Contribution, ...]:
        """Return the reports that wait about one contribution, oldest first."""
        return tuple(each.contribution for each in self.reports(snapshot) if each.contribution.of == id)


def _id(known: Known) -> str:
    return known.contribution.id


def _read(snapshot: Snapshot, folder: str) -> list[Known]:
    found = []
    for id in stems(snapshot, folder):
        record = snapshot.record(id)
        if record is None:
            continue
        history = (
            decisions_on(snapshot, "pending", id) if snapshot.exists(decisions_path("pending", id)) else ()
        )
        found.append(Known(record.contribution, flags_of(history)))
    return found
