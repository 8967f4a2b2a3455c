"""The preview in a real browser: it follows the files, says what is wrong with them, and never dies."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from served import Served, assises, copy_of, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

TOPIC = "content/topics/housing.md"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """The complete test site, served."""
    with serving(copy_of("complete", tmp_path)) as found:
        yield found


def edit(served: Served, old: str, new: str, name: str = TOPIC) -> None:
    """Change words of a file, as an editor does that truncates and writes."""
    file = served.root / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def shown(page: Page, words: str) -> None:
    """Wait until the page shows some words."""
    page.get_by_text(words).first.wait_for()


def test_a_saved_edit_shows_without_a_touch(served: Served, page: Page) -> None:
    """However an editor saves: in place, by a new file renamed over the old, by a swap file first."""
    page.goto(f"{served.url}topics/housing/")
    edit(served, "Des attentes", "Des attentes anciennes")
    shown(page, "Des attentes anciennes")
    file = served.root / TOPIC
    (file.with_name(".housing.md.swp")).write_text("x", encoding="utf-8")
    draft = file.with_name("4913")
    draft.write_text(file.read_text(encoding="utf-8").replace("anciennes", "nouvelles"), encoding="utf-8")
    draft.replace(file)
    shown(page, "Des attentes nouvelles")


def test_mistakes_are_shown_over_the_last_good_page_and_go_when_mended(
    served: Served, page: Page, axe: Callable[[Page], list[str]]
) -> None:
    """With place, line and mend; Escape folds them; the page below is the one before."""
    page.goto(f"{served.url}topics/housing/")
    edit(served, "title:", "titel:")
    panel = page.locator(".assises-problems[open]")
    panel.get_by_text("titel").first.wait_for()
    for words in (f"{TOPIC}:2:1", "“titel” is not known here.", "Did you mean “title”?", "^~~~~"):
        assert words in panel.inner_text()
    assert page.locator("h1").inner_text() == "Logement"
    assert axe(page) == []
    page.keyboard.press("Escape")
    panel.wait_for(state="detached")
    edit(served, "titel:", "title:")
    page.wait_for_function("!document.querySelector('.assises-problems')?.innerText.includes('titel')")


def test_words_that_somebody_is_writing_are_never_lost(served: Served, page: Page) -> None:
    """The page does not load again by itself: it says that it has changed."""
    page.goto(f"{served.url}topics/housing/")
    page.fill("textarea", "Je suis en train d’écrire.")
    edit(served, "Des attentes", "De longues attentes")
    page.get_by_role("button", name="Load it again").wait_for()
    assert page.input_value("textarea") == "Je suis en train d’écrire."
    page.get_by_role("button", name="Load it again").click()
    shown(page, "De longues attentes")


def test_each_page_says_which_file_it_comes_from(served: Served, page: Page) -> None:
    """Below the page, for every page that has a file; with `edit_url` it leads to the forge's editor."""
    page.goto(f"{served.url}en/topics/housing/")
    assert page.locator(".assises-preview").inner_text() == "Edit this page: content/topics/housing.en.md"
    page.goto(f"{served.url}topics/")
    assert page.locator(".assises-preview").count() == 0
    settings = served.root / "site.yaml"
    address = "https://forge.example/ville/edit/main/{path}"
    settings.write_text(settings.read_text(encoding="utf-8") + f"edit_url: {address}\n", encoding="utf-8")
    served.until("topics/housing/", lambda text: "forge.example" in text)
    page.goto(f"{served.url}topics/housing/")
    link = page.locator(".assises-preview a")
    assert link.get_attribute("href") == f"https://forge.example/ville/edit/main/{TOPIC}"


def test_nothing_of_the_preview_is_built(served: Served, tmp_path: Path) -> None:
    """Built pages have no script and no bar; the intake's and the desk's pages are their own."""
    built = assises("build", str(served.root), "-o", str(tmp_path / "dist"))
    assert built.returncode == 0, built.stderr
    pages = list((tmp_path / "dist").rglob("*.html"))
    assert pages
    assert [page for page in pages if "_preview" in page.read_text(encoding="utf-8")] == []
    assert "_preview" in served.get("topics/housing/")
    connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=10)
    for path in ("desk/", "inbox/contributions/new?form=topics/housing:comment"):
        connection.request("GET", urlsplit(served.url).path + path)
        text = connection.getresponse().read().decode()
        assert "<html" in text
        assert "_preview" not in text


def test_folders_may_go_and_come_back(served: Served) -> None:
    """A branch that is changed, a folder that is moved away and put back: the preview is still there."""
    content, away = served.root / "content", served.root / "away"
    content.rename(away)
    served.until("topics/housing/", lambda text: "This folder is missing." in text)
    away.rename(content)
    served.until("topics/housing/", lambda text: "assises-problems" not in text or "missing" not in text)
    edit(served, "Des attentes", "Toujours des attentes")
    served.until("topics/housing/", lambda text: "Toujours des attentes" in text)
    shutil.rmtree(served.root / "content" / "people")
    served.until("topics/housing/", lambda text: "There is no page “people/martin”." in text)


def test_a_theme_that_is_made_later_is_seen(served: Served) -> None:
    """Its folder did not exist when the watch began."""
    templates = served.root / "themes" / "default" / "templates"
    templates.mkdir(parents=True)
    (templates / "not_found.html").write_text("<h1>{{ nothing }}</h1>", encoding="utf-8")
    manifest = 'format: 1\ntitle: Ours\nversion: "1"\n'
    (served.root / "themes" / "default" / "theme.yaml").write_text(manifest, encoding="utf-8")
    served.until("topics/housing/", lambda text: "themes/default/templates/not_found.html:1:1" in text)
    (templates / "not_found.html").write_text("<h1>Perdu</h1>", encoding="utf-8")
    served.until("topics/housing/", lambda text: "not_found.html" not in text)


@contextmanager
def started(root: Path) -> Iterator[subprocess.Popen[str]]:
    """Run `assises serve` on a site that may be broken, while the block runs."""
    command = [
        sys.executable,
        "-c",
        "from assises.cli import main; main()",
        "serve",
        str(root),
        "--port",
        "0",
    ]
    process = subprocess.Popen(
        [*command, "--now", "2017-11-20T20:15"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        encoding="utf-8", env=os.environ | {"ASSISES_LANGUAGE": "en", "PYTHONUTF8": "1"},
    )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        assert process.returncode == 0


def address(process: subprocess.Popen[str]) -> str:
    """Return the next address that the process says."""
    assert process.stdout
    while "http" not in (line := process.stdout.readline()):
        assert line, "assises serve ended"
    return line.split()[-1]


@pytest.mark.parametrize("name", ["site.yaml", TOPIC])
def test_a_site_that_is_broken_from_the_start_is_served_once_it_is_mended(
    tmp_path: Path, page: Page, name: str
) -> None:
    """Until then the browser says what is wrong, and loads the site by itself when nothing is any more."""
    root = copy_of("complete", tmp_path)
    good = (root / name).read_text(encoding="utf-8")
    (root / name).write_text(
        good.replace("title:", "titel:").replace("languages:", "langues:"), encoding="utf-8"
    )
    with started(root) as process:
        page.goto(address(process))
        page.get_by_text("This site cannot be shown yet").first.wait_for()
        assert f"{name}:" in page.locator(".assises-problems").inner_text()
        (root / name).write_text(good, encoding="utf-8")
        page.get_by_role(
            "heading", name="Assises de Villeneuve"
        ).first.wait_for() if name == TOPIC else shown(page, "Villeneuve")


def test_where_there_is_no_site_nothing_is_served(tmp_path: Path) -> None:
    """Somebody stands in the wrong folder."""
    done = assises("serve", str(tmp_path), "--port", "0")
    assert done.returncode == 1
    assert "site.yaml:1:1" in done.stderr


def ask(served: Served, path: str, method: str = "GET", **headers: str) -> int:
    """Return the status of an answer."""
    connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=10)
    connection.request(method, path, headers=headers)
    return connection.getresponse().status


def test_only_this_machine_s_own_names_are_answered(served: Served) -> None:
    """A page elsewhere whose name leads here (DNS rebinding) reads nothing and sends nothing."""
    assert ask(served, "/assises/", Host="evil.example") == 421
    assert ask(served, "/assises/desk/", Host="127.0.0.1.evil.example:80") == 421
    assert ask(served, "/assises/", Host="localhost:1234") == 200
    assert ask(served, "/assises/_preview/preview.js") == 200
    assert ask(served, "/assises/_preview/preview.js", "POST") == 405
    assert ask(served, "/assises/_preview/../../site.yaml") == 404


def test_many_open_tabs_starve_nobody(served: Served) -> None:
    """Each holds its stream; pages are answered all the same, and the end is prompt."""
    streams = []
    for _ in range(20):
        connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=10)
        connection.request("GET", "/assises/_preview/events")
        streams.append((connection, connection.getresponse()))
    first = {answer.readline() for _, answer in streams}
    assert len(first) == 1
    assert served.get("topics/housing/")
    edit(served, "Des attentes", "Bien des attentes")
    served.until("topics/housing/", lambda text: "Bien des attentes" in text)
    for connection, answer in streams:
        assert answer.readline() == b"\n"
        assert answer.readline() not in first
        connection.close()
