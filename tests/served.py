"""A consultation served by the real command, in a process of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
EVENING = "2017-11-20T20:15"
"""When the demonstration begins."""

_ADDRESSES = re.compile(
    r"(?:The site|Le site)\s?:\s+(\S+)[\s\S]*(?:The desk|Le bureau de modération)\s?:\s+(\S+)\n"
)
_RUN = "from assises.cli import main; main()"


@dataclass(frozen=True)
class Served:
    """Where it is to be found."""

    root: Path
    url: str
    """The site's address, with its final slash."""

    desk: str
    """The link by which a moderator signs in."""

    def get(self, path: str = "") -> str:
        """Return a page's text."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=10) as answer:
            return answer.read().decode()

    def _there(self, path: str) -> str:
        """Return a page's text, empty where there is no such page yet."""
        try:
            return self.get(path)
        except urllib.error.HTTPError as error:
            if error.code not in (404, 503):
                raise
            return ""

    def until(self, path: str, holds: Callable[[str], bool], patience: float = 30) -> str:
        """Return a page's text once there is one that holds what is waited for; fail after so many seconds."""
        end = time.monotonic() + patience
        while not holds(text := self._there(path)):
            assert time.monotonic() < end, f"{path} never came to hold what was waited for"
            time.sleep(0.05)
        return text


def assises(
    *arguments: str, cwd: Path | None = None, timeout: float = 120, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the real command, in English, and return how it ended; it may take `timeout` seconds."""
    return subprocess.run(
        [sys.executable, "-c", _RUN, *arguments],
        cwd=cwd, env=environment_of(variables), capture_output=True, text=True, encoding="utf-8", timeout=timeout, check=False,
    )  # fmt: skip


@contextmanager
def serving(
    root: Path,
    now: str = EVENING,
    port: int = 0,
    *,
    before: Sequence[str] = (),
    told: list[str] | None = None,
    language: str = "en",
) -> Iterator[Served]:
    """Serve a site's folder with ``assises serve`` while the block runs.

    `before` is the command that runs it; `told` is given, at the end, what the terminal showed.
    """
    process = subprocess.Popen(
        [*before, sys.executable, "-c", _RUN, "serve", str(root), "--port", str(port), "--now", now],
        env=environment_of({"ASSISES_LANGUAGE": language}), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
    )  # fmt: skip
    said = ""
    try:
        assert process.stdout
        while not (found := _ADDRESSES.search(said)):
            line = process.stdout.readline()
            assert line, f"assises serve ended: {said}"
            said += line
        yield Served(root, found[1], found[2])
    finally:
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=120)
        assert process.returncode == 0, said + rest
        if told is not None:
            told.append(said + rest)
        assert "Traceback" not in said + rest, said + rest


def copy_of(name: str, folder: Path) -> Path:
    """Return a copy of a test site, or of the demonstration, that a test may write to."""
    if name != "demonstration":
        own = shutil.ignore_patterns(".assises")  # what a command kept there that ran in place
        return Path(shutil.copytree(REPOSITORY / "tests" / "sites" / name, folder / name, ignore=own))
    root = folder / name
    shutil.copytree(REPOSITORY / "content", root / "content")
    shutil.copy(REPOSITORY / "site.yaml", root)
    return root


def environment_of(variables: dict[str, str]) -> dict[str, str]:
    """Return this process's environment with English sentences and these variables."""
    return os.environ | {"ASSISES_LANGUAGE": "en", "PYTHONUTF8": "1"} | variables
