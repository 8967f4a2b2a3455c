"""Outputs to a folder: only what changed, each file whole, and nothing that is not ours ever touched."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from assises.problems import Message, message

MANIFEST = ".assises-manifest.json"
"""Lists the files of the last build: what a later build may replace or delete."""

_DRAFT = ".assises.part"
"""What a file is called while it is written; one that a crash left is written over."""

_ILLEGAL = re.compile("[\0\\\\\ud800-\udfff]")
"""What no path of ours has, and some systems cannot even look for."""


class WriteError(Exception):
    """The folder cannot be written, or is not ours to write."""

    def __init__(self, what: Message) -> None:
        self.what = what
        super().__init__(what.render())


@dataclass(frozen=True, slots=True)
class Written:
    """What one writing did, in files."""

    total: int
    changed: int
    deleted: int


def write(
    outputs: Mapping[str, bytes], folder: Path, progress: Callable[[int, int], None] | None = None
) -> Written:
    """Make `folder` hold exactly `outputs` of what it held from former builds, and return what was done.

    Assets come before the pages that refer to them, deletions last, each file by rename; so a visitor never
    meets a page without its style, and a build that is cut short leaves whole files.

    Args:
        outputs: path below the folder → bytes.
        folder: made where it does not exist.
        progress: called with how many files are done, of how many.

    Raises:
        WriteError: the folder has files but no manifest of ours, or cannot be written.
    """
    try:
        before = _manifest(folder)
        after = {path: hashlib.sha256(data).hexdigest() for path, data in outputs.items()}
        changed = sorted(
            (
                path
                for path in after
                if not _is_there(folder, path, outputs[path], before.get(path) == after[path])
            ),
            key=lambda path: (not path.startswith("assets/"), path.endswith(".html"), path),
        )
        gone = sorted(before.keys() - after.keys())
        if changed or gone:
            # Whatever cuts this short, the next build knows of every file that may be here.
            # Of those in `changed` it knows no digest, so none of them passes for written already.
            _put(folder, MANIFEST, _listing(before | after | dict.fromkeys(changed, "")))
        for path in _in_the_way(gone, changed):
            _delete(folder, path)
        for count, path in enumerate(changed, 1):
            _put(folder, path, outputs[path])
            if progress:
                progress(count, len(changed))
        for path in gone:
            _delete(folder, path)
        if changed or gone or not (folder / MANIFEST).exists():
            _put(folder, MANIFEST, _listing(after))
    except OSError as error:
        raise WriteError(message("{place} cannot be written: {why}.", place=folder, why=error)) from error
    return Written(len(outputs), len(changed), len(gone))


def _manifest(folder: Path) -> dict[str, str]:
    place = folder / MANIFEST
    if not place.exists():
        if folder.is_dir() and any(path.name != _DRAFT for path in folder.iterdir()):
            raise WriteError(
                message(
                    "{folder} holds files that no build of ours wrote. Choose another folder, or empty this one.",
                    folder=folder,
                )
            )
        return {}
    try:
        files = json.loads(place.read_text(encoding="utf-8"))["files"]
        return {str(path): str(digest) for path, digest in files.items() if _is_inside(path)}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise WriteError(
            message(
                "{place} is damaged. Delete the folder {folder} and build again.", place=place, folder=folder
            )
        ) from error


def _is_inside(path: str) -> bool:
    """Tell whether a path of the manifest stays in the folder: it comes from a disk that others may write."""
    parts = PurePosixPath(path).parts
    return (
        bool(parts) and ".." not in parts and not PureWindowsPath(path).anchor and not _ILLEGAL.search(path)
    )


def _in_the_way(gone: Iterable[str], changed: Iterable[str]) -> list[str]:
    """Return former files where a folder shall be now, and those within what shall be a file."""
    files = set(changed) if gone else set()
    folders = {str(parent) for path in files for parent in PurePosixPath(path).parents}
    within = {path: {str(parent) for parent in PurePosixPath(path).parents} for path in gone}
    return [path for path, parents in within.items() if path in folders or parents & files]


def _is_there(folder: Path, path: str, data: bytes, listed: bool) -> bool:
    try:
        return listed and not (folder / path).is_symlink() and (folder / path).read_bytes() == data
    except OSError:
        return False


def _listing(files: Mapping[str, str]) -> bytes:
    document = {"format": 1, "files": dict(sorted(files.items()))}
    return json.dumps(document, ensure_ascii=False, indent=0).encode() + b"\n"


def _put(folder: Path, path: str, data: bytes) -> None:
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    _check_no_link(folder, path)
    draft = place.with_name(_DRAFT)
    draft.unlink(missing_ok=True)
    with draft.open("xb") as file:
        file.write(data)
    draft.replace(place)


def _check_no_link(folder: Path, path: str) -> None:
    """Refuse a folder within the output that is a link: what is written there would land somewhere else."""
    for parent in PurePosixPath(path).parents:
        if parent.parts and (folder / parent).is_symlink():
            raise WriteError(
                message("{place} is a link. Delete it, then build again.", place=folder / parent)
            )


def _delete(folder: Path, path: str) -> None:
    place = folder / path
    _check_no_link(folder, path)
    if place.is_file() or place.is_symlink():
        place.unlink()
    with suppress(NotADirectoryError):  # a file took the folder's place
        # A crash may have left it half-written, and nothing else be written there any more.
        place.with_name(_DRAFT).unlink(missing_ok=True)
    for parent in place.relative_to(folder).parents:
        with suppress(OSError):  # not empty: something else still stands there
            if parent.parts:
                (folder / parent).rmdir()
