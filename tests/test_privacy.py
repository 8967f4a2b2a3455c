"""Private data: moved to refs of their own, opened for a reason, and gone with the month's key."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from assises.keyring import FILE, Keyring, PublishedMonths, announced, expires, is_due, months_from
from assises.keys import KeyFileError
from assises.privacy import ACCESSES, Keeping, NoPrivateDataError, expire, note_access, opened
from assises.sealing import MonthKey, Private
from assises.spool import Spool
from assises.store import Author, Store
from kernel import NOW, contribution, envelope, fsck, receive, runner

ANNE = Author("Anne", "anne@ville.example")
ID = contribution().id


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    with Store.create(tmp_path / "store.git") as made:
        yield made


@pytest.fixture
def ring(tmp_path):
    """A keyring without keys."""
    return Keyring(tmp_path / "keys" / "private")


def keeping(ring, months=12):
    """Return what tends the keys."""
    return Keeping(ring, months, asked=True)


def sealed(key: MonthKey, id: str = ID, email: str = "zoe@ville.example"):
    """Return a box as the intake makes it."""
    return Private(id, email).seal(key.public, b"one sending")


@pytest.fixture
def carried(store, ring, tmp_path):
    """A contribution with a box, drained."""
    spool = Spool(tmp_path / "spool")
    runner(store, spool, keeping=keeping(ring)).drain(NOW)
    key = ring.find("2017-11")
    receive(spool, replace(envelope(), private=sealed(key)))
    runner(store, spool, keeping=keeping(ring)).drain(NOW)
    return spool


def test_keys_are_made_ahead_and_published(store, ring, tmp_path):
    """This month's and the next one's: a form may be handed out at the month's very beginning."""
    runner(store, Spool(tmp_path / "spool"), keeping=keeping(ring)).drain(NOW)
    assert list(ring.months()) == ["2017-11", "2017-12"]
    public = PublishedMonths.of(store.read()).public
    assert public == {month: ring.find(month).public for month in ("2017-11", "2017-12")}
    tip = store.tip()
    runner(store, Spool(tmp_path / "spool"), keeping=keeping(ring)).drain(NOW)
    assert store.tip() == tip


def test_where_nothing_is_asked_no_key_is_made(store, ring, tmp_path):
    """And a month that the store knows is left to whoever holds its private half."""
    runner(store, Spool(tmp_path / "spool"), keeping=Keeping(ring, 12, asked=False)).drain(NOW)
    assert list(ring.months()) == []
    elsewhere = Keyring(tmp_path / "town")
    store.commit(ANNE, "Make", NOW, lambda snapshot: announced(snapshot, elsewhere, ("2017-11", "2017-12")))
    runner(store, Spool(tmp_path / "spool"), keeping=keeping(ring)).drain(NOW)
    assert list(ring.months()) == []


def test_a_box_is_moved_to_a_ref_of_its_own(store, carried, tmp_path, git):
    """Not on the branch, not in any file of it; git itself finds the ref and nothing wrong."""
    assert list(store.private.list()) == [ID]
    assert list(carried.list()) == []
    refs = subprocess.run(
        [git, "-C", tmp_path / "store.git", "for-each-ref", "--format=%(refname)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert refs.stdout.split() == ["refs/heads/main", f"refs/private/{ID}"]
    names = [path for path, _data in store.read().files("pending")]
    assert not any("private" in name for name in names)
    fsck(git, tmp_path / "store.git")


def test_a_box_is_opened_with_its_months_key(store, ring, carried):
    """And with no other; each opening is on record."""
    assert opened(store, ring, ID) == Private(ID, "zoe@ville.example")
    note_access(store, ID, ANNE, "Réquisition du 3 mars", NOW)
    note_access(store, ID, ANNE, "Encore", NOW)
    lines = store.read().get(ACCESSES).decode().splitlines()
    assert len(lines) == 2
    assert "Réquisition du 3 mars" in lines[0]
    assert "zoe" not in lines[0]


def test_a_turn_that_was_cut_short_moves_the_box_later(store, ring, carried, tmp_path):
    """The spool forgets only after the box lies in its ref; a resend adds no second one."""
    data = store.private.get(ID)
    store.private.delete(ID)
    receive(carried, replace(envelope(), private=sealed(ring.find("2017-11"))))
    assert runner(store, carried, keeping=keeping(ring)).drain(NOW).known == 1
    assert store.private.get(ID) == data


def test_expiry_destroys_the_key_for_every_copy(store, ring, carried, tmp_path, git):
    """A clone that was made before holds the box, and nothing that opens it."""
    clone = tmp_path / "clone.git"
    subprocess.run([git, "clone", "-q", "--mirror", tmp_path / "store.git", clone], check=True)
    day_before = datetime(2018, 11, 30, 23, 59, tzinfo=UTC)
    assert expire(store, ring, 12, day_before) == ()
    assert opened(store, ring, ID).email
    assert expire(store, ring, 12, day_before + timedelta(minutes=1)) == ("2017-11",)
    assert list(ring.months()) == ["2017-12"]
    assert list(store.private.list()) == []
    assert PublishedMonths.of(store.read()).expired == ("2017-11",)
    with Store.open(clone) as copy:
        assert copy.private.get(ID)
        with pytest.raises(NoPrivateDataError, match="no-key"):
            opened(copy, ring, ID)
    with pytest.raises(NoPrivateDataError, match="expired"):
        opened(store, ring, ID)
    assert expire(store, ring, 12, day_before + timedelta(minutes=2)) == ()


def test_what_expired_is_never_made_again(store, ring, carried):
    """Not by a clock that goes wrong, nor by a key that comes back from a backup."""
    old = ring.find("2017-11")
    later = datetime(2019, 1, 1, tzinfo=UTC)
    runner(store, carried, keeping=keeping(ring)).drain(later)
    runner(store, carried, keeping=keeping(ring)).drain(NOW)
    assert "2017-11" not in list(ring.months())
    ring.keep("2017-11", old)
    assert runner(store, carried, keeping=keeping(ring)).drain(later).expired == ("2017-11",)
    assert ring.find("2017-11") is None


def test_a_box_laid_beside_another_contribution_tells_nothing(store, ring, carried):
    """Whoever can write to the repository cannot make one person pass for another's author."""
    key = ring.find("2017-11")
    store.private.delete(ID)
    store.private.put_if_absent(ID, sealed(key, contribution("autre").id).to_bytes())
    with pytest.raises(NoPrivateDataError):
        opened(store, ring, ID)
    store.private.delete(ID)
    store.private.put_if_absent(ID, b"x")
    with pytest.raises(NoPrivateDataError):
        opened(store, ring, ID)


@pytest.mark.parametrize(
    ("month", "kept", "instant"),
    [("2026-11", 12, "2027-12-01"), ("2026-12", 0, "2027-01-01"), ("2026-01", 60, "2031-02-01")],
)
def test_a_month_is_kept_for_whole_months(month, kept, instant):
    """From its end; the instant itself is too late."""
    at = datetime.fromisoformat(f"{instant}T00:00:00+00:00")
    assert expires(month, kept) == at
    assert is_due(month, kept, at)
    assert not is_due(month, kept, at - timedelta(seconds=1))


def test_months_follow_one_another():
    """Over the year's end."""
    assert months_from(datetime(2026, 11, 25, tzinfo=UTC), 3) == ("2026-11", "2026-12", "2027-01")


def test_a_keyring_that_is_no_folder_of_keys_says_so(tmp_path):
    """A key that is none, a month that is none."""
    ring = Keyring(tmp_path)
    (tmp_path / "2017-11.key").write_text("x")
    with pytest.raises(KeyFileError):
        ring.find("2017-11")
    with pytest.raises(ValueError, match="no month"):
        ring.find("../2017-11")
    assert not ring.destroy("2017-12")
    (tmp_path / "notes.txt").write_text("x")
    assert list(ring.months()) == ["2017-11"]


def test_a_list_of_keys_that_is_malformed_says_so(store):
    """Whatever stands in the file."""
    for data in (
        b"",
        b"{}\n",
        b'{"expired":[],"format":1,"keys":[]}\n',
        b'{"expired":["x"],"format":1,"keys":{}}\n',
    ):
        store.commit(ANNE, "x", NOW, lambda _, data=data: {FILE: data})
        with pytest.raises(Exception, match="private/keys"):
            PublishedMonths.of(store.read())
