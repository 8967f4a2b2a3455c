"""Receipts: each stands whole in its address."""

from __future__ import annotations

from werkzeug.wrappers import Response

from assises.receipt import ReceiptError, from_text
from assises_inbox.intake import answer
from assises_inbox.intake.author import Author
from assises_inbox.intake.deposit import promised
from assises_inbox.intake.visit import Visit


def receipt(visit: Visit, text: str) -> Response:
    """Return the page of a signed receipt; to whoever has just sent, the author's private link too."""
    asked = visit.request.args
    pages = visit.pages(asked.get("language", ""), up="../")
    try:
        found = from_text(text, (visit.key.public, *visit.forms.keys))
    except ReceiptError:
        return visit.refuse(pages, "unknown_receipt", 404)
    if visit.as_json:
        return answer.json(promised(visit, found), 200, {"Referrer-Policy": "no-referrer"})
    form = asked.get("form", "")[:300]
    author = Author(found.id, form)
    just_sent = author.has_just_sent(visit.key, asked.get("sent", ""), visit.now)
    private = author.link(visit.key, pages.voice.language) if just_sent else ""
    page = pages.receipt(found, text, visit.forms.forms.get(form), private, asked.get("kind", ""))
    return answer.html(page, 200, {"Referrer-Policy": "no-referrer"})
