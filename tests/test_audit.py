"""The long measures: every page of both sites in every mode, Lighthouse, and a browser of 2018. Run by `make audit`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conftest import CHROMIUM, require
from measures import (
    FIRST_VIEW,
    KEPT,
    heaviest,
    html_pages,
    in_all_modes,
    one_of_each_template,
    path_of,
    sideways,
    weigh,
)
from served import EVENING, REPOSITORY, Served, assises, copy_of, serving
from tools.republique_numerique import LATEST, make

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.audit, pytest.mark.timeout(3600)]

DATA = REPOSITORY.parent / "shared" / "data" / "republique-numerique"
LIGHTHOUSE = REPOSITORY / ".tools/audit/node_modules/lighthouse/cli/index.js"
OLD_PYTHON = REPOSITORY / ".tools/floor/bin/python"
SEEN = REPOSITORY / ".tools/audit/seen"
"""What the old browser saw, for whoever wants to look."""

TOPIC, MEETING = "topics/housing/", "meetings/2017-11-20-quartier-de-la-gare/"


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Served]]:
    """The demonstration with its statements, built for an address of its own and served by its runner."""
    folder = tmp_path_factory.mktemp("audit")
    root = copy_of("demonstration", folder)
    with serving(root) as served:
        done = assises(
            "build", str(root), "-o", str(folder / "dist"), "--now", EVENING, "--base", "http://127.0.0.1/"
        )
        assert done.returncode == 0, done.stderr
        yield folder / "dist", served


@pytest.fixture(scope="module")
def republique(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of République numérique: 4,690 contributions."""
    if not DATA.is_dir():
        pytest.skip("the real consultation's data are not part of the project")
    folder = tmp_path_factory.mktemp("republique")
    make(DATA, folder / "site")
    done = assises(
        "import", str(folder / "site/import.jsonl"), str(folder / "site"), "--now", LATEST, timeout=900
    )
    assert done.returncode == 0, done.stderr
    done = assises(
        "build",
        str(folder / "site"),
        "-o",
        str(folder / "dist"),
        "--now",
        LATEST,
        "--base",
        "http://127.0.0.1/",
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    return folder / "dist"


def test_every_page_of_the_demonstration_in_every_mode(
    demonstration: tuple[Path, Served],
    page: Page,
    axe: Callable[[Page], list[str]],
    served_folder: Callable[[Path], str],
) -> None:
    """Phone and desk, by day, by night, in forced colours; no page scrolls sideways at 400 % or keeps anything."""
    root, found = demonstration[0], []
    url = served_folder(root)
    for file in html_pages(root):
        page.goto(f"{url}{path_of(file, root)}")
        for mode in in_all_modes(page):
            found += [f"{mode}: {line}" for line in axe(page)]
        found += sideways(page, 320)
        found += [f"{page.url} keeps {name}" for name in page.evaluate(KEPT)]
    assert page.context.cookies() == []
    assert found == []


def test_every_page_of_a_large_site_is_valid_and_light(
    republique: Path, nu: Callable[[Path], list[str]]
) -> None:
    """Nothing for the Nu checker to say, and EcoIndex B at least, with hundreds of contributions to a page."""
    weights = [(path_of(file, republique), weigh(file, republique, "/")) for file in html_pages(republique)]
    print(f"\nRépublique numérique: {heaviest(weights)}")
    assert len(weights) > 1000
    assert [f"{path}: {weight.score:.1f}" for path, weight in weights if weight.grade not in "AB"] == []
    assert nu(republique) == []


def test_every_page_of_a_large_site_is_accessible(
    republique: Path, page: Page, axe: Callable[[Page], list[str]], served_folder: Callable[[Path], str]
) -> None:
    """Once, on a phone; one of each template in every mode."""
    url, found = served_folder(republique), []
    page.set_viewport_size({"width": 390, "height": 844})
    for file in html_pages(republique):
        page.goto(f"{url}{path_of(file, republique)}")
        found += axe(page)
        found += sideways(page, 320)
        page.set_viewport_size({"width": 390, "height": 844})
    for path in one_of_each_template(republique):
        page.goto(f"{url}{path}")
        for mode in in_all_modes(page):
            found += [f"{mode}: {line}" for line in axe(page)]
    assert found == []


def test_the_demonstration_is_light(demonstration: tuple[Path, Served]) -> None:
    """EcoIndex A on every page; home and meetings come whole in one round trip."""
    root = demonstration[0]
    weights = [(path_of(file, root), weigh(file, root, "/")) for file in html_pages(root)]
    print(f"\nDemonstration: {heaviest(weights)}")
    assert [path for path, weight in weights if weight.grade != "A"] == []
    single = {path: weight.first_view for path, weight in weights if path in ("", MEETING)}
    print(f"First view, compressed: {single}")
    assert all(bytes <= FIRST_VIEW for bytes in single.values())


@pytest.mark.parametrize("path", ["", TOPIC, MEETING], ids=["home", "topic", "meeting"])
def test_lighthouse_gives_all_points(
    demonstration: tuple[Path, Served], served_folder: Callable[[Path], str], tmp_path: Path, path: str
) -> None:
    """Performance, accessibility, good practice and search engines: 100 each, on a slow phone."""
    if not LIGHTHOUSE.is_file():
        pytest.fail("lighthouse is missing. To install: make audit", pytrace=False)
    node = require("axe")[0]
    file = tmp_path / "report.json"
    command = [
        node, str(LIGHTHOUSE), f"{served_folder(demonstration[0])}{path}", "--quiet", "--output=json", f"--output-path={file}",
        f"--chrome-flags=--headless=new {' '.join(CHROMIUM)}", "--only-categories=performance,accessibility,best-practices,seo",
    ]  # fmt: skip
    environment = os.environ | {"CHROME_PATH": require("chromium")[0]}
    subprocess.run(command, env=environment, check=True, timeout=180, cwd=tmp_path)
    report = json.loads(file.read_text(encoding="utf-8"))
    points = {name: round(found["score"] * 100) for name, found in report["categories"].items()}
    print(f"\nLighthouse {path or 'home'}: {points}")
    lost = [
        f"{audit['id']}: {audit.get('displayValue', '')} {audit['title']}"
        for found in report["categories"].values()
        for part in found["auditRefs"]
        if (audit := report["audits"][part["id"]])["score"] not in (None, 1) and part["weight"]
    ]
    assert set(points.values()) == {100}, lost


def test_a_browser_of_2018_reads_and_posts(demonstration: tuple[Path, Served]) -> None:
    """Chromium 69: laid out, nothing lost or pushed out, and a contribution gets its number."""
    if not OLD_PYTHON.is_file():
        pytest.fail("the old browser is missing. To install: make audit", pytrace=False)
    shutil.rmtree(SEEN, ignore_errors=True)
    SEEN.mkdir(parents=True)
    served = demonstration[1]
    paths = one_of_each_template(demonstration[0])
    script = REPOSITORY / "tests/tools/old_browser.py"
    done = subprocess.run(
        [OLD_PYTHON, script, served.url, TOPIC, SEEN, *paths],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found["pages"]) == set(paths)
    for path, told in found["pages"].items():
        assert "Chrome/69" in told["agent"]
        assert told["styled"], path
        assert told["h1"], path
        assert not told["sideways"], path
        assert told["hidden"] == [], path
    assert found["checked"] is True
    assert found["number"]
    print(f"\nChromium 69: {len(paths)} pages, contribution {found['number']}", file=sys.stderr)
