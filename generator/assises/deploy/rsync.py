"""rsync over SSH: the programs `rsync` and `ssh` of this machine, as its user has them set up."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assises.deploy.contract import TargetError, unreachable
from assises.deploy.folder import LOCK, NOTE
from assises.problems import message

_REMOVE = """for path; do
    [ -d "$path" ] || rm -f -- "$path" || exit 255
    while path=$(dirname -- "$path"); [ "$path" != . ] && rmdir -- "$path" 2>/dev/null; do :; done
done"""
"""What the host's shell does with paths: a file goes, and with it the folders that this empties."""

_MISSING = 23
"""rsync's exit code where a file that was named is not there."""


@dataclass(frozen=True, slots=True)
class Rsync:
    """A folder at an SSH host that has rsync."""

    address: str
    host: str
    """With the user before it, where the address names one."""

    port: int
    folder: str

    def read(self, path: str) -> bytes | None:
        """Return a file that is there, or None."""
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "file"
            run = self._rsync("--times", self._at(path), str(place))
            if run.returncode == _MISSING and not place.exists():
                return None
            self._check(run)
            return place.read_bytes()

    def send(self, files: Mapping[str, bytes]) -> None:
        """Send files in runs of one kind, in their order: within a run, rsync chooses."""
        with tempfile.TemporaryDirectory() as folder:
            for path, data in files.items():
                place = Path(folder, path)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(data)
            for run in _runs(files):
                options = (
                    "--chmod=F644,D755",
                    "--checksum",
                    "--recursive",
                    "--from0",
                    "--files-from=-",
                )
                sent = self._rsync(*options, folder, self._at(""), given="\0".join(run).encode())
                self._check(sent)

    def remove(self, paths: Sequence[str]) -> None:
        """Delete files, and the folders that this empties."""
        if paths:
            given = "".join(f"{path}\0" for path in paths).encode()
            run = self._ssh(
                f"cd {shlex.quote(self.folder)} && xargs -0 sh -c {shlex.quote(_REMOVE)} sh", given
            )
            self._check(run)

    def claim(self, note: bytes) -> bytes | None:
        """Make the folder that claims the place, with the note in it."""
        lock = shlex.quote(f"{self.folder}/{LOCK}")
        made = self._ssh(f"mkdir -p {shlex.quote(self.folder)} && mkdir {lock}")
        if made.returncode:
            if (found := self.read(NOTE)) is None and self._ssh(f"test -d {lock}").returncode:
                raise unreachable(self.address, made.stderr.decode(errors="replace").strip() or "ssh")
            return found or b""
        self.send({NOTE: note})
        return None

    def release(self) -> None:
        """Delete that folder."""
        lock = shlex.quote(f"{self.folder}/{LOCK}")
        if (run := self._ssh(f"rm -rf {lock}")).returncode:
            raise unreachable(self.address, run.stderr.decode(errors="replace").strip())

    def finish(self) -> None:
        """Do nothing: each file was seen at once."""

    def stamp(self, path: str) -> str:  # noqa: ARG002 - the contract's
        """Return nothing: a folder keeps no headers."""
        return ""

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def _at(self, path: str) -> str:
        return f"{self.host}:{self.folder}/{path}"

    def _shell(self) -> list[str]:
        """Return the command that reaches the host: rsync's own variable, or ssh, which never asks for anything."""
        own = shlex.split(os.environ.get("RSYNC_RSH", "ssh -o BatchMode=yes"))
        return [*own, "-p", str(self.port)]

    def _rsync(self, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        command = [_program("rsync"), "--rsh", shlex.join(self._shell()), "--timeout=60", "--protect-args"]
        return _run([*command, *arguments], given)

    def _ssh(self, command: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        program, *options = self._shell()
        return _run([_program(program), *options, self.host, command], given)

    def _check(self, run: subprocess.CompletedProcess[bytes]) -> None:
        if run.returncode:
            lines = run.stderr.decode(errors="replace").strip().splitlines()
            raise unreachable(self.address, lines[0] if lines else f"rsync ended with {run.returncode}")


def _runs(paths: Sequence[str] | Mapping[str, bytes]) -> list[list[str]]:
    """Return paths parted where pages begin or end: rsync sorts what it is given at once."""
    runs: list[list[str]] = []
    for path in paths:
        if runs and runs[-1][-1].endswith(".html") == path.endswith(".html"):
            runs[-1].append(path)
        else:
            runs.append([path])
    return runs


def _program(name: str) -> str:
    if (found := shutil.which(name)) is None:
        raise TargetError(message("{name} is not there. Install it.", name=name))
    return found


def _run(command: Sequence[str], given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    # A list, so no shell of this machine reads it; what the host's reads is quoted.
    return subprocess.run(command, input=given, capture_output=True, check=False)  # noqa: S603
