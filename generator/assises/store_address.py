"""Where the store lies: beside the site's files, or in the repository that ``ASSISES_STORE`` names."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from pathlib import Path

from assises.remote_address import AddressError, Secrets, repository, split
from assises.settings import Settings
from assises.store import Snapshot, Store

VARIABLE = "ASSISES_STORE"


def open_store(root: Path, settings: Settings, environ: Mapping[str, str]) -> Store:
    """Return the consultation's store; on this machine, it is made if there is none.

    Raises:
        StoreError: the store is damaged.
        AddressError: the variable names no repository.
    """
    return _far(environ) or Store.create(root / settings.store.path)


def read_store(root: Path, settings: Settings, environ: Mapping[str, str]) -> Snapshot:
    """Return what the store holds now; nothing, where there is none yet.

    Raises:
        StoreError: the store is damaged, or cannot be reached.
        AddressError: the variable names no repository.
    """
    path = root / settings.store.path
    if far := _far(environ):
        return far.read()
    if not path.exists():
        return Snapshot.empty()
    store = Store.open(path)
    snapshot = store.read()
    # It reads from the repository's files as long as somebody holds it, and no longer.
    weakref.finalize(snapshot, store.close)
    return snapshot


def _far(environ: Mapping[str, str]) -> Store | None:
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

    return Store(RemoteBranch(Remote(*repository(parts, Secrets(environ, 1).get("ASSISES_STORE_PASSWORD")))))
