"""What the intake does with an address: seals it at once, shows it to its owner alone, and asks nothing without a key."""

from __future__ import annotations

import pytest

from assises.envelope import Envelope
from assises.sealing import Private, unseal
from assises.spool import Spool
from kernel import (
    INTAKE_KEY,
    MONTH_KEY,
    PRIVATE,
    SUPPORT,
    TOPIC,
    Answer,
    client,
    confirm,
    intake,
    post,
)

EMAIL = "zoé.lilas+assises@ville.example"


@pytest.fixture
def spool(tmp_path):
    """Where the intake stores."""
    return Spool(tmp_path / "spool")


def stored(spool) -> Envelope:
    """Return the one envelope that came in."""
    (id,) = spool.list()
    return Envelope.from_bytes(spool.get(id), (INTAKE_KEY.public,))


def sent(spool, private=PRIVATE, email=EMAIL, **fields):
    """Send a contribution with an address, and confirm it."""
    to = client(intake(spool, private=private))
    first = post(to, form=TOPIC, text="Un banc.", email=email, **fields)
    assert first.status == 200, first.html
    return first, confirm(to, first)


def test_an_address_is_sealed_and_in_no_clear_byte(spool):
    """What the intake stores can be read by nobody but the month's key; the page of check alone showed it."""
    first, _receipt = sent(spool)
    assert EMAIL in first.html
    envelope = stored(spool)
    assert unseal(envelope.private, MONTH_KEY) == Private(envelope.contribution.id, EMAIL)
    data = spool.get(envelope.contribution.id)
    assert b"lilas" not in data
    assert b"lilas" not in envelope.contribution.canonical()


def test_without_a_key_nothing_is_asked_nor_kept(spool):
    """An address that is sent all the same is dropped before it is shown."""
    first, _receipt = sent(spool, private={})
    assert "lilas" not in first.html
    assert stored(spool).private is None


@pytest.mark.parametrize(
    "private",
    [
        PRIVATE | {"email": False},
        PRIVATE | {"keys": {"2017-12": MONTH_KEY.public}},
        PRIVATE | {"keys": {"2017-11": "no key"}},
        PRIVATE | {"keys": {}},
    ],
    ids=["not asked", "another month's", "broken", "none"],
)
def test_what_nobody_could_open_is_not_kept(spool, private):
    """And the contribution counts all the same."""
    sent(spool, private=private)
    assert stored(spool).private is None


def test_a_resend_makes_the_same_box(spool):
    """Whatever the network does: every byte is a function of token and form."""
    to = client(intake(spool, private=PRIVATE))
    first = post(to, form=TOPIC, text="Un banc.", email=EMAIL)
    confirm(to, first)
    before = stored(spool)
    spool.delete(before.contribution.id)
    confirm(to, first)
    assert stored(spool).private == before.private


@pytest.mark.parametrize(
    "email",
    ["zoe", "zoe@", "@x.fr", "a@b", "a b@x.fr", "a@x.fr,b@x.fr", "<a@x.fr>", "a@x.fr>", "x" * 300 + "@x.fr"],
)
def test_what_is_no_address_is_to_be_mended(spool, email):
    """At its field, with what was typed kept."""
    answer = post(client(intake(spool, private=PRIVATE)), form=TOPIC, text="Un banc.", email=email)
    assert answer.status == 422
    assert 'href="#email"' in answer.html
    assert "Un banc." in answer.html
    assert list(spool.list()) == []


def test_a_changed_address_is_read_over_again(spool):
    """As changed words are."""
    to = client(intake(spool, private=PRIVATE))
    first = post(to, form=TOPIC, text="Un banc.", email=EMAIL)
    fields = first.fields | {"email": "autre@ville.example"}
    changed = Answer(to.post("/contributions", data=fields))
    assert changed.status == 200
    assert "autre@ville.example" in changed.html
    assert list(spool.list()) == []


def test_a_support_asks_no_address(spool):
    """Nothing is told of a tick."""
    to = client(intake(spool, private=PRIVATE))
    page = Answer(
        to.get(
            "/contributions/new",
            query_string={"form": SUPPORT, "of": "01BZDDNSS0ZP7FKFQ1PTW9G4RJ", "language": "fr"},
        )
    )
    assert 'name="email"' not in page.html


def test_the_network_address_is_kept_only_where_it_is_asked(spool):
    """Sealed, with or without an e-mail address; never else."""
    to = client(intake(spool, private=PRIVATE | {"address": True}))
    fields = post(to, form=TOPIC, text="Un banc.").fields
    to.post("/contributions", data=fields, environ_base={"REMOTE_ADDR": "9.9.9.9"})
    kept = stored(spool)
    assert unseal(kept.private, MONTH_KEY).address == "9.9.9.9"
    assert b"9.9.9.9" not in spool.get(kept.contribution.id)
