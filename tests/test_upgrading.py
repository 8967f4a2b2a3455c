"""What earlier states of the program left is read by this one: docs/upgrading.md, done."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from assises.store import Store
from kernel import contribution
from served import assises

EARLIER = sorted((Path(__file__).parent / "golden" / "earlier").glob("*.tar.gz"))
WORDS = "un cheval correct agrafé"
"""The passphrase of their keys."""

EVENING = "2017-11-20T20:15"
BENCH, FOUNTAIN = contribution("Un banc devant la mairie.").id, "Une fontaine."


def run(*arguments: str, code: int = 0) -> dict:
    """Run a command, and return what it says as JSON."""
    done = assises(*arguments, "--json", ASSISES_PASSPHRASE=WORDS)
    assert done.returncode == code, (done.stdout, done.stderr)
    return json.loads(done.stdout) if done.stdout else {}


def test_there_is_an_earlier_state():
    """At least one, or nothing below is tested."""
    assert EARLIER


@pytest.mark.parametrize("backup", EARLIER, ids=lambda path: path.name)
def test_an_earlier_consultation_goes_on(backup: Path, tmp_path: Path) -> None:
    """Its ledger follows from the earlier head, what waited is entered, what was sealed can be opened."""
    root, keys = tmp_path / "site", backup.with_name(backup.name.replace(".tar.gz", ".keyring.json"))
    run("restore", str(backup), str(root), "--keys", str(keys))
    assert assises("check", str(root), "--now", EVENING).returncode == 0
    with Store.open(root / ".assises" / "store.git") as store:
        head = store.read().get("ledger/head.json")
    assert head
    (tmp_path / "head.json").write_bytes(head)
    before = run("verify", str(root), "--now", EVENING)
    assert run("drain", str(root), "--now", EVENING)["received"] == 1
    waiting = [item["id"] for item in run("moderate", "list", str(root))["contributions"]]
    assert len(waiting) == 1
    run("moderate", "publish", waiting[0], str(root), "--now", EVENING)
    run("drain", str(root), "--now", EVENING)
    run("build", str(root), "-o", str(root / "dist"), "--now", EVENING)
    after = run("verify", str(root / "dist"), "--since", str(tmp_path / "head.json"), "--now", EVENING)
    assert (before["holds"], after["holds"]) == (True, True)
    page = (root / "dist" / "topics" / "housing" / "index.html").read_text("utf-8")
    assert "Un banc devant la mairie." in page
    assert FOUNTAIN in page
    shown = run("privacy", "show", BENCH, str(root), "--reason", "essai", "--now", EVENING)
    assert shown["email"] == "zoe@ville.example"


@pytest.mark.parametrize("backup", EARLIER, ids=lambda path: path.name)
def test_one_can_go_back(backup: Path, tmp_path: Path, git: str) -> None:
    """A backup of now, made before something went wrong, gives the same store back, to the object."""
    root, again, file = tmp_path / "site", tmp_path / "again", tmp_path / "before.tar.gz"
    keys = backup.with_name(backup.name.replace(".tar.gz", ".keyring.json"))
    run("restore", str(backup), str(root), "--keys", str(keys))
    run("drain", str(root), "--now", EVENING)
    run("backup", str(file), str(root), "--now", EVENING)
    run("keys", "backup", str(tmp_path / "keys.json"), str(root))
    refs = _refs(root, git)
    assert refs
    run("privacy", "forget", BENCH, str(root), "--yes", "--now", EVENING)
    assert _refs(root, git) != refs
    run("restore", str(file), str(again), "--keys", str(tmp_path / "keys.json"))
    assert _refs(again, git) == refs
    assert run("verify", str(again), "--now", EVENING)["holds"]


def _refs(root: Path, git: str) -> str:
    """Return every ref of a store, with the object that it names."""
    return subprocess.run(
        [git, "-C", root / ".assises" / "store.git", "for-each-ref"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
