"""What the runner makes of what the intake received: its fate, its flags, its lines in the ledger. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from assises import author_changes
from assises.contribution import Contribution, is_choice, is_id, ulid_time
from assises.decisions import Decision
from assises.envelope import Envelope
from assises.floods import likeness, suspicions
from assises.ledger import Event
from assises.revision import Revision
from assises.sendings import Sendings
from assises.store import Fate

_KINDS = frozenset({"comment", "proposal", "survey", "support", "report", *author_changes.KINDS})
"""Kinds that residents' forms make."""

_TO_ANOTHER = frozenset({"support", "report", *author_changes.KINDS})
"""Kinds that speak to a contribution, never to a page."""


@dataclass(frozen=True, slots=True)
class Receiving:
    """By which rules contributions are received."""

    publish_at_once: bool
    """Moderation after publication."""

    key: bytes
    """Secret by which words are told to be alike."""

    counted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The forms by which ticks come, with the items that are ticked: nobody has to read those first."""

    def receive(self, revision: Revision, waiting: Sequence[Envelope], now: datetime) -> list[list[Event]]:
        """Add what is new to the revision, and return what befell it, a list for each new contribution."""
        sendings = Sendings(revision.snapshot, now)
        new = {item.contribution.id: item for item in waiting if revision.fate(item.contribution.id) is None}
        likenesses = {id: likeness(item.contribution, self.key) for id, item in new.items()}
        before: Counter[str] = Counter()
        for day in {item.contribution.time.date(): item.contribution for item in new.values()}.values():
            before |= sendings.alike(day)
        found = suspicions(new.values(), likenesses, before)
        events = []
        # What authors change may be in the same batch as what they said: it comes after.
        for id, item in sorted(new.items(), key=lambda one: (_is_change(one[1]), one[0])):
            second = ("second-of-one-sending",) if sendings.second(item, likenesses[id]) else ()
            flags = (*item.flags, *_unexpected(item.contribution, now), *second, *found.get(id, ()))
            if is_id(item.contribution.of) and not _stands_beside(item.contribution, new, revision):
                flags = (*flags, author_changes.UNKNOWN)
            events.append(list(self._add(revision, item.contribution, tuple(dict.fromkeys(flags)), now)))
        revision.changes |= sendings.changes()
        return events

    def _add(
        self, revision: Revision, said: Contribution, flags: tuple[str, ...], now: datetime
    ) -> Iterator[Event]:
        yield Event("received", said.id, digest=said.digest(), channel=said.channel)
        if said.kind in author_changes.KINDS:
            yield from self._change(revision, said, flags, now)
            return
        # A report is never published: it waits for whoever deals with it.
        at_once = said.kind != "report" and (self.publish_at_once or self._is_counted(said))
        if at_once and not flags:
            revision.add(said, "published", Decision("publish", "runner", now))
            yield Event("published", said.id)
        else:
            revision.add(said, "pending", *_flagged(flags, now))

    def _change(
        self, revision: Revision, change: Contribution, flags: tuple[str, ...], now: datetime
    ) -> Iterator[Event]:
        """Let a correction or a withdrawal take effect, or wait for a person if something speaks against it."""
        if (hindrance := author_changes.hindrance(revision, change)) and hindrance not in flags:
            flags = (*flags, hindrance)
        revision.add(change, "pending", *_flagged(flags, now))
        if not flags:
            shown = revision.fate(change.of) == "published" and self.publish_at_once
            fate: Fate = "published" if shown else "pending"
            yield from author_changes.take_effect(revision, change, fate, now)

    def _is_counted(self, said: Contribution) -> bool:
        """Tell whether there is nothing in it to be read: ticks are short names. A stolen intake can sign others."""
        ticked = self.counted.get(said.form)
        if ticked is None or said.text or said.author:
            return False
        return all(item in ticked and all(map(is_choice, given)) for item, given in said.answers)


def _is_change(item: Envelope) -> bool:
    return item.contribution.kind in author_changes.KINDS


def _flagged(flags: tuple[str, ...], now: datetime) -> tuple[Decision, ...]:
    return (Decision("flag", "runner", now, flags=flags),) if flags else ()


def _unexpected(said: Contribution, now: datetime) -> tuple[str, ...]:
    """Return a flag for what no intake can have taken: a stolen one can sign, and must not speak as the town."""
    expected = (
        said.channel == "web"
        and said.kind in _KINDS
        and (said.kind not in _TO_ANOTHER or is_id(said.of))
        and not (said.kind == "withdrawal" and (said.text or said.author or said.position or said.answers))
        and not said.outcome
        and not said.to
        and said.form.endswith(f":{said.kind}")
        and said.time == ulid_time(said.id)
        and said.time <= now + timedelta(minutes=5)
    )
    return () if expected else ("unexpected",)


def _stands_beside(reply: Contribution, new: Mapping[str, Envelope], revision: Revision) -> bool:
    """Tell whether what is replied to exists, in the page whose form was used; reports have one form for all pages."""
    record = revision.record(reply.of)
    if record:
        return reply.kind == "report" or record.contribution.page == reply.page
    return reply.of in new and new[reply.of].contribution.page == reply.page
