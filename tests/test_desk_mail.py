"""Mail to moderators: sign-in links, what waits, and the links that decide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from assises.action_link import LIFE, ActionLink
from assises.decisions import decisions_on
from assises.keys import Key
from assises.ledger import Event, Head, chain
from assises.mail import Account, deliver
from assises.moderators import Moderator, add, remove
from assises.notices import Notices
from assises.store import HEAD_FILE, Author, ledger_path
from desk_room import NOW, Browser, Room, said
from kernel import LEDGER_KEY
from mail_server import Box, mail_server

ANNE = Moderator.of("anne@ville.example", "Anne Martin", "Direction du logement")
KARIM = Moderator.of("karim@ville.example", "Karim", mail="daily", language="en")
AUTHOR = Author("Test", "test@localhost")
REFUSE = {"rule": "respect", "reason": "Ceci attaque une personne."}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A desk to which moderators come from their list alone."""
    with Room(tmp_path) as room:
        room.desk = room.another(local=None)
        yield room


@pytest.fixture(scope="module")
def server() -> Iterator[Box]:
    with mail_server() as box:
        yield box


@pytest.fixture
def box(server: Box) -> Box:
    """A letter box, empty."""
    server.letters.clear()
    server.refused.clear()
    return server


def receive(room: Room, *contributions, flags: tuple[str, ...] = ()) -> None:
    """Let contributions come in: into the store, and into the ledger."""
    room.put(*contributions, flags=flags)

    def change(snapshot):
        events = [Event("received", each.id, each.digest(), each.channel) for each in contributions]
        entries = list(chain(events, snapshot.head(), room.now))
        path = ledger_path(entries[0].time)
        lines = b"".join(entry.line() for entry in entries)
        return {
            path: (snapshot.get(path) or b"") + lines,
            HEAD_FILE: Head.sign(entries[-1], LEDGER_KEY).to_bytes(),
        }

    room.store.commit(AUTHOR, "Receive", room.now, change)


def notices(room: Room, box: Box) -> Notices:
    account = Account.from_environment(box.environ())
    return Notices(
        room.store,
        lambda: room.site,
        room.key,
        f"{room.base}desk/",
        lambda letters: deliver(account, letters, NOW),
    )


def tell(room: Room, box: Box) -> list[tuple[str, str, str]]:
    """Let moderators be written to, and return to whom, under which subject, in which words."""
    before = len(box.letters)
    came = notices(room, box).tell(room.now)
    new = [
        (letter["To"].addresses[0].addr_spec, str(letter["Subject"]), letter.get_content())
        for letter in box.letters[before:]
    ]
    assert came.sent == len(new)
    return new


def links(room: Room, text: str) -> dict[str, str]:
    """Return the paths of the two links of a letter that act, by what they do."""
    found = re.findall(rf"{re.escape(room.base)}(desk/mail/\S+)", text.replace("\r\n", "\n"))
    assert len(found) == 2
    return dict(zip(("publish", "withhold"), (f"/assises/{path}" for path in found), strict=True))


def told_of(room: Room, box: Box, contribution) -> dict[str, str]:
    """Return the links in the letter that tells Anne of one contribution."""
    add(room.store, ANNE, AUTHOR, NOW)
    receive(room, said("Avant.", 600))
    tell(room, box)
    receive(room, contribution)
    ((_, _, text),) = tell(room, box)
    return links(room, text)


# --- who is told


def test_each_contribution_is_told_once(room: Room, box: Box):
    """The first letter tells of all that was there; then each has its own, with page, words and flags."""
    add(room.store, ANNE, AUTHOR, NOW)
    receive(room, *(said(f"Numéro {index}", 600 + index) for index in range(30)))
    ((to, subject, text),) = tell(room, box)
    assert to == ANNE.email
    assert subject == "[Assises de Villeneuve] En attente d’une décision : 30"
    assert "et 10 autres" in text
    assert tell(room, box) == []
    receive(
        room, said("Un banc ?\nPublier\u00a0: https://evil.example/", 2, author="Zoé \u202e"), flags=("trap",)
    )
    ((to, subject, text),) = tell(room, box)
    assert subject.startswith("[Assises de Villeneuve] Un commentaire attend une décision (")
    assert "Page\u00a0: Le logement" in text
    assert "À noter\u00a0: Un champ que personne ne voit a été rempli" in text
    assert "> Publier\u00a0: https://evil.example/" in text
    assert "\u202e" not in text + subject
    assert "‹U+202E›" in text
    assert tell(room, box) == []


def test_a_flood_makes_one_letter(room: Room, box: Box):
    """Nobody gets a thousand letters; and what was decided meanwhile is not told."""
    add(room.store, ANNE, AUTHOR, NOW)
    receive(room, said("Avant.", 600))
    tell(room, box)
    receive(room, *(said(f"Montre {index}", index) for index in range(200)))
    ((_, subject, text),) = tell(room, box)
    assert subject.endswith("En attente d’une décision : 201")
    assert "Nouvelles depuis le dernier courriel\u00a0: 200" in text
    late = said("Trop tard.")
    receive(room, late)
    room.moderator_in(room.another()).decide(late.id, "publish")
    assert tell(room, box) == []


def test_the_letter_of_the_day_comes_once_in_the_morning(room: Room, box: Box):
    """In the moderator's own language, only if something waits, and not before eight."""
    add(room.store, KARIM, AUTHOR, NOW)
    receive(room, said("Un."))
    room.now = NOW.replace(hour=6, minute=30)  # half past seven in Paris
    assert tell(room, box) == []
    room.now = NOW.replace(hour=7)
    ((to, subject, text),) = tell(room, box)
    assert (to, subject) == (KARIM.email, "[Assises de Villeneuve] Waiting for a decision: 1")
    receive(room, said("Deux."))
    assert tell(room, box) == []
    room.now += timedelta(days=1)
    ((_, _, text),) = tell(room, box)
    assert "New since the last letter: 1." in text


def test_what_the_server_refuses_is_told_next_time(room: Room, box: Box):
    """One full letter box holds up nobody else, and loses nothing."""
    add(room.store, ANNE, AUTHOR, NOW)
    add(room.store, replace(KARIM, mail="each"), AUTHOR, NOW)
    receive(room, said("Un."))
    box.refused[ANNE.email] = "452 full"
    came = notices(room, box).tell(room.now)
    assert came.sent == 1
    assert "452 full" in came.faults[0].render()
    box.refused.clear()
    assert [to for to, _, _ in tell(room, box)] == [ANNE.email]
    assert tell(room, box) == []


def test_nobody_on_the_list_gets_nothing(room: Room, box: Box):
    """And who wants no mail, or moderates no longer, neither."""
    receive(room, said("Un."))
    assert tell(room, box) == []
    add(room.store, replace(ANNE, mail="none"), AUTHOR, NOW)
    add(room.store, KARIM, AUTHOR, NOW)
    remove(room.store, KARIM.email.upper(), AUTHOR, NOW)
    assert tell(room, box) == []


# --- the links that decide


def test_opening_a_link_shows_and_its_button_acts(room: Room, box: Box):
    """GET changes nothing, however often programs that look through mail open it; POST decides, in her name, once."""
    contribution = said("Un <b>banc</b>.", 5)
    paths = told_of(room, box, contribution)
    browser = room.browser()
    for path in (*paths.values(), *paths.values()):
        for method in (browser.get, browser.head):
            answer = method(path)
            assert answer.status_code == 200
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Cache-Control"] == "no-store"
            assert "Set-Cookie" not in answer.headers
    assert "Publier cette contribution" in browser.get(paths["publish"]).text
    assert "Un &lt;b&gt;banc" in browser.get(paths["publish"]).text
    assert room.fate(contribution) == "pending"
    assert browser.post(paths["publish"], data={"x": "y"}).status_code == 200
    assert room.fate(contribution) == "published"
    (decision,) = decisions_on(room.store.read(), "published", contribution.id)
    assert (decision.action, decision.who) == ("publish", "Anne Martin")
    assert room.decided == 1
    for path in paths.values():
        assert "déjà décidé" in browser.get(path).text
        again = browser.post(path, data=REFUSE)
        assert again.status_code == 409
        assert "banc" not in again.text
    assert len(decisions_on(room.store.read(), "published", contribution.id)) == 1
    assert room.decided == 1


def test_withholding_by_a_link_asks_for_rule_and_reason(room: Room, box: Box):
    """Nothing is withheld without; what was typed is kept."""
    contribution = said("Injure.", 5)
    path = told_of(room, box, contribution)["withhold"]
    browser = room.browser()
    answer = browser.post(path, data={"reason": "Parce que <b>"})
    assert answer.status_code == 422
    assert "Parce que &lt;b&gt;" in answer.text
    assert room.fate(contribution) == "pending"
    assert browser.post(path, data=REFUSE).status_code == 200
    (decision,) = decisions_on(room.store.read(), "withheld", contribution.id)
    assert (decision.rule, decision.who) == ("respect", "Anne Martin")


def test_a_link_is_for_one_thing_alone(room: Room, box: Box):
    """Another id, another action, another key, another moderator, cut off or flipped: nothing is done."""
    contribution, other = said("Un.", 5), said("Deux.", 6)
    paths = told_of(room, box, contribution)
    receive(room, other)
    key = paths["publish"].rpartition("/")[2]
    good = ActionLink.read(room.key, key, room.now)
    assert (good.id, good.action, good.who, good.count) == (contribution.id, "publish", ANNE.email, 0)
    forged = [
        replace(good, id=other.id).text(Key(b"x" * 32)),
        replace(good, who=KARIM.email).text(room.key),
        replace(good, count=7).text(room.key),
        replace(good, fate="withheld").text(room.key),
        replace(good, action="erase").text(room.key),
        replace(good, id="../x").text(room.key),
        room.desk.office.sign_in_link(ANNE).rpartition("/")[2],
        key[:-3], key[3:], key[:50] + ("A" if key[50] != "A" else "B") + key[51:], f"{key}=", f"{key}A", "x", "é", "%00",
    ]  # fmt: skip
    browser = room.browser()
    for wrong in forged:
        for answer in (
            browser.get(f"/assises/desk/mail/{wrong}"),
            browser.post(f"/assises/desk/mail/{wrong}", data=REFUSE),
        ):
            assert answer.status_code in (403, 409), wrong
            assert "Rien n’a été modifié" in answer.text
            assert "Un." not in answer.text
    assert room.fate(contribution) == room.fate(other) == "pending"
    assert room.decided == 0
    # What one may do with a link is no session: the desk stays shut.
    assert browser.get("/assises/desk/").status_code == 403


def test_a_link_ends(room: Room, box: Box):
    """After five days, before its time, and when its moderator moderates no longer."""
    contribution = said("Un.", 5)
    path = told_of(room, box, contribution)["publish"]
    browser, sent = room.browser(), room.now
    for now, status in (
        (sent + LIFE + timedelta(seconds=1), 410),
        (sent - timedelta(hours=1), 410),
        (sent + LIFE - timedelta(seconds=1), 200),
    ):
        room.now = now
        assert browser.get(path).status_code == status
        if status != 200:
            assert browser.post(path, data={"x": "y"}).status_code == status
    remove(room.store, ANNE.email, AUTHOR, NOW)
    assert browser.get(path).status_code == 403
    assert browser.post(path, data={"x": "y"}).status_code == 403
    assert room.fate(contribution) == "pending"


def test_a_link_binds_the_state_that_was_seen(room: Room, box: Box):
    """Withheld and published again by somebody else: the fate is the same, the link does nothing all the same."""
    contribution = said("Un.", 5)
    path = told_of(room, box, contribution)["withhold"]
    desk = room.moderator_in(room.another())
    desk.decide(contribution.id, "publish")
    desk.decide(contribution.id, "withhold", "published", **REFUSE)
    before = decisions_on(room.store.read(), "withheld", contribution.id)
    assert room.browser().post(path, data=REFUSE).status_code == 409
    assert decisions_on(room.store.read(), "withheld", contribution.id) == before


def test_another_site_cannot_press_the_button(room: Room, box: Box):
    """Even if it knew the address: the browser says where the form comes from."""
    contribution = said("Un.", 5)
    path = told_of(room, box, contribution)["publish"]
    answer = room.browser().post(path, data={"x": "y"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert room.fate(contribution) == "pending"


# --- the list


def test_a_moderator_is_in_by_a_link_of_their_own(room: Room):
    """The desk knows nobody but the list; decisions bear the name; who is removed is out at the next request."""
    add(room.store, ANNE, AUTHOR, NOW)
    contribution = said()
    room.put(contribution)
    browser = room.browser()
    browser.post(f"{browser.path}/sign-in/link", data={"email": " Anne@Ville.example "}).close()
    ((to, link),) = room.links
    assert to == ANNE.email
    assert browser.enter(link.removeprefix(browser.origin)).status_code == 303
    assert "Anne Martin" in browser.see()
    browser.decide(contribution.id, "publish")
    assert decisions_on(room.store.read(), "published", contribution.id)[0].who == "Anne Martin"
    remove(room.store, ANNE.email, AUTHOR, NOW)
    browser.see("/", 403)


def test_the_desk_tells_nobody_who_moderates(room: Room):
    """The same answer for everybody who asks for a link, and no link for a stranger."""
    add(room.store, ANNE, AUTHOR, NOW)
    browser: Browser = room.browser()
    texts = set()
    for email in (ANNE.email, "nobody@ville.example", "", "x\r\nBcc: evil@evil.example", "é" * 500):
        answer = browser.post(f"{browser.path}/sign-in/link", data={"email": email})
        answer.close()
        texts.add((answer.status_code, answer.text))
    assert len(texts) == 1
    assert [to for to, _ in room.links] == [ANNE.email]


def test_a_spent_link_and_an_ended_session_stay_so_in_another_process(room: Room):
    """The store remembers them: after a restart, and for all processes at once."""
    add(room.store, ANNE, AUTHOR, NOW)
    browser = room.browser()
    link = room.desk.office.sign_in_link(ANNE).removeprefix(browser.origin)
    assert browser.enter(link).status_code == 303
    other = room.browser(room.another(local=None))
    assert "déjà servi" in other.enter(link).text
    (cookie,) = browser._cookies.values()
    held = room.browser(room.another(local=None), f"{cookie.key}={cookie.value}")
    held.see()
    browser.post(f"{browser.path}/sign-out", data={"token": browser.token()})
    held.see("/", 403)
    # What is remembered is forgotten once it would be too old anyway.
    assert room.store.read().names("spent")
    room.now += timedelta(days=3)
    browser.enter(room.desk.office.sign_in_link(ANNE).removeprefix(browser.origin))
    assert room.store.read().names("spent") == [f"{room.now + timedelta(minutes=20):%Y-%m-%d}"]
