"""`assises close` and `assises open`: an emergency stop, without a build and without losing a word."""

from __future__ import annotations

from datetime import timedelta
from json import loads

import pytest

from assises.forms import PATH
from assises.keys import load
from assises.marks import mark
from assises.spool import Spool
from assises.store import Store
from assises.suspensions import FILE, suspensions
from assises_inbox.intake.app import Intake
from assises_inbox.intake.forms import FormsFile
from kernel import NOW, client, golden, post
from served import EVENING, assises, copy_of

FORM = "topics/housing:comment"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The small site with a topic, built once; its intake runs elsewhere and knows that build alone."""
    root = copy_of("minimal", tmp_path_factory.mktemp("site"))
    topic = root / "content" / "topics" / "housing.md"
    topic.parent.mkdir()
    topic.write_text("---\ntitle: Logement\n---\n\nOù habiter ?\n", encoding="utf-8")
    assert assises("drain", str(root)).returncode == 0
    build(root)
    return root


def build(root) -> str:
    """Build, and return the topic's page."""
    run = assises("build", str(root), "-o", str(root / "dist"), "--now", EVENING)
    assert run.returncode == 0, run.stdout + run.stderr
    return (root / "dist" / "topics" / "housing" / "index.html").read_text(encoding="utf-8")


def run(root, *arguments: str):
    """Run a command on the site."""
    return assises(
        arguments[0], arguments[1], str(root), *arguments[2:], "--now", EVENING, GIT_AUTHOR_NAME="Alice"
    )


def refused_and_taken(root, what: str, *, builds: bool) -> None:
    """Close and open a form again, and see what its intake makes of it, and its page."""
    moment, spool = [NOW], Spool(root / ".assises" / "spool")
    app = Intake(
        FormsFile(root / "dist" / "forms.json"), spool, load(root / ".assises" / "keys" / "intake.key"), lambda: moment[0],
        too_fast=timedelta(0),
    )  # fmt: skip
    browser = client(app)
    checked = post(browser, text="Des bancs.")
    assert checked.status == 200
    done = run(root, "close", what, "--reason", "Une vague d’insultes")
    assert (done.returncode, f"{what} is closed" in done.stdout) == (0, True), done.stderr
    moment[0] += timedelta(minutes=1)
    refused = browser.post("/contributions", data=checked.fields)
    assert (refused.status_code, "Des bancs." in refused.text) == (403, True)
    if builds:
        page = build(root)
        assert ("suspendu les contributions" in page, "<textarea" in page) == (True, False)
        assert loads((root / "dist" / PATH).read_bytes())["closed"] == [FORM]
    done = run(root, "open", what)
    assert done.returncode == 0, done.stderr
    moment[0] += timedelta(minutes=1)
    if builds:
        assert "<textarea" in build(root)
    assert browser.post("/contributions", data=checked.fields).status_code == 303


def test_a_form_is_closed_within_a_minute_and_opened_again(root):
    """The intake hears of it by its storage; the next build tells residents, in words."""
    refused_and_taken(root, FORM, builds=True)
    with Store.open(root / ".assises" / "store.git") as store:
        assert store.read().get(FILE) is None


@pytest.mark.parametrize("what", ["topics/housing", "all"])
def test_a_page_or_everything_is_closed_at_once(root, what):
    """By one word."""
    refused_and_taken(root, what, builds=False)


def test_what_is_no_form_is_told_with_the_nearest(root):
    """Wrong usage is 2; nothing is changed."""
    mistyped = run(root, "close", "topics/hosing")
    assert (mistyped.returncode, "“topics/housing”" in mistyped.stderr) == (2, True)
    nothing = run(root, "close", "zzz")
    assert (nothing.returncode, FORM in nothing.stderr) == (2, True)
    never = run(root, "open", FORM)
    assert (never.returncode, "is not closed" in never.stderr) == (2, True)


def test_a_storage_that_is_down_keeps_no_stop_from_the_others(root, tmp_path, free_port):
    """The one that is down is told of by exit 1, and the same command tells it later, be it to close or to open."""
    down, taking = f"git+http://127.0.0.1:{free_port()}/inbox.git", Spool(tmp_path / "taking")
    both = {"ASSISES_STORAGE": f"{down} spool:{taking.folder}"}
    alone = {"ASSISES_STORAGE": f"spool:{taking.folder}"}
    steps = [
        ("close", both, 1, True),
        ("close", alone, 0, True),
        ("open", both, 1, False),
        ("open", alone, 0, False),
    ]
    for command, storages, code, stopped in steps:
        done = assises(command, FORM, str(root), "--now", EVENING, GIT_AUTHOR_NAME="Alice", **storages)
        assert (done.returncode, down.removeprefix("git+") in done.stderr) == (code, code == 1), done.stderr
        assert (mark("closed", FORM) in taking.marks()) == stopped
        with Store.open(root / ".assises" / "store.git") as store:
            assert (FORM in suspensions(store.read())) == (stopped or code == 1)


def test_the_format_is_kept(root):
    """Byte by byte: who closed what, when and why."""
    assert run(root, "close", FORM, "--reason", "Une vague d’insultes").returncode == 0
    with Store.open(root / ".assises" / "store.git") as store:
        (closed,) = suspensions(store.read()).values()
        assert (closed.what, closed.who, closed.reason) == (FORM, "Alice", "Une vague d’insultes")
        golden("closed.json", store.read().get(FILE) or b"")
    assert run(root, "open", FORM).returncode == 0
