"""What assistive tools are told: by keyboard alone, through the accessibility tree, and where something was wrong.

Snapshots are the tree as Chromium gives it to screen readers. After a change of words or structure,
``REGENERATE=1 pytest tests/test_assistive.py`` writes them anew: read the difference aloud.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from served import REPOSITORY, Served, assises, copy_of, serving

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

SNAPSHOTS = Path(__file__).parent / "golden" / "aria"
TOPIC, SURVEY = "topics/housing/", "questions/market/"
CONFIRM = "Confirmer et envoyer"

FOCUS = """() => {
    const found = document.activeElement, style = getComputedStyle(found), box = found.getBoundingClientRect();
    return {
        name: found.getAttribute("aria-label") || found.innerText || found.name || found.id, tag: found.tagName,
        seen: parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== "none" && box.width > 0
            && box.bottom > 0 && box.top < innerHeight,
        trapped: Boolean(found.closest(".trap, [aria-hidden=true]")), id: found.id,
    };
}"""
"""What has the focus, and whether it can be seen that it has."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The complete test site on its evening, with answers to its survey."""
    root = copy_of("complete", tmp_path_factory.mktemp("assistive"))
    with serving(root) as served:
        yield served


def tab_to(page: Page, wanted: Callable[[dict[str, object]], bool], told: list[str], most: int = 90) -> None:
    """Press Tab until what is wanted has the focus; note each place where the focus cannot be seen, or should not be."""
    page.wait_for_load_state()
    for _ in range(most):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus["trapped"]:
            told.append(f"{focus['name']} takes the focus and is hidden")
        if not focus["seen"]:
            told.append(f"{focus['tag']} {focus['name']!r} does not show its focus")
        if wanted(focus):
            return
    raise AssertionError("Tab never reached what was wanted")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_reading_and_posting_by_keyboard_alone(
    served: Served, new_page: Callable[..., Page], script: bool
) -> None:
    """From the first page to the receipt with Tab, Enter and letters; the focus is seen at each step."""
    page, told = new_page(java_script_enabled=True, viewport={"width": 390, "height": 700}), list[str]()
    # The preview loads a page anew when the runner has taken something in; residents have no preview.
    page.route("**/preview.js", lambda route: route.abort())
    if not script:
        page.route("**/assets/*.js", lambda route: route.abort())
    page.goto(served.url)
    # The preview's own bar comes first.
    tab_to(page, lambda focus: focus["name"] == "Aller au contenu", [], most=4)
    page.keyboard.press("Enter")
    tab_to(page, lambda focus: focus["name"] == "Logement", told)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{TOPIC}")
    tab_to(page, lambda focus: focus["id"] == "contribution-text", told)
    page.keyboard.type("Des bancs, dit au clavier.")
    tab_to(page, lambda focus: focus["tag"] == "BUTTON", told)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Pas encore envoyé").wait_for()
    tab_to(page, lambda focus: CONFIRM in str(focus["name"]), told)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Votre contribution est reçue").wait_for()
    assert re.search(r"\w{4}-\w{4}", page.locator(".number").inner_text())
    assert told == []


def test_the_menu_is_folded_on_a_phone_and_opens_without_script(
    served: Served, new_page: Callable[..., Page]
) -> None:
    """By keyboard or touch: the switch says whether it is open, entries are large enough; a desk shows them all."""
    page = new_page(java_script_enabled=False, viewport={"width": 390, "height": 700})
    page.goto(f"{served.url}{TOPIC}")
    menu, switch = page.locator("nav.menu"), page.locator(".menu-switch summary")
    assert not menu.is_visible()
    tree(page.locator(".masthead"), "menu-folded")
    switch.press("Enter")
    assert menu.is_visible()
    tree(page.locator(".masthead"), "menu-open")
    assert all((link.bounding_box() or {})["height"] >= 44 for link in (switch, *menu.locator("a").all()))
    switch.click()
    assert not menu.is_visible()
    page.set_viewport_size({"width": 1280, "height": 700})
    assert menu.is_visible()
    assert not switch.is_visible()


def tree(place: Locator, name: str) -> None:
    """Compare what screen readers are told of a part of the page with the snapshot of that name."""
    found = re.sub(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", "XXXX-XXXX", place.aria_snapshot())
    # Addresses carry ids and ports; what is read aloud is compared.
    found = re.sub(r"^ *- /url: .*\n", "", found + "\n", flags=re.MULTILINE)
    file = SNAPSHOTS / f"{name}.yaml"
    if os.environ.get("REGENERATE"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(found, encoding="utf-8", newline="\n")
    assert found == file.read_text(encoding="utf-8")


def test_the_form_is_told_as_it_stands(served: Served, page: Page) -> None:
    """Each field has its name, its hint and what may be left out; the trap is not there."""
    page.goto(f"{served.url}{TOPIC}")
    tree(page.locator(".contribute"), "form")
    page.goto(f"{served.url}questions/where/")
    tree(page.locator(".contribution-form"), "proposal-form")


def test_a_survey_and_its_chart_are_told(
    served: Served, page: Page, tmp_path: Path, served_folder: Callable[[Path], str]
) -> None:
    """Groups have their question as a name; a chart is a table, and its bars are not read."""
    page.goto(f"{served.url}{SURVEY}")
    tree(page.locator(".contribution-form"), "survey-form")
    done = assises("style-guide", str(tmp_path), "-o", str(tmp_path / "out"), "--language", "fr")
    assert done.returncode == 0, done.stderr
    page.goto(f"{served_folder(tmp_path / 'out')}style-guide/results-of/shown-while-it-is-open/")
    tree(page.locator(".results"), "chart")


def test_a_thread_says_its_levels_in_words(served: Served, page: Page) -> None:
    """Who replies to which is said, and not shown by an indent alone."""
    page.goto(f"{served.url}{TOPIC}")
    tree(page.locator(".discussion"), "thread")
    assert "niveau 2" in page.locator(".post.level-2").first.inner_text()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_what_is_wrong_takes_the_focus_and_is_told(
    served: Served, new_page: Callable[..., Page], script: bool
) -> None:
    """A summary first, each error a link to its field; the field says that it is wrong and why, and keeps its words."""
    page = new_page()
    if not script:
        page.route("**/assets/*.js", lambda route: route.abort())
    page.goto(f"{served.url}{TOPIC}")
    page.get_by_label("Votre texte").fill("a" * 5001)
    page.get_by_role("button", name="Relire").click()
    page.locator(".error-summary").wait_for()
    page.wait_for_function("document.activeElement.className === 'error-summary'")
    field = page.locator("#text")
    assert field.get_attribute("aria-invalid") == "true"
    described = [
        page.locator(f"[id='{id}']").inner_text()
        for id in (field.get_attribute("aria-describedby") or "").split()
    ]
    assert any("5" in text for text in described)
    assert len(described) == 2
    assert field.input_value() == "a" * 5001
    assert page.locator("#author").get_attribute("autocomplete") == "nickname"
    if not script:
        assert page.title().startswith("Erreur\u00a0:")
        field.fill("")
        tree(page.locator("main"), "error-page")
    page.locator(".error-summary a").click()
    assert page.evaluate("document.activeElement.id") == "text"


def test_the_trap_is_hidden_from_everybody(served: Served, page: Page) -> None:
    """On the page as at the intake: neither seen, nor read, nor reached."""
    for path in (TOPIC, "inbox/contributions/new?form=topics/housing:comment"):
        page.goto(f"{served.url}{path}")
        trap = page.locator("[name=website]")
        assert trap.count() == 1
        assert trap.get_attribute("tabindex") == "-1"
        assert not trap.is_visible() or trap.bounding_box()["x"] < -1000
        assert "Laissez ce champ vide" not in page.locator("body").aria_snapshot()


def test_the_grid_has_every_criterion_and_claims_no_state() -> None:
    """RGAA 4.1.2: 106 criteria in thirteen themes, each with how it was tried; the grid is no audit."""
    text = (REPOSITORY / "docs" / "fr" / "rgaa.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+)\.(\d+) \| [^|]+ \| ([^|]+) \| [^|]+ \|$", text, re.MULTILINE)
    numbers = [(int(theme), int(number)) for theme, number, _ in rows]
    most = (9, 2, 3, 13, 8, 2, 5, 10, 4, 14, 13, 11, 12)
    assert numbers == [(theme, number) for theme, last in enumerate(most, 1) for number in range(1, last + 1)]
    told = {"machine", "main", "machine et main", "rédaction", "sans objet", "non testé"}
    assert {tried for _, _, tried in rows} <= told
    for tried, count in re.findall(r"^\| ([a-zé ]+) \| (\d+) \|$", text, re.MULTILINE):
        assert int(count) == sum(found == tried for _, _, found in rows), tried
    assert "Ce n’est pas un audit" in text
