"""Stops what runs for a consultation on this machine, and takes away what was written for it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from assises.machine import web_server
from assises.machine.background import Background, Cron
from assises.machine.choices import Record
from assises.machine.systemd import Systemd
from assises.machine.town import MachineError, own_folder


def remove(kept: Path, folder: Path, record: Record) -> list[str]:
    """Take everything away, and return what ran; site, store and keys stay.

    Args:
        kept: where the machine keeps what is not part of the site's files.
        folder: the site's.
        record: what was set up.
    """
    gone = stop_in_background(kept, folder) if record.choices.kept_by == "cron" else []
    gone += take_away(record, record.files)
    record.forget(kept)
    return gone


def take_away(record: Record, paths: Sequence[Path]) -> list[str]:
    """Take away some of the files of what was set up, and return the units of systemd among them, which are stopped."""
    keeper = Systemd(user=record.choices.kept_by == "systemd-user")
    units = sorted(path.name for path in paths if path.suffix in {".socket", ".service"})
    keeper.stop(units)
    for path in paths:
        path.unlink(missing_ok=True)
    if units:
        keeper.forget()
    for web in ("caddy", "nginx"):
        if web_server.site_file(record.choices.name, web) in paths:
            with suppress(MachineError):
                web_server.reload(web)
    return units


def stop_in_background(kept: Path, folder: Path) -> list[str]:
    """Stop the programs that nobody but cron keeps, and return which ran."""
    background = background_of(kept, folder)
    gone: list[str] = [role for role in ("web", "intake", "runner", "desk") if background.stop(role)]
    cron_of(folder).forget()
    return gone


def background_of(kept: Path, folder: Path) -> Background:
    """Return the programs of a consultation that run without systemd."""
    return Background(own_folder(kept), folder, version("assises"))


def cron_of(folder: Path) -> Cron:
    """Return the lines of cron's table that are a consultation's."""
    return Cron(str(folder))
