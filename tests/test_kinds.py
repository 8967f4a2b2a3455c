"""Pages of every kind, in a browser: the complete test site as it is built."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from served import EVENING, REPOSITORY, assises, copy_of, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

GOLDEN = REPOSITORY / "tests" / "golden" / "complete"
PAGES = (
    "people/", "people/martin/", "en/people/martin/", "documents/", "documents/plan/", "texts/", "texts/charter/",
    "meetings/2017-11-28-gare/", "en/meetings/", "topics/housing/",
)  # fmt: skip


def test_pages_of_every_kind_are_valid(nu: Callable[[Path], list[str]]) -> None:
    """The Nu checker has nothing to say."""
    assert nu(GOLDEN) == []


def test_pages_of_every_kind_are_accessible(
    tmp_path: Path, page: Page, axe: Callable[[Page], list[str]]
) -> None:
    """axe-core has nothing to say, on a telephone neither, and nothing scrolls sideways."""
    with serving(copy_of("complete", tmp_path)) as served:
        found = []
        for path in PAGES:
            for width in (320, 1280):
                page.set_viewport_size({"width": width, "height": 800})
                page.goto(f"{served.url}{path}")
                found += axe(page)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert found == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("documents/plan/index.html", ["PDF, 0,5\u202fko", "2 pages", "Version accessible"]),
        ("meetings/2017-11-28-gare/index.html", ["Cette rencontre est déplacée.", "La salle prévue est en travaux.", "École des Lilas", "Quartier de la Gare, Quartier du Parc", "openstreetmap.org", "Compte rendu", "Camille Martin"]),
        ("people/martin/index.html", ["Adjointe au maire", "Ouvrir une seconde crèche", "Rencontre du quartier de la Gare"]),
        ("topics/housing/index.html", ["Camille Martin", "Plan local de l’habitat", "Charte du logement"]),
        ("commitments/dropped/index.html", ["L’État n’a pas accordé le financement."]),
        ("en/meetings/index.html", ["Rencontre du quartier de la Gare", "(Français)"]),
    ],
)  # fmt: skip
def test_pages_say_what_their_files_say(path: str, words: list[str]) -> None:
    """What is written in front matter is read on the page, in its language or with the other named."""
    text = (GOLDEN / path).read_text(encoding="utf-8").replace("\u00a0", " ")
    assert [word for word in words if word not in text] == []


def test_what_appears_later_is_not_built_yet(tmp_path: Path) -> None:
    """Before its instant nothing tells of it; from then on it is there."""
    root = copy_of("complete", tmp_path)
    for now, there in ((EVENING, False), ("2017-12-01T08:00", True)):
        assert assises("build", str(root), "-o", str(tmp_path / "dist"), "--now", now).returncode == 0
        assert (tmp_path / "dist" / "later" / "index.html").exists() is there
