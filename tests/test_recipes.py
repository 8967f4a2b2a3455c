"""Recipes for the runner: as systemd, forges and shells themselves take them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from assises.keys import load_or_create
from assises.recipes import KINDS
from assises.spool import Spool
from assises.store import Store
from kernel import contribution, envelope, receive
from served import assises, copy_of


@pytest.fixture
def site(tmp_path):
    """A small consultation, in a folder with a space and a percent sign in its name."""
    return copy_of("minimal", tmp_path).rename(tmp_path / "ma ville 100%")


def written(site: Path, kind: str) -> dict[str, Path]:
    """Write a recipe beside the site, and return its files by name."""
    out = site.parent / "out"
    done = assises("recipe", kind, str(site), "-o", str(out))
    assert done.returncode == 0, done.stderr
    return {file.name: file for file in out.rglob("*") if file.is_file()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_recipe_says_what_to_do_with_it(site, kind, language):
    """In comments, in the language of the machine; printed where no folder is named."""
    done = assises("recipe", kind, str(site), ASSISES_LANGUAGE=language)
    assert done.returncode == 0
    assert done.stdout.startswith("# ")
    assert all(len(line) <= 110 for line in done.stdout.splitlines() if line.startswith("#"))
    assert "drain" in done.stdout


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_systemd_takes_its_units(site):
    """`systemd-analyze verify` finds nothing."""
    units = written(site, "systemd")
    files = [str(units[f"assises-drain.{kind}"]) for kind in ("service", "timer")]
    run = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, [line for line in run.stderr.splitlines() if "assises" in line]) == (0, [])


def test_cron_runs_its_line(site):
    """The command is one that a shell takes, with the folder's own name."""
    line = written(site, "cron")["crontab"].read_text(encoding="utf-8").splitlines()[-1]
    assert line.startswith("*/5 * * * * ")
    command = line.removeprefix("*/5 * * * * ").replace("\\%", "%")
    shell = subprocess.run(["sh", "-c", f"echo {command}"], capture_output=True, text=True, check=True)
    assert shell.stdout.strip().endswith(f"drain --quiet {site}")


SCHEMAS = {"github": "github-workflows", "gitlab": "gitlab-ci"}


@pytest.mark.parametrize("kind", SCHEMAS)
def test_forges_take_their_files(site, kind):
    """By the schemas that their own documentation publishes."""
    (file,) = written(site, kind).values()
    check = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        f"vendor.{SCHEMAS[kind]}",
        str(file),
    ]
    run = subprocess.run(check, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def script(file: Path) -> str:
    """Return the last step of a recipe, as its forge's shell runs it."""
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    if "assises-drain" in document:
        return "\n".join(document["assises-drain"]["script"][1:])
    return document["jobs"]["drain"]["steps"][-1]["run"]


@pytest.mark.skipif(os.name == "nt", reason="forges run these in a shell")
@pytest.mark.parametrize("kind", ["github", "gitlab", "forgejo"])
def test_what_a_forge_runs_drains(site, tmp_path, kind):
    """With the keys that were given, and no others made; the store has what was received."""
    (file,) = written(site, kind).values()
    intake = load_or_create(tmp_path / "intake.key")
    with (site / "site.yaml").open("a", encoding="utf-8") as settings:
        settings.write(f"inbox:\n  keys: ['{intake.public}']\n")
    receive(Spool(tmp_path / "received"), envelope(), key=intake)
    key = load_or_create(tmp_path / "ledger.key")
    bin = tmp_path / "bin"
    bin.mkdir()
    program = f"#!/bin/sh\nexec {sys.executable} -c 'from assises.cli import main; main()' \"$@\" --now 2017-11-20T20:15\n"
    (bin / "assises").write_text(program, encoding="utf-8", newline="\n")
    (bin / "assises").chmod(0o755)
    variables = {
        "PATH": f"{bin}:{os.environ['PATH']}",
        "ASSISES_STORAGE": f"spool:{tmp_path / 'received'}",
        "LEDGER_KEY": (tmp_path / "ledger.key").read_text(encoding="ascii").strip(),
    }
    variables["ASSISES_LEDGER_KEY"] = variables["LEDGER_KEY"]
    shell = ["bash", "-e", "-c", script(file)]
    run = subprocess.run(
        shell, cwd=site, env=os.environ | variables, capture_output=True, text=True, check=False
    )
    assert run.returncode != 0
    assert "ASSISES_STORE" in run.stderr
    # Without a store of its own, a forge's machine would throw away what it carried.
    assert len(list(Spool(tmp_path / "received").list())) == 1
    variables["ASSISES_STORE"] = " "
    run = subprocess.run(
        shell, cwd=site, env=os.environ | variables, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    with Store.open(site / ".assises" / "store.git") as store:
        snapshot = store.read()
    assert [record.contribution for record in snapshot.records()] == [contribution()]
    assert snapshot.head().is_signed((key.public,))
    assert not (site / ".assises" / "keys" / "intake.key").exists()
