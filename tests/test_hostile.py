"""Hostile words, names and addresses, from the form to the built pages: kept as words, and never anything else."""

from __future__ import annotations

import re
import subprocess
import time
from datetime import datetime, timedelta
from html.parser import HTMLParser
from json import loads
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assises.forms import PATH
from assises.load import read_site
from assises.markdown import render_words
from assises.moderation import Decision, decide
from assises.roles import Roles
from assises.settings_reader import load_settings
from assises.store import Author
from assises_inbox.intake.app import Intake
from assises_inbox.intake.forms import Forms
from hostile_inputs import ALL, SLOW
from kernel import NOW, client, confirm, fsck, post, verdict
from served import assises, copy_of

PLACE = re.compile(
    r"(?:pending|published|withheld|withdrawn|erased)/\d{4}-\d{2}/[0-9A-HJKMNP-TV-Z]/[0-9A-HJKMNP-TV-Z]/[0-7][0-9A-HJKMNP-TV-Z]{25}(?:\.decisions)?\.json"
)
OTHERS = re.compile(
    r"ledger/(?:\d{4}-\d{2}-\d{2}\.jsonl|head\.json)|sendings/\d{4}-\d{2}-\d{2}\.txt|keys\.json"
)
ADDRESS = re.compile(r"https?://|mailto:|tel:|[/#?]|[\w.-]*(?:[/#?]|$)|webcal:")


class Page(HTMLParser):
    """Holds a page to what is ours: no script but the site's own, nothing that runs, no address that does."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element."""
        told = (self.path, tag, attrs)
        named = {name: value or "" for name, value in attrs}
        assert tag not in ("iframe", "object", "embed", "base", "math", "style", "frame", "applet"), told
        assert not [
            name for name in named if name.startswith("on") or name in ("srcdoc", "style", "contenteditable")
        ], told
        if tag == "script":
            assert named.get("type") == "application/ld+json" or re.fullmatch(
                r"/[\w/.-]+\.js", named.get("src", "")
            ), told
        if tag == "meta":
            assert "http-equiv" not in named, told
        for name in ("href", "src", "action", "formaction", "poster", "data", "xlink:href"):
            if name in named:
                assert ADDRESS.match(named[name]), told
        if tag in ("img", "link", "source", "audio", "video", "script", "form"):
            for name in ("src", "href", "action"):
                assert "evil.example" not in named.get(name, ""), told


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site that publishes at once, and its roles."""
    root = copy_of("minimal", tmp_path_factory.mktemp("hostile"))
    settings = root / "site.yaml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("moderation: before", "moderation: after"),
        encoding="utf-8",
    )
    for folder, text in (
        ("topics", "title: Logement"),
        ("questions", "title: La place\ntopic: housing\naccepts: proposal\npositions: true"),
    ):
        page = root / "content" / folder / "housing.md"
        page.parent.mkdir()
        page.write_text(f"---\n{text}\n---\n\nOù habiter ?\n", encoding="utf-8")
    return root


def built(root: Path, now: datetime) -> dict[str, bytes]:
    """Build with the real command, and return every file by its path."""
    out = root / "dist"
    run = assises("build", str(root), "-o", str(out), "--now", now.isoformat())
    assert run.returncode == 0, run.stdout + run.stderr
    return {file.relative_to(out).as_posix(): file.read_bytes() for file in out.rglob("*") if file.is_file()}


def sent(root: Path, roles: Roles, texts: list[str]) -> list[int]:
    """Send every text as words, as a name, and as everything else that a form carries; return the statuses."""
    known, moment = Forms.from_json(built(root, NOW)[PATH]), [NOW]
    browser = client(
        Intake(lambda: known, roles.spool, roles.intake_key, lambda: moment[0], too_fast=timedelta(0))
    )
    statuses = []
    for text in texts:
        moment[0] += timedelta(seconds=1)
        for fields in (
            {"text": text, "author": text[:80]},
            {"text": f"Voici : {text[:4000]}", "form": "questions/housing:proposal", "position": "for"},
            {
                "text": "x",
                "author": text,
                "position": text,
                "passage": text,
                "language": text,
                "of": text,
                "kind": text,
            },
            {
                "text": "x",
                "form": text,
                "token": text,
                "read": text,
                "confirm": text,
                "id": text,
                "status": "published",
            },
        ):
            checked = post(browser, **{"form": "topics/housing:comment"} | fields)
            statuses.append(checked.status)
            if checked.status == 200:
                statuses.append(confirm(browser, checked).status_code)
        named = quote(text[:500], errors="replace")
        for path in ("receipts/", "authors/", "contributions/new?form=", "receipts/x?language="):
            statuses.append(browser.get(f"/{path}{named}").status_code)  # noqa: PERF401
    return statuses


def test_from_the_form_to_the_pages(site, git):
    """Every kind of hostile input, published at once: nothing runs, nothing lies outside the store's folders."""
    before = {path for path in site.parent.parent.rglob("*") if site not in path.parents and path != site}
    settings, _ = load_settings(site)
    roles = Roles.of(site, settings)
    with roles.store:
        statuses = sent(site, roles, ALL)
        assert set(statuses) <= {200, 303, 400, 403, 404, 422}, sorted(set(statuses))
        assert statuses.count(303) > 150
        settings, content, problems = read_site(site)
        done = roles.runner(settings, content, problems).drain(NOW + timedelta(hours=1))
        assert done.set_aside == ()
        snapshot = roles.store.read()
        # What was flagged (many links, the same words) is published by a moderator, so that all of it is shown.
        for record in snapshot.records("pending"):
            decide(
                roles.store,
                record.contribution.id,
                Decision("publish", "Alice", NOW + timedelta(hours=2)),
                Author("Alice", "a@b.example"),
            )
        roles.runner(settings, content, problems).drain(NOW + timedelta(hours=2))
        snapshot = roles.store.read()
        paths = _paths(git, site / ".assises" / "store.git")
        assert [path for path in paths if not PLACE.fullmatch(path) and not OTHERS.fullmatch(path)] == []
        assert len(snapshot.records("published")) == done.received
        assert verdict(roles.store, now=NOW + timedelta(hours=2)).holds
        fsck(git, site / ".assises" / "store.git")
        begun = time.monotonic()
        outputs = built(site, NOW + timedelta(hours=2))
        assert time.monotonic() - begun < 60
        pages = {path: data.decode() for path, data in outputs.items() if path.endswith(".html")}
        for path, text in pages.items():
            reader = Page(path)
            reader.feed(text)
            reader.close()
        assert any("{{7*7}}" in text for text in pages.values())
        assert not any("49" in re.findall(r"<blockquote[^>]*>([^<]*)", text) for text in pages.values())
        for path, data in outputs.items():
            assert re.fullmatch(r"[\w.-][\w./-]*", path), path
            assert ".." not in path
            if path.endswith((".json", ".jsonl")):
                for line in data.decode().splitlines() if path.endswith(".jsonl") else [data.decode()]:
                    loads(line)
        assert {
            path for path in site.parent.parent.rglob("*") if site not in path.parents and path != site
        } == before


def _paths(git: str, store: Path) -> list[str]:
    """Return every path of the branch, as git itself tells them."""
    command = [git, "-C", str(store), "ls-tree", "-r", "-z", "--name-only", "main"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")[:-1]


@settings(max_examples=200)
@given(st.lists(st.sampled_from(ALL) | st.text(max_size=40), min_size=1, max_size=4))
def test_any_words_are_shown_as_words(parts):
    """Pieces of hostile input put together in any way."""
    reader = Page("words")
    reader.feed(str(render_words("".join(parts)[:5000])))
    reader.close()


@pytest.mark.parametrize("text", SLOW, ids=range(len(SLOW)))
def test_no_words_are_slow(text):
    """As long as a contribution may be; the worst known of Markdown."""
    begun = time.process_time()
    render_words(text[:5000])
    assert time.process_time() - begun < 2
