"""The sheets that a data-protection officer needs, filled in as far as a site knows itself. Pure.

The register's sheet has the fields of the CNIL's simplified register (GDPR, art. 30); what only the organiser knows
is marked. Whether an impact assessment is due is another sheet: `impact`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assises.countries import is_in_europe
from assises.problems import NOTHING, Message, message
from assises.schema import LocalisedText
from assises.settings import Settings
from assises.site import Site

OPEN = message("[to be completed by the organiser]")
"""What stands where only the organiser knows."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a sheet."""

    part: Message
    """The part of the sheet that it stands in."""

    field: Message
    """What is asked."""

    content: Message
    """What the site knows of it."""

    kept: Message = NOTHING
    """How long, for a kind of data; what the organiser decides, for a question."""


def register(site: Site, language: str) -> tuple[Row, ...]:
    """Return the consultation's sheet for the register of processing, in a language."""
    return (
        *_description(site, language),
        *_purposes(),
        *_security(site.settings, language),
        *_data(site.settings, language),
        *_persons(),
        *_recipients(site.settings, language),
        *_transfers(site.settings, language),
    )


def said(words: object) -> Message:
    """Return what stands in the site's own words, or the mark where there are none."""
    return Message("{words}", {"words": words}) if words else OPEN


def _description(site: Site, language: str) -> Iterator[Row]:
    settings = site.settings
    what, who = message("The processing"), message("Who")
    organiser, begins = settings.organiser, settings.phases[0].opens if settings.phases else None
    reach = (_in(organiser.name, settings, language), organiser.address, organiser.email, organiser.phone)
    yield Row(what, message("Name"), said(_in(settings.name, settings, language)))
    yield Row(what, message("Reference"), said(settings.lasting_id))
    yield Row(
        what, message("Created on"), said(begins and begins.astimezone(settings.time_zone).date().isoformat())
    )
    yield Row(what, message("Updated on"), said(site.now.astimezone(settings.time_zone).date().isoformat()))
    yield Row(who, message("Controller"), said(", ".join(part.replace("\n", ", ") for part in reach if part)))
    yield Row(who, message("Data-protection officer"), said(settings.legal.data_protection))
    yield Row(who, message("Representative in the European Union"), message("None: the organiser is in it."))
    yield Row(who, message("Joint controllers"), OPEN)


def _purposes() -> Iterator[Row]:
    part = message("Purposes")
    yield Row(part, message("Main purpose"), message("To hold a public consultation and to account for it."))
    for purpose in (
        message("To receive contributions, to read them by the charter, and to publish them."),
        message("To analyse what residents say, and to answer."),
        message("To prove that each contribution was counted (public ledger, receipts)."),
    ):
        yield Row(part, message("Further purpose"), purpose)
    basis = message("Task in the public interest: GDPR, article 6, paragraph 1, point e.")
    yield Row(part, message("Legal basis"), basis)


def _security(settings: Settings, language: str) -> Iterator[Row]:
    part = message("Security")
    for field, measure in (
        (message("Access"), message("The intake holds no key that reads; moderators sign in by a link of short life.")),
        (message("Traces"), message("Each decision is dated and kept with its rule, in a store under version control.")),
        (message("Integrity"), message("Signed receipts, a ledger chained by fingerprints, public verification.")),
        (message("Minimisation"), message("No account, no cookie for the public, no measuring of visits.")),
    ):  # fmt: skip
        yield Row(part, field, measure)
    if settings.participation.private.email or settings.participation.private.address:
        sealed = message(
            "E-mail and network addresses are sealed to the month’s key, which is destroyed at its end."
        )
        yield Row(part, message("Encryption"), sealed)
    yield Row(
        part, message("The organiser’s own measures"), said(_in(settings.legal.security, settings, language))
    )


def _data(settings: Settings, language: str) -> Iterator[Row]:
    part, asked = message("Data"), settings.participation
    kept = said(_in(asked.retention, settings, language))
    if asked.author != "none":
        name = message("The name to show, which may be a pseudonym")
        yield Row(part, message("Identity"), name, kept)
    yield Row(
        part,
        message("Personal life"),
        message("What residents write of their own accord: text, position, ticks"),
        kept,
    )
    yield Row(
        part, message("Technical"), message("Instant, page, language, channel, number, fingerprint"), kept
    )
    yield Row(part, message("Moderation"), message("Decision, rule, reason, name of the moderator"), kept)
    months = message("{count} months after that in which it was received", count=asked.private.months)
    if asked.private.email:
        mail = message("E-mail address, where a resident gives one to be told of what becomes of it")
        yield Row(part, message("Contact"), mail, months)
    if asked.private.address:
        address = message("Network address of a contribution, for judicial requests")
        yield Row(part, message("Connection"), address, months)
    logs = said(_in(settings.legal.host.logs, settings, language))
    yield Row(part, message("Connection"), message("What the host of the pages records by itself"), logs)
    for item in settings.legal.retention:
        period = said(_in(item.period, settings, language))
        yield Row(part, message("Other"), said(_in(item.what, settings, language)), period)
    sensitive = message(
        "Not asked for; a free text may reveal political opinions, religion or health (art. 9). The form says so, and "
        "the charter withholds what is said of others."
    )
    yield Row(part, message("Sensitive data"), sensitive, kept)


def _persons() -> Iterator[Row]:
    part = message("Persons")
    yield Row(part, message("Concerned"), message("Residents who contribute, on the site or otherwise"))
    yield Row(part, message("Concerned"), message("Persons whom they name, whom moderation protects"))
    yield Row(part, message("Concerned"), message("Moderators and people in charge"))


def _recipients(settings: Settings, language: str) -> Iterator[Row]:
    part, legal = message("Recipients"), settings.legal
    yield Row(part, message("Everybody"), message("What is published, and the ledger"))
    yield Row(part, message("Within the organisation"), message("Moderators, and the services that answer"))
    host = (legal.host.name, _in(legal.host.country, settings, language))
    yield Row(part, message("Processor: hosting"), said(", ".join(filter(None, host))))
    for processor in legal.processors:
        facts = (
            processor.name,
            _in(processor.purpose, settings, language),
            _in(processor.country, settings, language),
        )
        yield Row(part, message("Processor"), said(", ".join(filter(None, facts))))


def _transfers(settings: Settings, language: str) -> Iterator[Row]:
    part, legal = message("Transfers out of the European Union"), settings.legal
    host = legal.host
    handlers = [(host.name, host.country, host.safeguards)]
    handlers += [(one.name, one.country, one.safeguards) for one in legal.processors]
    abroad = [one for one in handlers if is_in_europe(_in(one[1], settings, language)) is not True]
    for name, country, safeguards in abroad:
        where = _in(country, settings, language)
        yield Row(part, said(name), said(where), said(_in(safeguards, settings, language)))
    if not abroad:
        yield Row(part, message("Transfers"), message("None"))


def _in(text: LocalisedText, settings: Settings, language: str) -> str:
    return text.get(language, *settings.languages)
