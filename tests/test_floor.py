"""The oldest browsers that are served (Chrome 70, Firefox 60, Safari 12) can read and post: by rule.

`make audit` reads and posts with a real Chromium 69; these rules stand for what cannot be installed any more.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from conftest import require
from served import REPOSITORY
from tools.install import TOOLS

STATIC = REPOSITORY / "themes" / "assises_themes" / "default" / "static"
DESK = REPOSITORY / "serverless" / "assises_inbox" / "desk" / "static"
SHEETS = sorted(STATIC.glob("*.css"))
SCRIPTS = sorted(STATIC.glob("*.js"))

AT_RULES = {"media", "supports", "page"}
"""Neither @layer nor @container nor @property: an old browser would drop all that stands in them."""

FUNCTIONS = {
    "var",
    "calc",
    "rect",
    "minmax",
    "repeat",
    "radial-gradient",
    "linear-gradient",
    "attr",
    "url",
    "rgba",
    "translate",
    "rotate",
    "scale",
}
"""What every browser of the floor knows; min(), max(), clamp() and color-mix() are younger."""

SINCE: dict[str, str] = {
    "aspect-ratio": "a film that is not loaded yet is as high as the browser makes it",
    "accent-color": "boxes keep the browser's own colour",
    "border-start-start-radius": "a corner stays round",
    "border-end-start-radius": "a corner stays round",
    "break-after": "a heading may end a sheet",
    "break-inside": "page-break-inside stands beside it",
    "forced-color-adjust": "there are no forced colours",
    "hyphens": "words are not parted",
    "inset": "",
    "margin-inline": "",
    "overflow-wrap": "word-wrap and word-break stand beside it",
    "padding-inline": "padding stands before it",
    "print-color-adjust": "-webkit-print-color-adjust stands beside it",
    "scroll-margin-top": "the heading stands at the very top",
    "text-decoration-thickness": "lines are as thick as the browser draws them",
    "text-underline-offset": "lines stand where the browser draws them",
    "text-size-adjust": "-webkit-text-size-adjust stands beside it",
    "text-wrap": "lines break as they come",
    "color-scheme": "controls keep the browser's own colours",
    "resize": "frames keep their height",
}
"""Properties younger than the floor, and why a page does without. Empty: not to be used, as something would be lost."""

OLD = frozenset(
    [
        "align-items",
        "align-self",
        "animation",
        "appearance",
        "background",
        "background-color",
        "background-image",
        "border",
        "border-block-end",
        "border-block-start",
        "border-bottom",
        "border-collapse",
        "border-color",
        "border-inline-start",
        "border-inline-end",
        "border-left",
        "border-radius",
        "border-right",
        "border-style",
        "border-top",
        "border-width",
        "bottom",
        "box-shadow",
        "box-sizing",
        "caption-side",
        "clip",
        "color",
        "column-count",
        "columns",
        "content",
        "cursor",
        "display",
        "fill",
        "flex",
        "flex-basis",
        "flex-direction",
        "flex-grow",
        "flex-shrink",
        "flex-wrap",
        "float",
        "font",
        "font-family",
        "font-size",
        "font-style",
        "font-variant-numeric",
        "font-weight",
        "grid-area",
        "grid-auto-columns",
        "grid-auto-flow",
        "grid-auto-rows",
        "grid-column",
        "grid-column-gap",
        "grid-gap",
        "grid-row",
        "grid-row-gap",
        "grid-template-columns",
        "grid-template-rows",
        "height",
        "justify-content",
        "left",
        "letter-spacing",
        "line-height",
        "list-style",
        "margin",
        "margin-block-end",
        "margin-block-start",
        "margin-bottom",
        "margin-inline-end",
        "margin-inline-start",
        "margin-left",
        "margin-right",
        "margin-top",
        "max-height",
        "max-width",
        "min-height",
        "min-width",
        "object-fit",
        "opacity",
        "order",
        "outline",
        "outline-color",
        "outline-offset",
        "overflow",
        "overflow-x",
        "overflow-y",
        "padding",
        "padding-block-end",
        "padding-block-start",
        "padding-bottom",
        "padding-inline-end",
        "padding-inline-start",
        "padding-left",
        "padding-right",
        "padding-top",
        "page-break-after",
        "page-break-before",
        "page-break-inside",
        "position",
        "quotes",
        "right",
        "scroll-behavior",
        "size",
        "stroke",
        "stroke-dasharray",
        "stroke-linecap",
        "stroke-width",
        "table-layout",
        "text-align",
        "text-decoration",
        "text-decoration-color",
        "text-indent",
        "text-transform",
        "top",
        "transform",
        "transition",
        "vertical-align",
        "visibility",
        "white-space",
        "width",
        "word-break",
        "word-wrap",
        "z-index",
    ]
)
"""Properties that all three browsers know (logical margins, paddings and borders from Chrome 69, Firefox 41, Safari 12.1)."""


WRITTEN = {"search.js": "--ecma2020"}
"""Search asks for its index by import(), which Firefox has from 67: there, as without script, its page leads to lists."""


def plain(sheet: Path) -> str:
    """Return a style sheet without remarks and strings."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r'"[^"]*"', '""', text)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda file: file.name)
def test_style_sheets_keep_to_what_the_oldest_browsers_know(sheet: Path) -> None:
    """At-rules, selectors, functions, units and properties; what is younger may be lost without loss."""
    css = plain(sheet)
    assert set(re.findall(r"@([\w-]+)", css)) <= AT_RULES
    assert not re.findall(r":(?:is|where|has|not)\([^)]*,", css)
    assert not re.findall(r":(?:is|where|has)\(", css)
    assert "&" not in css
    assert (
        set(re.findall(r"(?<![:\w-])([a-z][\w-]*)\((?=[^;{}]*[;}])", re.sub(r"[^{};]+\{", "{", css)))
        <= FUNCTIONS
    )
    assert not re.findall(r"\d(?:dvh|svh|lvh|dvw|cqw|cqi|lh|rlh|cap)\b", css)
    properties = set(re.findall(r"[{;]\s*(-?[a-z][\w-]*)\s*:", css))
    allowed = OLD | {name for name, why in SINCE.items() if why}
    assert {
        name for name in properties if not name.startswith(("-webkit-", "-moz-", "--"))
    } - allowed == set()


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda file: file.name)
def test_younger_selectors_take_no_older_ones_with_them(sheet: Path) -> None:
    """A browser drops a whole list for one selector that it does not know."""
    for selectors in re.findall(r"([^{};]+)\{", plain(sheet)):
        if ":focus-visible" in selectors or ":focus-within" in selectors:
            assert "," not in selectors, selectors


def test_flex_boxes_need_no_gap() -> None:
    """Chrome 84 and Safari 14.1 are the first that know it there; grids call it grid-gap."""
    for sheet in SHEETS:
        assert not re.findall(r"[{;]\s*(?:row-|column-)?gap\s*:", plain(sheet)), sheet


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.name)
def test_scripts_are_written_in_what_the_oldest_browsers_read(script: Path) -> None:
    """ECMAScript 2017, by a parser; what it calls is asked for first, or old enough."""
    node, _npm = require("acorn")
    acorn = TOOLS["acorn"].file()
    done = subprocess.run(
        [node, str(acorn), WRITTEN.get(script.name, "--ecma2017"), "--silent", str(script)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    text = script.read_text(encoding="utf-8")
    young = r"replaceChildren|\.at\(|structuredClone|allSettled|\.flat\(|\.flatMap\(|fromEntries|matchAll|replaceAll|AbortSignal|ResizeObserver"
    assert not re.findall(young, text)
