"""Decisions: who, when, by which rule and why; beside the contribution, for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assises import canonical
from assises.moderation import (
    DUE,
    Decision,
    ModerationError,
    Seen,
    decide,
    decisions_on,
    decisions_to_bytes,
)
from assises.store import RUNNER, Author, Store, StoreError, decisions_path, path_of
from kernel import NOW, contribution, fsck, golden, log

ANNE = Author("Anne", "anne@ville.example")
PUBLISH = Decision("publish", "Anne", NOW)
WITHHOLD = Decision("withhold", "Anne", NOW, rule="insult", reason="Il insulte une voisine.")
TEXT = st.text(st.characters(exclude_categories=()), max_size=60)


@pytest.fixture
def store(tmp_path):
    """A store in which one contribution waits."""
    with Store.create(tmp_path / "store.git") as made:
        item = contribution()
        made.commit(RUNNER, "Put", NOW, lambda _: {path_of("pending", item.id): item.canonical()})
        yield made


def test_a_decision_moves_the_contribution_and_stands_beside_it(store, tmp_path, git):
    """The words do not change, the decision is kept, and the ledger's event is due."""
    id = contribution().id
    assert decide(store, id, WITHHOLD, ANNE).fate == "withheld"
    snapshot = store.read()
    assert snapshot.get(path_of("withheld", id)) == contribution().canonical()
    assert snapshot.get(path_of("pending", id)) is None
    assert decisions_on(snapshot, "withheld", id) == (WITHHOLD,)
    assert [data for _, data in snapshot.files(DUE)] == [
        canonical.encode({"format": 1, "event": "withheld", "id": id})
    ]
    assert log(git, tmp_path / "store.git", "%s|%an <%ae>")[0] == f"Withhold {id}|Anne <anne@ville.example>"
    fsck(git, tmp_path / "store.git")


def test_decisions_follow_each_other(store):
    """A later decision may reverse an earlier one; both stay, in their order, and both are due."""
    id = contribution().id
    later = Decision("publish", "Bruno", NOW + timedelta(hours=1))
    decide(store, id, WITHHOLD, ANNE)
    assert decide(store, id, later, ANNE).fate == "published"
    snapshot = store.read()
    assert decisions_on(snapshot, "published", id) == (WITHHOLD, later)
    assert len(snapshot.names(DUE)) == 2
    assert snapshot.get(decisions_path("withheld", id)) is None


@pytest.mark.parametrize(
    ("id", "fate", "reason"),
    [
        (contribution("Autre.").id, "pending", "unknown"),
        ("not an id", "pending", "unknown"),
        ("../../x", "pending", "unknown"),
        ("\udcff", "pending", "unknown"),
        (contribution().id, "published", "already"),
        (contribution().id, "erased", "erased"),
    ],
)
def test_what_cannot_be_decided_says_why(store, id, fate, reason):
    """And leaves the store as it was."""
    own, words = contribution().id, contribution().canonical()
    if fate != "pending":
        changes = {path_of("pending", own): None, path_of(fate, own): words}
        store.commit(RUNNER, "Move", NOW, lambda _: changes)
    tip = store.tip()
    with pytest.raises(ModerationError) as raised:
        decide(store, id, PUBLISH, ANNE)
    assert (raised.value.reason, raised.value.id) == (reason, id)
    assert store.tip() == tip


def test_two_moderators_at_once_do_not_overrule_each_other_unseen(store):
    """Who saw it waiting decides nothing once another has decided."""
    id = contribution().id
    decide(store, id, WITHHOLD, ANNE, seen=Seen("pending"))
    with pytest.raises(ModerationError) as raised:
        decide(store, id, PUBLISH, ANNE, seen=Seen("pending"))
    assert raised.value.reason == "already"
    assert store.read().fate(id) == "withheld"


@given(TEXT, TEXT, TEXT, st.lists(st.sampled_from(["trap", "unknown-parent"])))
def test_a_decision_goes_there_and_back(who, rule, reason, flags):
    """Whatever a moderator types is taken, in its normal spelling."""
    decision = Decision("withhold", who, NOW, rule, reason, tuple(flags))
    data = decisions_to_bytes((decision, decision))
    again = [Decision.from_document(item) for item in canonical.decode(data)["decisions"]]
    assert (
        again
        == [
            Decision(
                "withhold",
                canonical.normal(who),
                NOW,
                canonical.normal(rule),
                canonical.normal(reason),
                tuple(flags),
            )
        ]
        * 2
    )


def test_the_decisions_are_kept():
    """The bytes of format 1."""
    flagged = Decision("flag", "runner", NOW, flags=("trap", "second-of-one-sending"))
    golden("decisions.json", decisions_to_bytes((flagged, WITHHOLD, PUBLISH)))


@pytest.mark.parametrize(
    "data", [b"x", b"{}\n", b'{"decisions":[1]}\n', b'{"decisions":5}\n', b'{"decisions":[{}]}\n']
)
def test_damaged_decisions_say_so(store, data):
    """Nobody decides on top of what cannot be read."""
    id = contribution().id
    store.commit(RUNNER, "Damage", NOW, lambda _: {decisions_path("pending", id): data})
    with pytest.raises(StoreError, match=r"decisions\.json"):
        decide(store, id, PUBLISH, ANNE)
