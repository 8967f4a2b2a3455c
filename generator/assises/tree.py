"""YAML as a tree whose every value knows its line and column.

YAML is read event by event and nothing is ever constructed from it: no type, no tag, no code. Depth and
aliases are bounded while reading, so no file can exhaust memory or the interpreter's stack.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal, cast

import yaml

from assises.problems import NOTHING, ContentError, Location, Message, Problem, message
from assises.source import Places, refuse
from assises.yaml_slips import UNREADABLE, slips, syntax_problem

MAX_DEPTH = 12
"""Lists and mappings within each other; the formats need five."""

MAX_REPEATED = 10_000
"""Values that aliases (``*name``) may repeat in one file."""

Kind = Literal["str", "int", "float", "bool", "null", "timestamp"]
"""What YAML 1.1 takes a scalar for."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as it is written."""

    text: str
    kind: Kind
    at: Location


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    at: Location


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and its value."""

    key: str
    at: Location
    """Where the key stands."""

    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and their values, each key once, in the file's order."""

    entries: tuple[Entry, ...]
    at: Location


Node = Scalar | Sequence | Mapping

_REMARK = re.compile(r"[ \t]+(#\S)")

_TAGS = {f"tag:yaml.org,2002:{kind}": kind for kind in ("str", "int", "float", "bool", "null", "timestamp")}
_STRUCTURE = frozenset({"tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"})
_LOADER = cast("type[yaml.SafeLoader]", getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def parse(text: str, path: PurePosixPath, first_line: int = 1) -> tuple[Node | None, list[Problem]]:
    """Return the tree that `text` writes, or None where it is empty or no YAML; and every problem.

    `first_line` is the line of the file that `text` starts on.
    """
    places = Places(path, text, first_line)
    loader = _LOADER(text)
    try:
        builder = _Builder(loader, places, text)
        node = builder.document()
    except yaml.MarkedYAMLError as error:
        return None, slips(text, places) or [syntax_problem(error, text, places)]
    except yaml.YAMLError:
        return None, [Problem(places.at(0), *UNREADABLE)]
    except ContentError as error:
        return None, list(error.problems)
    finally:
        loader.dispose()
    if isinstance(node, Scalar) and (found := slips(text, places)):
        return None, found
    return node, builder.problems


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is being read."""

    at: Location
    anchor: str | None
    is_mapping: bool
    nodes: list[Node] = field(default_factory=list)
    """In a mapping, key and value by turns."""


class _Builder:
    """Builds the tree of one document without recursion."""

    def __init__(self, loader: yaml.SafeLoader, places: Places, text: str) -> None:
        self._loader = loader
        self._places = places
        self._text = text
        self._anchors: dict[str, Node] = {}
        self._repeated = 0
        self.problems: list[Problem] = []

    def document(self) -> Node | None:
        """Return the tree of the only document, or None where there is none."""
        root, frames = None, list[_Frame]()
        for event in self._events():
            node = self._node(event, frames)
            if node is None:
                continue
            if frames:
                frames[-1].nodes.append(node)
            elif root is None:
                root = node
        return root

    def _events(self) -> Iterator[yaml.Event]:
        started = False
        while self._loader.check_event():
            event = self._loader.get_event()  # type: ignore[no-untyped-call]
            if isinstance(event, yaml.DocumentStartEvent):
                if started:
                    what = message("A second document begins here.")
                    raise refuse(self._at(event), what, message("Delete the line “---”."))
                started = True
            yield event

    def _node(self, event: yaml.Event, frames: list[_Frame]) -> Node | None:
        """Return the node that the event completes, if any."""
        match event:
            case yaml.ScalarEvent():
                return self._keep(event.anchor, self._scalar(event))
            case yaml.AliasEvent():
                return self._repeat(event, frames)
            case yaml.CollectionStartEvent():
                self._open(event, frames)
            case yaml.CollectionEndEvent():
                frame = frames.pop()
                return self._keep(frame.anchor, self._close(frame))
        return None

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        tag = event.tag
        if tag is None or tag == "!":
            tag = str(self._loader.resolve(yaml.ScalarNode, event.value, event.implicit))  # type: ignore[no-untyped-call]
        if tag.removeprefix("tag:yaml.org,2002:") in ("merge", "value"):
            tag = "tag:yaml.org,2002:str"
        if tag not in _TAGS:
            self._refuse_tag(event, tag)
        if not event.style:
            self._check_remark(event)
        return Scalar(event.value, cast("Kind", _TAGS.get(tag, "str")), self._at(event))

    def _check_remark(self, event: yaml.ScalarEvent) -> None:
        """Refuse what YAML takes for a remark and its writer for the value: ``accent: #1d4e89``, ``Lot #3``."""
        end = event.end_mark.index if event.end_mark else 0
        if found := _REMARK.match(self._text, end):
            what = message("What follows “#” is not read: to YAML it is a remark.")
            mend = message('Put the whole value in quotes: "…"; or a space after “#” if a remark is meant.')
            self.problems.append(Problem(self._places.at(found.start(1)), what, mend))

    def _open(self, event: yaml.CollectionStartEvent, frames: list[_Frame]) -> None:
        if len(frames) == MAX_DEPTH:
            raise refuse(self._at(event), message("Too many lists and groups stand within each other here."))
        if event.tag and event.tag not in ("!", *_STRUCTURE):
            self._refuse_tag(event, event.tag)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        frames.append(_Frame(self._at(event), event.anchor, is_mapping))

    def _close(self, frame: _Frame) -> Node:
        if not frame.is_mapping:
            return Sequence(tuple(frame.nodes), frame.at)
        keys, values = frame.nodes[::2], frame.nodes[1::2]
        entries: dict[str, Entry] = {}
        merged: list[Node] = []
        for key, value in zip(keys, values, strict=True):
            if not isinstance(key, Scalar):
                self._add(key.at, message("A key is a word, not a list or group."))
            elif key.text != key.text.strip():
                what = message("An invisible space stands beside “{key}”.", key=key.text.strip())
                self._add(key.at, what, message("Delete it, and type “{key}:” anew.", key=key.text.strip()))
            elif key.text == "<<":
                merged.append(value)
            elif key.text in entries:
                first = entries[key.text].at.line
                what = message(
                    "“{key}” stands here a second time (first on line {line}).", key=key.text, line=first
                )
                self._add(key.at, what, message("Keep one of the two."))
            else:
                entries[key.text] = Entry(key.text, key.at, value)
        for source in merged:
            self._merge(source, entries)
        return Mapping(tuple(entries.values()), frame.at)

    def _merge(self, source: Node, entries: dict[str, Entry]) -> None:
        """Add what a merge key (``<<``) brings; what the mapping says itself comes first."""
        for part in source.items if isinstance(source, Sequence) else (source,):
            if not isinstance(part, Mapping):
                self._add(
                    part.at, message("“<<” takes a group of keys from elsewhere in the file; this is none.")
                )
                return
            for entry in part.entries:
                entries.setdefault(entry.key, entry)

    def _repeat(self, event: yaml.AliasEvent, frames: list[_Frame]) -> Node:
        at, name = self._at(event), str(event.anchor)
        if any(frame.anchor == name for frame in frames):
            raise refuse(at, message("“*{name}” stands within what it repeats.", name=name))
        node = self._anchors.get(name)
        if node is None:
            what = message("“*{name}” repeats something that the file does not name.", name=name)
            raise refuse(at, what, message("Put the text in quotes if it begins with an asterisk."))
        self._repeated += _size(node, MAX_REPEATED)
        if self._repeated > MAX_REPEATED:
            raise refuse(at, message("“*{name}” makes the file too large.", name=name))
        return node

    def _keep(self, anchor: str | None, node: Node) -> Node:
        if anchor is not None:
            self._anchors[anchor] = node
        return node

    def _refuse_tag(self, event: yaml.NodeEvent, tag: str) -> None:
        what = message("“{tag}” is not understood.", tag=tag.replace("tag:yaml.org,2002:", "!!"))
        self._add(
            self._at(event), what, message("Put the text in quotes if it begins with an exclamation mark.")
        )

    def _add(self, at: Location, what: Message, mend: Message = NOTHING) -> None:
        self.problems.append(Problem(at, what, mend))

    def _at(self, event: yaml.Event) -> Location:
        return self._places.at(event.start_mark.index if event.start_mark else 0)


def _size(node: Node, limit: int) -> int:
    """Return how many values a tree has, counting not far beyond `limit`."""
    count, waiting = 0, [node]
    while waiting and count <= limit:
        match waiting.pop():
            case Sequence(items=items):
                waiting += items
            case Mapping(entries=entries):
                waiting += [entry.value for entry in entries]
        count += 1
    return count
