"""A new page's file: its required keys filled, and every other key explained beside it, ready to be uncommented. Pure."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any, Literal, get_args, get_origin

from assises.content import Meeting, News, Page
from assises.problems import message
from assises.reference import Key, bare, keys
from assises.slugs import slug

_WIDTH = 96
_DATED = (Meeting, News)
"""Kinds whose files' names begin with their day."""


def path_of(cls: type[Page], title: str, day: date) -> PurePosixPath:
    """Return where a new page goes; meetings and news begin with their day, so that folders are in order."""
    stem = slug(title) or "page"
    name = f"{day.isoformat()}-{stem}" if cls in _DATED else stem
    return PurePosixPath("content", cls.folder, f"{name}.md")


def page_file(
    cls: type[Page],
    title: str,
    today: date,
    sentences: Callable[[str], str],
    meanings: Callable[[str], str],
) -> str:
    """Return the text of a new page's file: a draft, so that nothing appears before it is written.

    Args:
        cls: the kind of page.
        title: what it is called.
        today: dates lie in the weeks that follow.
        sentences: translates the page's own words.
        meanings: translates what keys mean.
    """
    day = (today + timedelta(weeks=3)).isoformat()
    filled = {
        "title": _quoted(title),
        "starts": f"{day} 18:30",
        "ends": f"{day} 20:30",
        "date": today.isoformat(),
    }
    lines = [line for key, below in _tree(cls) for line in _lines(key, below, filled, meanings)]
    hint = message("Write the page here, in Markdown; then delete the line “draft: true”.").render(sentences)
    return "\n".join(["---", *lines, "---", hint, ""])


def _quoted(text: str) -> str:
    """Return a text as YAML reads it back whatever it holds; JSON's quotes are YAML's."""
    return json.dumps(text, ensure_ascii=False)


def _tree(cls: type[Any]) -> Iterator[tuple[Key, list[Key]]]:
    """Yield each key of a class with those that stand below it; required ones first, the draft's mark last."""
    yield from sorted(
        _parted(list(keys(cls)), 0), key=lambda item: (item[0].name == "draft", not item[0].required)
    )


def _lines(
    key: Key, below: list[Key], filled: Mapping[str, str], meanings: Callable[[str], str]
) -> Iterator[str]:
    if key.name != "title":
        yield ""
    yield from _remark(_explained(key, meanings), "")
    if key.name == "draft":
        yield "draft: true"
        return
    mark = "" if key.required else "# "
    if not key.group:
        yield f"{mark}{key.name}: {filled.get(key.name, key.example)}"
        return
    yield f"{mark}{key.name}:"
    yield from _group(key, below, mark, "  ", meanings)


def _group(
    key: Key, below: list[Key], mark: str, indent: str, meanings: Callable[[str], str]
) -> Iterator[str]:
    """Yield the lines of what stands below a key; groups within it are indented further."""
    listed = get_origin(bare(key.annotation)) is tuple
    for index, (item, deeper) in enumerate(_parted(below, key.depth + 1)):
        # Within a group that is written, what may be left out is a remark.
        inner = "# " if key.required and not item.required else ""
        lead = indent if not listed else f"{indent}- " if index == 0 else f"{indent}  "
        if key.required:
            yield from _remark(_explained(item, meanings), "  ")
        yield f"{mark}{lead}{inner}{item.name}: {item.example}".rstrip()
        yield from _group(item, deeper, mark, f"{indent}    " if listed else f"{indent}  ", meanings)


def _parted(below: list[Key], depth: int) -> Iterator[tuple[Key, list[Key]]]:
    """Yield each key of a depth with those that stand below it."""
    starts = [index for index, key in enumerate(below) if key.depth == depth]
    for start, end in pairwise([*starts, len(below)]):
        yield below[start], below[start + 1 : end]


def _explained(key: Key, meanings: Callable[[str], str]) -> str:
    """Return what a key means, with the values that it may have where they are few."""
    inner = bare(key.annotation)
    choices = ", ".join(get_args(inner)) if get_origin(inner) is Literal else ""
    return f"{meanings(key.meaning)} ({choices})" if choices else meanings(key.meaning)


def _remark(text: str, indent: str) -> Iterator[str]:
    for line in textwrap.wrap(text, _WIDTH - len(indent)):
        yield f"{indent}#   {line}"
