"""The example files beside a theme's components: YAML → examples, each wrong one at its line. Pure.

One file a component, named as it is: ``components/topic_card.yaml``. What an example shows is what one copies: its code
is Jinja, rendered with the sample consultation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from assises import tree
from assises.problems import Location, Problem
from assises.schema import Context, read
from assises.slugs import slug
from assises.theme import Source, Theme

FOLDER = "templates/components/"
_COMMENT = re.compile(r"\{#-?(.*?)-?#\}", re.DOTALL)
_ARGUMENT = re.compile(r"^    (\w+): (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One way to use a component."""

    name: str
    """What it shows, in a few words."""

    code: str
    """Jinja that calls the component, in the frame that it needs."""

    why: str = ""
    """When one takes it, where the name does not tell."""

    @property
    def slug(self) -> str:
        """Its name as part of an address."""
        return slug(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """An example file."""

    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Component:
    """A component with what its file says of it, and its examples."""

    name: str
    what: str
    """The comment above the macro, without its arguments."""

    signature: str
    """As one calls it: ``topic_card(page, level=3)``."""

    arguments: tuple[tuple[str, str], ...]
    """Each argument's name, and what it is."""

    path: PurePosixPath
    """Where the example file was found, as problems show it."""

    examples: tuple[Example, ...]


def components(theme: Theme) -> tuple[tuple[Component, ...], list[Problem]]:
    """Return all components of a theme by name, and what is wrong with their example files."""
    found, problems = list[Component](), list[Problem]()
    for file, source in theme.files.items():
        if file.startswith(FOLDER) and file.endswith(".html"):
            name = file.removeprefix(FOLDER).removesuffix(".html")
            examples = theme.files.get(f"{FOLDER}{name}.yaml")
            shown, more = _examples(examples) if examples else ((), [])
            problems += more
            path = examples.path if examples else source.path
            found.append(_component(name, source.data.decode(), path, shown))
    return tuple(found), problems


def imports(code: str, known: Mapping[str, Component]) -> str:
    """Return the lines that import what a piece of code calls."""
    called = dict.fromkeys(name for name in re.findall(r"\b(\w+)\(", code) if name in known)
    return "".join(f'{{% from "components/{name}.html" import {name} %}}\n' for name in called)


def _examples(source: Source) -> tuple[tuple[Example, ...], list[Problem]]:
    node, problems = tree.parse(source.data.decode(), source.path)
    context = Context(start=Location(source.path), problems=problems)
    found = read(node, Examples, context=context)
    return (found.examples if found else ()), context.problems


def _component(name: str, template: str, path: PurePosixPath, examples: tuple[Example, ...]) -> Component:
    comment = _COMMENT.search(template)
    told = comment[1].strip("\n") if comment else ""
    words = " ".join(line.strip() for line in told.split("\n") if not _ARGUMENT.match(line))
    macro = re.search(rf"macro ({name}\([^)]*\))", template)
    return Component(
        name, words.strip(), macro[1] if macro else name, tuple(_ARGUMENT.findall(told)), path, examples
    )
