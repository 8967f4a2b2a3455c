"""How a contribution comes in: read over, confirmed, stored."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.wrappers import Response

from assises.contribution import identified
from assises.envelope import Envelope
from assises.keys import Key
from assises.receipt import Receipt, to_text
from assises_inbox.intake import answer
from assises_inbox.intake.check import Typed, check, draft
from assises_inbox.intake.forms import Form
from assises_inbox.intake.pages import Pages
from assises_inbox.intake.token import Token, TokenError, TokenExpired
from assises_inbox.intake.visit import Visit

_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


def send(visit: Visit) -> Response:
    """Return what was typed, to be read over; once confirmed, store it and lead to the receipt."""
    if visit.request.mimetype not in _FORM_TYPES:
        raise UnsupportedMediaType
    typed = Typed.from_fields(visit.request.form)
    pages = visit.pages(typed.language)
    form = visit.forms.forms.get(typed.form)
    if form is None:
        return answer.html(pages.refusal("unknown_form", typed), 404)
    typed = typed.for_form(form)
    token, expired = _token(visit.key, typed, form, visit.now)
    if not form.is_open(visit.now, token.time if token else None):
        return answer.html(pages.refusal("closed", typed), 403)
    if wrong := check(typed, form):
        return answer.html(pages.form(form, typed, wrong), 422)
    # Words that were changed after they were read over are shown once more, under the same token.
    changed = typed.read not in ("", typed.digest)
    if token is None or changed or not typed.confirm:
        token = token or Token.issue(visit.key, form.id, visit.now, visit.random(16))
        return answer.html(pages.check(form, typed, token.text, expired=expired), 200)
    return _store(visit, typed, form, pages, token)


def begin(visit: Visit) -> Response:
    """Return an empty form, for a page that has none of its own: a reply, a support, a passage."""
    typed = Typed.from_fields(visit.request.args)
    pages = visit.pages(typed.language, up="../")
    form = visit.forms.forms.get(typed.form)
    if form is None:
        return answer.html(pages.refusal("unknown_form"), 404)
    if not form.is_open(visit.now):
        return answer.html(pages.refusal("closed"), 403)
    asked = Typed(form=typed.form, of=typed.of, passage=typed.passage).for_form(form)
    if form.kind == "support":
        if wrong := check(asked, form):
            return answer.html(pages.form(form, asked, wrong), 422)
        token = Token.issue(visit.key, form.id, visit.now, visit.random(16))
        return answer.html(pages.check(form, asked, token.text), 200)
    return answer.html(pages.form(form, asked), 200)


def _store(visit: Visit, typed: Typed, form: Form, pages: Pages, token: Token) -> Response:
    contribution = identified(draft(typed, form, pages.voice.language, token), token.secret)
    envelope = Envelope(contribution, token.sending, ("trap",) if typed.trap else ())
    try:
        visit.storage.put_if_absent(contribution.id, envelope.to_bytes(visit.key))
    except OSError:
        return answer.html(pages.refusal("unavailable", typed), 503, {"Retry-After": "60"})
    visit.stored()
    # Relative, so that it holds behind any proxy and below any path.
    receipt = Receipt.of(contribution)
    text = to_text(receipt, receipt.signature(visit.key))
    place = f"receipts/{text}?{urlencode({'language': pages.voice.language, 'form': form.id})}"
    return Response(status=303, headers={"Location": place})


def _token(key: Key, typed: Typed, form: Form, now: datetime) -> tuple[Token | None, bool]:
    """Return the token that was sent, if it is good, and whether it was good once."""
    try:
        return Token.read(key, typed.token, form.id, now), False
    except TokenExpired:
        return None, True
    except TokenError:
        return None, False
