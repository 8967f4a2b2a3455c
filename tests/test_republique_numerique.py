"""A real consultation of 4,690 contributions goes through all commands, where its data are at hand."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from served import REPOSITORY, assises
from tools.republique_numerique import LATEST, make

DATA = REPOSITORY.parent / "shared" / "data" / "republique-numerique"


@pytest.mark.skipif(not DATA.is_dir(), reason="the real consultation's data are not part of the project")
def test_a_real_consultation_is_imported_checked_built_and_verified(tmp_path: Path) -> None:
    """Every proposal and argument is on its page, in its thread, and in the ledger; a second import adds nothing."""
    root = tmp_path / "rn"
    make(DATA, root)
    first, again = (
        assises("import", str(root / "import.jsonl"), str(root), "--now", LATEST, "--json") for _ in range(2)
    )
    assert (json.loads(first.stdout)["imported"], json.loads(first.stdout)["known"]) == (4690, 0), (
        first.stderr
    )
    assert (json.loads(again.stdout)["imported"], json.loads(again.stdout)["known"]) == (0, 4690)
    assert assises("check", str(root), "--now", LATEST).returncode == 0
    assert assises("build", str(root), "-o", str(tmp_path / "dist"), "--now", LATEST).returncode == 0
    verified = assises("verify", str(tmp_path / "dist"))
    assert verified.returncode == 0, verified.stderr
    assert "4690" in verified.stdout
    lines = (tmp_path / "dist" / "contributions.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    assert sum(row["kind"] == "proposal" for row in found) == 696
    proposals = {row["id"] for row in found if row["kind"] == "proposal"}
    assert sum(row["of"] in proposals for row in found) == 3994
    pages = "".join(
        page.read_text(encoding="utf-8") for page in (tmp_path / "dist" / "questions").rglob("*.html")
    )
    assert [row["id"] for row in found if f'id="{row["id"]}"' not in pages] == []
    shutil.rmtree(tmp_path / "dist")
