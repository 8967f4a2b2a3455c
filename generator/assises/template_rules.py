"""A site's own templates → what is wrong in them, at its line, before any page is made. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath
from typing import cast

import jinja2
from jinja2 import meta, nodes

from assises.links import addresses
from assises.problems import NOTHING, Location, Message, Problem, message
from assises.scalars import did_you_mean, shown
from assises.site import Site
from assises.theme import Theme

_FOLDER = "templates/"
_FRAME = frozenset(
    [
        "page",
        "title",
        "description",
        "address",
        "alternates",
        "day",
        "days",
        "found",
        "title_mark",
        "main_mark",
        "caller",
        "loop",
        "self",
        "super",
        "varargs",
        "kwargs",
    ]
)
"""What single pages and Jinja itself add to the names that every template knows."""

_LITERAL = re.compile(r"""\b(?P<attribute>href|src|action)\s*=\s*["'](?P<target>[^"'{}]+)["']""")
_IMAGE = re.compile(r"<img\b(?![^>]*\balt\s*=)[^>]*>", re.IGNORECASE)


def template_problems(
    theme: Theme, site: Site, engine: jinja2.Environment, names: Collection[str], assets: Collection[str]
) -> Iterator[Problem]:
    """Yield what is wrong in the templates that a site adds to the shipped ones or puts in their place.

    Args:
        theme: all templates.
        site: whose addresses they may lead to.
        engine: as pages are rendered with.
        names: what every template may use.
        assets: the names that ``asset()`` knows.
    """
    parsed = dict(_parsed(theme, engine))
    macros = {
        name: {node.name for node in tree.find_all(nodes.Macro)}
        for name, tree in parsed.items()
        if isinstance(tree, nodes.Template)
    }
    known = addresses(site)
    for name, tree in sorted(parsed.items()):
        path = theme.files[_FOLDER + name].path
        if path.parts[0] != "themes":
            continue
        if isinstance(tree, Problem):
            yield tree
            continue
        also, there = _used(theme, name, engine)
        rules = _Rules(
            path, theme, macros, {*names, *_FRAME, *engine.globals, *also}, {*known, *there}, assets
        )
        yield from rules.tree(tree)
        yield from rules.source(theme.files[_FOLDER + name].data.decode())


def _parsed(theme: Theme, engine: jinja2.Environment) -> Iterator[tuple[str, nodes.Template | Problem]]:
    for name in theme.templates:
        source = theme.files[_FOLDER + name]
        text = source.data.decode()
        try:
            # Compiled, not only parsed: it is then that unknown filters and tests are found.
            engine.compile(text, name, str(source.path), raw=True)
            yield name, engine.parse(text, name, str(source.path))
        except jinja2.TemplateSyntaxError as error:
            what = message("The template cannot be used: {error}.", error=str(error.message).rstrip("."))
            yield name, Problem(Location(source.path, error.lineno), what)


def _used(theme: Theme, name: str, engine: jinja2.Environment) -> tuple[set[str], set[str]]:
    """Return the names and addresses that the shipped template uses which this one takes the place of.

    It is given what that one is given, by whoever renders it.
    """
    if (covered := theme.covered.get(_FOLDER + name)) is None:
        return set(), set()
    tree = engine.parse(covered.data.decode(), name, str(covered.path))
    calls = [call for call in tree.find_all(nodes.Call) if isinstance(call.node, nodes.Name)]
    texts = {
        argument.value for call in calls for argument in call.args[:1] if isinstance(argument, nodes.Const)
    }
    return meta.find_undeclared_variables(tree), {text for text in texts if isinstance(text, str)}


def _at_the_top(tree: nodes.Template) -> Iterator[str]:
    """Yield the names that a template brings in outside of its blocks: these know them, too."""
    for node in tree.body:
        match node:
            case nodes.FromImport(names=names):
                yield from (item if isinstance(item, str) else item[1] for item in names)
            case nodes.Import(target=name) | nodes.Macro(name=name):
                yield name
            case nodes.Assign(target=target):
                found = [target] if isinstance(target, nodes.Name) else target.find_all(nodes.Name)
                yield from (name.name for name in found)


class _Rules:
    """What is looked for in one template."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a template may know
        self,
        path: PurePosixPath,
        theme: Theme,
        macros: Mapping[str, set[str]],
        names: Collection[str],
        known: Collection[str],
        assets: Collection[str],
    ) -> None:
        self._path = path
        self._templates = set(theme.templates)
        self._macros = macros
        self._names = names
        self._known = known
        self._assets = assets

    def tree(self, tree: nodes.Template) -> Iterator[Problem]:
        """Yield what the template's own grammar tells."""
        undeclared = meta.find_undeclared_variables(tree) - set(self._names) - set(_at_the_top(tree))
        told = set[str]()
        for named in tree.find_all(nodes.Name):
            if named.name in undeclared and named.name not in told:
                told.add(named.name)
                what = message("No template knows “{name}”.", name=named.name)
                yield self._problem(named.lineno, what, did_you_mean(named.name, self._names))
        for node in tree.find_all((nodes.Extends, nodes.Include, nodes.FromImport, nodes.Import)):
            yield from self._other_template(node)
        for call in tree.find_all(nodes.Call):
            yield from self._call(call)

    def _other_template(self, node: nodes.Node) -> Iterator[Problem]:
        target = getattr(node, "template", None)
        if not isinstance(target, nodes.Const) or not isinstance(target.value, str):
            return
        if target.value not in self._templates and not getattr(node, "ignore_missing", False):
            what = message("There is no template “{name}”.", name=target.value)
            yield self._problem(node.lineno, what, did_you_mean(target.value, self._templates))
        elif isinstance(node, nodes.FromImport):
            there = self._macros.get(target.value, set())
            for item in node.names:
                name = item if isinstance(item, str) else item[0]
                if name not in there:
                    what = message("“{file}” has no macro “{name}”.", file=target.value, name=name)
                    yield self._problem(node.lineno, what, did_you_mean(name, there))

    def _call(self, call: nodes.Call) -> Iterator[Problem]:
        if (
            not isinstance(call.node, nodes.Name)
            or not call.args
            or not isinstance(call.args[0], nodes.Const)
        ):
            return
        argument = cast("object", call.args[0].value)
        if not isinstance(argument, str):
            return
        if call.node.name == "asset" and argument not in self._assets:
            what = message("The theme has no static file “{name}”.", name=argument)
            yield self._problem(call.lineno, what, did_you_mean(argument, self._assets))
        if (
            call.node.name in ("url", "absolute", "localised")
            and argument.partition("#")[0] not in self._known
        ):
            what = message("The site has no address “{address}”.", address=shown(argument))
            yield self._problem(call.lineno, what, did_you_mean(argument, self._known))

    def source(self, text: str) -> Iterator[Problem]:
        """Yield what its HTML tells."""
        for number, line in enumerate(text.split("\n"), 1):
            for found in _LITERAL.finditer(line):
                yield from self._address(found, Location(self._path, number, found.start("target") + 1))
            for image in _IMAGE.finditer(line):
                what = message("This image has no text for those who do not see it.")
                mend = message('Add alt="…" with what it shows, or alt="" if it is mere decoration.')
                yield Problem(Location(self._path, number, image.start() + 1), what, mend)

    def _address(self, found: re.Match[str], at: Location) -> Iterator[Problem]:
        target = found["target"]
        if target.startswith("/") and not target.startswith("//"):
            what = message(
                "“{address}” is broken where the site lies below a sub-path.", address=shown(target)
            )
            yield Problem(at, what, message("Write “{written}”.", written=f'{{{{ url("{target}") }}}}'))
        elif found["attribute"] == "src" and re.match(r"(?:https?:)?//", target):
            what = message("Every visitor’s browser asks another site for this.")
            mend = message('Put the file into “static/”, and write asset("…").')
            why = message("It tells them who reads this page, and when (GDPR).")
            yield Problem(at, what, mend, "warning", why)

    def _problem(self, line: int | None, what: Message, mend: Message = NOTHING) -> Problem:
        # What `trans` is made of stands at no line of its own.
        return Problem(Location(self._path, line or 1), what, mend)
