"""What staff enter themselves: the town's answers, and what residents said on paper, by telephone or in a meeting.

It enters the store like everything else, in the name of whoever typed it, and waits for the runner to enter it
into the ledger; until then nothing of it is shown.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from assises.canonical import normal
from assises.content import Discussed, Item, Question
from assises.contribution import NO_ID, NO_NONCE, Contribution, identified
from assises.decisions import Action, Decision, due_files
from assises.keys import Key
from assises.ledger import Event
from assises.revision import Revision
from assises.site import Site
from assises.store import Author, Changes, Fate, Record, Snapshot, Store

CHANNELS = ("paper", "telephone", "meeting", "workshop", "cafe", "caravan", "desk", "letter", "mail")
"""How what is typed in reached the town, the most frequent first: neither on the site nor from the town itself."""

ELSEWHERE = ("passed-on", "in-synthesis")
"""Outcomes of an answer that say where the matter is dealt with."""

_NOON = time(12)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the town answers."""

    text: str
    author: str
    """As what it answers: « Maire », « Direction de l’urbanisme »; never empty."""

    language: str
    outcome: str = ""
    """One of `assises.contribution.OUTCOMES`, or empty."""

    to: str = ""
    """Whom it is passed on to, or the synthesis that deals with it."""

    def draft(self, parent: Contribution, now: datetime) -> Contribution:
        """Return the contribution that it is, still without id and nonce.

        Raises:
            ContributionError: it breaks a rule of the contributions' format.
        """
        return Contribution(
            id=NO_ID,
            nonce=NO_NONCE,
            kind="answer",
            of=parent.id,
            form=f"{parent.page}:answer",
            time=now,
            language=self.language,
            channel="town",
            author=normal(self.author),
            outcome=self.outcome,
            to=normal(self.to),
            text=normal(self.text),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a resident said elsewhere than on the site, as it is typed in."""

    form: str
    """The form that it would have come by: ``page id:kind``."""

    channel: str
    """One of `CHANNELS`."""

    time: datetime
    """When it was said."""

    language: str
    place: str = ""
    text: str = ""
    author: str = ""
    position: str = ""
    answers: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def draft(self) -> Contribution:
        """Return the contribution that it is, still without id and nonce.

        Raises:
            ContributionError: it breaks a rule of the contributions' format.
        """
        page, _, kind = self.form.partition(":")
        return Contribution(
            id=NO_ID,
            nonce=NO_NONCE,
            kind=kind,
            of=page,
            form=self.form,
            time=self.time,
            language=self.language,
            channel=self.channel,
            author=normal(self.author),
            position=self.position,
            place=normal(self.place),
            text=normal(self.text),
            answers=self.answers,
        )


def hinders_answer(record: Record) -> str:
    """Return why the town cannot answer a contribution; empty where it can.

    ``erased`` and ``withdrawn``: nobody could read what it answers; ``kind``: only comments and proposals are answered.
    """
    if record.fate in ("erased", "withdrawn"):
        return record.fate
    return "" if record.contribution.kind in ("comment", "proposal") else "kind"


def pages_spoken_to(site: Site, language: str) -> tuple[Discussed, ...]:
    """Return the pages that one can speak to, in this language where they are written in it."""
    own = (page for page in site.content.pages if isinstance(page, Discussed) and page.comments)
    found = (site.page(page.id, language) for page in own if page.language == site.language)
    return tuple(page for page in found if isinstance(page, Discussed))


def items_of(page: Discussed) -> tuple[Item, ...]:
    """Return the questions of a survey; none of what is no survey."""
    return page.items if isinstance(page, Question) and page.accepts == "survey" else ()


def fits(item: Item, given: Sequence[str], most: int) -> bool:
    """Tell whether an answer to a question can be taken; on paper, one that must be answered may be left out."""
    if item.type == "text":
        return len(given) <= 1 and all(len(text) <= most for text in given)
    return set(given) <= {choice.id for choice in item.options} and (
        item.type == "multiple" or len(given) <= 1
    )


def said_on(day: date, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the instant of what was said on a day: its noon; never later than now."""
    return min(datetime.combine(day, _NOON, zone).astimezone(UTC), now.astimezone(UTC).replace(microsecond=0))


def sent_under(draft: Contribution, key: Key, nonce: str) -> Contribution:
    """Return a draft with its id: sent once more under the same form's nonce, it is the same contribution."""
    return identified(draft, hmac.digest(key.derive("entering"), nonce.encode(), "sha256"))


def enter(
    store: Store, contributions: Sequence[Contribution], author: Author, now: datetime, *, publish: bool
) -> tuple[Record, ...]:
    """Keep what staff typed, in one commit, and return it as it is afterwards; what the store has stays as it is.

    Args:
        store: where it goes.
        contributions: what was typed, with its ids.
        author: who typed it: the first decision on each says so.
        now: when.
        publish: whether it is published at once, or waits for a decision.

    Raises:
        StoreError: the store cannot be written.
    """
    fate: Fate = "published" if publish else "pending"
    actions: tuple[Action, ...] = ("enter", "publish") if publish else ("enter",)
    decisions = tuple(Decision(action, author.name, now) for action in actions)
    events = ("received", "published") if publish else ("received",)

    def change(snapshot: Snapshot) -> Changes:
        revision = Revision(snapshot)
        for said in contributions:
            if revision.fate(said.id) is None:
                revision.add(said, fate, *decisions)
                revision.changes |= due_files(said.id, 0, [Event(event, said.id) for event in events])
                _note(revision, said, author, now)
        return revision.changes

    after = store.commit(author, f"Enter {', '.join(said.id for said in contributions)}", now, change)
    return tuple(record for said in contributions if (record := after.record(said.id)))


def _note(revision: Revision, said: Contribution, author: Author, now: datetime) -> None:
    """Write an answer into the history of what it answers: so that nobody answers twice unawares."""
    fate = revision.fate(said.of)
    if said.kind == "answer" and fate:
        revision.move(said.of, fate, Decision("answer", author.name, now, related=(said.id,)))
