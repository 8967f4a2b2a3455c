"""Every page of the demonstration, the intake's and the desk's too, before the checkers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from measures import (
    FIRST_VIEW,
    KEPT,
    html_pages,
    in_all_modes,
    one_of_each_template,
    path_of,
    sideways,
    spaced,
    weigh,
)
from served import EVENING, Served, assises, copy_of, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

FORM = "topics/housing:comment"
NEARLY = 15_000
"""Bytes, compressed, of the first view of a page that bears a form and a discussion."""

BASE = "/ivry-et-moi/"
"""Where the demonstration's addresses begin."""


@dataclass(frozen=True)
class Demonstration:
    """The demonstration, built and served."""

    built: Path
    served: Served

    @property
    def pages(self) -> list[str]:
        """Addresses of all its pages but redirects, within the site."""
        paths = sorted(path.relative_to(self.built).as_posix() for path in self.built.rglob("*.html"))
        pages = [
            path for path in paths if 'http-equiv="refresh"' not in (self.built / path).read_text("utf-8")
        ]
        return [path.removesuffix("index.html") for path in pages]


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """Build the demonstration on its evening, statements included, and serve it."""
    folder = tmp_path_factory.mktemp("demonstration")
    root = copy_of("demonstration", folder)
    with serving(root) as served:
        done = assises("build", str(root), "-o", str(folder / "dist"), "--now", EVENING)
        assert done.returncode == 0, done.stderr
        yield Demonstration(folder / "dist", served)


def test_every_page_is_valid(demonstration: Demonstration, nu: Callable[[Path], list[str]]) -> None:
    """The Nu HTML checker has nothing to say of any page, style or picture."""
    assert len(demonstration.pages) > 90
    assert nu(demonstration.built) == []


def test_every_page_is_accessible_and_keeps_nothing(
    demonstration: Demonstration, page: Page, axe: Callable[[Page], list[str]]
) -> None:
    """axe-core finds nothing against WCAG 2.2 AA or its best practices; neither cookie nor anything else is stored."""
    found = []
    for path in demonstration.pages:
        page.goto(f"{demonstration.served.url}{path}")
        found += axe(page)
        found += [f"{path} keeps {name}" for name in page.evaluate(KEPT)]
    assert page.context.cookies() == []
    assert found == []


def test_every_page_is_light(demonstration: Demonstration) -> None:
    """EcoIndex A everywhere; home and meetings come whole in one round trip, every other page nearly so."""
    root, found = demonstration.built, []
    for file in html_pages(root):
        path, weight = path_of(file, root), weigh(file, root, BASE)
        most = FIRST_VIEW if path in ("", "en/") or "meetings/" in path else NEARLY
        if weight.grade != "A":
            found.append(f"{path}: EcoIndex {weight.score:.1f}, {weight.elements} elements")
        if weight.first_view > most:
            found.append(f"{path}: {weight.first_view} bytes in the first view")
    assert found == []


def test_each_kind_of_page_is_accessible_in_each_mode(
    demonstration: Demonstration, page: Page, axe: Callable[[Page], list[str]]
) -> None:
    """Phone and desk, by day, by night and in forced colours; none scrolls sideways at 400 %, nor cuts words set wider."""
    found = []
    paths = one_of_each_template(demonstration.built)
    assert len(paths) > 20
    for path in paths:
        page.goto(f"{demonstration.served.url}{path}")
        for mode in in_all_modes(page):
            found += [f"{mode}: {line}" for line in axe(page)]
        found += sideways(page, 320)
        found += spaced(page)
    assert found == []


def test_the_inbox_pages_are_valid_and_accessible(
    demonstration: Demonstration,
    page: Page,
    axe: Callable[[Page], list[str]],
    nu: Callable[[Path], list[str]],
    tmp_path: Path,
) -> None:
    """The intake's and the desk's pages hold to the same measures as the site's."""
    found: list[str] = []

    def look(name: str) -> None:
        page.wait_for_load_state()  # a click waits for the answer alone, not for its style sheet
        found.extend(f"{name}: {line}" for line in axe(page))
        # What the server sent, not what the browser made of it.
        (tmp_path / f"{name}.html").write_text(sent[page.url], encoding="utf-8")

    sent: dict[str, str] = {}
    page.on("response", lambda answer: answer.status != 303 and keep(answer))

    def keep(answer: object) -> None:
        if answer.request.resource_type == "document":
            sent[answer.url] = answer.text()

    page.goto(f"{demonstration.served.url}inbox/contributions/new?form={FORM}&of={'0' * 26}")
    look("reply")
    page.evaluate(
        "document.querySelectorAll('[required]').forEach(field => field.removeAttribute('required'))"
    )
    page.get_by_role("button", name="Relire").click()
    page.wait_for_load_state()
    assert page.title().startswith("Erreur")
    look("error")
    page.get_by_label("Votre texte").fill("Deux bancs, s’il vous plaît.")
    page.get_by_label("Nom à afficher").fill("Lou")
    page.get_by_role("button", name=re.compile("Relire")).click()
    look("check")
    page.get_by_role("button", name="Confirmer").click()
    look("receipt")
    page.goto(f"{demonstration.served.url}inbox/receipts/none")
    look("refusal")
    demonstration.served.until("inbox/health", lambda text: '"waiting": 0' in text)
    page.goto(demonstration.served.desk)
    look("door")
    page.get_by_role("button", name="Entrer").click()
    look("queue")
    page.get_by_role("link", name=re.compile("Lou")).first.click()
    look("contribution")
    assert len(list(tmp_path.glob("*.html"))) == 8
    assert found == []
    assert nu(tmp_path) == []
