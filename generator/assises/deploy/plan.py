"""What has to be done so that a place holds the outputs: decided here, done elsewhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from assises.contribution import format_time, parse_time

MANIFEST = ".assises-manifest.json"
"""The file at the place itself that lists what our deployments put there."""

_MOST_BYTES = 16_000_000
"""Of a manifest, that of a hundred thousand files included."""

KEPT_FOR = timedelta(days=7)
"""How long former assets stay: pages that visitors have open, or caches hold, still ask for them."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a place holds of former deployments."""

    files: Mapping[str, str] = field(default_factory=dict)
    """By path, the digest; empty for a file that may be there, in a state that is not known."""

    retired: Mapping[str, datetime] = field(default_factory=dict)
    """Assets among them that no page refers to any more, and since when."""

    sources: str = ""
    """What the pages were built from (`assises.deploy.due`); empty where nobody said it, or sending was cut short."""

    @classmethod
    def from_bytes(cls, data: bytes) -> Published:
        """Return what a manifest lists.

        Raises:
            ValueError: it is malformed.
        """
        if len(data) > _MOST_BYTES:
            raise ValueError("it is too long")
        try:
            document = json.loads(data)
            files = {str(path): str(digest) for path, digest in document["files"].items() if is_inside(path)}
            retired = {path: parse_time(time) for path, time in document.get("retired", {}).items()}
            sources = str(document.get("sources", ""))
        except (TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ValueError(str(error)) from error
        return cls(files, {path: time for path, time in retired.items() if path in files}, sources)

    def to_bytes(self) -> bytes:
        """Return the manifest."""
        retired = {path: format_time(time) for path, time in sorted(self.retired.items())}
        document = {"format": 1, "files": dict(sorted(self.files.items())), "retired": retired}
        document |= {"sources": self.sources} if self.sources else {}
        return json.dumps(document, ensure_ascii=False, indent=0).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps, in their order."""

    send: tuple[str, ...]
    """Assets first, then what pages refer to, then pages, the home page last."""

    remove: tuple[str, ...]
    """What nothing refers to."""

    in_the_way: tuple[str, ...]
    """Those of them that stand where a folder shall be, or within what shall be a file: they go first."""

    before: Mapping[str, str]
    after: Mapping[str, str]
    """Digests of everything that is there in the end, former assets that stay included."""

    retired: Mapping[str, datetime]
    sources: str = ""
    """What the outputs were built from."""

    @property
    def is_empty(self) -> bool:
        """Whether the place already holds everything."""
        return not self.send and not self.remove

    def underway(self, sent: int) -> bytes:
        """Return the manifest that is true once so many files were sent: what may be there, and what surely is."""
        waiting = dict.fromkeys(self.send[sent:], "")
        return Published({**self.before, **self.after, **waiting}, self.retired).to_bytes()

    def done(self) -> bytes:
        """Return the manifest that is true in the end."""
        return Published(self.after, self.retired, self.sources).to_bytes()


def plan(
    outputs: Mapping[str, bytes],
    before: Published,
    now: datetime,
    kept_for: timedelta = KEPT_FOR,
    stamp: Callable[[str], str] = lambda _path: "",
) -> Plan:
    """Return what leads from what a place holds to the outputs."""
    wanted = {path: _digest(data, stamp(path)) for path, data in outputs.items()}
    send = sorted((path for path in wanted if before.files.get(path) != wanted[path]), key=_turn)
    retired = dict(_retired(wanted, before, now, kept_for))
    remove = sorted(before.files.keys() - wanted.keys() - retired.keys())
    staying = {path: before.files[path] for path in retired}
    return Plan(
        tuple(send), tuple(remove), _in_the_way(remove, send), before.files, wanted | staying, retired
    )


def _in_the_way(gone: Iterable[str], sent: Iterable[str]) -> tuple[str, ...]:
    files = set(sent)
    folders = {str(parent) for path in files for parent in PurePosixPath(path).parents}
    within = {path: {str(parent) for parent in PurePosixPath(path).parents} for path in gone}
    return tuple(path for path, parents in within.items() if path in folders or parents & files)


def _retired(
    wanted: Mapping[str, str], before: Published, now: datetime, kept_for: timedelta
) -> Iterator[tuple[str, datetime]]:
    """Yield the former assets that stay for a while yet."""
    for path, digest in before.files.items():
        since = before.retired.get(path, now)
        if path not in wanted and path.startswith("assets/") and digest and now - since < kept_for:
            yield path, since


def _digest(data: bytes, stamp: str) -> str:
    return hashlib.sha256(data + stamp.encode()).hexdigest()


def _turn(path: str) -> tuple[bool, bool, bool, str]:
    """Return when a file has its turn."""
    return not path.startswith("assets/"), path.endswith(".html"), path == "index.html", path


def is_inside(path: str) -> bool:
    """Tell whether a path stays within the place: the manifest comes from there, where others may write."""
    return (
        bool(path)
        and path[0] != "/"
        and "\\" not in path
        and "\0" not in path
        and ".." not in path.split("/")
    )
