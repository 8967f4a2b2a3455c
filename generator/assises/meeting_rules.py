"""Meetings → what is wrong with their times, and what nobody is told of their changes and their venues. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from assises.content import Meeting
from assises.links import place
from assises.problems import Problem, message
from assises.site import Site

_LONGEST = timedelta(days=3)
"""A longer meeting is mostly a slip in a day."""


def meeting_problems(site: Site) -> Iterator[Problem]:
    """Yield what is wrong with each meeting."""
    phases = site.settings.phases
    first, last = min((p.opens for p in phases), default=None), max((p.closes for p in phases), default=None)
    for page in site.content.pages:
        if not isinstance(page, Meeting):
            continue
        if page.ends <= page.starts:
            yield Problem(place(page, "ends"), message("The meeting ends before it starts."))
        elif page.ends - page.starts > _LONGEST:
            what = message("The meeting lasts {days} days.", days=(page.ends - page.starts).days)
            yield Problem(place(page, "ends"), what, message("See whether the day is right."), "warning")
        if first and last and not first <= page.starts < last:
            what = message("The meeting lies outside of all phases of the consultation.")
            mend = message("See whether the year is right, or add a phase to site.yaml.")
            yield Problem(place(page, "starts"), what, mend, "warning")
        yield from _changes(page)
        if not page.venue.access and page.status != "cancelled" and page.ends > site.now:
            what = message("Nothing says how one gets in with a disability.")
            mend = message("Add “access” to the venue: step or ramp, lift, hearing loop, whom to ask.")
            why = message("Whoever does not know does not come.")
            yield Problem(place(page, "venue"), what, mend, "warning", why)


def _changes(page: Meeting) -> Iterator[Problem]:
    """Yield what a meeting that was cancelled or moved does not say."""
    former = [
        f"changes.{index}.{'starts' if change.starts else 'venue'}"
        for index, change in enumerate(page.changes)
        if change.starts or change.venue
    ]
    if page.status == "moved" and not former:
        what = message("The meeting was moved, and nothing says from when or where.")
        mend = message("Add “starts” or “venue” to an entry of “changes”, as it was announced.")
        yield Problem(place(page, "status"), what, mend)
    if page.status == "planned" and former:
        what = message("The meeting was moved, and its status does not say so.")
        yield Problem(place(page, former[-1]), what, message("Add “status: moved”."))
    if page.status != "planned" and not page.changes:
        what = message("Calendars will not learn of the next change of this meeting.")
        mend = message("Add an entry to “changes”, with its “date”, and one more with each further change.")
        yield Problem(place(page, "status"), what, mend, "warning")
    for index, (before, after) in enumerate(pairwise(page.changes), 1):
        if after.date < before.date:
            what = message("This change is older than the one above it.")
            yield Problem(place(page, f"changes.{index}.date"), what, message("Write them in their order."))
