"""The checkers find what is wrong, and the installer says what is missing."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from tools.install import HERE, TOOLS, UnknownToolError, left_out

GOOD = """<!DOCTYPE html>
<html lang="fr">
<head><meta charset="utf-8"><title>Bonjour</title></head>
<body><main><h1>Bonjour</h1><p>Bienvenue.</p></main></body>
</html>
"""
BAD = GOOD.replace("<p>", '<p><img src="nothing.png">').replace("<title>Bonjour</title>", "")


@pytest.fixture
def served(tmp_path, free_port):
    """Two pages, one good and one bad, at the address that is given."""
    (tmp_path / "good.html").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.html").write_text(BAD, encoding="utf-8")
    handler = partial(Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", free_port()), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and logs nothing."""

    def log_message(self, *args):
        """Say nothing."""


def test_axe_finds_what_shuts_people_out(served, page, axe):
    """A page without a title and with an image without words fails; a plain good page passes."""
    page.goto(f"{served}/good.html")
    assert axe(page) == []
    page.goto(f"{served}/bad.html")
    found = "\n".join(axe(page))
    assert "image-alt" in found
    assert "document-title" in found


def test_the_nu_checker_finds_invalid_pages_and_styles(tmp_path, nu):
    """Each kind of file is checked, and the message names file, line and column."""
    (tmp_path / "good.html").write_text(GOOD, encoding="utf-8")
    assert nu(tmp_path) == []
    (tmp_path / "bad.html").write_text(BAD, encoding="utf-8")
    (tmp_path / "bad.css").write_text("p { colour: red }\n", encoding="utf-8")
    found = nu(tmp_path)
    assert {line.partition(":")[0] for line in found} == {"bad.css", "bad.html"}
    assert any(line.startswith("bad.html:4:") and "alt" in line for line in found)


def test_a_page_reaches_nothing_but_this_machine(served, page, elsewhere):
    """An address elsewhere is refused and noted; left standing, the note fails the test."""
    page.goto(f"{served}/good.html")
    asked = page.evaluate("fetch('http://elsewhere.example/').then(() => 'answered', () => 'refused')")
    assert asked == "refused"
    assert elsewhere == ["http://elsewhere.example/"]
    elsewhere.clear()


def test_a_page_without_script_runs_none(served, page_without_script):
    """What pages do without JavaScript is tried with JavaScript off."""
    page_without_script.goto(f"{served}/good.html")
    page_without_script.set_content(
        "<p>off</p><script>document.querySelector('p').textContent = 'on'</script>"
    )
    assert page_without_script.locator("p").text_content() == "off"


def test_what_is_left_out_is_named_exactly():
    """Names are separated by commas; an unknown one is refused rather than ignored."""
    assert left_out({}) == frozenset()
    assert left_out({"ASSISES_TEST_WITHOUT": "chromium, vnu"}) == {"chromium", "vnu"}
    with pytest.raises(UnknownToolError, match="chromuim"):
        left_out({"ASSISES_TEST_WITHOUT": "chromuim"})


def installer(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the installer where no program at all can be found."""
    return subprocess.run(
        [sys.executable, HERE / "install.py"],
        env={name: value for name, value in os.environ.items() if name == "SYSTEMROOT"}
        | {"PATH": str(tmp_path), "PYTHONUTF8": "1"}
        | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_missing_tool_is_named_with_the_line_that_installs_it(tmp_path):
    """Nothing is installed where there is no apt; every missing program is in one line."""
    run = installer(tmp_path)
    assert run.returncode == 1
    assert "Missing: git, with which git reads the store back" in run.stderr
    told = dict(line.split(": ", 1) for line in run.stderr.splitlines() if not line.startswith("Missing"))
    # Programs that systems keep outside the PATH may be found all the same.
    what, names = told["To install"].rsplit(": ", 1)
    assert what.strip() == "install, and put on the PATH"
    assert {"git", "chromium", "node", "npm", "java"} <= set(names.split(", "))
    named = told["To do without"].removeprefix("ASSISES_TEST_WITHOUT=").removesuffix(" make test").split(",")
    assert {"git", "chromium", "axe", "vnu"} <= set(named) <= set(TOOLS)


def test_tools_that_are_left_out_are_not_missed(tmp_path):
    """With every tool left out there is nothing to do; a misspelt name is wrong usage."""
    assert installer(tmp_path, ASSISES_TEST_WITHOUT=",".join(TOOLS)).returncode == 0
    assert installer(tmp_path, ASSISES_TEST_WITHOUT="chromuim").returncode == 2
