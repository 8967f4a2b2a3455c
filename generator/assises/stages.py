"""Where a page, or the whole consultation, stands: from its announcement to the follow-up of commitments. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from assises.content import Page
from assises.site import CLOSING_SOON, Site

MOST_CHANGES = 6
"""Changes to come that a page carries, so that it stays right between two builds."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What is going on, and the instant that goes with it."""

    name: str
    """``announced``, ``open``, ``closing-soon``, ``closed``, ``analysis``, ``report``, ``follow-up``; empty for a
    page that never takes contributions."""

    instant: datetime | None = None
    """When contributions open, close, or closed."""


def stage(site: Site, page: Page | None = None) -> Stage:
    """Return the stage of a page that takes contributions, or of the consultation as a whole."""
    now, windows = site.now, site.windows(page) if page else site.settings.windows
    if not windows:
        return Stage("")
    for opens, closes in windows:
        if opens <= now < closes:
            return Stage("closing-soon" if closes - now <= CLOSING_SOON else "open", closes)
    if later := [opens for opens, _ in windows if opens > now]:
        return Stage("announced", min(later))
    closed = max(closes for _, closes in windows)
    return Stage(_afterwards(site, closed), closed)


def _afterwards(site: Site, closed: datetime) -> str:
    """Return what happens to what was said, once it is closed: what the newest phase says that has begun."""
    begun = [phase for phase in site.settings.phases if closed <= phase.opens <= site.now]
    said = [phase.stage for phase in begun if phase.stage]
    if said:
        return said[-1]
    return "analysis" if any(site.now < phase.closes for phase in begun) else "closed"


def changes(site: Site, page: Page | None = None) -> Iterator[tuple[datetime, Stage]]:
    """Yield the next instants at which the stage becomes another, and which."""
    last, count = stage(site, page), 0
    for instant in sorted(site.instants):
        if instant <= site.now or count == MOST_CHANGES:
            continue
        found = stage(replace(site, now=instant), page)
        if found != last:
            count, last = count + 1, found
            yield instant, found
