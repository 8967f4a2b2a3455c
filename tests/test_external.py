"""Links to the web, asked for on a real server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import site_by_hand as made
from assises.content import Content, Plain
from assises.external import external_problems, is_public

ANSWERS = {"/here": 200, "/gone": 404, "/refused": 403, "/no-head": 405, "/broken": 500, "/gone-head": 405}


class Server(BaseHTTPRequestHandler):
    """Answers by its path; notes what it was asked."""

    asked: list[tuple[str, str]]

    def do_HEAD(self) -> None:
        self.answer(ANSWERS.get(self.path, 404))

    def do_GET(self) -> None:
        self.answer({"/no-head": 200, "/gone-head": 404}.get(self.path, ANSWERS.get(self.path, 404)))

    def answer(self, status: int) -> None:
        self.asked.append((self.command, self.path))
        if self.path in ("/moved", "/for-now", "/round"):
            self.send_response(302 if self.path == "/for-now" else 301)
            self.send_header("Location", "/round" if self.path == "/round" else "/here")
        else:
            self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """A web server on loopback."""
    handler = type("Handler", (Server,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def told(body: str, allowed: object = lambda _host: True) -> list[str]:
    """Return what is told of a page with this text."""
    page = made.page(Plain, "pages/links", body=body)
    joined = replace(made.site(), content=Content(pages=(page,)))
    return [problem.render() for problem in external_problems(joined, allowed=allowed)]


def test_each_link_is_judged_by_its_answer(server: str) -> None:
    """Gone and broken are told at their places; what refuses programs is not called broken."""
    paths = ("here", "gone", "refused", "no-head", "gone-head", "for-now")
    lines = told("\n\n".join(f"[{path}]({server}/{path})" for path in paths))
    assert [line.split(": ")[0] for line in lines] == [
        "content/pages/links.md:6:8",
        "content/pages/links.md:12:13",
    ]
    assert "(404)" in lines[0]


def test_what_has_moved_for_good_gets_its_new_address(server: str) -> None:
    """A redirect for now is none of the writer's business."""
    (line,) = told(f"[a]({server}/moved)")
    assert line.endswith(f"Write its new address: {server}/here")


def test_an_address_is_asked_for_once_and_told_at_each_place(server: str) -> None:
    """With or without a fragment."""
    lines = told(f"[a]({server}/gone) [b]({server}/gone#x)\n")
    assert len(lines) == 2


def test_redirects_in_a_circle_and_dead_servers_are_told(server: str) -> None:
    """Nothing hangs and nothing fails."""
    (circle,) = told(f"[a]({server}/round)")
    assert "content/pages/links.md:4:" in circle
    (dead,) = told("[a](http://127.0.0.1:1/)")
    assert "cannot be reached" in dead


def test_only_the_public_network_is_asked() -> None:
    """A page's text must not make this machine knock at its neighbours' doors."""
    assert not is_public("127.0.0.1")
    assert not is_public("localhost")
    assert not is_public("169.254.169.254")
    (line,) = told("[a](http://127.0.0.1:1/)", allowed=None)
    assert "not on the public network" in line


def test_other_schemes_and_passwords_are_left_alone() -> None:
    """Mail, telephone and addresses that carry a password are never asked for."""
    assert told("[a](mailto:a@b.example) [b](tel:+331) [c](http://user:secret@127.0.0.1/)") == []
