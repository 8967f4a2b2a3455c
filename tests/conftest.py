"""What tests share: a real browser, the checkers of pages, free ports.

A tool that is not there fails the test with the line that installs it, unless ``ASSISES_TEST_WITHOUT`` names
it; then the test is skipped.
"""

from __future__ import annotations

import functools
import json
import os
import re
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import hypothesis
import pytest

from tools.install import TOOLS, WITHOUT, install_line, left_out

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

CHROMIUM = (
    # Continuous integration often runs as root in a container, where Chromium's own sandbox cannot start.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# How long an example takes says more of the machine than of the code: speed is measured in benchmarks.
hypothesis.settings.register_profile("assises", deadline=None, print_blob=True)
hypothesis.settings.load_profile("assises")

AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # Of what passes, one place is told and not all: that is half of the time.
    "resultTypes": ["violations"],
}
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
ADDRESSES = re.compile(r"https?://")

MARKERS = {"browser": "browser", "axe": "browser", "nu": "nu"}
"""Each fixture that costs time, and the marker of the tests that use it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the costly fixtures that they use, so that ``-m 'not browser'`` leaves them out."""
    for item in items:
        for marker in {MARKERS[name] for name in getattr(item, "fixturenames", ()) if name in MARKERS}:
            item.add_marker(marker)


def require(name: str) -> list[str]:
    """Return the paths of a tool's programs; skip or fail the test where they are not to be had."""
    tool = TOOLS[name]
    if name in left_out():
        pytest.skip(f"{WITHOUT} names {name}")
    if lacking := tool.missing():
        pytest.fail(f"{name} is missing. To install: {install_line(lacking)}", pytrace=False)
    if tool.module and not tool.file().is_file():
        pytest.fail(f"{name} is missing. To install: python tests/tools/install.py", pytrace=False)
    if tool.runtime and not (tool.folder() / ".installed").is_file():
        pytest.fail(f"{name} is missing. To install: python tests/tools/install.py", pytrace=False)
    return [program.path() or "" for program in tool.programs]


@pytest.fixture(scope="session")
def git() -> str:
    """The path of git itself, to read back what the store wrote."""
    return require("git")[0]


@pytest.fixture(scope="session")
def openssl() -> str:
    """The path of openssl, a time-stamp authority for tests."""
    return require("openssl")[0]


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Call it for a port of the loopback address that nothing listens on."""

    def find() -> int:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            return listener.getsockname()[1]

    return find


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium, French as most residents' is; one for all tests."""
    path = require("chromium")[0]
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - 0.3 s that tests without a browser spare

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path,
            args=list(CHROMIUM),
            env=os.environ | {"LANGUAGE": "fr", "LANG": "fr_FR.UTF-8"},
        )
        yield chromium
        chromium.close()


@pytest.fixture
def elsewhere() -> Iterator[list[str]]:
    """The addresses outside this machine that pages asked for; the test fails where any is left."""
    asked: list[str] = []
    yield asked
    assert not asked, f"pages asked others than the site itself: {asked}"


@pytest.fixture
def reloads() -> bool:
    """Whether the preview loads pages again by itself: tests of anything else would be disturbed by one another."""
    return False


@pytest.fixture
def new_page(browser: Browser, elsewhere: list[str], reloads: bool) -> Iterator[Callable[..., Page]]:
    """Call it for a page in a browser profile of its own; options are those of Playwright's `new_context`."""

    def watch(route: Route) -> None:
        # Its style stays: it keeps the preview's own bars off paper.
        address = urlsplit(route.request.url).path
        if "/_preview/" in address and not address.endswith(".css") and not reloads:
            route.fulfill(status=204)
        elif urlsplit(route.request.url).hostname in LOOPBACK:
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    with ExitStack() as contexts:

        def open_page(**options: Any) -> Page:
            context = browser.new_context(**{"locale": "fr-FR", "reduced_motion": "reduce"} | options)
            contexts.callback(context.close)
            context.set_default_timeout(15_000)
            context.route(ADDRESSES, watch)
            return context.new_page()

        yield open_page


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page as a desktop browser shows it."""
    return new_page()


@pytest.fixture
def page_without_script(new_page: Callable[..., Page]) -> Page:
    """A page in a browser whose JavaScript is off."""
    return new_page(java_script_enabled=False)


@pytest.fixture
def served_folder() -> Iterator[Callable[[Path], str]]:
    """Call it with a folder for an address at which its files are served, as any host of static files would."""
    with ExitStack() as servers:

        def serve(folder: Path) -> str:
            handler = functools.partial(_Quiet, directory=str(folder))
            server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            servers.callback(server.server_close)
            servers.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}/"

        yield serve


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list[str]]:
    """Call it with an open page for what breaks WCAG 2.2 AA or axe-core's best practices, a line each.

    The page's JavaScript must be on: axe-core waits for ever where it is off.
    """
    require("axe")
    source = TOOLS["axe"].file().read_text(encoding="utf-8")

    def violations(page: Page) -> list[str]:
        if not page.evaluate("'axe' in window"):
            page.evaluate(source)
        found = page.evaluate("async options => (await axe.run(document, options)).violations", AXE)
        return [
            f"{page.url} {violation['id']}: {violation['help']}: {node['html'][:160]}"
            for violation in found
            for node in violation["nodes"]
        ]

    return violations


@pytest.fixture(scope="session")
def nu() -> Callable[[Path], list[str]]:
    """Call it with a folder for the Nu HTML checker's errors and warnings on its HTML, CSS and SVG, a line each."""
    java = require("vnu")[0]
    # One pass over some hundred small files: a compiler tuned for long runs would only cost.
    command = [
        java,
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-Xss16m",
        "-jar",
        str(TOOLS["vnu"].file()),
    ]
    command += ["--format", "json", "--stdout", "--exit-zero-always"]

    def messages(folder: Path) -> list[str]:
        found = []
        for option, suffix in (("--html", ".html"), ("--css", ".css"), ("--svg", ".svg")):
            if files := sorted(str(file) for file in folder.rglob(f"*{suffix}")):
                run = subprocess.run(
                    [*command, option, *files], capture_output=True, check=True, timeout=1800
                )
                found += json.loads(run.stdout)["messages"]
        return [
            _line(message, folder) for message in found if message["type"] == "error" or "subType" in message
        ]

    return messages


def _line(message: dict[str, Any], folder: Path) -> str:
    path = message.get("url", "").removeprefix("file:").removeprefix(str(folder)).lstrip("/")
    return f"{path}:{message.get('lastLine', 0)}:{message.get('firstColumn', 0)}: {message['message']}"
