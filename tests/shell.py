"""Many commands in one process of their own: starting Python for each would take most of the time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

_LOOP = """
import json, sys
from click.testing import CliRunner
from assises.cli import main
for line in sys.stdin:
    ran = CliRunner().invoke(main, json.loads(line))
    crash = repr(ran.exception) if ran.exception and not isinstance(ran.exception, SystemExit) else ""
    print(json.dumps([ran.exit_code, ran.stdout, ran.stderr + crash]), flush=True)
"""


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Shell:
    """Where commands are typed."""

    _in: IO[str]
    _out: IO[str]

    def __call__(self, *arguments: str) -> Ran:
        self._in.write(json.dumps(arguments) + "\n")
        self._in.flush()
        return Ran(*json.loads(self._out.readline()))


@contextmanager
def shell(**variables: str) -> Iterator[Shell]:
    """Open a shell, in English."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSISES")}
    environment |= {"ASSISES_LANGUAGE": "en", "PYTHONUTF8": "1"} | variables
    process = subprocess.Popen(
        [sys.executable, "-c", _LOOP], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )  # fmt: skip
    try:
        yield Shell(process.stdin, process.stdout)
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()
