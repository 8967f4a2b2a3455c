"""Where the store lies: beside the site's files, or in the repository that ``ASSISES_STORE`` names."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from assises.remote_address import AddressError, Secrets, repository, split
from assises.settings import Settings
from assises.store import Snapshot, Store

if TYPE_CHECKING:
    from assises.remote_branch import RemoteBranch

VARIABLE = "ASSISES_STORE"


def open_store(root: Path, settings: Settings, environ: Mapping[str, str]) -> Store:
    """Return the consultation's store; on this machine, it is made if there is none.

    Raises:
        StoreError: the store is damaged.
        AddressError: the variable names no repository.
    """
    if far := far_branch(environ):
        return Store(far)
    return Store.create(root / settings.store.path)


def read_store(root: Path, settings: Settings, environ: Mapping[str, str]) -> Snapshot:
    """Return what the store holds now; nothing, where there is none yet.

    Raises:
        StoreError: the store is damaged, or cannot be reached.
        AddressError: the variable names no repository.
    """
    path = root / settings.store.path
    if far := far_branch(environ):
        return Store(far).read()
    if not path.exists():
        return Snapshot.empty()
    store = Store.open(path)
    snapshot = store.read()
    # It reads from the repository's files as long as somebody holds it, and no longer.
    weakref.finalize(snapshot, store.close)
    return snapshot


def far_branch(environ: Mapping[str, str]) -> RemoteBranch | None:
    """Return the branch in the repository that the environment names; None: the store lies on this machine.

    Raises:
        AddressError: the variable names no repository.
    """
    address = environ.get(VARIABLE, "").strip()
    if not address:
        return None
    if not address.startswith(("git+https:", "git+http:")):
        raise AddressError(f"{VARIABLE}: {address.partition(':')[0]} is no git+https://host/repository.git")
    parts = split(VARIABLE, address)
    if parts.fragment or parts.query:
        raise AddressError(f"{VARIABLE}: {parts.hostname}: nothing may follow the repository")
    # Loaded only where it is used: git over HTTP takes longer to load than all the rest.
    from assises.git_remote import Remote  # noqa: PLC0415
    from assises.remote_branch import RemoteBranch  # noqa: PLC0415

    return RemoteBranch(Remote(*repository(parts, Secrets(environ, 1).get("ASSISES_STORE_PASSWORD"))))
