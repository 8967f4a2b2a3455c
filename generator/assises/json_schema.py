"""The keys of a file as a JSON Schema, by which editors complete and check what one writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from assises.reference import FILES, Key, bare, group_of, keys, meaning_of
from assises.schema import End, Href, Known, LocalisedText, Place, Start

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_DAY = "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_INSTANT = rf"^{_DAY}(([Tt]|[ \t]+)[0-9]{{1,2}}:[0-9]{{2}}(:[0-9]{{2}})?)?$"
_WORDS = {"type": ["string", "number"]}
"""Numbers and dates are words too, where words are wanted."""

_SCALARS: Mapping[Any, dict[str, Any]] = MappingProxyType(
    {
        str: _WORDS,
        Href: _WORDS,
        Place: {"type": "string", "pattern": "^[^\\\\]+$"},
        ZoneInfo: {"type": "string"},
        int: {"type": "integer"},
        float: {"type": "number"},
        bool: {"type": "boolean"},
        date: {"type": "string", "pattern": f"^{_DAY}$"},
        datetime: {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$"},
        Start: {"type": "string", "pattern": _INSTANT},
        End: {"type": "string", "pattern": _INSTANT},
        LocalisedText: {"anyOf": [_WORDS, {"type": "object", "additionalProperties": _WORDS}]},
    }
)


def schemas(meanings: Callable[[str], str]) -> dict[str, dict[str, Any]]:
    """Return the schema of each kind of file, by its name; `meanings` translates what keys mean."""
    return {name: schema(cls, meanings) for name, cls in FILES.items()}


def schema(cls: type[Any], meanings: Callable[[str], str]) -> dict[str, Any]:
    """Return the schema of one kind of file."""
    return {"$schema": DIALECT, "title": meanings(meaning_of(cls)), **_group(cls, meanings)}


def _group(cls: type[Any], meanings: Callable[[str], str]) -> dict[str, Any]:
    known = {key.path.removesuffix("[]"): key for key in keys(cls) if key.depth == 0}
    hints = get_type_hints(cls, include_extras=True)
    names = [item.name for item in fields(cls) if not item.metadata.get("given")]
    bound = [item.name for item in fields(cls) if item.metadata.get("together")]
    together = {name: [other for other in bound if other != name] for name in bound}
    return {
        "type": "object",
        "properties": {name: _property(known[name], hints[name], meanings) for name in names},
        "required": [name for name in names if known[name].required],
        **({"dependentRequired": together} if together else {}),
        "additionalProperties": False,
    }


def _property(key: Key, annotation: Any, meanings: Callable[[str], str]) -> dict[str, Any]:
    found = _value(annotation, meanings)
    if not key.required:
        # A key may stand there without a value.
        found = {"anyOf": [found, {"type": "null"}]}
    examples = {"examples": [key.example]} if key.example else {}
    return {"description": meanings(key.meaning), **examples, **found}


def _value(annotation: Any, meanings: Callable[[str], str]) -> dict[str, Any]:
    inner = bare(annotation)
    if get_origin(inner) is Literal:
        return {"enum": list(get_args(inner))}
    if get_origin(inner) is tuple:
        return {"type": "array", "items": _value(get_args(inner)[0], meanings)}
    if get_origin(inner) is Annotated and isinstance(get_args(inner)[1], Known):
        return {"anyOf": [{"type": "string"}, _group(get_args(inner)[0], meanings)]}
    if group := group_of(inner):
        return _group(group, meanings)
    return dict(next(found for known, found in _SCALARS.items() if known == inner))
