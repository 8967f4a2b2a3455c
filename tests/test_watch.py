"""The watch on a site's folder: every edit is heard of, once, and only when it is whole."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from assises.watch import Edits, watching
from served import copy_of, serving

LIMIT = "/proc/sys/user/max_inotify_watches"
"""How many folders a user of a namespace may watch (Linux, namespaces(7))."""


def heard(edits: Edits) -> bool:
    """Tell whether there was an edit, waiting for it as long as a machine under load may need."""
    return edits.wait(10) and edits.taken()


def never() -> None:
    """Fail: the system has enough watches."""
    raise AssertionError("watched slowly")


@pytest.fixture
def edits(tmp_path: Path) -> Iterator[Edits]:
    """What is heard of a folder that begins with a site.yaml and nothing else."""
    found = Edits()
    (tmp_path / "site.yaml").write_text("a: 1\n", encoding="utf-8")
    with watching(tmp_path, found, never):
        yield found


def test_whatever_editors_do_is_heard(tmp_path: Path, edits: Edits) -> None:
    """Files that are written, renamed over others and deleted, in folders that come, go and come back."""
    (tmp_path / "site.yaml").write_text("a: 2\n", encoding="utf-8")
    assert heard(edits)
    for _ in range(2):
        page = tmp_path / "content" / "topics" / "housing.md"
        page.parent.mkdir(parents=True)
        assert heard(edits)
        page.write_text("Un", encoding="utf-8")
        assert heard(edits)
        page.with_name("4913").write_text("Deux", encoding="utf-8")
        page.with_name("4913").replace(page)
        assert heard(edits)
        page.unlink()
        assert heard(edits)
        shutil.rmtree(tmp_path / "content")
        assert heard(edits)
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "one.md").write_text("Un", encoding="utf-8")
    (tmp_path / "away").rename(tmp_path / "content")
    assert heard(edits)
    (tmp_path / "content" / "one.md").write_text("Deux", encoding="utf-8")
    assert heard(edits)


def test_what_is_beside_the_site_is_not(tmp_path: Path, edits: Edits) -> None:
    """A build into the site's own folder would otherwise begin the next, for ever."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").write_text("", encoding="utf-8")
    (tmp_path / "site.yaml").read_text(encoding="utf-8")
    # Events come in order: the next that is heard of is the first that counts.
    (tmp_path / "notes.txt").write_text("", encoding="utf-8")
    assert not edits.wait(0.3)
    (tmp_path / "site.yaml").write_text("a: 2\n", encoding="utf-8")
    assert heard(edits)


def test_a_burst_is_looked_at_once_it_is_over() -> None:
    """However many files change, they are taken together, and none that comes meanwhile is forgotten."""
    edits, written, count = Edits(), [], 200

    def burst() -> None:
        for number in range(count):
            written.append(number)
            edits.heard()

    thread = threading.Thread(target=burst)
    thread.start()
    seen = []
    while edits.wait(0.5):
        assert edits.taken()
        seen.append(len(written))
    thread.join()
    assert seen[-1] == count
    assert len(seen) == 1
    assert not edits.taken()


def test_edits_without_end_are_looked_at_all_the_same() -> None:
    """Something writes into the folder for ever: it does not keep the rest from being seen."""
    edits, over = Edits(), threading.Event()

    def write() -> None:
        while not over.wait(0.01):
            edits.heard()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert edits.wait(10)
        assert edits.taken()
    finally:
        over.set()
        thread.join()


def namespaces() -> bool:
    """Tell whether this user may make namespaces, in which limits are the test's own."""
    program = shutil.which("unshare")
    return (
        bool(program)
        and not subprocess.run([program, "-Ur", "true"], capture_output=True, check=False).returncode
    )


@pytest.mark.skipif(not namespaces(), reason="the limit can be set in a user namespace only (Linux)")
@pytest.mark.parametrize("limit", [1, 3])
def test_where_the_system_has_no_watches_left_files_are_looked_at(tmp_path: Path, limit: int) -> None:
    """It is said, and edits are seen all the same, in folders that came later too."""
    root = copy_of("complete", tmp_path)
    lower = f'echo {limit} > {LIMIT} && exec "$@"'
    told: list[str] = []
    with serving(root, before=["unshare", "-Ur", "sh", "-c", lower, "sh"], told=told) as served:
        topic = root / "content" / "topics" / "housing.md"
        text = topic.read_text(encoding="utf-8")
        topic.write_text(text.replace("Des attentes", "De longues attentes"), encoding="utf-8", newline="\n")
        served.until("topics/housing/", lambda page: "De longues attentes" in page)
        later = root / "content" / "topics" / "later.md"
        later.write_text("---\ntitle: Plus tard\n---\n\nUn.\n", encoding="utf-8")
        served.until("topics/later/", lambda page: "Un." in page)
    assert "".join(told).count("no watches left") == 1
    assert sys.platform == "linux"


def test_a_thousand_files_at_once_are_built_few_times(tmp_path: Path) -> None:
    """A branch that is checked out, a folder that is copied: the preview is there when it is over."""
    root = copy_of("minimal", tmp_path)
    told: list[str] = []
    with serving(root, told=told) as served:
        folder = root / "content" / "topics"
        folder.mkdir()
        for number in range(1000):
            page = folder / f"topic-{number}.md"
            page.write_text(f"---\ntitle: Sujet {number}\n---\n\nTexte.\n", encoding="utf-8")
        served.until("topics/topic-999/", lambda text: "Sujet 999" in text, patience=200)
    assert "".join(told).count("Built at") < 8
