"""Hooks: a call that carries its token to nobody else, an endpoint, and an intake that waits for neither."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from werkzeug.test import Client

from assises.hook import Endpoint, Hook, HookError
from assises.remote_address import AddressError
from assises_inbox.intake.drain_hook import DrainHook


@contextmanager
def answering(status: int = 202, headers: dict[str, str] | None = None, gate: threading.Event | None = None):
    """Be called while the block runs, and give the calls."""
    calls: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            calls.append({"path": self.path, "body": body, "authorization": self.headers["authorization"]})
            if gate:
                gate.wait(10)
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()

        def do_GET(self) -> None:
            calls.append({"path": self.path, "authorization": self.headers["authorization"]})
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield calls, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_call_is_what_forges_ask_for():
    """A POST with a bearer token and the branch; the address may end with another branch."""
    with answering() as (calls, url):
        Hook.of(f"{url}/a/dispatches", "token", "V").call()
        Hook.of(f"{url}/b#stable", "", "V").call()
    assert calls == [
        {"path": "/a/dispatches", "body": '{"ref": "main"}', "authorization": "Bearer token"},
        {"path": "/b", "body": '{"ref": "stable"}', "authorization": None},
    ]


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_a_refusal_is_told(status):
    """With its status, and without the token."""
    with answering(status) as (_, url), pytest.raises(HookError, match=f"answered {status}") as caught:
        Hook.of(url, "a token", "V").call()
    assert "a token" not in str(caught.value)


def test_a_redirect_is_not_followed():
    """The token is for the host that was named, and for no other."""
    with answering() as (elsewhere, other), answering(302, {"Location": f"{other}/x"}) as (_, url):
        with pytest.raises(HookError, match="answered 302"):
            Hook.of(url, "token", "V").call()
        assert elsewhere == []


def test_nobody_there_is_told(free_port):
    """As a fault of the hook, whatever the network says."""
    with pytest.raises(HookError, match=r"127\.0\.0\.1"):
        Hook.of(f"http://127.0.0.1:{free_port()}", "token", "V").call()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ftp://host/x", "begins with https://"),
        ("host/x", "begins with https://"),
        ("file:///etc/passwd", "begins with https://"),
        ("http://forge.example/x", "without TLS"),
    ],
)
def test_an_address_that_cannot_be_used_is_told(url, told):
    """Before anything is sent there."""
    with pytest.raises(AddressError, match=told):
        Hook.from_environment({"V": url, "V_SECRET": "token"}, "V")


def test_the_environment_names_it(tmp_path):
    """With its token in a variable, or a file, of its own; or names none."""
    assert Hook.from_environment({}, "V") is None
    (tmp_path / "token").write_text("token\n", encoding="utf-8")
    named = Hook.from_environment({"V": "https://host/x", "V_SECRET_FILE": str(tmp_path / "token")}, "V")
    assert named == Hook("https://host/x", "token")
    assert "token" not in repr(named)


# --- the runner's endpoint


def test_only_who_knows_the_token_wakes_the_runner():
    """Anything else is refused, and wakes nobody."""
    called: list[str] = []
    client = Client(Endpoint("token", lambda: called.append("yes")))
    assert client.post("/any", headers={"Authorization": "Bearer token"}, data=b"{}").status_code == 202
    assert called == ["yes"]
    for wrong in ("", "token", "Bearer", "Bearer tokens", "Basic token", "Bearer \u00e9"):
        answer = client.post("/", headers={"Authorization": wrong})
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert client.get("/", headers={"Authorization": "Bearer token"}).status_code == 405
    assert called == ["yes"]


# --- the intake's side


def wait_for(holds) -> None:
    """Wait until something holds; fail after ten seconds."""
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_who_stores_does_not_wait_and_many_make_few_calls():
    """While a call lasts, what is stored asks for one more, not for one each."""
    gate = threading.Event()
    with answering(gate=gate) as (calls, url):
        hook = DrainHook(Hook.of(url, "token", "V"), gap=0.01)
        begun = time.monotonic()
        hook()
        wait_for(lambda: len(calls) == 1)
        for _ in range(100):
            hook()
        assert time.monotonic() - begun < 5
        gate.set()
        wait_for(lambda: len(calls) == 2)
        wait_for(lambda: not hook._at_work)
        hook()
        wait_for(lambda: len(calls) == 3)
        wait_for(lambda: not hook._at_work)
    assert len(calls) == 3
    assert [json.loads(call["body"]) for call in calls] == [{"ref": "main"}] * 3


def test_a_hook_that_fails_disturbs_nobody(free_port, caplog):
    """It is logged without its token, and the next storing calls again."""
    hook = DrainHook(Hook.of(f"http://127.0.0.1:{free_port()}", "a token", "V"), gap=0.01)
    hook()
    wait_for(lambda: not hook._at_work)
    assert "the drain hook" in caplog.text
    assert "a token" not in caplog.text
