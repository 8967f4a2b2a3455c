"""site.yaml → Settings, or every problem of the file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from assises import scalars, tree
from assises.contribution import is_language
from assises.problems import NOTHING, ContentError, Location, Message, Problem, message
from assises.scalars import RefusedError, shown
from assises.schema import Context, read_values
from assises.settings import Colours, Inbox, Look, Participation, Phase, Procedure, Settings, Storage
from assises.source import is_inside, read_text, sorted_problems

SITE = PurePosixPath("site.yaml")
LONGEST = 20_000
"""What `participation.max_length` may be at most: a form's text stays far below the intake's limit."""

Finding = tuple[str, Message, Message]
"""The path of the key that is wrong, what is wrong with it, and how to mend it."""

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def load_settings(root: Path) -> tuple[Settings | None, list[Problem]]:
    """Return what site.yaml says, or None; and every problem, in the file's order."""
    try:
        text = read_text(root, SITE)
    except ContentError as error:
        return None, [_missing(problem) for problem in error.problems]
    node, problems = tree.parse(text, SITE)
    if node is None and problems:
        return None, problems
    context = _context(root, node, problems)
    values = read_values(node, Settings, context=context)
    for key, what, mend in _findings(values):
        context.add(context.places.get(key, context.start), what, mend)
    if context.problems:
        return None, sorted_problems(context.problems)
    return _with_final_slashes(Settings(**values)), []


def _missing(problem: Problem) -> Problem:
    mend = message("Go to the folder that holds site.yaml, or name it after the command.")
    return replace(problem, mend=problem.mend if problem.mend.text else mend)


def _context(root: Path, node: tree.Node | None, problems: list[Problem]) -> Context:
    """Return what reading the file needs; languages and time zone are looked up ahead of all other keys."""
    context = Context(
        start=Location(SITE),
        is_file=lambda path: is_inside(root, path) and (root / path).is_file(),
        problems=problems,
    )
    for entry in node.entries if isinstance(node, tree.Mapping) else ():
        match entry:
            case tree.Entry(key="languages", value=tree.Sequence(items=items)):
                languages = tuple(item.text for item in items if isinstance(item, tree.Scalar))
                context = replace(context, languages=languages)
            case tree.Entry(key="time_zone", value=tree.Scalar() as scalar):
                try:
                    context = replace(context, zone=scalars.time_zone(scalar))
                except RefusedError:
                    continue  # reading the key itself tells
    return context


def _with_final_slashes(settings: Settings) -> Settings:
    url, inbox = settings.url.rstrip("/") + "/", settings.inbox.url
    return replace(settings, url=url, inbox=Inbox(url=inbox.rstrip("/") + "/" if inbox else ""))


# --- rules, on the keys that could be read


def _findings(values: Mapping[str, Any]) -> Iterator[Finding]:
    if (id := values.get("id")) and not _NAME.fullmatch(id):
        yield "id", *_bad_name(id)
    yield from _languages(values.get("languages", ("fr",)))
    yield from _addresses(values)
    yield from _phases(values.get("phases", ()))
    match values.get("participation"):
        case Participation() as participation:
            yield from _participation(participation)
    match values.get("theme"):
        case Look() as look:
            yield from _look(look)
    match values.get("store"):
        case Storage() as store:
            yield from _storage(store)


def _languages(languages: tuple[str, ...]) -> Iterator[Finding]:
    if not languages:
        yield (
            "languages",
            message("“{key}” is empty.", key="languages"),
            message("Name one at least, such as “fr”."),
        )
    for index, language in enumerate(languages):
        if not is_language(language):
            what = message("“{language}” is not a language tag.", language=shown(language))
            yield f"languages.{index}", what, message("Write “fr”, “en” or “pt-BR”.")
    yield from _once("languages", "", languages)


def _addresses(values: Mapping[str, Any]) -> Iterator[Finding]:
    organiser, procedure, inbox = (values.get(key) for key in ("organiser", "procedure", "inbox"))
    urls = {"url": values.get("url", ""), "organiser.url": getattr(organiser, "url", "")}
    urls["inbox.url"] = getattr(inbox, "url", "")
    if isinstance(procedure, Procedure) and procedure.decision:
        urls["procedure.decision.url"] = procedure.decision.url
    for key, url in urls.items():
        if url and not _is_url(url):
            what = message("“{value}” is not a web address.", value=shown(url))
            yield key, what, message("Write it in full, such as “https://www.ville.fr/”.")
        elif key in ("url", "inbox.url") and ("?" in url or "#" in url):
            yield (
                key,
                message("An address with “?” or “#” cannot hold a site."),
                message("Leave out what follows it."),
            )
    email = getattr(organiser, "email", "")
    if email and not _EMAIL.fullmatch(email):
        what = message("“{value}” is not an e-mail address.", value=shown(email))
        yield "organiser.email", what, message("Write one address, such as “concertation@ville.fr”.")


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", url)
    except ValueError:
        return False


def _phases(phases: tuple[Phase, ...]) -> Iterator[Finding]:
    yield from _names("phases", [phase.id for phase in phases])
    for index, phase in enumerate(phases):
        if phase.closes <= phase.opens:
            what = message("The phase “{id}” closes before it opens.", id=phase.id)
            yield f"phases.{index}.closes", what, NOTHING
    in_time = sorted(enumerate(phases), key=lambda item: item[1].opens)
    for (_, before), (index, after) in pairwise(in_time):
        if after.opens < before.closes:
            what = message(
                "The phase “{id}” opens before “{before}” is closed.", id=after.id, before=before.id
            )
            yield f"phases.{index}.opens", what, message("Only one phase can be under way at a time.")


def _participation(participation: Participation) -> Iterator[Finding]:
    yield from _names("participation.rules", [rule.id for rule in participation.rules])
    if not 100 <= participation.max_length <= LONGEST:
        what = message(
            "A contribution’s length is between {least} and {most} characters.", least=100, most=LONGEST
        )
        yield "participation.max_length", what, message("5000 is a good choice: some two pages.")


def _look(look: Look) -> Iterator[Finding]:
    if not _NAME.fullmatch(look.name):
        yield "theme.name", *_bad_name(look.name)
    for key in Colours.__dataclass_fields__:
        colour = getattr(look.colours, key)
        if not _COLOUR.fullmatch(colour):
            what = message("“{value}” is not a colour.", value=shown(colour))
            mend = message('Write “#”, then six digits from 0 to f, in quotes: "#1d4e89".')
            yield f"theme.colours.{key}", what, mend
    if look.logo and look.logo.suffix.lower() not in (".svg", ".png"):
        yield "theme.logo", message("The logo is neither an SVG nor a PNG file."), NOTHING


def _storage(store: Storage) -> Iterator[Finding]:
    for key in Storage.__dataclass_fields__:
        parts = PurePosixPath(getattr(store, key)).parts
        if not parts or parts[0] in ("content", "themes"):
            what = message(
                "“{value}” is no safe place: its files could be published.", value=shown("/".join(parts))
            )
            yield f"store.{key}", what, message("Leave this key out, or choose a folder beside “content”.")


def _names(key: str, names: list[str]) -> Iterator[Finding]:
    for index, name in enumerate(names):
        if not _NAME.fullmatch(name):
            yield f"{key}.{index}.id", *_bad_name(name)
    yield from _once(key, ".id", names)


def _bad_name(name: str) -> tuple[Message, Message]:
    return (
        message("“{value}” is not a short name.", value=shown(name)),
        message("Use small letters without accents, digits and hyphens, such as “rencontres-2017”."),
    )


def _once(key: str, within: str, names: Iterable[str]) -> Iterator[Finding]:
    seen: Counter[str] = Counter()
    for index, name in enumerate(names):
        if seen[name]:
            what = message("“{value}” stands in this list twice.", value=shown(name))
            yield f"{key}.{index}{within}", what, message("Give each entry a name of its own.")
        seen[name] += 1
