"""Every key of every file, as its dataclass says it: meaning, type, default, example. Pure.

The dataclasses are the one place where a key is documented: annotation, default, and the docstring under the field,
whose lines ``Example:`` and ``Since:`` are taken for themselves.
"""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from assises.content import KINDS, Home, Page, Statement
from assises.problems import Message, message
from assises.schema import End, Href, Known, LocalisedText, Place, Start
from assises.settings import Settings

FIRST = "0.1"
"""The version in which a key appeared that does not say its own."""

FILES: Mapping[str, type[Any]] = types.MappingProxyType(
    {
        "site": Settings,
        "home": Home,
        **{kind.__name__.lower(): kind for kind in KINDS},
        "statement": Statement,
    }
)
"""Every kind of file by the name that commands know it by."""

_TYPES: tuple[tuple[Any, Message], ...] = (
    (str, message("words")),
    (LocalisedText, message("words, or a group of words by language")),
    (int, message("a whole number")),
    (float, message("a number")),
    (bool, message("true or false")),
    (date, message("a day, such as 2026-11-20")),
    (datetime, message("an instant in universal time, such as 2026-11-20T19:15:00Z")),
    (Start, message("a day, or a day and time: 2026-11-20 18:30; a day alone begins at midnight")),
    (End, message("a day, or a day and time: 2026-11-20 18:30; a day alone lasts to midnight")),
    (ZoneInfo, message("the name of a time zone, such as Europe/Paris")),
    (Place, message("a file: its name beside this one, or its path from the site’s folder")),
    (Href, message("a web address, an address of the site, or a file beside this one")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key that a file may hold."""

    path: str
    """With the groups that it stands in: ``procedure.decision.date``; ``phases[].opens`` in a list."""

    annotation: Any
    takes: Message
    """What it takes, in plain words."""

    required: bool
    """Within its group, where the group is there."""

    together: bool
    """Required where another such key of its group is there."""

    default: str
    """As one would write it; empty where there is none."""

    meaning: str
    """In English, one paragraph; also the catalogue's key."""

    example: str
    """As one would write it after the colon."""

    since: str

    @property
    def depth(self) -> int:
        """How many groups it stands in."""
        return self.path.count(".")

    @property
    def name(self) -> str:
        """The key itself."""
        return self.path.rpartition(".")[2].removesuffix("[]")

    @property
    def group(self) -> type[Any] | None:
        """The class whose keys stand below it, if it is a group or a list of groups."""
        return group_of(self.annotation)


def keys(cls: type[Any], path: str = "") -> Iterator[Key]:
    """Yield the keys of a class in its order, each followed by those that stand below it."""
    hints, told = get_type_hints(cls, include_extras=True), docstrings(cls)
    for item in fields(cls):
        if item.metadata.get("given"):
            continue
        annotation = hints[item.name]
        meaning, example, since = _parts(told.get(item.name, ""))
        listed = "[]" if group_of(annotation) and get_origin(bare(annotation)) is tuple else ""
        group = group_of(annotation)
        key = Key(
            path=f"{path}{item.name}{listed}",
            annotation=annotation,
            takes=in_words(annotation),
            required=item.default is MISSING and item.default_factory is MISSING,
            together=bool(item.metadata.get("together")),
            default=_default(item),
            meaning=meaning or (meaning_of(group) if group else ""),
            example=example or _derived(annotation),
            since=since or FIRST,
        )
        yield key
        if group:
            yield from keys(group, f"{key.path}.")


def docstrings(cls: Any) -> dict[str, str]:
    """Return the docstring under each field of a class and of those that it inherits from."""
    bases: list[Any] = [base for base in reversed(cls.__mro__) if is_dataclass(base)]
    return {name: text for base in bases for name, text in _own_docstrings(base).items()}


@functools.cache
def _own_docstrings(cls: Any) -> dict[str, str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    return {
        before.target.id: inspect.cleandoc(after.value.value)
        for before, after in pairwise(body)
        if isinstance(before, ast.AnnAssign)
        and isinstance(before.target, ast.Name)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
        and isinstance(after.value.value, str)
    }


def meaning_of(cls: type[Any]) -> str:
    """Return what a class's own docstring says, as one paragraph."""
    return " ".join((cls.__doc__ or "").replace("``", "`").split())


def bare(annotation: Any) -> Any:
    """Return a type without « or nothing »."""
    return get_args(annotation)[0] if get_origin(annotation) in (Union, types.UnionType) else annotation


def group_of(annotation: Any) -> type[Any] | None:
    """Return the class of a group, or of the groups in a list; None for everything else."""
    inner = bare(annotation)
    if get_origin(inner) is tuple:
        inner = get_args(inner)[0]
    if get_origin(inner) is Annotated and isinstance(get_args(inner)[1], Known):
        inner = get_args(inner)[0]
    return inner if isinstance(inner, type) and is_dataclass(inner) and inner is not LocalisedText else None


def in_words(annotation: Any) -> Message:
    """Return what a key takes, in plain words."""
    inner = bare(annotation)
    if get_origin(inner) is Literal:
        choices = ", ".join(f"`{choice}`" for choice in get_args(inner))
        return message("one of: {choices}", choices=choices)
    if get_origin(inner) is Annotated and isinstance(get_args(inner)[1], Known):
        return message(
            "the id of one of site.yaml’s “{list}”, or the keys below", list=get_args(inner)[1].where
        )
    if get_origin(inner) is tuple:
        return message("a list of groups of keys") if group_of(inner) else message("a list of names")
    if group_of(inner):
        return message("a group of keys")
    return next(words for known, words in _TYPES if inner == known)


def folder_of(cls: type[Any]) -> str:
    """Return where files of a class lie, as one writes a path."""
    if cls is Settings:
        return "site.yaml"
    if cls is Statement:
        return "content/contributions/*.jsonl"
    if cls is Home:
        return "content/index.md"
    return f"content/{cls.folder}/*.md" if issubclass(cls, Page) else ""


def _parts(docstring: str) -> tuple[str, str, str]:
    """Return a docstring's meaning, example and version."""
    meaning, example, since = [], "", ""
    for line in docstring.splitlines():
        if line.startswith("Example: "):
            example = line.removeprefix("Example: ")
        elif line.startswith("Since: "):
            since = line.removeprefix("Since: ")
        else:
            meaning.append(line.replace("``", "`"))
    return " ".join(" ".join(meaning).split()), example, since


def _default(item: Any) -> str:
    value = item.default
    if value is MISSING:
        value = item.default_factory() if item.default_factory is not MISSING else None
    match value:
        case None | "" | () | LocalisedText(texts=()):
            return ""
        case bool():
            return "true" if value else "false"
        case tuple():
            return f"[{', '.join(map(str, value))}]"
        case LocalisedText(texts=texts):
            return "{" + ", ".join(f"{tag}: {text}" for tag, text in texts) + "}"
        case _:
            return "" if is_dataclass(value) else str(value)


def _derived(annotation: Any) -> str:
    """Return an example of what says by its type what it takes."""
    inner = bare(annotation)
    if get_origin(inner) is Literal:
        return str(get_args(inner)[0])
    known = {bool: "true", int: "1", date: "2026-11-20", Start: "2026-11-20 18:30", End: "2026-11-20 20:30"}
    return next((text for type_, text in known.items() if inner == type_), "")
