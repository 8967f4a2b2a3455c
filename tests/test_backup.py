"""Backup: a whole consultation in one file, and back from nothing; the pages built of it are the same to the byte."""

from __future__ import annotations

import io
import json
import shutil
import stat
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assises.backup import BackupError, Kept, back_up, restore
from assises.keys import keep
from assises.locked import LockedError
from assises.sealing import Private
from assises.settings_reader import load_settings
from assises.spool import Spool
from assises.store import RUNNER, Store, StoreError
from assises.store_bundle import bundle_of, unbundle
from conftest import require
from git_host import PASSWORD, USER, GitHost, git_host
from kernel import INTAKE_KEY, NOW, contribution, envelope, fsck, receive
from served import assises, copy_of

WORDS = "un cheval correct agrafé"
EVENING = "2017-11-20T20:15"


def run(*arguments: str, code: int = 0) -> dict:
    """Run a command with the passphrase, and return what it says as JSON."""
    done = assises(*arguments, "--json", ASSISES_PASSPHRASE=WORDS)
    assert done.returncode == code, (done.stdout, done.stderr)
    return json.loads(done.stdout) if done.stdout else {}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A consultation in full life: published, withheld, waiting, set aside, sealed, with files of every kind."""
    root = copy_of("complete", tmp_path_factory.mktemp("original"))
    place = root / "site.yaml"
    asked = place.read_text("utf-8").replace(
        "participation:\n", "participation:\n  private: {email: true}\n", 1
    )
    place.write_text(asked, "utf-8")
    keep(root / ".assises" / "keys" / "intake.key", INTAKE_KEY)
    run("drain", str(root), "--now", EVENING)
    settings, _problems = load_settings(root)
    assert settings
    spool = Spool(root / settings.store.spool)
    with Store.open(root / settings.store.path) as store:
        item = envelope("Un banc devant la mairie.")
        spool.put_if_absent(item.contribution.id, item.to_bytes(INTAKE_KEY))
        run("drain", str(root), "--now", EVENING)
        run("moderate", "publish", item.contribution.id, str(root), "--now", EVENING)
        months = run("keys", "list", str(root))["months"]
        sealed = Private(item.contribution.id, "zoe@ville.example").seal(months["2017-11"]["public"], b"s")
        store.private.put_if_absent(item.contribution.id, sealed.to_bytes())
    waiting = envelope("Une fontaine.", "5f" * 16)
    spool.put_if_absent(waiting.contribution.id, waiting.to_bytes(INTAKE_KEY))
    odd = contribution("étrange").id
    spool.put_if_absent(odd, b"not signed")
    spool.set_aside(odd)
    run("build", str(root), "-o", str(root / "dist"), "--now", EVENING)
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("x", "utf-8")
    return root


@pytest.fixture(scope="module")
def backup(original: Path) -> Path:
    """Its backup."""
    file = original.parent / "backup.tar.gz"
    told = run("backup", str(file), str(original), "--now", EVENING)
    assert (told["waiting"], told["aside"], told["refs"]) == (1, 1, True)
    return file


def files_below(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_consultation_comes_back_from_nothing(
    original: Path, backup: Path, tmp_path: Path, git: str
) -> None:
    """Restored elsewhere, drained, verified, built: the same ledger, and the same pages to the byte."""
    keyring = tmp_path / "keyring.json"
    run("keys", "backup", str(keyring), str(original))
    new = tmp_path / "elsewhere"
    told = run("restore", str(backup), str(new), "--keys", str(keyring))
    assert {"intake", "ledger", "desk", "private/2017-11"} <= set(told["keys"])
    fsck(git, new / ".assises" / "store.git")
    for root, out in ((original, tmp_path / "one"), (new, tmp_path / "two")):
        assert run("drain", str(root), "--now", EVENING)["received"] == 1
        assert run("verify", str(root), "--now", EVENING)["holds"]
        run("build", str(root), "-o", str(out), "--now", EVENING)
    assert files_below(tmp_path / "one") == files_below(tmp_path / "two")
    id = contribution("Un banc devant la mairie.").id
    shown = run("privacy", "show", id, str(new), "--reason", "essai", "--now", EVENING)
    assert shown["email"] == "zoe@ville.example"
    assert [path.name for path in (new / ".assises" / "spool" / "aside").iterdir()]
    assert stat.S_IMODE((new / ".assises" / "keys" / "ledger.key").stat().st_mode) == 0o600


def test_it_holds_what_is_the_towns_and_nothing_else(backup: Path) -> None:
    """Not what is built, nor another program's, nor a key in clear, nor any month's; for its owner alone."""
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with tarfile.open(backup) as archive:
        names = archive.getnames()
        held = {name: archive.extractfile(name).read() for name in names}
    assert names[0] == "backup.json"
    assert "site/site.yaml" in names
    assert not [name for name in names if name.startswith(("site/dist", "site/.git", "site/.assises"))]
    assert not [name for name, data in held.items() if INTAKE_KEY.seed.hex().encode() in data]
    assert b"zoe@ville.example" not in b"".join(held.values())


def test_git_itself_clones_the_store(backup: Path, tmp_path: Path, git: str) -> None:
    """Nobody needs our program to read it: a bundle with every ref, the private ones too."""
    with tarfile.open(backup) as archive:
        (tmp_path / "store.bundle").write_bytes(archive.extractfile("store.bundle").read())
    subprocess.run([git, "clone", "-q", "--mirror", "store.bundle", "clone.git"], cwd=tmp_path, check=True)
    refs = subprocess.run(
        [git, "-C", tmp_path / "clone.git", "for-each-ref", "--format=%(refname)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"refs/heads/main", f"refs/private/{contribution('Un banc devant la mairie.').id}"} <= set(
        refs.stdout.split()
    )
    fsck(git, tmp_path / "clone.git")


def test_a_wrong_passphrase_writes_nothing(backup: Path, tmp_path: Path) -> None:
    """It is tried first."""
    with pytest.raises(LockedError):
        restore(backup, tmp_path / "new", "x" * 20)
    assert not (tmp_path / "new").exists()


def test_a_folder_with_files_is_left_alone(backup: Path, tmp_path: Path) -> None:
    """Nothing is ever written over."""
    (tmp_path / "x").write_text("x", "utf-8")
    with pytest.raises(BackupError, match="not empty"):
        restore(backup, tmp_path, WORDS)
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("place", [0.001, 0.3, 0.8])
def test_a_damaged_backup_says_so(backup: Path, tmp_path: Path, place: float) -> None:
    """A flipped byte, or half a file: nothing is written."""
    data = bytearray(backup.read_bytes())
    data[int(len(data) * place)] ^= 0x10
    for name, broken in (("flipped", bytes(data)), ("half", bytes(data[: int(len(data) * place)]))):
        (tmp_path / name).write_bytes(broken)
        with pytest.raises(BackupError):
            restore(tmp_path / name, tmp_path / "new", WORDS)
        assert not (tmp_path / "new").exists()


def packed(folder: Path, members: dict[str, bytes], **odd: object) -> Path:
    """Return an archive with these members."""
    file = folder / "made.tar.gz"
    with tarfile.open(file, "w:gz") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            for key, value in odd.items():
                setattr(member, key, value)
            archive.addfile(member, io.BytesIO(data))
    return file


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "site/../../evil", "site\\..\\evil", "C:evil"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    """A backup may come from anywhere."""
    with pytest.raises(BackupError):
        restore(packed(tmp_path, {"backup.json": b"{}", name: b"x"}), tmp_path / "new", WORDS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made.tar.gz"]


def test_a_link_is_no_file(tmp_path: Path) -> None:
    """Nor is anything else that an archive may hold."""
    file = packed(tmp_path, {"site/x": b""}, type=tarfile.SYMTYPE, linkname="/etc/passwd")
    with pytest.raises(BackupError):
        restore(file, tmp_path / "new", WORDS)


@pytest.mark.parametrize(
    "index",
    [
        b"",
        b"[]",
        b"{}",
        b'{"format":2,"members":{}}',
        b'{"format":1,"members":{}}',
        b'{"format":1,"members":[]}',
    ],
)
def test_what_is_no_backup_says_so(tmp_path: Path, index: bytes) -> None:
    """Any archive, any file."""
    with pytest.raises(BackupError):
        restore(packed(tmp_path, {"backup.json": index}), tmp_path / "new", WORDS)
    (tmp_path / "text").write_text("x", "utf-8")
    with pytest.raises(BackupError):
        restore(tmp_path / "text", tmp_path / "new", WORDS)


def test_an_empty_store_is_no_fault(tmp_path: Path) -> None:
    """On the first day there is nothing in it."""
    root = copy_of("minimal", tmp_path)
    settings, _problems = load_settings(root)
    with Store.create(root / settings.store.path) as store:
        content = back_up(tmp_path / "b", Kept(root, settings, store, ()), WORDS, NOW)
    assert not content.refs
    assert restore(tmp_path / "b", tmp_path / "new", WORDS).site == content.site


def test_a_store_is_never_made_over_another(tmp_path: Path) -> None:
    """Nor is a broken bundle taken for one."""
    with Store.create(tmp_path / "a.git") as store:
        store.commit(RUNNER, "x", NOW, lambda _: {"x": b"x"})
        data = bundle_of(store)
    unbundle(data, tmp_path / "b.git")
    with pytest.raises(FileExistsError):
        unbundle(data, tmp_path / "b.git")
    for broken in (data[:-30], b"x", data[:40]):
        with pytest.raises(StoreError):
            unbundle(broken, tmp_path / "c.git")


# --- a store at a git host


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHost]:
    """A real git host."""
    git, lighttpd = require("git-host")
    with git_host(tmp_path_factory.mktemp("host"), git, lighttpd) as served:
        yield served


def at(url: str, password: str = PASSWORD) -> dict[str, str]:
    """Return what names a repository as the place of the store."""
    return {
        "ASSISES_STORE": f"git+{url.replace('//', f'//{USER}@')}",
        "ASSISES_STORE_PASSWORD": password,
        "ASSISES_PASSPHRASE": WORDS,
    }


def far(variables: dict[str, str], *arguments: str) -> dict:
    """Run a command on a store far away that goes well, and return what it says as JSON."""
    done = assises(*arguments, "--json", **variables)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return json.loads(done.stdout)


def test_a_store_at_a_git_host_comes_back_from_nothing(host: GitHost, tmp_path: Path, git: str) -> None:
    """Backed up, machine and repository destroyed, restored into a fresh one: branch, boxes, ledger and what waits."""
    root, url = copy_of("complete", tmp_path), host.make("before.git")
    place = root / "site.yaml"
    asked = place.read_text("utf-8").replace(
        "participation:\n", "participation:\n  private: {email: true}\n", 1
    )
    place.write_text(asked, "utf-8")
    keep(root / ".assises" / "keys" / "intake.key", INTAKE_KEY)
    far(at(url), "drain", str(root), "--now", EVENING)
    settings, _problems = load_settings(root)
    assert settings
    spool = Spool(root / settings.store.spool)
    months = far(at(url), "keys", "list", str(root))["months"]
    item, waits = envelope("Un banc devant la mairie."), envelope("Une fontaine.", "5f" * 16)
    sealed = Private(item.contribution.id, "zoe@ville.example").seal(months["2017-11"]["public"], b"s")
    receive(spool, replace(item, private=sealed))
    far(at(url), "drain", str(root), "--now", EVENING)
    far(at(url), "moderate", "publish", item.contribution.id, str(root), "--now", EVENING)
    receive(spool, waits)
    before = far(at(url), "verify", str(root), "--now", EVENING)
    assert not (root / settings.store.path).exists()
    refs = host.refs("before.git")
    assert f"refs/private/{item.contribution.id}" in refs
    file, keyring = tmp_path / "backup.tar.gz", tmp_path / "keyring.json"
    assert far(at(url), "backup", str(file), str(root), "--now", EVENING)["refs"]
    far(at(url), "keys", "backup", str(keyring), str(root))
    shutil.rmtree(root)
    shutil.rmtree(host.folder / "before.git")

    new, fresh = tmp_path / "new", host.make("after.git")
    told = far(at(fresh), "restore", str(file), str(new), "--keys", str(keyring))
    assert (told["waiting"], told["refs"]) == (1, True)
    assert host.refs("after.git") == refs
    assert not (new / settings.store.path).exists()
    fsck(git, host.folder / "after.git")
    after = far(at(fresh), "verify", str(new), "--now", EVENING)
    assert after["holds"]
    assert {**after, "seconds": 0} == {**before, "seconds": 0}
    assert far(at(fresh), "drain", str(new), "--now", EVENING)["received"] == 1
    id = item.contribution.id
    shown = far(at(fresh), "privacy", "show", id, str(new), "--reason", "essai", "--now", EVENING)
    assert shown["email"] == "zoe@ville.example"
    again = assises("restore", str(file), str(tmp_path / "other"), **at(fresh))
    assert (again.returncode, "is not empty" in again.stderr) == (1, True)
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("url", "password", "told"),
    [
        ("http://127.0.0.1:9/store.git", PASSWORD, "does not answer as a git host does"),
        ("{host}/there.git", "another", "does not let this user in (status 401)"),
        ("{host}/nowhere.git", PASSWORD, "there is no such repository"),
        ("{host}/closed.git", PASSWORD, "status 403"),
        ("{host}/picky.git", PASSWORD, "did not take what was sent (pre-receive hook declined)"),
    ],
)
def test_a_git_host_that_fails_is_told_in_a_sentence(
    host: GitHost, tmp_path: Path, url: str, password: str, told: str
) -> None:
    """What it did and what to look at; no name of a Python class, no traceback, no password."""
    for name in ("there.git", "closed.git", "picky.git"):
        if not (host.folder / name).exists():
            host.make(name)
    host.run("closed.git", "config", "http.receivepack", "false")
    hook = host.folder / "picky.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    address = url.format(host=f"http://127.0.0.1:{host.port}")
    done = assises("drain", str(copy_of("complete", tmp_path)), "--now", EVENING, **at(address, password))
    assert done.returncode == 1
    assert told in done.stderr
    assert address in done.stderr
    assert "Error(" not in done.stderr + done.stdout
    assert PASSWORD not in done.stderr
