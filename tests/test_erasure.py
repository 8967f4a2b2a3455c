"""Erasure: nothing of the words is left in any object of git, in any file of ours; and the ledger still proves."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from assises import canonical
from assises.contribution import NO_NONCE
from assises.decisions import Decision, decisions_on
from assises.erasure import UnknownContributionError, erase, tombstone
from assises.keyring import Keyring
from assises.moderation import decide
from assises.privacy import Keeping
from assises.receipt import Receipt, to_text
from assises.sealing import Private
from assises.spool import Spool
from assises.store import Author, Store
from assises.sweeping import GRACE
from kernel import INTAKE_KEY, NOW, contribution, envelope, fsck, receive, runner, verdict

ANNE = Author("Anne", "anne@ville.example")
WORDS = "Mon voisin, au 12 rue des Lilas, est malade."
TRACES = (WORDS.encode(), "Zoé Lilas".encode(), "Il parle de sa santé".encode(), b"zoe@ville.example")
ITEM = contribution(WORDS, author="Zoé Lilas")
ID = ITEM.id


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    with Store.create(tmp_path / "store.git") as made:
        yield made


@pytest.fixture
def spool(tmp_path):
    """An empty spool."""
    return Spool(tmp_path / "spool")


@pytest.fixture
def ring(tmp_path):
    """A keyring."""
    return Keyring(tmp_path / "keys" / "private")


def filled(store: Store, spool: Spool, ring: Keyring, others: int = 5) -> None:
    """Bring in others, then the one, with an address; decide on it twice with a reason that says too much."""
    keeping = Keeping(ring, 12, asked=True)
    runner(store, spool, keeping=keeping).drain(NOW)
    private = Private(ID, "zoe@ville.example").seal(ring.find("2017-11").public, b"s")
    receive(spool, *(envelope(f"Une place numéro {n}.", f"{n:032x}") for n in range(others)))
    receive(spool, replace(envelope(WORDS, "ab" * 16, author="Zoé Lilas"), private=private))
    runner(store, spool, keeping=keeping).drain(NOW)
    for action, rule in (("publish", ""), ("withhold", "respect")):
        decide(store, ID, Decision(action, "Anne", NOW, rule, "Il parle de sa santé"), ANNE)
        runner(store, spool, keeping=keeping).drain(NOW)


def objects(git: str, path: Path) -> dict[str, bytes]:
    """Return every object of a repository as git itself reads it, loose and packed, led to or not."""
    listed = subprocess.run(
        [git, "-C", path, "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    rows = [row.split() for row in listed.stdout.splitlines()]
    return {
        id: subprocess.run([git, "-C", path, "cat-file", kind, id], capture_output=True, check=True).stdout
        for id, kind in rows
    }


def traces(git: str, tmp_path: Path) -> list[str]:
    """Return where anything of the words is left: in an object of git, or in a file's own bytes."""
    found = [
        f"object {id}"
        for id, data in objects(git, tmp_path / "store.git").items()
        if any(t in data for t in TRACES)
    ]
    files = (path for path in tmp_path.rglob("*") if path.is_file())
    return found + [str(path) for path in files if any(t in path.read_bytes() for t in TRACES)]


def test_nothing_is_left_in_any_object_or_file(store, spool, ring, tmp_path, git):
    """Loose and packed, branch and private refs, spool and logs; the others are all there, and git finds nothing wrong."""
    filled(store, spool, ring)
    assert traces(git, tmp_path)
    subprocess.run([git, "-C", tmp_path / "store.git", "config", "core.logAllRefUpdates", "true"], check=True)
    erased = erase(runner(store, spool), ID, ANNE, NOW, "RGPD, art. 17")
    assert erased.ids == (ID,)
    assert erased.holding == ()
    assert traces(git, tmp_path) == []
    assert list(store.private.list()) == []
    assert not (tmp_path / "store.git" / "logs").exists()
    fsck(git, tmp_path / "store.git")
    snapshot = store.read()
    assert snapshot.fate(ID) == "erased"
    assert len(snapshot.records("pending")) == 5
    assert [item.action for item in decisions_on(snapshot, "erased", ID)] == ["publish", "withhold", "erase"]
    assert [item.reason for item in decisions_on(snapshot, "erased", ID)] == ["", "", "RGPD, art. 17"]


def test_packed_words_go_too(store, spool, ring, tmp_path, git):
    """After git's own gc, when everything lies in one pack; and the branch has one commit without a parent."""
    filled(store, spool, ring)
    repository = tmp_path / "store.git"
    subprocess.run([git, "-C", repository, "gc", "-q"], check=True)
    assert not list(repository.glob("objects/??"))
    with Store.open(repository) as fresh:
        erase(runner(fresh, spool), ID, ANNE, NOW)
    assert traces(git, tmp_path) == []
    count = subprocess.run(
        [git, "-C", repository, "rev-list", "--count", "main"], capture_output=True, text=True, check=True
    )
    assert count.stdout.strip() == "1"
    fsck(git, repository)


def test_a_large_batch_goes_from_its_pack(store, spool, ring, tmp_path, git):
    """Many new objects are one pack from the beginning."""
    filled(store, spool, ring, others=100)
    assert list((tmp_path / "store.git").glob("objects/pack/*.pack"))
    erase(runner(store, spool), ID, ANNE, NOW)
    assert traces(git, tmp_path) == []
    assert len(store.read().records("pending")) == 100


def test_the_ledger_still_proves(store, spool, ring):
    """Received = published + … + erased; the receipt's promise stays kept, and the digest tells nothing any more."""
    filled(store, spool, ring)
    promise = Receipt.of(ITEM)
    erase(runner(store, spool), ID, ANNE, NOW)
    found = verdict(store, receipt_text=to_text(promise, promise.signature(INTAKE_KEY)))
    assert found.holds
    assert found.promise == "kept"
    assert (found.counts.received, found.counts.erased, found.counts.withheld) == (6, 1, 0)
    assert store.read().record(ID).contribution == tombstone(ITEM)


def test_what_still_waits_is_entered_and_erased(store, spool, ring, tmp_path, git):
    """Acknowledged an instant ago: it was received, and the ledger says so."""
    receive(spool, envelope(WORDS, "ab" * 16, author="Zoé Lilas"))
    erase(runner(store, spool), ID, ANNE, NOW)
    assert [entry.what.event for entry in store.read().ledger().by_id[ID]] == ["received", "erased"]
    assert traces(git, tmp_path) == []


def test_a_resend_does_not_bring_it_back(store, spool, ring, tmp_path, git):
    """The store knows the number; the words are dropped, and the address with them."""
    filled(store, spool, ring)
    erase(runner(store, spool), ID, ANNE, NOW)
    private = Private(ID, "zoe@ville.example").seal(ring.find("2017-11").public, b"s")
    receive(spool, replace(envelope(WORDS, "ab" * 16, author="Zoé Lilas"), private=private))
    assert runner(store, spool).drain(NOW).known == 1
    assert store.read().fate(ID) == "erased"
    assert list(store.private.list()) == []
    assert traces(git, tmp_path) == []


def test_erasing_twice_is_no_fault_and_finishes_what_was_cut_short(store, spool, ring, tmp_path, git):
    """A crash between the commit and the sweeping leaves objects; the next call takes them away."""
    filled(store, spool, ring)
    before = store.tip()
    erase(runner(store, spool), ID, ANNE, NOW)
    lines = len(store.read().ledger().entries)
    repository = tmp_path / "store.git"
    left = subprocess.run(
        [git, "-C", repository, "hash-object", "-w", "--stdin"],
        input=ITEM.canonical(),
        capture_output=True,
        check=True,
    )
    assert left.stdout
    assert traces(git, tmp_path)
    erase(runner(store, spool), ID, ANNE, NOW)
    assert traces(git, tmp_path) == []
    assert len(store.read().ledger().entries) == lines
    assert store.tip() != before


def test_the_authors_corrections_go_with_it(store, spool, ring, tmp_path, git):
    """They hold the words once more."""
    filled(store, spool, ring)
    correction = envelope(
        WORDS + " Très.", "cd" * 16, kind="correction", of=ID, form="topics/housing:correction"
    )
    receive(spool, correction)
    runner(store, spool).drain(NOW)
    erased = erase(runner(store, spool), ID, ANNE, NOW)
    assert set(erased.ids) == {ID, correction.contribution.id}
    assert traces(git, tmp_path) == []
    assert verdict(store).holds


def test_another_ref_that_holds_it_is_named(store, spool, ring, tmp_path, git):
    """A branch that somebody made: nobody but they can say whether it may go."""
    filled(store, spool, ring)
    subprocess.run([git, "-C", tmp_path / "store.git", "branch", "mine", "main"], check=True)
    assert erase(runner(store, spool), ID, ANNE, NOW).holding == ("refs/heads/mine",)
    subprocess.run([git, "-C", tmp_path / "store.git", "branch", "-q", "-D", "mine"], check=True)
    assert erase(runner(store, spool), ID, ANNE, NOW).holding == ()
    assert traces(git, tmp_path) == []


def test_writers_at_the_same_time_lose_nothing(store, spool, ring, tmp_path, git):
    """Decisions go on while it is erased: each is there afterwards, and no object is missing."""
    filled(store, spool, ring, others=40)
    ids = [record.contribution.id for record in store.read().records("pending")]

    def publish() -> None:
        with Store.open(tmp_path / "store.git") as own:
            for id in ids:
                decide(own, id, Decision("publish", "Anne", NOW), ANNE)

    writer = threading.Thread(target=publish)
    writer.start()
    for _ in range(3):
        erase(runner(store, spool), ID, ANNE, NOW)
    writer.join()
    runner(store, spool).drain(NOW)
    assert len(store.read().records("published")) == 40
    assert traces(git, tmp_path) == []
    fsck(git, tmp_path / "store.git")
    assert verdict(store).holds


def test_what_an_overtaken_writer_left_is_swept_later(store, spool, ring, tmp_path, git):
    """The runner looks once more after a while."""
    filled(store, spool, ring)
    erase(runner(store, spool), ID, ANNE, NOW)
    repository = tmp_path / "store.git"
    subprocess.run(
        [git, "-C", repository, "hash-object", "-w", "--stdin"],
        input=ITEM.canonical(),
        capture_output=True,
        check=True,
    )
    runner(store, spool).drain(NOW)
    assert traces(git, tmp_path)
    past = time.time() - GRACE - 1
    for path in (tmp_path / "store.git").rglob("*"):
        os.utime(path, (past, past))
    runner(store, spool).drain(NOW)
    assert traces(git, tmp_path) == []
    assert not (repository / "assises-forgotten").exists()


def test_what_the_store_does_not_have_is_not_erased(store, spool):
    """It says so, and changes nothing."""
    with pytest.raises(UnknownContributionError):
        erase(runner(store, spool), ID, ANNE, NOW)
    assert store.tip() is None


def test_a_tombstone_keeps_its_place_and_nothing_else():
    """Whatever a contribution holds, and may hold one day."""
    full = contribution(
        WORDS, author="Zoé", position="for", place="Salle des fêtes", channel="meeting", kind="survey",
        form="questions/market:survey", answers=(("wish", ("Tout",)),), passage="p-0123abcd", outcome="answered", to="x",
    )  # fmt: skip
    left = canonical.decode(tombstone(full).canonical())
    assert set(left) == {"format", "id", "kind", "of", "form", "time", "language", "channel", "nonce"}
    assert left["nonce"] == NO_NONCE
