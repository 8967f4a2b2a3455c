"""`assises check`, as a person and as a forge run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from served import EVENING, assises, copy_of

BROKEN = "---\ntitel: Logement\n---\nUn paragraphe.\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The smallest site, to be spoilt."""
    return copy_of("minimal", tmp_path)


def spoil(root: Path, name: str, text: str) -> None:
    """Write a file of the site."""
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8", newline="\n")


def check(root: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `assises check` on the evening of the test sites."""
    return assises("check", str(root), "--now", EVENING, *arguments, **variables)


def test_a_problem_is_shown_with_its_line_and_its_mend(root: Path) -> None:
    """The path opens from where one stands; the line is quoted, what is wrong underlined, the mend below."""
    spoil(root, "content/topics/a.md", BROKEN)
    done = check(root)
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"error {root.as_posix()}/content/topics/a.md:2:1: “titel” is not known here.\n"
        "     2 | titel: Logement\n"
        "       | ^~~~~\n"
        "       = Did you mean “title”?\n"
    )
    assert done.stderr.endswith("Errors: 1. Unfinished: 0. Warnings: 0.\n")


def test_warnings_pass_and_strict_lets_them_count(root: Path) -> None:
    """What is unfinished never passes, and is built all the same."""
    settings = (root / "site.yaml").read_text(encoding="utf-8")
    spoil(root, "site.yaml", settings.replace("closes: 2017-12-10", "closes: 2017-11-12"))
    assert check(root).returncode == 0
    assert check(root, "--strict").returncode == 1
    spoil(root, "site.yaml", settings.replace("    country: France\n", ""))
    assert check(root).returncode == 1
    built = assises("build", str(root), "-o", str(root / "dist"), "--now", EVENING)
    assert built.returncode == 0
    assert "unfinished" in built.stderr


def test_many_problems_are_cut_short_and_all_can_be_seen(root: Path) -> None:
    """Nobody reads five thousand lines; machines do."""
    spoil(root, "content/topics/a.md", "---\ntitle: A\n---\n" + "[x](nowhere.md)\n\n" * 80)
    assert check(root).stderr.count("\nerror ") == 49
    assert "and 30 more" in check(root).stderr
    assert check(root, "--all").stderr.count("error ") == 80
    assert len(json.loads(check(root, "--format", "json").stdout)["problems"]) == 80


@pytest.mark.parametrize("form", ["sarif", "github", "gitlab"])
def test_forges_get_paths_from_the_repository_s_root(root: Path, form: str) -> None:
    """A site may lie in a folder of a larger repository."""
    spoil(root, "content/topics/a.md", BROKEN)
    (root.parent / ".git").mkdir()
    done = check(root, "--format", form)
    assert done.returncode == 1
    assert "minimal/content/topics/a.md" in done.stdout
    stated = check(root, "--format", form, GITHUB_WORKSPACE=str(root))
    assert "minimal/content" not in stated.stdout


def test_a_report_can_be_kept_in_a_file_while_people_read_on(root: Path) -> None:
    """The report for the forge and the sentences for the log come of one run."""
    spoil(root, "content/topics/a.md", BROKEN)
    done = check(root, "--format", "gitlab", "-o", str(root.parent / "report.json"))
    report = json.loads((root.parent / "report.json").read_text(encoding="utf-8"))
    assert {found["location"]["path"] for found in report} == {"content/topics/a.md"}
    assert "| titel: Logement" in done.stderr


def test_what_is_held_back_is_told_with_its_reason(root: Path) -> None:
    """Drafts, translations of drafts, and what is dated later, in the language of the reader."""
    settings = (root / "site.yaml").read_text(encoding="utf-8")
    spoil(root, "site.yaml", settings + "languages: [fr, en]\n")
    spoil(root, "content/topics/a.md", "---\ntitle: A\ndraft: true\n---\nBrouillon.\n")
    spoil(root, "content/topics/a.en.md", "---\ntitle: A\ndraft: false\n---\nDraft.\n")
    spoil(root, "content/topics/b.md", "---\ntitle: B\npublish_at: 2017-12-01 08:00\n---\nPlus tard.\n")
    told = check(root, ASSISES_LANGUAGE="fr").stdout.replace("\u00a0", " ")
    assert "Gardé en réserve : content/topics/a.en.md traduit un brouillon." in told
    assert "Gardé en réserve : content/topics/a.md est un brouillon." in told
    assert (
        "Gardé en réserve : content/topics/b.md paraîtra le vendredi 1er décembre 2017 à 8 h."
        in told.replace(" at ", " à ")
    )


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "latin-1"])
def test_consoles_that_lack_a_sign_get_another(root: Path, encoding: str) -> None:
    """Windows' consoles know neither the tick nor narrow spaces: nothing fails, and sentences stay readable."""
    spoil(root, "content/topics/a.md", "---\ntitle: A\n---\n[中](nulle.md)\n")
    arguments = ("check", str(root), "--now", EVENING)
    variables = os.environ | {"ASSISES_LANGUAGE": "fr", "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-c", "from assises.cli import main; main()", *arguments],
        env=variables, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    told = done.stderr.decode(encoding)
    assert done.returncode == 1
    assert "Traceback" not in told
    assert "nulle.md" in told


def test_a_reader_who_has_read_enough_is_no_error(root: Path) -> None:
    """`assises check | head` ends without a traceback."""
    spoil(root, "content/topics/a.md", BROKEN)
    command = (
        f'"{sys.executable}" -c "from assises.cli import main; main()" check "{root}" --format sarif | true'
    )
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr


def test_an_unknown_command_gets_a_guess() -> None:
    """A slip of the finger costs no look into the manual."""
    done = assises("chek")
    assert done.returncode == 2
    assert "check" in done.stderr


def test_pages_can_be_built_for_another_address(root: Path) -> None:
    """A preview is seen below an address of its own."""
    built = assises(
        "build", str(root), "-o", str(root / "dist"), "--now", EVENING, "--base", "https://x.example/p"
    )
    assert built.returncode == 0, built.stderr
    page = (root / "dist" / "index.html").read_text(encoding="utf-8")
    assert 'href="https://x.example/p/"' in page
    assert 'href="/p/assets/' in page
