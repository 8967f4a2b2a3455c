"""Coming in and going out: sign-in links, and the end of a session."""

from __future__ import annotations

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from assises.sign_in import SignInError
from assises_inbox.desk.office import Office, go
from assises_inbox.desk.session import Session
from assises_inbox.desk.visit import Visit


def door(office: Office, visit: Visit, key: str) -> Response:
    """Answer a sign-in link: with a button, so that programs that open links use nothing up."""
    if visit.inside:
        return go(visit.url("shelf", fate="pending"))
    try:
        office.gate.read(visit.snapshot, key, visit.now)
    except SignInError as error:
        return office.pages(visit).outside(error.reason)
    response = office.pages(visit).page("door.html", key=key)
    # The address is the key: nobody hears it from here.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def enter(office: Office, visit: Visit) -> Response:
    """Answer the button of a sign-in link."""
    try:
        who = office.gate.take(visit.snapshot, visit.request.form.get("key", ""), visit.now)
    except SignInError as error:
        return office.pages(visit).outside(error.reason)
    response = go(visit.url("shelf", fate="pending"))
    # A new session always: one that the browser held already may be known to somebody else.
    office.gate.keep(response, visit.request, Session.begin(who, visit.language, visit.now))
    return response


def link(office: Office, visit: Visit) -> Response:
    """Answer who asks for a fresh link: the same to everybody, so that nobody learns who moderates."""
    send = office.send_link
    if send is None:
        raise NotFound
    asked = visit.request.form.get("email", "")[:300].strip()
    address = asked or (office.local.email if office.local else "")
    response = office.pages(visit).message("sent")
    moderator = office.gate.moderator(visit.snapshot, address)
    if moderator and office.gate.grants_link(moderator.email, visit.now):
        url = office.sign_in_link(moderator)
        # Once the answer is on its way: how long it takes tells nothing either.
        response.call_on_close(lambda: send(moderator, url))
    return response


def leave(office: Office, visit: Visit) -> Response:
    """Answer who signs out."""
    response = office.pages(visit).message("left", inside=None)
    if visit.session:
        office.gate.end(response, visit.request, visit.session, visit.now)
    return response
