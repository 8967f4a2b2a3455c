"""`assises privacy forget` killed by SIGKILL at any of its steps and run again: nothing is left, and the ledger proves."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assises import branch, build, erasure, sweeping, write
from assises.branch import LocalBranch
from assises.cli import main
from assises.deploy.releases import Releases
from assises.load import read_site
from assises.private_refs import PrivateRefs
from assises.roles import Roles
from assises.runner import Runner
from assises.sealing import Private
from assises.spool import Spool
from kernel import NOW, contribution, envelope, fsck, receive
from served import copy_of
from shell import Shell, shell

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has neither SIGKILL nor fork")

WORDS = "Mon voisin, au 12 rue des Lilas, est malade."
TRACES = (WORDS.encode(), b"rue des Lilas", "Zoé Lilas".encode(), b"zoe@ville.example")
ID = contribution(WORDS, author="Zoé Lilas").id
CLOCK = ("--now", "2017-11-20T20:15")

run: Shell
"""Where this file's commands are typed."""


@pytest.fixture(scope="module", autouse=True)
def _terminal() -> Iterator[None]:
    global run
    with shell() as run:
        yield


STEPS = {
    "before anything is read": (Runner, "drain", "before", 1),
    "after what waited was entered": (Runner, "drain", "after", 1),
    "before the objects are written": (LocalBranch, "_keep", "before", 1),
    "between objects and branch": (LocalBranch, "_keep", "after", 1),
    "after the branch has moved": (LocalBranch, "move", "after", 1),
    "before the box goes": (PrivateRefs, "delete", "before", 1),
    "between the box’s ref and its objects": (PrivateRefs, "_drop", "before", 1),
    "amid the box’s objects": (PrivateRefs, "_drop", "after", 1),
    "before the sweeping": (branch, "sweep", "before", 1),
    "before objects are taken away": (sweeping, "_take_away", "before", 1),
    "amid the objects": (sweeping, "_drop_derived", "before", 1),
    "before it is noted": (sweeping, "_note", "before", 1),
    "after the sweeping": (branch, "sweep", "after", 1),
    "before the storage forgets": (Spool, "forget", "before", 1),
    "after the storage has forgotten": (Spool, "forget", "after", 1),
    "before statements are looked for": (erasure, "statements_of", "before", 1),
    "before the pages are made": (build, "render", "before", 1),
    "before they are written": (write, "_put", "before", 1),
    "after the list of files": (write, "_put", "after", 1),
    "amid the pages": (write, "_put", "after", 3),
    "over a half-written page": (Path, "replace", "before", 2),
    "before the kept releases go": (Releases, "forget", "before", 1),
    "after they have gone": (Releases, "forget", "after", 1),
}
"""Whose function, which, before or after it works, and at which of its calls: the end comes there."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that has one contribution with all that there can be of it: a box, decisions, pages, a kept release."""
    root = copy_of("minimal", tmp_path_factory.mktemp("whole"))
    place = root / "site.yaml"
    asked = place.read_text("utf-8").replace("participation:", "participation:\n  private: {email: true}")
    place.write_text(asked, "utf-8")
    (root / "content" / "topics").mkdir()
    (root / "content" / "topics" / "housing.md").write_text("---\ntitle: Se loger\n---\n", "utf-8")
    assert run("drain", str(root), *CLOCK).returncode == 0
    settings, _content, _problems = read_site(root)
    roles = Roles.of(root, settings)
    private = Private(ID, "zoe@ville.example").seal(roles.ring.find("2017-11").public, b"s")
    told = replace(envelope(WORDS, "ab" * 16, author="Zoé Lilas"), private=private)
    others = [envelope(f"Une place numéro {n}.", f"{n:032x}") for n in range(3)]
    receive(roles.spool, told, *others, key=roles.intake_key)
    roles.store.close()
    assert run("drain", str(root), *CLOCK).returncode == 0
    for each in (told, *others):
        assert run("moderate", "publish", each.contribution.id, str(root), *CLOCK).returncode == 0
    assert run("build", str(root), "-o", str(root / "dist"), *CLOCK).returncode == 0
    pages = {
        str(path.relative_to(root / "dist")): path.read_bytes() for path in (root / "dist").rglob("*.html")
    }
    Releases(root / ".assises" / "releases").keep(pages, NOW, "folder", 3)
    return root


@pytest.fixture
def root(whole: Path, tmp_path: Path) -> Path:
    """A copy of it, with what an intake once set aside."""
    root = tmp_path / "site"
    shutil.copytree(whole, root)
    settings, _content, _problems = read_site(root)
    spool = Spool(root / settings.store.spool)
    (spool.folder / "aside").mkdir(parents=True, exist_ok=True)
    (spool.folder / "aside" / f"{ID}.json").write_bytes(WORDS.encode())
    return root


def forget(root: Path, *more: str) -> list[str]:
    return ["privacy", "forget", ID, str(root), "--yes", "-o", str(root / "dist"), *more, *CLOCK]


def traces(git: str, root: Path) -> list[str]:
    """Return where anything of it is left: in an object of git, in a file's bytes, in a ref's name."""
    store = root / ".assises" / "store.git"
    every = subprocess.run(
        [git, "-C", store, "cat-file", "--batch-all-objects", "--batch"], capture_output=True, check=True
    )
    found = [mark.decode() for mark in TRACES if mark in every.stdout]
    refs = subprocess.run(
        [git, "-C", store, "for-each-ref", "--format=%(refname)"], capture_output=True, text=True, check=True
    )
    found += [ref for ref in refs.stdout.split() if ID in ref]
    files = (path for path in root.rglob("*") if path.is_file())
    return found + [str(path) for path in files if any(mark in path.read_bytes() for mark in TRACES)]


def boxes(git: str, root: Path) -> int:
    """Return how many objects of git there are that a box is made of: what is sealed tells nothing by itself."""
    every = subprocess.run(
        [git, "-C", root / ".assises" / "store.git", "cat-file", "--batch-all-objects", "--batch"],
        capture_output=True,
        check=True,
    )
    return every.stdout.count(f"Receive {ID}".encode()) + every.stdout.count(b"envelope.json")


def killed(step: str, arguments: list[str]) -> bool:
    """Run a command in a process of its own that is killed at a step; tell whether it came there."""
    kind, name, when, which = STEPS[step]
    pid = os.fork()
    if not pid:
        real, calls = getattr(kind, name), 0

        def die(*given: object, **named: object) -> object:
            nonlocal calls
            calls += 1
            if calls == which and when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            done = real(*given, **named)
            if calls == which:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        setattr(kind, name, die)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        main(arguments, standalone_mode=False)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


@pytest.mark.parametrize("step", STEPS)
def test_killed_and_run_again_nothing_is_left(root: Path, git: str, step: str):
    """In no object of git, ref, file, page or release; what others said is there, and the count is right."""
    assert traces(git, root)
    assert boxes(git, root)
    assert killed(step, forget(root))
    again = run(*forget(root))
    assert again.returncode == 0, again.stderr + again.stdout
    assert traces(git, root) == []
    assert boxes(git, root) == 0
    assert Releases(root / ".assises" / "releases").all() == []
    assert not list(root.rglob(".assises.part"))
    fsck(git, root / ".assises" / "store.git")
    for place in (root, root / "dist"):
        verified = run("verify", str(place), "--json")
        told = json.loads(verified.stdout)
        assert verified.returncode == 0, verified.stdout
        assert (told["received"], told["published"], told["erased"]) == (4, 3, 1)
    published = (root / "dist" / "contributions.jsonl").read_text("utf-8")
    assert published.count("Une place numéro") == 3


def test_what_a_build_left_half_written_goes_too(root: Path, git: str):
    """A build that was killed before leaves a part of a page, in a folder that no build writes to afterwards."""
    folder = root / "dist" / "topics" / "housing" / "2"
    folder.mkdir()
    (folder / ".assises.part").write_bytes(WORDS.encode())
    manifest = root / "dist" / ".assises-manifest.json"
    listed = json.loads(manifest.read_text("utf-8"))
    listed["files"]["topics/housing/2/index.html"] = ""
    manifest.write_text(json.dumps(listed), "utf-8")
    done = run(*forget(root))
    assert done.returncode == 0, done.stderr
    assert traces(git, root) == []
    assert not folder.exists()
