"""A theme → its style guide: tokens, blocks, classes and every component with live examples, beside a sample site."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from assises import look
from assises.addresses import Addresses, output_path
from assises.assets import STYLE, collect, with_pictures
from assises.examples import Component, Example, components, imports
from assises.links import pictured
from assises.problems import ContentError, Location, Problem, message
from assises.render import render
from assises.sample import sample
from assises.settings import Look
from assises.site import as_published
from assises.theme import DEFAULT, Documented, Theme, environment, load_theme, template_problem
from assises.translation import Formats
from assises.view import View

PLACE = "/style-guide/"
_NO_SITE = Path(".assises-no-site")
"""A folder that has no theme of its own."""

_TOKEN = re.compile(r"^  (--[\w-]+): ([^;]+);", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shade:
    """A colour that the build makes of the town's own, by day and by night."""

    name: str
    light: str
    dark: str


def style_guide(
    theme: Theme, dress: Look, logo: bytes | None, language: str, base: str
) -> Mapping[str, bytes]:
    """Return every file of the guide and of the sample site that it shows, by path in the output.

    Args:
        theme: what it documents.
        dress: the town's colours and logo.
        logo: the logo's bytes, where there is one.
        language: that of the guide's frame.
        base: the address that it will be seen at.

    Raises:
        ContentError: an example file or a template is wrong.
    """
    found, problems = components(theme)
    if problems:
        raise ContentError(problems)
    site, files = sample(dress)
    if dress.logo is not None and logo is not None:
        files[dress.logo] = logo
    addresses = Addresses(base, f"{base}inbox/")
    output = dict(render(site, theme, addresses, files))
    site = as_published(site)
    shown = {path: data for path, data in files.items() if path in pictured(site)}
    view = View(site, addresses, with_pictures(collect(theme, dress, files), shown, {}), language)
    engine = environment(theme, Formats(language, site.settings.time_zone), view.names())
    guide = _Guide(theme, engine, {component.name: component for component in found}, output)
    guide.write(_facts(theme, dress))
    return output


@dataclass(frozen=True, slots=True)
class _Guide:
    theme: Theme
    engine: jinja2.Environment
    components: Mapping[str, Component]
    output: dict[str, bytes]

    def write(self, facts: Mapping[str, Any]) -> None:
        wrong: list[Problem] = []
        self._page("index", PLACE, {**facts, "components": self.components.values(), "component": None})
        for component in self.components.values():
            place = f"{PLACE}{component.name.replace('_', '-')}/"
            self._page("component", place, {"component": component, "components": self.components.values()})
            for example in component.examples:
                try:
                    html = self._rendered(component, example)
                except ContentError as error:
                    wrong += error.problems
                    continue
                self._page(
                    "example",
                    f"{place}{example.slug}/",
                    {"component": component, "example": example, "html": html},
                )
        if wrong:
            raise ContentError(wrong)

    def _page(self, template: str, place: str, values: Mapping[str, Any]) -> None:
        try:
            text = self.engine.get_template(f"style_guide/{template}.html").render({"place": PLACE, **values})
        except Exception as error:
            raise template_problem(self.theme, error) from error
        self.output[output_path(place)] = text.encode()

    def _rendered(self, component: Component, example: Example) -> str:
        code = imports(example.code, self.components) + example.code
        try:
            return str(self.engine.from_string(code).render()).strip()
        except Exception as error:
            # Whatever an example does wrong is told at its file, never as a traceback.
            what = message(
                "The example “{name}” cannot be shown: {error}.",
                name=example.name,
                error=str(error).rstrip("."),
            )
            raise ContentError([Problem(Location(component.path), what)]) from error


def _facts(theme: Theme, dress: Look) -> Mapping[str, Any]:
    """Return what the guide's first page shows beside components."""
    light, dark = look.light(dress.colours), look.dark(dress.colours)
    sheet = theme.static[STYLE].decode()
    told = {f"--{name}" for name in light}
    root = sheet[: sheet.index("}")]
    manifest = theme.manifest
    shipped, _problems = load_theme(_NO_SITE, DEFAULT)
    base = shipped.manifest if shipped else manifest
    return {
        "shades": [Shade(f"--{name}", light[name], dark[name]) for name in light],
        "sizes": [(name, value) for name, value in _TOKEN.findall(root) if name not in told],
        "tokens": {name: "" for name, _ in _TOKEN.findall(root)} | _told(base.tokens, manifest.tokens),
        "classes": _told(base.classes, manifest.classes),
        "blocks": _told(base.blocks, manifest.blocks),
        "variables": _told(base.variables, manifest.variables),
        "title_of_theme": manifest.title,
    }


def _told(*layers: tuple[Documented, ...]) -> dict[str, str]:
    """Return what is documented of names: a site's own theme adds to the shipped one's."""
    return {item.name: item.what for layer in layers for item in layer}
