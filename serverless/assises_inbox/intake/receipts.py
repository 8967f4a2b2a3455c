"""Receipts: each stands whole in its address."""

from __future__ import annotations

from werkzeug.wrappers import Response

from assises.receipt import ReceiptError, from_text
from assises_inbox.intake import answer
from assises_inbox.intake.visit import Visit


def receipt(visit: Visit, text: str) -> Response:
    """Return the page of a signed receipt."""
    pages = visit.pages(visit.request.args.get("language", ""), up="../")
    try:
        found = from_text(text, (visit.key.public, *visit.forms.keys))
    except ReceiptError:
        return answer.html(pages.refusal("unknown_receipt"), 404)
    form = visit.forms.forms.get(visit.request.args.get("form", "")[:300])
    return answer.html(pages.receipt(found, text, form), 200, {"Referrer-Policy": "no-referrer"})
