"""What one has to know to begin a consultation's site: asked, given as options, or read from a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Literal

from assises import tree
from assises.problems import ContentError, Location, Message, Problem, message
from assises.schema import Context, read
from assises.source import read_text

SCAFFOLDS = ("fr", "en")
"""Languages that a new consultation can be written in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The answers to `QUESTIONS`, in their order; what is empty is still to be filled in, as `assises check` says.

    Nobody is asked for what `assises install` derives: web server, certificate, and who keeps the programs running.
    """

    name: str = ""
    tagline: str = ""
    town: str = ""
    address: str = ""
    email: str = ""
    phone: str = ""
    url: str = ""
    kind: Literal["assises", "concertation", "ideas", "survey", "draft"] = "assises"
    decision: str = ""
    decision_date: date | None = None
    decision_number: str = ""
    objectives: str = ""
    decided_by: str = ""
    open: str = ""
    not_open: str = ""
    opens: date | None = None
    closes: date | None = None
    moderation: Literal["before", "after"] = "before"
    director: str = ""
    host: str = ""
    host_address: str = ""
    host_phone: str = ""
    data_protection: str = ""
    project: str = ""
    logs: str = ""
    accessibility_plan: str = ""
    accessibility_year: str = ""
    venue: str = ""
    venue_address: str = ""
    venue_access: str = ""
    accent: str = ""
    logo: str = ""
    moderators: str = ""
    deploy: str = ""
    inbox: str = ""
    web: Literal["", "caddy", "nginx", "none"] = ""
    certificate: str = ""
    certificate_key: str = ""
    kept_by: Literal["", "systemd", "systemd-user", "cron"] = ""
    language: Literal["fr", "en"] = "fr"
    places: dict[str, Location] = field(default_factory=dict, metadata={"given": True})
    """Where each answer stands in its file."""


QUESTIONS: Mapping[str, Message] = MappingProxyType(
    {
        "name": message("How is the consultation called?"),
        "tagline": message("What is it about, in one sentence?"),
        "town": message("Who holds it?"),
        "address": message("What is the postal address?"),
        "email": message("Where can residents write by e-mail?"),
        "phone": message("Which telephone number can they call?"),
        "url": message("At which address will the site be (https://…)?"),
        "kind": message("What kind of consultation is it?"),
        "decision": message("By which act was it opened (such as “Délibération du conseil municipal”)?"),
        "decision_date": message("On which day was this act adopted?"),
        "decision_number": message("Which number does it have?"),
        "objectives": message("What is the concertation for?"),
        "decided_by": message("Who decides in the end?"),
        "open": message("What can residents’ words change?"),
        "not_open": message("What is not under discussion, and why?"),
        "opens": message("From which day on can residents contribute?"),
        "closes": message("Until which day?"),
        "moderation": message(
            "Are contributions read before they appear, or after? Reading before makes the town answer for them."
        ),
        "director": message("Who is the director of publication (by default the mayor)?"),
        "host": message("Who hosts the site?"),
        "host_address": message("What is the host’s postal address?"),
        "host_phone": message("What is the host’s telephone number?"),
        "data_protection": message("Where can one reach the data-protection officer?"),
        "project": message("What is planned or drafted, in a few sentences?"),
        "logs": message("What does the host record of visits, and for how long?"),
        "accessibility_plan": message("At which address is the town’s accessibility plan of several years?"),
        "accessibility_year": message("At which address is its plan for this year?"),
        "venue": message("In which room are the meetings held?"),
        "venue_address": message("What is the room’s address?"),
        "venue_access": message("How does one get there and in, with a disability too?"),
        "accent": message("Which colour is the town’s (such as #1d4e89)?"),
        "logo": message("Which file is its logo (SVG or PNG)?"),
        "moderators": message(
            "Who moderates (addresses like Anne Martin <anne@ville.fr>, parted by commas)?"
        ),
        "deploy": message("Where do the pages go (such as sftp://ville@hebergeur.fr/~/www)?"),
        "inbox": message("At which address do contributions arrive, if not below the site?"),
        "language": message("In which language is the site written?"),
    }
)
"""What a person is asked, by the answer's name."""

NAMES = tuple(QUESTIONS)

TO_LAUNCH = frozenset(
    {
        "project", "logs", "accessibility_plan", "accessibility_year", "venue", "venue_address", "venue_access",
        "accent", "logo", "moderators", "deploy", "inbox",
    }
)  # fmt: skip
"""What has to be known before residents read the site, and can wait until then."""


def read_answers(path: Path) -> Answers:
    """Return the answers of a file in YAML.

    Raises:
        ContentError: with every problem of the file.
    """
    place = PurePosixPath(path.name)
    node, problems = tree.parse(read_text(path.parent, place), place)
    context = Context(start=Location(place), problems=problems)
    answers = read(node, Answers, context=context) if node is not None else Answers()
    if answers is None or context.problems:
        raise ContentError(context.problems)
    return replace(answers, places=context.places)


def completed(answers: Answers, today: date) -> Answers:
    """Return the answers with dates: from a Monday in two weeks at least, for six weeks, unless they are said."""
    opens = answers.opens or today + timedelta(days=14 + (-today.weekday()) % 7)
    closes = answers.closes or opens + timedelta(days=41)
    return replace(answers, opens=opens, closes=closes)


def answer_problems(answers: Answers) -> list[Problem]:
    """Return what is wrong with answers taken together."""
    found: list[tuple[str, Message, Message]] = []
    if answers.opens and answers.closes and answers.closes < answers.opens:
        found.append(
            ("closes", message("Contributions close before they open."), message("See which day is right."))
        )
    return [
        Problem(answers.places.get(key, Location(PurePosixPath(key))), what, mend)
        for key, what, mend in found
    ]
