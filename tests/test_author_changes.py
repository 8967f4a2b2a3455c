"""What authors change in what they said: corrected words take the place of the first, withdrawn ones go."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

import site_by_hand as made
from assises.author_changes import IN_TIME
from assises.contribution import Contribution
from assises.corrections import as_read, to_publish
from assises.decisions import decisions_on
from assises.moderation import Decision, ModerationError, decide
from assises.sheets import received
from assises.spool import Spool
from assises.store import Author, Store
from kernel import NOW, TOPIC, contribution, envelope, fsck, receive, runner, verdict

ALICE = Author("Alice", "alice@town.example")
SOON = NOW + timedelta(hours=1)
LATE = NOW + IN_TIME + timedelta(minutes=1)
SAID = contribution("Plus de logemants.", author="Anne")


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    with Store.create(tmp_path / "store.git") as store:
        yield store


@pytest.fixture
def spool(tmp_path):
    """An empty spool."""
    return Spool(tmp_path / "spool")


def correction(
    of: Contribution = SAID, text: str = "Plus de logements.", time=SOON, **fields
) -> Contribution:
    """Return an author's correction."""
    form = f"{of.page}:correction"
    stated = {"kind": "correction", "of": of.id, "form": form, "time": time, "author": "Anne"} | fields
    return contribution(text, key=f"{text}{time}".encode(), **stated)


def withdrawal(of: Contribution = SAID, time=SOON) -> Contribution:
    """Return an author's withdrawal."""
    fields = {"kind": "withdrawal", "of": of.id, "form": f"{of.page}:withdrawal", "time": time}
    return contribution("", key=f"{time}".encode(), **fields)


def drain(
    store, spool, *said: Contribution, at_once: bool = False, now=SOON, flags: tuple[str, ...] = ()
) -> None:
    """Let contributions be received, each under a token of its own, and drained."""
    for item in said:
        packed = replace(envelope(sending=(item.id * 2)[:32].lower().encode().hex()[:32]), contribution=item)
        receive(spool, replace(packed, flags=flags))
    runner(store, spool, publish_at_once=at_once).drain(now)
    assert verdict(store, now=now).holds, [fault.render() for fault in verdict(store, now=now).faults]


def publish(store, spool, id: str, now=SOON) -> None:
    """Let a moderator publish, and the runner enter it."""
    decide(store, id, Decision("publish", "Alice", now), ALICE)
    drain(store, spool, now=now)


def events(store, id: str = SAID.id) -> list[str]:
    """Return what befell a contribution by the ledger."""
    return [entry.what.event for entry in store.read().ledger().by_id[id]]


def read(store) -> list[tuple[str, str, bool]]:
    """Return what the site shows: fate, words, whether they are corrected."""
    snapshot = store.read()
    found = as_read(snapshot.records(), snapshot.ledger())
    return [(item.fate, item.contribution.text, item.corrected is not None) for item in found]


def flags_of(store, id: str) -> list[str]:
    """Return what was noticed about a contribution."""
    snapshot = store.read()
    fate = snapshot.fate(id)
    assert fate
    return [flag for decision in decisions_on(snapshot, fate, id) for flag in decision.flags]


def test_a_correction_before_the_decision_is_read_with_it(store, spool, tmp_path, git):
    """The moderator decides once, on the corrected words; they are what is shown and published."""
    mended = correction()
    drain(store, spool, SAID)
    drain(store, spool, mended)
    assert events(store) == ["received", "corrected"]
    assert store.read().ledger().corrections == {SAID.id: mended.id}
    assert {store.read().fate(SAID.id), store.read().fate(mended.id)} == {"pending"}
    publish(store, spool, SAID.id)
    assert events(store) == ["received", "corrected", "published"]
    assert events(store, mended.id) == ["received", "published"]
    assert read(store) == [("published", "Plus de logements.", True)]
    snapshot = store.read()
    assert to_publish(snapshot.records(), snapshot.ledger()) == (mended,)
    assert snapshot.record(SAID.id).contribution == SAID
    fsck(git, tmp_path / "store.git")


def test_a_decision_on_the_correction_is_one_on_what_it_corrects(store, spool):
    """Whichever of the two a moderator opens."""
    mended = correction()
    drain(store, spool, SAID, mended)
    publish(store, spool, mended.id)
    assert read(store) == [("published", "Plus de logements.", True)]
    decide(store, SAID.id, Decision("withhold", "Alice", SOON, "insults", "Non."), ALICE)
    drain(store, spool)
    assert {store.read().fate(SAID.id), store.read().fate(mended.id)} == {"withheld"}
    assert read(store) == [("withheld", "Plus de logemants.", False)]


def test_corrected_words_are_read_again_before_they_are_shown(store, spool):
    """Where a moderator reads first, what was published waits again."""
    drain(store, spool, SAID)
    publish(store, spool, SAID.id)
    drain(store, spool, correction())
    assert events(store) == ["received", "published", "corrected"]
    assert read(store) == [("pending", "Plus de logemants.", False)]
    publish(store, spool, SAID.id)
    assert read(store) == [("published", "Plus de logements.", True)]


def test_after_publication_a_correction_shows_at_once(store, spool):
    """As any contribution there does."""
    drain(store, spool, SAID, at_once=True)
    drain(store, spool, correction(), at_once=True)
    assert events(store) == ["received", "published", "corrected", "published"]
    assert read(store) == [("published", "Plus de logements.", True)]


def test_the_last_of_several_corrections_stands(store, spool):
    """Each withdraws the one before; in one batch, too."""
    drain(store, spool, SAID, at_once=True)
    first, second = (
        correction(text="Mieux."),
        correction(text="Encore mieux.", time=SOON + timedelta(minutes=1)),
    )
    drain(store, spool, first, second, at_once=True, now=SOON + timedelta(minutes=2))
    assert events(store, first.id) == ["received", "published", "withdrawn"]
    assert read(store) == [("published", "Encore mieux.", True)]


def test_words_and_their_change_in_one_batch(store, spool):
    """What was said comes first, whatever the order in which it lay there."""
    drain(store, spool, withdrawal(), correction(time=SOON - timedelta(minutes=1)), SAID, at_once=True)
    assert events(store)[0] == "received"
    assert events(store)[-1] == "withdrawn"
    assert read(store) == [("withdrawn", "Plus de logemants.", False)]


@pytest.mark.parametrize("decided", [True, False])
def test_what_authors_change_is_counted_where_their_words_are(store, spool, decided):
    """A withdrawal that took effect is nothing that was published: it counts with what it took back, and verify says so."""
    drain(store, spool, SAID, at_once=decided)
    gone = withdrawal()
    drain(store, spool, gone, at_once=decided)
    found = verdict(store)
    assert found.holds
    assert found.changes == {gone.id: "withdrawal"}
    assert (found.counts.received, found.counts.published, found.counts.withdrawn) == (2, 0, 2)
    assert found.counted("web") == found.counts
    assert [note.render()[-3:] for note in found.notes] == [" 1."]
    snapshot = store.read()
    site = replace(made.site(), records=snapshot.records(), ledger=snapshot.ledger())
    assert site.counted() == found.counts
    (day,) = received(site, "fr").values()
    assert [item.state for item in day] == ["withdrawn", "withdrawn"]


@pytest.mark.parametrize("decided", [True, False])
def test_withdrawn_words_are_gone_and_keep_their_place(store, spool, decided):
    """Published or waiting; with its correction; a second withdrawal changes nothing more."""
    mended, gone = correction(), withdrawal()
    drain(store, spool, SAID, mended)
    if decided:
        publish(store, spool, SAID.id)
    drain(store, spool, gone)
    assert events(store)[-1] == events(store, mended.id)[-1] == "withdrawn"
    assert store.read().fate(SAID.id) == store.read().fate(mended.id) == "withdrawn"
    assert store.read().ledger().counts().withdrawn == 2
    snapshot = store.read()
    assert [item.kind for item in to_publish(snapshot.records(), snapshot.ledger())] == ["withdrawal"]
    again = withdrawal(time=SOON + timedelta(minutes=1))
    drain(store, spool, again)
    assert events(store).count("withdrawn") == 1
    for item in (SAID.id, mended.id):
        with pytest.raises(ModerationError) as refused:
            decide(store, item, Decision("publish", "Alice", SOON), ALICE)
        assert refused.value.reason == "withdrawn"


def test_a_late_correction_waits_for_a_moderator(store, spool):
    """A day later, what a moderator has published stays; another decision lets the correction take effect."""
    drain(store, spool, SAID)
    publish(store, spool, SAID.id)
    mended = correction(time=LATE)
    drain(store, spool, mended, now=LATE)
    assert flags_of(store, mended.id) == ["late"]
    assert read(store) == [("published", "Plus de logemants.", False)]
    publish(store, spool, mended.id, now=LATE)
    assert events(store) == ["received", "published", "corrected", "published"]
    assert read(store) == [("published", "Plus de logements.", True)]


def test_a_correction_of_what_still_waits_is_never_late(store, spool):
    """Until a moderator has decided, however long that takes."""
    drain(store, spool, SAID)
    drain(store, spool, correction(time=LATE), now=LATE)
    assert events(store) == ["received", "corrected"]


def test_a_late_correction_may_be_withheld_by_itself(store, spool):
    """What is published stays as it is."""
    drain(store, spool, SAID, at_once=True)
    mended = correction(time=LATE)
    drain(store, spool, mended, now=LATE, at_once=True)
    decide(store, mended.id, Decision("withhold", "Alice", LATE, "off-topic", "Non."), ALICE)
    drain(store, spool, now=LATE)
    assert events(store) == ["received", "published"]
    assert read(store) == [("published", "Plus de logemants.", False)]


@pytest.mark.parametrize("flag", ["trap", "too-fast"])
@pytest.mark.parametrize("change", [correction(), withdrawal()], ids=["correction", "withdrawal"])
def test_a_suspicious_change_waits_for_a_person(store, spool, flag, change):
    """It never takes effect at once; published by a moderator, it does."""
    drain(store, spool, SAID, at_once=True)
    drain(store, spool, change, at_once=True, flags=(flag,))
    assert read(store) == [("published", "Plus de logemants.", False)]
    assert store.read().fate(change.id) == "pending"
    publish(store, spool, change.id)
    assert read(store)[0][0] == ("published" if change.kind == "correction" else "withdrawn")


def test_what_was_withheld_stays_told_as_such(store, spool):
    """Neither a correction nor a withdrawal hides a decision of the organiser's."""
    drain(store, spool, SAID)
    decide(store, SAID.id, Decision("withhold", "Alice", SOON, "insults", "Non."), ALICE)
    drain(store, spool, correction(), withdrawal())
    assert events(store) == ["received", "withheld"]
    assert [flags_of(store, item.id) for item in (correction(), withdrawal())] == [["late"], ["late"]]
    with pytest.raises(ModerationError) as refused:
        decide(store, withdrawal().id, Decision("publish", "Alice", SOON), ALICE)
    assert refused.value.reason == "orphan"


@pytest.mark.parametrize(
    "change",
    [
        correction(contribution("Jamais reçu.")),
        withdrawal(contribution("Jamais reçu.")),
        correction(form="topics/parks:correction"),
    ],
    ids=["correction of nothing", "withdrawal of nothing", "from another page"],
)
def test_what_changes_nothing_is_kept_and_flagged(store, spool, change):
    """It is in the ledger as everything is, and touches nobody else's words."""
    drain(store, spool, SAID, at_once=True)
    drain(store, spool, change, at_once=True)
    assert "unknown-parent" in flags_of(store, change.id)
    assert events(store) == ["received", "published"]


def test_the_towns_answer_is_nobodys_to_change(store, spool):
    """A stolen intake that signs cannot speak for the town, nor silence it."""
    answer = contribution("Non.", kind="answer", channel="town", form="topics/housing:answer")
    drain(store, spool, answer)
    publish(store, spool, answer.id)
    drain(store, spool, withdrawal(answer), at_once=True)
    assert store.read().fate(answer.id) == "published"


def test_a_withdrawal_carries_no_words(store, spool):
    """One that does was made by no form of ours."""
    drain(store, spool, SAID, at_once=True)
    wordy = contribution(
        "Au revoir", kind="withdrawal", of=SAID.id, form="topics/housing:withdrawal", time=SOON
    )
    drain(store, spool, wordy, at_once=True)
    assert "unexpected" in flags_of(store, wordy.id)
    assert store.read().fate(SAID.id) == "published"


def test_a_resend_changes_nothing(store, spool):
    """The same correction, after its drain."""
    mended = correction()
    drain(store, spool, SAID, mended, at_once=True)
    tip = store.tip()
    drain(store, spool, mended, at_once=True)
    assert store.tip() == tip
    assert SAID.form == TOPIC
