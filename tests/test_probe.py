"""Probes: they go the way of every contribution, and nothing is counted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from assises import probe
from assises.envelope import EnvelopeError
from assises.ledger import Event
from assises.spool import Spool
from assises.store import Store
from kernel import INTAKE_KEY, NOW, OTHER_KEY, client, envelope, intake, receive, runner

HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    with Store.create(tmp_path / "store.git") as made:
        yield made


@pytest.fixture
def spool(tmp_path):
    """An empty spool."""
    return Spool(tmp_path / "spool")


def send(spool, data, **more):
    """Return how the intake answers a probe."""
    return client(intake(spool)).post("/probes", data=data, **{"content_type": "application/json"} | more)


def test_a_probe_travels_to_the_store_and_is_dropped_before_the_ledger(store, spool):
    """The store says that it came; of the ledger and of what is counted it is no part."""
    answer = send(spool, probe.make(INTAKE_KEY, NOW))
    assert answer.status_code == 201
    item = envelope()
    receive(spool, item)
    done = runner(store, spool).drain(NOW + HOUR)
    assert (done.probes, done.received) == (1, 1)
    snapshot = store.read()
    assert probe.arrived(snapshot.get(probe.PATH)) == probe.Arrival(answer.json["id"], NOW + HOUR)
    assert [entry.what for entry in snapshot.ledger().entries] == [
        Event("received", item.contribution.id, digest=item.contribution.digest(), channel="web")
    ]
    assert snapshot.fate(answer.json["id"]) is None
    assert list(spool.list()) == []


def test_a_probe_alone_leaves_the_ledger_as_it_was(store, spool):
    """Nobody said anything, so no head is signed either."""
    send(spool, probe.make(INTAKE_KEY, NOW))
    assert runner(store, spool).drain(NOW).probes == 1
    assert store.read().head() is None
    assert not runner(store, spool).drain(NOW).probes


def test_a_probe_that_is_sent_again_is_the_same(spool):
    """As with all that is received, the same gives the same."""
    data = probe.make(INTAKE_KEY, NOW)
    assert data == probe.make(INTAKE_KEY, NOW)
    assert send(spool, data).json == send(spool, data).json
    assert len(list(spool.list())) == 1


@pytest.mark.parametrize(
    "data",
    [
        probe.make(OTHER_KEY, NOW),
        probe.make(INTAKE_KEY, NOW - 2 * HOUR),
        probe.make(INTAKE_KEY, NOW + 2 * HOUR),
        envelope().to_bytes(INTAKE_KEY),
        b"",
        b"{}",
        b"\xff",
    ],
    ids=["another's", "of yesterday", "of tomorrow", "a contribution", "empty", "nothing", "no text"],
)
def test_strangers_cannot_send_probes(spool, data):
    """Without the key, of another hour, or with words in it: refused, and nothing is stored."""
    assert send(spool, data).status_code == 403
    assert list(spool.list()) == []
    with pytest.raises(EnvelopeError):
        probe.read(data, INTAKE_KEY, NOW)


def test_a_form_of_another_site_can_send_none(spool):
    """A probe is JSON, which no form sends."""
    answer = send(spool, probe.make(INTAKE_KEY, NOW), content_type="text/plain")
    assert answer.status_code == 415
