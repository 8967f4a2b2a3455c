"""Builders shared by the tests of kernel, runner and intake: fixed keys, one instant, one consultation.

With them every byte is the same at each run; `golden` holds the formats to the bytes kept in
``tests/golden/formats/``.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from json import dumps
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from werkzeug.test import Client, TestResponse

from assises.contribution import NO_ID, NO_NONCE, Contribution, format_time, identified
from assises.corrections import to_publish
from assises.envelope import Envelope
from assises.forms import STRINGS
from assises.keys import Key
from assises.report_form import REPORT
from assises.runner import Runner
from assises.sealing import MonthKey
from assises.spool import Spool
from assises.store import Store
from assises.verify import Evidence, Verdict, verify
from assises_inbox.intake.app import Intake
from assises_inbox.intake.forms import Forms

GOLDEN = Path(__file__).resolve().parent / "golden" / "formats"
REGENERATE = os.environ.get("REGENERATE") == "1"

INTAKE_KEY = Key(bytes(range(32)))
LEDGER_KEY = Key(bytes(range(32, 64)))
OTHER_KEY = Key(bytes(range(64, 96)))

NOW = datetime(2017, 11, 20, 19, 15, tzinfo=UTC)
"""The evening of the demonstration; every window of `forms` is open then."""

CLOSES = datetime(2017, 12, 31, 23, 0, tzinfo=UTC)
SITE = "https://assises.example/ville/"
TOPIC = "topics/housing:comment"
QUESTION = "questions/square:proposal"
SHUT = "topics/past:comment"
SURVEY = "questions/market:survey"
SUPPORT = "topics/housing:support"
DRAFT = "texts/charter:comment"
PASSAGE = "p-0123abcd"
ITEMS = [
    {"id": "way", "title": "Comment ?", "type": "single", "hint": "", "required": True, "choices": {"foot": "À pied", "car": "En voiture"}},
    {"id": "days", "title": "Quand ?", "type": "multiple", "hint": "Plusieurs", "required": False, "choices": {"wed": "Mercredi", "sat": "Samedi"}},
    {"id": "ease", "title": "Facile ?", "type": "scale", "hint": "", "required": False, "choices": {"1": "1 – non", "2": "2", "3": "3 – oui"}},
    {"id": "wish", "title": "Et encore ?", "type": "text", "hint": "", "required": False, "choices": {}},
]  # fmt: skip

MONTH_KEY = MonthKey(bytes(range(100, 132)))
PRIVATE = {"email": True, "address": False, "months": 12, "keys": {"2017-11": MONTH_KEY.public}}

SHELL = (
    '<!DOCTYPE html><html lang="LANGUAGE"><head><meta charset="utf-8"><title>{{title}} – Assises</title></head>'
    '<body><header id="top">Assises</header><main>{{main}}</main></body></html>\n'
)
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def golden(name: str, data: bytes) -> None:
    """Hold a format to the bytes kept for it; ``REGENERATE=1`` keeps new ones."""
    if REGENERATE:
        (GOLDEN / name).write_bytes(data)
    assert data == (GOLDEN / name).read_bytes()


# --- contributions


def contribution(
    text: str = "Plus de logements.", key: bytes = b"one sending", **fields: Any
) -> Contribution:
    """Return a contribution of the web, identified under `key`."""
    stated: dict[str, Any] = {
        "id": NO_ID,
        "nonce": NO_NONCE,
        "kind": "comment",
        "of": "topics/housing",
        "form": TOPIC,
        "time": NOW,
        "language": "fr",
        "channel": "web",
        "text": text,
    }
    return identified(Contribution(**(stated | fields)), key)


def envelope(
    text: str = "Plus de logements.", sending: str = "5e" * 16, flags: tuple[str, ...] = (), **fields: Any
) -> Envelope:
    """Return the envelope of a contribution, sent under a token of its own unless told otherwise."""
    return Envelope(contribution(text, **fields), sending, flags)


def receive(spool: Spool, *envelopes: Envelope, key: Key = INTAKE_KEY) -> None:
    """Put envelopes where the intake puts them."""
    for item in envelopes:
        assert spool.put_if_absent(item.contribution.id, item.to_bytes(key))


# --- the roles

REASONS = [
    {"id": "why", "title": "Pourquoi ?", "type": "single", "hint": "", "required": True,
     "choices": {"law": "Contraire à la loi", "rule-respect": "Respect", "other": "Autre"}},
]  # fmt: skip
"""The question of the form that reports a contribution."""


def forms_document(**changes: Any) -> dict[str, Any]:
    """Return forms.json as a build makes it: two languages, and a form of every kind; one of them is closed.

    Among `changes`, those that are a form's own (`moderation`, `author`, `max_length`) are made in every form.
    """
    own = {key: changes.pop(key) for key in ("moderation", "author", "max_length") if key in changes}
    strings = {key: sentence.text for key, sentence in STRINGS.items()}
    addresses = {"fr": f"{SITE}topics/housing/", "en": f"{SITE}en/topics/housing/"}
    open_form = {
        "moderation": "before",
        "author": "optional",
        "max_length": 5000,
        "positions": False,
        "windows": [[format_time(NOW - timedelta(days=30)), format_time(CLOSES)]],
        "titles": {"fr": "Se loger & « vivre »", "en": "Housing"},
        "addresses": addresses,
    } | own
    counted = open_form | {"moderation": "none", "author": "none"}
    past = [[format_time(NOW - timedelta(days=60)), format_time(NOW - timedelta(days=30))]]
    return {
        "format": 1,
        "site": SITE,
        "inbox": f"{SITE}inbox/",
        "time_zone": "Europe/Paris",
        "charter": {"fr": f"{SITE}legal/charter/"},
        "keys": {"intake": [INTAKE_KEY.public]},
        "forms": {
            TOPIC: open_form,
            QUESTION: open_form | {"positions": True},
            SHUT: open_form | {"windows": past},
            SURVEY: counted | {"items": {"fr": ITEMS, "en": ITEMS}},
            SUPPORT: counted,
            REPORT: open_form
            | {"moderation": "report", "author": "none", "items": {"fr": REASONS, "en": REASONS}},
            DRAFT: open_form
            | {"passages": {"fr": {PASSAGE: "Chaque habitant"}, "en": {PASSAGE: "Everyone"}}},
        },
        "voices": {
            language: {"shell": SHELL.replace("LANGUAGE", language), "months": MONTHS, "strings": strings}
            for language in ("fr", "en")
        },
    } | changes


def forms(**changes: Any) -> Forms:
    """Return the forms as the intake reads them."""
    return Forms.from_json(dumps(forms_document(**changes)).encode())


def intake(spool: Any, now: datetime = NOW, **changes: Any) -> Intake:
    """Return the intake at one instant; `changes` are those of `forms_document`."""
    known = forms(**changes)
    return Intake(lambda: known, spool, INTAKE_KEY, lambda: now, too_fast=timedelta(0))


def runner(store: Store, spool: Any, **fields: Any) -> Runner:
    """Return the runner; moderation comes before publication unless told otherwise."""
    stated = {"publish_at_once": False, "statements": ()} | fields
    return Runner(store, (spool,), LEDGER_KEY, (INTAKE_KEY.public,), **stated)


def evidence(store: Store) -> Evidence:
    """Return what a site built from the store would publish."""
    snapshot = store.read()
    ledger = snapshot.ledger()
    return Evidence.of_store(snapshot, ledger, to_publish(snapshot.records("published"), ledger))


def verdict(store: Store, **arguments: Any) -> Verdict:
    """Return what `verify` finds of a store."""
    return verify(evidence(store), **({"now": NOW} | arguments))


def fsck(git: str, path: Path) -> None:
    """Let git itself look at every object of a repository; nothing may be wrong or missing.

    Objects that no commit refers to are what writers leave who were overtaken; an empty store is noticed.
    """
    command = [git, "-C", str(path), "fsck", "--strict", "--full", "--no-progress", "--no-dangling"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    found = [line for line in (run.stdout + run.stderr).splitlines() if not line.startswith("notice:")]
    assert (run.returncode, found) == (0, []), (run.returncode, found)


def log(git: str, path: Path, pattern: str = "%s") -> list[str]:
    """Return a line for each commit of the branch, newest first, as `git log` tells it."""
    command = [git, "-C", str(path), "log", f"--format={pattern}", "main"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


# --- a resident's way


@dataclass
class Element:
    """One element of a page."""

    tag: str
    attributes: Mapping[str, str]


@dataclass
class Answer(HTMLParser):
    """A page that the intake answered with, read as a browser reads it."""

    status: int
    elements: list[Element] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    """All text by the tag that it stands in, and by the id of a textarea."""

    def __init__(self, response: TestResponse) -> None:
        super().__init__()
        self.status, self.elements, self.texts, self._open = response.status_code, [], {}, []
        self.html = response.get_data(as_text=True)
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element; a repeated attribute is a fault of ours."""
        assert len({name for name, _ in attrs}) == len(attrs), (tag, attrs)
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))
        self._open.append(tag)
        if tag == "textarea":
            self._open[-1] = f"textarea#{dict(attrs).get('id')}"

    def handle_endtag(self, tag: str) -> None:
        """Close an element and those left open in it."""
        while self._open and self._open.pop().partition("#")[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Note text."""
        for name in {*self._open, "*"}:
            self.texts[name] = self.texts.get(name, "") + data

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Return the elements with a tag and these attributes."""
        wanted = attributes.items()
        return [item for item in self.elements if item.tag == tag and wanted <= item.attributes.items()]

    @property
    def kept(self) -> str:
        """What the page's textarea holds: a newline that it begins with is no part of it (HTML, § 13.2.6.4.7)."""
        found = [text for name, text in self.texts.items() if name.startswith("textarea#")]
        assert len(found) == 1
        assert found[0].startswith("\n")
        return found[0][1:]

    @property
    def fields(self) -> dict[str, str]:
        """What the page's form sends when it is confirmed as it stands."""
        found = {
            button.attributes["name"]: button.attributes["value"]
            for button in self.all("button", name="confirm")
        }
        for item in self.all("input"):
            if item.attributes.get("type") != "radio" or "checked" in item.attributes:
                found[item.attributes["name"]] = item.attributes.get("value", "")
        return found | {"text": self.kept}


def client(app: Callable[..., Any]) -> Client:
    """Return a browser without cookies for an intake."""
    return Client(app, use_cookies=False)


def post(browser: Client, **fields: str) -> Answer:
    """Send a form once, and return the page that answers."""
    return Answer(browser.post("/contributions", data={"form": TOPIC, "language": "fr"} | fields))


def confirm(browser: Client, checked: Answer, **changes: str) -> TestResponse:
    """Confirm what a page headed « Not sent yet » shows; changes are sent as a program sends them, unread."""
    assert checked.status == 200, checked.html
    fields = checked.fields | ({"read": ""} if changes else {}) | changes
    return browser.post("/contributions", data=fields)


def say(browser: Client, text: str = "Plus de logements.", **fields: str) -> str:
    """Walk the whole way, check and confirm, and return the receipt's address within the intake."""
    sent = confirm(browser, post(browser, text=text, **fields))
    assert sent.status_code == 303, sent.get_data(as_text=True)
    return urljoin("/contributions", sent.headers["Location"])


def receipt_text(address: str) -> str:
    """Return the signed receipt that an address holds."""
    return address.partition("?")[0].rpartition("/")[2]
