"""What `verify` finds: any change by someone without the key; with a receipt or an earlier head, the town's too."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assises import canonical
from assises.contribution import Contribution
from assises.keys import keys_file
from assises.ledger import Entry, Event, Head, Ledger, chain
from assises.receipt import Receipt, to_text
from assises.verify import Evidence, EvidenceError, verify
from kernel import INTAKE_KEY, LEDGER_KEY, NOW, OTHER_KEY, contribution

ITEMS = [
    contribution(str(n), channel=channel) for n, channel in enumerate(("web", "web", "meeting", "paper"))
]
KEYS = keys_file((INTAKE_KEY.public,), (LEDGER_KEY.public,))


def received(item: Contribution) -> Event:
    """Return the event with which a contribution enters."""
    return Event("received", item.id, item.digest(), item.channel)


EVENTS = [
    *(received(item) for item in ITEMS),
    Event("published", ITEMS[0].id),
    Event("published", ITEMS[2].id),
    Event("withheld", ITEMS[3].id),
]
ENTRIES = tuple(chain(EVENTS, None, NOW))
HEAD = Head.sign(ENTRIES[-1], LEDGER_KEY)
SHOWN = [ITEMS[0], ITEMS[2]]


def evidence(
    entries: tuple[Entry, ...] = ENTRIES,
    head: Head | None = HEAD,
    shown: list[Contribution] = SHOWN,
    keys: bytes = KEYS,
) -> Evidence:
    """Return what a site publishes."""
    lines = b"".join(item.canonical() for item in shown)
    return Evidence(Ledger(entries).lines(), head.to_bytes() if head else b"", keys, lines)


def receipt(item: Contribution, key=INTAKE_KEY) -> str:
    """Return a contribution's receipt."""
    promise = Receipt.of(item)
    return to_text(promise, promise.signature(key))


def faults(found: Evidence, **arguments: object) -> list[str]:
    """Return what is wrong, in English."""
    return [fault.render() for fault in verify(found, NOW, **arguments).faults]


def holds(found: Evidence, **arguments: object) -> bool:
    """Tell whether all holds; what cannot even be read does not."""
    try:
        return verify(found, NOW, **arguments).holds
    except EvidenceError:
        return False


def test_what_was_not_touched_holds():
    """And the sum comes out, in all and by channel."""
    verdict = verify(evidence(), NOW)
    assert verdict.faults == ()
    assert ["moderation log" in note.render() for note in verdict.notes] == [True]
    assert verdict.holds
    counts = verdict.counts
    assert (counts.received, counts.published, counts.waiting, counts.withheld) == (4, 2, 1, 1)
    assert verdict.ledger.counts("meeting").received == 1
    assert set(verdict.ledger.channels) == {"web", "meeting", "paper"}


def test_before_the_first_contribution_all_holds():
    """An empty ledger has no head, and nothing is shown."""
    verdict = verify(evidence((), None, [], keys_file((), ())), NOW)
    assert verdict.holds
    assert verdict.counts.received == 0


# --- without the key


@pytest.mark.parametrize("name", ["ledger", "head", "keys", "published"])
def test_every_flipped_byte_is_found(name):
    """In any of the four files, be it only a change of case."""
    data = getattr(evidence(), name)
    promised = receipt(ITEMS[0])
    for at in range(len(data)):
        damaged = data[:at] + bytes([data[at] ^ (0x01, 0x20)[at % 2]]) + data[at + 1 :]
        assert not holds(replace(evidence(), **{name: damaged}), receipt_text=promised), damaged


@pytest.mark.parametrize("at", range(len(ENTRIES)))
def test_a_dropped_line_is_found(at):
    """Wherever it stood, the last one too."""
    assert faults(evidence(ENTRIES[:at] + ENTRIES[at + 1 :]))


@pytest.mark.parametrize("at", range(len(ENTRIES) - 1))
def test_exchanged_lines_are_found(at):
    """Two lines that changed places."""
    entries = list(ENTRIES)
    entries[at], entries[at + 1] = entries[at + 1], entries[at]
    assert faults(evidence(tuple(entries)))


@pytest.mark.parametrize("at", range(len(ENTRIES) + 1))
def test_an_inserted_line_is_found(at):
    """A line made with the right number and hash, but without the key."""
    before = Head.sign(ENTRIES[at - 1], OTHER_KEY) if at else None
    (extra,) = chain([received(contribution("glissée"))], before, NOW)
    assert faults(evidence((*ENTRIES[:at], extra, *ENTRIES[at:])))


@pytest.mark.parametrize("at", range(len(ENTRIES)))
def test_a_chain_made_again_from_a_changed_line_is_found(at):
    """All hashes fit again, and the head's signature does not."""
    events = list(EVENTS)
    events[at] = received(contribution("changée"))
    entries = tuple(chain(events, None, NOW))
    assert "head" in " ".join(faults(evidence(entries)))
    assert faults(evidence(entries, Head.sign(entries[-1], OTHER_KEY)))
    assert faults(evidence(entries, replace(Head.sign(entries[-1], OTHER_KEY), key=LEDGER_KEY.public)))
    assert faults(evidence(entries, None))


def test_an_older_head_is_found():
    """A head that was true once does not cover lines written later, nor later heads fewer lines."""
    older = Head.sign(ENTRIES[2], LEDGER_KEY)
    assert faults(evidence(head=older))
    assert faults(evidence(ENTRIES[:3], shown=[]))
    assert verify(evidence(ENTRIES[:4], Head.sign(ENTRIES[3], LEDGER_KEY), []), NOW).holds


def test_a_line_older_than_the_one_above_is_found():
    """Even where every hash fits and the head is signed."""
    late = replace(ENTRIES[0], time=NOW + timedelta(hours=1))
    then = replace(ENTRIES[1], previous=late.hash())
    assert any("older" in fault for fault in faults(evidence((late, then), Head.sign(then, LEDGER_KEY), [])))


@pytest.mark.parametrize(
    "events",
    [[received(ITEMS[0]), received(ITEMS[0])], [Event("published", ITEMS[0].id)]],
    ids=["twice", "never"],
)
def test_what_was_received_twice_or_never_is_found(events):
    """Under a good signature too."""
    entries = tuple(chain(events, None, NOW))
    found = faults(evidence(entries, Head.sign(entries[-1], LEDGER_KEY), [ITEMS[0]]))
    assert any("twice or never" in fault for fault in found)


# --- what is shown


@pytest.mark.parametrize(
    "change", [{"text": "Tout autre chose."}, {"author": "Zoé"}, {"position": "against"}]
)
def test_altered_words_are_found(change):
    """What a page shows is what was received, to the letter."""
    altered = replace(ITEMS[0], **change)
    assert any("altered" in fault for fault in faults(evidence(shown=[altered, ITEMS[2]])))


def test_a_number_written_as_a_truth_is_found():
    """Python takes true for 1; the bytes differ all the same."""
    line = ITEMS[0].canonical().replace(b'"format":1', b'"format":true')
    assert faults(replace(evidence(), published=line))


def test_what_was_never_received_is_found():
    """A contribution that the ledger does not know."""
    assert any("not in the ledger" in fault for fault in faults(evidence(shown=[*SHOWN, contribution("x")])))


def test_what_is_shown_twice_is_found():
    """One voice does not become two."""
    assert any("twice" in fault for fault in faults(evidence(shown=[*SHOWN, ITEMS[0]])))


@pytest.mark.parametrize(
    ("shown", "id"),
    [([ITEMS[0]], None), ([*SHOWN, ITEMS[1]], ITEMS[1].id), ([*SHOWN, ITEMS[3]], ITEMS[3].id)],
)
def test_pages_and_ledger_must_agree(shown, id):
    """What the ledger published is shown, and nothing else: hiding words is found, and so is slipping some in."""
    wrong = id or next(item.id for item in SHOWN if item not in shown)
    proof = evidence(shown=shown)
    verdict = verify(proof, NOW)
    assert [fault.arguments for fault in verdict.faults] == [{"id": wrong}]
    decided = canonical.encode({"event": "withheld", "format": 1, "id": wrong})
    verdict = verify(replace(proof, due=decided), NOW)
    assert verdict.holds
    assert [note.arguments for note in verdict.notes if note.arguments] == [{"count": 1}]


# --- receipts and earlier heads


def test_a_promise_that_was_kept():
    """Whatever became of the contribution since."""
    for item in ITEMS:
        assert verify(evidence(), NOW + timedelta(days=400), receipt(item)).promise == "kept"


def test_a_promise_before_and_after_its_instant():
    """Not due for 48 hours from the form's handing out, broken from then on."""
    lost = receipt(contribution("perdue"))
    assert verify(evidence(), NOW + timedelta(hours=48, seconds=-1), lost).promise == "not-due"
    assert verify(evidence(), NOW + timedelta(hours=48, seconds=-1), lost).holds
    broken = verify(evidence(), NOW + timedelta(hours=48), lost)
    assert broken.promise == "broken"
    assert not broken.holds


def test_other_words_in_the_ledger_break_the_promise():
    """The town, with its key, enters the same id with another digest."""
    entries = tuple(chain([replace(received(ITEMS[0]), digest="ab" * 32)], None, NOW))
    verdict = verify(evidence(entries, Head.sign(entries[-1], LEDGER_KEY), []), NOW, receipt(ITEMS[0]))
    assert verdict.promise == "broken"


def test_a_correction_keeps_the_promise():
    """A correction is a contribution of its own and is shown in its place; what was received first keeps its promise."""
    correction = contribution("Mieux dit.", kind="correction", of=ITEMS[0].id)
    events = [
        received(ITEMS[0]),
        received(correction),
        Event("corrected", ITEMS[0].id, correction.digest()),
        Event("published", ITEMS[0].id),
        Event("published", correction.id),
    ]
    entries = tuple(chain(events, None, NOW))
    head = Head.sign(entries[-1], LEDGER_KEY)
    verdict = verify(evidence(entries, head, [correction]), NOW, receipt(ITEMS[0]))
    assert verdict.faults == ()
    assert verdict.promise == "kept"
    assert verify(evidence(entries, head, [ITEMS[0]]), NOW).faults
    both = verify(evidence(entries, head, [ITEMS[0], correction]), NOW)
    assert [fault.render() for fault in both.faults] == [
        f"{ITEMS[0].id} is shown with words that its author has corrected."
    ]


def test_the_town_cannot_drop_what_it_promised():
    """A ledger written anew with the key itself: with a receipt it is found."""
    entries = tuple(chain([received(item) for item in ITEMS[1:]], None, NOW))
    anew = evidence(entries, Head.sign(entries[-1], LEDGER_KEY), [])
    assert verify(anew, NOW).holds
    assert verify(anew, NOW + timedelta(days=3), receipt(ITEMS[0])).promise == "broken"


@pytest.mark.parametrize("at", range(len(ENTRIES)))
def test_a_ledger_that_grew_runs_through_its_earlier_heads(at):
    """Every head that was ever published is found again."""
    assert verify(evidence(), NOW, since=(Head.sign(ENTRIES[at], LEDGER_KEY),)).holds


def test_a_ledger_written_anew_misses_the_earlier_head():
    """Truncated or changed, and signed again with the key: with an earlier head it is found."""
    for entries in (ENTRIES[:-1], tuple(chain([received(item) for item in ITEMS], None, NOW + timedelta(1)))):
        found = faults(evidence(entries, Head.sign(entries[-1], LEDGER_KEY), []), since=(HEAD,))
        assert any("earlier head" in fault for fault in found)


def test_other_keys_put_in_the_place_of_the_towns_are_found():
    """Whoever has the web space but not the key, and whoever shows an earlier head that is not the town's."""
    forged = evidence(head=Head.sign(ENTRIES[-1], OTHER_KEY), keys=keys_file((), (OTHER_KEY.public,)))
    assert any(
        "keys were replaced" in fault for fault in faults(forged, since=(Head.sign(ENTRIES[0], LEDGER_KEY),))
    )
    assert faults(evidence(), since=(Head.sign(ENTRIES[0], OTHER_KEY),))


@pytest.mark.parametrize("text", ["x", receipt(ITEMS[0])[:-1], receipt(ITEMS[0], OTHER_KEY), "é", "."])
def test_what_is_no_receipt_of_the_town_says_so(text):
    """It is neither kept nor broken."""
    with pytest.raises(EvidenceError, match="receipt"):
        verify(evidence(), NOW, text)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["ledger", "head", "keys", "published"]), st.binary(min_size=1, max_size=300))
def test_any_bytes_end_in_a_verdict(name, data):
    """Whatever stands in a file: faults, or an EvidenceError that says which file."""
    assert not holds(replace(evidence(), **{name: data}), receipt_text=receipt(ITEMS[0]))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2),
)


@given(st.sampled_from(["ledger", "head", "published"]), st.integers(0, 9), JSON)
def test_any_value_of_any_field_ends_in_a_verdict(name, at, value):
    """Also in a line that is canonical, with a value of a kind that nobody writes."""
    first, *rest = canonical.lines(getattr(evidence(), name))
    document = canonical.decode(first)
    key = sorted(document)[at % len(document)]
    if document[key] == value and type(document[key]) is type(value):
        return
    try:
        line = canonical.encode(document | {key: value})
    except canonical.CanonicalError:
        return
    assert not holds(replace(evidence(), **{name: line + b"".join(rest)}))


@pytest.mark.parametrize(
    "keys", [b"", b"[]\n", b'{"intake":5,"ledger":[]}\n', b'{"intake":[]}\n', b'{"format":1}\n']
)
def test_malformed_keys_say_so(keys):
    """Nothing can be checked without them."""
    with pytest.raises(EvidenceError, match=r"keys\.json"):
        verify(evidence(keys=keys), NOW)


def test_a_promise_that_was_kept_late():
    """In the ledger, but after the instant that the receipt names."""
    entries = tuple(chain([received(ITEMS[0])], None, NOW + timedelta(days=4)))
    late = evidence(entries, Head.sign(entries[-1], LEDGER_KEY), [])
    verdict = verify(late, NOW + timedelta(days=5), receipt(ITEMS[0]))
    assert (verdict.promise, verdict.holds) == ("late", False)


def test_the_address_of_its_page_is_a_receipt():
    """What residents are told to keep is what can be checked."""
    address = f"https://ville.example/assises/inbox/receipts/{receipt(ITEMS[0])}?language=fr\n"
    assert verify(evidence(), NOW, address).promise == "kept"
