"""systemd as who keeps the programs running: the machine's, or the user's own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assises.machine import accounts
from assises.machine.town import MachineError
from assises.problems import Message, message

_RUNS = Path("/run/systemd/system")
"""There where systemd is what started the machine (sd_booted, section 3)."""

_PATIENCE = 90
"""Seconds that an order may take: a program that does not begin is given up before."""


@dataclass(frozen=True, slots=True)
class Systemd:
    """Orders to systemd."""

    user: bool = False
    """Whether it is the user's own."""

    @property
    def folder(self) -> Path:
        """Where its units lie."""
        if not self.user:
            return Path("/etc/systemd/system")
        home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
        return Path(home) / "systemd" / "user"

    @property
    def sockets(self) -> Path:
        """Where sockets lie: gone when the machine ends."""
        return (
            Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
            if self.user
            else Path("/run")
        )

    @property
    def secrets(self) -> Path:
        """Where the files with passwords lie."""
        return self.folder.parents[1] / "assises" if self.user else Path("/etc/assises")

    def is_there(self) -> bool:
        """Tell whether it can be given orders by whoever asks."""
        if not shutil.which("systemctl"):
            return False
        if self.user:
            return self.order("show-environment").returncode == 0
        return _RUNS.is_dir() and accounts.is_root()

    def start(self, units: Sequence[str], again: Iterable[str]) -> None:
        """Let units run now and whenever the machine does; some of them from the beginning.

        Raises:
            MachineError: one does not run.
        """
        self.do("daemon-reload")
        self.do("enable", "--quiet", *units)
        # A socket that changed cannot be opened anew below a program that holds it.
        if changed := [unit for unit in again if unit in units]:
            self.do("stop", *changed)
        self.order("start", *units)
        for unit in units:
            if not self.runs(unit):
                raise MachineError(self.fails(unit))

    def fails(self, unit: str) -> Message:
        """Return what is to be said of a unit that does not run, or does not answer."""
        return message("{unit} does not run; its log: {command}", unit=unit, command=self._log(unit))

    def stop(self, units: Sequence[str]) -> None:
        """Let units run no more."""
        for unit in units:
            self.order("disable", "--now", "--quiet", unit)

    def runs(self, unit: str) -> bool:
        """Tell whether a unit runs."""
        return self.order("is-active", "--quiet", unit).returncode == 0

    def forget(self) -> None:
        """Let it see that units are gone."""
        self.order("daemon-reload")

    def lingers(self) -> bool:
        """Tell whether the user's programs run on when the user has left; asked for where it was not so."""
        if not self.user:
            return True
        name = accounts.own().name
        if Path("/var/lib/systemd/linger", name).exists():
            return True
        loginctl = shutil.which("loginctl")
        return bool(loginctl) and _run(str(loginctl), "enable-linger", name).returncode == 0

    def do(self, *order: str) -> None:
        """Give an order that has to be followed.

        Raises:
            MachineError: it was not.
        """
        done = self.order(*order)
        if done.returncode:
            why = done.stderr.strip().splitlines()[:1] or [f"{done.returncode}"]
            raise MachineError(message("systemctl {order}: {why}", order=" ".join(order), why=why[0]))

    def order(self, *order: str) -> subprocess.CompletedProcess[str]:
        """Give an order, and return how it went."""
        return _run("systemctl", *(["--user"] if self.user else []), *order)

    def _log(self, unit: str) -> str:
        return f"journalctl {'--user ' if self.user else ''}--unit {unit}"


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))
