"""The commands, run as a person runs them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from assises.cli import COMMANDS, main
from served import EVENING, assises, copy_of


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A copy of the demonstration."""
    return copy_of("demonstration", tmp_path)


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}


def test_version_is_told() -> None:
    """`--version` names program and version."""
    assert re.fullmatch(r"assises \d+\.\d+\.\d+\n", assises("--version").stdout)


def test_two_builds_at_one_instant_are_byte_identical(site: Path, tmp_path: Path) -> None:
    """The same input at the same instant gives the same bytes, contributions and ledger included."""
    assert assises("drain", str(site), "--now", EVENING).returncode == 0
    for name in ("one", "two"):
        done = assises("build", str(site), "-o", str(tmp_path / name), "--now", EVENING)
        assert done.returncode == 0, done.stderr
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_a_second_build_writes_nothing(site: Path, tmp_path: Path) -> None:
    """Where nothing changed, no file is touched."""
    arguments = ("build", str(site), "-o", str(tmp_path / "dist"), "--now", EVENING, "--json")
    assert json.loads(assises(*arguments).stdout)["changed"] > 100
    assert json.loads(assises(*arguments).stdout)["changed"] == 0


def test_a_failed_build_leaves_the_former_output(site: Path, tmp_path: Path) -> None:
    """Problems in the content exit 1, name file, line and column, and touch no page."""
    arguments = ("build", str(site), "-o", str(tmp_path / "dist"), "--now", EVENING)
    assises(*arguments)
    before = tree(tmp_path / "dist")
    topic = site / "content" / "topics" / "housing.md"
    topic.write_text(topic.read_text(encoding="utf-8").replace("title:", "titel:", 1), encoding="utf-8")
    done = assises(*arguments)
    assert done.returncode == 1
    assert re.search(r"content/topics/housing\.md:2:1: .*“titel”", done.stderr), done.stderr
    assert tree(tmp_path / "dist") == before


def test_a_foreign_folder_is_refused(site: Path, tmp_path: Path) -> None:
    """A folder that holds something else is left as it is."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", encoding="utf-8")
    done = assises("build", str(site), "-o", str(tmp_path / "mine"), "--now", EVENING)
    assert done.returncode == 1
    assert "letter.txt" in {f.name for f in (tmp_path / "mine").iterdir()}
    assert len(list((tmp_path / "mine").iterdir())) == 1


def test_wrong_usage_exits_2(site: Path) -> None:
    """A wrong option, instant, rule or id is wrong usage."""
    assises("drain", str(site), "--now", EVENING)
    id = json.loads(assises("moderate", "list", str(site), "--state", "published", "--json").stdout)[
        "contributions"
    ][0]["id"]
    for arguments in (
        ("build", "--nonsense"),
        ("build", str(site), "--now", "yesterday"),
        ("moderate", "publish", "0" * 26, str(site)),
        ("moderate", "publish", "nonsense", str(site)),
        ("moderate", "publish", id, str(site)),
        ("moderate", "withhold", id, str(site), "--rule", "no-such", "--reason", "x"),
        ("moderate", "withhold", id, str(site), "--reason", "x"),
    ):
        done = assises(*arguments)
        assert done.returncode == 2, (arguments, done.stderr)
        assert "Traceback" not in done.stderr


def test_a_decision_is_taken_entered_and_undone(site: Path) -> None:
    """Withholding by a rule, and publishing again, both stand in history and ledger."""
    assises("drain", str(site), "--now", EVENING)
    listed = json.loads(assises("moderate", "list", str(site), "--state", "published", "--json").stdout)
    contribution = listed["contributions"][0]
    rule = re.search(r"rules:\s*\n\s*- id: (\S+)", (site / "site.yaml").read_text(encoding="utf-8"))[1]
    done = assises(
        "moderate", "withhold", contribution["number"], str(site), "--rule", rule, "--reason", "essai"
    )
    assert done.returncode == 0, done.stderr
    proof = json.loads(assises("verify", str(site), "--json").stdout)
    assert (proof["holds"], proof["withheld"]) == (True, 1)
    assert assises("moderate", "publish", contribution["id"], str(site)).returncode == 0
    shown = json.loads(assises("moderate", "show", contribution["id"], str(site), "--json").stdout)
    assert [decision["action"] for decision in shown["decisions"]] == ["publish", "withhold", "publish"]
    assert shown["decisions"][1]["rule"] == rule
    assert json.loads(assises("verify", str(site), "--json").stdout)["withheld"] == 0


def test_a_built_site_proves_itself_offline(site: Path, tmp_path: Path) -> None:
    """`verify` needs the built pages alone, and finds one altered word."""
    dist = tmp_path / "dist"
    assises("drain", str(site), "--now", EVENING)
    assises("build", str(site), "-o", str(dist), "--now", EVENING)
    done = assises("verify", str(dist))
    assert done.returncode == 0, done.stderr
    assert re.search(r"Contributions received: (\d+) = \1 published", done.stdout)
    assert re.search(r"^  in public meetings: (\d+) = \1 ", done.stdout, re.MULTILINE)
    french = assises("verify", str(dist), ASSISES_LANGUAGE="fr").stdout
    assert re.search(r"^  en réunion publique\W*(\d+) = \1 ", french, re.MULTILINE), french
    other = tmp_path / "picture.png"
    other.write_bytes(b"\x89PNG\xff")
    done = assises("verify", str(dist), "--receipt", str(other))
    assert (done.returncode, "is no receipt" in done.stderr) == (1, True), done.stderr
    published = dist / "contributions.jsonl"
    published.write_text(
        published.read_text(encoding="utf-8").replace("logement", "logemant", 1), encoding="utf-8"
    )
    done = assises("verify", str(dist))
    assert done.returncode == 1
    assert "its words were altered" in done.stderr


def test_drain_twice_changes_nothing(site: Path, git: str) -> None:
    """A second turn of the runner leaves the store's head where it is."""
    import subprocess  # noqa: PLC0415

    heads = []
    for _ in range(2):
        assises("drain", str(site), "--now", EVENING)
        run = subprocess.run(
            [git, "-C", str(site / ".assises/store.git"), "rev-parse", "main"],
            capture_output=True,
            text=True,
            check=True,
        )
        heads.append(run.stdout)
    assert heads[0] == heads[1]


def test_output_speaks_french_and_json_and_keeps_quiet(site: Path) -> None:
    """French is spoken where nothing else is set; `--quiet` says nothing; `--json` is one document."""
    french = assises(
        "check", str(site), "--now", EVENING, ASSISES_LANGUAGE="", LC_ALL="", LC_MESSAGES="", LANG=""
    )
    assert "Tout est en ordre" in french.stdout
    quiet = assises("check", str(site), "--now", EVENING, "--quiet")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    told = json.loads(assises("check", str(site), "--now", EVENING, "--json").stdout)
    assert (told["ok"], told["problems"], set(told["counts"].values())) == (True, [], {0})
    assert {
        "path": "content/commitments/cleanliness.md",
        "until": "2018-02-02T00:00:00+01:00",
    } in told["held_back"]


def test_what_is_held_back_is_listed(site: Path, tmp_path: Path) -> None:
    """Drafts are named at each build, and not built."""
    topic = site / "content" / "topics" / "draft-topic.md"
    topic.write_text("---\ntitle: Brouillon\ndraft: true\n---\n\nPas encore.\n", encoding="utf-8")
    done = assises("build", str(site), "-o", str(tmp_path / "dist"), "--now", EVENING)
    assert "content/topics/draft-topic.md" in done.stdout
    assert not (tmp_path / "dist" / "topics" / "draft-topic").exists()


def test_each_command_is_loaded_by_its_own_name():
    """What is loaded on demand is what was asked for."""
    assert {name: main.commands[name].name for name in COMMANDS} == {name: name for name in COMMANDS}


def test_git_over_http_is_loaded_by_whoever_uses_it():
    """Its client takes longer to load than everything else that a command needs."""
    code = "import sys, assises.cli.site; print('dulwich.client' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
