"""Search: in the browser, in French, under the site's own policy; and what stands there without it."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import site_by_hand as made
from assises import search
from assises.build import build
from assises.load import look_through
from served import Served, assises, copy_of, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

NOW = "2017-11-20T20:15"
HEAVIEST = 100_000
"""Bytes, compressed, of what a first search loads besides its results: program and grammar."""


def with_search(folder: Path) -> Path:
    """Return a copy of the complete test site that asks for a search in its first line."""
    root = copy_of("complete", folder)
    settings = root / "site.yaml"
    settings.write_text(f"search: true\n{settings.read_text(encoding='utf-8')}", encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """It, with a discussion in several orders."""
    root = with_search(tmp_path_factory.mktemp("search"))
    rows = [
        {"of": "questions/where", "kind": "proposal", "time": f"2017-11-08T10:{n:02}:00Z", "channel": "paper", "text": text}
        for n, text in enumerate(["Des platanes <b onclick=alert(1)>ombragés</b> & frais.", *(f"Idée {n}." for n in range(20))])
    ]  # fmt: skip
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (root / "content" / "contributions" / "many.jsonl").write_text(lines, encoding="utf-8")
    with serving(root, NOW) as served:
        yield served


def look_for(page: Page, words: str) -> list[str]:
    """Search as a reader does, and return the titles that are found."""
    page.get_by_label("Des mots, ou le numéro").fill(words)
    page.get_by_role("search").get_by_role("button", name="Rechercher").click()
    page.get_by_role("status").get_by_text(re.compile("trouvé")).filter(has_text=words).wait_for()
    return page.locator(".found a").all_inner_texts()


def test_words_are_found_in_french(served: Served, page: Page) -> None:
    """Singular finds plural; each result says what kind of page it is, and the address keeps the words."""
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.goto(f"{served.url}search/")
    assert "Cent logements" in look_for(page, "logement")
    assert (
        page.locator(".found li", has_text="Cent logements").first.locator(".kind").inner_text()
        == "Engagement"
    )
    assert page.locator(".found mark").first.inner_text().lower().startswith("logement")
    page.reload()
    page.locator(".found a").first.wait_for()
    assert page.get_by_label("Des mots, ou le numéro").input_value() == "logement"
    page.locator(".found a", has_text="Cent logements").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Cent logements"
    page.go_back()
    page.locator(".found a").first.wait_for()
    assert wrong == []


def test_a_contribution_is_found_by_its_number_and_its_words_stay_words(served: Served, page: Page) -> None:
    """Markup of a resident is shown, not run."""
    page.goto(f"{served.url}search/")
    found = look_for(page, "platane")
    assert found
    assert "<b onclick=alert(1)>" in page.locator(".found li").first.inner_text()
    assert page.locator(".found b").count() == 0
    page.goto(f"{served.url}questions/where/contributions/")
    number = page.locator(".post-facts", has_text="nº").first.inner_text()
    number = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", number)[0]
    page.goto(f"{served.url}search/")
    assert "Toutes les contributions" in look_for(page, number)


def test_nothing_is_said_to_be_found_where_nothing_is(served: Served, page: Page) -> None:
    """With the words, whatever they hold."""
    page.goto(f"{served.url}search/")
    assert look_for(page, "漢字 <b>$&") == []
    assert "Rien n’a été trouvé pour «\u00a0漢字 <b>$&\u00a0»" in page.locator(".told").inner_text()


def test_the_menu_leads_to_the_search_where_there_is_one(served: Served, page: Page) -> None:
    """On every page; and on its own the menu says that one is there."""
    page.goto(served.url)
    page.locator("nav.menu").get_by_role("link", name="Rechercher").click()
    page.get_by_role("heading", name="Rechercher", level=1).wait_for()
    assert page.locator("nav.menu [aria-current=page]").inner_text() == "Rechercher"


def test_a_search_that_cannot_be_loaded_says_so(served: Served, page: Page) -> None:
    """And works once the network is there again."""
    page.route("**/pagefind.js", lambda route: route.abort())
    page.goto(f"{served.url}search/")
    page.get_by_label("Des mots, ou le numéro").fill("logement")
    page.get_by_label("Des mots, ou le numéro").press("Enter")
    page.get_by_role("status").get_by_text("n’a pas pu être chargée").wait_for()
    page.unroute("**/pagefind.js")
    page.reload()
    page.locator(".found a").first.wait_for()


def test_without_script_the_page_says_what_to_do(served: Served, new_page: Callable[..., Page]) -> None:
    """There is no dead field; lists, topics and the ledger lead on."""
    page = new_page(java_script_enabled=False)
    page.goto(f"{served.url}search/")
    assert not page.get_by_label("Des mots, ou le numéro").is_visible()
    assert page.get_by_text("demande JavaScript").is_visible()
    page.get_by_role("main").get_by_role("link", name="Logement").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Logement"


def test_the_index_is_light_and_holds_what_search_engines_may_list(served: Served, tmp_path: Path) -> None:
    """No interface files, no second order of the same contributions; the same bytes again for the same pages."""
    built = []
    for name in ("one", "other"):
        done = assises("build", str(served.root), "-o", str(tmp_path / name), "--now", NOW)
        assert done.returncode == 0, done.stderr
        folder = tmp_path / name / search.FOLDER
        built.append(
            {f.relative_to(folder).as_posix(): f.read_bytes() for f in folder.rglob("*") if f.is_file()}
        )
    files, again = built
    assert files == again
    assert not [path for path in files if "ui" in path or path.endswith(".css")]
    assert sum(len(gzip.compress(files[name])) for name in ("pagefind.js", "wasm.fr.pagefind")) <= HEAVIEST
    fragments = b"".join(
        gzip.decompress(data) for path, data in files.items() if path.startswith("fragment/")
    )
    assert b"/questions/where/contributions/" in fragments
    assert b"/contributions/newest/" not in fragments
    assert b"/search/" not in fragments
    assert "Relire avant d’envoyer".encode() not in fragments


def test_without_the_extra_the_site_is_built_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warning at the key, and a site map in its place."""
    monkeypatch.setattr(search, "is_installed", lambda: False)
    root = with_search(tmp_path)
    _loaded, output = build(root, made.at(11, 20))
    assert not [path for path in output if path.startswith(f"{search.FOLDER}/")]
    page = output["search/index.html"].decode()
    assert "<h1>Plan du site</h1>" in page
    assert "<form" not in page
    found = look_through(root, None)
    (problem,) = [p for p in found.problems if "Pagefind" in p.what.text]
    assert (problem.severity, problem.location.line) == ("warning", 1)
    asked = replace(found.site.settings, search=False)
    assert search.search_problems(asked) == []


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("wasm.fr.pagefind", gzip.compress(b"wasm" * 99, mtime=0)),
        ("pagefind-entry.json", b'{"languages": {}}'),
        ("pagefind.js", b"const a = 1;export{a};"),
    ],
    ids=["wasm", "json", "js"],
)
def test_what_pagefind_left_half_written_is_made_anew(
    monkeypatch: pytest.MonkeyPatch, name: str, whole: bytes
) -> None:
    """Its program may end before its last writes do; what is never whole is an error, and no index."""
    half = whole[: len(whole) // 2]
    made = iter([half, whole])
    monkeypatch.setattr(search, "_made", lambda _pages: {name: next(made)})
    (data,) = search.index({"index.html": name.encode()}).values()
    assert data == whole
    monkeypatch.setattr(search, "_made", lambda _pages: {name: half})
    with pytest.raises(OSError, match="half-written"):
        search.index({"index.html": b"never " + name.encode()})
