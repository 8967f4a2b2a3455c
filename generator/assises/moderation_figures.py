"""What the moderation log says in figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Figures:
    """How contributions and reports were decided on, by people alone: machines withhold nothing."""

    published: int = 0
    """Contributions that are published because a person decided so."""

    withheld: int = 0
    """Contributions that are withheld."""

    waiting: int = 0
    """Contributions that wait for a first decision."""

    reversed: int = 0
    """Contributions on which a decision was reversed, once or more."""

    rules: tuple[tuple[str, int], ...] = ()
    """How many are withheld by each rule of the charter, by the rule's id, the most first."""

    delay: timedelta | None = None
    """Half of the first decisions were taken within it, from receipt on; None: there are none."""

    longest: timedelta | None = None
    """The longest that a first decision took."""

    reports: int = 0
    """Reports received."""

    reports_waiting: int = 0
    upheld: int = 0
    dismissed: int = 0
    removal: timedelta | None = None
    """Half of the reports that were found right led to a removal within it, from receipt on."""

    longest_removal: timedelta | None = None
