"""What somebody typed in for a resident: every wrong field at once, and the contribution that it becomes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from secrets import token_hex
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from assises.canonical import normal
from assises.content import Discussed, Question
from assises.contribution import MAX_AUTHOR, MAX_PLACE, POSITIONS, Contribution
from assises.entering import CHANNELS, Note, fits, items_of, said_on
from assises.forms import form_id
from assises_inbox.desk.choice import KEPT

NONCE = re.compile("[0-9a-f]{8}[0-9a-f]{24}")
"""What makes a form's sending one: seconds since 1970 and 96 random bits, hexadecimal."""

_ANSWER = "answer-"


def fresh_nonce(now: datetime) -> str:
    """Return what a form carries, so that sending it twice enters it once."""
    return f"{int(now.timestamp()):08x}{token_hex(12)}"


def sending_time(nonce: str) -> datetime | None:
    """Return when a form was handed out; None where no form carries that."""
    return datetime.fromtimestamp(int(nonce[:8], 16), UTC) if NONCE.fullmatch(nonce) else None


@dataclass(frozen=True, slots=True)
class Sitting:
    """What stays the same while one types in many."""

    form: str = ""
    """``page id:kind``."""

    channel: str = "paper"
    day: str = ""
    """When it was said, as a date field says it: ``2017-11-20``."""

    place: str = ""
    ids: tuple[str, ...] = ()
    """What was typed in so far."""

    @classmethod
    def of(cls, fields: MultiDict[str, str]) -> Sitting:
        """Return what the fields of a request say."""
        form, channel, day, place = (
            " ".join(normal(fields.get(name, "")[:400]).split())
            for name in ("form", "channel", "day", "place")
        )
        return cls(form, channel or "paper", day, place, tuple(fields.getlist("id")[-100:]))

    def arguments(self) -> dict[str, object]:
        """Return it as an address carries it."""
        return {
            "form": self.form,
            "channel": self.channel,
            "day": self.day,
            "place": self.place,
            "id": self.ids,
        }

    def page(self, pages: Sequence[Discussed]) -> Discussed | None:
        """Return the page whose form it is."""
        return next((page for page in pages if form_id(page) == self.form), None)

    def said_on(self) -> date | None:
        """Return the day; None where it is none."""
        try:
            return date.fromisoformat(self.day)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class TypedIn:
    """One note, as it was typed."""

    sitting: Sitting
    nonce: str = ""
    text: str = ""
    author: str = ""
    position: str = ""
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    publish: bool = True

    @classmethod
    def from_fields(cls, fields: MultiDict[str, str]) -> TypedIn:
        """Return what the fields of a request say."""
        nonce, author, position = (
            " ".join(normal(fields.get(name, "")[:500]).split()) for name in ("nonce", "author", "position")
        )
        answers = {
            name.removeprefix(_ANSWER): tuple(normal(value[:KEPT]).strip() for value in fields.getlist(name))
            for name in fields
            if name.startswith(_ANSWER)
        }
        return cls(
            Sitting.of(fields),
            nonce,
            normal(fields.get("text", "")[:KEPT]).strip(),
            author,
            position,
            {item: given for item, values in answers.items() if (given := tuple(filter(None, values)))},
            fields.get("state") != "wait",
        )

    def wrong(self, page: Discussed, most: int, today: date) -> tuple[str, ...]:
        """Return what keeps it from being taken, in the form's order: names of fields, and what about them."""
        day = self.sitting.said_on()
        items = items_of(page)
        found = {
            "channel": self.sitting.channel not in CHANNELS,
            "day": day is None,
            "day-future": day is not None and day > today,
            "place-long": len(self.sitting.place) > MAX_PLACE,
            "position": self.position not in ("", *POSITIONS),
            "text": not items and not self.text,
            "text-long": len(self.text) > most,
            "answers": bool(items) and not any(self.answers.get(item.id) for item in items),
            "author-long": len(self.author) > MAX_AUTHOR,
        }
        faulty = [
            f"{_ANSWER}{item.id}" for item in items if not fits(item, self.answers.get(item.id, ()), most)
        ]
        return (*(name for name, holds in found.items() if holds), *faulty)

    def draft(self, page: Discussed, language: str, zone: ZoneInfo) -> Contribution:
        """Return the contribution that it is, still without id and nonce; nothing may be wrong with it."""
        day, handed_out, items = self.sitting.said_on(), sending_time(self.nonce), items_of(page)
        if day is None or handed_out is None:
            raise ValueError("neither day nor nonce")
        positions = isinstance(page, Question) and page.positions
        answers = {
            item.id: tuple(sorted(set(self.answers[item.id]))) for item in items if item.id in self.answers
        }
        note = Note(
            form=self.sitting.form,
            channel=self.sitting.channel,
            time=said_on(day, zone, handed_out),
            language=language,
            place=self.sitting.place,
            text="" if items else self.text,
            author="" if items else self.author,
            position=self.position if positions and not items else "",
            answers=tuple(sorted(answers.items())),
        )
        return note.draft()
