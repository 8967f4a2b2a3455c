"""What the law asks of a consultation in France, and what a site cannot be launched without. Pure.

The rules are those of shared practice, to be confirmed by a town's counsel: each names its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from assises.content import Meeting
from assises.links import place
from assises.mentions import mention_problems
from assises.problems import Location, Message, Problem, message
from assises.settings import Settings
from assises.site import Site

REASONABLE = timedelta(days=15)
"""Less time than this for contributions asks for a reason: CRPA L131-1 wants a reasonable one, L132-1 gives
15 days where it replaces a mandatory opinion."""

_FRENCH_LAW = re.compile(r"\bCRPA\b|L\.? ?1(?:03|31)-\d|code de l.urbanisme", re.IGNORECASE)
_TOWN_PLANNING = re.compile(r"L\.? ?103-\d", re.IGNORECASE)

MUNICIPAL_ELECTIONS = (date(2014, 3, 23), date(2020, 3, 15), date(2026, 3, 15), date(2032, 3, 31))
"""First rounds of the general municipal elections (code électoral, L227: in March). The day in 2032 is not
fixed yet; the month is, and only that counts for the beginning of the pre-electoral period."""


def duty_problems(site: Site) -> Iterator[Problem]:
    """Yield what the law wants and the site does not say, and what asks for care."""
    yield from mention_problems(site, french=is_french(site.settings))
    if is_french(site.settings):
        yield from _opening_act(site.settings)
        yield from _time_to_answer(site.settings)
        yield from _elections(site)


def is_french(settings: Settings) -> bool:
    """Tell whether the consultation is held under French law."""
    return _FRENCH_LAW.search(settings.procedure.legal_basis) is not None


def is_concertation(settings: Settings) -> bool:
    """Tell whether it is held under L103-2 of the town-planning code, whatever its kind is called."""
    procedure = settings.procedure
    return procedure.kind == "concertation" or _TOWN_PLANNING.search(procedure.legal_basis) is not None


# --- the procedure


def _opening_act(settings: Settings) -> Iterator[Problem]:
    procedure, at = settings.procedure, settings.place("procedure")
    opens = settings.windows[0][0] if settings.windows else None
    if is_concertation(settings) and not procedure.decision:
        yield Problem(
            at,
            message("The act that opens the concertation is not named."),
            message("Add “decision” below “procedure”, with its “title” and “date”, such as 2026-03-03."),
            "unfinished",
            message(
                "A concertation begins with a deliberation or decision (code de l’urbanisme, art. L103-3)."
            ),
        )
    if is_concertation(settings) and not procedure.objectives:
        yield Problem(
            at,
            message("The concertation’s objectives are not told."),
            message("Add “objectives” below “procedure”, in the words of the act that opens it."),
            "warning",
            message("That act states its objectives and how it is held (code de l’urbanisme, art. L103-3)."),
        )
    if procedure.decision and opens and procedure.decision.date > _day(opens, settings):
        yield Problem(
            settings.place("procedure.decision.date"),
            message(
                "The act is dated {date}, after contributions open on {opens}.",
                date=procedure.decision.date, opens=_day(opens, settings),
            ),
            message("See which of the two dates is right."),
            "warning",
        )  # fmt: skip


def _time_to_answer(settings: Settings) -> Iterator[Problem]:
    windows = settings.windows
    if not windows:
        return
    index = next(i for i, phase in enumerate(settings.phases) if phase.contributions)
    length = sum((closes - opens for opens, closes in windows), timedelta())
    if length < REASONABLE:
        yield Problem(
            settings.place(f"phases.{index}.closes"),
            message("Contributions are open for {days} days only.", days=length.days),
            message("Let them close later, or say on the site why time is short."),
            "warning",
            message("Residents must have a reasonable time to take part (CRPA, art. L131-1)."),
        )
    last = max(closes for _, closes in windows)
    if not any(phase.opens >= last for phase in settings.phases):
        yield Problem(
            settings.place("phases"),
            message("No phase follows that in which residents contribute."),
            message("Add one for the analysis or the answers, with the dates that you can promise."),
            "warning",
            message("The outcome, or what is envisaged, has to be made public (CRPA, art. L131-1)."),
        )


# --- elections


def period_before(election: date) -> date:
    """Return the day on which the pre-electoral period begins: the first of the sixth month before (L52-1)."""
    months = election.year * 12 + election.month - 1 - 6
    return date(months // 12, months % 12 + 1, 1)


def _elections(site: Site) -> Iterator[Problem]:
    settings = site.settings
    elections = settings.procedure.elections or MUNICIPAL_ELECTIONS
    for election in elections:
        begins = period_before(election)
        for index, phase in enumerate(settings.phases):
            if phase.contributions and _meets(phase.opens, phase.closes, begins, election, settings):
                at = settings.place(f"phases.{index}.opens")
                yield _before_election(at, _PHASE, begins, election)
        for page in site.listed(Meeting, site.language):
            if page.status != "cancelled" and _meets(page.starts, page.ends, begins, election, settings):
                yield _before_election(place(page, "starts"), _MEETING, begins, election)
        if begins <= _day(site.now, settings) <= election:
            yield _before_election(settings.place("procedure"), _TODAY, begins, election)


def _before_election(at: Location, what: Message, begins: date, election: date) -> Problem:
    return Problem(
        at,
        Message(what.text, {"begins": begins, "month": f"{election:%Y-%m}"}),
        message(
            "Have dates and words read by the town’s lawyer; “elections” below “procedure” names the elections "
            "that concern you, if they are others."
        ),
        "warning",
        message(
            "In this time, what may look like publicity for the town’s record is forbidden "
            "(code électoral, art. L52-1)."
        ),
    )


_PHASE = message("This phase falls into the pre-electoral period, from {begins} to the elections of {month}.")
_MEETING = message(
    "This meeting falls into the pre-electoral period, from {begins} to the elections of {month}."
)
_TODAY = message("The site is public in the pre-electoral period, from {begins} to the elections of {month}.")


def _meets(opens: datetime, closes: datetime, begins: date, election: date, settings: Settings) -> bool:
    zone = settings.time_zone
    start = datetime.combine(begins, time(), zone)
    end = datetime.combine(election + timedelta(days=1), time(), zone)
    return opens < end and closes > start


def _day(instant: datetime, settings: Settings) -> date:
    return instant.astimezone(settings.time_zone).date()
