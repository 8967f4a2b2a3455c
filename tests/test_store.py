"""The git store: real git reads it back, many write at once, and damage is told."""

from __future__ import annotations

import multiprocessing
import os
import signal
import stat
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assises.branch import BRANCH
from assises.canonical import MAX_BYTES
from assises.contribution import ulid_time
from assises.ledger import Event, Head, chain
from assises.store import (
    RUNNER,
    Author,
    Snapshot,
    Store,
    StoreError,
    decisions_path,
    ledger_path,
    path_of,
)
from kernel import LEDGER_KEY, NOW, contribution, fsck, log

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    with Store.create(tmp_path / "store.git") as made:
        yield made


def put(
    store: Store, changes: dict[str, bytes | None], message: str = "Put", author: Author = RUNNER
) -> Snapshot:
    """Make one commit of fixed changes."""
    return store.commit(author, message, NOW, lambda _: changes)


def keep(store: Store, *items, fate="published") -> Snapshot:
    """Put contributions where the runner puts them."""
    return put(store, {path_of(fate, item.id): item.canonical() for item in items})


# --- what it does


def test_an_empty_store_has_nothing(store, tmp_path, git):
    """Nothing is asked of a store before its first commit."""
    snapshot = store.read()
    assert store.tip() is None
    assert snapshot.records() == ()
    assert snapshot.head() is None
    assert snapshot.ledger().entries == ()
    assert snapshot.names("published") == []
    assert snapshot.version("published") is None
    assert snapshot.find(contribution().number) is None
    fsck(git, tmp_path / "store.git")


def test_files_are_put_changed_and_deleted(store, tmp_path, git):
    """Each commit changes what it says, and git agrees with every object."""
    put(store, {"a/b/c.txt": b"one", "a/d.txt": b"two", "e.txt": b""}, "First")
    after = put(store, {"a/b/c.txt": b"three", "a/d.txt": None}, "Second")
    assert dict(after.files("a")) == {"a/b/c.txt": b"three"}
    assert after.get("a/d.txt") is None
    assert after.get("e.txt") == b""
    assert after.exists("e.txt")
    assert not after.exists("a/d.txt")
    assert after.get("a") is None
    fsck(git, tmp_path / "store.git")
    assert log(git, tmp_path / "store.git", "%s|%an|%ae|%aI") == [
        f"{title}|Assises runner|runner@localhost|2017-11-20T19:15:00+00:00" for title in ("Second", "First")
    ]


def test_the_last_file_can_go(store, tmp_path, git):
    """A folder that holds nothing any more is gone, the root as well."""
    put(store, {"a/b/c.txt": b"one"})
    after = put(store, {"a/b/c.txt": None})
    assert after.names("") == []
    assert after.names("a") == []
    fsck(git, tmp_path / "store.git")
    assert put(store, {"a/b/c.txt": b"again"}).get("a/b/c.txt") == b"again"
    fsck(git, tmp_path / "store.git")


def test_no_change_makes_no_commit(store):
    """To put what stands there already leaves the head where it was."""
    put(store, {"a": b"one"})
    tip = store.tip()
    put(store, {"a": b"one", "b": None})
    put(store, {})
    assert store.tip() == tip


def test_a_snapshot_does_not_move(store):
    """Who reads sees one commit, whatever is written meanwhile."""
    before = put(store, {"a/b": b"one"})
    after = put(store, {"a/b": b"two"})
    assert (before.get("a/b"), after.get("a/b")) == (b"one", b"two")
    assert before.version("a") != after.version("a")


def test_the_same_commits_have_the_same_ids(tmp_path):
    """The store's head is a function of what was put, by whom and when."""
    tips = set()
    for name in ("one.git", "two.git"):
        with Store.create(tmp_path / name) as store:
            keep(store, contribution(), contribution("Deux."))
            put(store, {"a": b"b"})
            tips.add(store.tip())
    assert len(tips) == 1


@pytest.mark.parametrize("count", [3, 200])
def test_few_objects_and_many_are_written_alike(tmp_path, git, count):
    """Singly or as one pack, git reads them back."""
    with Store.create(tmp_path / "store.git") as store:
        items = [contribution(str(n)) for n in range(count)]
        keep(store, *items)
        assert {record.contribution for record in store.read().records()} == set(items)
    fsck(git, tmp_path / "store.git")


def test_records_come_by_id_whatever_their_fate(store):
    """The order is that of time; fates can be chosen."""
    times = [NOW + timedelta(days=40 * n) for n in range(4)]
    items = [contribution(str(n), time=time) for n, time in enumerate(times)]
    keep(store, items[3], items[0])
    keep(store, items[1], fate="pending")
    put(store, {decisions_path("published", items[0].id): b"{}\n"})
    keep(store, items[2], fate="withheld")
    snapshot = store.read()
    assert [record.contribution for record in snapshot.records()] == items
    assert [record.fate for record in snapshot.records()] == ["published", "pending", "withheld", "published"]
    assert [r.contribution for r in snapshot.records("published")] == [items[0], items[3]]
    assert snapshot.records("erased") == ()
    assert [snapshot.fate(item.id) for item in items] == ["published", "pending", "withheld", "published"]


def test_a_path_says_month_and_random_end_only():
    """Nothing that a resident typed is in a path, nor the page."""
    item = contribution("secret", time=NOW, of="topics/housing")
    assert path_of("pending", item.id) == f"pending/2017-11/{item.id[-2]}/{item.id[-1]}/{item.id}.json"
    assert (
        decisions_path("pending", item.id)
        == f"pending/2017-11/{item.id[-2]}/{item.id[-1]}/{item.id}.decisions.json"
    )


def test_a_contribution_is_found_by_id_and_number(store):
    """As it is written, read out, or typed by hand: any case, O for 0, I and L for 1, hyphen or not."""
    items = [contribution(str(n)) for n in range(50)]
    keep(store, *items[:25])
    keep(store, *items[25:], fate="withheld")
    snapshot = store.read()
    for item in items:
        typed = item.number.lower().replace("0", "o").replace("1", "l")
        for wanted in (item.id, item.id.lower(), item.number, item.number.replace("-", " "), typed):
            found = snapshot.find(wanted)
            assert found is not None
            assert found.contribution == item


@given(
    st.text(st.characters(exclude_categories=()), max_size=30)
    | st.sampled_from(["/", "..", "a/b-c/de", "U" * 8])
)
def test_any_other_text_finds_nothing(text):
    """What a person types into a search box is no path."""
    assert Snapshot.empty().find(text) is None
    assert Snapshot.empty().fate(text) is None
    assert Snapshot.empty().record(text) is None


@pytest.mark.parametrize(
    "text", ["..", "../../x", "published", "U" * 8, "\udcff", "é" * 8, "a/b/c/d/", "%" * 8]
)
def test_no_text_leads_out_of_the_shards(store, text):
    """Nor in a store that has something."""
    keep(store, contribution())
    assert store.read().find(text) is None
    assert store.read().fate(text) is None


def test_the_ledger_is_read_across_its_files(store):
    """A file a day; the lines come out in the order that they were written."""
    item = contribution()
    first = list(chain([Event("received", item.id, item.digest(), "web")], None, NOW))
    later = NOW + timedelta(days=12)
    second = list(chain([Event("published", item.id)], Head.sign(first[-1], LEDGER_KEY), later))
    for entry in (*second, *first):
        put(store, {ledger_path(entry.time): entry.line()})
    put(store, {"ledger/head.json": Head.sign(second[-1], LEDGER_KEY).to_bytes()})
    ledger = store.read().ledger()
    assert list(ledger.entries) == [*first, *second]
    assert ledger.head == Head.sign(second[-1], LEDGER_KEY)


@pytest.mark.parametrize(
    "author",
    [
        Author("", ""),
        Author("<>", "<>"),
        Author("Anne\n\nSigned-off-by: x", "a\nb"),
        Author("Anne <x@y> z", "a>b<c"),
        Author("\udcff\x00é\u202e", "\udcff"),
        Author(". , ;", "."),
        Author("a" * 5000, "b" * 5000),
    ],
    ids=range(7),
)
def test_any_moderators_name_makes_a_good_commit(store, tmp_path, git, author):
    """Git is strict about who made a commit; a person's name never breaks it."""
    put(store, {"a": b"b"}, author=author)
    fsck(git, tmp_path / "store.git")
    assert log(git, tmp_path / "store.git") == ["Put"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_its_owner_reads_the_store(store, tmp_path):
    """What waits for moderation is private."""
    assert stat.S_IMODE((tmp_path / "store.git").stat().st_mode) & 0o077 == 0


def test_creating_what_exists_opens_it(store, tmp_path):
    """Nothing is lost by starting again."""
    put(store, {"a": b"b"})
    with Store.create(tmp_path / "store.git") as again:
        assert again.tip() == store.tip()
    assert [file.name for file in tmp_path.iterdir()] == ["store.git"]


# --- many at once


def commit_many(path: Path, name: str, count: int, gate: object) -> None:
    """Start together with others on a store that none has made yet, and add a line to one file at each commit."""
    gate.wait()  # type: ignore[attr-defined]
    with Store.create(path) as store:
        for number in range(count):
            line = f"{name} {number}\n".encode()
            store.commit(RUNNER, name, NOW, lambda s, line=line: {"lines": (s.get("lines") or b"") + line})  # type: ignore[misc]


def test_eight_processes_lose_nothing(tmp_path, git):
    """Each reads, adds and puts back one file, from the store's first moment on: every line is there."""
    path, gate = tmp_path / "store.git", SPAWN.Barrier(8)
    processes = [SPAWN.Process(target=commit_many, args=(path, f"p{n}", 6, gate)) for n in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 8
    with Store.open(path) as store:
        lines = (store.read().get("lines") or b"").decode().split("\n")[:-1]
    assert sorted(lines) == sorted(f"p{n} {number}" for n in range(8) for number in range(6))
    assert len(log(git, path)) == 48
    fsck(git, path)
    assert [file.name for file in tmp_path.iterdir()] == ["store.git"]


def commit_for_ever(path: Path, told: object) -> None:
    """Count in one file, telling each number once its commit stands."""
    with Store.open(path) as store:
        while True:
            after = store.commit(RUNNER, "Count", NOW, lambda s: {"n": b"%d" % (int(s.get("n") or b"0") + 1)})
            told.send(int(after.get("n") or b""))  # type: ignore[attr-defined]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_writer_leaves_a_whole_store(store, tmp_path, git):
    """SIGKILL anywhere in a commit, again and again: what was told is there, git finds nothing wrong, and work goes on."""
    path, counted = tmp_path / "store.git", 0
    for commits in range(2, 6):
        told, tell = SPAWN.Pipe(duplex=False)
        process = SPAWN.Process(target=commit_for_ever, args=(path, tell))
        process.start()
        for _ in range(commits):
            counted = told.recv()
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        for lock in path.rglob("*.lock"):
            os.utime(lock, (0, 0))
        assert int(put(store, {f"after-{commits}": b""}).get("n") or b"") >= counted
        for lock in path.rglob("*.lock"):  # of an object that was cut short: git notices it and goes on
            lock.unlink()
        fsck(git, path)


def test_a_writer_who_was_overtaken_looks_again(store):
    """`change` is called on the newest snapshot until it is put in place on that very one."""
    seen = []

    def change(snapshot: Snapshot) -> dict[str, bytes | None]:
        seen.append(snapshot.get("a"))
        if len(seen) < 4:
            put(store, {"a": str(len(seen)).encode()})
        return {"b": b"mine"}

    after = store.commit(RUNNER, "Slow", NOW, change)
    assert seen == [None, b"1", b"2", b"3"]
    assert (after.get("a"), after.get("b")) == (b"3", b"mine")


def test_what_change_raises_comes_through(store):
    """A refusal is no fault of the store, and nothing is written."""

    def change(_: Snapshot) -> dict[str, bytes | None]:
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        store.commit(RUNNER, "No", NOW, change)
    assert store.tip() is None


def test_a_lock_is_waited_for(store, tmp_path):
    """Another writer's lock, younger than its stale age, is left alone until it goes."""
    put(store, {"a": b"one"})
    lock = tmp_path / "store.git/refs/heads/main.lock"
    lock.write_bytes(b"")
    calls = []

    def change(_: Snapshot) -> dict[str, bytes | None]:
        calls.append(lock.exists())
        if len(calls) == 5:
            lock.unlink()
        return {"a": b"two"}

    assert store.commit(RUNNER, "Wait", NOW, change).get("a") == b"two"
    assert calls == [True] * 5


def test_a_stale_lock_is_broken(store, tmp_path, git):
    """What a crash left behind half a minute ago stops nobody."""
    put(store, {"a": b"one"})
    lock = tmp_path / "store.git/refs/heads/main.lock"
    lock.write_bytes(b"")
    long_ago = time.time() - 31
    os.utime(lock, (long_ago, long_ago))
    assert put(store, {"a": b"two"}).get("a") == b"two"
    assert not lock.exists()
    fsck(git, tmp_path / "store.git")


def test_git_may_tidy_up_meanwhile(store, tmp_path, git):
    """`git gc` packs objects and the branch itself under an open store: nothing is lost, nothing is doubled."""
    for number in range(3):
        put(store, {f"a{number}": b"one"}, f"Put {number}")
    subprocess.run([git, "-C", str(tmp_path / "store.git"), "gc", "--quiet", "--prune=now"], check=True)
    assert not (tmp_path / "store.git/refs/heads/main").exists()
    assert store.read().names("") == ["a0", "a1", "a2"]
    put(store, {"a3": b"one"}, "Put 3")
    subprocess.run([git, "-C", str(tmp_path / "store.git"), "pack-refs", "--all", "--prune"], check=True)
    assert put(store, {"a4": b"one"}, "Put 4").names("") == ["a0", "a1", "a2", "a3", "a4"]
    assert log(git, tmp_path / "store.git") == [f"Put {number}" for number in (4, 3, 2, 1, 0)]
    fsck(git, tmp_path / "store.git")


def test_git_itself_can_write_too(store, tmp_path, git):
    """Whoever commits by hand to a clone and pushes is read, and built upon."""
    put(store, {"a": b"one"})
    clone = tmp_path / "clone"
    who = ["-c", "user.name=Anne", "-c", "user.email=a@b"]
    subprocess.run([git, "clone", "--quiet", str(tmp_path / "store.git"), str(clone)], check=True)
    (clone / "b").write_bytes(b"two")
    for command in (["add", "b"], [*who, "commit", "--quiet", "-m", "By hand"], ["push", "--quiet"]):
        subprocess.run([git, "-C", str(clone), *command], check=True, capture_output=True)
    assert store.read().get("b") == b"two"
    assert put(store, {"c": b"three"}).names("") == ["a", "b", "c"]


# --- damage


def ask(git: str, path: Path, *arguments: str) -> bytes:
    """Return what git says of a repository."""
    return subprocess.run([git, "-C", str(path), *arguments], capture_output=True, check=True).stdout


OBJECTS = {
    "truncated objects": lambda data: data[:10],
    "empty objects": lambda _: b"",
    "garbled objects": lambda _: b"garbage" * 10,
    "missing objects": None,
    "missing blobs": None,
}
BRANCHES = {
    "empty branch": b"",
    "garbled branch": b"garbage\n",
    "branch to nowhere": b"1" * 40 + b"\n",
    "branch to a tree": b"main^{tree}",
    "looping branch": b"ref: refs/heads/main\n",
}


def damage_objects(path: Path, how: str, git: str) -> None:
    """Damage the files that hold objects, or take them away."""
    for file in [file for file in (path / "objects").rglob("*") if file.is_file()]:
        change = OBJECTS[how]
        if change:
            file.chmod(0o644)
            file.write_bytes(change(file.read_bytes()))
        elif (
            how == "missing objects"
            or ask(git, path, "cat-file", "-t", file.parent.name + file.name) == b"blob\n"
        ):
            file.unlink()


def damage_branch(path: Path, how: str, git: str) -> None:
    """Damage the file that says which commit is the newest."""
    data = BRANCHES[how]
    branch = path / "refs/heads/main"
    branch.write_bytes(ask(git, path, "rev-parse", data.decode()) if how == "branch to a tree" else data)


@pytest.mark.parametrize("how", [*OBJECTS, *BRANCHES])
def test_a_damaged_store_says_so(tmp_path, git, how):
    """Reading and writing raise StoreError: no traceback of another kind, and never an empty store instead."""
    path = tmp_path / "store.git"
    with Store.create(path) as store:
        keep(store, contribution(), contribution("Deux."))
    (damage_objects if how in OBJECTS else damage_branch)(path, how, git)
    with Store.open(path) as store:
        with pytest.raises(StoreError):
            store.read().records()
        with pytest.raises(StoreError):
            store.commit(
                RUNNER, "Try", NOW, lambda s: {"a": s.get(path_of("published", contribution().id)) and b"b"}
            )


@pytest.mark.parametrize(
    ("path", "data"),
    [
        (path_of("published", contribution().id), b"{}\n"),
        (path_of("published", contribution().id), b"not JSON"),
        (path_of("published", contribution().id), b"\xff" * 100),
        ("ledger/2017-11-20.jsonl", b"{}\n"),
        ("ledger/2017-11-20.jsonl", b'{"event":[]}\n'),
        ("ledger/head.json", b"{}\n"),
        ("ledger/head.json", b"x"),
        ("ledger/head.json", b""),
    ],
)
def test_a_damaged_file_says_so(store, path, data):
    """What stands in the store is read as strictly as what comes in, and the message names the file."""
    put(store, {path: data})
    with pytest.raises(StoreError, match=r"published|ledger"):
        store.read().records() + store.read().ledger().entries


@pytest.mark.parametrize("kind", ["absent", "file", "empty folder", "HEAD alone"])
def test_what_is_no_store_says_so(tmp_path, kind):
    """Opening it raises StoreError, with its path."""
    path = tmp_path / "store.git"
    if kind == "file":
        path.write_bytes(b"x")
    elif kind != "absent":
        path.mkdir()
    if kind == "HEAD alone":
        (path / "HEAD").write_bytes(b"ref: refs/heads/main\n")
    with pytest.raises(StoreError, match=r"store\.git"):
        Store.open(path)


def test_an_empty_folder_becomes_a_store(tmp_path):
    """As a container's volume is at first."""
    (tmp_path / "store.git").mkdir()
    with Store.create(tmp_path / "store.git") as store:
        assert store.tip() is None


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    """Nothing of it is changed, and the message says that it is no store."""
    path = tmp_path / "store.git"
    path.mkdir()
    (path / "letters.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(StoreError, match=r"store\.git"):
        Store.create(path)
    assert [file.name for file in path.iterdir()] == ["letters.txt"]
    assert [file.name for file in tmp_path.iterdir()] == ["store.git"]


def test_nothing_is_kept_that_could_not_be_read_again(store):
    """The longest contribution that the format takes goes through the store."""
    item = contribution("a" * (MAX_BYTES - 1000))
    keep(store, item)
    record = store.read().record(item.id)
    assert record is not None
    assert record.contribution == item
    assert ulid_time(item.id) == NOW
    assert BRANCH == b"refs/heads/main"
