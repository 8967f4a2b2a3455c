"""Whether pages that were deployed have to be built anew: decided by what the place itself says, and by no schedule.

The place's manifest notes what its pages were built from; its forms.json says up to when they are right. So it does not
matter which machine looks, nor how long nobody did.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from assises import notices, probe, sendings, spent, subscribers
from assises.contribution import parse_time
from assises.deploy.contract import Target
from assises.deploy.plan import MANIFEST, Published
from assises.forms import PATH as FORMS
from assises.settings import Settings
from assises.settings_reader import SITE
from assises.store import Snapshot
from assises.store_address import read_store

Reason = Literal["", "first", "changed", "time", "rollback"]
"""Why pages have to be built anew. Empty: they have not; ``first``: nothing was deployed there yet, or not to its end;
``changed``: what they are built from; ``time``: something opened or closed; ``rollback``: a former release was put back,
which stays until ``assises deploy``, or until it shows what has gone since."""

_UNSEEN = frozenset(
    {notices.ALARMS, notices.FILE, probe.PATH, sendings.FOLDER, spent.FOLDER, subscribers.FOLDER}
)
"""What the store remembers and no page shows."""

_ROLLBACK = "release "


@dataclass(frozen=True, slots=True)
class Seen:
    """What a place says of its pages."""

    due: Reason
    until: datetime | None = None
    """Up to when they are right, as far as they know; None: for good, or there are none."""

    def late(self, now: datetime) -> timedelta:
        """Return for how long they have been saying what is over."""
        return max(now - self.until, timedelta()) if self.until else timedelta()


def sources(root: Path, settings: Settings, environ: Mapping[str, str]) -> str:
    """Return what stands for everything that pages are built from, the instant excepted: the same for the same.

    Raises:
        StoreError: the store is damaged, or cannot be reached.
        AddressError: the environment names no store.
    """
    whole = hashlib.sha256(version("assises").encode())
    for part in (*_files(root, settings), *_stored(read_store(root, settings, environ))):
        whole.update(b"\0" + part)
    return whole.hexdigest()


def _files(root: Path, settings: Settings) -> Iterator[bytes]:
    below = (path for name in ("content", "themes") for path in (root / name).rglob("*"))
    own = [root / SITE, *([root / settings.theme.logo] if settings.theme.logo else [])]
    for path in sorted({*own, *below}):
        if path.is_file():
            yield path.relative_to(root).as_posix().encode("utf-8", "surrogateescape")
            yield hashlib.sha256(path.read_bytes()).digest()


def _stored(snapshot: Snapshot) -> Iterator[bytes]:
    for name in snapshot.names(""):
        if name not in _UNSEEN:
            yield name.encode() + b" " + (snapshot.version(name) or b"")


def of_release(name: str) -> str:
    """Return what stands for a former release that was put back."""
    return f"{_ROLLBACK}{name}"


def look(place: Target, built_from: str, now: datetime) -> Seen:
    """Return whether the pages at a place have to be built anew, and why.

    Raises:
        TargetError: the place cannot be read.
    """
    there = _published(place.read(MANIFEST))
    if there is None:
        return Seen("first")
    until = right_until(place.read(FORMS) or b"")
    if there.sources.startswith(_ROLLBACK):
        return Seen("rollback", until)
    if not there.sources:
        return Seen("first", until)
    if until and until <= now:
        return Seen("time", until)
    return Seen("" if there.sources == built_from else "changed", until)


def _published(manifest: bytes | None) -> Published | None:
    """Return what a manifest lists; a damaged one is told of when it is written over."""
    with suppress(ValueError):
        return Published.from_bytes(manifest) if manifest is not None else None
    return None


def is_told(forms: bytes) -> bool:
    """Tell whether these bytes are a forms.json that says up to when its pages are right."""
    with suppress(ValueError, TypeError):
        return "until" in json.loads(forms)
    return False


def right_until(forms: bytes) -> datetime | None:
    """Return up to when the pages are right that a forms.json was built with; None: for good, or it does not say."""
    with suppress(ValueError, KeyError, TypeError):
        return parse_time(json.loads(forms)["until"])
    return None
