"""What a site has to tell of its publisher, its data, its accessibility and its rules, and does not. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from assises.countries import is_in_europe
from assises.problems import Problem, message
from assises.settings import Audit, Settings
from assises.site import Site

VALID = 3
"""Years for which an audit can carry an accessibility statement: decree 2019-768, art. 5 (three years at most)."""


def mention_problems(site: Site, *, french: bool) -> Iterator[Problem]:
    """Yield each mention that is missing or contradicts another.

    Args:
        site: the consultation.
        french: whether it is held under French law.
    """
    yield from _mentions(site.settings)
    yield from _privacy(site.settings)
    yield from _transfers(site.settings)
    yield from _accessibility(site, french=french)
    if site.settings.consults:
        yield from _charter(site.settings)


def _mentions(settings: Settings) -> Iterator[Problem]:
    """Yield the facts that must be said of who publishes and who hosts (LCEN, art. 1-1, II)."""
    mentions = (("organiser", settings.organiser.phone), ("legal.host", settings.legal.host.phone))
    for key, phone in mentions:
        if not phone:
            what = message("“{key}” has no telephone number.", key=key)
            why = message("The law wants it to be told of the publisher and of the host (LCEN, art. 1-1).")
            mend = message("Add a line “phone: …” to “{key}”.", key=key)
            yield Problem(settings.place(key), what, mend, "unfinished", why)


def _privacy(settings: Settings) -> Iterator[Problem]:
    """Yield what residents must be told of their data, and nobody but the town knows (GDPR, art. 13)."""
    legal = settings.legal
    why = message("Residents must be told how long, where and by whom their data are kept (GDPR, art. 13).")
    received = [("participation.retention", settings.participation.retention)] if settings.consults else []
    wanted = (
        *received,
        ("legal.host.country", legal.host.country),
        ("legal.host.logs", legal.host.logs),
    )
    for key, value in wanted:
        if not value:
            group, _, name = key.rpartition(".")
            what = message("“{group}” does not say “{key}”.", group=group, key=name)
            mend = message("Add a line “{key}: …” to “{group}”.", key=name, group=group)
            yield Problem(settings.place(key), what, mend, "unfinished", why)


def _transfers(settings: Settings) -> Iterator[Problem]:
    """Yield who handles data outside Europe without a word on what protects them there (GDPR, art. 13, 1, f)."""
    legal = settings.legal
    handlers = [("legal.host", legal.host.country, legal.host.safeguards)]
    handlers += [
        (f"legal.processors.{number}", processor.country, processor.safeguards)
        for number, processor in enumerate(legal.processors)
    ]
    for key, country, safeguards in handlers:
        named = country.get(settings.languages[0], "fr", "en")
        if is_in_europe(named) is False and not safeguards:
            what = message(
                "Data go to “{country}”, and nothing says what protects them there.", country=named
            )
            mend = message(
                "Add a line “safeguards: …”: an adequacy decision, or standard contractual clauses."
            )
            why = message(
                "Residents must be told of transfers out of the European Union (GDPR, art. 13 and 44)."
            )
            yield Problem(settings.place(f"{key}.country"), what, mend, "unfinished", why)


def _accessibility(site: Site, *, french: bool) -> Iterator[Problem]:
    """Yield what an accessibility statement lacks (law 2005-102, art. 47; decree 2019-768)."""
    settings, legal = site.settings, site.settings.legal
    if legal.accessibility != "none" and not legal.audit:
        what = message("The site is called “{state}” without an audit.", state=legal.accessibility)
        mend = message(
            "Add “audit” below “legal”, with its “date”, “by” and “rate”; or write “accessibility: none”."
        )
        why = message("Only an audit can make a site more than “non conforme” (decree 2019-768).")
        yield Problem(settings.place("legal.accessibility"), what, mend, "error", why)
    if legal.audit:
        yield from _audit(legal.audit, site)
    if french and not (legal.accessibility_plan and legal.accessibility_year):
        yield Problem(
            settings.place("legal"),
            message("No accessibility plan is named."),
            message("Add “accessibility_plan” and “accessibility_year” below “legal”, with their addresses."),
            "unfinished",
            message(
                "A town publishes its plan of several years and that of the year (law 2005-102, art. 47)."
            ),
        )
    if french and not legal.accessibility_stated:
        yield Problem(
            settings.place("legal"),
            message("Nothing says when the accessibility statement was drawn up."),
            message("Add “accessibility_stated” below “legal”, with the day, such as 2026-03-03."),
            "unfinished",
            message("A statement bears its date, and is looked over each year (decree 2019-768)."),
        )


def _audit(audit: Audit, site: Site) -> Iterator[Problem]:
    """Yield where the state that is declared is more than the audit allows: checks can only lower it."""
    settings, state = site.settings, site.settings.legal.accessibility
    if not 0 <= audit.rate <= 100:
        what = message("The rate is no percentage.")
        yield Problem(settings.place("legal.audit.rate"), what, message("Write a number from 0 to 100."))
    if state == "full" and audit.rate < 100:
        what = message("The site is called “full”, and its audit found {rate} %.", rate=audit.rate)
        yield Problem(settings.place("legal.accessibility"), what, message("Write “accessibility: partial”."))
    if state == "partial" and audit.rate < 50:
        what = message("The site is called “partial”, and its audit found {rate} %.", rate=audit.rate)
        why = message("Half of the criteria must be met for that state (decree 2019-768).")
        mend = message("Write “accessibility: none”.")
        yield Problem(settings.place("legal.accessibility"), what, mend, "error", why)
    if state != "none" and site.now.astimezone(settings.time_zone).date() > _years_after(audit.date, VALID):
        what = message("The audit is more than three years old.")
        why = message("A statement holds for three years at most (decree 2019-768).")
        mend = message("Have the site audited anew, or write “accessibility: none”.")
        yield Problem(settings.place("legal.audit.date"), what, mend, "unfinished", why)


def _years_after(day: date, years: int) -> date:
    """Return the same day some years on; 28 February where that year has no 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _charter(settings: Settings) -> Iterator[Problem]:
    if not settings.participation.charter:
        yield Problem(
            settings.place("participation"),
            message("Nothing says since when the moderation charter holds."),
            message("Add “charter” below “participation”: a list of “date” and “changes”."),
            "warning",
            message("Whoever contests a decision has to know the rules of that day."),
        )
