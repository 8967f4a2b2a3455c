"""What all storages promise, told once and seen of each: a folder, inbox refs on a real git host, S3."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from assises.canonical import MAX_BYTES
from assises.envelope_commit import FILE, commit_of
from assises.git_remote import Remote
from assises.inbox_refs import InboxRefs
from assises.marks import mark
from assises.s3 import S3
from assises.sigv4 import Request, Signer
from assises.spool import Spool
from assises.storage import Fallback
from assises.storage_contract import StorageError, StorageFullError, UnreadableError
from assises.store import Store
from conftest import require
from git_host import PASSWORD, USER, git_host
from kernel import INTAKE_KEY, NOW, contribution, envelope, runner
from radosgw import radosgw
from s3_double import BUCKET, KEY, SECRET, s3_double

ID = contribution().id
DATA = envelope().to_bytes(INTAKE_KEY)


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """A real git host."""
    git, lighttpd = require("git-host")
    with git_host(tmp_path_factory.mktemp("host"), git, lighttpd) as served:
        yield served


@pytest.fixture
def refs(host, tmp_path):
    """Inbox refs in a repository of the test's own."""
    return InboxRefs(Remote(host.make(f"{tmp_path.name}.git"), USER, PASSWORD, 20))


@pytest.fixture
def s3():
    """A bucket of the test's own."""
    with s3_double() as (_double, url):
        yield S3(url, BUCKET, "ville/", Signer(KEY, SECRET, "us-east-1"), 20)


LONG = os.environ.get("ASSISES_FAULTS") == "long"


@pytest.fixture(scope="session")
def ceph(tmp_path_factory):
    """A bucket of a real store."""
    require("s3")
    with radosgw(tmp_path_factory.mktemp("ceph")) as url:
        signer = Signer(KEY, SECRET, "us-east-1")
        S3(url, BUCKET, "", signer, 60)._ask(Request("PUT", f"/{BUCKET}"), 200)
        yield lambda prefix: S3(url, BUCKET, f"{prefix}/", signer, 60)


@pytest.fixture(params=["spool", "refs", "heads", "s3", *(["ceph"] if LONG else [])])
def storage(request, tmp_path):
    """Each storage in turn, empty."""
    match request.param:
        case "spool":
            return Spool(tmp_path / "spool")
        case "refs":
            return request.getfixturevalue("refs")
        case "heads":
            return InboxRefs(request.getfixturevalue("refs").remote, "refs/heads/inbox")
        case "ceph":
            return request.getfixturevalue("ceph")(tmp_path.name)
        case _:
            return request.getfixturevalue("s3")


# --- the contract


def test_what_is_put_is_listed_got_and_deleted(storage):
    """The whole life of what waits."""
    assert list(storage.list()) == []
    assert storage.get(ID) is None
    assert storage.put_if_absent(ID, DATA)
    assert list(storage.list()) == [ID]
    assert storage.get(ID) == DATA
    storage.delete(ID)
    assert list(storage.list()) == []
    assert storage.get(ID) is None
    storage.delete(ID)


def test_a_second_put_is_told_and_changes_nothing(storage):
    """Put if absent: what stands there stays."""
    assert storage.put_if_absent(ID, DATA)
    assert not storage.put_if_absent(ID, DATA)
    assert not storage.put_if_absent(ID, b"other")
    assert storage.get(ID) == DATA


def test_what_was_deleted_can_be_put_again(storage):
    """A resend after the drain is stored once more; the runner knows it."""
    storage.put_if_absent(ID, DATA)
    storage.delete(ID)
    assert storage.put_if_absent(ID, DATA)
    assert storage.get(ID) == DATA


def test_many_are_listed_oldest_first_got_and_deleted_together(storage):
    """More than a page of a listing, and ids among them that are not there."""
    items = [contribution(str(n), time=NOW + timedelta(minutes=n)) for n in range(8)]
    for item in reversed(items):
        assert storage.put_if_absent(item.id, item.canonical())
    ids = [item.id for item in items]
    assert list(storage.list()) == ids
    assert list(storage.get_all([ids[3], ID, ids[1]])) == [(ids[n], items[n].canonical()) for n in (3, 1)]
    storage.delete(*ids[:6], ID)
    assert list(storage.list()) == ids[6:]
    assert list(storage.get_all([])) == []


def test_what_is_set_aside_is_kept_out_of_the_list(storage):
    """Nothing is lost by it, and to do it again is no error."""
    storage.put_if_absent(ID, DATA)
    storage.set_aside(ID)
    storage.set_aside(ID)
    assert list(storage.list()) == []
    assert storage.get(ID) is None


def test_marks_are_set_beside_what_waits_and_taken_away(storage):
    """A mark is there or not, is none of what waits, and touches nothing of it."""
    closed, other = mark("closed", "topics/housing"), mark("closed", "topics/parks")
    storage.put_if_absent(ID, DATA)
    assert list(storage.marks()) == []
    for name in (closed, other, closed):
        storage.mark(name)
    assert sorted(storage.marks()) == sorted([closed, other])
    assert list(storage.list()) == [ID]
    storage.unmark(closed)
    storage.unmark(closed)
    assert list(storage.marks()) == [other]
    for wrong in (ID, "../x", "mark-", closed + "\n"):
        with pytest.raises(ValueError, match="no mark"):
            storage.mark(wrong)


@pytest.mark.parametrize("id", ["../../x", "", ".", "a/b", ID.lower(), ID + "\n", ID[:-1], "*"])
def test_only_an_id_is_a_place(storage, id):
    """Nothing beside what waits can be named."""
    for use in (storage.get, storage.delete, storage.set_aside, partial(storage.put_if_absent, data=DATA)):
        with pytest.raises(ValueError, match="no contribution id"):
            use(id)


def test_any_bytes_come_back(storage):
    """The storage looks at nothing."""
    data = bytes(range(256)) * 100
    storage.put_if_absent(ID, data)
    assert storage.get(ID) == data


def test_of_many_threads_one_puts(storage):
    """Whoever comes second is told so, and what is stored is whole."""
    start, told = threading.Barrier(4), []

    def put() -> None:
        start.wait()
        told.append(storage.put_if_absent(ID, DATA))

    threads = [threading.Thread(target=put) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 4
    # Over a network, one who asked again after a collision cannot tell its own from another's.
    assert sum(told) <= 1
    assert storage.get(ID) == DATA


def test_the_runner_drains_it(storage, tmp_path):
    """Good envelopes into the store, others aside; nothing is left."""
    good = envelope("Deux.", sending="00" * 16)
    storage.put_if_absent(good.contribution.id, good.to_bytes(INTAKE_KEY))
    storage.put_if_absent(ID, b"no envelope")
    with Store.create(tmp_path / "store.git") as store:
        drained = runner(store, storage).drain(NOW)
        assert (drained.received, drained.set_aside) == (1, (ID,))
        assert [record.contribution for record in store.read().records()] == [good.contribution]
    assert list(storage.list()) == []


# --- inbox refs alone


def test_a_commit_is_a_function_of_what_it_holds(host, refs):
    """So a resend pushes the same; git itself agrees with its id, and finds nothing wrong."""
    refs.put_if_absent(ID, DATA)
    name = refs.remote.url.rpartition("/")[2]
    assert host.refs(name) == [f"refs/inbox/{ID}"]
    assert host.run(name, "rev-parse", f"refs/inbox/{ID}").strip() == commit_of(ID, DATA)[0].id.decode()
    assert host.run(name, "show", f"refs/inbox/{ID}:{FILE.decode()}") == DATA.decode()
    assert host.run(name, "log", "--format=%an|%aI|%P|%s", f"refs/inbox/{ID}").strip() == (
        f"Assises intake|{NOW:%Y-%m-%dT%H:%M:%S+00:00}||Receive {ID}"
    )
    host.run(name, "fsck", "--strict")


def test_what_is_set_aside_is_a_ref_beside(host, refs):
    """With the same commit."""
    refs.put_if_absent(ID, DATA)
    refs.set_aside(ID)
    name = refs.remote.url.rpartition("/")[2]
    assert host.refs(name) == [f"refs/aside/{ID}"]
    assert host.run(name, "rev-parse", f"refs/aside/{ID}").strip() == commit_of(ID, DATA)[0].id.decode()


def test_what_somebody_else_pushed_is_neither_listed_nor_read(host, refs):
    """Refs that are no ids are left alone; a commit without an envelope is unreadable, the others are not."""
    name = refs.remote.url.rpartition("/")[2]
    refs.put_if_absent(ID, DATA)
    odd = contribution("odd").id
    tree = host.run(name, "hash-object", "-t", "tree", "-w", "--stdin", given="").strip()
    commit = host.run(name, "commit-tree", tree, "-m", "x").strip()
    host.run(name, "update-ref", f"refs/inbox/{odd}", commit)
    host.run(name, "update-ref", "refs/inbox/x", commit)
    host.run(name, "update-ref", "refs/heads/main", commit)
    assert list(refs.list()) == sorted([ID, odd])
    assert dict(refs.get_all([odd, ID])) == {odd: None, ID: DATA}
    with pytest.raises(UnreadableError, match="no envelope"):
        refs.get(odd)


def test_above_its_limit_another_storage_takes(refs, tmp_path):
    """What is stored already is still told to be; what is new goes on."""
    full, spool = InboxRefs(refs.remote, most=2), Spool(tmp_path / "spool")
    ids = [contribution(str(n)).id for n in range(3)]
    for id in ids[:2]:
        assert full.put_if_absent(id, DATA)
    assert not full.put_if_absent(ids[0], DATA)
    with pytest.raises(StorageFullError, match="2 contributions wait"):
        full.put_if_absent(ids[2], DATA)
    assert Fallback((full, spool)).put_if_absent(ids[2], DATA)
    assert list(spool.list()) == [ids[2]]


@pytest.mark.parametrize(("user", "password"), [(USER, "not that one"), ("", "")])
def test_a_wrong_password_is_told_at_once(refs, user, password):
    """It is not tried three times, and not shown."""
    wrong = InboxRefs(Remote(refs.remote.url, user, password, 20))
    with pytest.raises(StorageError, match="answered 401") as caught:
        wrong.put_if_absent(ID, DATA)
    assert not caught.value.again
    assert "not that one" not in f"{caught.value} {wrong}"


def test_no_repository_is_told(refs):
    """A word that leads nowhere is a mistake in the settings."""
    with pytest.raises(StorageError, match="answered 404"):
        InboxRefs(Remote(refs.remote.url.replace(".git", "-none.git"), USER, PASSWORD, 20)).put_if_absent(
            ID, DATA
        )


def test_nobody_there_is_told(free_port):
    """Whatever the network says, it is a storage's error."""
    url = f"http://127.0.0.1:{free_port()}"
    nobody = [InboxRefs(Remote(f"{url}/x.git", timeout=2)), S3(url, BUCKET, "", Signer(KEY, SECRET, "x"), 2)]
    for storage in nobody:
        for use in (storage.get, storage.delete, storage.set_aside, lambda _id, s=storage: list(s.list())):
            with pytest.raises(StorageError, match=r"127\.0\.0\.1"):
                use(ID)
        with pytest.raises(StorageError, match=r"127\.0\.0\.1"):
            storage.put_if_absent(ID, DATA)


# --- S3 alone


def test_keys_stand_below_the_prefix():
    """One bucket can serve several consultations."""
    with s3_double() as (double, url):
        store = S3(url, BUCKET, "ville/", Signer(KEY, SECRET, "us-east-1"), 20)
        store.put_if_absent(ID, DATA)
        assert double.objects == {f"ville/waiting/{ID}.json": DATA}
        double.objects |= {
            "ville/waiting/x.json": b"",
            f"autre/waiting/{ID}.json": b"",
            f"ville/waiting/a/{ID}.json": b"",
        }
        assert list(store.list()) == [ID]
        store.set_aside(ID)
        assert double.objects[f"ville/aside/{ID}.json"] == DATA


def test_a_wrong_secret_is_told_and_not_shown(s3):
    """The store refuses, and it is not asked again."""
    wrong = S3(s3.endpoint, BUCKET, "", Signer(KEY, "the wrong one", "us-east-1"), 20)
    with pytest.raises(StorageError, match="answered 403") as caught:
        wrong.put_if_absent(ID, DATA)
    assert not caught.value.again
    assert "the wrong one" not in f"{caught.value} {wrong}"


def test_what_is_too_long_for_an_envelope_is_unreadable(s3):
    """It is set aside, and the others are drained."""
    s3.put_if_absent(ID, bytes(MAX_BYTES + 1))
    assert list(s3.get_all([ID])) == [(ID, None)]


def test_the_signature_is_that_of_the_documentation():
    """The example "GET Object" of Amazon's description of signatures in headers."""
    signer = Signer("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
    request = Request("GET", "/test.txt", headers={"Range": "bytes=0-9"})
    headers = signer.headers(request, "examplebucket.s3.amazonaws.com", datetime(2013, 5, 24, tzinfo=UTC))
    assert headers["authorization"].endswith(
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )
    listing = Request("GET", "/", query={"max-keys": "2", "prefix": "J"})
    headers = signer.headers(listing, "examplebucket.s3.amazonaws.com", datetime(2013, 5, 24, tzinfo=UTC))
    assert headers["authorization"].endswith(
        "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    )


def test_lent_credentials_bring_their_token():
    """As a function's platform lends them; it is signed with the rest."""
    headers = Signer("AK", "SK", "x", "lent").headers(Request("GET", "/x"), "host", NOW)
    assert headers["x-amz-security-token"] == "lent"
    assert "x-amz-security-token" in headers["authorization"]
