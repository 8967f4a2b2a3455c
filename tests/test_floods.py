"""Floods: seen over the whole batch, told to a moderator, and never at the cost of a resident."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import md5

import pytest

from assises.decisions import decisions_on
from assises.flag_words import flag_words
from assises.floods import ALIKE, FROM_ONE_NETWORK, LINKS, TO_ONE_FORM, likeness
from assises.spool import Spool
from assises.store import Store
from assises_inbox.intake.app import Intake
from kernel import (
    INTAKE_KEY,
    NOW,
    client,
    confirm,
    contribution,
    envelope,
    forms,
    post,
    receive,
    runner,
    verdict,
)

LONG = "Nous voulons une piste cyclable sur toute l’avenue."


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    with Store.create(tmp_path / "store.git") as store:
        yield store


@pytest.fixture
def spool(tmp_path):
    """An empty spool."""
    return Spool(tmp_path / "spool")


def flags(store) -> dict[str, tuple[str, ...]]:
    """Return what was noticed about each contribution, by its words; those of which nothing was are left out."""
    snapshot, found = store.read(), {}
    for record in snapshot.records():
        noticed = [
            flag
            for item in decisions_on(snapshot, record.fate, record.contribution.id)
            for flag in item.flags
        ]
        if noticed:
            found[record.contribution.text] = tuple(noticed)
    return found


def batch(spool, *texts: str, network: str = "", every: timedelta = timedelta(seconds=2)) -> None:
    """Let texts be received, each under a token of its own."""
    for number, text in enumerate(texts):
        said = envelope(
            text,
            md5(f"{number}{text}".encode()).hexdigest(),
            time=NOW + every * number,
            key=f"{number}{text}".encode(),
        )
        receive(spool, replace(said, network=network))


def test_a_school_behind_one_address_takes_part(store, spool):
    """300 pupils in ten minutes, all by one IPv4: each is received, none refused.

    Where moderation comes afterwards each appears at once: what they write differs, and no minute is a machine's.
    """
    known, moment = forms(moderation="after"), [NOW]
    app = Intake(lambda: known, spool, INTAKE_KEY, lambda: moment[0])
    school = {"environ_overrides": {"REMOTE_ADDR": "5.135.7.7"}}
    browser = client(app)
    for pupil in range(300):
        moment[0] = NOW + timedelta(seconds=2 * pupil)
        checked = post(browser, text=f"Élève {pupil}: dans la cour, je voudrais {pupil} arbres et un banc.")
        moment[0] += timedelta(seconds=1)
        assert browser.post("/contributions", data=checked.fields, **school).status_code == 303
    done = runner(store, spool, publish_at_once=True).drain(moment[0])
    assert (done.received, flags(store)) == (300, {})
    assert len(store.read().records("published")) == 300
    assert verdict(store, now=moment[0]).holds


def test_a_whole_hall_in_one_minute_is_received_and_read_first(store, spool):
    """A hundred at once by one address: all are kept, none is refused; what a machine could be waits for a person."""
    known, moment = forms(moderation="after"), [NOW]
    app = Intake(lambda: known, spool, INTAKE_KEY, lambda: moment[0])
    hall = {"environ_overrides": {"REMOTE_ADDR": "5.135.7.7"}}
    browser = client(app)
    pages = [
        post(browser, text=f"Voix {number} de la salle, pour {number} raisons à moi.")
        for number in range(100)
    ]
    moment[0] += timedelta(seconds=30)
    assert {browser.post("/contributions", data=page.fields, **hall).status_code for page in pages} == {303}
    runner(store, spool, publish_at_once=True).drain(moment[0])
    snapshot = store.read()
    assert len(snapshot.records("published")) + len(snapshot.records("pending")) == 100
    assert set(flags(store).values()) <= {("many-from-one-network",)}
    assert snapshot.records("pending")


def test_a_machine_behind_many_processes_is_seen_in_the_batch(store, spool):
    """Each function's process saw one; the runner sees them all."""
    batch(
        spool,
        *(f"Texte {n} tout à fait différent." for n in range(FROM_ONE_NETWORK + 1)),
        network="ab12",
        every=timedelta(0),
    )
    batch(spool, "D’un autre réseau, au même instant.", network="ab13")
    runner(store, spool, publish_at_once=True).drain(NOW)
    found = flags(store)
    assert len(found) == FROM_ONE_NETWORK + 1
    assert set(found.values()) == {("many-from-one-network",)}
    assert [item.contribution.text for item in store.read().records("published")] == [
        "D’un autre réseau, au même instant."
    ]


def test_more_to_one_form_than_people_write_is_read_first(store, spool):
    """From whatever networks."""
    batch(
        spool,
        *(f"Texte {n} tout à fait différent." for n in range(TO_ONE_FORM + 1)),
        every=timedelta(milliseconds=100),
    )
    runner(store, spool, publish_at_once=True).drain(NOW + timedelta(minutes=1))
    assert set(flags(store).values()) == {("flood",)}
    assert len(store.read().records("pending")) == TO_ONE_FORM + 1


def test_the_same_words_again_and_again_are_read_first(store, spool):
    """In one batch and over a day; capitals, signs and spaces make no difference, and short words are everybody's."""
    batch(spool, *[LONG] * (ALIKE - 1), *["D’accord."] * 10)
    runner(store, spool, publish_at_once=True).drain(NOW + timedelta(minutes=1))
    assert flags(store) == {}
    shouted = LONG.upper().replace(" ", "  ") + "!!!"
    receive(spool, envelope(shouted, "f" * 32, time=NOW + timedelta(hours=1)))
    runner(store, spool, publish_at_once=True).drain(NOW + timedelta(hours=1))
    assert flags(store) == {shouted: ("alike",)}


def test_a_likeness_tells_nothing_of_words_without_the_key():
    """The store remembers it for three days; who has the store alone can test no guess by it."""
    said = contribution(LONG)
    assert likeness(said, b"a") != likeness(said, b"b")
    assert likeness(contribution("Oui !"), b"a") == ""
    assert len(likeness(said, b"a")) == 12


@pytest.mark.parametrize("link", ["https://a.example/", "www.a.example", "[ici](x)", "HTTP://A.EXAMPLE"])
def test_many_links_are_read_first(store, spool, link):
    """As many as somebody who shows where it is written may give are nothing to look at."""
    batch(spool, " ".join(["Voir", *[link] * LINKS]), " ".join(["Voir encore", *[link] * (LINKS + 1)]))
    runner(store, spool, publish_at_once=True).drain(NOW + timedelta(minutes=1))
    assert list(flags(store).values()) == [("many-links",)]


def test_every_flag_is_told_in_words():
    """Whoever decides reads a sentence; a flag of a later version its name."""
    named = [
        "trap",
        "too-fast",
        "many-from-one-network",
        "flood",
        "alike",
        "many-links",
        "late",
        "unexpected",
    ]
    named += ["second-of-one-sending", "unknown-parent"]
    assert all(flag_words(flag).render() != flag for flag in named)
    assert flag_words("new").render() == "new"


def test_confirming_is_all_that_a_resident_does(store, spool):
    """Nobody who writes a word alone, in their own time, is ever flagged."""
    known, moment = forms(moderation="after"), [NOW]
    browser = client(Intake(lambda: known, spool, INTAKE_KEY, lambda: moment[0]))
    checked = post(browser, text=LONG)
    moment[0] += timedelta(seconds=3)
    confirm(browser, checked)
    runner(store, spool, publish_at_once=True).drain(moment[0])
    assert flags(store) == {}
