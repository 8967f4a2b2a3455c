"""What is printed: slips with their numbers for those whose words were typed in, and forms on paper."""

from __future__ import annotations

from markupsafe import Markup
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from assises.contribution import is_id, ulid_time
from assises.forms import form_id
from assises_inbox.desk.office import Office
from assises_inbox.desk.typed import items_of
from assises_inbox.desk.typing_in import pages_of
from assises_inbox.desk.view import item
from assises_inbox.desk.visit import Visit

MOST = 100
"""Slips on one sheet."""


def slips(office: Office, visit: Visit) -> Response:
    """Answer with a slip for each contribution that is named: its number, and where to look what became of it."""
    ids = [id for id in visit.request.args.getlist("id")[:MOST] if is_id(id)]
    found = [each for id in ids if (each := item(visit.snapshot, visit.site, id, visit.language))]
    if not found:
        raise NotFound
    places = {each.contribution.id: ledger_url(office, each.contribution.id) for each in found}
    codes = {id: _qr_code(place) for id, place in places.items()}
    return office.inside(visit, "slips.html", items=found, places=places, codes=codes)


def paper(office: Office, visit: Visit) -> Response:
    """Answer with a page's form to be printed and filled in by hand: the same questions as on the site."""
    asked = visit.request.args.get("form", "")
    page = next((page for page in pages_of(visit.site, visit.language) if form_id(page) == asked), None)
    if page is None:
        raise NotFound
    url = visit.page_url(page, office.base)
    return office.inside(
        visit,
        "paper.html",
        page=page,
        items=items_of(page),
        code=_qr_code(url),
        url=url,
        closes=visit.site.closes(page),
    )


def ledger_url(office: Office, id: str) -> str:
    """Return where a contribution stands in the site's ledger."""
    return f"{office.base}ledger/{ulid_time(id):%Y-%m-%d}/#{id}"


def _qr_code(url: str) -> Markup:
    import segno  # noqa: PLC0415 - what is printed alone needs it

    code = segno.make(url, error="m", micro=False)
    return Markup(code.svg_inline(border=2, omitsize=True, svgclass="qr", lineclass=None))  # noqa: S704
