"""Nothing acknowledged is lost or doubled: crashes at any step, races, and hosts that fail in every way.

A small part runs with all tests; ``make faults`` runs it at length (``ASSISES_FAULTS=long``).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from assises import spool as spool_module
from assises.branch import LocalBranch
from assises.git_remote import Remote
from assises.inbox_refs import InboxRefs
from assises.remote_branch import RemoteBranch
from assises.s3 import S3
from assises.sigv4 import Signer
from assises.spool import Spool
from assises.storage import Fallback
from assises.storage_contract import StorageError
from assises.store import Store
from conftest import require
from fault_proxy import fault_proxy
from git_host import PASSWORD, USER, git_host
from kernel import (
    INTAKE_KEY,
    NOW,
    client,
    confirm,
    contribution,
    envelope,
    fsck,
    intake,
    post,
    receive,
    runner,
    say,
    verdict,
)
from s3_double import BUCKET, KEY, SECRET, s3_double

LONG = os.environ.get("ASSISES_FAULTS") == "long"
HERE = Path(__file__).resolve().parent

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has neither SIGKILL nor fork")


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """A real git host."""
    git, lighttpd = require("git-host")
    with git_host(tmp_path_factory.mktemp("host"), git, lighttpd) as served:
        yield served


def agrees(store: Store, acknowledged: set[str]) -> None:
    """Everything that was promised is in store and ledger exactly once; so is what was not, if it is there."""
    snapshot = store.read()
    ids = [record.contribution.id for record in snapshot.records()]
    received = Counter(entry.what.id for entry in snapshot.ledger().entries if entry.what.event == "received")
    assert acknowledged - set(ids) == set(), "lost"
    assert len(ids) == len(set(ids)), "doubled in the store"
    assert received == Counter(ids), "store and ledger differ"
    assert verdict(store).holds


# --- crashes


@pytest.mark.parametrize("where", ["here", "far"])
@pytest.mark.timeout(3600)
def test_random_crashes_lose_and_double_nothing(host, tmp_path, git, where):
    """Intake and runner are killed by turns, at any instant; whoever got no answer sends again."""
    if where == "here":
        place, store, kills, longest = str(tmp_path / "spool"), str(tmp_path / "store.git"), 30, 0.08
    else:
        place, store = host.make(f"{tmp_path.name}-inbox.git"), host.make(f"{tmp_path.name}-store.git")
        kills, longest = 6, 0.6
    kills = {"here": 1000, "far": 200}[where] if LONG else kills
    command = [sys.executable, str(HERE / "crashing.py"), place, store, str(kills), str(longest), "1"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=3000, check=False)
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert told["faults"] == []
    assert told["waiting"] == []
    assert told["acknowledged"]
    assert told["drains"]
    path = tmp_path / "store.git" if where == "here" else host.folder / f"{tmp_path.name}-store.git"
    with Store.open(path) as last:
        agrees(last, set(told["acknowledged"]))
        figures = f"{where}: {kills} kills, {len(told['acknowledged'])} acknowledged, {told['drains']} turns"
        sys.stdout.write(f"\n{figures}: none lost, none doubled\n")
    for lock in path.rglob("*.lock"):  # of an object that was cut short: git notices it and goes on
        lock.unlink()
    fsck(git, path)


STEPS = {
    "before anything is read": (Spool, "list", "before"),
    "before the contributions are read": (Spool, "get_all", "before"),
    "before the objects are written": (LocalBranch, "_keep", "before"),
    "between objects and branch": (LocalBranch, "_keep", "after"),
    "after the branch has moved": (LocalBranch, "move", "after"),
    "before the storage forgets": (Spool, "delete", "before"),
    "after the storage has forgotten": (Spool, "delete", "after"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_runner_killed_at_a_step_is_taken_over_by_the_next(tmp_path, git, step):
    """From the first reading to the last deletion."""
    spool = Spool(tmp_path / "spool")
    sent = [envelope(str(n), sending=f"{n:032x}") for n in range(3)]
    receive(spool, *sent)
    kind, name, when = STEPS[step]
    pid = os.fork()
    if not pid:
        real = getattr(kind, name)

        def die(*arguments, **named):
            if when == "after":
                real(*arguments, **named)
            os._exit(9)

        setattr(kind, name, die)
        runner(Store.create(tmp_path / "store.git"), spool).drain(NOW)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
    with Store.create(tmp_path / "store.git") as store:
        runner(store, spool).drain(NOW)
        agrees(store, {item.contribution.id for item in sent})
    assert list(spool.list()) == []
    fsck(git, tmp_path / "store.git")


@pytest.mark.parametrize("step", ["fsync", "link", "_fsync_folder"])
def test_an_intake_killed_at_a_step_has_promised_nothing_that_is_lost(tmp_path, step):
    """The answer comes after the last step; sent again, it is stored once."""
    spool = Spool(tmp_path / "spool")
    page = post(client(intake(spool)), text="Bonjour.")
    pid = os.fork()
    if not pid:
        setattr(spool_module if step == "_fsync_folder" else os, step, lambda *_: os._exit(9))
        confirm(client(intake(spool)), page)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
    assert confirm(client(intake(spool)), page).status_code == 303
    with Store.create(tmp_path / "store.git") as store:
        assert runner(store, spool).drain(NOW).received == 1
        assert confirm(client(intake(spool)), page).status_code == 303
        assert runner(store, spool).drain(NOW).known == 1
        assert len(store.read().records()) == 1


# --- everyone at once


@pytest.mark.parametrize("writers", [8, 32] if LONG else [8])
@pytest.mark.timeout(600)
def test_parallel_writers_on_a_real_git_host_lose_nothing(host, tmp_path, git, writers):
    """Each acknowledged contribution is a ref of its own, while two runners drain and race."""
    url, store = host.make(f"{tmp_path.name}-inbox.git"), host.make(f"{tmp_path.name}-store.git")
    each, acknowledged, faults = (20 if LONG else 3), [], []
    over = threading.Event()

    def write(name: int) -> None:
        browser = client(intake(InboxRefs(Remote(url, USER, PASSWORD, 30))))
        for number in range(each):
            try:
                acknowledged.append(say(browser, f"{name}-{number}"))
            except AssertionError as error:  # an honest 503 is no loss
                faults.append(str(error)[:80])

    def carry() -> None:
        while not over.is_set():
            far = Store(RemoteBranch(Remote(store, USER, PASSWORD, 30)))
            runner(far, InboxRefs(Remote(url, USER, PASSWORD, 30))).drain(NOW)

    threads = [threading.Thread(target=write, args=(name,)) for name in range(writers)]
    runners = [threading.Thread(target=carry) for _ in range(2)]
    for thread in (*threads, *runners):
        thread.start()
    for thread in threads:
        thread.join()
    over.set()
    for thread in runners:
        thread.join()
    far = Store(RemoteBranch(Remote(store, USER, PASSWORD, 30)))
    runner(far, InboxRefs(Remote(url, USER, PASSWORD, 30))).drain(NOW)
    ids = {address.partition("?")[0] for address in acknowledged}
    assert len(ids) == len(acknowledged) == writers * each - len(faults)
    assert faults == []
    with Store.open(host.folder / f"{tmp_path.name}-store.git") as last:
        assert len(last.read().records()) == writers * each
        agrees(last, {record.contribution.id for record in last.read().records()})
    assert host.refs(f"{tmp_path.name}-inbox.git") == []
    fsck(git, host.folder / f"{tmp_path.name}-store.git")


# --- hosts that fail

FAULTS = [409, 429, 500, 502, 503, "late", "cut", "cut-before", "garbled", "stale"]


@pytest.mark.parametrize(
    ("kind", "fault", "when"),
    [
        (kind, fault, when)
        for kind in ("git", "s3")
        for fault in FAULTS
        for when in ("first", "always")
        if LONG or when == "first" or fault in (500, "cut", "stale")
    ],
)
def test_a_host_that_fails_is_never_believed(host, tmp_path, kind, fault, when):
    """What was acknowledged is there, once; a host that fails for good is told to, and the next storage takes it."""
    name = f"{tmp_path.name}.git"
    with s3_double() as (_, s3_url):
        host.make(name)
        port = host.port if kind == "git" else int(s3_url.rpartition(":")[2])
        with fault_proxy(port) as proxy:
            proxy.late = 1.5

            def failing(method: str, path: str, number: int):
                # Of a push, what decides is the second request; of S3, the only one.
                decisive = kind == "s3" or method == "POST" or fault == "stale"
                return fault if decisive and (when == "always" or number < 2) else ""

            url = f"http://127.0.0.1:{proxy.port}"

            def storage(at: str):
                if kind == "git":
                    return InboxRefs(Remote(f"{at}/{name}", USER, PASSWORD, 0.7))
                return S3(at, BUCKET, "", Signer(KEY, SECRET, "us-east-1"), 0.7)

            far, spool = storage(url), Spool(tmp_path / "spool")
            if fault == "stale":
                far.put_if_absent(contribution("before").id, b"x")  # what the host will go on telling
            proxy.forget()
            proxy.fault = failing
            # 1. Alone, it says the truth: stored, or an error.
            ids = [contribution(str(n)).id for n in range(2)]
            said: dict[str, bool] = {}
            for id in ids:
                try:
                    far.put_if_absent(id, id.encode())
                    said[id] = True
                except StorageError:
                    said[id] = False
            # 2. With another storage behind it, a resident is told yes, whatever it does.
            browser = client(intake(Fallback((far, spool))))
            receipt = say(browser, "Bonjour.")
        truth = storage(f"http://127.0.0.1:{port}")
        there = dict(truth.get_all(ids))
        assert all(there.get(id) == id.encode() for id in ids if said[id])
        assert receipt
        # 3. Whatever it did, the store has the contribution once.
        truth.delete(*ids, contribution("before").id)
        with Store.create(tmp_path / "store.git") as store:
            run = runner(store, truth)
            both = type(run)(store, (truth, spool), run.key, run.intake_keys, run.publish_at_once)
            drained = both.drain(NOW)
            assert (drained.received, drained.set_aside, drained.unreachable) == (1, (), ())
            assert len(store.read().records()) == 1


def test_with_every_storage_down_the_words_are_kept_on_the_page(free_port):
    """503, and what was typed is there to be copied or sent again."""
    down = [InboxRefs(Remote(f"http://127.0.0.1:{free_port()}/x.git", timeout=1)) for _ in range(2)]
    browser = client(intake(Fallback(tuple(down))))
    answer = confirm(browser, post(browser, text="Des mots « à garder »."))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "Des mots « à garder »." in answer.get_data(as_text=True)


def test_a_runner_whose_host_fails_deletes_nothing_that_it_has_not_carried(host, tmp_path):
    """Store and inbox on one failing host: every request fails once, at any place; the end is whole."""
    url, store = host.make(f"{tmp_path.name}-inbox.git"), host.make(f"{tmp_path.name}-store.git")
    sent = [envelope(str(n), sending=f"{n:032x}") for n in range(3)]
    receive(InboxRefs(Remote(url, USER, PASSWORD, 20)), *sent)
    with fault_proxy(host.port) as proxy:
        at = {
            name: place.replace(str(host.port), str(proxy.port))
            for name, place in (("in", url), ("to", store))
        }
        for broken in range(0, 24, 1 if LONG else 3):
            proxy.forget()
            proxy.fault = lambda _m, _p, number, broken=broken: "cut" if number == broken else ""  # type: ignore[misc]
            try:
                far = Store(RemoteBranch(Remote(at["to"], USER, PASSWORD, 20)))
                runner(far, InboxRefs(Remote(at["in"], USER, PASSWORD, 20))).drain(NOW)
            except Exception as error:  # noqa: BLE001 - what it is, is looked at
                assert type(error).__name__ == "StoreError"  # noqa: PT017
            receive_again = InboxRefs(Remote(url, USER, PASSWORD, 20))
            receive_again.put_if_absent(
                sent[broken % 3].contribution.id, sent[broken % 3].to_bytes(INTAKE_KEY)
            )
    far = Store(RemoteBranch(Remote(store, USER, PASSWORD, 20)))
    runner(far, InboxRefs(Remote(url, USER, PASSWORD, 20))).drain(NOW)
    with Store.open(host.folder / f"{tmp_path.name}-store.git") as last:
        agrees(last, {item.contribution.id for item in sent})
        assert len(last.read().records()) == 3
    assert host.refs(f"{tmp_path.name}-inbox.git") == []


# --- resends


def test_resends_after_the_drain_are_known_and_edited_ones_are_told(tmp_path):
    """The same words: the same id. Others under one token: another id, for a moderator to see."""
    spool = Spool(tmp_path / "spool")
    with Store.create(tmp_path / "store.git") as store:
        browser = client(intake(spool))
        page = post(browser, text="Bonjour.")
        confirm(browser, page)
        assert runner(store, spool, publish_at_once=True).drain(NOW).received == 1
        confirm(browser, page)
        drained = runner(store, spool, publish_at_once=True).drain(NOW)
        assert (drained.received, drained.known) == (0, 1)
        confirm(browser, page, text="Bonsoir.")
        assert runner(store, spool, publish_at_once=True).drain(NOW).received == 1
        fates = Counter(record.fate for record in store.read().records())
        assert fates == {"published": 1, "pending": 1}
        agrees(store, {record.contribution.id for record in store.read().records()})


# --- slow hosts


def test_a_host_that_does_not_answer_is_given_up_in_time(host):
    """A resident waits for seconds, not for minutes, before the next storage is asked."""
    with fault_proxy(host.port) as proxy:
        proxy.fault, proxy.late = lambda *_: "late", 3
        slow = InboxRefs(Remote(f"http://127.0.0.1:{proxy.port}/none.git", USER, PASSWORD, 0.5))
        begun = time.monotonic()
        with pytest.raises(StorageError):
            slow.put_if_absent(contribution().id, b"x")
        assert time.monotonic() - begun < 5
