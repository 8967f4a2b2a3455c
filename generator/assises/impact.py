"""Whether an impact assessment is due (GDPR, art. 35): a questionnaire, filled in as far as a site knows itself. Pure.

The nine criteria are those of the European guidelines (WP 248 rev.01, taken over by the European Data Protection
Board); the two lists are the CNIL's (deliberations 2018-327 and 2019-118). The organiser decides, with its
data-protection officer.
"""

from __future__ import annotations

from collections.abc import Iterator

from assises.problems import Message, message
from assises.processing import Row
from assises.site import Site

NO, YES, SEE = message("No"), message("Yes"), message("To be seen by the organiser")
"""What a site can say of itself."""

_CRITERIA: tuple[tuple[Message, Message, Message], ...] = (
    (message("1. Evaluation or scoring of persons"), NO, message("Contributions are not ranked by their authors, and nobody is given a profile.")),
    (message("2. Decisions by machine with legal or similar effect"), NO, message("What is withheld is withheld by a person, and what a town decides too.")),
    (message("3. Systematic monitoring"), NO, message("Visits are not measured; no cookie is set for the public.")),
    (message("4. Sensitive data, or data of a highly personal nature"), YES, message("Free texts on the life of the town often reveal political opinions (art. 9).")),
    (message("6. Matching or combining of data sets"), NO, message("Contributions are joined with no other file.")),
    (message("7. Vulnerable persons"), SEE, message("Anybody may take part: minors, and people in difficulty. Is the consultation aimed at them?")),
    (message("8. Innovative use of a technology"), NO, message("Static pages, forms, signatures and fingerprints: long known.")),
    (message("9. Processing that bars a right, a service or a contract"), NO, message("Whoever does not take part loses nothing; other ways are open.")),
)  # fmt: skip

_REQUIRED: tuple[Message, ...] = (
    message("Health data of institutions that care for persons"), message("Genetic data of vulnerable persons"),
    message("Profiles of persons for human resources"), message("Constant monitoring of employees"),
    message("Alerts and reports in social and health matters"), message("Alerts and reports in working life"),
    message("Health data for a warehouse or a register"), message("Profiles that may end a contract"),
    message("Shared lists of breaches of contract"), message("Profiles by data from outside sources"),
    message("Biometrics to know persons, vulnerable ones among them"), message("Requests for and management of social housing"),
    message("Social and medical care of persons"), message("Places of persons on a large scale"),
)  # fmt: skip
"""Processing for which the CNIL wants an assessment (deliberation 2018-327)."""

LARGE = 10_000
"""Contributions above which « on a large scale » deserves a question; the guidelines give no number."""


def questionnaire(site: Site) -> tuple[Row, ...]:
    """Return the questionnaire: each question, what the site answers and why, and a place to decide."""
    return (*_criteria(site), *_lists(), *_outcome())


def _criteria(site: Site) -> Iterator[Row]:
    part = message("The nine criteria (WP 248 rev.01)")
    received = site.ledger.counts().received
    scale = message(
        "{received} contributions received so far. How many people live in the town, and for how long is it open?",
        received=received,
    )
    answer = SEE if received >= LARGE else NO
    # The fifth stands where it belongs: it alone hangs on what was received.
    for number, (criterion, known, why) in enumerate(_CRITERIA, 1):
        if number == 5:
            yield Row(part, message("5. Large scale"), answer, scale)
        yield Row(part, criterion, known, why)


def _lists() -> Iterator[Row]:
    required = message("On the CNIL’s list of what requires an assessment?")
    for kind in _REQUIRED:
        yield Row(required, kind, NO)
    part = message("On the CNIL’s list of what is exempt?")
    what = message("Public consultations as such")
    why = message("The list of exemptions (deliberation 2019-118) has no such entry: the criteria decide.")
    yield Row(part, what, NO, why)


def _outcome() -> Iterator[Row]:
    part = message("Outcome")
    yes = message(
        "An assessment is due where two criteria or more are met, or an entry of the list; one criterion may do."
    )
    yield Row(part, message("Rule"), yes)
    yield Row(
        part,
        message("Met according to the site"),
        message("One: sensitive data. A second one is for you to see."),
    )
    yield Row(part, message("Decision, date, signature"), message("[to be completed by the organiser]"))
    yield Row(
        part, message("Opinion of the data-protection officer"), message("[to be completed by the organiser]")
    )
