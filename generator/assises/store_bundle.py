"""A store as one file, and back: a git bundle with every ref, the private ones too, that git itself can clone."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

from dulwich.bundle import create_bundle_from_repo, read_bundle, write_bundle
from dulwich.errors import NotGitRepository
from dulwich.objects import ZERO_SHA, ObjectID
from dulwich.repo import Repo

from assises.store import Store, StoreError

if TYPE_CHECKING:
    from dulwich.pack import PackData

    from assises.remote_branch import RemoteBranch

_HEADER = b"# v2 git bundle\n"


def bundle_of(store: Store) -> bytes:
    """Return everything that the refs of a store lead to; nothing for a store that is empty.

    Raises:
        StoreError: it is damaged, or cannot be reached.
    """
    with store.whole() as repository:
        refs = sorted(ref for ref in repository.refs.allkeys() if ref.startswith(b"refs/"))
        if not refs:
            return b""
        file = io.BytesIO()
        with create_bundle_from_repo(repository, refs, version=2) as bundle:
            write_bundle(file, bundle)
        return file.getvalue()


def unbundle(data: bytes, path: Path) -> None:
    """Make a store of a bundle, where there is none yet.

    Raises:
        StoreError: there is one, or the bundle is damaged.
    """
    with suppress(StoreError, NotGitRepository), Store.open(path) as there:
        if there.tip() is not None:
            raise FileExistsError(path)
    Store.create(path).close()
    if not data:
        return
    try:
        with read_bundle(io.BytesIO(data)) as bundle:
            refs = dict(bundle.references)
            # Looked at in memory first: what is cut short or flipped never reaches the disk.
            cast("PackData", bundle.pack_data).check()
        pack = data[data.index(b"\n\n", len(_HEADER) - 1) + 2 :]
        repository = Repo(str(path), bare=True)
        try:
            _take(repository, pack, refs)
        finally:
            repository.close()
    except Exception as error:  # dulwich has no one base class for what a broken bundle raises
        raise StoreError(f"the store in this backup is damaged: {error!r}") from error


def unbundle_far(data: bytes, branch: RemoteBranch) -> None:
    """Bring a bundle to an empty repository at a git host.

    Raises:
        StoreError: the bundle is damaged.
        StorageError: the host cannot be reached, or did not say that it took all.
    """
    with TemporaryDirectory(prefix="assises-") as folder:
        unbundle(data, Path(folder))
        repository = Repo(folder, bare=True)
        try:
            branch.fill(repository)
        finally:
            repository.close()


def _take(repository: Repo, pack: bytes, refs: dict) -> None:  # type: ignore[type-arg]
    objects = repository.object_store
    objects.fsync_object_files = True
    file, commit, abort = objects.add_pack()
    try:
        file.write(pack)
    except BaseException:
        abort()
        raise
    commit()
    for ref, id in refs.items():
        if not ref.startswith(b"refs/") or id not in objects:
            raise ValueError(f"{ref!r} leads to nothing")
        repository.refs.set_if_equals(ref, ObjectID(ZERO_SHA), id)
