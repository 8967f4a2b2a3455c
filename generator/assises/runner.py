"""The runner: carries what the intake received into the store, and enters everything into the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from assises import ledger
from assises.content import Statement
from assises.contribution import Contribution, identified, is_id
from assises.decisions import DUE, Decision, decisions_to_bytes, due
from assises.envelope import Envelope, EnvelopeError
from assises.keys import Key, keys_file, published_keys
from assises.privacy import Keeping, keep_boxes
from assises.probe import PATH as PROBE_FILE
from assises.probe import arrival, is_probe
from assises.problems import Message, message
from assises.quoted import files_of, quoted
from assises.receiving import Receiving
from assises.revision import Revision
from assises.statements import draft, is_page
from assises.storage_contract import Storage, StorageError
from assises.store import (
    FATES,
    HEAD_FILE,
    KEYS_FILE,
    RUNNER,
    Changes,
    Fate,
    Snapshot,
    Store,
    decisions_path,
    ledger_path,
    path_of,
)
from assises.subscribers import taken
from assises.subscription import Said, SubscriptionError
from assises.waiting import Waiting

BATCH = 400
"""Contributions carried in one commit at most."""


@dataclass(frozen=True, slots=True)
class Drained:
    """What one turn of the runner did."""

    received: int = 0
    """Contributions from the intake that are new to the store."""

    imported: int = 0
    """Statements of ``content/contributions/`` that are new to the store."""

    known: int = 0
    """What the store had already: resends, and turns that were cut short."""

    decided: int = 0
    """Decisions entered into the ledger."""

    set_aside: tuple[str, ...] = ()
    """What the intake's storage held that no intake of this consultation signed."""

    unreachable: tuple[Waiting, ...] = ()
    """The storages that could not be drained; what waits there waits on."""

    def told(self) -> Message:
        """Return what was done, in a sentence."""
        return message(
            "Contributions received: {received}; statements imported: {imported}; decisions entered: {decided}.",
            received=self.received,
            imported=self.imported,
            decided=self.decided,
        )

    def refused(self) -> Message:
        """Return what was set aside, in a sentence."""
        return message(
            "Not signed by an intake of this consultation, and set aside in the storage’s folder “aside”: {ids}. "
            "If another intake is in use, put its public key under inbox.keys in site.yaml and move them "
            "back to where they waited.",
            ids=", ".join(self.set_aside),
        )

    def not_reached(self) -> Message:
        """Return which storages could not be drained, in a sentence."""
        return message(
            "Not drained, and tried again next time: {storages}.",
            storages="; ".join(waiting.trouble for waiting in self.unreachable),
        )

    probes: int = 0
    """Probes, which are dropped before the ledger."""

    expired: tuple[str, ...] = ()
    """Months whose private data were destroyed, as their time was over."""

    @property
    def changed(self) -> bool:
        """Whether the store is another than before."""
        return bool(self.received or self.imported or self.decided or self.expired)


@dataclass(frozen=True, slots=True)
class Runner:
    """All that draining needs."""

    store: Store
    storages: Sequence[Storage]
    """Where intakes store; each is drained, whatever keeps from another."""

    key: Key
    """Signs the ledger's heads."""

    intake_keys: tuple[str, ...]
    """Public halves: what none of them signed is set aside."""

    publish_at_once: bool
    """Moderation after publication."""

    statements: Sequence[Statement] = ()
    counted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The forms by which ticks come, with the items that are ticked: nobody has to read those first."""

    passages: Mapping[str, str] = field(default_factory=dict)
    """The first words of each passage of a draft text that can be spoken to now, by its id."""

    hold: bool = False
    """Whether statements wait for a moderator, too."""

    import_key: Key | None = None
    """What statements' ids are made with; None: the key that signs heads."""

    keeping: Keeping | None = None
    """The months' keys for private data, where this machine keeps them."""

    former_keys: tuple[str, ...] = ()
    """Public halves of keys that signed heads and links before this one."""

    def drain(self, now: datetime, carried: Callable[[Drained], None] = lambda _: None) -> Drained:
        """Carry everything that waits into the store, a batch a commit, and return what was done.

        `carried` hears of each batch that changed the store. A storage that cannot be reached is told in what
        is returned; what waits there waits on.
        """
        expired = self.keeping.tend(self.store, now) if self.keeping else ()
        self.store.forget_again()
        total = Drained(expired=expired)
        for storage in self.storages:
            try:
                for turn in self._carry(storage, now):
                    if turn.changed:
                        carried(turn)
                    total = _sum(total, turn)
            except StorageError as error:
                unreachable = Waiting(storage.place, trouble=str(error))
                total = replace(total, unreachable=(*total.unreachable, unreachable))
        return total

    def _carry(self, storage: Storage, now: datetime) -> Iterator[Drained]:
        """Yield what was done with each batch of a storage, down to the one that is not full."""
        full = True
        while full:
            waiting, said, refused = self._batch(storage)
            for id in refused:
                storage.set_aside(id)
            turn = _Turn(self, now, waiting, said)
            self.store.commit(RUNNER, "Drain", now, turn.change)
            keep_boxes(self.store, ((item.contribution.id, item.private) for item in waiting if item.private))
            # Only now that the branch holds them may the intake's storage forget them.
            storage.delete(*(envelope.contribution.id for envelope in waiting), *(one.id for one in said))
            yield replace(turn.done, set_aside=tuple(refused))
            full = len(waiting) + len(said) + len(refused) == BATCH

    @property
    def for_ids(self) -> Key:
        """The key that statements' ids are made with."""
        return self.import_key or self.key

    def publish_keys(self, now: datetime) -> None:
        """Let the store list the public keys that are in use from now on."""
        self.store.commit(RUNNER, "List keys", now, self.keys_published)

    def keys_published(self, snapshot: Snapshot) -> Changes:
        """Return the file that lists the public keys, former ones first."""
        known = published_keys(snapshot.get(KEYS_FILE))
        intake, heads = (*known.intake, *self.intake_keys), (*known.ledger, self.key.public)
        return {KEYS_FILE: keys_file(dict.fromkeys(intake), dict.fromkeys(heads))}

    def receiving(self) -> Receiving:
        """Return the rules by which contributions are received."""
        return Receiving(self.publish_at_once, self.key.derive("likeness"), self.counted)

    def _batch(self, storage: Storage) -> tuple[list[Envelope], list[Said], list[str]]:
        good, said, refused = list[Envelope](), list[Said](), list[str]()
        for id, data in storage.get_all(list(islice(storage.list(), BATCH))):
            # One that cannot be read must not hold up the others.
            if data is not None and (envelope := self._opened(id, data)):
                good.append(envelope)
            elif data is not None and (one := self._said(id, data)):
                said.append(one)
            else:
                refused.append(id)
        return good, said, refused

    def _said(self, id: str, data: bytes) -> Said | None:
        """Return what the owner of an address said by a link of ours; None where it is anything else."""
        try:
            found = Said.from_bytes(data, (self.key.public, *self.former_keys))
        except SubscriptionError:
            return None
        return found if found.id == id else None

    def _opened(self, id: str, data: bytes) -> Envelope | None:
        """Return the envelope that was stored under an id; None where no intake of this consultation did it."""
        try:
            envelope = Envelope.from_bytes(data, self.intake_keys)
        except EnvelopeError:
            return None
        return envelope if envelope.contribution.id == id else None


@dataclass(slots=True)
class _Turn:
    """One commit's worth of work; `change` may be called again, on a newer snapshot."""

    runner: Runner
    now: datetime
    waiting: list[Envelope]
    said: list[Said] = field(default_factory=list)
    done: Drained = field(default_factory=Drained)

    def change(self, snapshot: Snapshot) -> Changes:
        """Return what this turn changes in the store."""
        snapshot.bring(self._wanted())
        revision = Revision(snapshot)
        changes = revision.changes
        changes |= taken(one.link for one in self.said)
        probes = [envelope for envelope in self.waiting if is_probe(envelope)]
        said = [envelope for envelope in self.waiting if not is_probe(envelope)]
        found = self.runner.receiving().receive(revision, said, self.now)
        events = [event for one in found for event in one]
        imported = self._import(snapshot, changes, events)
        decided = enter_decisions(snapshot, changes, events)
        self.done = Drained(len(found), imported, len(said) - len(found), decided, probes=len(probes))
        changes |= ledger_changes(snapshot, events, self.runner.key, self.now)
        contributions = [envelope.contribution for envelope in said]
        changes |= quoted(contributions, self.runner.passages, snapshot)
        if came := arrival(probes, self.now):
            changes[PROBE_FILE] = came
        return {**changes, **self.runner.keys_published(snapshot)} if changes else changes

    def _wanted(self) -> Iterator[str]:
        """Yield the files that this turn is going to look at."""
        yield from (HEAD_FILE, KEYS_FILE, ledger_path(self.now), DUE)
        yield from files_of(envelope.contribution for envelope in self.waiting)
        for contribution in (envelope.contribution for envelope in self.waiting):
            yield f"sendings/{contribution.time:%Y-%m-%d}.txt"
            for id in filter(is_id, (contribution.id, contribution.of)):
                yield from (path_of(fate, id) for fate in FATES)

    def _import(
        self, snapshot: Snapshot, changes: dict[str, bytes | None], events: list[ledger.Event]
    ) -> int:
        count = 0
        for contribution in imported(self.runner.statements, self.runner.for_ids, self.now):
            fate: Fate = "pending" if self.runner.hold else "published"
            # Two that are alike to the last sign are one.
            if snapshot.fate(contribution.id) is None and path_of(fate, contribution.id) not in changes:
                count += 1
                decision = None if self.runner.hold else Decision("publish", "import", self.now)
                _add(changes, events, contribution, fate, decision)
        return count


def imported(statements: Iterable[Statement], key: Key, now: datetime) -> Iterator[Contribution]:
    """Yield the contributions that statements made before `now` are; the same ones at every call."""
    yield from (contribution for _, contribution in identified_statements(statements, key, now))


def identified_statements(
    statements: Iterable[Statement], key: Key, now: datetime
) -> Iterator[tuple[Statement, Contribution]]:
    """Yield each statement made before `now` with the contribution that it is."""
    secret = key.derive("import")
    named: dict[str, Contribution] = {}
    # By time, as an answer is later than what it answers, wherever the two stand in the files.
    for statement in sorted(statements, key=lambda statement: statement.time):
        parent = named.get(statement.of)
        if statement.time > now or (parent is None and not is_page(statement.of)):
            continue
        page, of = (parent.page, parent.id) if parent else (statement.of, statement.of)
        contribution = identified(draft(statement, page, of), secret)
        if statement.key:
            named[statement.key] = contribution
        yield statement, contribution


def _add(
    changes: dict[str, bytes | None],
    events: list[ledger.Event],
    contribution: Contribution,
    fate: Fate,
    decision: Decision | None,
) -> None:
    changes[path_of(fate, contribution.id)] = contribution.canonical()
    if decision:
        changes[decisions_path(fate, contribution.id)] = decisions_to_bytes((decision,))
    events.append(
        ledger.Event("received", contribution.id, digest=contribution.digest(), channel=contribution.channel)
    )
    if fate == "published":
        events.append(ledger.Event("published", contribution.id))


def enter_decisions(snapshot: Snapshot, changes: dict[str, bytes | None], events: list[ledger.Event]) -> int:
    """Add the events of decisions that are still to be entered, and return how many there are."""
    waiting = due(snapshot)
    events += waiting.values()
    changes |= dict.fromkeys(waiting)
    return len(waiting)


def ledger_changes(snapshot: Snapshot, events: list[ledger.Event], key: Key, now: datetime) -> Changes:
    """Return the ledger's files with these events entered, and the head signed."""
    if not events:
        return {}
    entries = list(ledger.chain(events, snapshot.head(), now))
    path = ledger_path(entries[0].time)
    lines = b"".join(entry.line() for entry in entries)
    return {
        path: (snapshot.get(path) or b"") + lines,
        HEAD_FILE: ledger.Head.sign(entries[-1], key).to_bytes(),
    }


def _sum(total: Drained, turn: Drained) -> Drained:
    return Drained(
        total.received + turn.received,
        total.imported + turn.imported,
        total.known + turn.known,
        total.decided + turn.decided,
        (*total.set_aside, *turn.set_aside),
        (*total.unreachable, *turn.unreachable),
        total.probes + turn.probes,
        total.expired,
    )
