"""Who deploys from here: one name for this machine's consultation, and one process at a time."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from assises.deploy.contract import BusyError
from assises.problems import message


@contextmanager
def claimant_of(folder: Path) -> Iterator[str]:
    """Give the name by which places know this machine, while no other process here deploys.

    The system itself lets go of the file when a process ends, however it ends.

    Args:
        folder: where the machine keeps what is its own.

    Raises:
        BusyError: another process is at it.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = folder / "claimant"
    if not name.exists():
        draft = name.with_name(f"claimant.{secrets.token_hex(8)}")
        draft.write_text(secrets.token_hex(16), encoding="ascii", newline="\n")
        draft.replace(name)
    # SQLite locks a file alike on every system.
    with closing(sqlite3.connect(folder / "deploying", timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            what = message("Another deployment of this consultation is under way on this machine.")
            raise BusyError(what) from None
        yield name.read_text(encoding="ascii")
