"""A store at another host: boxes, erasure and backup there, over real git smart HTTP."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from assises.erasure import erase
from assises.git_remote import Remote
from assises.keyring import Keyring
from assises.privacy import Keeping, NoPrivateDataError, expire, opened
from assises.remote_branch import RemoteBranch
from assises.sealing import Private
from assises.spool import Spool
from assises.store import Author, Store
from assises.store_bundle import bundle_of, unbundle
from conftest import require
from git_host import PASSWORD, USER, git_host
from kernel import NOW, contribution, envelope, fsck, receive, runner, verdict

ANNE = Author("Anne", "anne@ville.example")
ID = contribution("Mon voisin est malade.").id


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """A real git host."""
    git, lighttpd = require("git-host")
    with git_host(tmp_path_factory.mktemp("host"), git, lighttpd) as served:
        yield served


@pytest.fixture
def far(host, tmp_path):
    """A store at the host, with its runner's keyring; one contribution with an address was drained into it."""
    url = host.make(f"{tmp_path.name}.git")
    store = Store(RemoteBranch(Remote(url, USER, PASSWORD, 20)))
    ring, spool = Keyring(tmp_path / "keys"), Spool(tmp_path / "spool")
    keeping = Keeping(ring, 12, asked=True)
    runner(store, spool, keeping=keeping).drain(NOW)
    sealed = Private(ID, "zoe@ville.example").seal(ring.find("2017-11").public, b"s")
    receive(spool, replace(envelope("Mon voisin est malade."), private=sealed))
    runner(store, spool, keeping=keeping).drain(NOW)
    return store, ring, spool, host.folder / f"{tmp_path.name}.git"


def refs(git: str, path) -> list[str]:
    """Return the refs of a repository."""
    run = subprocess.run(
        [git, "-C", path, "for-each-ref", "--format=%(refname)"], capture_output=True, text=True, check=True
    )
    return run.stdout.split()


def test_boxes_lie_beside_the_branch_there_too(far, git):
    """Moved by the runner, opened with the month's key, deleted with it."""
    store, ring, _spool, path = far
    assert refs(git, path) == ["refs/heads/main", f"refs/private/{ID}"]
    assert opened(store, ring, ID).email == "zoe@ville.example"
    assert expire(store, ring, 0, NOW.replace(month=12)) == ("2017-11",)
    assert refs(git, path) == ["refs/heads/main"]
    with pytest.raises(NoPrivateDataError):
        opened(store, ring, ID)


def test_erasure_leaves_what_only_the_host_can_take_away(far, git):
    """No ref leads to it; its own housekeeping, asked for in the letter, takes the objects."""
    store, _ring, spool, path = far
    assert erase(runner(store, spool), ID, ANNE, NOW).holding is None
    assert refs(git, path) == ["refs/heads/main"]
    assert verdict(store).holds
    left = subprocess.run([git, "-C", path, "rev-list", "--count", "main"], capture_output=True, check=True)
    assert left.stdout.strip() == b"1"
    subprocess.run([git, "-C", path, "reflog", "expire", "--expire=now", "--all"], check=True)
    subprocess.run([git, "-C", path, "gc", "-q", "--prune=now"], check=True)
    every = subprocess.run(
        [git, "-C", path, "cat-file", "--batch-all-objects", "--batch"], capture_output=True, check=True
    )
    assert b"malade" not in every.stdout
    fsck(git, path)


def test_it_is_backed_up_from_there(far, git, tmp_path):
    """With every ref; the copy that was made for it is deleted."""
    store, _ring, _spool, path = far
    unbundle(bundle_of(store), tmp_path / "copy.git")
    assert refs(git, tmp_path / "copy.git") == refs(git, path)
    fsck(git, tmp_path / "copy.git")
