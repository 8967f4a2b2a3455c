"""What an author can do by the private link: see, correct, withdraw. Each change is a contribution of its own."""

from __future__ import annotations

from dataclasses import replace

from werkzeug.wrappers import Response

from assises.contribution import (
    NO_ID,
    NO_NONCE,
    Contribution,
    format_time,
    identified,
    ledger_place,
    ulid_time,
)
from assises_inbox.intake import answer
from assises_inbox.intake.author import Author, AuthorError
from assises_inbox.intake.author_pages import AuthorPages
from assises_inbox.intake.body import fields
from assises_inbox.intake.check import WORDS, Typed, check
from assises_inbox.intake.deposit import Deposit, deposit
from assises_inbox.intake.forms import Form
from assises_inbox.intake.sending import handed_out, is_confirmed, to_confirm, to_mend
from assises_inbox.intake.token import Token
from assises_inbox.intake.visit import Visit

_PRIVATE = {"Referrer-Policy": "no-referrer"}


def author(visit: Visit, link: str) -> Response:
    """Return what can be done with a contribution by its private link."""
    known = _known(visit, link)
    if isinstance(known, Response):
        return known
    who, pages = known
    form = visit.forms.forms.get(who.form)
    if visit.as_json:
        return answer.json(_told(visit, who), 200, _PRIVATE)
    return answer.html(pages.author(form), 200, _PRIVATE)


def change(visit: Visit, link: str) -> Response:
    """Take a correction or a withdrawal: shown to be read over, then stored."""
    known = _known(visit, link)
    if isinstance(known, Response):
        return known
    who, pages = known
    form = visit.forms.forms.get(who.form)
    typed = Typed.from_fields(fields(visit.request))
    response = _withdraw(visit, who, pages, typed) if typed.kind == "withdrawal" else None
    response = response or _correct(visit, who, pages, typed, form)
    response.headers.update(_PRIVATE)
    return response


def _withdraw(visit: Visit, who: Author, pages: AuthorPages, typed: Typed) -> Response:
    """Whatever became of the form, the page or the consultation: what was said can be taken back."""
    name = f"{who.id}:withdrawal"
    handed = handed_out(visit, typed, name)
    token = handed.token
    if not handed.good or not typed.confirm:
        if visit.as_json:
            return answer.json({"state": "not-sent-yet", "kind": "withdrawal", "token": token.text}, 200)
        return answer.html(pages.withdrawal(token.text), 200)
    made = _change(who, "withdrawal", pages.voice.language, token)
    return deposit(visit, pages, Deposit(identified(made, token.secret), token, Typed(trap=typed.trap), who))


def _correct(visit: Visit, who: Author, pages: AuthorPages, typed: Typed, form: Form | None) -> Response:
    if form is None or form.kind not in WORDS or typed.kind != "correction":
        return visit.refuse(pages, "not_corrected", 422, typed)
    typed = replace(typed.for_form(form), of="", passage="", email="", kind="correction")
    if visit.stopped(form):
        return visit.refuse(pages, "stopped", 403, typed)
    if wrong := check(typed, form):
        return to_mend(visit, pages, form, typed, wrong)
    handed = handed_out(visit, typed, f"{who.id}:correction")
    if not handed.good or not is_confirmed(typed):
        return to_confirm(visit, pages, form, typed, handed)
    made = replace(
        _change(who, "correction", pages.voice.language, handed.token),
        text=typed.text,
        author=typed.author,
        position=typed.position,
    )
    return deposit(visit, pages, Deposit(identified(made, handed.token.secret), handed.token, typed, who))


def _change(who: Author, kind: str, language: str, token: Token) -> Contribution:
    return Contribution(
        id=NO_ID,
        nonce=NO_NONCE,
        kind=kind,
        of=who.id,
        form=f"{who.page}:{kind}",
        time=token.time,
        language=language,
        channel="web",
    )


def _known(visit: Visit, link: str) -> tuple[Author, AuthorPages] | Response:
    asked = visit.request.args
    pages = visit.pages(asked.get("language", ""), up="../")
    try:
        who = Author.of_link(visit.key, link, asked.get("form", ""))
    except AuthorError:
        return visit.refuse(pages, "unknown_author", 404)
    visit.entry.form = who.form if who.form in visit.forms.forms else ""
    target = who.link(visit.key, pages.voice.language)
    return who, AuthorPages(pages.forms, pages.voice, pages.up, target, who)


def _told(visit: Visit, who: Author) -> dict[str, object]:
    form = visit.forms.forms.get(who.form)
    return {
        "id": who.id,
        "form": who.form,
        "handed_out": format_time(ulid_time(who.id)),
        "in_time_until": format_time(who.in_time_until),
        "may": ["correction", "withdrawal"] if form and form.kind in WORDS else ["withdrawal"],
        "state_url": f"{visit.forms.site}{ledger_place(who.id)}",
    }
