"""Programs that run on in the background where there is no systemd, and cron that starts them when they do not.

A program's file says its number and how it was begun; whoever has that number now and was begun otherwise is another.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from assises.files import write_whole
from assises.machine.answering import answers
from assises.machine.town import MachineError, Program, Role
from assises.problems import message
from assises.recipes import cron_line

_PATIENCE = 30.0
"""Seconds that a program may take to begin, or to end."""

_AT_LEAST = 1.0
"""Seconds that a program that answers nobody has to run before it is said to."""

_TICK = 0.05
_LAST = 3
"""Lines of a log that are shown."""

_FULL = 5_000_000
"""Bytes of a log at which another one is begun; one former one is kept."""


@dataclass(frozen=True, slots=True)
class Background:
    """The programs of a consultation, their files in a folder of their own."""

    folder: Path
    cwd: Path
    """Where they work: the site's folder."""

    version: str
    """Of Assises: another one is another program."""

    def start(self, program: Program, environ: Mapping[str, str], *, again: bool = False) -> bool:
        """Let a program run, and return whether it had to be begun: it did not run, or ran otherwise.

        Args:
            program: what runs.
            environ: everything that it is told beside what it brings along.
            again: whether what it reads has changed.

        Raises:
            MachineError: it ended at once, or nothing answers at its socket.
        """
        whole = {**environ, **program.environ}
        begun = hashlib.sha256(
            repr((self.version, program.command, sorted(whole.items()))).encode()
        ).hexdigest()
        if not again and self.runs(program.role) and self._said(program.role).get("begun") == begun:
            return False
        self.stop(program.role)
        if program.socket:
            program.socket.unlink(missing_ok=True)
        with self._log(program.role).open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own programs
                program.command, cwd=self.cwd, env=whole, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        said = {"number": process.pid, "begun": begun, "since": _since(process.pid)}
        write_whole(self._file(program.role), json.dumps(said).encode(), secret=True)
        self._await(program, process)
        # It runs on when we have ended: nobody waits for it.
        process.returncode = 0
        return True

    def _await(self, program: Program, process: subprocess.Popen[bytes]) -> None:
        place = program.socket or program.port
        end = time.monotonic() + (_PATIENCE if place else _AT_LEAST)
        while time.monotonic() < end and process.poll() is None:
            if place and answers(place):
                return
            time.sleep(_TICK)
        if process.poll() is None and not place:
            return
        last = self._log(program.role).read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST:]
        self.stop(program.role)
        told = message(
            "{program} does not run: {why} ({file})",
            program=program.role,
            why=" / ".join(last) or "–",
            file=self._log(program.role),
        )
        raise MachineError(told)

    def runs(self, role: Role) -> bool:
        """Tell whether a program runs."""
        return self._number(role) is not None

    def stop(self, role: Role) -> bool:
        """Let a program run no more, and return whether it did."""
        number = self._number(role)
        self._file(role).unlink(missing_ok=True)
        if number is None:
            return False
        for name in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.kill(number, name)
            end = time.monotonic() + _PATIENCE
            while time.monotonic() < end:
                if not _since(number):
                    return True
                time.sleep(_TICK)
        return True

    def _number(self, role: Role) -> int | None:
        """Return a program's number; None: it does not run."""
        said = self._said(role)
        number = said.get("number")
        if not isinstance(number, int) or not (since := _since(number)):
            return None
        return number if since == said.get("since") else None

    def _said(self, role: Role) -> dict[str, object]:
        with suppress(OSError, ValueError):
            said = json.loads(self._file(role).read_bytes())
            return said if isinstance(said, dict) else {}
        return {}

    def _file(self, role: Role) -> Path:
        return self.folder / f"{role}.json"

    def _log(self, role: Role) -> Path:
        log = self.folder / f"{role}.log"
        if log.exists() and log.stat().st_size > _FULL:
            log.replace(log.with_suffix(".log.1"))
        return log


def _since(number: int) -> str:
    """Return since when whoever has a number runs; empty: nobody has it, or it ended already."""
    ps = shutil.which("ps")
    with suppress(OSError, IndexError):
        if Path("/proc/self/stat").exists():
            # After the name, which may hold anything: the 3rd field is the state, the 22nd the start (proc, section 5).
            fields = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            return "" if fields[0] == "Z" else fields[19]
        if ps:
            asked = [ps, "-o", "stat=,lstart=", "-p", str(number)]
            shown = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()  # noqa: S603
            return "" if not shown or shown[0].startswith("Z") else " ".join(shown[1:])
    return ""


@dataclass(frozen=True, slots=True)
class Cron:
    """The user's table of cron, and our lines in it."""

    mark: str
    """Ends each of our lines, as a comment of the shell."""

    def is_there(self) -> bool:
        """Tell whether this machine has cron."""
        return shutil.which("crontab") is not None

    def keep(self, command: list[str]) -> bool:
        """Have a command run when the machine begins and every five minutes; return whether that is new.

        Raises:
            MachineError: cron does not take it.
        """
        more = f" >/dev/null {self._end}"
        return self._write([cron_line(when, command, more) for when in ("@reboot", "*/5 * * * *")])

    def forget(self) -> bool:
        """Take our lines away, and return whether there were any."""
        return self.is_there() and self._write([])

    @property
    def _end(self) -> str:
        return f"# assises install: {self.mark}"

    def _write(self, ours: list[str]) -> bool:
        there = subprocess.run(["crontab", "-l"], capture_output=True, text=True, check=False)  # noqa: S607
        former = there.stdout.splitlines() if there.returncode == 0 else []
        end = self._end.replace("%", "\\%")
        lines = [line for line in former if not line.endswith(end)] + ours
        if lines == former:
            return False
        done = subprocess.run(
            ["crontab", "-"], input="\n".join([*lines, ""]), capture_output=True, text=True, check=False  # noqa: S607
        )  # fmt: skip
        if done.returncode:
            raise MachineError(message("crontab does not take a line: {why}", why=done.stderr.strip()))
        return True
