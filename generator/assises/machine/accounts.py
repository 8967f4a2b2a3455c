"""The machine's users and groups; Windows has none of this kind."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

with suppress(ImportError):  # Windows: whoever asks has asked first whether programs can be kept there
    import grp
    import pwd


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the machine."""

    name: str
    home: str
    number: int


def own() -> Account:
    """Return who runs this."""
    found = pwd.getpwuid(os.geteuid())
    return Account(found.pw_name, found.pw_dir, found.pw_uid)


def is_root() -> bool:
    """Tell whether that is who may do everything."""
    return os.geteuid() == 0


def owner(path: Path) -> Account | None:
    """Return whose something is; None: nobody's who has a name."""
    with suppress(KeyError):
        found = pwd.getpwuid(path.stat().st_uid)
        return Account(found.pw_name, found.pw_dir, found.pw_uid)
    return None


def user_is_there(name: str) -> bool:
    """Tell whether the machine has a user of this name."""
    with suppress(KeyError):
        return bool(pwd.getpwnam(name))
    return False


def group_is_there(name: str) -> bool:
    """Tell whether the machine has a group of this name."""
    with suppress(KeyError):
        return bool(grp.getgrnam(name))
    return False
