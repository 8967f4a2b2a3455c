"""The whole output of a small site, byte by byte: what a change changes is seen in its diff.

``REGENERATE=1 pytest tests/test_golden.py`` writes it anew.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from served import REPOSITORY, assises, copy_of

GOLDEN = REPOSITORY / "tests" / "golden" / "complete"
NOW = "2017-11-20T20:15"


def files(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {
        f.relative_to(folder).as_posix(): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()
    }


def test_the_complete_site_builds_to_the_golden_tree(tmp_path: Path) -> None:
    """Every output of tests/sites/complete is what it was, receipts' and ledger's keys being fixed."""
    root = copy_of("complete", tmp_path)
    keys = root / ".assises" / "keys"
    keys.mkdir(parents=True)
    for number, name in enumerate(("intake", "ledger", "desk"), 1):
        (keys / f"{name}.key").write_text(f"{number:064x}\n", encoding="ascii")
    for arguments in (("drain", str(root)), ("build", str(root), "-o", str(tmp_path / "dist"))):
        done = assises(*arguments, "--now", NOW)
        assert done.returncode == 0, done.stderr
    if os.environ.get("REGENERATE"):
        shutil.rmtree(GOLDEN, ignore_errors=True)
        shutil.copytree(tmp_path / "dist", GOLDEN)
    built, golden = files(tmp_path / "dist"), files(GOLDEN)
    assert built.keys() == golden.keys()
    assert [path for path in built if built[path] != golden[path]] == []
