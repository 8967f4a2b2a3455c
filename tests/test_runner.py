"""The runner: everything that was acknowledged is in the store and in the ledger, exactly once."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from assises import canonical
from assises.content import Statement
from assises.envelope import Envelope
from assises.keys import keys_file
from assises.moderation import DUE, Decision, decide, decisions_on
from assises.receipt import from_text
from assises.runner import BATCH, Drained, imported
from assises.spool import Spool
from assises.store import RUNNER, Author, Store, StoreError
from kernel import (
    INTAKE_KEY,
    LEDGER_KEY,
    NOW,
    OTHER_KEY,
    client,
    confirm,
    contribution,
    envelope,
    fsck,
    golden,
    intake,
    log,
    post,
    receipt_text,
    receive,
    runner,
    say,
    verdict,
)

SPAWN = multiprocessing.get_context("spawn")
ANNE = Author("Anne", "anne@ville.example")


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    with Store.create(tmp_path / "store.git") as made:
        yield made


@pytest.fixture
def spool(tmp_path):
    """An empty spool."""
    return Spool(tmp_path / "spool")


def events(store: Store) -> list[tuple[str, str]]:
    """Return what the ledger tells, oldest first."""
    return [(entry.what.event, entry.what.id) for entry in store.read().ledger().entries]


# --- one runner


def test_what_was_received_is_carried_into_store_and_ledger(store, spool, tmp_path, git):
    """One commit, a file, a line, a signed head, the keys; and the spool is empty."""
    item = envelope()
    receive(spool, item)
    assert runner(store, spool).drain(NOW) == Drained(received=1)
    snapshot = store.read()
    assert snapshot.fate(item.contribution.id) == "pending"
    assert snapshot.record(item.contribution.id).contribution == item.contribution
    assert events(store) == [("received", item.contribution.id)]
    assert snapshot.get("keys.json") == keys_file((INTAKE_KEY.public,), (LEDGER_KEY.public,))
    assert list(spool.list()) == []
    assert log(git, tmp_path / "store.git", "%s|%an") == ["Drain|Assises runner"]
    assert verdict(store).holds
    fsck(git, tmp_path / "store.git")


def test_the_keys_are_kept():
    """The bytes of format 1."""
    golden("keys.json", keys_file((INTAKE_KEY.public, OTHER_KEY.public), (LEDGER_KEY.public,)))


def test_with_nothing_waiting_nothing_is_written(store, spool):
    """An empty store stays without a commit, and a drained one as it was."""
    assert runner(store, spool).drain(NOW) == Drained()
    assert store.tip() is None
    receive(spool, envelope())
    runner(store, spool).drain(NOW)
    tip = store.tip()
    drained = runner(store, spool).drain(NOW + timedelta(hours=1))
    assert drained == Drained()
    assert not drained.changed
    assert store.tip() == tip


def test_the_same_input_makes_the_same_store(tmp_path):
    """Every byte of the store is a function of what was received and when it was drained."""
    tips = set()
    for name in ("one", "two"):
        spool = Spool(tmp_path / name)
        receive(spool, envelope(), envelope("Deux.", flags=("trap",), sending="00" * 16))
        with Store.create(tmp_path / f"{name}.git") as store:
            runner(store, spool).drain(NOW)
            tips.add(store.tip())
    assert len(tips) == 1


def test_many_go_in_batches(store, spool, tmp_path, git):
    """More than one batch takes several commits, and nothing waits afterwards."""
    count = BATCH + 3
    receive(spool, *(envelope(str(n), sending=f"{n:032x}") for n in range(count)))
    assert runner(store, spool).drain(NOW) == Drained(received=count)
    assert list(spool.list()) == []
    assert len(store.read().records("pending")) == count
    assert log(git, tmp_path / "store.git") == ["Drain", "Drain"]
    assert verdict(store).counts.received == count
    assert verdict(store).holds
    fsck(git, tmp_path / "store.git")


def test_a_later_turn_goes_on_below_the_head(store, spool):
    """The chain runs over days and files; also when the clock went back meanwhile."""
    for number, hours in enumerate((0, 24 * 40, 24 * 39)):
        receive(spool, envelope(str(number), sending=f"{number:032x}"))
        runner(store, spool).drain(NOW + timedelta(hours=hours))
    assert store.read().names("ledger") == ["2017-11-20.jsonl", "2017-12-30.jsonl", "head.json"]
    assert verdict(store).holds
    assert verdict(store).counts.received == 3


def test_a_wall_clock_in_another_zone_keeps_the_order(store, spool):
    """At one in the morning in Paris the ledger's day is still the day before."""
    paris = datetime.fromisoformat("2017-11-21T00:30:00+01:00")
    for number, now in enumerate(
        (paris, paris.astimezone(UTC) + timedelta(minutes=5), paris + timedelta(days=1))
    ):
        receive(spool, envelope(str(number), sending=f"{number:032x}"))
        runner(store, spool).drain(now)
    assert store.read().names("ledger") == ["2017-11-20.jsonl", "2017-11-21.jsonl", "head.json"]
    assert verdict(store).holds


# --- resends and second thoughts


def test_a_resend_is_known(store, spool):
    """Whatever comes twice is in the store once, whatever its fate is by then."""
    receive(spool, envelope())
    runner(store, spool).drain(NOW)
    decide(store, contribution().id, Decision("withhold", "Anne", NOW), ANNE)
    receive(spool, envelope())
    assert runner(store, spool, publish_at_once=True).drain(NOW) == Drained(known=1, decided=1)
    assert store.read().fate(contribution().id) == "withheld"
    assert list(spool.list()) == []
    assert Counter(event for event, _ in events(store)) == {"received": 1, "withheld": 1}


def test_a_tombstone_keeps_what_was_erased_from_coming_back(store, spool):
    """An erased contribution that is sent again stays erased."""
    id = contribution().id
    shard = f"erased/2017-11/{id[-2]}/{id[-1]}/{id}.json"
    store.commit(RUNNER, "Erase", NOW, lambda _: {shard: b"{}\n"})
    receive(spool, envelope())
    assert runner(store, spool).drain(NOW) == Drained(known=1)
    assert store.read().fate(id) == "erased"
    assert list(spool.list()) == []


@pytest.mark.parametrize("together", [True, False])
def test_a_second_text_under_one_token_goes_to_moderation(store, spool, together):
    """In one batch or in two: the first is published at once, the second waits with its flag."""
    first, second = sorted((envelope("Un."), envelope("Deux.")), key=lambda item: item.contribution.id)
    run = runner(store, spool, publish_at_once=True)
    receive(spool, first)
    if not together:
        run.drain(NOW)
    receive(spool, second)
    run.drain(NOW + timedelta(hours=1))
    snapshot = store.read()
    assert snapshot.fate(first.contribution.id) == "published"
    assert snapshot.fate(second.contribution.id) == "pending"
    (decision,) = decisions_on(snapshot, "pending", second.contribution.id)
    assert decision.flags == ("second-of-one-sending",)


def test_a_form_that_is_resent_and_edited_after_the_drain(store, spool):
    """Through the intake itself: same text, same receipt, nothing new; another text under the token is flagged."""
    browser = client(intake(spool))
    checked = post(browser, text="Un.")
    first = confirm(browser, checked).headers["Location"]
    run = runner(store, spool, publish_at_once=True)
    assert run.drain(NOW) == Drained(received=1)
    assert confirm(browser, checked).headers["Location"] == first
    assert run.drain(NOW) == Drained(known=1)
    other = confirm(browser, checked, text="Deux.").headers["Location"]
    assert other != first
    assert run.drain(NOW) == Drained(received=1)
    fates = Counter(record.fate for record in store.read().records())
    assert fates == {"published": 1, "pending": 1}


def test_tokens_are_remembered_three_days(store, spool):
    """Longer than any can be confirmed; then their file goes."""
    receive(spool, envelope())
    runner(store, spool).drain(NOW)
    assert store.read().names("sendings") == ["2017-11-20.txt"]
    later = NOW + timedelta(days=3)
    receive(spool, envelope("Plus tard.", time=later, sending="00" * 16))
    runner(store, spool).drain(later)
    assert store.read().names("sendings") == ["2017-11-20.txt", "2017-11-23.txt"]
    receive(spool, envelope("Encore.", time=later, sending="11" * 16))
    runner(store, spool).drain(later + timedelta(days=1))
    assert store.read().names("sendings") == ["2017-11-23.txt"]


# --- moderation


def test_after_publication_means_at_once(store, spool):
    """A contribution without a flag is published and entered so; it says that no person decided."""
    receive(spool, envelope())
    runner(store, spool, publish_at_once=True).drain(NOW)
    id = contribution().id
    assert events(store) == [("received", id), ("published", id)]
    assert decisions_on(store.read(), "published", id) == (Decision("publish", "runner", NOW),)
    assert verdict(store).counts.published == 1
    assert verdict(store).holds


@pytest.mark.parametrize("at_once", [True, False])
def test_a_flag_always_waits_for_a_person(store, spool, at_once):
    """Whatever the moderation's mode, and the flag stands beside it."""
    receive(spool, envelope(flags=("trap",)))
    runner(store, spool, publish_at_once=at_once).drain(NOW)
    assert decisions_on(store.read(), "pending", contribution().id) == (
        Decision("flag", "runner", NOW, flags=("trap",)),
    )
    assert events(store) == [("received", contribution().id)]


def test_a_reply_needs_its_parent(store, spool):
    """One that the store has, or that comes with it; anything else is flagged, not dropped."""
    parent = envelope("Parent.", sending="00" * 16)
    with_it = envelope("Avec.", of=parent.contribution.id, sending="11" * 16)
    after = envelope("Ensuite.", of=parent.contribution.id, sending="22" * 16)
    lost = envelope("Perdue.", of=contribution("jamais vue").id, sending="33" * 16)
    itself = envelope("Ailleurs.", form="topics/parks:comment", of=parent.contribution.id, sending="44" * 16)
    run = runner(store, spool, publish_at_once=True)
    receive(spool, parent, with_it)
    run.drain(NOW)
    receive(spool, after, lost, itself)
    run.drain(NOW)
    snapshot = store.read()
    assert {
        item.contribution.text: snapshot.fate(item.contribution.id) for item in (with_it, after, lost, itself)
    } == {
        "Avec.": "published",
        "Ensuite.": "published",
        "Perdue.": "pending",
        "Ailleurs.": "pending",
    }
    for item in (lost, itself):
        (decision,) = decisions_on(snapshot, "pending", item.contribution.id)
        assert decision.flags == ("unknown-parent",)


def test_decisions_are_entered_at_the_next_turn(store, spool):
    """In their order, once; what was due is gone then."""
    receive(spool, envelope())
    runner(store, spool).drain(NOW)
    id = contribution().id
    decide(store, id, Decision("publish", "Anne", NOW), ANNE)
    decide(store, id, Decision("withhold", "Anne", NOW, reason="Trop tard."), ANNE)
    assert verdict(store).holds
    assert [note.arguments for note in verdict(store).notes] == [{"count": 1}]
    assert runner(store, spool).drain(NOW) == Drained(decided=2)
    assert runner(store, spool).drain(NOW) == Drained()
    assert events(store) == [("received", id), ("published", id), ("withheld", id)]
    assert store.read().names(DUE) == []
    assert verdict(store).holds


@pytest.mark.parametrize(
    "data",
    [
        b"x",
        b"{}\n",
        b'{"event":[],"format":1,"id":"x"}\n',
        canonical.encode({"event": "erased", "format": 1, "id": contribution().id}),
        canonical.encode({"event": "published", "format": 1, "id": contribution("Autre.").id}),
    ],
)
def test_a_damaged_event_says_so(store, spool, data):
    """Nothing enters the ledger that no decision is."""
    path = f"{DUE}/{contribution().id}-0001.json"
    store.commit(RUNNER, "Damage", NOW, lambda _: {path: data})
    with pytest.raises(StoreError, match="ledger/due"):
        runner(store, spool).drain(NOW)


# --- what no intake signed


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}\n",
        b"\xff" * 50,
        b"[" * 100_000,
        envelope().to_bytes(OTHER_KEY),
        envelope().to_bytes(INTAKE_KEY)[:-20],
        envelope("Autre.").to_bytes(INTAKE_KEY),
    ],
    ids=["empty", "no envelope", "no text", "deep", "another key", "cut short", "under another id"],
)
def test_what_no_intake_signed_is_set_aside(store, spool, tmp_path, data):
    """It is neither stored nor lost, and what waits behind it goes on."""
    spool.put_if_absent(contribution().id, data)
    receive(spool, envelope("Bonne.", sending="00" * 16))
    assert runner(store, spool).drain(NOW) == Drained(received=1, set_aside=(contribution().id,))
    assert (tmp_path / "spool/aside" / f"{contribution().id}.json").read_bytes() == data
    assert [record.contribution.text for record in store.read().records()] == ["Bonne."]


# --- statements


def statement(text: str, **fields: object) -> Statement:
    """Return a statement made at a meeting."""
    stated = {"of": "topics/housing", "time": NOW - timedelta(days=1), "channel": "meeting", "text": text}
    return Statement(**(stated | fields))


def test_statements_are_imported_once(store, spool):
    """With their channel and date, published, in the ledger; at the next turn nothing is new."""
    said = [
        statement("L’école manque de place.", key="ecole", author="Une habitante"),
        statement("C’est noté.", of="ecole", kind="answer", time=NOW, language="fr"),
    ]
    run = runner(store, spool, statements=said)
    assert run.drain(NOW) == Drained(imported=2)
    assert run.drain(NOW + timedelta(days=5)) == Drained()
    first, answer = (record.contribution for record in store.read().records("published"))
    assert (first.channel, first.time, first.author) == ("meeting", NOW - timedelta(days=1), "Une habitante")
    assert (answer.of, answer.page, answer.kind) == (first.id, "topics/housing", "answer")
    assert verdict(store).counts.published == 2
    assert verdict(store).holds


def test_statements_later_than_now_wait(store, spool):
    """What will be said tomorrow is not imported today."""
    said = [statement("Hier."), statement("Demain.", time=NOW + timedelta(days=1))]
    run = runner(store, spool, statements=said)
    assert run.drain(NOW) == Drained(imported=1)
    assert run.drain(NOW + timedelta(days=1)) == Drained(imported=1)


def test_an_answer_finds_its_statement_wherever_it_stands():
    """In a file that is read later, or not said yet: never a page that does not exist."""
    answer = statement("Oui.", of="ecole", kind="answer", time=NOW)
    question = statement("Une école ?", key="ecole")
    first, second = imported([answer, question], LEDGER_KEY, NOW)
    assert (first.text, second.of) == ("Une école ?", first.id)
    late = statement("Une école ?", key="ecole", time=NOW + timedelta(days=1))
    assert list(imported([answer, late], LEDGER_KEY, NOW)) == []
    assert list(imported([answer], LEDGER_KEY, NOW)) == []


def test_a_statement_is_spelt_normally():
    """As typed into a file by hand: NFD, tabs and line ends are no error."""
    (item,) = imported([statement("e\u0301\tx\r\ny", author="Zoe\u0301")], LEDGER_KEY, NOW)
    assert (item.text, item.author) == ("é x\ny", "Zoé")


def test_a_statement_has_another_identity_under_another_key():
    """Nobody foretells the ids of a consultation whose key is not theirs."""
    ids = {item.id for key in (LEDGER_KEY, OTHER_KEY) for item in imported([statement("Un.")], key, NOW)}
    assert len(ids) == 2


# --- crashes


class CrashError(Exception):
    """The process ended here."""


@dataclass
class Crashing:
    """A storage in which one call fails, once."""

    spool: Spool
    step: str
    calls: list[str] = field(default_factory=list)

    def __getattr__(self, name: str):
        """Return the spool's own method, or one that fails at first."""

        def call(*arguments: object) -> object:
            self.calls.append(name)
            if name == self.step and self.calls.count(name) == 1:
                raise CrashError(name)
            return getattr(self.spool, name)(*arguments)

        return call


@pytest.mark.parametrize("step", ["list", "get_all", "delete", "set_aside"])
def test_a_crash_at_any_step_doubles_and_loses_nothing(store, spool, step):
    """Between commit and delete above all: the next turn finishes what was begun."""
    receive(spool, envelope(), envelope("Deux.", sending="00" * 16))
    spool.put_if_absent(contribution("Faux.").id, b"no envelope")
    storage = Crashing(spool, step)
    run = runner(store, storage, publish_at_once=True)
    with pytest.raises(CrashError):
        run.drain(NOW)
    run.drain(NOW)
    assert list(spool.list()) == []
    assert len(store.read().records()) == 2
    assert Counter(event for event, _ in events(store)) == {"received": 2, "published": 2}
    assert verdict(store).holds


def test_an_overtaken_turn_counts_what_it_did(store, spool):
    """A runner that comes second finds everything known; the figures add up to what there is."""
    receive(spool, envelope(), envelope("Deux.", sending="00" * 16))

    @dataclass
    class Overtaken:
        inner: Spool

        def __getattr__(self, name: str):
            return getattr(self.inner, name)

        def get_all(self, ids: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
            yield from list(self.inner.get_all(ids))
            runner(store, spool).drain(NOW)

    assert runner(store, Overtaken(spool)).drain(NOW) == Drained(known=2)
    assert verdict(store).counts.received == 2


# --- everyone at once


class Silent(WSGIRequestHandler):
    """Writes no log."""

    protocol_version = "HTTP/1.1"

    def log(self, *_: object) -> None:  # type: ignore[override]
        """Say nothing."""


def take_in(folder: Path, told: object) -> None:
    """Be an intake, on any port, until ended."""
    server = make_server("127.0.0.1", 0, intake(Spool(folder)), threaded=True, request_handler=Silent)
    told.put(server.port)  # type: ignore[attr-defined]
    server.serve_forever()


def drain_until(path: Path, folder: Path, over: object) -> None:
    """Be a runner, without a pause, until it is over."""
    with Store.create(path) as store:
        while not over.wait(0.01):  # type: ignore[attr-defined]
            runner(store, Spool(folder)).drain(NOW)


def test_eight_residents_two_intakes_two_runners_at_once(tmp_path, git):
    """Over real HTTP: every acknowledged contribution is in store and ledger exactly once, and all verifies."""
    path, folder, count = tmp_path / "store.git", tmp_path / "spool", 4
    told, over = SPAWN.Queue(), SPAWN.Event()
    intakes = [SPAWN.Process(target=take_in, args=(folder, told), daemon=True) for _ in range(2)]
    runners = [SPAWN.Process(target=drain_until, args=(path, folder, over), daemon=True) for _ in range(2)]
    for process in (*intakes, *runners):
        process.start()
    ports = [told.get(timeout=60) for _ in intakes]
    script = Path(__file__).with_name("resident.py")
    residents = [
        subprocess.Popen(
            [sys.executable, str(script), str(ports[n % 2]), f"habitant-{n}", str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(8)
    ]
    for resident in residents:
        resident.stdin.write("go\n")
        resident.stdin.flush()
    addresses = [line for resident in residents for line in resident.communicate()[0].splitlines()]
    assert [resident.returncode for resident in residents] == [0] * 8
    over.set()
    for process in runners:
        process.join()
    assert [process.exitcode for process in runners] == [0, 0]
    for process in intakes:
        process.terminate()
        process.join()
    receipts = [from_text(receipt_text(address), (INTAKE_KEY.public,)) for address in addresses]
    assert len({receipt.id for receipt in receipts}) == 8 * count
    with Store.open(path) as store:
        runner(store, Spool(folder)).drain(NOW)
        records = store.read().records()
        assert {record.contribution.text for record in records} == {
            f"habitant-{n} {number} « é »" for n in range(8) for number in range(count)
        }
        assert Counter(events(store)) == {("received", receipt.id): 1 for receipt in receipts}
        for address in addresses:
            found = verdict(store, receipt_text=receipt_text(address))
            assert found.holds
            assert found.promise == "kept"
        assert not any(decisions_on(store.read(), "pending", receipt.id) for receipt in receipts)
    assert list(Spool(folder).list()) == []
    fsck(git, path)


def test_the_walk_of_one_resident(store, spool):
    """Check, confirm, receipt, drain: the receipt's promise is kept by the store."""
    address = say(client(intake(spool)), "Bonjour.")
    (id,) = spool.list()
    assert Envelope.from_bytes(spool.get(id) or b"", (INTAKE_KEY.public,)).contribution.text == "Bonjour."
    runner(store, spool).drain(NOW)
    assert verdict(store, receipt_text=receipt_text(address)).promise == "kept"


def test_what_cannot_be_read_holds_up_nobody(store, spool):
    """A folder where a file should be is set aside; the others are carried."""
    receive(spool, envelope())
    odd = contribution("Autre.").id
    (spool.folder / "waiting" / f"{odd}.json").mkdir()
    assert runner(store, spool).drain(NOW) == Drained(received=1, set_aside=(odd,))
    assert list(spool.list()) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "answer", "form": "topics/housing:answer", "author": "Le maire"},
        {"channel": "meeting"},
        {"kind": "proposal"},
        {"time": NOW + timedelta(days=1)},
    ],
)
def test_an_intake_never_speaks_as_the_town(store, spool, fields):
    """Whoever stole its key can sign; what no form makes still waits for a moderator."""
    receive(spool, envelope(**fields))
    runner(store, spool, publish_at_once=True).drain(NOW)
    (record,) = store.read().records()
    assert record.fate == "pending"
    assert decisions_on(store.read(), "pending", record.contribution.id)[0].flags == ("unexpected",)


def test_former_keys_stay_listed(store, spool):
    """After a change of keys, earlier receipts and heads can still be checked."""
    receive(spool, envelope())
    runner(store, spool).drain(NOW)
    earlier = store.read().head()
    receive(spool, envelope("Encore."), key=OTHER_KEY)
    replace(runner(store, spool), intake_keys=(OTHER_KEY.public,), key=OTHER_KEY).drain(NOW)
    assert verdict(store, since=(earlier,)).holds
    assert store.read().get("keys.json") == keys_file(
        (INTAKE_KEY.public, OTHER_KEY.public), (LEDGER_KEY.public, OTHER_KEY.public)
    )
