"""The letter that tells moderators that contributions do not get through to the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assises.catalogues import sentences
from assises.mail import Letter
from assises.moderators import Moderator, moderators
from assises.problems import message
from assises.settings import Settings
from assises.store import Store, StoreError
from assises.waiting import Waiting


def letters(store: Store, site: Settings, late: Sequence[Waiting]) -> tuple[Letter, ...]:
    """Return a letter for each moderator who gets mail; for the organiser, where the store names none."""
    try:
        told = [one for one in moderators(store.read()) if one.mail != "none"]
    except StoreError:  # it may be the store that nothing gets through to
        told = []
    fallback = Moderator(site.organiser.email, "", language=site.languages[0])
    return tuple(_letter(one, site, late) for one in told or [fallback])


def _letter(to: Moderator, site: Settings, late: Sequence[Waiting]) -> Letter:
    translate = sentences(to.language)
    name = site.name.get(to.language)
    facts: Mapping[str, object] = {
        "name": name,
        "storages": "\n".join(f"    {waiting.place}\n    {waiting.trouble}" for waiting in late),
    }
    text = message(
        "For more than two hours, nothing has got through to “{name}” from where contributions are received. What is"
        " received there is kept, and will be carried as soon as that works again.\n\n"
        "Whoever runs the site should look at:\n\n{storages}\n\n"
        "This is told once, until it works again.\n",
        **facts,
    )
    subject = message("“{name}”: contributions have been waiting for two hours", name=name)
    return Letter(to.email, subject.render(translate), text.render(translate), to.language, to.name)
