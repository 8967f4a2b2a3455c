"""The postman: letters to authors who asked for them. The runner's, as it alone can open an address.

No letter holds a word that a resident typed, and none goes to an address that its owner has not confirmed, but for
the one that asks. What may be written to one address, and in all, has a limit that is counted before anything is sent.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from assises import canonical
from assises.author_letters import News, Writer, news_of
from assises.contribution import ulid_time
from assises.keyring import Keyring, PublishedMonths
from assises.keys import Key
from assises.mail import Letter, Undelivered, checked, is_address
from assises.privacy import NoPrivateDataError, opened
from assises.problems import Message, message
from assises.sealing import Private, month_of
from assises.site import Site
from assises.store import RUNNER, Changes, Snapshot, Store
from assises.subscribers import FOLDER, Subscriber, kept, said, subscribers
from assises.subscription import LIFE

ASKED_A_DAY = 3
"""Letters that ask one address for confirmation, at most a day: whoever types another's address wins nothing."""

TOLD_A_DAY = 6
"""Letters of news to one address, at most a day."""

BETWEEN = timedelta(hours=1)
"""Between two letters of news to one address: what comes meanwhile is told together."""

IN_ALL = 1000
"""Letters to authors a day, for the whole consultation; what is beyond waits for the next day."""

_NEW_AT_ONCE = 200
"""Boxes that are opened for the first time in one turn."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What one turn did."""

    asked: int = 0
    told: int = 0
    held: int = 0
    """Letters that wait, as a limit was reached."""

    faults: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Postman:
    """Everything that writing to authors takes."""

    store: Store
    ring: Keyring
    key: Key
    """The runner's: it signs links, and tells addresses apart without telling them."""

    site: Callable[[datetime], Site]
    """Returns pages and settings as they are at an instant."""

    base: str
    """The site's absolute address, with its final slash."""

    inbox: str
    """The intake's."""

    send: Callable[[Sequence[Letter]], Sequence[Undelivered]]
    in_all: int = IN_ALL

    def go(self, now: datetime) -> Posted:
        """Act on what was said, ask whom to ask, tell what is new; return what was done.

        Raises:
            StoreError: the store is damaged, or cannot be written.
        """
        round_ = _Round(self, self.store.read(), now)
        plan = round_.plan()
        if not plan.changes:
            return Posted(held=plan.held)
        # Counted first: should anything fail from here on, no address gets a letter twice for ever.
        self.store.commit(RUNNER, "Write to authors", now, lambda _: plan.changes)
        for id in plan.without_address:
            self._forget_address(id)
        lost = {item.letter.to: item.error for item in self.send(plan.letters)} if plan.letters else {}
        again = {
            one.id: one
            for to, former in plan.former.items()
            if to in lost and lost[to].passing
            for one in former
        }
        if again:
            self.store.commit(RUNNER, "Write again", now, lambda _: kept(again))
        faults = (message("A letter to an author was not sent: {why}.", why=error) for error in lost.values())
        return Posted(plan.asked, plan.told, plan.held, tuple(faults))

    def _forget_address(self, id: str) -> None:
        """Take the address out of a box; what else is in it stays, for its own time."""
        try:
            known = opened(self.store, self.ring, id)
        except NoPrivateDataError:
            return
        self.store.private.delete(id)
        public = PublishedMonths.of(self.store.read()).public.get(month_of(ulid_time(id)), "")
        if known.address and public:
            left = Private(id, address=known.address).seal(public, self.key.derive("seal again"))
            self.store.private.put_if_absent(id, left.to_bytes())


@dataclass(slots=True)
class _Plan:
    """What one turn is going to do."""

    letters: list[Letter] = field(default_factory=list)
    changes: dict[str, bytes | None] = field(default_factory=dict)
    former: dict[str, list[Subscriber]] = field(default_factory=dict)
    """The subscribers as they were, by the address that a letter goes to."""

    without_address: list[str] = field(default_factory=list)
    asked: int = 0
    told: int = 0
    held: int = 0


@dataclass(slots=True)
class _Round:
    """One turn's planning; nothing is sent or written here."""

    postman: Postman
    snapshot: Snapshot
    now: datetime
    known: dict[str, Subscriber] = field(init=False)
    changed: dict[str, Subscriber] = field(default_factory=dict)
    result: _Plan = field(default_factory=_Plan)
    budget: _Budget = field(init=False)
    _addresses: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = subscribers(self.snapshot)
        self.budget = _Budget.of(self.snapshot, self.postman.key, self.now, self.postman.in_all)

    def plan(self) -> _Plan:
        """Return what is to be done."""
        self._act_on_what_was_said()
        self._let_go_of_the_unconfirmed()
        postman = self.postman
        writer = Writer(postman.site(self.now), postman.base, postman.inbox, postman.key, self.now)
        self._ask(writer)
        self._tell(writer)
        self.result.changes |= kept(self.changed)
        if self.result.letters:
            self.result.changes |= self.budget.changes(self.snapshot)
        return self.result

    def _act_on_what_was_said(self) -> None:
        for path, id, act in said(self.snapshot):
            self.result.changes[path] = None
            one = self.known.get(id)
            if one and act == "confirm" and one.state == "asked":
                line = len(self.snapshot.ledger().entries) if one.told else 0
                self._now(replace(one.becomes("confirmed", self.now), told=line))
            elif one and act == "stop":
                self._stop(id)

    def _stop(self, id: str) -> None:
        """Stop all letters to the address of a contribution, whatever else it was given for."""
        address = self._address(id)
        for other, one in list(self.known.items()):
            same = other == id or (
                address and one.state in ("asked", "confirmed") and self._address(other) == address
            )
            if same and one.state in ("asked", "confirmed"):
                self._now(one.becomes("stopped", self.now))
                self.result.without_address.append(other)

    def _let_go_of_the_unconfirmed(self) -> None:
        for id, one in list(self.known.items()):
            if one.state == "asked" and self.now - one.since > LIFE:
                self._now(one.becomes("stopped", self.now))
                self.result.without_address.append(id)

    def _ask(self, writer: Writer) -> None:
        new = [id for id in self.postman.store.private.list() if id not in self.known][:_NEW_AT_ONCE]
        for id in new:
            address, record = self._address(id), self.snapshot.record(id)
            if record is None or record.fate == "erased":
                continue
            if not is_address(address):
                self._now(Subscriber(id, "none", self.now))
            elif self.budget.allows(address, "ask", ASKED_A_DAY):
                self._now(Subscriber(id, "asked", self.now))
                self.result.letters.append(writer.ask(address, record.contribution))
                self.result.asked += 1
            else:
                self.result.held += 1

    def _tell(self, writer: Writer) -> None:
        confirmed = [one for one in self.known.values() if one.state == "confirmed"]
        if not confirmed:
            return
        found = news_of(self.snapshot, writer.site, confirmed)
        by_address: dict[str, list[News]] = {}
        for one in confirmed:
            if (news := found.get(one.id)) and (address := self._address(one.id)):
                by_address.setdefault(address, []).append(news)
        for address, several in by_address.items():
            lasts = [self.known[news.id].last for news in several]
            soon = any(last and self.now - last < BETWEEN for last in lasts)
            if soon or not self.budget.allows(address, "tell", TOLD_A_DAY):
                self.result.held += 1
                continue
            self.result.former[address] = [self.known[news.id] for news in several]
            for news in several:
                self._now(
                    replace(self.known[news.id], last=self.now, told=news.line, report=news.report_told)
                )
            self.result.letters.append(writer.tell(address, several))
            self.result.told += 1

    def _now(self, one: Subscriber) -> None:
        self.known[one.id] = self.changed[one.id] = one

    def _address(self, id: str) -> str:
        """Return the address that is sealed for a contribution; empty where there is none, or none can be read."""
        if id not in self._addresses:
            try:
                email = opened(self.postman.store, self.postman.ring, id).email
                self._addresses[id] = checked(email) if is_address(email) else ""
            except NoPrivateDataError:
                self._addresses[id] = ""
        return self._addresses[id]


@dataclass(slots=True)
class _Budget:
    """How many letters were written today, in all and to each address, which is known by a keyed hash alone."""

    path: str
    key: bytes
    most: int
    counts: dict[str, int]

    @classmethod
    def of(cls, snapshot: Snapshot, key: Key, now: datetime, most: int) -> _Budget:
        """Return what was counted so far today (UTC)."""
        path = f"{FOLDER}/mail-{now.astimezone(UTC):%Y-%m-%d}.json"
        data = snapshot.get(path)
        counts = canonical.decode(data)["counts"] if data else {}
        return cls(path, key.derive("letters"), most, dict(counts))

    def allows(self, address: str, what: str, most: int) -> bool:
        """Count one more letter, and tell whether it may be written."""
        name = hmac.digest(self.key, f"{what}\n{address.lower()}".encode(), "sha256")[:16].hex()
        if self.counts.get(name, 0) >= most or self.counts.get("all", 0) >= self.most:
            return False
        for counted in (name, "all"):
            self.counts[counted] = self.counts.get(counted, 0) + 1
        return True

    def changes(self, snapshot: Snapshot) -> Changes:
        """Return today's file, and the deletion of those before."""
        past = (name for name in snapshot.names(FOLDER) if name.startswith("mail-"))
        gone: dict[str, bytes | None] = {
            f"{FOLDER}/{name}": None for name in past if f"{FOLDER}/{name}" < self.path
        }
        return gone | {self.path: canonical.encode({"format": 1, "counts": self.counts})}
