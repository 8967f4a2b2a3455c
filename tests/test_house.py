"""The house around the code: the two commands, the licence, and papers that say what is so."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from assises.cli import main

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PAPERS = ("README.md", "README.fr.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")


def read(name: str) -> str:
    """Return the text of a file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


# --- the two commands


def make(*arguments: str, cwd: Path = ROOT, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run make as a newcomer does: without what an outer make hands down."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }
    program = shutil.which("make")
    assert program, "make is missing"
    return subprocess.run(
        [program, *arguments],
        cwd=cwd,
        env=environment | ({"PATH": path} if path is not None else {}),
        capture_output=True,
        text=True,
        check=False,
    )


def test_make_alone_lists_the_commands():
    """Whoever types `make` learns what there is, and nothing happens."""
    lines = make().stdout.splitlines()
    assert [line.split()[1] for line in lines] == [
        "help",
        "demo",
        "test",
        "audit",
        "faults",
        "bench",
        "mutate",
        "docs",
        "screenshots",
        "dist",
        "clean",
    ]


def test_make_demo_serves_the_evening_of_the_demonstration():
    """Port and instant can be chosen; by default it is the evening of 20 November 2017."""
    assert "serve . --port 8000 --now 2017-11-20T20:15" in make("-n", "demo").stdout
    assert "serve . --port 8123 --now 2018-02-02" in make("-n", "demo", "PORT=8123", "NOW=2018-02-02").stdout


def test_make_test_ends_with_pytest():
    """Everything that checks comes before, so that the last line is pytest's own."""
    lines = make("-n", "test").stdout.splitlines()
    steps = ["install.py", "ruff check", "ruff format --check", "mypy", "lint-imports", "pytest"]
    assert all(step in line for step, line in zip(steps, lines[-6:], strict=True))


def copy_house(folder):
    """Copy what make reads before it installs anything."""
    (folder / "tests").mkdir()
    for name in ("Makefile", "pyproject.toml", "tests/constraints.txt"):
        shutil.copy(ROOT / name, folder / name)


@pytest.mark.parametrize("command", ["demo", "test"])
def test_without_a_recent_python_make_says_what_to_install(tmp_path, command):
    """No traceback and no half-made environment where Python is missing."""
    copy_house(tmp_path)
    run = make(command, cwd=tmp_path, path=str(tmp_path))
    assert run.returncode == 2
    assert "needs Python 3.11 or newer" in run.stdout
    assert f"make {command} PYTHON=/path/to/python3" in run.stdout
    assert not (tmp_path / ".venv").exists()


def test_a_python_that_makes_no_environments_is_told_apart(tmp_path):
    """Debian parts venv from Python: make names the package, and tries nothing."""
    copy_house(tmp_path)
    python = tmp_path / "python3"
    python.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\n', encoding="utf-8")
    python.chmod(0o755)
    run = make("demo", cwd=tmp_path, path=str(tmp_path))
    assert run.returncode == 2
    assert "apt-get install python3-venv" in run.stdout
    assert not (tmp_path / ".venv").exists()


def test_continuous_integration_runs_the_same_command():
    """`.ci/run` can be executed, stops at the first failure, and is `make test`."""
    script = read(".ci/run")
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert "set -euo pipefail" in script
    assert script.rstrip().endswith("exec make test")


# --- the licence


def test_the_licence_is_the_whole_text_of_the_eupl():
    """EUPL 1.2 in English, to the letter: fifteen articles and the appendix of compatible licences."""
    text = read("LICENSE")
    assert re.findall(r"(?m)^(\d+)\.[A-Z]", text) == [str(number) for number in range(1, 16)]
    assert "‘Compatible Licences’ according to Article 5 EUPL are:" in text
    digest = "57fb42fbcd0b037ce528ed8f72f1ec095d67bc6825ecf1448ff39be1fe68a4b4"
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == digest


# --- publiccode.yml: the rules of https://yml.publiccode.tools/, version 0.5

CATEGORIES = {
    "content-management",
    "digital-citizenship",
    "event-management",
    "feedback-and-reviews-management",
    "website-builder",
}
"""Those of the standard's list that fit."""

STATUSES = {"concept", "development", "beta", "stable", "obsolete"}


@pytest.fixture(scope="module")
def publiccode():
    """The description of the software for public catalogues."""
    return yaml.safe_load(read("publiccode.yml"))


def test_publiccode_has_every_key_that_the_standard_asks_for(publiccode):
    """A catalogue that harvests the file takes it."""
    assert publiccode["publiccodeYmlVersion"] == "0.5"
    assert publiccode["name"]
    assert urlsplit(publiccode["url"]).scheme == "https"
    assert publiccode["platforms"]
    assert set(publiccode["categories"]) <= CATEGORIES
    assert publiccode["developmentStatus"] in STATUSES
    assert publiccode["softwareType"] == "standalone/web"
    assert publiccode["maintenance"]["type"] == "community"
    assert all(contact["name"] for contact in publiccode["maintenance"]["contacts"])
    assert publiccode["localisation"]["localisationReady"] is True
    assert set(publiccode["localisation"]["availableLanguages"]) == {"fr", "en"}
    assert set(publiccode["intendedAudience"]["scope"]) <= {"local-authorities", "society", "government"}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_publiccode_describes_the_software_at_the_length_asked_for(publiccode, language):
    """150 characters at most for the short description, 150 to 10,000 for the long one."""
    description = publiccode["description"][language]
    assert len(description["shortDescription"].strip()) <= 150
    assert 150 <= len(description["longDescription"].strip()) <= 10_000
    assert len(description["features"]) >= 5


def test_publiccode_and_pyproject_agree(publiccode):
    """The licence is one; a version that was released is told with its day, in the changelog too."""
    assert publiccode["legal"]["license"] == PROJECT["license"] == "EUPL-1.2"
    if released := publiccode.get("softwareVersion"):
        assert released == PROJECT["version"]
        assert f"## [{released}] - {publiccode['releaseDate']}" in read("CHANGELOG.md")
    else:
        assert "## [Unreleased]" in read("CHANGELOG.md")


# --- the papers


@pytest.mark.parametrize("name", PAPERS)
def test_links_between_the_papers_lead_somewhere(name):
    """A file that is linked to exists."""
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", read(name))
    assert [target for target in targets if not (ROOT / target).exists()] == []


@pytest.mark.parametrize("name", ["README.md", "README.fr.md"])
def test_the_readme_lists_the_commands_that_there_are(name):
    """Every command of `assises --help` has its row in the table, and each row its command."""
    rows = re.findall(r"(?m)^\| `assises ([a-z-]+)", read(name))
    assert set(rows) == set(main.commands)


def test_both_readmes_have_the_same_sections():
    """What is told in one language is told in the other."""
    depths = [re.findall(r"(?m)^(#+) ", read(name)) for name in ("README.md", "README.fr.md")]
    assert depths[0] == depths[1]


def test_the_changelog_is_one_for_users():
    """Keep a Changelog: newest first, each change under a heading of its kind."""
    headings = re.findall(r"(?m)^### (.+)$", read("CHANGELOG.md"))
    assert set(headings) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert headings
