"""What a page weighs and asks of a reader's machine: small measures of our own, on files and in a browser."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

FIRST_VIEW = 14_000
"""Bytes, compressed, of HTML, style and script: what the first round trip of a connection carries (RFC 6928)."""

DOM = (
    0,
    47,
    75,
    159,
    233,
    298,
    358,
    417,
    476,
    537,
    603,
    674,
    753,
    843,
    949,
    1076,
    1237,
    1459,
    1801,
    2479,
    594601,
)
REQUESTS = (0, 2, 15, 25, 34, 42, 49, 56, 63, 70, 78, 86, 95, 105, 117, 130, 147, 170, 205, 281, 3920)
KILOBYTES = (
    0, 1.37, 144.7, 319.53, 479.46, 631.97, 783.38, 937.91, 1098.62, 1265.47, 1448.32, 1648.27, 1876.08, 2142.06,
    2465.37, 2866.31, 3401.59, 4155.73, 5400.08, 8037.54, 223212.26,
)  # fmt: skip
"""EcoIndex: twentieths of the pages that the HTTP Archive knows, by elements, requests and kilobytes."""

GRADES = (("A", 80), ("B", 70), ("C", 55), ("D", 40), ("E", 25), ("F", 10))
"""Each grade, and the score that a page must exceed for it."""

MODES = tuple(
    (width, media)
    for width in (390, 1280)
    for media in (
        {"color_scheme": "light", "forced_colors": "none"},
        {"color_scheme": "dark", "forced_colors": "none"},
        {"color_scheme": "light", "forced_colors": "active"},
    )
)
"""A phone and a desk; by day, by night, and in the colours that a reader forces."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What a page is made of."""

    elements: int
    """All but those within a drawing: as EcoIndex counts them."""

    requests: int
    first_view: int
    """Bytes of HTML, style sheets and script, compressed."""

    total: int
    """Bytes of everything that is loaded at once, compressed where hosts compress it."""

    @property
    def score(self) -> float:
        """Return the EcoIndex, from 0 to 100."""
        places = (
            3 * _place(DOM, self.elements)
            + 2 * _place(REQUESTS, self.requests)
            + _place(KILOBYTES, self.total / 1000)
        )
        return 100 - 5 * places / 6

    @property
    def grade(self) -> str:
        """Return its grade, from A to G."""
        return next((grade for grade, least in GRADES if self.score > least), "G")


def _place(quantiles: tuple[float, ...], value: float) -> float:
    for number in range(1, len(quantiles)):
        if value < quantiles[number]:
            return number - 1 + (value - quantiles[number - 1]) / (quantiles[number] - quantiles[number - 1])
    return len(quantiles) - 1


class _Elements(HTMLParser):
    """Counts elements, and lists the files that a page loads at once."""

    def __init__(self) -> None:
        super().__init__()
        self.count, self.svg = 0, 0
        self.style: list[str] = []
        self.script: list[str] = []
        self.pictures: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.count += not self.svg
        if tag == "svg":
            self.svg += 1
        elif tag == "link" and values.get("rel") == "stylesheet" and values.get("media") != "print":
            self.style.append(values.get("href") or "")
        elif tag == "script" and values.get("src"):
            self.script.append(values["src"] or "")
        elif tag == "img" and values.get("loading") != "lazy":
            self.pictures.append(values.get("src") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "svg":
            self.svg -= 1


def weigh(page: Path, root: Path, base: str) -> Weight:
    """Return what a built page weighs.

    Args:
        page: its HTML file.
        root: the folder that the site was built into.
        base: the path that the site's addresses begin with: ``/assises/``.
    """
    html = page.read_text(encoding="utf-8")
    found = _Elements()
    found.feed(html)
    files = [root / link.partition("?")[0].removeprefix(base) for link in (*found.style, *found.script)]
    first = sum(map(_compressed, (page, *files)))
    pictures = [root / link.removeprefix(base) for link in found.pictures if link.startswith(base)]
    total = first + sum(
        _compressed(file) if file.suffix == ".svg" else file.stat().st_size for file in pictures
    )
    return Weight(found.count, 1 + len(files) + len(pictures), first, total)


def _compressed(file: Path) -> int:
    return len(gzip.compress(file.read_bytes(), 9))


def html_pages(root: Path) -> list[Path]:
    """Return the pages of a built site, without those that only lead on."""
    return [
        file
        for file in sorted(root.rglob("*.html"))
        if 'http-equiv="refresh"' not in file.read_text(encoding="utf-8")
    ]


def path_of(file: Path, root: Path) -> str:
    """Return a page's address within the site."""
    return file.relative_to(root).as_posix().removesuffix("index.html")


def one_of_each_template(root: Path) -> list[str]:
    """Return the address of one page of each kind, of the first language."""
    found: dict[str, str] = {}
    for file in html_pages(root):
        path = path_of(file, root)
        parts = path.split("/")
        if parts[0] != "en":
            leaf = "contributions/" if "contributions" in parts else ""
            found.setdefault(f"{parts[0]}/{leaf or len(parts)}", path)
    return list(found.values())


KEPT = """() => [document.cookie, ...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter(Boolean)"""
"""What a page has stored with the reader."""


def sideways(page: Page, width: int) -> Iterator[str]:
    """Yield whether an open page scrolls sideways at a width; 320 pixels are 1,280 at 400 % (WCAG 1.4.10)."""
    page.set_viewport_size({"width": width, "height": 256})
    if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
        yield f"{page.url} scrolls sideways at {width}: {wide}"


def in_all_modes(page: Page) -> Iterator[str]:
    """Show an open page in each mode in turn, and yield the mode's name."""
    for width, media in MODES:
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(**media)
        yield f"{width}, {'forced colours' if media['forced_colors'] == 'active' else media['color_scheme']}"


def heaviest(weights: Iterable[tuple[str, Weight]]) -> str:
    """Return a line that tells the worst figures."""
    found = list(weights)
    view = max(found, key=lambda pair: pair[1].first_view)
    eco = min(found, key=lambda pair: pair[1].score)
    return (
        f"{len(found)} pages; heaviest first view {view[1].first_view} bytes ({view[0]}); "
        f"lowest EcoIndex {eco[1].score:.1f} {eco[1].grade} ({eco[0]}, {eco[1].elements} elements)"
    )


SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-bottom: 2em !important; }"""
"""What a reader may ask of every page (WCAG 1.4.12)."""

ADOPT = """css => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [sheet];
}"""
"""As a reader's own program does it: the page's policy forbids style elements."""

CUT = """() => [...document.querySelectorAll("body *")].filter(element => {
    if (element.closest(".visually-hidden, .skip-link, .trap, svg, [hidden]")) return false;
    const style = getComputedStyle(element);
    return /hidden|clip/.test(style.overflowX + style.overflowY) && element.innerText
        && (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1);
}).map(element => element.outerHTML.slice(0, 100))"""
"""Words that do not fit where they stand, and are not shown to their end."""


def spaced(page: Page) -> Iterator[str]:
    """Yield what does not fit an open page any more once its letters and lines stand wider apart."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate(ADOPT, SPACED)
    if (wide := page.evaluate("document.documentElement.scrollWidth")) > 390:
        yield f"{page.url} scrolls sideways when spaced: {wide}"
    yield from (f"{page.url} cuts {found}" for found in page.evaluate(CUT))
