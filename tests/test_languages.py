"""Languages: one catalogue adds one, and a site that runs from right to left is turned around as a whole."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po

from pseudo import arabic, bracketed, translate_catalogue, translate_site
from served import EVENING, Served, assises, copy_of, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

CATALOGUE = "themes/default/locales/{}/LC_MESSAGES/theme.po"


def add(root: Path, language: str, translate: Callable[[str], str]) -> subprocess.CompletedProcess[str]:
    """Write a language's catalogue by the command, and translate all of it."""
    done = assises("catalogue", language, str(root))
    file = root / CATALOGUE.format(language)
    file.write_bytes(translate_catalogue(file.read_bytes(), language, translate))
    return done


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The complete site with a language more, and its pages."""
    folder = tmp_path_factory.mktemp("german")
    root = copy_of("complete", folder)
    settings = (root / "site.yaml").read_text(encoding="utf-8")
    (root / "site.yaml").write_text(settings.replace("[fr, en]", "[fr, en, de]"), encoding="utf-8")
    assert add(root, "de", bracketed).returncode == 0
    done = assises("build", str(root), "-o", str(folder / "dist"), "--now", EVENING)
    assert done.returncode == 0, done.stderr
    return root, folder / "dist"


def test_one_catalogue_is_the_whole_of_a_language(german: tuple[Path, Path]) -> None:
    """No sentence of a page, of a legal page made by the build or of the intake is left in English."""
    root, dist = german
    with (root / CATALOGUE.format("de")).open("rb") as file:
        ids = [
            entry.id if isinstance(entry.id, str) else entry.id[0]
            for entry in read_po(file, locale="de")
            if entry.id
        ]
    assert len(ids) > 400
    telling = [id for id in ids if " " in id and "%" not in id and "{" not in id]
    pages = sorted((dist / "de").rglob("*.html"))
    assert len(pages) > 15
    for page in pages:
        text = page.read_text(encoding="utf-8").replace("&#39;", "'")
        assert 'lang="de"' in text
        left = [
            id
            for id in telling
            if re.search(rf"(?<!⟦){re.escape(id)}(?!⟧)[<\"]", text) and f"⟦{id}" not in text
        ]
        assert left == [], page
    strings = json.loads((dist / "forms.json").read_text(encoding="utf-8"))["voices"]["de"]["strings"]
    assert all(text.startswith("⟦") for text in strings.values())
    assert "⟦Moderation charter⟧" in (dist / "de/index.html").read_text(encoding="utf-8")


def test_dates_and_numbers_are_those_of_the_language(german: tuple[Path, Path]) -> None:
    """By Unicode's data, without a word of ours."""
    text = (german[1] / "de/index.html").read_text(encoding="utf-8")
    assert "Dezember 2017" in text
    assert "2017-12-10" not in re.sub("<[^>]+>", "", text)


def test_each_language_of_a_page_is_named_to_search_engines(german: tuple[Path, Path]) -> None:
    """`hreflang` for each, and the site's first for whoever reads none of them."""
    text = (german[1] / "de/index.html").read_text(encoding="utf-8")
    assert re.findall(r'hreflang="([\w-]+)" href="(https[^"]+)"', text) == [
        ("fr", "https://ville.example/assises/"),
        ("en", "https://ville.example/assises/en/"),
        ("de", "https://ville.example/assises/de/"),
        ("x-default", "https://ville.example/assises/"),
    ]


def test_check_tells_what_is_not_translated_yet(tmp_path: Path) -> None:
    """No catalogue, then one that lacks words, then one that is whole."""
    root = copy_of("complete", tmp_path)
    settings = (root / "site.yaml").read_text(encoding="utf-8")
    (root / "site.yaml").write_text(settings.replace("[fr, en]", "[fr, en, ar]"), encoding="utf-8")

    def told() -> str:
        return assises("check", str(root), "--now", EVENING, "--quiet").stderr

    assert "Nothing is translated into “ar” yet." in told()
    assert assises("catalogue", "ar", str(root)).returncode == 0
    assert re.search(r"theme\.po:1:1: \d{3} sentences are not translated yet, such as “News”", told())
    file = root / CATALOGUE.format("ar")
    whole = translate_catalogue(file.read_bytes(), "ar", bracketed)
    assert whole.count(b"\nmsgstr[5] ") > 5  # Arabic has six plurals
    file.write_bytes(whole)
    assert "Unfinished: 0" in told()


def test_a_catalogue_is_brought_up_to_date(tmp_path: Path) -> None:
    """What is translated stays, what nobody says any more goes, what is new is added."""
    root = copy_of("complete", tmp_path)
    add(root, "de", bracketed)
    file = root / CATALOGUE.format("de")
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('msgid "News"', 'msgid "Olds"'), encoding="utf-8")
    assert assises("catalogue", "de", str(root)).returncode == 0
    renewed = file.read_text(encoding="utf-8")
    assert 'msgid "News"\nmsgstr ""' in renewed
    assert "Olds" not in renewed
    assert 'msgstr "⟦Skip to the content⟧"' in renewed


def test_what_is_no_language_is_refused(tmp_path: Path) -> None:
    """And writes nothing."""
    done = assises("catalogue", "../x", str(copy_of("minimal", tmp_path)))
    assert done.returncode == 2
    assert not (tmp_path / "minimal" / "themes").exists()


# --- from right to left


@pytest.fixture(scope="module", params=["complete", "demonstration"])
def mirrored(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Served, Path]]:
    """A site in Arabic letters, served, and its pages."""
    folder = tmp_path_factory.mktemp(request.param)
    root = copy_of(request.param, folder)
    translate_site(root, "ar")
    assert add(root, "ar", arabic).returncode == 0
    done = assises("build", str(root), "-o", str(folder / "dist"), "--now", EVENING)
    assert done.returncode == 0, done.stderr
    with serving(root) as served:
        yield served, folder / "dist"


SIDEWAYS = """() => {
    const wide = document.documentElement.clientWidth, found = [];
    if (document.documentElement.scrollWidth > wide) found.push("the page scrolls sideways");
    if (getComputedStyle(document.body).direction !== "rtl") found.push("the page runs to the right");
    for (const element of document.querySelectorAll("body *")) {
        if (element.closest(".skip-link, .visually-hidden, .trap, .table-scroll, svg, [hidden]")) continue;
        const style = getComputedStyle(element), box = element.getBoundingClientRect();
        if (!box.width || style.display === "inline") continue;
        const name = element.tagName + "." + element.className + " " + element.textContent.trim().slice(0, 30);
        if (box.left < -1 || box.right > wide + 1) found.push("out of the page: " + name);
        if (style.textAlign === "left") found.push("set to the left: " + name);
        if (style.overflowX === "hidden" && element.scrollWidth > element.clientWidth + 1 && !element.querySelector("svg"))
            found.push("cut off: " + name);
    }
    const brand = document.querySelector(".brand"), words = document.querySelector("h1");
    for (const element of [brand, words])
        if (element && getComputedStyle(element.parentElement).textAlign !== "center"
            && element.getBoundingClientRect().right < wide * 0.6) found.push("not at the right: " + element.className);
    return found;
}"""
"""What is wrong with a page that runs from right to left, as far as boxes tell."""


def one_of_each_kind(dist: Path) -> list[str]:
    """Return one page of each folder and depth."""
    found: dict[str, str] = {}
    for file in sorted(dist.rglob("*.html")):
        path = file.relative_to(dist).as_posix()
        if 'http-equiv="refresh"' not in file.read_text(encoding="utf-8"):
            found.setdefault(f"{path.partition('/')[0]}/{path.count('/')}", path.removesuffix("index.html"))
    return list(found.values())


def test_every_kind_of_page_is_turned_around(
    mirrored: tuple[Served, Path], new_page: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    """Nothing is cut off, sticks out or stays at the left, on a phone of 320 pixels as on a desk; axe finds nothing."""
    served, dist = mirrored
    page, found = new_page(), []
    paths = one_of_each_kind(dist)
    assert len(paths) > 12
    for path in paths:
        page.goto(f"{served.url}{path}")
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            found += [f"{path} at {width}: {line}" for line in page.evaluate(SIDEWAYS)]
        found += axe(page)
    assert found == []


def test_what_was_written_in_another_direction_keeps_its_own(
    mirrored: tuple[Served, Path], page: Page
) -> None:
    """Residents' words, and the fields that take them, follow the letters that are typed."""
    served, _ = mirrored
    page.goto(f"{served.url}topics/housing/")
    assert page.locator("#contribution-text").get_attribute("dir") == "auto"
    page.locator("#contribution-text").fill("Des bancs.")
    assert page.locator("#contribution-text").evaluate("field => getComputedStyle(field).direction") == "ltr"
    page.locator("#contribution-text").fill("مقاعد")
    assert page.locator("#contribution-text").evaluate("field => getComputedStyle(field).direction") == "rtl"
    page.locator(".contribution-form button").click()
    page.locator(".intake h1, .contribute h2").first.wait_for()
    assert page.evaluate(SIDEWAYS) == []
