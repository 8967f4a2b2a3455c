"""The intake: what residents send is read back, confirmed, stored; what strangers send is answered calmly."""

from __future__ import annotations

import io
import re
import socket
import threading
from base64 import urlsafe_b64encode
from contextlib import contextmanager
from datetime import timedelta
from json import dumps, loads
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.serving import WSGIRequestHandler, make_server

from assises.canonical import decode, encode
from assises.contribution import Contribution, format_time
from assises.envelope import Envelope
from assises.receipt import Receipt, from_text
from assises.spool import Spool
from assises_inbox.intake.app import Intake
from assises_inbox.intake.forms import Forms, FormsError, FormsFile
from assises_inbox.intake.token import Token
from assises_inbox.intake.visit import MAX_BODY
from kernel import (
    CLOSES,
    INTAKE_KEY,
    NOW,
    OTHER_KEY,
    QUESTION,
    SHUT,
    SITE,
    TOPIC,
    Answer,
    client,
    confirm,
    contribution,
    forms_document,
    intake,
    post,
    receipt_text,
    say,
)

HEADERS = {
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Cache-Control",
    "X-Robots-Tag",
    "Referrer-Policy",
}


@pytest.fixture
def spool(tmp_path):
    """An empty spool."""
    return Spool(tmp_path / "spool")


@pytest.fixture
def browser(spool):
    """A resident's browser before an intake that is open."""
    return client(intake(spool))


class Memory:
    """A storage in memory, for what is asked of the intake thousands of times."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put_if_absent(self, id: str, data: bytes) -> bool:
        """Keep, and tell whether it was absent."""
        absent = id not in self.kept
        self.kept.setdefault(id, data)
        return absent

    def list(self):
        """Yield the ids."""
        yield from sorted(self.kept)

    def marks(self):
        """Return that no form is closed."""
        return ()


class Full:
    """A storage whose disk is full."""

    def put_if_absent(self, id: str, data: bytes) -> bool:
        """Refuse."""
        raise OSError(28, "No space left on device")

    def list(self):
        """Refuse."""
        raise OSError(5, "Input/output error")

    def marks(self):
        """Refuse."""
        raise OSError(5, "Input/output error")


def stored(spool: Spool) -> list[Envelope]:
    """Return what was stored, oldest first."""
    return [Envelope.from_bytes(spool.get(id) or b"", (INTAKE_KEY.public,)) for id in spool.list()]


def token(form: str = TOPIC, time=NOW, key=INTAKE_KEY, random: bytes = b"0123456789abcdef") -> str:
    """Return a token as the intake hands it out."""
    return Token.issue(key, form, time, random).text


# --- the way of a contribution


def test_the_whole_walk(browser, spool):
    """Check, confirm, receipt: nothing is stored before the confirmation, and the receipt is of what was stored."""
    checked = post(browser, text="Plus de logements.\r\n\r\nEt des arbres !", author="Anne", language="en")
    assert list(spool.list()) == []
    assert "Not sent yet" in checked.texts["h1"]
    assert checked.texts["blockquote"] == "Plus de logements.Et des arbres !"
    sent = confirm(browser, checked)
    assert sent.status_code == 303
    (envelope,) = stored(spool)
    assert envelope.contribution == Contribution(
        id=envelope.contribution.id,
        nonce=envelope.contribution.nonce,
        kind="comment",
        of="topics/housing",
        form=TOPIC,
        time=NOW,
        language="en",
        channel="web",
        author="Anne",
        text="Plus de logements.\n\nEt des arbres !",
    )
    assert envelope.flags == ()
    page = browser.get("/" + sent.headers["Location"])
    assert page.status_code == 200
    answer = Answer(page)
    assert envelope.contribution.number in answer.texts["p"]
    assert from_text(receipt_text(sent.headers["Location"]), (INTAKE_KEY.public,)) == Receipt.of(
        envelope.contribution
    )
    assert envelope.contribution.digest() in answer.texts["dd"].replace("\u200b", "")
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_a_double_confirmation_stores_once(browser, spool):
    """The same form twice: the same bytes, the same receipt."""
    checked = post(browser, text="Une fois.")
    first, second = confirm(browser, checked), confirm(browser, checked)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(stored(spool)) == 1


def test_two_residents_who_say_the_same_are_two(browser, spool):
    """Each form that was handed out is a contribution of its own."""
    assert say(browser, "D’accord.") != say(browser, "D’accord.")
    assert len({envelope.sending for envelope in stored(spool)}) == 2


def test_an_edited_text_under_the_same_token_is_another(browser, spool):
    """Both are stored; that they were one sending is told to the runner."""
    checked = post(browser, text="Un.")
    confirm(browser, checked)
    confirm(browser, checked, text="Deux.")
    one, two = stored(spool)
    assert one.contribution.id != two.contribution.id
    assert one.sending == two.sending


def test_a_change_is_read_again_before_it_is_sent(browser, spool):
    """The check page's second form sends without the token: it asks once more."""
    checked = post(browser, text="Un.")
    again = post(browser, text="Deux.", **{k: v for k, v in checked.fields.items() if k in ("form", "of")})
    assert again.fields["text"] == "Deux."
    assert list(spool.list()) == []


def test_a_confirmation_needs_a_token_of_this_intake(browser, spool):
    """Without one, what was typed is shown to be confirmed; nothing is stored."""
    for forged in (
        "",
        "x",
        token(key=OTHER_KEY),
        token(QUESTION),
        token(time=NOW + timedelta(hours=1)),
        "é",
    ):
        answer = post(browser, text="Bonjour.", token=forged, confirm="1")
        assert answer.status == 200
        assert answer.fields["text"] == "Bonjour."
        assert answer.fields["token"] != forged
    assert list(spool.list()) == []


def test_an_expired_token_gives_the_text_back_with_a_fresh_one(browser, spool):
    """The page says so, and confirming it is enough."""
    old = token(time=NOW - timedelta(hours=24, seconds=1))
    answer = post(browser, text="Longtemps réfléchi.", token=old, confirm="1")
    assert answer.status == 200
    assert "more than a day ago" in answer.texts["p"]
    assert list(spool.list()) == []
    assert confirm(browser, answer).status_code == 303
    assert stored(spool)[0].contribution.text == "Longtemps réfléchi."


def test_a_token_is_enough_for_one_step(browser, spool):
    """With a token fetched early, the first post may confirm."""
    sent = browser.post(
        "/contributions", data={"form": TOPIC, "text": "Oui.", "token": token(), "confirm": "1"}
    )
    assert sent.status_code == 303
    assert stored(spool)[0].contribution.time == NOW


def test_the_redirect_is_relative_and_stays_within_the_intake(spool):
    """Behind any proxy, below any path, whatever the request's headers and fields say."""
    browser = client(intake(spool))
    checked = post(browser, text="Oui.")
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    sent = browser.post(
        "/inbox/contributions",
        data=checked.fields
        | {"redirect": "//evil.example", "next": "https://evil.example", "language": "//evil\r\nX: y"},
        headers=evil,
        environ_overrides={"SCRIPT_NAME": "/inbox", "PATH_INFO": "/contributions"},
    )
    assert sent.status_code == 303
    assert re.fullmatch(
        r"receipts/[\w.-]+\?language=fr&form=topics%2Fhousing%3Acomment&sent=[\w-]+", sent.headers["Location"]
    )
    assert "evil" not in str(sent.headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": f"{SITE.rstrip('/')}.evil.example"},
        {"Referer": "https://evil.example/"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {"Origin": "\xff", "Cookie": "a=b; \x80", "X-Forwarded-For": "1.2.3.4, " * 100},
        {"User-Agent": ""},
    ],
    ids=str,
)
def test_no_origin_is_refused(browser, headers):
    """A page without referrer posts with `Origin: null`; looking would only refuse residents."""
    fields = {"form": TOPIC, "text": "Oui.", "token": token(), "confirm": "1"}
    assert browser.post("/contributions", data=fields, headers=headers).status_code == 303


def test_a_reply_points_to_its_parent(browser, spool):
    """With the parent's id; any other `of` speaks to the page."""
    parent = contribution().id
    say(browser, "Réponse.", of=parent)
    assert stored(spool)[0].contribution.of == parent


@pytest.mark.parametrize(
    "of", ["../../.github/workflows/x", "topics/parks", "x" * 999, "/etc/passwd", "CON", "%2e%2e"]
)
def test_any_other_of_is_refused(browser, of):
    """Nothing that a stranger typed becomes a page or a path, and a reply never turns into something else."""
    answer = post(browser, text="Réponse.", of=of)
    assert answer.status == 422
    assert answer.kept == "Réponse."


def test_a_page_may_be_named_as_what_is_spoken_to(browser, spool):
    """It is what the form says anyway."""
    say(browser, "Réponse.", of="topics/housing")
    assert stored(spool)[0].contribution.of == "topics/housing"


def test_words_changed_after_reading_are_read_again(browser, spool):
    """Whoever edits beside the button that confirms is shown the new words, and sends no old ones."""
    checked = post(browser, text="Des bancs.", author="Lou")
    for change in ({"text": "Des bancs à l’ombre."}, {"author": "Max"}):
        again = Answer(browser.post("/contributions", data=checked.fields | change))
        assert again.status == 200
        assert not list(spool.list())
    changed = Answer(browser.post("/contributions", data=checked.fields | {"text": "Des bancs à l’ombre."}))
    assert confirm(browser, changed).status_code == 303
    assert [item.contribution.text for item in stored(spool)] == ["Des bancs à l’ombre."]
    assert stored(spool)[0].flags == ()


def test_a_position_is_kept_where_it_is_asked_for(browser, spool):
    """And nowhere else."""
    say(browser, "Pour.", form=QUESTION, position="nuanced")
    say(browser, "Pour.", form=TOPIC, position="for")
    assert sorted(envelope.contribution.position for envelope in stored(spool)) == ["", "nuanced"]
    assert {envelope.contribution.kind for envelope in stored(spool)} == {"comment", "proposal"}


def test_the_trap_flags_and_does_not_drop(browser, spool):
    """A machine is told nothing; a person who fell into it is not lost."""
    address = say(browser, "Achetez !", website="https://spam.example")
    assert stored(spool)[0].flags == ("trap",)
    assert browser.get(address).status_code == 200


def test_fields_that_only_the_town_sets_are_not_taken(browser, spool):
    """`id`, `status`, `date` and the like come from nobody outside."""
    before = {
        "id": contribution().id,
        "status": "published",
        "date": "2001-01-01",
        "time": "2001-01-01T00:00:00Z",
    }
    say(browser, "Oui.", **before, kind="answer", channel="paper", votes="99", nonce="0" * 32, flags="")
    (envelope,) = stored(spool)
    assert envelope.contribution.id != before["id"]
    assert (envelope.contribution.kind, envelope.contribution.channel) == ("comment", "web")
    assert envelope.contribution.time == NOW


# --- what is wrong


@pytest.mark.parametrize(
    ("typed", "changes", "wrong"),
    [
        ({"text": ""}, {}, ["text"]),
        ({"text": " \n\t "}, {}, ["text"]),
        ({"text": "\x00\x1b"}, {}, ["text"]),
        ({"text": "a" * 5001}, {}, ["text"]),
        ({"text": "é" * 101}, {"max_length": 100}, ["text"]),
        ({"text": "a", "author": "b" * 81}, {}, ["author"]),
        ({"text": "a"}, {"author": "required"}, ["author"]),
        ({"text": "a", "author": " \u202e "}, {"author": "required"}, ["author"]),
        (
            {"text": "", "author": "b" * 999, "form": QUESTION, "position": "yes"},
            {},
            ["text", "position", "author"],
        ),
        ({"text": "a", "form": QUESTION, "position": "FOR"}, {}, ["position"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_every_wrong_field_is_named_and_nothing_is_lost(spool, typed, changes, wrong):
    """All at once, each with a link to its field, and what was typed stands in the form again."""
    answer = post(client(intake(spool, **changes)), **typed)
    assert answer.status == 422
    targets = [item.attributes["href"] for item in answer.all("a") if item.attributes["href"].startswith("#")]
    assert targets == [f"#{name}" for name in wrong]
    ids = [item.attributes["id"] for item in answer.elements if "id" in item.attributes]
    assert len(ids) == len(set(ids))
    assert {f"{name}-error" for name in wrong} <= set(ids)
    described = {
        name for item in answer.elements for name in item.attributes.get("aria-describedby", "").split()
    }
    assert described <= set(ids)
    assert answer.kept == typed["text"].replace("\x00", "").replace("\x1b", "").strip()
    assert list(spool.list()) == []


def test_the_longest_text_is_taken(browser, spool):
    """The limit counts characters, not bytes: 5,000 of four bytes each, percent-encoded."""
    say(browser, "\N{EVERGREEN TREE}" * 5000)
    assert stored(spool)[0].contribution.text == "\N{EVERGREEN TREE}" * 5000


def test_the_longest_name_is_taken(browser, spool):
    """80 characters, of any script."""
    say(browser, "a", author="ß" * 80)
    assert stored(spool)[0].contribution.author == "ß" * 80


def test_no_name_is_kept_where_none_is_asked(spool):
    """Even if one is sent."""
    say(client(intake(spool, author="none")), "a", author="Anne " * 100)
    assert stored(spool)[0].contribution.author == ""


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Anne\r\nBcc: a@b", "Anne Bcc: a@b"),
        ("\u202eeivA\u202c", "eivA"),
        ("e\u200e\u0301\u200fve", "éve"),
        ("\u2067Zoé\u2069", "Zoé"),
        ("A\u0000nne\u0085", "Anne"),
        ("  a \t\n b  ", "a b"),
        ("<b>Anne</b>", "<b>Anne</b>"),
        ("\ud800Anne", "%ED%A0%80Anne"),
    ],
)
def test_a_name_is_one_line_in_its_own_direction(browser, spool, typed, kept):
    """Line ends, controls and direction marks go; an accent that they parted from its letter comes back to it."""
    fields = {"form": TOPIC, "text": "a", "author": typed, "token": token(), "confirm": "1"}
    body = urlencode(fields, errors="surrogatepass").encode()
    sent = browser.post("/contributions", data=body, content_type="application/x-www-form-urlencoded")
    assert sent.status_code == 303
    assert stored(spool)[0].contribution.author == kept


# --- when


def test_before_and_after_its_window_a_form_is_closed(spool):
    """The text is given back, and nothing is stored."""
    for now in (NOW - timedelta(days=31), CLOSES, CLOSES + timedelta(days=400)):
        answer = post(client(intake(spool, now)), text="Trop tard ?")
        assert answer.status == 403
        assert answer.kept == "Trop tard ?"
    assert post(client(intake(spool)), form=SHUT, text="Trop tard ?").status == 403
    assert post(client(intake(spool, CLOSES - timedelta(seconds=1))), text="À temps.").status == 200
    assert post(client(intake(spool, NOW - timedelta(days=30))), text="À temps.").status == 200


@pytest.mark.parametrize(
    ("handed_out", "confirmed", "status"),
    [
        (-timedelta(seconds=1), timedelta(0), 303),
        (-timedelta(hours=23), timedelta(minutes=30, seconds=-1), 303),
        (-timedelta(hours=23), timedelta(minutes=30), 403),
        (timedelta(0), timedelta(seconds=1), 403),
        (-timedelta(hours=25), timedelta(seconds=1), 403),
        (-timedelta(days=90), timedelta(seconds=1), 403),
    ],
)
def test_a_form_that_was_handed_out_in_time_has_half_an_hour(spool, handed_out, confirmed, status):
    """Whoever began before closing may finish; nobody may begin."""
    fields = {"form": TOPIC, "text": "Vite !", "token": token(time=CLOSES + handed_out), "confirm": "1"}
    sent = client(intake(spool, CLOSES + confirmed)).post("/contributions", data=fields)
    assert sent.status_code == status
    if status == 403:
        assert Answer(sent).kept == "Vite !"


def test_an_empty_form_is_given_while_it_is_open(browser, spool):
    """`GET /contributions/new` for those who come by a link; its address answers a reply too."""
    answer = Answer(
        browser.get("/contributions/new", query_string={"form": QUESTION, "of": contribution().id})
    )
    assert answer.status == 200
    assert answer.fields.items() >= {"form": QUESTION, "language": "fr", "of": contribution().id}.items()
    assert [item.attributes["action"] for item in answer.all("form")] == ["../contributions"]
    assert Answer(browser.get("/contributions/new", query_string={"form": SHUT})).status == 403
    assert Answer(browser.get("/contributions/new", query_string={"form": "x"})).status == 404
    assert Answer(client(intake(spool, CLOSES)).get(f"/contributions/new?form={TOPIC}")).status == 403


def test_an_unknown_form_gives_the_text_back(browser):
    """A page that was built long ago may post a form that is gone."""
    for form in ("", "x", "../../x", "topics/housing", f"{TOPIC}x", "\0"):
        answer = post(browser, form=form, text="Mon texte.")
        assert answer.status == 404
        assert answer.kept == "Mon texte."


# --- what is not the resident's fault


def test_a_full_disk_gives_the_text_back(spool):
    """503, to be tried again, and the words to copy."""
    fields = {"form": TOPIC, "text": "Ne me perdez pas.", "token": token(), "confirm": "1"}
    sent = client(intake(Full())).post("/contributions", data=fields)
    assert sent.status_code == 503
    assert sent.headers["Retry-After"] == "60"
    assert set(sent.headers.keys()) >= HEADERS
    assert Answer(sent).kept == "Ne me perdez pas."


def test_health_tells_what_waits(browser, spool):
    """How many, how old the oldest is, in seconds, and how late the pages; a disk that fails is told too."""
    well = {"status": "ok", "waiting": 0, "oldest_seconds": 0, "pages_late_seconds": 0}
    assert loads(browser.get("/health").data) == well
    say(browser)
    later = client(intake(spool, NOW + timedelta(hours=2)))
    assert loads(later.get("/health").data) == well | {"waiting": 1, "oldest_seconds": 7200}
    outdated = client(intake(spool, NOW + timedelta(hours=3), until=format_time(NOW)))
    assert loads(outdated.get("/health").data)["pages_late_seconds"] == 10800
    failed = client(intake(Full())).get("/health")
    assert (failed.status_code, loads(failed.data)) == (503, {"status": "unavailable"})


def test_without_forms_nothing_can_be_said_and_is_said(spool):
    """Before the first build the intake answers 503, with every header."""

    def missing() -> Forms:
        raise FormsError("none")

    browser = client(Intake(missing, spool, INTAKE_KEY, lambda: NOW))
    for answer in (
        browser.get("/health"),
        browser.post("/contributions", data={"text": "x"}),
        browser.get("/x"),
    ):
        assert answer.status_code == 503
        assert set(answer.headers.keys()) >= HEADERS
        assert answer.headers["Retry-After"] == "60"


def test_forms_are_read_again_when_they_change(tmp_path):
    """And the last good ones serve while the file is broken or gone."""
    path = tmp_path / "forms.json"
    read = FormsFile(path)
    with pytest.raises(FormsError):
        read()
    path.write_text(dumps(forms_document()), encoding="utf-8")
    first = read()
    assert read() is first
    path.write_text(dumps(forms_document(max_length=77)), encoding="utf-8")
    assert read().forms[TOPIC].max_length == 77
    for broken in ("", "{", "[]", "null", '{"format": 2}', '{"format": 1}', dumps(forms_document(voices={}))):
        path.write_text(broken, encoding="utf-8")
        assert read().forms[TOPIC].max_length == 77
    path.unlink()
    assert read().forms[TOPIC].max_length == 77


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"voices": {}},
        {"voices": {"fr": {}}},
        {"forms": []},
        {"forms": {TOPIC: {}}},
        {"forms": {TOPIC: forms_document()["forms"][TOPIC] | {"windows": [["x", "y"]]}}},
        {"forms": {TOPIC: forms_document()["forms"][TOPIC] | {"windows": [[format_time(NOW)]]}}},
        {"time_zone": "Europe/Atlantis"},
        {"time_zone": "../../etc/passwd"},
        {"time_zone": 5},
    ],
    ids=lambda changes: str(changes)[:50],
)
def test_broken_forms_are_refused_whole(changes):
    """With one kind of error, so that the last good ones go on serving."""
    with pytest.raises(FormsError):
        Forms.from_json(dumps(forms_document(**changes)).encode())


# --- what strangers send


def request(app: Intake, path: str, method: str = "GET", **options: object):
    """Send anything, and check what holds for every answer."""
    answer = client(app).open(path, method=method, **options)
    assert answer.status_code < 500, answer.data
    assert set(answer.headers.keys()) >= HEADERS
    assert "Set-Cookie" not in answer.headers
    assert (
        answer.headers["Content-Type"] in ("text/html; charset=utf-8", "application/json")
        or answer.status_code == 303
    )
    return answer


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/contributions", 405),
        ("DELETE", "/contributions", 405),
        ("POST", "/receipts/x", 405),
        ("POST", "/health", 405),
        ("TRACE", "/health", 405),
        ("POST", "/contributions/", 404),
        ("GET", "/contributions/new/", 404),
        ("GET", "//contributions", 404),
        ("GET", "/contributions//new", 404),
        ("GET", "//evil.example/contributions/new", 404),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", 404),
        ("GET", "/receipts/", 404),
        ("GET", "/receipts/x", 404),
        ("GET", "/receipts/%2F%2Fevil.example", 404),
        ("GET", "/receipts/%00%ff%f0", 404),
        ("GET", "/receipts/" + "A" * 5000 + "." + "A" * 86, 404),
        ("GET", "/receipts/" + receipt_text("eyJpZCI6NX0K.AAAA"), 404),
        ("HEAD", "/health", 200),
        ("BREW", "/contributions", 405),
    ],
)
def test_other_addresses_are_answered_in_the_sites_look(spool, method, path, status):
    """404 and 405 are pages too, and no redirect leads anywhere else."""
    answer = request(intake(spool), path, method)
    assert answer.status_code == status
    assert "Location" not in answer.headers
    if status != 200:
        assert Answer(answer).all("header", id="top")
    if status == 405:
        assert answer.headers["Allow"]


@pytest.mark.parametrize(
    "fields", [{"id": 5}, {"id": None}, {"id": []}, {"digest": 5}, {"due": 5}, {"time": {}}], ids=str
)
def test_a_forged_receipt_of_other_types_is_a_404(spool, fields):
    """Not a fault of ours: types are looked at first."""
    data = encode(decode(Receipt.of(contribution()).canonical()) | fields)
    text = ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in (data, b"0" * 64))
    assert request(intake(spool), f"/receipts/{text}").status_code == 404


def test_a_receipt_opens_in_either_language(browser):
    """The address says which; an unknown one gives the site's first."""
    address = say(browser, language="en")
    assert "?language=en&form=topics%2Fhousing%3Acomment&sent=" in address
    for language, shown in (
        ("en", "en"),
        ("fr", "fr"),
        ("xx", "fr"),
        ("%0d%0aSet-Cookie:%20a=b", "fr"),
        ("", "fr"),
    ):
        answer = request(browser.application, f"{address.partition('?')[0]}?language={language}")
        assert Answer(answer).all("html", lang=shown)


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/xml", b"<text>x</text>", 415),
        ("text/plain", b"form=topics/housing:comment&text=x", 415),
        ("", b"form=topics/housing:comment&text=x", 415),
        ("application/x-www-form-urlencoded; charset=utf-16", "text=é".encode("utf-16"), 404),
        ("application/x-www-form-urlencoded; charset=x\xff", b"form=topics/housing:comment&text=%E9", 200),
        ("application/x-www-form-urlencoded", b"", 404),
        ("application/x-www-form-urlencoded", b"&&&&====%%%zz\x00\xff&form", 404),
        ("application/x-www-form-urlencoded", b"a" * (MAX_BODY + 1), 413),
        ("application/x-www-form-urlencoded", b"text=" + b"a" * (1 << 20), 413),
        ("application/x-www-form-urlencoded", b"&".join(b"x%d=y" % n for n in range(20_000)), 404),
        ("application/x-www-form-urlencoded", b"\x1f\x8b\x08\x00" + b"\0" * 100, 415),
        ("application/x-www-form-urlencoded", b"form=topics/housing:comment&text=%ED%A0%80%FF%FE%00a", 200),
        ("multipart/form-data", b"x", 404),
        ("multipart/form-data; boundary=", b"x", 404),
        ("multipart/form-data; boundary=a", b"--a\r\n", 404),
        (
            "multipart/form-data; boundary=a",
            b"--a\r\nContent-Disposition: form-data\r\n\r\nx\r\n--a--\r\n",
            404,
        ),
        (
            "multipart/form-data; boundary=a",
            b"--a\r\nContent-Disposition: form-data; name=x\r\n\r\ny\r\n" * 600 + b"--a--\r\n",
            413,
        ),
        ("multipart/form-data; boundary=" + "a" * 5000, b"x", 404),
    ],
    ids=range(18),
)
def test_any_body_is_answered(spool, content_type, body, status):
    """Wrong kinds, wrong charsets, too much of everything: a page that says so, never a fault."""
    headers = {"Content-Encoding": "gzip"} if body.startswith(b"\x1f\x8b") else {}
    answer = request(
        intake(spool), "/contributions", "POST", data=body, content_type=content_type, headers=headers
    )
    assert answer.status_code == status
    assert Answer(answer).all("header", id="top")
    assert list(spool.list()) == []


def test_a_form_with_files_is_a_form(browser, spool):
    """Multipart is taken; a file in a field's place is no text."""
    fields = {"form": TOPIC, "text": "Oui.", "token": token(), "confirm": "1"}
    sent = browser.post("/contributions", data=fields, content_type="multipart/form-data")
    assert sent.status_code == 303
    upload = {"form": TOPIC, "text": (io.BytesIO(b"x"), "../../x.txt")}
    assert browser.post("/contributions", data=upload, content_type="multipart/form-data").status_code == 422
    assert len(stored(spool)) == 1


def test_repeated_and_nested_keys_have_one_meaning(browser, spool):
    """The first of each name counts; brackets are part of a name."""
    fields = MultiDict([("form", TOPIC), ("form", SHUT), ("text", "Un."), ("text", "Deux."), ("text[]", "x")])
    fields.update({"text[a][b]": "y", "token": token(), "confirm": "1", "author[$ne]": "z"})
    assert browser.post("/contributions", data=fields).status_code == 303
    assert (stored(spool)[0].contribution.text, stored(spool)[0].contribution.author) == ("Un.", "")


@pytest.mark.parametrize(
    "host", ["evil.example", "a b", "[::1", "x" * 300, "a..b", "", "a:b:c", "\xff", "a:99999999"]
)
def test_any_host_is_answered(spool, host):
    """The name that a request came for leads to no fault, and into no page."""
    answer = request(intake(spool), f"/contributions/new?form={TOPIC}", environ_overrides={"HTTP_HOST": host})
    assert answer.status_code in (200, 400)
    assert "evil" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "header", ["", ";;;", "fr;q=x", "*;q=0", "\xff\xfe", ",".join(["xx"] * 2000), "en;q=1e400"]
)
def test_any_accepted_language_is_answered(spool, header):
    """A refusal comes in some language."""
    answer = request(intake(spool), "/nowhere", headers={"Accept-Language": header})
    assert answer.status_code == 404


FIELDS = ["form", "language", "of", "text", "author", "position", "website", "token", "confirm", "x"]
VALUES = st.text(st.characters(exclude_categories=("Cs",)), max_size=100) | st.sampled_from(
    [
        TOPIC,
        QUESTION,
        SHUT,
        "fr",
        "for",
        "1",
        "{{main}}",
        "{length}",
        "<b>",
        token(),
        token(QUESTION),
        "\r\n",
        "\u202e",
        "é" * 90,
    ]
)


@settings(deadline=None, max_examples=150)
@given(
    st.dictionaries(st.sampled_from(FIELDS), VALUES),
    st.dictionaries(VALUES, VALUES, max_size=3),
    st.booleans(),
)
def test_any_fields_are_answered(fields, others, multipart):
    """Whatever is sent, the answer is a page or a receipt, and what was stored can be read again."""
    memory = Memory()
    kind = "multipart/form-data" if multipart else "application/x-www-form-urlencoded"
    answer = request(intake(memory), "/contributions", "POST", data=others | fields, content_type=kind)
    assert answer.status_code in (200, 303, 403, 404, 422)
    assert len(memory.kept) == (answer.status_code == 303)
    for id, data in memory.kept.items():
        assert Envelope.from_bytes(data, (INTAKE_KEY.public,)).contribution.id == id


@settings(deadline=None, max_examples=100)
@given(
    st.binary(max_size=300),
    st.sampled_from(["application/x-www-form-urlencoded", "multipart/form-data; boundary=a"]),
)
def test_any_bytes_are_answered(body, kind):
    """A body of anything under the name of a form."""
    request(intake(Memory()), "/contributions", "POST", data=body, content_type=kind)


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(["/receipts/", "/contributions/new?form=", "/"]), st.binary(max_size=100))
def test_any_address_is_answered(start, rest):
    """Bytes that are no UTF-8, percent signs, dots and slashes."""
    path, _, query = (start.encode() + rest).decode("latin-1").partition("?")
    overrides = {"PATH_INFO": path, "QUERY_STRING": query}
    request(intake(Memory()), "/", environ_overrides=overrides)


# --- over a real socket


class _Loud(WSGIRequestHandler):
    """Keeps what it would log, tracebacks above all."""

    said: list[str]

    def log(self, type: str, message: str, *args: object) -> None:
        """Keep a line."""
        self.said.append(f"{type} {message % args if args else message}")


@contextmanager
def listening(spool: Spool):
    """Serve the intake on a real socket; give its address, and check that it said nothing of errors."""
    said: list[str] = []
    handler = type("Loud", (_Loud,), {"said": said, "protocol_version": "HTTP/1.1"})
    server = make_server("127.0.0.1", 0, intake(spool), threaded=True, request_handler=handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield ("127.0.0.1", server.port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert [line for line in said if line.startswith("error")] == []


def exchange(address: tuple[str, int], data: bytes) -> bytes:
    """Send bytes, and return all that comes back."""
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while part := connection.recv(65536):
            received += part
    return received


FORM = b"POST /contributions HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
BODY = urlencode({"form": TOPIC, "text": "Bonjour."}).encode()


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (FORM + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(BODY) + BODY, b"200"),
        (
            FORM
            + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
            % (len(BODY), BODY),
            b"200",
        ),
        (FORM + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\nxx\r\n", b"400"),
        (FORM + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n-5\r\nxx\r\n", b"400"),
        (FORM + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nab", b"400"),
        (FORM + b"Connection: close\r\n\r\n", b"404"),
        (FORM + b"Content-Length: 500\r\nConnection: close\r\n\r\n" + BODY, b"400"),
        (FORM + b"Content-Length: -5\r\nConnection: close\r\n\r\n" + BODY, b"4"),
        (FORM + b"Content-Length: x\r\nConnection: close\r\n\r\n" + BODY, b"4"),
        (FORM + b"Content-Length: 99999999999999999999\r\nConnection: close\r\n\r\n", b"413"),
        (b"GET /\xff\xfe%zz?\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"4"),
    ],
    ids=range(11),
)
def test_any_bytes_on_the_wire_are_answered(spool, data, status):
    """Chunks, lengths that lie, a connection that ends in the middle: an answer, and no traceback."""
    with listening(spool) as address:
        answer = exchange(address, data)
    assert answer.startswith(b"HTTP/1.1 " + status), answer[:200]
    assert list(spool.list()) == []


def test_the_walk_over_a_real_socket(spool):
    """Check and confirm as a browser sends them, percent-encoded in UTF-8."""
    fields = {"form": TOPIC, "text": "Où ça ? « Ici »", "token": token(), "confirm": "1"}
    body = urlencode(fields).encode()
    with listening(spool) as address:
        answer = exchange(
            address,
            FORM + b"Origin: null\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body,
        )
        place = re.search(rb"\r\nLocation: (receipts/\S+)\r\n", answer)
        assert place
        page = exchange(address, b"GET /%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % place[1])
    assert page.startswith(b"HTTP/1.1 200 OK")
    assert stored(spool)[0].contribution.number.encode() in page
