"""The town answers a contribution, as one of its functions: in words of its own, which residents read below it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from assises.canonical import normal
from assises.content import Document, News, Person
from assises.contribution import MAX_AUTHOR, MAX_PLACE, OUTCOMES
from assises.entering import ELSEWHERE, Answer, enter, sent_under
from assises_inbox.desk.choice import KEPT
from assises_inbox.desk.office import Office, go
from assises_inbox.desk.one import found_or_gone
from assises_inbox.desk.typed import fresh_nonce, sending_time
from assises_inbox.desk.view import Item
from assises_inbox.desk.visit import Visit


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of the form as they were typed."""

    nonce: str = ""
    author: str = ""
    outcome: str = ""
    to: str = ""
    text: str = ""

    @classmethod
    def from_fields(cls, fields: Mapping[str, str]) -> Typed:
        """Return what the fields of a request say."""
        nonce, author, outcome, to = (
            " ".join(normal(fields.get(name, "")[:500]).split())
            for name in ("nonce", "author", "outcome", "to")
        )
        return cls(nonce, author, outcome, to, normal(fields.get("text", "")[:KEPT]).strip())

    def wrong(self, most: int) -> tuple[str, ...]:
        """Return what keeps it from being published: ``author``, ``author-long``, ``to``, ``text``, ``text-long``."""
        found = {
            "author": not self.author,
            "author-long": len(self.author) > MAX_AUTHOR,
            "to": self.outcome in ELSEWHERE and not self.to,
            "to-long": len(self.to) > MAX_PLACE,
            "text": not self.text,
            "text-long": len(self.text) > most,
        }
        return tuple(name for name, holds in found.items() if holds)


def form(office: Office, visit: Visit, id: str) -> Response:
    """Answer with the form."""
    found = _answerable(office, visit, id)
    if isinstance(found, Response):
        return found
    return _shown(office, visit, found, Typed(nonce=fresh_nonce(visit.now), author=visit.who.function))


def sent(office: Office, visit: Visit, id: str) -> Response:
    """Publish the answer; sent once more, it is the same one."""
    found = _answerable(office, visit, id)
    if isinstance(found, Response):
        return found
    typed = Typed.from_fields(visit.request.form)
    time = sending_time(typed.nonce)
    if time is None or typed.outcome not in ("", *OUTCOMES):
        raise BadRequest
    if wrong := typed.wrong(visit.site.settings.participation.max_length):
        return _shown(office, visit, found, typed, wrong)
    to = typed.to if typed.outcome in ELSEWHERE else ""
    answer = Answer(typed.text, typed.author, visit.language, typed.outcome, to)
    said = sent_under(answer.draft(found.contribution, time), office.key, typed.nonce)
    enter(office.store, [said], visit.who.author, visit.now, publish=True)
    office.decided()
    return go(visit.url("contribution", id=id, done=said.id))


def _answerable(office: Office, visit: Visit, id: str) -> Item | Response:
    """Return what is answered, or the page that says that it cannot be."""
    found = found_or_gone(office, visit, id)
    if isinstance(found, Item) and not found.is_answerable:
        return office.inside(visit, "message.html", 409, name="unanswerable")
    return found


def _shown(office: Office, visit: Visit, found: Item, typed: Typed, wrong: tuple[str, ...] = ()) -> Response:
    site = visit.site
    people = [f"{person.title}, {person.function}" for person in site.listed(Person, visit.language)]
    places = [page.title for kind in (Document, News) for page in site.listed(kind, visit.language)]
    return office.inside(
        visit,
        "answer.html",
        422 if wrong else 200,
        item=found,
        typed=typed,
        wrong=wrong,
        functions=[name for name in dict.fromkeys([visit.who.function, *people]) if name],
        places=places,
        longest=site.settings.participation.max_length,
    )
