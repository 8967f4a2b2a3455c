"""Typing in (« Saisie »): what residents said on paper, by telephone or in a meeting, many in a row."""

from __future__ import annotations

from dataclasses import replace

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from assises.entering import CHANNELS, enter, items_of, pages_spoken_to, sent_under
from assises_inbox.desk.office import Office, go
from assises_inbox.desk.typed import Sitting, TypedIn, fresh_nonce, sending_time
from assises_inbox.desk.visit import Visit


def form(office: Office, visit: Visit) -> Response:
    """Answer with the form: first what all have in common, then one note after the other."""
    sitting = Sitting.of(visit.request.args)
    zone = visit.site.settings.time_zone
    day = sitting.day or f"{visit.now.astimezone(zone):%Y-%m-%d}"
    return _shown(office, visit, TypedIn(replace(sitting, day=day), fresh_nonce(visit.now)))


def sent(office: Office, visit: Visit) -> Response:
    """Enter what was typed, and hand out the next form."""
    typed, settings = TypedIn.from_fields(visit.request.form), visit.site.settings
    page = typed.sitting.page(pages_spoken_to(visit.site, visit.language))
    if page is None or sending_time(typed.nonce) is None:
        raise BadRequest
    today = visit.now.astimezone(settings.time_zone).date()
    if wrong := typed.wrong(page, settings.participation.max_length, today):
        return _shown(office, visit, typed, wrong)
    draft = typed.draft(page, visit.language, settings.time_zone)
    said = sent_under(draft, office.key, typed.nonce)
    enter(office.store, [said], visit.who.author, visit.now, publish=typed.publish)
    office.decided()
    ids = tuple(dict.fromkeys((*typed.sitting.ids, said.id)))[-100:]
    return go(visit.url("typing", **replace(typed.sitting, ids=ids).arguments(), done=said.id))


def _shown(office: Office, visit: Visit, typed: TypedIn, wrong: tuple[str, ...] = ()) -> Response:
    pages = pages_spoken_to(visit.site, visit.language)
    page = typed.sitting.page(pages)
    return office.inside(
        visit,
        "typing_in.html",
        422 if wrong else 200,
        typed=typed,
        sitting=typed.sitting,
        pages=pages,
        page=page,
        items=items_of(page) if page else (),
        channels=CHANNELS,
        wrong=wrong,
        longest=visit.site.settings.participation.max_length,
        today=f"{visit.now.astimezone(visit.site.settings.time_zone):%Y-%m-%d}",
    )
