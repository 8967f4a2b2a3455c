"""Recipes for `assises refresh`, and those that `assises new` writes: as systemd, cron, forges and shells take them."""

from __future__ import annotations

import getpass
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import places
from assises.catalogues import sentences
from assises.keys import load_or_create
from assises.load import read_site
from assises.recipes import FORGES, KINDS, Place, recipe
from assises.scaffold import FORGES as NEW
from assises.spool import Spool
from assises.store import Store
from conftest import require
from git_host import PASSWORD, USER, git_host
from kernel import contribution, envelope, receive
from served import assises, copy_of, environment_of

PLACES = {
    "sftp": "sftp://ville@hebergeur.example/~/www",
    "rsync": "rsync+ssh://ville@hebergeur.example/srv/www",
    "ftps": "ftps://ville@hebergeur.example/www",
    "s3": "s3+https://s3.fr-par.example/ville?region=fr-par",
    "git": "git+https://ville@forge.example/ville/assises.git#pages",
}
SECRETS = {
    "sftp": {"ASSISES_DEPLOY_PASSWORD", "SSH_PRIVATE_KEY"},
    "rsync": {"SSH_PRIVATE_KEY", "SSH_KNOWN_HOSTS"},
    "ftps": {"ASSISES_DEPLOY_PASSWORD"},
    "s3": {"ASSISES_DEPLOY_KEY", "ASSISES_DEPLOY_SECRET"},
    "git": {"ASSISES_DEPLOY_PASSWORD"},
}


@pytest.fixture
def site(tmp_path):
    """A small consultation, in a folder with a space and a percent sign in its name."""
    return goes_to(copy_of("minimal", tmp_path).rename(tmp_path / "ma ville 100%"), PLACES["git"])


def goes_to(site: Path, place: str) -> Path:
    """Let the pages of a site go to a place."""
    text = (site / "site.yaml").read_text(encoding="utf-8").partition("deploy:")[0]
    (site / "site.yaml").write_text(f"{text}deploy:\n  to: {place}\n", encoding="utf-8")
    return site


def written(site: Path, kind: str) -> dict[str, Path]:
    """Write a recipe beside the site, and return its files by name."""
    found = {}
    at = Place(site, Path(sys.executable), getpass.getuser())
    for path, text in recipe(kind, read_site(site)[0], at, sentences("fr")).items():
        file = site.parent / "out" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
        found[file.name] = file
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_recipe_says_what_to_do_with_it(site, kind, language):
    """In comments, in the language of the machine."""
    at = Place(site, Path("/opt/assises/bin/assises"), "ville")
    for text in recipe(kind, read_site(site)[0], at, sentences(language)).values():
        assert text.startswith("# ")
        assert all(len(line) <= 110 for line in text.splitlines() if line.startswith("#"))
        assert "refresh" in text


def test_the_command_prints_or_writes_it(site, tmp_path):
    """The same, with this machine's own command in it; below a folder where one is named."""
    printed = assises("recipe", "systemd", str(site)).stdout
    assert assises("recipe", "systemd", str(site), "-o", str(tmp_path / "out")).returncode == 0
    for name in ("assises-refresh.service", "assises-refresh.timer"):
        assert (tmp_path / "out" / name).read_text(encoding="utf-8") in printed
    assert f'refresh "{site}"'.replace("%", "%%") in printed


@pytest.mark.parametrize("kind", sorted(FORGES))
@pytest.mark.parametrize("place", PLACES)
def test_the_secrets_of_the_place_are_named(site, kind, place):
    """In the comment, and where a forge hands over what it is told to hand over; no other place's."""
    (file,) = written(goes_to(site, PLACES[place]), kind).values()
    text = file.read_text(encoding="utf-8")
    comment = "".join(line for line in text.splitlines() if line.startswith("#"))
    everybody = set().union(*SECRETS.values())
    assert {name for name in everybody if re.search(rf"\b{name}\b", comment)} == SECRETS[place]
    if kind != "gitlab":
        handed = yaml.safe_load(text)["jobs"]["refresh"]["env"]
        assert handed.keys() & everybody == SECRETS[place]


@pytest.mark.parametrize(
    ("kind", "place", "told"),
    [
        ("github", "folder:../www", "a forge’s machine keeps nothing"),
        ("cron", "''", "does not say where the pages go"),
    ],
)
def test_what_could_not_work_is_not_written(site, kind, place, told):
    """A folder of a machine that is thrown away; a site that goes nowhere."""
    done = assises("recipe", kind, str(goes_to(site, place)))
    assert (done.returncode, told in done.stderr, done.stdout) == (1, True, "")


# --- each is read by the program that it is for, or by what its documentation publishes


def test_systemd_takes_its_units(site):
    """`systemd-analyze verify` finds nothing."""
    analyze = require("systemd-analyze")[0]
    units = written(goes_to(site, "folder:../www"), "systemd")
    files = [str(units[f"assises-refresh.{kind}"]) for kind in ("service", "timer")]
    run = subprocess.run(
        [analyze, "verify", "--recursive-errors=no", *files], capture_output=True, text=True, check=False
    )
    assert (run.returncode, [line for line in run.stderr.splitlines() if "assises" in line]) == (0, [])


def test_cron_takes_its_line(site):
    """So says crontab itself, of the line as it is written; the shell finds the command with the folder's own name."""
    crontab = require("crontab")[0]
    file = written(goes_to(site, "folder:../www"), "cron")["crontab"]
    run = subprocess.run([crontab, "-n", str(file)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    wrong = file.with_name("wrong")
    wrong.write_text(file.read_text(encoding="utf-8").replace("*/5", "*/x"), encoding="utf-8")
    assert subprocess.run([crontab, "-n", str(wrong)], capture_output=True, check=False).returncode != 0
    line = file.read_text(encoding="utf-8").splitlines()[-1]
    command = line.removeprefix("*/5 * * * * ").replace("\\%", "%")
    shell = subprocess.run(["sh", "-c", f"echo {command}"], capture_output=True, text=True, check=True)
    assert shell.stdout.strip().endswith(f"refresh --quiet {site}")


SCHEMAS = {"github": "github-workflows", "gitlab": "gitlab-ci", "forgejo": "github-workflows"}
"""Forgejo publishes none, and reads what GitHub reads."""


def faults(file: Path, kind: str) -> str:
    """Return what the forge's own schema finds in a file."""
    schema = f"vendor.{SCHEMAS[kind]}"
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)]
    run = subprocess.run(check, capture_output=True, text=True, check=False)
    return run.stdout + run.stderr if run.returncode else ""


def shells(file: Path) -> Iterator[str]:
    """Yield everything in a recipe that a shell runs."""
    for job in _jobs(yaml.safe_load(file.read_text(encoding="utf-8"))):
        for key in ("before_script", "script"):
            yield "\n".join(job.get(key, ()))
        yield from (step["run"] for step in job.get("steps", ()) if "run" in step)


def _jobs(document: dict) -> Iterator[dict]:
    found = document.get("jobs", document)
    yield from (job for job in found.values() if isinstance(job, dict))


def misgivings(file: Path) -> str:
    """Return what shellcheck thinks of a recipe's lines, as the shell of each forge reads them."""
    shellcheck, said = require("shellcheck")[0], ""
    found = [text for text in shells(file) if text.strip()]
    assert found
    for text in found:
        # The forge itself puts its own in, before any shell sees the line.
        lines = re.sub(r"\$\{\{.*?\}\}", "x", text)
        run = subprocess.run(
            [shellcheck, "--shell=bash", "-"], input=lines, capture_output=True, text=True, check=False
        )
        said += run.stdout + run.stderr
    return said


@pytest.mark.parametrize("kind", sorted(FORGES))
@pytest.mark.parametrize("place", PLACES)
def test_forges_and_their_shells_take_their_files(site, kind, place):
    """By the schemas that their own documentation publishes, and by shellcheck."""
    (file,) = written(goes_to(site, PLACES[place]), kind).values()
    assert faults(file, kind) == ""
    assert misgivings(file) == ""


def test_what_lints_them_finds_mistakes(site, tmp_path):
    """A step without a runner, a variable without quotes, a key that nobody knows."""
    (file,) = written(site, "github").values()
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("    runs-on: ubuntu-latest\n", ""), encoding="utf-8")
    assert "runs-on" in faults(file, "github")
    file.write_text(text.replace('"${ASSISES_LEDGER_KEY:?}"', "${ASSISES_LEDGER_KEY:?}"), encoding="utf-8")
    assert "SC2086" in misgivings(file)


def test_what_new_writes_is_taken_too(tmp_path):
    """The recipes for checks and previews, in the repository of a new consultation."""
    assert assises("new", str(tmp_path / "a"), "--yes").returncode == 0
    files = {
        "github": ".github/workflows/assises.yml",
        "gitlab": ".gitlab-ci.yml",
        "forgejo": ".forgejo/workflows/assises.yml",
    }
    assert files.keys() == set(NEW)
    for kind, name in files.items():
        assert faults(tmp_path / "a" / name, kind) == ""
        assert misgivings(tmp_path / "a" / name) == ""


# --- and run


def script(file: Path) -> str:
    """Return the last step of a recipe, as its forge's shell runs it."""
    return [text for text in shells(file) if text.strip()][-1]


@pytest.mark.skipif(os.name == "nt", reason="forges run these in a shell")
@pytest.mark.parametrize("kind", sorted(FORGES))
def test_what_a_forge_runs_drains_and_deploys(site, tmp_path, kind):
    """In a fresh clone each time, which remembers nothing: with the keys that were given, and no others made."""
    git, lighttpd, caddy = (require(name)[0] for name in ("git", "lighttpd", "caddy"))
    intake, key = load_or_create(tmp_path / "intake.key"), load_or_create(tmp_path / "ledger.key")
    (tmp_path / "stores").mkdir()
    with (
        places.forge(tmp_path, git, lighttpd, caddy) as place,
        git_host(tmp_path / "stores", git, lighttpd) as host,
    ):
        goes_to(site, place.address("ville"))
        with (site / "site.yaml").open("a", encoding="utf-8") as settings:
            settings.write(f"inbox:\n  keys: ['{intake.public}']\n")
        lines = script(*written(site, kind).values())
        receive(Spool(tmp_path / "received"), envelope(), key=intake)
        variables = place.environment | {
            "PATH": f"{commands(tmp_path)}:{os.environ['PATH']}",
            "ASSISES_STORAGE": f"spool:{tmp_path / 'received'}",
            "ASSISES_LEDGER_KEY": (tmp_path / "ledger.key").read_text(encoding="ascii").strip(),
            "ASSISES_STORE_PASSWORD": PASSWORD,
        }
        for name in ("init -q", "add -A", "-c user.name=a -c user.email=a@b.example commit -q -m a"):
            subprocess.run([git, "-C", str(site), *shlex.split(name)], check=True)
        refused = ran(lines, site, variables)
        assert refused.returncode != 0
        assert "ASSISES_STORE" in refused.stderr
        # Without a store of its own, a forge's machine would throw away what it carried.
        assert len(list(Spool(tmp_path / "received").list())) == 1
        variables["ASSISES_STORE"] = f"git+{host.make('store.git').replace('//', f'//{USER}@')}"
        first, second = (ran(lines, site, variables) for _ in range(2))
        assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
        assert "the pages are up to date" not in first.stdout
        assert "the pages are up to date" in second.stdout
        assert contribution().id.encode() in place.seen("ville")["ledger/ledger.jsonl"]
        with Store.open(host.folder / "store.git") as store:
            snapshot = store.read()
            assert [record.contribution for record in snapshot.records()] == [contribution()]
            assert snapshot.head().is_signed((key.public,))


def commands(folder: Path) -> Path:
    """Return a folder with `assises` in it, at the evening of the demonstration."""
    bin = folder / "bin"
    bin.mkdir()
    program = f"#!/bin/sh\nexec {sys.executable} -c 'from assises.cli import main; main()' \"$@\" --now 2017-11-20T20:15\n"
    (bin / "assises").write_text(program, encoding="utf-8", newline="\n")
    (bin / "assises").chmod(0o755)
    return bin


def ran(lines: str, site: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a recipe's lines in a fresh clone of the site, and throw that away."""
    with tempfile.TemporaryDirectory() as clone:
        subprocess.run(["git", "clone", "-q", str(site), clone], check=True)
        done = subprocess.run(
            ["bash", "-e", "-c", lines],
            cwd=clone,
            env=environment_of(variables),
            capture_output=True,
            text=True,
            check=False,
        )
        # The intake's key stays with the intake: none is made here.
        assert not (Path(clone) / ".assises" / "keys" / "intake.key").exists()
    return done
