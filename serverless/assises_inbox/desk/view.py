"""A contribution as a moderator sees it: with the page it speaks to, its parent, its flags and its history."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from assises.content import Page, Question
from assises.contribution import Contribution, is_id
from assises.entering import hinders_answer
from assises.flag_words import why_flagged
from assises.moderation import Decision, decisions_on
from assises.problems import Message
from assises.site import Site
from assises.store import Fate, Record, Snapshot

EXCERPT = 240
"""Characters of a contribution that a list shows."""

_JOINERS = "\u200c\u200d"
"""Invisible, and part of ordinary writing in Persian, in Hindi and in emoji."""


@dataclass(frozen=True, slots=True)
class Item:
    """One contribution, and what one has to know to decide on it."""

    fate: Fate
    contribution: Contribution
    decisions: tuple[Decision, ...]
    """Oldest first."""

    page: Page | None
    """The page that it stands in; None where the site does not have it any more."""

    why_flagged: tuple[Message, ...] = ()
    """What machines noticed about it."""

    @property
    def is_flagged(self) -> bool:
        """Whether machines noticed anything about it."""
        return bool(self.why_flagged)

    @property
    def related(self) -> tuple[str, ...]:
        """The ids of the contributions that its history names."""
        return tuple(dict.fromkeys(id for decision in self.decisions for id in decision.related))

    @property
    def is_report(self) -> bool:
        """Whether it says that another contribution should go."""
        return self.contribution.kind == "report"

    @property
    def is_answerable(self) -> bool:
        """Whether the town can answer it."""
        return not hinders_answer(Record(self.fate, self.contribution))

    @property
    def is_answered(self) -> bool:
        """Whether the town has answered it."""
        return any(decision.action == "answer" for decision in self.decisions)

    @property
    def is_reply(self) -> bool:
        """Whether it speaks to another contribution."""
        return is_id(self.contribution.of)

    @property
    def ticked(self) -> list[tuple[str, list[str]]]:
        """What a survey was answered: each question with what was chosen or written, in words where the site has them."""
        items = {each.id: each for each in self.page.items} if isinstance(self.page, Question) else {}
        return [
            (
                items[id].title if id in items else id,
                [
                    next((c.label for c in items[id].options if c.id == text), text) if id in items else text
                    for text in given
                ],
            )
            for id, given in self.contribution.answers
        ]

    @property
    def excerpt(self) -> str:
        """The first lines, as one."""
        said = self.contribution
        words = " ".join(said.text.split()) or " · ".join(text for _, given in said.answers for text in given)
        if len(words) <= EXCERPT:
            return words
        return (words[:EXCERPT].rpartition(" ")[0] or words[:EXCERPT]) + "…"


def item(snapshot: Snapshot, site: Site, id: str, language: str) -> Item | None:
    """Return a contribution; None where the store does not have it, or has its tombstone only."""
    fate = snapshot.fate(id)
    record = snapshot.record(id) if fate not in (None, "erased") else None
    if record is None:
        return None
    contribution = record.contribution
    decisions = decisions_on(snapshot, record.fate, id)
    page = site.page(contribution.page, language)
    return Item(record.fate, contribution, decisions, page, why_flagged(contribution, decisions, site))


def visible(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the text in parts, each with whether it is a character that cannot be seen, by its code then.

    Marks of direction and characters without width can hide what a text says or make it look like another's.
    """
    part = ""
    for character in text:
        if unicodedata.category(character) != "Cf" or character in _JOINERS:
            part += character
            continue
        if part:
            yield False, part
        yield True, f"U+{ord(character):04X}"
        part = ""
    if part:
        yield False, part
