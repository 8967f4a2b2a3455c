"""How a contribution comes in: read over, confirmed, stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from werkzeug.wrappers import Response

from assises.contribution import identified
from assises_inbox.intake import answer
from assises_inbox.intake.author import Author
from assises_inbox.intake.body import fields
from assises_inbox.intake.check import TO_ANOTHER, Typed, Wrong, check, draft
from assises_inbox.intake.deposit import Deposit, deposit
from assises_inbox.intake.forms import Form
from assises_inbox.intake.pages import Pages
from assises_inbox.intake.token import Token, TokenError, TokenExpired
from assises_inbox.intake.visit import Visit


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A form that was handed out, and comes back."""

    token: Token
    good: bool
    """Whether it came with the request: a fresh one is still to be confirmed."""

    expired: bool = False
    """Whether the one that came was good more than a day ago."""


def send(visit: Visit) -> Response:
    """Return what was typed, to be read over; once confirmed, store it and lead to the receipt."""
    typed = Typed.from_fields(fields(visit.request))
    pages = visit.pages(typed.language)
    form = visit.forms.forms.get(typed.form)
    if form is None:
        return visit.refuse(pages, "unknown_form", 404, typed)
    visit.entry.form = form.id
    typed = typed.for_form(form) if visit.forms.asks_email(form) else replace(typed.for_form(form), email="")
    handed = handed_out(visit, typed, form.id)
    if refused := _shut(visit, pages, form, typed, handed):
        return refused
    if wrong := check(typed, form):
        return to_mend(visit, pages, form, typed, wrong)
    token = handed.token
    if not handed.good or not is_confirmed(typed):
        return to_confirm(visit, pages, form, typed, handed)
    contribution = identified(draft(typed, form, pages.voice.language, token), token.secret)
    return deposit(visit, pages, Deposit(contribution, token, typed, Author(contribution.id, form.id)))


def begin(visit: Visit) -> Response:
    """Return an empty form, for a page that has none of its own: a reply, a support, a passage.

    For programs, a token instead: with it, one request is enough.
    """
    typed = Typed.from_fields(visit.request.args)
    pages = visit.pages(typed.language, up="../")
    form = visit.forms.forms.get(typed.form)
    if form is None:
        return visit.refuse(pages, "unknown_form", 404)
    visit.entry.form = form.id
    if refused := _shut(visit, pages, form):
        return refused
    asked = Typed(form=typed.form, of=typed.of, passage=typed.passage).for_form(form)
    handed = handed_out(visit, asked, form.id)
    if visit.as_json:
        return answer.json({"form": form.id, "token": handed.token.text, "max_length": form.max_length}, 200)
    # A report has still to be written, a support has nothing to write: only whom they are about is known.
    if form.kind in TO_ANOTHER and (wrong := [one for one in check(asked, form) if one.field == "of"]):
        return to_mend(visit, pages, form, asked, wrong)
    if form.kind == "support":
        return to_confirm(visit, pages, form, asked, handed)
    return answer.html(pages.form(form, asked), 200)


def is_confirmed(typed: Typed) -> bool:
    """Tell whether it is confirmed: words that were changed after they were read over are shown once more."""
    return typed.confirm and typed.read in ("", typed.digest)


def to_mend(visit: Visit, pages: Pages, form: Form, typed: Typed, wrong: Sequence[Wrong]) -> Response:
    """Return every field that cannot be taken, with what to do about it."""
    visit.entry.reason = " ".join(
        item.field for item in wrong if item.field in ("text", "author", "position", "of", "email")
    )
    if visit.as_json:
        title = pages.voice.strings["error_title"]
        return answer.problem("invalid", 422, title, errors=pages.wrong(wrong))
    return answer.html(pages.form(form, typed, wrong), 422)


def to_confirm(visit: Visit, pages: Pages, form: Form, typed: Typed, handed: HandedOut) -> Response:
    """Return what was typed, to be read over and sent again under a token."""
    token = handed.token.text
    if visit.as_json:
        told = {"state": "not-sent-yet", "form": form.id, "token": token, "read": typed.digest}
        words = {"text": typed.text, "author": typed.author, "position": typed.position}
        return answer.json(told | {name: value for name, value in words.items() if value}, 200)
    return answer.html(pages.check(form, typed, token, expired=handed.expired), 200)


def handed_out(visit: Visit, typed: Typed, name: str) -> HandedOut:
    """Return the token that was sent, if this intake made it for what has this name; or else a fresh one."""
    expired = False
    try:
        return HandedOut(Token.read(visit.key, typed.token, name, visit.now), good=True)
    except TokenExpired:
        expired = True
    except TokenError:
        pass
    return HandedOut(Token.issue(visit.key, name, visit.now, visit.random(16)), good=False, expired=expired)


def _shut(
    visit: Visit, pages: Pages, form: Form, typed: Typed | None = None, handed: HandedOut | None = None
) -> Response | None:
    """Return why a form takes nothing now, or None."""
    # What must go may be reported whatever else is stopped.
    if form.kind != "report" and visit.stopped(form):
        return visit.refuse(pages, "stopped", 403, typed)
    if not form.is_open(visit.now, handed.token.time if handed and handed.good else None):
        return visit.refuse(pages, "closed", 403, typed)
    return None
