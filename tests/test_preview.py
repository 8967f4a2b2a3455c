"""The preview in a real browser: it follows the files, says what is wrong with them, and never dies."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import subprocess
import sys
import time
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
def reloads() -> bool:
    """They are what is tested here."""
    return True


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
    page.wait_for_function("scrollY === 0")  # in view, not above what was in view
    for words in (f"{TOPIC}:2:1", "“titel” is not known here.", "Did you mean “title”?", "^~~~~"):
        assert words in panel.inner_text()
    assert page.locator("h1").inner_text() == "Logement"
    assert axe(page) == []
    page.keyboard.press("Escape")
    panel.wait_for(state="detached")
    edit(served, "titel:", "title:")
    page.wait_for_function("!document.querySelector('.assises-problems')?.innerText.includes('titel')")


def test_a_mistake_in_site_yaml_is_shown_like_any_other(served: Served, page: Page) -> None:
    """It keeps the preview from nothing else: the page stays, and follows once it is mended."""
    page.goto(f"{served.url}topics/housing/")
    edit(served, "languages:", "langues:", "site.yaml")
    panel = page.locator(".assises-problems[open]")
    panel.get_by_text("langues").first.wait_for()
    assert "site.yaml:" in panel.inner_text()
    assert page.locator("h1").inner_text() == "Logement"
    edit(served, "langues:", "languages:", "site.yaml")
    panel.wait_for(state="detached")


def test_what_a_restart_needs_is_said(served: Served) -> None:
    """The preview stays where it is, below the path that it began with."""
    settings = served.root / "site.yaml"
    text = settings.read_text(encoding="utf-8")
    line = 1 + text[: text.index("\nurl:") + 1].count("\n")
    edit(served, "example/assises/", "example/ailleurs/", "site.yaml")
    said = served.until("topics/housing/", lambda text: "The preview still stands below /assises/." in text)
    assert f"site.yaml:{line}:6" in said
    settings.write_text(f"{text}store:\n  path: .assises/other.git\n", encoding="utf-8", newline="\n")
    served.until("topics/housing/", lambda text: "still keeps contributions at .assises/store.git" in text)


def test_a_fault_of_the_machine_is_shown_while_it_lasts(served: Served) -> None:
    """The store is out of reach: pages stay, and the preview goes on when it is back."""
    store = served.root / ".assises" / "store.git"
    away = store.rename(store.with_name("away.git"))
    store.write_text("no store", encoding="utf-8")
    edit(served, "Des attentes", "De vaines attentes")
    served.until("topics/housing/", lambda text: "The preview cannot do its work" in text)
    assert "De vaines attentes" not in served.get("topics/housing/")
    store.unlink()
    away.rename(store)
    served.until("topics/housing/", lambda text: "De vaines attentes" in text)
    served.until("topics/housing/", lambda text: "cannot do its work" not in text)


def test_words_that_somebody_is_writing_are_never_lost(served: Served, page: Page) -> None:
    """The page does not load again by itself: it says that it has changed."""
    page.goto(f"{served.url}topics/housing/")
    page.fill("textarea", "Je suis en train d’écrire.")
    edit(served, "Des attentes", "De longues attentes")
    page.get_by_role("button", name="Load it again").wait_for()
    assert page.input_value("textarea") == "Je suis en train d’écrire."
    page.get_by_role("button", name="Load it again").click()
    shown(page, "De longues attentes")


def test_what_was_written_in_full_does_not_keep_the_page(served: Served, page: Page) -> None:
    """Words that were taken back are nobody's any more: the page follows again."""
    page.goto(f"{served.url}topics/housing/")
    page.fill("textarea", "Rien.")
    page.fill("textarea", "")
    edit(served, "Des attentes", "De longues attentes")
    shown(page, "De longues attentes")


def test_all_tabs_of_a_browser_follow(served: Served, page: Page) -> None:
    """More than the six connections that it opens to one place, and also when the one that listened is closed."""
    tabs = [page, *(page.context.new_page() for _ in range(9))]
    for tab in tabs:
        tab.goto(f"{served.url}topics/housing/")
    edit(served, "Des attentes", "De longues attentes")
    for tab in tabs:
        shown(tab, "De longues attentes")
    tabs.pop(0).close()
    edit(served, "De longues attentes", "De courtes attentes")
    for tab in tabs:
        shown(tab, "De courtes attentes")


def test_each_page_says_which_file_it_comes_from(served: Served, page: Page) -> None:
    """Below the page, for every page that has a file; with `edit_url` it leads to the forge's editor."""
    page.goto(f"{served.url}en/topics/housing/")
    bar = page.locator(".assises-preview")
    assert bar.locator("p").all_inner_texts() == [
        "Edit this page: content/topics/housing.en.md",
        "Shown as on 2017-11-20 20:15 (--now)",
    ]
    page.goto(f"{served.url}topics/")
    assert bar.locator("p").all_inner_texts() == ["Shown as on 2017-11-20 20:15 (--now)"]
    page.goto("about:blank")  # a page that loads itself again would stop the next from being opened
    settings = served.root / "site.yaml"
    address = "https://forge.example/ville/edit/main/{path}"
    settings.write_text(settings.read_text(encoding="utf-8") + f"edit_url: {address}\n", encoding="utf-8")
    served.until("topics/housing/", lambda text: "forge.example" in text)
    page.goto(f"{served.url}topics/housing/")
    link = page.locator(".assises-preview a")
    assert link.get_attribute("href") == f"https://forge.example/ville/edit/main/{TOPIC}"


def test_the_preview_leaves_a_phone_its_page(
    served: Served, new_page: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    """Its bar lies below the page there, and what it quotes keeps its mark under the right word."""
    page = new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{served.url}topics/housing/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator(".assises-preview").bounding_box()["y"] > 844
    page.locator(".assises-problems summary").click()
    assert (
        page.locator(".assises-problems pre").first.evaluate("e => getComputedStyle(e).whiteSpace") == "pre"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    # axe-core holds what scrolls within the page to be reached with the keyboard.
    assert axe(page) == []
    page.emulate_media(media="print")
    assert not page.locator(".assises-preview").is_visible()
    assert not page.locator(".assises-problems").is_visible()


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


def test_the_end_is_prompt_whoever_looks(tmp_path: Path) -> None:
    """Tabs that are open keep nobody waiting."""
    with started(copy_of("complete", tmp_path)) as process:
        site = urlsplit(address(process))
        streams = [http.client.HTTPConnection(site.netloc, timeout=10) for _ in range(5)]
        for stream in streams:
            stream.request("GET", f"{site.path}_preview/events")
            assert stream.getresponse().readline() == b"retry: 500\n"
        begun = time.monotonic()
    assert time.monotonic() - begun < 5
    for stream in streams:
        stream.close()


def test_the_terminal_tells_a_thing_once(tmp_path: Path) -> None:
    """What was told at one build is not told again at the next."""
    told: list[str] = []
    with serving(copy_of("complete", tmp_path), told=told) as served:
        for old, new in (("Des attentes", "Peu"), ("Peu", "Assez"), ("Assez", "Beaucoup")):
            edit(served, old, new)
            served.until(
                "topics/housing/", lambda text, new=new: f"{new} : un" in text.replace("\u00a0", " ")
            )
        edit(served, "title:", "titel:")
        served.until("topics/housing/", lambda text: "titel" in text)
    assert told[0].count("Built at") == 4
    lines = [line for line in told[0].splitlines() if line.startswith(("error ", "warning ", "unfinished "))]
    assert lines
    assert len(lines) == len(set(lines))
    assert "titel" in lines[-1]
