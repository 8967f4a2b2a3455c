"""A small consultation that ships with the themes, so that a designer sees every component with something in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

from assises.catalogues import sentences
from assises.contribution import Contribution, identified
from assises.keys import Key
from assises.ledger import Event, Ledger, chain
from assises.legal_pages import with_legal_pages
from assises.load import read_site
from assises.problems import ContentError, hinders
from assises.runner import imported
from assises.settings import Look
from assises.site import Site
from assises.source import read_files
from assises.store import Fate, Record

NOW = datetime(2017, 11, 20, 20, 15, tzinfo=ZoneInfo("Europe/Paris"))
"""The sample's evening, in the middle of its contributions."""

URL = "https://sample.invalid/"
SURVEY = "questions/market"
DRAFT = "texts/charter"
_FORMER = "p-00000000"
"""A passage of the draft that was changed since somebody spoke to it."""

_KEY = Key(bytes(32))
"""Makes the sample's ids, and nothing else."""


def sample(look: Look) -> tuple[Site, dict[PurePosixPath, bytes]]:
    """Return the sample consultation, in colours, and its files by path; a logo has to be added to these."""
    with as_file(files("assises_themes") / "sample") as root:
        settings, content, problems = read_site(root)
        if hinders(problems):
            raise ContentError(problems)
        found = read_files(root, content.files)
    settings = replace(settings, theme=look, url=URL)
    content = with_legal_pages(content, {tag: sentences(tag) for tag in settings.languages})
    fates = sorted(_said(tuple(imported(content.statements, _KEY, NOW))), key=lambda pair: pair[0].id)
    records = tuple(Record(fate, said) for said, fate in fates)
    quoted = {_FORMER: "Chaque habitant a droit à un toit."}
    return Site(settings, content, records, _ledger(fates), NOW, quoted=quoted), dict(found)


def _said(statements: tuple[Contribution, ...]) -> Iterator[tuple[Contribution, Fate]]:
    """Yield contributions of every kind and fate: what can only be received, and not imported, is made here."""
    secret = _KEY.derive("sample")
    for said in statements:
        yield said, "published"
    model = statements[0]
    withheld = identified(replace(model, of="topics/youth", form="topics/youth:comment", text="…"), secret)
    yield withheld, "withheld"
    reply = replace(model, of=withheld.id, form="topics/youth:comment", text="Je ne suis pas de cet avis.")
    yield identified(reply, secret), "published"
    former = replace(
        model, of=DRAFT, form=f"{DRAFT}:comment", passage=_FORMER, text="« Un toit » suffit-il ?"
    )
    yield identified(former, secret), "published"
    first = next(said for said in statements if said.kind == "proposal")
    support = replace(
        model, kind="support", of=first.id, form=f"{first.page}:support", channel="web", text=""
    )
    for number in range(3):
        yield identified(replace(support, time=model.time.replace(second=number)), secret), "published"
    for number in range(40):
        yield identified(_survey(model, number), secret), "published"


def _survey(model: Contribution, number: int) -> Contribution:
    days = (("saturday",), ("saturday", "wednesday"), ("wednesday",))[number % 3]
    answers = (
        ("days", days),
        ("ease", (str(1 + number % 5),)),
        ("way", (("foot", "foot", "bike", "car")[number % 4],)),
        ("wish", ("Des bancs.",)),
    )
    time = model.time.replace(minute=number)
    form = f"{SURVEY}:survey"
    return replace(
        model, kind="survey", of=SURVEY, form=form, channel="web", text="", answers=answers, time=time
    )


def _ledger(fates: list[tuple[Contribution, Fate]]) -> Ledger:
    events = [Event("received", said.id, said.digest(), said.channel) for said, _ in fates]
    events += [Event("withheld" if fate == "withheld" else "published", said.id) for said, fate in fates]
    return Ledger(tuple(chain(events, None, NOW)))
