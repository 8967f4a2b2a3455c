"""How a consultation stands, in sentences: what is open, and what visitors read. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from assises.deploy.releases import Release
from assises.problems import Message, message
from assises.site import Site
from assises.stages import stage
from assises.waiting import LATE

Moment = Callable[[datetime], str]
"""Writes an instant for people."""


def opened(site: Site, moment: Moment) -> Message:
    """Return whether contributions are open, and until when; or when they open, or closed."""
    now = stage(site)
    if not now.instant:
        return message("Contributions are never open.")
    match now.name:
        case "open" | "closing-soon":
            return message("Contributions are open, until {moment}.", moment=moment(now.instant))
        case "announced":
            return message("Contributions are not open yet; they open {moment}.", moment=moment(now.instant))
        case _:
            return message("Contributions are closed, since {moment}.", moment=moment(now.instant))


def deployed(site: Site, releases: Sequence[Release], moment: Moment) -> Message:
    """Return what visitors read, as far as this machine put it there."""
    target = site.settings.deploy.to
    made = deployed_at(site, releases)
    if not target:
        return message("site.yaml does not say where the pages go (deploy.to).")
    if made is None:
        return message("{place}: this machine has not deployed anything there yet.", place=target)
    if is_behind(site, made):
        return message(
            "{place}: deployed {moment}; since then something opened or closed. Run: assises deploy",
            place=target,
            moment=moment(made),
        )
    return message("{place}: deployed {moment}.", place=target, moment=moment(made))


def shown(url: str, until: datetime | None, now: datetime, moment: Moment) -> Message:
    """Return whether what visitors read is up to date, by what the pages at the public address say themselves."""
    if until is None:
        return message("{url}: nothing will open or close by itself any more.", url=url)
    if until <= now:
        return message(
            "{url}: the pages are out of date: something opened or closed {moment}. Run: assises refresh",
            url=url,
            moment=moment(until),
        )
    return message("{url}: the pages are right until {moment}.", url=url, moment=moment(until))


def last_turn(ended: datetime, now: datetime, moment: Moment, file: object) -> Message:
    """Return when this machine last took a turn of `assises refresh`, and whether that is too long ago."""
    if now - ended > LATE:
        return message(
            "The last turn of assises refresh on this machine was {moment}: its schedule stands still. (If another"
            " machine takes the turns now, delete {file}.)",
            moment=moment(ended),
            file=file,
        )
    return message("The last turn of assises refresh on this machine was {moment}.", moment=moment(ended))


def deployed_at(site: Site, releases: Sequence[Release]) -> datetime | None:
    """Return when this machine last deployed the pages, None if it never did; `releases` are the newest first."""
    target = site.settings.deploy.to
    return next((release.time for release in releases if release.target == target), None)


def is_behind(site: Site, made: datetime) -> bool:
    """Tell whether something opened or closed since the pages were deployed."""
    return any(made < instant <= site.now for instant in site.instants)
