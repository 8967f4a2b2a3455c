"""What programs get of the intake: JSON, problems (RFC 9457), preflights, headers, and a log that names nobody."""

from __future__ import annotations

import io
from datetime import timedelta
from json import dumps, loads
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from assises.envelope import Envelope
from assises.marks import EVERY_FORM, mark
from assises.receipt import Receipt, from_text
from assises.spool import Spool
from assises_inbox.intake.app import Intake
from assises_inbox.intake.hints import MANY
from assises_inbox.intake.log import json_lines
from assises_inbox.intake.visit import MAX_BODY
from kernel import (
    INTAKE_KEY,
    NOW,
    QUESTION,
    SHUT,
    SITE,
    SUPPORT,
    SURVEY,
    TOPIC,
    client,
    confirm,
    contribution,
    forms,
    intake,
    post,
    say,
)

ORIGIN = "https://assises.example"
JSON = {"Accept": "application/json"}


@pytest.fixture
def spool(tmp_path):
    """An empty spool."""
    return Spool(tmp_path / "spool")


@pytest.fixture
def browser(spool):
    """Anyone before an intake that is open."""
    return client(intake(spool))


def stored(spool: Spool) -> list[Envelope]:
    """Return what was stored, oldest first."""
    return [Envelope.from_bytes(spool.get(id) or b"", (INTAKE_KEY.public,)) for id in spool.list()]


def send(browser, headers: dict[str, str] = JSON, **fields: object) -> TestResponse:
    """Send a contribution as a program does."""
    body = dumps({"form": TOPIC, "language": "fr"} | fields)
    return browser.post("/contributions", data=body, content_type="application/json", headers=headers)


# --- JSON


def test_a_program_sends_in_two_steps_as_a_person_does(browser, spool):
    """What was sent is given back with a token; with it and the word, it is stored; the same again is the same."""
    first = send(browser, text="Plus de logements.\r\n", author=" Anne ")
    assert first.status_code == 200
    told = loads(first.data)
    assert (told["state"], told["text"], told["author"]) == ("not-sent-yet", "Plus de logements.", "Anne")
    assert list(spool.list()) == []
    again = {"text": told["text"], "author": told["author"], "token": told["token"], "read": told["read"]}
    answers = [send(browser, **again, confirm=True) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].data == answers[1].data
    (envelope,) = stored(spool)
    sent = loads(answers[0].data)
    assert sent["id"] == envelope.contribution.id
    assert from_text(sent["receipt"], (INTAKE_KEY.public,)) == Receipt.of(envelope.contribution)
    assert answers[0].headers["Location"] == sent["receipt_url"]
    assert sent["receipt_url"].startswith(f"{SITE}inbox/receipts/")
    assert "author" not in sent["receipt_url"]
    assert browser.get(sent["author_url"].removeprefix(f"{SITE}inbox")).status_code == 200


def test_a_token_makes_it_one_step(browser, spool):
    """Fetched early, as a script may."""
    token = loads(browser.get("/contributions/new", query_string={"form": TOPIC}, headers=JSON).data)["token"]
    assert send(browser, text="Oui.", token=token, confirm=True).status_code == 201
    assert stored(spool)[0].contribution.text == "Oui."


def test_a_survey_is_answered_in_json(browser, spool):
    """Each item by its id, one text or several."""
    answers = {"way": "foot", "days": ["sat", "wed"], "wish": "Des bancs"}
    told = loads(send(browser, form=SURVEY, answers=answers).data)
    assert send(browser, form=SURVEY, answers=answers, token=told["token"], confirm=True).status_code == 201
    said = stored(spool)[0].contribution
    assert dict(said.answers) == {"way": ("foot",), "days": ("sat", "wed"), "wish": ("Des bancs",)}


def test_every_wrong_field_is_told_in_a_problem(browser):
    """With the field's name and what to do, in the language asked for."""
    answer = send(browser, form=QUESTION, text="", position="perhaps", author="a" * 99)
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    told = loads(answer.data)
    assert told["type"] == "urn:assises:problem:invalid"
    assert [item["field"] for item in told["errors"]] == ["text", "position", "author"]
    assert "99" in told["errors"][2]["detail"]


@pytest.mark.parametrize(
    ("fields", "status", "name"),
    [
        ({"form": "x"}, 404, "unknown-form"),
        ({"form": SHUT, "text": "x"}, 403, "closed"),
        ({"form": SUPPORT}, 422, "invalid"),
    ],
)
def test_what_is_refused_is_a_problem(browser, fields, status, name):
    """Its type for programs, a title and a sentence for people."""
    answer = send(browser, **fields)
    told = loads(answer.data)
    assert (answer.status_code, told["status"], told["type"]) == (
        status,
        status,
        f"urn:assises:problem:{name}",
    )
    assert told["title"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'"text"', 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 50_000, 400),
        (b'{"form": 5}', 400),
        (b'{"form": {"$ne": null}}', 400),
        (b'{"text": [1]}', 400),
        (b'{"form":"topics/housing:comment","text":["a","b"]}', 200),
        (b'{"form":"topics/housing:comment","text":"\\ud800a\\u0000\\u202e"}', 200),
        (b'{"form":"topics/housing:comment","text":"a","answers":{"x":5}}', 400),
        (b'{"form":"topics/housing:comment","text":"a","answers":[]}', 200),
        (b'{"form":"topics/housing:comment","text":"a","confirm":false,"x":null}', 200),
        (b'{"form":"topics/housing:comment","text":"a","confirm":"false"}', 400),
        (b'{"form":"topics/housing:comment","text":"a","confirm":["1"]}', 400),
        (b'{"form":"topics/housing:comment","text":"' + b"a" * 300_000 + b'"}', 413),
        ("{}".encode("utf-16"), 400),
        (b'{"form":"topics/housing:comment","text":"\xe9"}', 400),
        (b'{"text":1e999999}', 400),
        (b'{"text":' + b"9" * 10_000 + b"}", 400),
    ],
    ids=range(22),
)
def test_any_json_is_answered(browser, spool, body, status):
    """Nested too deep, of other types, in other charsets: a problem, never a fault."""
    answer = browser.post("/contributions", data=body, content_type="application/json")
    assert answer.status_code == status
    assert answer.content_type in ("application/json", "application/problem+json")
    assert list(spool.list()) == []


@pytest.mark.parametrize(
    ("headers", "content_type"),
    [
        ({"Content-Encoding": "gzip"}, "application/json"),
        ({"Content-Encoding": "br"}, "application/x-www-form-urlencoded"),
        ({}, "application/json; charset=utf-16"),
        ({}, "text/html"),
    ],
)
def test_what_cannot_be_read_says_what_can(browser, headers, content_type):
    """415, with the kinds that are taken (RFC 9110, § 15.5.16)."""
    answer = browser.post("/contributions", data=b"{}", content_type=content_type, headers=headers)
    assert answer.status_code == 415
    assert "application/json" in answer.headers["Accept-Post"]
    assert answer.headers["Accept-Encoding"] == "identity"


def test_a_coding_that_changes_nothing_is_taken_however_it_is_written(browser):
    """Names of content codings have no case (RFC 9110, § 8.4.1)."""
    body = {"form": TOPIC, "text": "Oui"}
    assert (
        browser.post("/contributions", data=body, headers={"Content-Encoding": "Identity"}).status_code == 200
    )


# --- which kind of answer


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "text/html"),
        ("*/*", "text/html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("application/json", "application/problem+json"),
        ("application/problem+json", "application/problem+json"),
        ("application/json;q=0.1, text/html;q=0.9", "text/html"),
        ("application/*", "application/problem+json"),
        ("", "text/html"),
        (";;;,,=", "text/html"),
    ],
)
def test_the_answer_is_of_the_kind_asked_for(browser, accept, kind):
    """A page, unless JSON is wanted more."""
    answer = browser.get("/nowhere", headers={} if accept is None else {"Accept": accept})
    assert (answer.status_code, answer.mimetype) in {(404, kind), (406, kind)}


@pytest.mark.parametrize("accept", ["image/png", "text/plain", "application/xml, text/html;q=0"])
def test_nothing_else_is_there(browser, accept):
    """406, in a page: better than nothing (RFC 9110, § 15.5.7)."""
    answer = browser.get("/contributions/new", query_string={"form": TOPIC}, headers={"Accept": accept})
    assert answer.status_code == 406


def test_a_form_is_answered_by_a_page_and_json_by_json(browser):
    """Where anything is accepted."""
    assert post(browser, text="x").status == 200
    assert send(browser, headers={"Accept": "*/*"}, text="x").mimetype == "application/json"
    as_page = send(browser, headers={"Accept": "text/html"}, text="x")
    assert as_page.mimetype == "text/html"


# --- other origins


@pytest.mark.parametrize(
    ("origin", "read"),
    [
        (ORIGIN, True),
        ("null", False),
        ("https://assises.example.evil.example", False),
        ("https://evil-assises.example", False),
        ("https://sub.assises.example", False),
        ("http://assises.example", False),
        ("https://assises.example:8443", False),
        ("https://ASSISES.example", False),
        ("https://assises.example/ville/", False),
        ("*", False),
    ],
)
def test_scripts_of_the_sites_own_origin_alone_may_read(browser, origin, read):
    """Compared to the letter, in the answer and in the preflight."""
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    for answer in (
        browser.get("/health", headers=headers),
        browser.options("/contributions", headers=headers),
        browser.get("/nowhere", headers=headers),
    ):
        assert answer.headers.get("Access-Control-Allow-Origin") == (origin if read else None)
        assert ("Access-Control-Allow-Credentials" in answer.headers) is False
        assert "Origin" in answer.headers["Vary"]
        assert any(name.startswith("Access-Control-") for name, _ in answer.headers) is read


def test_options_tells_what_may_be_sent(browser):
    """With the methods of each address; of none that is not there."""
    answer = browser.options("/contributions")
    assert (answer.status_code, answer.headers["Allow"], answer.data) == (204, "OPTIONS, POST", b"")
    assert browser.options("/contributions/new").headers["Allow"] == "GET, HEAD, OPTIONS"
    assert browser.options("/nowhere").status_code == 404


def test_every_answer_is_secured(browser, spool):
    """The same headers whatever happens, and no cookie."""
    address = say(browser)
    for answer in (
        browser.get(address),
        browser.get("/health"),
        browser.get("/openapi.json"),
        browser.get("/nowhere"),
        browser.post("/contributions", data=b"x" * 300_000),
        send(browser, text=""),
        browser.options("/contributions"),
    ):
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"].startswith("default-src 'none';")
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Referrer-Policy"] in ("no-referrer", "same-origin")
        assert "Set-Cookie" not in headers


def test_a_body_too_long_is_refused_before_it_is_read(spool):
    """By the length that is announced: not a byte is taken from the wire."""

    class Untouched(io.BytesIO):
        def read(self, *_args):
            raise AssertionError("read")

    headers = {"Content-Length": str(10**9), "Content-Type": "application/json"}
    environ = {"wsgi.input": Untouched(), "CONTENT_LENGTH": headers["Content-Length"]}
    for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a"):
        answer = client(intake(spool)).post(
            "/contributions", environ_overrides=environ | {"CONTENT_TYPE": kind}
        )
        assert answer.status_code == 413


@pytest.mark.parametrize(
    ("content_type", "begin", "fill"),
    [
        ("application/x-www-form-urlencoded", f"form={quote(TOPIC)}&text=Oui&more=".encode(), b"a"),
        ("application/json", dumps({"form": TOPIC, "text": "Oui"}).encode(), b" "),
        ("application/json", b" ", b"\xc3\xa9"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n',
            b"a",
        ),
    ],
)
def test_a_body_of_no_announced_length_is_taken_whole_or_not_at_all(browser, content_type, begin, fill):
    """What is cut where reading stops is no body: 413, whatever the part that was read says."""
    answers = [
        browser.post(
            "/contributions",
            content_type=content_type,
            headers={"Transfer-Encoding": "chunked"},
            environ_overrides={
                "wsgi.input": io.BytesIO(begin + fill * count),
                "wsgi.input_terminated": True,
                "CONTENT_LENGTH": "",
            },
        ).status_code
        for count in (10, MAX_BODY)
    ]
    assert answers[0] != 413
    assert answers[1] == 413


# --- the log


def logged(spool: Spool, **changes) -> tuple[Intake, io.StringIO]:
    """Return an intake and what it logs."""
    stream = io.StringIO()
    known = forms(**changes)
    app = Intake(lambda: known, spool, INTAKE_KEY, lambda: NOW, log=json_lines(stream), too_fast=timedelta(0))
    return app, stream


def test_the_log_names_nobody(spool):
    """A line of JSON a request: no address, no word, no number, nothing that opens a receipt."""
    app, stream = logged(spool)
    browser = client(app)
    place = {"REMOTE_ADDR": "198.51.100.77"}
    checked = post(browser, text="Mon voisin Gaspard exagère.", author="Anne-Lise", language="fr")
    sent = confirm(browser, checked)
    address = "/" + sent.headers["Location"]
    browser.get(address, environ_overrides=place, headers={"User-Agent": "Gecko/Secret", "Referer": address})
    browser.get("/nowhere/Anne-Lise?x=Gaspard", environ_overrides=place)
    browser.post("/contributions", data={"form": "Gaspard", "text": "Gaspard"}, environ_overrides=place)
    lines = [loads(line) for line in stream.getvalue().splitlines()]
    assert [(line.get("endpoint"), line["status"]) for line in lines] == [
        ("send", 200), ("send", 303), ("receipt", 200), (None, 404), ("send", 404),
    ]  # fmt: skip
    assert lines[1] | {"ms": 0} == {
        "time": "2017-11-20T19:15:00Z", "endpoint": "send", "form": TOPIC, "storage": "stored", "status": 303, "ms": 0,
    }  # fmt: skip
    assert lines[4]["reason"] == "unknown_form"
    (envelope,) = stored(spool)
    secrets = ("Gaspard", "Anne", "198.51", "Gecko", "Secret", "receipts", envelope.contribution.id[-8:])
    assert not any(secret in stream.getvalue() for secret in secrets)


def test_the_log_tells_resends_and_failures(spool):
    """So that operators see what happens without seeing who."""
    app, stream = logged(spool)
    browser = client(app)
    checked = post(browser, text="Une fois.")
    confirm(browser, checked)
    confirm(browser, checked)
    (spool.folder / "waiting").chmod(0)
    spool.folder.rename(spool.folder.with_name("gone"))
    confirm(browser, checked)
    told = [(line.get("storage"), line.get("reason")) for line in map(loads, stream.getvalue().splitlines())]
    assert told == [(None, None), ("stored", None), ("known", None), ("failed", "unavailable")]
    spool.folder.with_name("gone").rename(spool.folder)
    (spool.folder / "waiting").chmod(0o700)


# --- suspicion


def test_what_is_confirmed_at_once_is_kept_and_flagged(spool):
    """Nobody reads a page within a second; only the too fast are looked at."""
    known, moment = forms(), [NOW]
    browser = client(Intake(lambda: known, spool, INTAKE_KEY, lambda: moment[0]))
    for seconds, flags in ((0, ("too-fast",)), (1, ()), (3600, ())):
        checked = post(browser, text=f"Lu en {seconds} s.")
        moment[0] += timedelta(seconds=seconds)
        assert confirm(browser, checked).status_code == 303
        found = {item.contribution.text: item.flags for item in stored(spool)}
        assert found[f"Lu en {seconds} s."] == flags


def test_very_many_from_one_network_are_kept_and_flagged(spool):
    """From the sixty-first within a minute; another network, and the next minute, begin anew."""
    app = intake(spool)
    numbers = range(MANY + 2)
    flagged = [sent_from(app, spool, f"Numéro {number} de la salle.", "5.135.1.1") for number in numbers]
    assert flagged == [()] * MANY + [("many-from-one-network",)] * 2
    assert sent_from(app, spool, "D’ailleurs.", "5.135.1.2") == ()


def sent_from(app: Intake, spool: Spool, text: str, address: str) -> tuple[str, ...]:
    """Send a contribution from an address, and return its flags."""
    browser = client(app)
    checked = post(browser, text=text)
    assert (
        browser.post(
            "/contributions", data=checked.fields, environ_overrides={"REMOTE_ADDR": address}
        ).status_code
        == 303
    )
    return next(item.flags for item in stored(spool) if item.contribution.text == text)


# --- emergency


def test_a_stop_holds_within_a_minute_and_without_a_build(spool):
    """A mark in the storage closes a form, a page or all; the text is given back; nothing else is touched."""
    moment = [NOW]
    known = forms()
    app = Intake(lambda: known, spool, INTAKE_KEY, lambda: moment[0], too_fast=timedelta(0))
    browser = client(app)
    checked = post(browser, text="À temps ?")
    for what in (TOPIC, "topics/housing", EVERY_FORM):
        spool.mark(mark("closed", what))
        moment[0] += timedelta(seconds=60)
        sent = browser.post("/contributions", data=checked.fields)
        assert sent.status_code == 403
        assert "suspended" in sent.text
        assert "À temps ?" in sent.text
        assert loads(send(browser, text="x").data)["type"] == "urn:assises:problem:stopped"
        others = send(browser, form=QUESTION, text="x").status_code
        assert others == (403 if what == EVERY_FORM else 200)
        spool.unmark(mark("closed", what))
        moment[0] += timedelta(seconds=60)
    assert browser.post("/contributions", data=checked.fields).status_code == 303


def test_forms_json_closes_forms_too(spool):
    """What the site's build knows to be closed."""
    browser = client(intake(spool, closed=[TOPIC]))
    assert post(browser, text="x").status == 403
    assert post(browser, form=QUESTION, text="x").status == 200


def test_a_reply_in_json_names_its_parent(browser, spool):
    """As a form does."""
    parent = contribution().id
    token = loads(browser.get("/contributions/new", query_string={"form": TOPIC}, headers=JSON).data)["token"]
    send(browser, text="Oui.", of=parent, token=token, confirm=True)
    assert stored(spool)[0].contribution.of == parent
