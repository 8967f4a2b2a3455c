"""The desk's gate: sign-in links, sessions, tokens of forms, and the names it answers to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.test import Client

from assises.keys import Key
from assises_inbox.desk.gate import hosts
from desk_room import NOW, Browser, Room, said


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A desk on one's own machine."""
    with Room(tmp_path) as room:
        yield room


def cookie_of(browser: Browser) -> str:
    """Return the name and value of the session's cookie as a request sends them."""
    (found,) = browser._cookies.values()
    return f"{found.key}={found.value}"


def session_of(browser: Browser) -> str:
    """Return the session's cookie as it was set."""
    answer = browser.get(f"{browser.path}/")
    return answer.headers["Set-Cookie"]


def test_a_link_lets_in_once(room: Room):
    """GET shows a button and changes nothing; POST lets in; the link is then used up."""
    browser = room.browser()
    link = browser.link()
    for _ in range(3):
        page = browser.get(link)
        assert page.status_code == 200
        assert "Set-Cookie" not in page.headers
        assert page.headers["Referrer-Policy"] == "no-referrer"
    assert browser.enter(link).status_code == 303
    assert "En attente d’une décision" in browser.see()
    other = room.browser()
    assert "déjà servi" in other.enter(link).text
    again = other.post(f"{other.path}/sign-in", data={"key": link.rpartition("/")[2]})
    assert (again.status_code, "Set-Cookie" in again.headers) == (403, False)
    # Who is in already and opens the link again comes to the queue.
    assert browser.get(link).location == "/assises/desk/"


def test_a_link_is_not_good_for_long(room: Room):
    """After 15 minutes it lets nobody in, nor before its time."""
    browser = room.browser()
    link = browser.link()
    room.now = NOW + timedelta(minutes=15, seconds=1)
    assert "trop ancien" in browser.enter(link).text
    room.now = NOW - timedelta(hours=1)
    assert "trop ancien" in browser.enter(link).text
    room.now = NOW + timedelta(minutes=14)
    assert browser.enter(link).status_code == 303


def test_a_link_of_another_making_lets_nobody_in(room: Room):
    """Tampered with, cut off, signed by another key, for another purpose, or for somebody who is no moderator."""
    browser = room.moderator_in()
    session = cookie_of(browser).partition("=")[2]
    stranger = room.browser()
    key = stranger.link().rpartition("/")[2]
    flipped = key[:-2] + ("A" if key[-2] != "A" else "B") + key[-1]
    others = [room.another(key=Key(b"x" * 32)), room.another("Karim")]
    keys = [other.office.sign_in_link(other.office.local).rpartition("/")[2] for other in others]
    for wrong in [flipped, key[:-9], key[9:], "", "x", "é", "%00", "=" * 50, session, *keys]:
        answer = stranger.post(f"{stranger.path}/sign-in", data={"key": wrong})
        assert answer.status_code == 403, wrong
        assert "pas valable" in answer.text
        assert "Set-Cookie" not in answer.headers
    assert stranger.enter(f"{stranger.path}/sign-in/{key}").status_code == 303


def test_nothing_is_to_be_seen_from_outside(room: Room):
    """Without a session, every address answers the same page; no decision is taken."""
    contribution = said("Secret")
    room.put(contribution)
    browser = room.browser()
    for place in ("/", "/published", "/withheld", f"/contributions/{contribution.id}", "/contributions/x"):
        page = browser.see(place, 403)
        assert "Entrée réservée" in page
        assert "Secret" not in page
    fields = {"action": "publish", "seen": "pending", "token": ""}
    assert browser.post(f"{browser.path}/contributions/{contribution.id}", data=fields).status_code == 403
    assert room.fate(contribution) == "pending"


def test_a_fresh_link_can_be_asked_for(room: Room):
    """It goes to the moderator, never to the page; not more often than every 30 seconds."""
    browser = room.browser()
    for _ in range(5):
        answer = browser.post(f"{browser.path}/sign-in/link", data={"email": ""})
        answer.close()  # as a server does once the answer is on its way
        assert "sign-in/" not in answer.text.replace("/sign-in/link", "")
    assert len(room.links) == 1
    to, link = room.links[0]
    assert to == "anne@localhost"
    assert link.startswith("http://127.0.0.1:8000/assises/desk/sign-in/")
    assert browser.enter(link.removeprefix(browser.origin)).status_code == 303
    room.now += timedelta(seconds=31)
    room.browser().post(f"{browser.path}/sign-in/link", data={"email": ""}).close()
    assert len(room.links) == 2
    lonely = room.browser(room.another(send_link=None))
    assert "Envoyer un nouveau lien" not in lonely.see("/", 403)
    assert lonely.post(f"{lonely.path}/sign-in/link", data={"email": ""}).status_code == 404


def test_the_cookie_is_closed_to_all_others(room: Room, tmp_path: Path):
    """HttpOnly, SameSite=Lax, for the desk's path alone; under https `__Host-` and Secure."""
    cookie = session_of(room.moderator_in())
    parts = cookie.split("; ")
    assert {"HttpOnly", "SameSite=Lax", "Path=/assises/desk"} <= set(parts)
    assert "Secure" not in parts
    (tmp_path / "https").mkdir()
    with Room(tmp_path / "https", base="https://ville.example/assises/") as public:
        secure = session_of(public.moderator_in())
    assert secure.startswith("__Host-assises-desk-")
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Secure"} <= set(secure.split("; "))
    assert "Domain" not in cookie + secure


def test_a_session_lasts_while_it_is_used(room: Room):
    """30 minutes from the last request, 12 hours in all."""
    browser = room.moderator_in()
    for _ in range(3):
        room.now += timedelta(minutes=29)
        browser.see()
    room.now += timedelta(minutes=30)
    assert "Votre session est terminée" in browser.see("/", 403)
    browser = room.moderator_in()
    begun = room.now
    while room.now < begun + timedelta(hours=12) - timedelta(minutes=25):
        room.now += timedelta(minutes=25)
        browser.see()
    room.now += timedelta(minutes=25)
    browser.see("/", 403)


def test_signing_out_ends_the_session_for_every_holder(room: Room):
    """The browser forgets the cookie, and a copy of it is no good either; other sessions go on."""
    browser, other = room.moderator_in(), room.moderator_in()
    stolen = cookie_of(browser)
    room.browser(cookie=stolen).see()
    assert (
        "Vous avez quitté" in browser.post(f"{browser.path}/sign-out", data={"token": browser.token()}).text
    )
    browser.see("/", 403)
    room.browser(cookie=stolen).see("/", 403)
    other.see()


def test_a_session_is_never_taken_from_the_request(room: Room):
    """Session fixation: a cookie that was planted does not become that of who signs in."""
    intruder = room.moderator_in()
    planted = cookie_of(intruder)
    victim = room.browser()
    name, _, value = planted.partition("=")
    victim.set_cookie(name, value, domain="127.0.0.1", path="/assises/desk")
    link = victim.link()
    answer = victim.post(f"{victim.path}/sign-in", data={"key": link.rpartition("/")[2]})
    assert answer.status_code == 303
    assert cookie_of(victim) != planted
    assert victim.token() != intruder.token()


def test_a_cookie_that_was_changed_is_none(room: Room):
    """Tampered with, of another key, or of somebody who is no moderator any more."""
    browser = room.moderator_in()
    cookie = cookie_of(browser)
    name, _, value = cookie.partition("=")
    changed = value[:60] + ("A" if value[60] != "A" else "B") + value[61:]
    key = browser.link().rpartition("/")[2]
    for wrong in (changed, value[:-4], "", "é", key, "A" * 4000):
        room.browser(cookie=f"{name}={wrong}").see("/", 403)
    for desk in (room.another(key=Key(b"x" * 32)), room.another(moderator="Somebody else")):
        room.browser(desk, cookie).see("/", 403)
    # Another process of the same desk knows the session: a restart throws nobody out.
    room.browser(room.another(), cookie).see()


def test_a_form_must_carry_its_own_sessions_token(room: Room):
    """Missing, wrong, or of another session of the same moderator: nothing is changed."""
    contribution = said()
    room.put(contribution)
    browser, other = room.moderator_in(), room.moderator_in()
    assert browser.token() != other.token()
    place = f"{browser.path}/contributions/{contribution.id}"
    fields = {"action": "publish", "seen": "pending"}
    for token in ({}, {"token": ""}, {"token": "0" * 64}, {"token": "é"}, {"token": other.token()}):
        assert browser.post(place, data=fields | token).status_code == 403, token
        assert browser.post(f"{browser.path}/sign-out", data={"x": "y"} | token).status_code == 403
    in_address = browser.post(f"{place}?token={browser.token()}", data=fields)
    assert in_address.status_code == 403
    assert room.fate(contribution) == "pending"
    assert room.decided == 0
    browser.see()


def test_what_was_typed_outlives_the_session(room: Room):
    """A form that comes too late gives the reason back; a stranger's form gives nothing."""
    contribution = said()
    room.put(contribution)
    browser = room.moderator_in()
    fields = {"token": browser.token(), "action": "withhold", "seen": "pending", "rule": "respect"}
    fields["reason"] = "Une <b>longue</b> phrase"
    place = f"{browser.path}/contributions/{contribution.id}"
    room.now += timedelta(hours=1)
    assert "Une &lt;b&gt;longue&lt;/b&gt; phrase" in browser.post(place, data=fields).text
    assert "longue" not in browser.post(place, data=fields | {"token": "0" * 64}).text
    assert "longue" not in room.browser().post(place, data=fields).text
    assert room.fate(contribution) == "pending"


@pytest.mark.parametrize(
    "host", ["evil.example:8000", "127.0.0.1", "127.0.0.1:8001", "127.0.0.1.evil.example:8000", "", "[::1]"]
)
def test_another_name_is_not_answered(room: Room, host: str):
    """DNS rebinding: a page whose name was led to this machine gets nothing, not even with a session."""
    browser = room.moderator_in()
    answer = browser.get(f"{browser.path}/", headers={"Host": host, "X-Forwarded-Host": "127.0.0.1:8000"})
    assert answer.status_code == 421
    assert "Set-Cookie" not in answer.headers
    assert answer.text == "421 The desk is not called by this name.\n"


def test_a_form_that_another_site_sent_is_refused(room: Room):
    """Where the browser says so, whatever the form carries; and nobody is signed in by it."""
    contribution = said()
    room.put(contribution)
    browser = room.moderator_in()
    fields = {"token": browser.token(), "action": "publish", "seen": "pending"}
    link = browser.link()
    for where in ("cross-site", "same-site"):
        headers = {"Sec-Fetch-Site": where}
        place = f"{browser.path}/contributions/{contribution.id}"
        assert browser.post(place, data=fields, headers=headers).status_code == 403
        stranger = room.browser()
        key = {"key": link.rpartition("/")[2]}
        assert stranger.post(f"{browser.path}/sign-in", data=key, headers=headers).status_code == 403
        assert stranger.post(f"{browser.path}/sign-in/link", data={}, headers=headers).status_code == 403
    assert room.fate(contribution) == "pending"
    assert room.links == []
    assert room.browser().enter(link).status_code == 303


def test_no_link_leads_to_another_host(room: Room):
    """An address that begins with two slashes comes back with one, also for a desk at the root of its host."""
    environ = {"PATH_INFO": "//evil.example/", "HTTP_HOST": "127.0.0.1:8000"}
    page = Client(room.desk).get("/", environ_overrides=environ).text
    assert 'href="/evil.example/?language=en"' in page
    assert '"//' not in page


def test_the_names_of_a_desk():
    """This machine has three names; a public host has its own, with or without the scheme's port."""
    assert hosts("http://127.0.0.1:8000/a/") == {"127.0.0.1:8000", "localhost:8000", "[::1]:8000"}
    assert hosts("https://Ville.example/") == {"ville.example", "ville.example:443"}
    assert hosts("https://ville.example:8443/") == {"ville.example:8443"}
    assert "localhost" in hosts("http://localhost/")


def test_every_answer_is_closed_to_the_world(room: Room):
    """Headers of every answer: pages, redirects, errors, the style sheet."""
    browser = room.moderator_in()
    link = browser.link()
    stranger = room.browser()
    for answer in (
        browser.get(f"{browser.path}/"),
        browser.get(f"{browser.path}/nothing"),
        browser.get(link),
        stranger.get(f"{browser.path}/"),
        stranger.get(link),
        stranger.post(f"{browser.path}/"),
        stranger.get(f"{browser.path}/", headers={"Host": "evil.example"}),
    ):
        policy = answer.headers["Content-Security-Policy"]
        assert set(policy.split("; ")) == {
            "default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
        }  # fmt: skip
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer")


def test_raw_bytes_in_an_address_are_a_bad_request(room: Room):
    """What is no text in the query string gets an answer, and no fault of ours."""
    browser = room.browser()
    answer = browser.open(browser.path + "/", environ_overrides={"QUERY_STRING": "language=\xff"})
    assert answer.status_code == 400
