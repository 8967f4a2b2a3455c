"""Releases that are kept on this machine: what was deployed, so that it can be put back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assises.contribution import ContributionError, format_time, parse_time
from assises.deploy.plan import is_inside
from assises.verify import LEDGER, PUBLISHED, Evidence


@dataclass(frozen=True, slots=True)
class Release:
    """One deployment's outputs."""

    name: str
    """When it was made, in UTC: ``20261125T101500Z``, so that names sort by time."""

    time: datetime
    target: str
    files: Mapping[str, str]
    """By path, the digest of its bytes."""


def shows_nothing_gone(published: bytes, ledger: bytes, evidence: Evidence) -> bool:
    """Tell whether pages show no word that has gone since, and are no older than the last erasure.

    Args:
        published: the contributions that the pages show, a line each.
        ledger: the ledger's lines that the pages show.
        evidence: both, as the store has them now.
    """
    shown = {json.loads(line)["id"] for line in published.splitlines()}
    if not shown <= {json.loads(line)["id"] for line in evidence.published.splitlines()}:
        return False
    entries = map(json.loads, evidence.ledger.splitlines())
    erased = max((entry["seq"] for entry in entries if entry["event"] == "erased"), default=0)
    return bool(erased <= len(ledger.splitlines()))


@dataclass(frozen=True, slots=True)
class Releases:
    """The folder that keeps them: each file's bytes once, however many releases have it."""

    folder: Path

    def keep(self, outputs: Mapping[str, bytes], now: datetime, target: str, most: int) -> Release:
        """Keep the outputs as a release, the newest `most` at the same target included, and return it."""
        files = {path: hashlib.sha256(data).hexdigest() for path, data in outputs.items()}
        for path, digest in files.items():
            place = self._bytes_at(digest)
            if not place.exists():
                _write(place, outputs[path])
        release = Release(f"{now:%Y%m%dT%H%M%SZ}", now, target, files)
        document = {"format": 1, "time": format_time(now), "target": target, "files": files}
        _write(self.folder / f"{release.name}.json", json.dumps(document, ensure_ascii=False).encode())
        old = [each for each in self.all() if each.target == target][most:]
        self.forget(lambda each: each in old)
        return release

    def all(self) -> list[Release]:
        """Return all releases, newest first; a damaged one is none."""
        return sorted(self._read(), key=lambda release: release.name, reverse=True)

    def outputs(self, release: Release) -> dict[str, bytes]:
        """Return a release's outputs.

        Raises:
            OSError: bytes of it are missing or changed.
        """
        found = {path: self._bytes_at(digest).read_bytes() for path, digest in release.files.items()}
        for path, data in found.items():
            if hashlib.sha256(data).hexdigest() != release.files[path]:
                raise OSError(f"{self._bytes_at(release.files[path])} was changed")
        return found

    def forget(self, which: Callable[[Release], bool]) -> int:
        """Delete releases, and the bytes that none of the others has; return how many releases went."""
        gone, kept = [], set[str]()
        for release in self.all():
            if which(release):
                gone.append(release)
            else:
                kept |= set(release.files.values())
        for release in gone:
            (self.folder / f"{release.name}.json").unlink(missing_ok=True)
        for place in (self.folder / "bytes").glob("*/*"):
            if place.name not in kept:
                place.unlink(missing_ok=True)
        return len(gone)

    def may_be_shown(self, release: Release, evidence: Evidence) -> bool:
        """Tell whether a release shows nothing that has gone since: no word that was erased, withdrawn or withheld.

        One from before the last erasure shows nothing at all any more, whatever it was that had to go.

        Args:
            release: the release.
            evidence: the ledger, and what may be read, as the store has them now.
        """
        return shows_nothing_gone(self._file(release, PUBLISHED), self._file(release, LEDGER), evidence)

    def _file(self, release: Release, path: str) -> bytes:
        """Return one of a release's files; nothing where it has none."""
        digest = release.files.get(path)
        return self._bytes_at(digest).read_bytes() if digest else b""

    def _read(self) -> Iterator[Release]:
        for place in self.folder.glob("*.json"):
            try:
                document = json.loads(place.read_bytes())
                files = {
                    str(path): str(digest) for path, digest in document["files"].items() if is_inside(path)
                }
                yield Release(place.stem, parse_time(document["time"]), str(document["target"]), files)
            except (OSError, ValueError, KeyError, TypeError, AttributeError, ContributionError):
                continue

    def _bytes_at(self, digest: str) -> Path:
        return self.folder / "bytes" / digest[:2] / digest


def _write(place: Path, data: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = place.with_name(f"{place.name}.part")
    draft.write_bytes(data)
    draft.replace(place)
