"""The store in a repository at the other end of HTTP: read in parts, moved by compare-and-swap."""

from __future__ import annotations

import subprocess
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from assises.decisions import Decision
from assises.git_remote import Remote
from assises.moderation import decide
from assises.remote_address import AddressError
from assises.remote_branch import RemoteBranch
from assises.settings import Settings
from assises.spool import Spool
from assises.store import FATES, RUNNER, Store, StoreError, decisions_path, path_of
from assises.store_address import open_store, read_store
from assises_inbox.desk.shelves import Shelves
from assises_inbox.desk.waiting import Waiting
from conftest import require
from fault_proxy import fault_proxy
from git_host import PASSWORD, USER, git_host
from kernel import NOW, contribution, envelope, fsck, log, receive, runner, verdict


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """A real git host."""
    git, lighttpd = require("git-host")
    with git_host(tmp_path_factory.mktemp("host"), git, lighttpd) as served:
        yield served


@pytest.fixture
def far(host, tmp_path):
    """Call it for the store of a repository of the test's own; each is a process that knows nothing yet."""
    url = host.make(f"{tmp_path.name}.git")

    def store(through: int | None = None, timeout: float = 20) -> Store:
        at = url.replace(str(host.port), str(through or host.port))
        return Store(RemoteBranch(Remote(at, USER, PASSWORD, timeout)))

    store.path = host.folder / f"{tmp_path.name}.git"  # type: ignore[attr-defined]
    return store


def put(store: Store, **files: bytes | None):
    """Commit files."""
    return store.commit(RUNNER, "Put", NOW, lambda _snapshot: files)


def test_what_is_committed_is_read_by_others(far, git):
    """From the first commit on; git itself finds the same, and nothing wrong."""
    assert far().tip() is None
    assert far().read().names("") == []
    after = far().commit(RUNNER, "Put", NOW, lambda _: {"a/b": b"one", "a/c": b"two", "d": b"three"})
    assert after.get("a/b") == b"one"
    snapshot = far().read()
    assert (snapshot.get("a/b"), snapshot.get("a/c"), snapshot.get("d")) == (b"one", b"two", b"three")
    assert (snapshot.get("a"), snapshot.get("x/y"), snapshot.names("a")) == (None, None, ["b", "c"])
    assert dict(snapshot.files("a")) == {"a/b": b"one", "a/c": b"two"}
    far().commit(RUNNER, "Again", NOW, lambda _: {"a/b": None})
    assert far().read().names("a") == ["c"]
    assert log(git, far.path) == ["Again", "Put"]
    fsck(git, far.path)


def test_no_change_pushes_nothing(far):
    """The tip stays."""
    put(far(), a=b"one")
    tip = far().tip()
    put(far(), a=b"one", b=None)
    assert far().tip() == tip


def test_writers_who_meet_lose_nothing(far, git):
    """Each builds on the tip that it read, and again where another was faster."""
    put(far(), lines=b"")

    def write(name: int) -> None:
        store = far()
        for number in range(3):
            line = b"%d %d\n" % (name, number)
            store.commit(RUNNER, "Put", NOW, lambda s, line=line: {"lines": (s.get("lines") or b"") + line})

    threads = [threading.Thread(target=write, args=(name,)) for name in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = (far().read().get("lines") or b"").splitlines()
    assert sorted(lines) == sorted(b"%d %d" % (name, number) for name in range(3) for number in range(3))
    assert len(log(git, far.path)) == 10


def test_a_tip_that_moves_between_reading_and_pushing_is_not_overrun(far):
    """A push would else take the tip of its own moment for the one that was read, and another's commit vanish."""
    put(far(), a=b"one")
    late, calls = far(), []

    def change(snapshot):
        calls.append(snapshot.get("b"))
        if len(calls) == 1:
            put(far(), b=b"another's")
        return {"c": b"mine"}

    late.commit(RUNNER, "Put", NOW, change)
    assert calls == [None, b"another's"]
    after = far().read()
    assert (after.get("a"), after.get("b"), after.get("c")) == (b"one", b"another's", b"mine")


def test_a_push_that_was_done_and_not_told_is_found_done(far, host, git):
    """The answer is cut short: the host is asked where the branch is, and nothing is committed twice."""
    put(far(), a=b"one")
    with fault_proxy(host.port) as proxy:
        pushes = []

        def fault(method: str, path: str, _number: int):
            if method == "POST" and path.endswith("git-receive-pack"):
                pushes.append(path)
                return "cut"
            return ""

        proxy.fault = fault
        store, calls = far(proxy.port), []
        store.commit(RUNNER, "Mine", NOW, lambda s: calls.append(s) or {"n": b"1"})
    assert (len(pushes), len(calls)) == (1, 1)
    assert log(git, far.path) == ["Mine", "Put"]


def test_many_contributions_are_read_in_few_requests(far, host):
    """A build needs them all; asked one by one, it would take minutes."""
    items = [contribution(str(n), time=NOW - timedelta(days=n)) for n in range(120)]
    put(far(), **{path_of("published", item.id): item.canonical() for item in items})
    with fault_proxy(host.port) as proxy:
        records = far(proxy.port).read().records("published")
        assert len(proxy.requests) < 15
    assert {record.contribution for record in records} == set(items)


def test_adding_one_to_many_brings_little(far, host):
    """Folders on the way alone: no contribution, no commit before."""
    for part in range(2):
        items = [contribution(f"{part} {n} {'mot ' * 20}") for n in range(300)]
        files = {path_of("published", item.id): item.canonical() for item in items}
        put(far(), **files, **{decisions_path("published", item.id): b"{}\n" for item in items})
    with fault_proxy(host.port) as proxy:
        new = contribution("neu")

        def change(snapshot):
            snapshot.bring(path_of(fate, new.id) for fate in FATES)
            assert snapshot.fate(new.id) is None
            return {path_of("pending", new.id): new.canonical()}

        far(proxy.port).commit(RUNNER, "Put", NOW, change)
        assert len(proxy.requests) <= 10
        assert proxy.received < 8_000
    assert far().read().record(new.id).contribution == new


def test_the_runner_drains_into_it(far, tmp_path, git):
    """Spool here, store there: all verifies, and a second turn finds everything known."""
    spool = Spool(tmp_path / "spool")
    sent = [envelope(str(n), sending=f"{n:032x}") for n in range(5)]
    receive(spool, *sent)
    assert runner(far(), spool).drain(NOW).received == 5
    receive(spool, *sent[:2])
    assert runner(far(), spool).drain(NOW).known == 2
    assert verdict(far()).holds
    assert len(far().read().records()) == 5
    fsck(git, far.path)


# --- what goes wrong


def test_a_host_without_partial_fetches_is_told(far, git):
    """What it says is in the error."""
    put(far(), a=b"one")
    subprocess.run([git, "-C", str(far.path), "config", "uploadpack.allowFilter", "false"], check=True)
    with pytest.raises(StoreError, match=r"is uploadpack\.allowFilter set there"):
        far().read()


@pytest.mark.parametrize("fault", ["cut", "garbled", "cut-before", 429, 500, 404])
def test_what_a_host_garbles_is_no_store(far, host, fault):
    """Never half a store, never a traceback of another kind."""
    put(far(), a=b"one")
    with fault_proxy(host.port) as proxy:
        proxy.fault = lambda _method, _path, number: fault if number > 1 else ""
        with pytest.raises(StoreError):
            far(proxy.port).read().get("a")
    assert far().read().get("a") == b"one"


def test_a_host_that_is_down_is_told(far, free_port):
    """At once, by its address."""
    with pytest.raises(StoreError, match=r"127\.0\.0\.1"):
        far(free_port(), 2).tip()


# --- its address


def settings() -> Settings:
    """Return settings of which only the store's places are looked at."""
    from assises.settings import Storage  # noqa: PLC0415

    return type("Some", (), {"store": Storage()})()  # type: ignore[return-value]


def test_the_environment_names_it(far, host, tmp_path):
    """Its password stands in a variable of its own; without one, the store is beside the site."""
    put(far(), a=b"one")
    variables = {
        "ASSISES_STORE": f"git+http://{USER}@127.0.0.1:{host.port}/{far.path.name}",
        "ASSISES_STORE_PASSWORD": PASSWORD,
    }
    assert open_store(tmp_path, settings(), variables).read().get("a") == b"one"
    assert read_store(tmp_path, settings(), variables).get("a") == b"one"
    assert read_store(tmp_path, settings(), {}).names("") == []
    assert not list(Path(tmp_path).iterdir())
    open_store(tmp_path, settings(), {}).close()
    assert (tmp_path / ".assises" / "store.git" / "HEAD").exists()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/folder", "is no git\\+https"),
        ("s3+https://host/bucket", "s3\\+https is no git"),
        ("git+https://user:secret@host/x.git", "a password has a variable of its own"),
        ("git+http://host/x.git", "without TLS"),
        ("git+https://host/x.git#refs/inbox", "nothing may follow"),
    ],
)
def test_a_mistake_in_its_address_is_told(tmp_path, address, told):
    """Before anything is read or written; never with the password in it."""
    with pytest.raises(AddressError, match=told) as caught:
        open_store(tmp_path, settings(), {"ASSISES_STORE": address})
    assert "secret" not in str(caught.value)


def test_the_desk_reads_what_waits_in_few_requests(far, host):
    """None for each of 300 contributions, the first time; after a decision, a handful."""
    items = [contribution(str(n), time=NOW - timedelta(minutes=n)) for n in range(300)]
    put(far(), **{path_of("pending", item.id): item.canonical() for item in items})
    with fault_proxy(host.port) as proxy:
        store, waiting, shelves = far(proxy.port), Waiting(), Shelves()
        assert len(waiting.contributions(store.read())) == 300
        assert len(proxy.requests) < 20
        decide(store, items[0].id, Decision("publish", "Anne", NOW), RUNNER)
        before = len(proxy.requests)
        snapshot = store.read()
        assert len(waiting.contributions(snapshot)) == 299
        assert shelves.ids(snapshot, "published") == (items[0].id,)
        assert len(proxy.requests) - before < 20
