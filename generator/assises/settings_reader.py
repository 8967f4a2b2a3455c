"""site.yaml → Settings, or every problem of the file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from assises import scalars, tree
from assises.contribution import is_language
from assises.problems import NOTHING, ContentError, Location, Message, Problem, hinders, message
from assises.scalars import RefusedError, did_you_mean, shown
from assises.schema import Context, LocalisedText, read_values
from assises.settings import (
    Colours,
    District,
    Host,
    Legal,
    Look,
    NamedVenue,
    Organiser,
    Participation,
    Phase,
    Private,
    Procedure,
    Settings,
    Storage,
    Venue,
    Witnesses,
)
from assises.source import files_below, is_inside, read_text, sorted_problems

SITE = PurePosixPath("site.yaml")
LONGEST = 20_000
"""What `participation.max_length` may be at most: a form's text stays far below the intake's limit."""

LONGEST_PRIVATE = 60
"""What `participation.private.months` may be at most."""

_EDIT_URL = "https://github.com/ville/assises/edit/main/{path}"

_BASIS = "CRPA, art. L131-1"
_BASES = {"concertation": "Code de l’urbanisme, art. L103-2"}
"""The text that a consultation is held under, by its kind."""

Finding = tuple[str, Message, Message]
"""The path of the key that is wrong, what is wrong with it, and how to mend it."""

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class Outline:
    """What site.yaml says as far as it can be read, so that content/ can be read beside it."""

    settings: Settings
    """With something neutral in place of what cannot be read."""

    problems: list[Problem]
    """Every problem, in the file's order."""

    unread: frozenset[str] = frozenset()
    """Keys that stand there and could not be read: nothing that refers to them is wrong for that."""


def load_settings(root: Path) -> tuple[Settings | None, list[Problem]]:
    """Return what site.yaml says, or None where anything is wrong; and every problem, in the file's order."""
    outline = read_outline(root)
    return None if hinders(outline.problems) else outline.settings, outline.problems


def read_outline(root: Path) -> Outline:
    """Return what site.yaml says, whatever is wrong with it."""
    try:
        text = read_text(root, SITE)
    except ContentError as error:
        return _nothing(root, [_missing(problem) for problem in error.problems])
    node, problems = tree.parse(text, SITE)
    if not isinstance(node, tree.Mapping) and problems:
        return _nothing(root, problems)
    context = _context(root, node, problems)
    values = read_values(node, Settings, context=context)
    for key, what, mend in _findings(values):
        context.add(context.places.get(key, context.start), what, mend)
        values = {name: value for name, value in values.items() if name != key.partition(".")[0]}
    entries = node.entries if isinstance(node, tree.Mapping) else ()
    unread = frozenset(entry.key for entry in entries) - values.keys()
    languages = tuple(dict.fromkeys(filter(is_language, context.languages))) or ("fr",)
    stand_ins = {**_STAND_INS, "languages": languages, "time_zone": context.zone}
    settings = Settings(**{**stand_ins, **values, "places": context.places})
    return Outline(_completed(settings), sorted_problems(context.problems), unread)


_STAND_INS: Mapping[str, Any] = {
    "format": 1,
    "name": LocalisedText("…"),
    "url": "https://site.invalid/",
    "organiser": Organiser(name=LocalisedText("…"), address="…", email="…"),
    "legal": Legal(host=Host(name="…", address="…"), data_protection="…"),
}
"""What stands in for required keys that cannot be read; nothing is ever built with it."""


def _nothing(root: Path, problems: list[Problem]) -> Outline:
    """Return an outline for a file that tells nothing; languages are those that content/ seems to be in."""
    names = (path.name.split(".") for path in files_below(root, "content") if path.suffix == ".md")
    found = dict.fromkeys(parts[1] for parts in names if len(parts) == 3 and is_language(parts[1]))
    languages = ("fr", *(tag for tag in found if tag != "fr"))
    unread = frozenset(item.name for item in fields(Settings))
    return Outline(Settings(**{**_STAND_INS, "languages": languages}), problems, unread)


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
                context = replace(context, languages=languages or context.languages)
            case tree.Entry(key="time_zone", value=tree.Scalar() as scalar):
                try:
                    context = replace(context, zone=scalars.time_zone(scalar))
                except RefusedError:
                    continue  # reading the key itself tells
    return context


def _completed(settings: Settings) -> Settings:
    """Return the settings with addresses that end in a slash, and the legal basis that its kind has."""
    inbox, procedure, preview = settings.inbox.url, settings.procedure, settings.deploy.preview_url
    basis = _BASES.get(procedure.kind, _BASIS) if settings.consults else ""
    return replace(
        settings,
        procedure=replace(procedure, legal_basis=procedure.legal_basis or basis),
        url=settings.url.rstrip("/") + "/",
        inbox=replace(settings.inbox, url=inbox.rstrip("/") + "/" if inbox else ""),
        deploy=replace(settings.deploy, preview_url=preview.rstrip("/") + "/" if preview else ""),
    )


# --- rules, on the keys that could be read


def _findings(values: Mapping[str, Any]) -> Iterator[Finding]:
    if (id := values.get("id")) and not _NAME.fullmatch(id):
        yield "id", *_bad_name(id)
    yield from _languages(values.get("languages", ("fr",)))
    yield from _addresses(values)
    yield from _phases(values.get("phases", ()))
    yield from _names("districts", [district.id for district in values.get("districts", ())])
    yield from _venues(values.get("venues", ()), values.get("districts", ()))
    match values.get("participation"):
        case Participation() as participation:
            yield from _participation(participation)
            yield from _private(participation.private)
    match values.get("theme"):
        case Look() as look:
            yield from _look(look)
    match values.get("store"):
        case Storage() as store:
            yield from _storage(store)
    match values.get("witnesses"):
        case Witnesses() as witnesses:
            yield from _witnesses(witnesses)


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
    organiser, procedure, inbox, deploy = (
        values.get(key) for key in ("organiser", "procedure", "inbox", "deploy")
    )
    urls = {"url": values.get("url", ""), "organiser.url": getattr(organiser, "url", "")}
    urls["inbox.url"] = getattr(inbox, "url", "")
    urls["deploy.preview_url"] = getattr(deploy, "preview_url", "")
    if isinstance(procedure, Procedure) and procedure.decision:
        urls["procedure.decision.url"] = procedure.decision.url
    for key, url in urls.items():
        if url and not _is_url(url):
            what = message("“{value}” is not a web address.", value=shown(url))
            yield key, what, message("Write it in full, such as “https://www.ville.fr/”.")
        elif key in ("url", "inbox.url", "deploy.preview_url") and ("?" in url or "#" in url):
            yield (
                key,
                message("An address with “?” or “#” cannot hold a site."),
                message("Leave out what follows it."),
            )
    edit_url = values.get("edit_url", "")
    if edit_url and ("{path}" not in edit_url or not _is_url(edit_url)):
        what = message("“{value}” does not say where a page’s file is edited.", value=shown(edit_url))
        mend = message("Write it like “{example}”.", example=_EDIT_URL)
        yield "edit_url", what, mend
    email = getattr(organiser, "email", "")
    if email and not is_email(email):
        what = message("“{value}” is not an e-mail address.", value=shown(email))
        yield "organiser.email", what, message("Write one address, such as “concertation@ville.fr”.")


def is_email(text: str) -> bool:
    """Tell whether a text can be one e-mail address."""
    return _EMAIL.fullmatch(text) is not None


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


def _venues(venues: tuple[NamedVenue, ...], districts: tuple[District, ...]) -> Iterator[Finding]:
    yield from _names("venues", [venue.id for venue in venues])
    known = {district.id for district in districts}
    for index, venue in enumerate(venues):
        for key, what, mend in venue_findings(venue, known):
            yield f"venues.{index}.{key}", what, mend


def venue_findings(venue: Venue, districts: Collection[str]) -> Iterator[Finding]:
    """Yield what is wrong with a venue, whether it is named in site.yaml or written out in a meeting."""
    if venue.district and venue.district not in districts:
        what = message(
            "site.yaml names no “{value}” under “{list}”.", value=shown(venue.district), list="districts"
        )
        mend = did_you_mean(venue.district, districts)
        yield "district", what, mend if mend.text else message("Add it there, or take the name out.")
    for key, most in (("latitude", 90), ("longitude", 180)):
        degrees = getattr(venue, key)
        if degrees is not None and abs(degrees) > most:
            what = message("{key}: {value} is no place on Earth.", key=key, value=degrees)
            yield (
                key,
                what,
                message("Degrees go from -{most} to {most}; some maps give longitude first.", most=most),
            )
    if (venue.latitude is None) != (venue.longitude is None):
        key = "latitude" if venue.longitude is None else "longitude"
        what = message("“latitude” and “longitude” only work together.")
        yield key, what, message("Say both, or none.")
    if venue.url and not _is_url(venue.url):
        what = message("“{value}” is not a web address.", value=shown(venue.url))
        yield "url", what, message("Write it in full, such as “https://www.ville.fr/”.")


def _participation(participation: Participation) -> Iterator[Finding]:
    yield from _names("participation.rules", [rule.id for rule in participation.rules])
    if not 100 <= participation.max_length <= LONGEST:
        what = message(
            "A contribution’s length is between {least} and {most} characters.", least=100, most=LONGEST
        )
        yield "participation.max_length", what, message("5000 is a good choice: some two pages.")


def _private(private: Private) -> Iterator[Finding]:
    if not 0 <= private.months <= LONGEST_PRIVATE:
        what = message("Private data are kept for {least} to {most} months.", least=0, most=LONGEST_PRIVATE)
        mend = message("12 is a good choice: until the report, and no longer.")
        yield "participation.private.months", what, mend


def _witnesses(witnesses: Witnesses) -> Iterator[Finding]:
    yield from _names("witnesses.authorities", [authority.id for authority in witnesses.authorities])
    for index, authority in enumerate(witnesses.authorities):
        if not _is_url(authority.url):
            what = message("“{value}” is not a web address.", value=shown(authority.url))
            mend = message("Write it in full, such as “https://www.ville.fr/”.")
            yield f"witnesses.authorities.{index}.url", what, mend
    for index, correspondent in enumerate(witnesses.correspondents):
        if not is_email(correspondent.email):
            what = message("“{value}” is not an e-mail address.", value=shown(correspondent.email))
            mend = message("Write one address, such as “concertation@ville.fr”.")
            yield f"witnesses.correspondents.{index}.email", what, mend


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
