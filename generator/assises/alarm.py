"""Letters to moderators about what nobody would see by itself: contributions that do not get through, pages that are old."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from assises import canonical
from assises.catalogues import sentences
from assises.mail import Letter
from assises.moderators import Moderator, moderators
from assises.notices import ALARMS
from assises.problems import Message, message
from assises.settings import Settings
from assises.store import RUNNER, Store, StoreError
from assises.translation import Formats
from assises.waiting import Waiting

Written = Callable[[Moderator, str], tuple[Message, Message]]
"""Writes subject and text to somebody, given the consultation's name."""


def letters(store: Store, site: Settings, late: Sequence[Waiting]) -> tuple[Letter, ...]:
    """Return a letter for each moderator who gets mail; for the organiser, where the store names none."""
    storages = "\n".join(f"    {waiting.place}\n    {waiting.trouble}" for waiting in late)

    def written(_to: Moderator, name: str) -> tuple[Message, Message]:
        return (
            message("“{name}”: contributions have been waiting for two hours", name=name),
            message(
                "For more than two hours, nothing has got through to “{name}” from where contributions are received. What is"
                " received there is kept, and will be carried as soon as that works again.\n\n"
                "Whoever runs the site should look at:\n\n{storages}\n\n"
                "This is told once, until it works again.\n",
                name=name,
                storages=storages,
            ),
        )

    return _to_all(store, site, written)


def pages_stay(store: Store, site: Settings, why: Message, details: str = "") -> tuple[Letter, ...]:
    """Return the letters that tell why the pages are not brought up to date."""

    def written(to: Moderator, name: str) -> tuple[Message, Message]:
        return (
            message("“{name}”: the pages are not brought up to date", name=name),
            message(
                "The pages of “{name}” should say something new, and are not brought up to date:\n\n{why}\n\n"
                "Until that is mended, visitors read the former pages. Contributions are received as before; none is"
                " lost.\n\n"
                "This is told once, until it works again.\n",
                name=name,
                why="\n".join(filter(None, (why.render(sentences(to.language)), details))),
            ),
        )

    return _to_all(store, site, written)


def came_late(store: Store, site: Settings, since: datetime, now: datetime) -> tuple[Letter, ...]:
    """Return the letters that tell that nothing was done for a long time, and has been done now."""

    def written(to: Moderator, name: str) -> tuple[Message, Message]:
        formats, translate = Formats(to.language, site.time_zone), sentences(to.language)

        def moment(instant: datetime) -> str:
            joined = message("{day} at {time}", day=formats.day(instant), time=formats.time(instant))
            return joined.render(translate)

        return (
            message("“{name}”: nothing was done for some hours", name=name),
            message(
                "What carries contributions and brings the pages of “{name}” up to date (assises refresh) came too"
                " late: it was due {since}, and ran {now}. It has made up for everything, and nothing is lost.\n\n"
                "Whoever runs the site should look at its schedule.\n",
                name=name,
                since=moment(since),
                now=moment(now),
            ),
        )

    return _to_all(store, site, written)


def were_told(store: Store) -> bool:
    """Tell whether moderators know of pages that are not brought up to date.

    Raises:
        StoreError: the store cannot be read.
    """
    return store.read().exists(ALARMS)


def remember(store: Store, now: datetime, *, told: bool) -> None:
    """Note in the store whether they know, so that any machine finds it.

    Raises:
        StoreError: the store cannot be read or written.
    """
    if told != were_told(store):
        data = canonical.encode({"format": 1, "pages": now.isoformat()}) if told else None
        store.commit(RUNNER, "Tell of the pages", now, lambda _: {ALARMS: data})


def _to_all(store: Store, site: Settings, written: Written) -> tuple[Letter, ...]:
    return tuple(_letter(to, site, written) for to in _readers(store, site))


def _readers(store: Store, site: Settings) -> Sequence[Moderator]:
    try:
        told = [one for one in moderators(store.read()) if one.mail != "none"]
    except StoreError:  # it may be the store that nothing gets through to
        told = []
    return told or [Moderator(site.organiser.email, "", language=site.languages[0])]


def _letter(to: Moderator, site: Settings, written: Written) -> Letter:
    translate, name = sentences(to.language), site.name.get(to.language)
    subject, text = written(to, name)
    return Letter(to.email, subject.render(translate), text.render(translate), to.language, name)
