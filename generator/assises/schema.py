"""A tree of located values → an instance of a dataclass; every problem at once, each at its place.

The dataclass is the schema: its fields are the keys, their annotations say what each takes, a field
without a default must be given. Settings, pages and statements are read with these same rules.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from assises import scalars, tree
from assises.problems import NOTHING, Location, Message, Problem, message
from assises.scalars import RefusedError, closest, did_you_mean, shown
from assises.slugs import slug

T = TypeVar("T")

Start = Annotated[datetime, "start"]
"""A day or a day and time in the site's zone; a day alone begins at midnight."""

End = Annotated[datetime, "end"]
"""The same; a day alone lasts to the next midnight."""

Place = Annotated[PurePosixPath, "place"]
"""A file of the site: its path from the site's folder, or from the folder of the file that names it."""

Href = Annotated[str, "href"]
"""Where a link leads: an address of the web, of the site (``/topics/``), or a file beside the one that names it."""


@dataclass(frozen=True, slots=True)
class Known:
    """Marks a value that may be written out, or named by its id where the site says it once for all."""

    where: str
    """The list of site.yaml: ``venues``."""


FRENCH_NAMES: Mapping[str, str] = types.MappingProxyType(
    {
        "titre": "title", "nom": "name", "resume": "summary", "chapo": "summary", "ordre": "order",
        "brouillon": "draft", "publier-le": "publish_at", "publication": "publish_at", "debut": "starts",
        "commence": "starts", "fin": "ends", "lieu": "venue", "salle": "venue", "adresse": "address",
        "acces": "access", "theme": "topic", "themes": "topics", "sujet": "topic", "sujets": "topics",
        "quartier": "district", "quartiers": "districts", "date-de-debut": "starts", "date-de-fin": "ends",
        "ouverture": "opens", "ouvre": "opens", "fermeture": "closes", "ferme": "closes", "statut": "status",
        "etat": "status", "motif": "reason", "raison": "reason", "fonction": "function", "courriel": "email",
        "mail": "email", "e-mail": "email", "telephone": "phone", "tel": "phone", "fichier": "file",
        "documents-lies": "documents", "compte-rendu": "minutes", "inscription": "registration",
        "visio": "online", "en-ligne": "online", "commentaires": "comments", "historique": "history",
        "texte": "text", "organisateur": "organiser", "organizer": "organiser", "langues": "languages",
        "langue": "languages", "fuseau-horaire": "time_zone", "phases-de-la-concertation": "phases",
        "mentions-legales": "legal", "couleurs": "colours", "colors": "colours", "couleur": "accent",
        "hebergeur": "host", "decision": "decision", "deliberation": "decision", "numero": "number",
        "intervenants": "people", "personnes": "people", "alias": "aliases", "portrait": "photo",
        "regles": "rules", "moderation-a-priori": "moderation", "slogan": "tagline", "auteur": "author",
    }
)  # fmt: skip
"""What French writers call some keys, by slug: the formats' words are English, their readers mostly are not."""


FRENCH_VALUES: Mapping[str, str] = types.MappingProxyType(
    {
        "avant": "before", "a-priori": "before", "apres": "after", "a-posteriori": "after", "reunion": "meeting",
        "rencontre": "meeting", "atelier": "workshop", "caravane": "caravan", "permanence": "drop-in",
        "balade": "walk", "promenade": "walk", "prevue": "planned", "prevu": "planned", "annulee": "cancelled",
        "annule": "cancelled", "canceled": "cancelled", "deplacee": "moved", "reportee": "moved",
        "en-cours": "under-way", "tenu": "done", "fait": "done", "realise": "done", "abandonne": "dropped",
        "idees": "ideas", "appel-a-idees": "ideas", "questionnaire": "survey", "sondage": "survey",
        "projet": "draft", "commentaire": "comment", "proposition": "proposal", "reponse": "answer",
        "aucun": "none", "facultatif": "optional", "obligatoire": "required", "partiel": "partial",
        "total": "full", "mentions": "notice", "mentions-legales": "notice", "donnees": "privacy",
        "rgpd": "privacy", "accessibilite": "accessibility", "charte": "charter",
    }
)  # fmt: skip
"""What French writers call some values, by slug."""


@dataclass(frozen=True, slots=True, init=False)
class LocalisedText:
    """A text in one language or several; false where it is empty."""

    texts: tuple[tuple[str, str], ...]
    """Language tag and text; the tag is empty for a text that holds in all languages."""

    def __init__(self, texts: str | Mapping[str, str] = "") -> None:
        by_language = {"": texts} if isinstance(texts, str) else texts
        stated = tuple((language, words) for language, words in by_language.items() if words)
        object.__setattr__(self, "texts", stated)

    def __bool__(self) -> bool:
        return bool(self.texts)

    def get(self, language: str, *fallbacks: str) -> str:
        """Return the text in the first of these languages that it is written in, or else in any."""
        by_language = dict(self.texts)
        wanted = (by_language[tag] for tag in (language, *fallbacks, "") if tag in by_language)
        return next(wanted, self.texts[0][1] if self.texts else "")


def given(**default: Any) -> Any:
    """Return a dataclass field that the loader fills in and no key of the file does."""
    return field(metadata={"given": True}, **default)


def together(default: Callable[[], Any]) -> Any:
    """Return a field that a file either says with all other such fields, or leaves out with them."""
    return field(metadata={"together": True}, default_factory=default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What reading needs to know of the site, and what it finds."""

    start: Location
    """Where the file begins, for what is wrong with all of it."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Paris"))
    languages: tuple[str, ...] = ("fr",)
    is_file: Callable[[PurePosixPath], bool] = lambda _: True
    """Tells whether the site has a file of this path."""

    folder: PurePosixPath = field(default_factory=PurePosixPath)
    """Where the file lies that is read; paths in it may begin there."""

    known: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What values may name by id, by list of site.yaml."""

    problems: list[Problem] = field(default_factory=list)
    places: dict[str, Location] = field(default_factory=dict)
    """Where each value stands, by its path: ``title``, ``phases.2.closes``."""

    def add(self, at: Location, what: Message, mend: Message = NOTHING) -> None:
        """Note a problem."""
        self.problems.append(Problem(at, what, mend))


def read(
    node: tree.Node | None,
    cls: type[T],
    *,
    context: Context,
    given: Mapping[str, Any] = types.MappingProxyType({}),
) -> T | None:
    """Return an instance of `cls`, or None where `context` now holds the reasons why there is none.

    `given` holds the values of the fields that no key fills.
    """
    before = len(context.problems)
    values = read_values(node, cls, context=context)
    return cls(**values, **given) if len(context.problems) == before else None


def read_values(node: tree.Node | None, cls: Any, *, context: Context, path: str = "") -> dict[str, Any]:
    """Return the values that are said and right, by key; `context` now holds what is wrong with others."""
    if not isinstance(node, tree.Mapping):
        at = node.at if node else context.start
        context.add(at, message("Lines such as “key: value” are expected here."))
        return {}
    keys, values, meant = _keys(cls), dict[str, Any](), set[str]()
    for entry in node.entries:
        if entry.key not in keys:
            meant.add(_unknown(entry, keys, context))
        elif not _is_null(entry.value):
            where = f"{path}{entry.key}"
            context.places[where] = entry.value.at
            value = _try(entry.value, keys[entry.key].type, where, context)
            if value in ("", (), LocalisedText()) and (keys[entry.key].required or keys[entry.key].together):
                context.add(entry.value.at, message("“{key}” is empty.", key=entry.key))
            elif value is not None:
                values[entry.key] = value
    _miss(node, keys, meant, context)
    return values


def _unknown(entry: tree.Entry, keys: Collection[str], context: Context) -> str:
    """Note a key that does not exist, and return the one that is probably meant."""
    what = message("“{key}” is not known here.", key=shown(entry.key))
    french = FRENCH_NAMES.get(slug(entry.key), "")
    guess = french if french in keys else closest(entry.key, keys)
    mend = message("Did you mean “{guess}”?", guess=guess) if guess else did_you_mean(entry.key, keys)
    context.add(entry.at, what, mend)
    return guess


@dataclass(frozen=True, slots=True)
class _Key:
    type: Any
    required: bool
    together: bool
    """Required where another such key is there."""


@functools.cache
def _keys(cls: Any) -> dict[str, _Key]:
    annotations = get_type_hints(cls, include_extras=True)
    return {
        item.name: _Key(
            annotations[item.name],
            item.default is MISSING and item.default_factory is MISSING,
            bool(item.metadata.get("together")),
        )
        for item in fields(cls)
        if not item.metadata.get("given")
    }


def _miss(node: tree.Mapping, keys: Mapping[str, _Key], meant: Collection[str], context: Context) -> None:
    """Note each required key that is not there; one that is but misspelt has been told already."""
    stated = {entry.key: entry for entry in node.entries}
    bound = any(key.together and (name in stated or name in meant) for name, key in keys.items())
    for name, key in keys.items():
        if name not in stated and name in meant:
            continue
        required = key.required or (key.together and bound)
        if required and name not in stated:
            mend = message("Add a line “{key}: …”.", key=name)
            context.add(node.at, message("“{key}” is missing.", key=name), mend)
        elif required and _is_null(stated[name].value):
            context.add(stated[name].at, message("“{key}” is empty.", key=name))


def _is_null(node: tree.Node) -> bool:
    return isinstance(node, tree.Scalar) and node.kind == "null"


def _try(node: tree.Node, type: Any, where: str, context: Context) -> Any:
    """Return the value, or None with the reason in `context`."""
    try:
        return _value(node, type, where, context)
    except RefusedError as refused:
        context.add(node.at, refused.what, refused.mend)
        return None


def _value(node: tree.Node, type: Any, where: str, context: Context) -> Any:
    if _is_null(node):
        raise RefusedError(message("This entry of the list is empty."))
    origin, arguments = get_origin(type), get_args(type)
    if origin in (Union, types.UnionType):
        return _value(node, arguments[0], where, context)
    if origin is Annotated and isinstance(arguments[1], Known):
        return _known(node, type, where, context)
    if origin is tuple:
        return _items(node, arguments[0], where, context)
    if isinstance(node, tree.Mapping) and type is LocalisedText:
        return _by_language(node, context)
    if is_dataclass(type) and type is not LocalisedText:
        return _instance(node, type, where, context)
    return _scalar(node, type, where, context)


def _scalar(node: tree.Node, type: Any, where: str, context: Context) -> Any:
    if not isinstance(node, tree.Scalar):
        key = where.rpartition(".")[2]
        raise RefusedError(message("“{key}” takes one value, not a list or a group.", key=key))
    if get_origin(type) is Literal:
        return _choice(node, get_args(type))
    return _SCALARS[type](node, context)


def _known(node: tree.Node, type: Any, where: str, context: Context) -> Any:
    cls, known = get_args(type)
    if not isinstance(node, tree.Scalar):
        return _instance(node, cls, where, context)
    id, values = scalars.text(node), context.known.get(known.where)
    if values is None:
        return cls(name=id)  # the list itself could not be read: what names it is not wrong for that
    if id not in values:
        what = message("site.yaml names no “{value}” under “{list}”.", value=shown(id), list=known.where)
        mend = did_you_mean(id, values)
        write = message("Add it there, or write it out here, key by key.")
        raise RefusedError(what, mend if mend.text else write)
    return values[id]


def _items(node: tree.Node, type: Any, where: str, context: Context) -> tuple[Any, ...] | None:
    if not isinstance(node, tree.Sequence):
        key = where.rpartition(".")[2]
        mend = message("Put each entry on a line of its own, after “- ”.")
        if isinstance(node, tree.Scalar):
            mend = message("Write “{key}: [{value}]”.", key=key, value=shown(node.text))
        raise RefusedError(message("“{key}” takes a list.", key=key), mend)
    values = []
    for index, item in enumerate(node.items):
        context.places[f"{where}.{index}"] = item.at
        values.append(_try(item, type, f"{where}.{index}", context))
    return None if None in values else tuple(values)


def _instance(node: tree.Node, type: Any, where: str, context: Context) -> Any:
    before = len(context.problems)
    values = read_values(node, type, context=context, path=f"{where}.")
    return type(**values) if len(context.problems) == before else None


def _by_language(node: tree.Mapping, context: Context) -> LocalisedText | None:
    before, texts = len(context.problems), {}
    for entry in node.entries:
        if entry.key not in context.languages:
            what = message("“{language}” is not a language of this site.", language=shown(entry.key))
            context.add(entry.at, what, did_you_mean(entry.key, context.languages))
        elif not isinstance(entry.value, tree.Scalar):
            context.add(
                entry.value.at, message("“{key}” takes one value, not a list or a group.", key=entry.key)
            )
        else:
            texts[entry.key] = _try(entry.value, str, "", context) or ""
    return LocalisedText(texts) if len(context.problems) == before else None


def _choice(scalar: tree.Scalar, choices: tuple[Any, ...]) -> Any:
    words = {str(choice): choice for choice in choices}
    word = scalars.text(scalar)
    if word not in words:
        french = FRENCH_VALUES.get(slug(word), "")
        mend = (
            message("Did you mean “{guess}”?", guess=french) if french in words else did_you_mean(word, words)
        )
        raise RefusedError(message("“{value}” is not possible here.", value=shown(word)), mend)
    return words[word]


def _place(scalar: tree.Scalar, context: Context) -> PurePosixPath:
    written = scalars.text(scalar)
    path = PurePosixPath(written)
    if "\\" in written:
        raise RefusedError(
            message("“{value}” has a backslash.", value=shown(written)),
            message("Write “/” between folders and file."),
        )
    if path.is_absolute() or ".." in path.parts:
        raise RefusedError(
            message("“{value}” leads out of the site’s folder.", value=shown(written)),
            message("Copy the file into the site’s folder and write its path from there."),
        )
    found = next((place for place in (context.folder / path, path) if context.is_file(place)), None)
    if found is None:
        raise RefusedError(
            message("The site has no file “{value}”.", value=shown(written)),
            message("Write its path from the site’s folder, such as “content/logo.svg”."),
        )
    return found


_SCALARS: dict[Any, Callable[[tree.Scalar, Context], Any]] = {
    str: lambda scalar, _: scalars.text(scalar),
    LocalisedText: lambda scalar, _: LocalisedText(scalars.text(scalar)),
    Href: lambda scalar, _: scalars.text(scalar),
    int: lambda scalar, _: scalars.integer(scalar),
    float: lambda scalar, _: scalars.decimal(scalar),
    bool: lambda scalar, _: scalars.truth(scalar),
    date: lambda scalar, _: scalars.day(scalar),
    datetime: lambda scalar, _: scalars.instant(scalar),
    Start: lambda scalar, context: scalars.start(scalar, context.zone),
    End: lambda scalar, context: scalars.end(scalar, context.zone),
    ZoneInfo: lambda scalar, _: scalars.time_zone(scalar),
    Place: _place,
}
"""How each annotation reads one written value."""
