"""One contribution, with everything that one has to know to decide on it, and the decision."""

from __future__ import annotations

from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from assises.catalogues import sentences
from assises.contribution import is_id
from assises.moderation import ModerationError, decide, uphold
from assises.reasons import statement
from assises.store import Record
from assises_inbox.desk.choice import Again, Choice
from assises_inbox.desk.office import Office, go
from assises_inbox.desk.shelves import following
from assises_inbox.desk.view import Item, item
from assises_inbox.desk.visit import Visit


def contribution(office: Office, visit: Visit, id: str) -> Response:
    """Answer with a contribution."""
    return _shown(office, visit, id, Again())


def decision(office: Office, visit: Visit, id: str) -> Response:
    """Take a decision on a contribution; on a report, it is about what was reported."""
    choice = Choice.from_fields(visit.request.form)
    if choice is None:
        raise BadRequest
    if not is_id(id):
        raise NotFound
    if wrong := choice.wrong(visit.site.settings.participation.rules):
        return _shown(office, visit, id, Again(422, choice, wrong))
    found = item(visit.snapshot, visit.site, id, visit.language)
    try:
        if found and found.is_report:
            _on_report(office, visit, found, choice)
        else:
            reports = office.waiting.reports_on(visit.snapshot, id) if choice.action == "withhold" else ()
            related = tuple(each.id for each in reports)
            taken = choice.decision(visit.who.name, visit.now, related)
            decide(office.store, id, taken, visit.who.author, choice.seen)
    except ModerationError:
        return _shown(office, visit, id, Again(409, choice))
    office.decided()
    return go(_next(office, visit, id, choice, is_report=bool(found and found.is_report)))


def found_or_gone(office: Office, visit: Visit, id: str) -> Item | Response:
    """Return a contribution, or the page that says that it was erased.

    Raises:
        NotFound: there is none.
    """
    found = item(visit.snapshot, visit.site, id, visit.language) if is_id(id) else None
    if found:
        return found
    if is_id(id) and visit.snapshot.fate(id) == "erased":
        return office.inside(visit, "message.html", 410, name="erased")
    raise NotFound


def _on_report(office: Office, visit: Visit, report: Item, choice: Choice) -> None:
    """Withhold what was reported, with every report about it; or dismiss the report."""
    who, said = visit.who, report.contribution
    if choice.action == "dismiss":
        taken = choice.decision(who.name, visit.now)
        decide(office.store, said.id, taken, who.author, choice.seen)
        return
    if choice.action != "withhold":
        raise BadRequest
    others = tuple(each.id for each in office.waiting.reports_on(visit.snapshot, said.of))
    taken = choice.decision(who.name, visit.now, others)
    uphold(office.store, Record(report.fate, said), taken, who.author, choice.seen)


def _next(office: Office, visit: Visit, id: str, choice: Choice, *, is_report: bool) -> str:
    """Return where to go after a decision: to the next that waits; after a second thought, back to it."""
    snapshot = office.store.read()
    if is_report:
        waiting = office.waiting.reports(snapshot)
    elif choice.fate == "pending":
        waiting = office.waiting.contributions(snapshot)
    else:
        return visit.url("contribution", id=id, done=id)
    if other := following(tuple(each.contribution.id for each in waiting), id):
        return visit.url("contribution", id=other, done=id)
    return visit.url("reports", done=id) if is_report else visit.url("shelf", fate="pending", done=id)


def _shown(office: Office, visit: Visit, id: str, again: Again) -> Response:
    late = again.status == 409
    # Where somebody was faster, what they did is not in what this request began with.
    visit = visit.renewed(office.store.read()) if late else visit
    found = found_or_gone(office, visit, id)
    if isinstance(found, Response):
        return found
    of = found.contribution.of
    names = {
        "item": found,
        "parent": item(visit.snapshot, visit.site, of, visit.language) if found.is_reply else None,
        "reports": office.waiting.reports_on(visit.snapshot, id),
        "late": late,
        "statement": statement(
            id,
            found.decisions,
            visit.site.settings,
            visit.language,
            sentences(visit.language),
        ),
        "rules": visit.site.settings.participation.rules,
    }
    template = "report.html" if found.is_report else "contribution.html"
    return office.inside(visit, template, again.status, **names | again.names)
