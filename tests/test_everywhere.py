"""What keeps the project working on Windows and macOS, by rule: neither was run."""

from __future__ import annotations

import ast
import re
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from assises.file_names import check_name
from served import REPOSITORY, assises, copy_of

PACKAGES = ("generator/assises", "serverless/assises_inbox", "themes/assises_themes")
MODULES = sorted(file for package in PACKAGES for file in (REPOSITORY / package).rglob("*.py"))
POSIX = frozenset({"fcntl", "grp", "pwd", "resource", "termios", "pty", "posix"})
"""Modules that Windows has not."""

POSIX_NAMES = frozenset(
    {"getuid", "geteuid", "fork", "O_NOFOLLOW", "O_DIRECTORY", "SIGKILL", "SIGHUP", "mkfifo", "chown"}
)
"""Names of `os` and `signal` that Windows has not: each must be asked for before it is used."""


OTHERS = frozenset({"Image", "os", "opener", "archive", "cls", "Store", "tarfile"})
"""What has an `open` of its own, which opens no text."""


def calls(module: Path) -> Iterator[tuple[str, ast.Call]]:
    """Yield the calls of a module by their names."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield name, node


def said(call: ast.Call) -> set[str]:
    """Return the names of a call's arguments."""
    return {keyword.arg for keyword in call.keywords if keyword.arg}


def is_binary(call: ast.Call) -> bool:
    """Tell whether a file is opened for bytes."""
    values = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    return any(
        isinstance(value, ast.Constant) and re.fullmatch(r"[rwxa]b\+?", str(value.value)) for value in values
    )


def name_of(module: Path) -> str:
    """Return a module's path within the repository."""
    return module.relative_to(REPOSITORY).as_posix()


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_text_is_read_and_written_with_its_encoding_and_line_ends_said(module: Path) -> None:
    """Windows would take its own code page, and end lines in its own way."""
    wrong = []
    for name, call in calls(module):
        method = isinstance(call.func, ast.Attribute)
        owner = getattr(call.func.value, "id", "") if isinstance(call.func, ast.Attribute) else ""
        reads = (name == "read_text" and method) or (name == "open" and not is_binary(call))
        if reads and owner not in OTHERS and "encoding" not in said(call):
            wrong.append((call.lineno, name))
        if name == "write_text" and not {"encoding", "newline"} <= said(call):
            wrong.append((call.lineno, name))
    assert wrong == []


UNIX = REPOSITORY / "generator" / "assises" / "machine"
"""Sets up a Unix machine; elsewhere the command says so before it uses anything of it."""


@pytest.mark.parametrize("module", [each for each in MODULES if UNIX not in each.parents], ids=name_of)
def test_what_only_posix_has_is_asked_for_first(module: Path) -> None:
    """Such a module is not imported, such a name not used without `hasattr` or `getattr`."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert not imported & POSIX
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in ("os", "signal")
    }
    assert not used & POSIX_NAMES


def tracked() -> list[PurePosixPath]:
    """Return the files of the repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True)
    return [PurePosixPath(path) for path in listed.stdout.decode().split("\0") if path]


def test_every_disk_can_hold_the_repository() -> None:
    """No sign that NTFS refuses, no name that Windows keeps, no twins in other letters, no long path."""
    paths = tracked()
    for path in paths:
        check_name(path)
        assert len(str(path)) < 180
        assert unicodedata.is_normalized("NFC", str(path))
    folded = [str(path).casefold() for path in paths]
    assert sorted({path for path in folded if folded.count(path) > 1}) == []


def test_every_disk_can_hold_what_is_built(tmp_path: Path) -> None:
    """The complete site's outputs, and those of a new consultation."""
    assert assises("new", str(tmp_path / "new"), "--yes").returncode == 0
    for root in (copy_of("complete", tmp_path), tmp_path / "new"):
        built = assises(
            "build", str(root), "-o", str(tmp_path / f"{root.name}-dist"), "--now", "2017-11-20T20:15"
        )
        assert built.returncode == 0, built.stderr
        for file in (tmp_path / f"{root.name}-dist").rglob("*"):
            check_name(PurePosixPath(file.relative_to(tmp_path).as_posix()))
    for file in (tmp_path / "new").rglob("*"):
        if file.is_file() and file.suffix != ".png":
            assert b"\r" not in file.read_bytes()


@pytest.mark.parametrize("command", [("check",), ("build", "-o", "dist"), ("reference",)])
def test_commands_run_where_python_is_not_told_of_utf_8(tmp_path: Path, command: tuple[str, ...]) -> None:
    """As Windows runs them: no text is read or written by the system's own encoding, warnings being errors."""
    root = copy_of("complete", tmp_path)
    arguments = (*command, "--now", "2017-11-20T20:15") if command[0] != "reference" else command
    done = assises(
        *arguments, cwd=root, PYTHONUTF8="0", PYTHONWARNDEFAULTENCODING="1", LC_ALL="C", PYTHONIOENCODING="utf-8",
        PYTHONWARNINGS="error::EncodingWarning:assises",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "EncodingWarning" not in done.stderr
