"""What the law wants; the sentences themselves are in sites/invalid."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

import site_by_hand as made
from assises.content import Content
from assises.duties import MUNICIPAL_ELECTIONS, duty_problems, is_concertation, period_before
from assises.settings import Decision
from assises.site import Site


def told(joined: Site) -> list[str]:
    """Return what is wrong, each by its first words."""
    return [problem.what.render() for problem in duty_problems(joined)]


def under(legal_basis: str, kind: str = "assises", **changes: object) -> Site:
    """Return the consultation under another text, without its pages."""
    procedure = replace(made.SETTINGS.procedure, legal_basis=legal_basis, kind=kind, **changes)
    return replace(made.site(), settings=replace(made.SETTINGS, procedure=procedure))


@pytest.mark.parametrize(
    ("election", "begins"),
    [
        (date(2026, 3, 15), date(2025, 9, 1)),
        (date(2020, 3, 15), date(2019, 9, 1)),
        (date(2021, 6, 20), date(2020, 12, 1)),
        (date(2027, 12, 31), date(2027, 6, 1)),
        (date(2028, 7, 2), date(2028, 1, 1)),
    ],
)
def test_the_period_begins_on_the_first_day_of_the_sixth_month_before(election: date, begins: date) -> None:
    """As L52-1 counts: of March 2026, from 1 September 2025 on."""
    assert period_before(election) == begins


def test_known_elections_are_in_march() -> None:
    """The code wants general municipal elections in March, every six years."""
    assert {election.month for election in MUNICIPAL_ELECTIONS} == {3}
    years = [election.year for election in MUNICIPAL_ELECTIONS]
    assert [later - earlier for earlier, later in pairwise(years)] == [6, 6, 6]


@pytest.mark.parametrize(
    ("now", "warned"),
    [
        (datetime(2025, 8, 31, 21, 59, tzinfo=UTC), False),
        (datetime(2025, 8, 31, 22, tzinfo=UTC), True),
        (datetime(2026, 3, 15, 22, tzinfo=UTC), True),
        (datetime(2026, 3, 15, 23, tzinfo=UTC), False),
    ],
)
def test_the_day_is_that_of_the_consultation(now: datetime, warned: bool) -> None:
    """The period begins at midnight in the consultation's own time zone."""
    joined = replace(under("CRPA, art. L131-1"), now=now)
    assert any("pre-electoral" in sentence for sentence in told(joined)) is warned


def test_other_countries_have_other_laws() -> None:
    """Under a text that is not French, French procedure is not asked for."""
    joined = replace(under("Loi communale belge"), now=datetime(2026, 1, 5, tzinfo=UTC))
    assert not any("electoral" in sentence or "phase" in sentence for sentence in told(joined))


@pytest.mark.parametrize(
    ("legal_basis", "kind", "expected"),
    [
        ("Code de l’urbanisme, art. L103-2", "assises", True),
        ("article L. 103-2", "ideas", True),
        ("CRPA, art. L131-1", "concertation", True),
        ("CRPA, art. L131-1", "assises", False),
    ],
)
def test_a_concertation_is_known_by_its_kind_or_by_its_text(
    legal_basis: str, kind: str, expected: bool
) -> None:
    """What is held under L103-2 is one, whatever it is called."""
    assert is_concertation(under(legal_basis, kind).settings) is expected


def test_a_concertation_with_its_act_may_be_launched() -> None:
    """The act's title and date are enough; without it, nothing else makes up for it."""
    act = Decision(title=made.TEXT("Délibération"), date=date(2017, 9, 1))
    basis = "Code de l’urbanisme, art. L103-2"
    with_act = duty_problems(under(basis, "concertation", decision=act))
    without = duty_problems(under(basis, "concertation"))
    unfinished = [
        [p.what.text for p in problems if p.severity == "unfinished" and "act" in p.what.text]
        for problems in (with_act, without)
    ]
    assert unfinished == [[], ["The act that opens the concertation is not named."]]


def test_a_consultation_without_contributions_has_no_time_to_keep() -> None:
    """Meetings alone are no form on the site."""
    phases = tuple(replace(phase, contributions=False) for phase in made.SETTINGS.phases)
    joined = replace(made.site(), settings=replace(made.SETTINGS, phases=phases), content=Content())
    assert not any("phase" in sentence or "days" in sentence for sentence in told(joined))
