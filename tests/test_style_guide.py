"""The style guide: the examples that a designer reads are those that these tests check."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import site_by_hand as made
from assises import look
from assises.assets import STYLE
from assises.examples import components
from assises.settings import Colours
from served import assises

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOUND, PROBLEMS = components(made.theme())
WITHIN = {"hemicycle", "script-words"}
"""Ornament, and attributes: nothing in them is read."""


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped theme's guide, in French."""
    folder = tmp_path_factory.mktemp("guide")
    done = assises("style-guide", str(folder), "-o", str(folder / "out"), "--language", "fr")
    assert done.returncode == 0, done.stderr
    return folder / "out"


def pages(guide: Path, depth: int) -> list[Path]:
    """Return the guide's pages: its first (0), those of components (1), those of examples (2)."""
    found = (guide / "style-guide").rglob("index.html")
    return sorted(page for page in found if len(page.relative_to(guide / "style-guide").parts) == depth + 1)


def test_each_component_has_examples() -> None:
    """Beside its template; their names differ."""
    assert PROBLEMS == []
    files = sorted(
        path for path in made.theme().files if re.fullmatch(r"templates/components/\w+\.html", path)
    )
    assert [component.name for component in FOUND] == [Path(path).stem for path in files]
    for component in FOUND:
        slugs = [example.slug for example in component.examples]
        assert slugs, f"{component.name}: write {component.name}.yaml beside it"
        assert len(set(slugs)) == len(slugs), component.name
        assert all(f"{component.name}(" in example.code for example in component.examples)
        assert component.what
        assert component.signature.startswith(f"{component.name}(")


def test_each_example_is_shown(guide: Path) -> None:
    """On a page of its own, with something in it, and framed in its component's page with its code."""
    shown = {page.parent.relative_to(guide / "style-guide").as_posix(): page for page in pages(guide, 2)}
    expected = {
        f"{component.name.replace('_', '-')}/{example.slug}"
        for component in FOUND
        for example in component.examples
    }
    assert set(shown) == expected
    for name, page in shown.items():
        text = page.read_text(encoding="utf-8")
        body = re.sub(r"<[^>]+>", "", text.partition("</h1>")[2]).strip()
        assert body or name.partition("/")[0] in WITHIN, name
    assert len(pages(guide, 1)) == len(FOUND)
    text = (guide / "style-guide/topic-card/index.html").read_text(encoding="utf-8")
    assert 'src="/style-guide/topic-card/in-a-grid/"' in text
    assert "{{ topic_card(page) }}" in text


def test_every_page_of_the_guide_is_valid(guide: Path, nu: Callable[[Path], list[str]]) -> None:
    """The Nu checker has nothing to say of it, nor of the sample site beside it."""
    assert nu(guide) == []


def test_every_example_is_accessible(
    guide: Path, page: Page, axe: Callable[[Page], list[str]], served_folder: Callable[[Path], str]
) -> None:
    """By day as it is written and by night turned around, on a phone; and nothing sticks out."""
    url, found = served_folder(guide), []
    page.set_viewport_size({"width": 320, "height": 800})
    for file in pages(guide, 2):
        page.emulate_media(color_scheme="light")
        page.goto(url + file.relative_to(guide).parent.as_posix() + "/")
        for scheme, direction in (("light", "ltr"), ("dark", "rtl")):
            page.emulate_media(color_scheme=scheme)
            page.evaluate("direction => { document.documentElement.dir = direction }", direction)
            found += [f"{direction}, {scheme}: {line}" for line in axe(page)]
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > 320:
                found.append(f"{page.url} {direction} scrolls sideways: {wide}")
    assert found == []


def test_the_guide_itself_is_accessible(
    guide: Path, page: Page, axe: Callable[[Page], list[str]], served_folder: Callable[[Path], str]
) -> None:
    """Its first page, and a component's; frames are looked at as pages of their own."""
    url = served_folder(guide)
    found = []
    for path in ("style-guide/", "style-guide/topic-card/", "style-guide/contribution-form/"):
        page.goto(url + path)
        found += axe(page)
    assert found == []


def test_every_token_is_told_and_shown(guide: Path) -> None:
    """Those of the style sheet and those that the build makes: no more and no fewer than the manifest has."""
    theme = made.theme()
    root = theme.static[STYLE].decode().partition("}")[0]
    tokens = {f"--{name}" for name in look.light(Colours())} | set(re.findall(r"(--[\w-]+):", root))
    assert {item.name for item in theme.manifest.tokens} == tokens
    text = (guide / "style-guide/index.html").read_text(encoding="utf-8")
    assert [name for name in tokens if f"<code>{name}</code>" not in text] == []
    for item in (*theme.manifest.blocks, *theme.manifest.classes):
        assert f"<code>{item.name}</code>" in text


def test_a_site_s_own_theme_is_shown_in_its_colours(tmp_path: Path) -> None:
    """With the component that it replaces, and its own example."""
    root = tmp_path / "site"
    (root / "themes/ours/templates/components").mkdir(parents=True)
    (root / "themes/ours/theme.yaml").write_text('format: 1\ntitle: Nôtre\nversion: "1"\n', encoding="utf-8")
    template = "{#- Ours. -#}\n{% macro timeline() %}<p>Notre frise</p>{% endmacro %}\n"
    (root / "themes/ours/templates/components/timeline.html").write_text(template, encoding="utf-8")
    minimal = Path(__file__).parent / "sites/minimal/site.yaml"
    settings = minimal.read_text(encoding="utf-8") + 'theme: {name: ours, colours: {accent: "#123456"}}\n'
    (root / "site.yaml").write_text(settings, encoding="utf-8")
    done = assises("style-guide", str(root), "-o", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "out/style-guide/timeline/the-phases/index.html").read_text(encoding="utf-8")
    assert "Notre frise" in text
    assert "#123456" in (tmp_path / "out/style-guide/index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("examples", "told"),
    [
        ("examples:\n  - {name: x, code: '{{ nobody() }}'}\n", "timeline.yaml:1:1: The example “x” cannot be shown: 'nobody' is undefined."),
        ("examples:\n  - {name: x}\n", "“code” is missing"),
        ("examples: [\n", "timeline.yaml:"),
        ("exemples: []\n", "exemples"),
    ],
)  # fmt: skip
def test_a_wrong_example_is_told_at_its_file(tmp_path: Path, examples: str, told: str) -> None:
    """Never as a traceback."""
    folder = tmp_path / "themes/default"
    (folder / "templates/components").mkdir(parents=True)
    (folder / "theme.yaml").write_text('format: 1\ntitle: x\nversion: "1"\n', encoding="utf-8")
    (folder / "templates/components/timeline.yaml").write_text(examples, encoding="utf-8")
    (tmp_path / "site.yaml").write_bytes((Path(__file__).parent / "sites/minimal/site.yaml").read_bytes())
    done = assises("style-guide", str(tmp_path), "-o", str(tmp_path / "out"))
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
