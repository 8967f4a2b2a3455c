"""What is printed: slips with their numbers for those whose words were typed in, and forms on paper."""

from __future__ import annotations

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from assises import on_paper
from assises.contribution import is_id
from assises.entering import pages_spoken_to
from assises.forms import form_id
from assises.problems import message
from assises_inbox.desk.office import Office
from assises_inbox.desk.visit import Visit

MOST = 100
"""Slips on one sheet."""


def slips(office: Office, visit: Visit) -> Response:
    """Answer with a slip for each contribution that is named: its number, and where to look what became of it."""
    ids = [id for id in visit.request.args.getlist("id")[:MOST] if is_id(id)]
    found = on_paper.slips(visit.snapshot, visit.site, ids, visit.language, office.base)
    if not found:
        raise NotFound
    return office.inside(
        visit,
        "slips.html",
        slips=found,
        text=visit.text,
        title=on_paper.slips_title(found),
        advice=on_paper.SLIPS_ADVICE,
    )


def paper(office: Office, visit: Visit) -> Response:
    """Answer with a page's form to be printed and filled in by hand: the same questions as on the site."""
    asked = visit.request.args.get("form", "")
    pages = pages_spoken_to(visit.site, visit.language)
    page = next((page for page in pages if form_id(page) == asked), None)
    if page is None:
        raise NotFound
    form = on_paper.paper_form(visit.site, page, office.base)
    title = message(on_paper.FORM_TITLE.text, title=page.title)
    return office.inside(
        visit, "paper.html", form=form, text=visit.text, title=title, advice=on_paper.FORM_ADVICE
    )
