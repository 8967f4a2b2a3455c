"""The documentation as a site: built by the program itself, of the documents as they lie."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from served import REPOSITORY, assises, environment_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

BASE = "https://assises.example/docs/"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """What `make docs` makes, below the address that it is for; and what was said of it."""
    folder = tmp_path_factory.mktemp("documentation")
    done = subprocess.run(
        [sys.executable, REPOSITORY / "tests/tools/documentation.py", folder / "docs", BASE],
        env=environment_of({}), capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder, done.stderr


class Links(HTMLParser):
    """The addresses that a page leads to, and the ids that one can lead to."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.links += [named[name] for name in ("href", "src") if named.get(name)]
        self.ids |= {named["id"]} if "id" in named else set()


def test_every_document_is_a_page(built: tuple[Path, str]) -> None:
    """And nothing is wrong with it but what whoever publishes it has to fill in."""
    folder, said = built
    names = {path.stem for path in (REPOSITORY / "docs").glob("*.md")} - {"README"}
    pages = {path.parent.name for path in (folder / "docs").glob("*/index.html")}
    assert names - {"desk"} | {"moderation-desk", "overview", "contributing", "security"} <= pages
    french = {path.stem for path in (REPOSITORY / "docs/fr").glob("*.md")} - {"README"}
    assert french <= {path.parent.name for path in (folder / "docs/fr").glob("*/index.html")}
    assert "unfinished" in said
    assert re.findall(r"(?m)^(?:warning|error) .*", said) == []


def test_every_link_leads_somewhere(built: tuple[Path, str]) -> None:
    """From either half to the other as well, to the heading that is meant."""
    folder, _ = built
    pages = {path: Links(path) for path in folder.rglob("*.html") if path.name != "404.html"}
    broken = []
    for page, found in pages.items():
        at = f"https://assises.example/{page.parent.relative_to(folder).as_posix()}/"
        for href in found.links:
            parts = urlsplit(urljoin(at, href))
            if parts.netloc != "assises.example" or parts.scheme != "https":
                continue
            file = folder / unquote(parts.path).lstrip("/")
            file = file / "index.html" if file.is_dir() else file
            if not file.is_file() or (
                parts.fragment and file in pages and unquote(parts.fragment) not in pages[file].ids
            ):
                broken.append(f"{page.relative_to(folder)}: {href}")
    assert broken == []
    assert any(BASE in link for found in pages.values() for link in found.links)


def test_its_pages_are_valid(built: tuple[Path, str], nu: Callable[[Path], list[str]]) -> None:
    """The Nu checker has nothing to say."""
    assert nu(built[0]) == []


@pytest.mark.parametrize(
    "path", ["", "commands/", "hosting/", "legal/privacy/", "search/", "fr/", "fr/lancer/"]
)
def test_its_pages_are_accessible(
    built: tuple[Path, str],
    path: str,
    page: Page,
    axe: Callable[[Page], list[str]],
    served_folder: Callable[[Path], str],
) -> None:
    """By day and by night, on a phone; long commands scroll in themselves."""
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{served_folder(built[0])}docs/{path}")
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += axe(page)
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_site_that_only_informs_has_none_of_a_consultations_furniture(built: tuple[Path, str]) -> None:
    """No forms, ledger, charter or figures of contributions, and no link to any."""
    folder, _ = built
    for half in (folder / "docs", folder / "docs" / "fr"):
        there = {path.relative_to(half).as_posix() for path in half.rglob("*")}
        assert (
            not {"ledger", "contributions.jsonl", "contributions.xml", "meetings.ics", "legal/charter"}
            & there
        )
        assert {"feed.xml", "sitemap.xml", "legal/notice", "legal/privacy", "search"} <= there
        for page in half.rglob("*.html"):
            assert not re.search(r'href="[^"]*/(?:ledger|contributions)', page.read_text(encoding="utf-8")), (
                page
            )


def test_what_makes_a_consultation_is_said_whole_or_not_at_all(tmp_path: Path) -> None:
    """One of phases, procedure and participation calls for the other two."""
    for name in ("content/index.md", "site.yaml"):
        source = REPOSITORY / "tests/sites/minimal" / name
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source.read_text("utf-8"), "utf-8", newline="\n")
    whole = (tmp_path / "site.yaml").read_text("utf-8")
    for wanted in ("phases", "procedure", "participation"):
        without = re.sub(rf"(?m)^{wanted}:\n(?:  .*\n)+", "", whole)
        assert without != whole
        (tmp_path / "site.yaml").write_text(without, "utf-8", newline="\n")
        done = assises("check", str(tmp_path))
        assert f"“{wanted}” is missing" in done.stderr
        assert done.returncode == 1
    none = re.sub(r"(?m)^(?:phases|procedure|participation):\n(?:  .*\n)+", "", whole)
    (tmp_path / "site.yaml").write_text(none, "utf-8", newline="\n")
    done = assises("check", str(tmp_path))
    assert done.returncode == 0, done.stderr
