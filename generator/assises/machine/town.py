"""One consultation on one machine: its name, its folders, its addresses and the programs that it needs there."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from assises.problems import Message, message
from assises.settings import Settings
from assises.slugs import slug

KeptBy = Literal["systemd", "systemd-user", "cron"]
"""Who keeps the programs running: the machine's systemd, the user's own, or cron and nobody in between."""

Web = Literal["caddy", "nginx", "none"]

Role = Literal["intake", "runner", "desk", "web"]

_NAME = 24
"""Characters of a name: with ``assises-`` before it, it is a system user's, which has 32 at most (useradd, section 8)."""

_SOCKET = 104
"""Bytes of a socket's path, on the system that takes the fewest (macOS, unix section 4)."""


class MachineError(Exception):
    """Something cannot be set up on this machine."""

    def __init__(self, what: Message) -> None:
        super().__init__(what.render())
        self.what = what


@dataclass(frozen=True, slots=True)
class Town:
    """What everything that is set up for a consultation is derived from."""

    name: str
    """Short and unlike any other consultation's on the machine."""

    folder: Path
    """The site's, absolute."""

    kept: Path
    """Where this machine keeps what is not part of the site's files, absolute."""

    keys: Path
    store: Path
    spool: Path

    url: str
    inbox: str
    desk: str
    """Where residents read, where words arrive, and where moderators come in; each with its final slash."""

    pages: Path | None
    """The folder of this machine that the pages are deployed to; None: they lie elsewhere."""

    @property
    def forms(self) -> str:
        """Where the intake reads which forms there are."""
        return str(self.pages / "forms.json") if self.pages else f"{self.url}forms.json"

    @property
    def own(self) -> Path:
        """The folder of what is set up without systemd, and of what was set up at all."""
        return own_folder(self.kept)


@dataclass(frozen=True, slots=True)
class Program:
    """A program that runs for as long as the machine does."""

    role: Role
    command: tuple[str, ...]
    environ: Mapping[str, str]
    socket: Path | None = None
    """Where the web server reaches it."""

    port: int = 0
    """Where everybody reaches it."""


def name_of(folder: Path) -> str:
    """Return what a consultation is called on its machine where nobody says: as its folder; empty: that is no name."""
    return slug(folder.name)[:_NAME].strip("-")


def own_folder(kept: Path) -> Path:
    """Return the folder of what is set up on a machine, within the one for what is not part of the site's files."""
    return kept / "machine"


def town_of(root: Path, settings: Settings, name: str = "") -> Town:
    """Return the consultation in a folder as its machine sees it.

    Args:
        root: the site's folder.
        settings: what site.yaml says.
        name: what the consultation is called here; empty: as its folder.

    Raises:
        MachineError: the name is none, or site.yaml names no place for the pages, or one that holds the site itself.
    """
    folder = root.resolve()
    name = name or name_of(folder)
    if not name or slug(name) != name or len(name) > _NAME:
        told = message(
            "“{name}” cannot be a name here: choose small letters, digits and hyphens, {most} at most (--name).",
            name=name or folder.name,
            most=_NAME,
        )
        raise MachineError(told)
    store, to = folder / settings.store.path, settings.deploy.to
    if not to:
        raise MachineError(message("site.yaml does not say where the pages go (deploy.to)."))
    inbox = settings.inbox.url or f"{settings.url}inbox/"
    inbox = f"{inbox.rstrip('/')}/"
    pages = (folder / to.removeprefix("folder:")).resolve() if to.startswith("folder:") else None
    if pages and folder.is_relative_to(pages):
        raise MachineError(
            message("The pages cannot go to {folder}: the site itself lies in it.", folder=pages)
        )
    at_home = pages and urlsplit(inbox).netloc == urlsplit(settings.url).netloc
    beside = settings.url if at_home else inbox.removesuffix("inbox/")
    return Town(
        name, folder, store.parent, folder / settings.store.keys, store, folder / settings.store.spool,
        settings.url, inbox, f"{beside}desk/", pages,
    )  # fmt: skip


def here(name: str) -> Path | None:
    """Return a program that was installed beside Assises; None: it was not."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    return Path(found).absolute() if found else None


def programs(town: Town, environ: Mapping[str, str], sockets: Path, *, by_socket_unit: bool) -> list[Program]:
    """Return intake, runner and desk.

    Args:
        town: the consultation.
        environ: what the machine's own variables say, such as where to store.
        sockets: the folder of the sockets by which the web server reaches them.
        by_socket_unit: whether systemd hands the sockets over.

    Raises:
        MachineError: Assises does not lie in an environment of its own, or the sockets' paths are too long.
    """
    assises, gunicorn = here("assises"), here("gunicorn")
    if assises is None or gunicorn is None:
        told = message(
            "{program} does not lie beside {python}: install Assises with pip, pipx or uv, in an environment of its own.",
            program="gunicorn" if assises else "assises",
            python=sys.executable,
        )
        raise MachineError(told)
    found = {role: sockets / f"{role}.sock" for role in ("intake", "desk")}
    if longest := next((path for path in found.values() if len(str(path).encode()) > _SOCKET - 1), None):
        told = message("{path} is too long for a socket: choose a shorter path for the site.", path=longest)
        raise MachineError(told)

    def served(role: Literal["intake", "desk"], workers: int) -> tuple[str, ...]:
        bind = () if by_socket_unit else ("--bind", f"unix:{found[role]}", "--umask", "0007")
        more = ("--workers", str(workers), "--threads", "4", "--no-control-socket")
        return (str(gunicorn), *bind, *more, f"assises_inbox.{role}.wsgi:from_environment()")

    refresh = (str(assises), "refresh", "--quiet", "--every", "15s", str(town.folder))
    storage = environ.get("ASSISES_STORAGE") or f"spool:{town.spool}"
    desk = {"ASSISES_DESK_URL": environ.get("ASSISES_DESK_URL") or town.desk}
    to_receive = {
        "ASSISES_FORMS": town.forms,
        "ASSISES_STORAGE": storage,
        "ASSISES_PROXIES": "unix",
        "ASSISES_INTAKE_KEY_FILE": str(town.keys / "intake.key"),
    }
    return [
        Program("intake", served("intake", 2), to_receive, found["intake"]),
        Program("runner", refresh, desk),
        Program("desk", served("desk", 1), {"ASSISES_SITE": str(town.folder), **desk}, found["desk"]),
    ]
