"""A whole consultation in one file, and back: the site's files, the store with every ref, what waits, the keys that sign.

The months' keys are in none: else what has expired could still be read in an old backup. They have a file of their own
(`assises keys backup`).
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from assises.contribution import format_time, is_id
from assises.files import whole_file
from assises.key_folder import KeyFolder
from assises.load import kept_in
from assises.problems import Message, message
from assises.settings import Settings
from assises.settings_reader import load_settings
from assises.spool import Spool
from assises.storage_contract import Storage
from assises.store import Store
from assises.store_bundle import bundle_of, unbundle, unbundle_far
from assises.write import MANIFEST

if TYPE_CHECKING:
    from assises.remote_branch import RemoteBranch

FORMAT = 1
INDEX = "backup.json"
STORE = "store.bundle"
KEYS = "keys.locked"

_NOT_OURS = frozenset({".git", ".hg", ".venv", "venv", "node_modules", "__pycache__"})
"""Folders that are made anew, or are another program's."""


class BackupError(Exception):
    """The file is no backup, is damaged, or may not be restored there."""

    def __init__(self, what: Message) -> None:
        self.what = what
        super().__init__(what.render())


@dataclass(frozen=True, slots=True)
class Content:
    """What a backup holds, by kind: how many files."""

    site: int = 0
    waiting: int = 0
    aside: int = 0
    refs: bool = False
    """Whether there is anything in the store."""

    keys: tuple[str, ...] = field(default=())
    """Names of the keys that were restored."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A consultation, and where its parts lie."""

    root: Path
    settings: Settings
    store: Store
    storages: Sequence[Storage]
    """Where contributions wait, on whichever machine."""


def back_up(file: Path, kept: Kept, passphrase: str, now: datetime) -> Content:
    """Write a consultation to one file that only its owner can read, and return what is in it.

    Raises:
        KeyFileError: a key cannot be read.
        LockedError: the passphrase is too short.
        OSError: a file cannot be read or written, or an intake's storage cannot be reached.
        StoreError: the store is damaged.
    """
    # What waits comes before the store: what is drained in between is in both, and known by its number.
    waiting = {f"waiting/{id}.json": data for storage in kept.storages for id, data in _waiting(storage)}
    aside = dict(_aside(kept.root / kept.settings.store.spool))
    bundle = bundle_of(kept.store)
    store = {STORE: bundle} if bundle else {}
    keys = {KEYS: KeyFolder(kept.root / kept.settings.store.keys).lock(passphrase, months=False)}
    site = {f"site/{path}": data for path, data in _site_files(kept.root, kept.settings, file)}
    members = waiting | aside | store | keys | site
    index = {
        "format": FORMAT,
        "id": kept.settings.lasting_id,
        "time": format_time(now),
        "members": {name: hashlib.sha256(data).hexdigest() for name, data in members.items()},
    }
    with whole_file(file, secret=True) as out, tarfile.TarFile.gzopen(None, "w", fileobj=out) as archive:
        for name, data in {INDEX: _index(index), **members}.items():
            _add(archive, name, data, now)
    return Content(
        len(site), len(members) - len(site) - len(aside) - bool(bundle) - 1, len(aside), bool(bundle)
    )


def _index(index: Mapping[str, object]) -> bytes:
    # Not canonical JSON, which has a greatest length: a site may have many files.
    return json.dumps(index, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def restore(file: Path, root: Path, passphrase: str, far: RemoteBranch | None = None) -> Content:
    """Make a consultation of a backup in a folder that is empty or absent, and return what was in it.

    Nothing is written before every byte was found to be as it was, and the passphrase to be right.

    Args:
        file: the backup.
        root: the folder.
        passphrase: what the keys in it are locked with.
        far: the empty repository at a git host that the store goes to; without it, it lies in the folder.

    Raises:
        BackupError: it is no backup, is damaged, or the folder, or the host's repository, is not empty.
        KeyFileError: a key cannot be written.
        LockedError: the passphrase is another.
        OSError: a file cannot be read or written.
        StoreError: the store in it is damaged.
    """
    if root.exists() and any(root.iterdir()):
        raise BackupError(
            message("{folder} is not empty: name a folder that is, or that is not there yet.", folder=root)
        )
    if far and far.remote.refs("refs/"):
        raise BackupError(
            message(
                "{url} is not empty: make a new repository there, without any file, and name it in ASSISES_STORE.",
                url=far.remote.url,
            )
        )
    members = _members(file)
    locked = members.pop(KEYS)
    KeyFolder.names(locked, passphrase)
    site = {name.removeprefix("site/"): data for name, data in members.items() if name.startswith("site/")}
    for name, data in site.items():
        place = root / PurePosixPath(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    settings, _problems = load_settings(root)
    if settings is None:
        raise BackupError(message("The site.yaml in this backup cannot be read."))
    bundle = members.get(STORE, b"")
    if far and bundle:
        unbundle_far(bundle, far)
    elif not far:
        unbundle(bundle, root / settings.store.path)
    keys = KeyFolder(root / settings.store.keys).take(locked, passphrase)
    spool = Spool(root / settings.store.spool)
    waiting = {name: data for name, data in members.items() if name.startswith(("waiting/", "aside/"))}
    for name, data in waiting.items():
        id = PurePosixPath(name).stem
        spool.put_if_absent(id, data)
        if name.startswith("aside/"):
            spool.set_aside(id)
    aside = sum(name.startswith("aside/") for name in waiting)
    return Content(len(site), len(waiting) - aside, aside, STORE in members, keys)


def _waiting(storage: Storage) -> Iterator[tuple[str, bytes]]:
    for id, data in storage.get_all(list(storage.list())):
        if data is not None:
            yield id, data


def _aside(spool: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted((spool / "aside").glob("*.json")):
        if is_id(path.stem) and path.is_file() and not path.is_symlink():
            yield f"aside/{path.name}", path.read_bytes()


def _site_files(root: Path, settings: Settings, file: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the site's own files: not what is built, kept or another program's."""
    store = settings.store
    kept = {kept_in(root, settings), *(root / place for place in (store.path, store.spool, store.keys))}
    folders = [root]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            if path.is_symlink() or path.resolve() == file.resolve() or path in kept - {root}:
                continue
            if path.is_dir():
                if path.name not in _NOT_OURS and not (path / MANIFEST).exists():
                    folders.append(path)
            elif path.is_file():
                yield path.relative_to(root).as_posix(), path.read_bytes()


def _add(archive: tarfile.TarFile, name: str, data: bytes, now: datetime) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(data), 0o600, int(now.timestamp())
    archive.addfile(member, io.BytesIO(data))


def _members(file: Path) -> dict[str, bytes]:
    """Return the files of a backup, by name, once each is found to be as it was."""
    try:
        # Unpacked whole first: only at its very end a gzip file tells whether every byte of it is right.
        data = io.BytesIO(gzip.decompress(file.read_bytes()))
        with tarfile.TarFile(fileobj=data) as archive:
            members = dict(_read(archive))
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError) as error:
        raise BackupError(
            message("{file} is no backup, or not the whole of it ({why}).", file=file, why=error)
        ) from error
    try:
        index = _decoded(members.pop(INDEX))
        listed = index["members"] if index["format"] == FORMAT else None
    except (KeyError, ValueError, TypeError) as error:
        raise BackupError(message("{file} is no backup.", file=file)) from error
    if listed != {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}:
        raise BackupError(message("{file} is damaged, or was changed: take another copy.", file=file))
    if KEYS not in members or "site/site.yaml" not in members:
        raise BackupError(message("{file} is no whole backup: take another copy.", file=file))
    return members


def _decoded(data: bytes) -> dict[str, Any]:
    found = json.loads(data)
    if not isinstance(found, dict):
        raise TypeError("no object")
    return found


def _read(archive: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    for member in archive:
        path = PurePosixPath(member.name)
        # Links and names that lead elsewhere are no backup's.
        if (
            not member.isreg()
            or path.is_absolute()
            or ".." in path.parts
            or "\\" in member.name
            or ":" in member.name
        ):
            raise ValueError(f"{member.name} leads out of it")
        opened = archive.extractfile(member)
        if opened is None:
            raise ValueError(f"{member.name} is no file")
        yield member.name, opened.read()
