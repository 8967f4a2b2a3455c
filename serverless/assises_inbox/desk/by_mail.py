"""Decisions by the links in a moderator's letters: opening one shows, its button acts.

Programs that look through mail open every link; so nothing happens on GET. A link is one moderator's, for one
action on one contribution in the state in which it was when the letter was written: acting twice does nothing.
"""

from __future__ import annotations

from werkzeug.wrappers import Response

from assises.action_link import ActionLink, ActionLinkError
from assises.moderation import ModerationError, Seen, decide
from assises_inbox.desk.choice import Again, Choice
from assises_inbox.desk.office import Office
from assises_inbox.desk.view import Item, item
from assises_inbox.desk.visit import Visit


def letter(office: Office, visit: Visit, key: str) -> Response:
    """Answer with what the link would do, and the button that does it."""
    found = _link(office, visit, key)
    if isinstance(found, Response):
        return found
    link, contribution = found
    return _shown(office, visit, link, contribution, Again())


def obeyed(office: Office, visit: Visit, key: str) -> Response:
    """Do what the link says, if it is still to be done."""
    found = _link(office, visit, key)
    if isinstance(found, Response):
        return found
    link, contribution = found
    moderator = office.gate.moderator(visit.snapshot, link.who)
    fields = visit.request.form
    choice = Choice.from_fields(
        {
            "action": link.action,
            "seen": link.fate,
            "rule": fields.get("rule", ""),
            "reason": fields.get("reason", ""),
        }
    )
    if choice is None or moderator is None:
        return _closed(office, visit, "malformed")
    if wrong := choice.wrong(visit.site.settings.participation.rules):
        return _shown(office, visit, link, contribution, Again(422, choice, wrong))
    reports = office.waiting.reports_on(visit.snapshot, link.id) if choice.action == "withhold" else ()
    taken = choice.decision(moderator.name, visit.now, tuple(each.id for each in reports))
    try:
        decide(office.store, link.id, taken, moderator.author, Seen(link.fate, link.count))
    except ModerationError:
        return _closed(office, visit, "late")
    office.decided()
    return _private(office.pages(visit).page("mail_done.html", link=link, item=contribution))


def _link(office: Office, visit: Visit, key: str) -> tuple[ActionLink, Item] | Response:
    """Return the link and its contribution, or the page that says why it does nothing any more."""
    try:
        link = ActionLink.read(office.key, key, visit.now)
    except ActionLinkError as error:
        return _closed(office, visit, error.reason)
    if office.gate.moderator(visit.snapshot, link.who) is None:
        return _closed(office, visit, "malformed")
    found = item(visit.snapshot, visit.site, link.id, visit.language)
    # What was decided since is not shown by a link either: a letter may be forwarded.
    if found is None or not Seen(link.fate, link.count).still(found.fate, len(found.decisions)):
        return _closed(office, visit, "late")
    return link, found


def _shown(office: Office, visit: Visit, link: ActionLink, found: Item, again: Again) -> Response:
    parent = (
        item(visit.snapshot, visit.site, found.contribution.of, visit.language) if found.is_reply else None
    )
    rules = visit.site.settings.participation.rules
    names = {"key": link.text(office.key), "link": link, "item": found, "parent": parent, "rules": rules}
    return _private(office.pages(visit).page("mail.html", again.status, **names | again.names))


def _closed(office: Office, visit: Visit, reason: str) -> Response:
    status = 409 if reason == "late" else 410 if reason == "expired" else 403
    return _private(office.pages(visit).page("mail_closed.html", status, why=reason))


def _private(response: Response) -> Response:
    """Return the answer, whose address is a key: nobody hears it from here."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
