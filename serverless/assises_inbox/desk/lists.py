"""The lists: what waits, with what one looks for in it, and what was decided; and one decision on many at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from assises.contribution import is_id
from assises.moderation import decide_all
from assises.queue import Filter, Known
from assises.signed import SignedError, seal, unseal
from assises.store import Fate
from assises_inbox.desk.choice import Again, Choice
from assises_inbox.desk.office import Office, go
from assises_inbox.desk.shelves import leaf
from assises_inbox.desk.view import item
from assises_inbox.desk.visit import Visit

_TOLD = "told"

MOST = 2000
"""Contributions that one decision reaches at most."""


def shelf(office: Office, visit: Visit, fate: Fate) -> Response:
    """Answer with a list."""
    asked = _filter(visit.request.args) if fate == "pending" else Filter()
    return _shown(office, visit, fate, _Form(asked))


def reports(office: Office, visit: Visit) -> Response:
    """Answer with the reports that wait."""
    found = office.waiting.reports(visit.snapshot)
    shown = leaf(tuple(each.contribution.id for each in found), _number(visit))
    pairs = []
    for id in shown.ids:
        report = item(visit.snapshot, visit.site, id, visit.language)
        if report:
            about = item(visit.snapshot, visit.site, report.contribution.of, visit.language)
            pairs.append((report, about))
    return office.inside(visit, "reports.html", leaf=shown, pairs=pairs)


def decide_many(office: Office, visit: Visit) -> Response:
    """Take one decision on all that were ticked, or on everything that fits what was looked for."""
    fields = visit.request.form
    choice = Choice.from_fields(fields)
    if choice is None or choice.action == "dismiss" or choice.fate != "pending":
        raise BadRequest
    asked, whole = _filter(fields), fields.get("scope") == "all"
    fitting = [each for each in office.waiting.contributions(visit.snapshot) if asked.fits(each)]
    ids = [each.contribution.id for each in fitting] if whole else fields.getlist("id")
    if not all(map(is_id, ids)) or (whole and not asked.is_on):
        raise BadRequest
    wrong = choice.wrong(visit.site.settings.participation.rules)
    if not ids or len(ids) > MOST:
        wrong = ("none" if not ids else "many", *wrong)
    if wrong:
        return _shown(office, visit, "pending", _Form(asked, Again(422, choice, wrong), frozenset(ids)))
    if whole and fields.get("number") != str(len(ids)):
        # What was counted is what is decided: something came or went meanwhile, or nobody has confirmed yet.
        samples = [found for each in fitting[:3] if (found := _item(visit, each))]
        return office.inside(
            visit, "confirm.html", asked=asked, choice=choice, number=len(ids), samples=samples
        )
    done = decide_all(
        office.store, ids, choice.decision(visit.who.name, visit.now), visit.who.author, choice.seen
    )
    office.decided()
    told = {"action": choice.action, "number": len(done.done), "left": len(done.refused)}
    rest = {} if whole else asked.arguments()
    return go(visit.url("shelf", fate="pending", many=seal(office.key, _TOLD, told), **rest))


@dataclass(frozen=True, slots=True)
class _Form:
    """What the form below a list is shown with."""

    asked: Filter
    again: Again = field(default_factory=Again)
    ticked: frozenset[str] = frozenset()


def _shown(office: Office, visit: Visit, fate: Fate, form: _Form) -> Response:
    waiting = office.waiting.contributions(visit.snapshot) if fate == "pending" else ()
    ids = tuple(each.contribution.id for each in waiting if form.asked.fits(each))
    if fate != "pending":
        ids = office.shelves.ids(visit.snapshot, fate)[::-1]
    shown = leaf(ids, _number(visit))
    found = (item(visit.snapshot, visit.site, id, visit.language) for id in shown.ids)
    names = {
        "fate": fate,
        "leaf": shown,
        "items": [each for each in found if each],
        "asked": form.asked,
        "fitting": len(ids),
        "pages": _pages(visit, waiting),
        "flags": sorted({flag for each in waiting for flag in each.flags}),
        "rules": visit.site.settings.participation.rules,
        "ticked": form.ticked,
        "many": _many(office, visit),
    }
    return office.inside(visit, "shelf.html", form.again.status, **names | form.again.names)


def _many(office: Office, visit: Visit) -> dict[str, Any] | None:
    """Return what was just done to many: the action, to how many, and how many were left."""
    try:
        # Signed, so that no stranger's link makes the desk say what is not so.
        return unseal(office.key, _TOLD, visit.request.args.get("many", ""))
    except SignedError:
        return None


def _pages(visit: Visit, waiting: Sequence[Known]) -> list[tuple[str, str, int]]:
    """Return the pages that something waits for: id, title and how much, the fullest first."""
    counts = Counter(each.contribution.page for each in waiting).most_common()
    found = ((id, visit.site.page(id, visit.language), count) for id, count in counts)
    return [(id, page.title if page else id, count) for id, page, count in found]


def _filter(fields: MultiDict[str, str]) -> Filter:
    return Filter(*(fields.get(name, "")[:200].strip() for name in ("of", "flag", "words")))


def _item(visit: Visit, known: Known) -> object:
    return item(visit.snapshot, visit.site, known.contribution.id, visit.language)


def _number(visit: Visit) -> int:
    try:
        return int(visit.request.args.get("page", "1")[:9])
    except ValueError:
        raise NotFound from None
