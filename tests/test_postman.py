"""Letters to authors, by a real mail server: asked first, told then, stopped at once, and never too many."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assises.content_reader import load_content
from assises.decisions import Decision
from assises.erasure import erase
from assises.keyring import Keyring
from assises.ledger import Ledger
from assises.mail import Account, deliver
from assises.moderation import decide
from assises.postman import ASKED_A_DAY, BETWEEN, Postman
from assises.privacy import Keeping, opened
from assises.sealing import Private
from assises.settings_reader import load_settings
from assises.site import Site
from assises.spool import Spool
from assises.store import Author, Store
from assises.subscribers import subscribers
from assises.subscription import LIFE, Link, Said, SubscriptionError
from assises.verify import verify
from kernel import (
    INTAKE_KEY,
    LEDGER_KEY,
    NOW,
    OTHER_KEY,
    PRIVATE,
    SITE,
    Answer,
    client,
    contribution,
    envelope,
    evidence,
    golden,
    intake,
    receive,
    runner,
)
from mail_server import Box, mail_server
from served import copy_of

ANNE = Author("Anne", "anne@ville.example")
EMAIL = "zoe@ville.example"
WORDS = "Visitez https://spam.example maintenant"
ITEM = contribution(WORDS, author="Zoé SPAM")
ID = ITEM.id


@dataclass
class Town:
    """A consultation in which letters are written."""

    store: Store
    spool: Spool
    ring: Keyring
    root: Path
    box: Box
    in_all: int = 1000
    lost: list = field(default_factory=list)

    def drain(self, now: datetime = NOW) -> None:
        """Let the runner take a turn."""
        runner(self.store, self.spool, keeping=Keeping(self.ring, 12, asked=True)).drain(now)

    def postman(self) -> Postman:
        """Return what writes to authors."""
        settings, _ = load_settings(self.root)
        content, _ = load_content(self.root, settings)
        account = Account.from_environment(self.box.environ())

        def site(now: datetime) -> Site:
            return Site(settings, content, (), Ledger(), now)

        def send(letters):
            self.lost = list(deliver(account, letters, NOW))
            return self.lost

        return Postman(self.store, self.ring, LEDGER_KEY, site, SITE, f"{SITE}inbox/", send, self.in_all)

    def go(self, now: datetime = NOW):
        """Drain and write."""
        self.drain(now)
        return self.postman().go(now)

    def sent(self, text: str = WORDS, email: str = EMAIL, n: int = 1, **fields) -> str:
        """Bring in a contribution with an address, and return its id."""
        item = envelope(text, f"{n:032x}", author="Zoé SPAM", **fields)
        id = item.contribution.id
        key = self.ring.find("2017-11")
        receive(self.spool, replace(item, private=Private(id, email).seal(key.public, b"s")))
        return id

    def press(self, letter, now: datetime = NOW, which: int = -1) -> Answer:
        """Open a link of a letter, then press its button."""
        (*_, link) = links = re.findall(r"https://\S+/inbox(/subscriptions/\S+)", text_of(letter))
        app = client(intake(self.spool, now, private=PRIVATE | {"letters": [LEDGER_KEY.public]}))
        link = links[which]
        before = len(list(self.spool.list()))
        page = Answer(app.get(link))
        assert page.status == 200, page.html
        assert len(list(self.spool.list())) == before
        return Answer(app.post(link))

    def state(self, id: str = ID) -> str:
        """Return what the store remembers of a subscriber."""
        return subscribers(self.store.read())[id].state

    def decide(self, action: str, id: str = ID, now: datetime = NOW, **fields) -> None:
        """Let a moderator decide."""
        decide(self.store, id, Decision(action, "Anne", now, **fields), ANNE)


def text_of(letter) -> str:
    """Return a letter's words as its reader sees them."""
    return letter.get_body(("plain",)).get_content()


@pytest.fixture
def town(tmp_path: Path):
    """A town with keys for the month, and a mail server."""
    with mail_server() as box, Store.create(tmp_path / "store.git") as store:
        made = Town(
            store, Spool(tmp_path / "spool"), Keyring(tmp_path / "keys"), copy_of("complete", tmp_path), box
        )
        made.drain()
        yield made


@pytest.fixture
def confirmed(town: Town) -> Town:
    """A town in which the one author has confirmed the address."""
    town.sent()
    town.go()
    town.press(town.box.letters[0])
    town.go()
    assert town.state() == "confirmed"
    town.box.letters.clear()
    return town


def test_an_address_is_asked_once_and_told_nothing_before_it_answers(town):
    """No word that was typed stands in the letter; the next turns write nothing more."""
    town.sent()
    assert town.go().asked == 1
    (letter,) = town.box.letters
    assert letter["To"] == EMAIL
    assert "spam" not in letter.as_string().lower()
    assert ITEM.number in text_of(letter)
    town.decide("publish")
    for _ in range(3):
        assert town.go().told == 0
    assert len(town.box.letters) == 1
    assert EMAIL.encode() not in b"".join(
        data
        for folder in ("subscriptions", "pending", "published", "ledger")
        for _path, data in town.store.read().files(folder)
    )


def test_a_decision_a_reply_and_an_answer_are_told(confirmed):
    """With where to read on; each once, and several together."""
    confirmed.decide("publish")
    assert confirmed.go().told == 1
    (letter,) = confirmed.box.letters
    assert "publiée" in text_of(letter)
    assert f"{SITE}ledger/2017-11-20/#{ID}" in text_of(letter)
    assert confirmed.go(NOW + BETWEEN).told == 0
    reply = envelope("D’accord.", "cd" * 16, of=ID)
    receive(confirmed.spool, reply)
    confirmed.drain(NOW + BETWEEN)
    confirmed.decide("publish", reply.contribution.id, NOW + BETWEEN)
    assert confirmed.go(NOW + BETWEEN).told == 1
    assert "Nouvelles réponses" in text_of(confirmed.box.letters[1])


def test_what_is_withheld_says_by_which_rule_and_how_to_contest(confirmed):
    """In the words of the charter."""
    settings, _ = load_settings(confirmed.root)
    rule = settings.participation.rules[0]
    confirmed.decide("withhold", rule=rule.id, reason="Non.")
    confirmed.go()
    text = text_of(confirmed.box.letters[0])
    assert rule.title.get("fr") in text
    assert settings.organiser.email in text


def test_an_answer_in_another_language_speaks_it(town):
    """The letter speaks as the form did."""
    id = town.sent(language="en")
    town.go()
    assert "Somebody, probably you" in text_of(town.box.letters[0])
    assert town.box.letters[0]["Content-Language"] == "en"
    assert "language=en" in text_of(town.box.letters[0])
    assert town.state(id) == "asked"


def test_one_click_stops_all_letters_to_an_address(confirmed):
    """RFC 8058: the header's address, a POST with the words that the standard gives; the address itself is deleted."""
    other = confirmed.sent("Autre chose.", n=2)
    confirmed.go()
    confirmed.decide("publish")
    confirmed.go()
    letter = confirmed.box.letters[-1]
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    place = letter["List-Unsubscribe"].strip("<>").partition("/inbox")[2]
    app = client(intake(confirmed.spool, private=PRIVATE | {"letters": [LEDGER_KEY.public]}))
    answer = app.post(place, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    confirmed.go()
    assert {confirmed.state(), confirmed.state(other)} == {"stopped"}
    assert list(confirmed.store.private.list()) == []
    confirmed.box.letters.clear()
    confirmed.decide("withhold", rule="respect")
    confirmed.go(NOW + BETWEEN)
    assert confirmed.box.letters == []


def test_a_network_address_outlives_the_letters(confirmed):
    """What a law wants kept is kept: only the mail address goes."""
    confirmed.store.private.delete(ID)
    key = confirmed.ring.find("2017-11")
    both = Private(ID, EMAIL, "203.0.113.9").seal(key.public, b"s")
    confirmed.store.private.put_if_absent(ID, both.to_bytes())
    receive_said(confirmed, Link(ID, "stop", NOW))
    confirmed.go()
    assert opened(confirmed.store, confirmed.ring, ID) == Private(ID, address="203.0.113.9")


def receive_said(town: Town, link: Link, key=LEDGER_KEY) -> Said:
    """Put what was said where the intake puts it."""
    said = Said(link.text(key), link)
    town.spool.put_if_absent(said.id, said.to_bytes())
    return said


def test_an_address_that_nobody_confirms_is_deleted(town):
    """After seven days; the link is too old then, and says so."""
    town.sent()
    town.go()
    later = NOW + LIFE + timedelta(seconds=1)
    link = re.search(r"https://\S+/inbox(/subscriptions/\S+)", text_of(town.box.letters[0]))[1]
    app = client(intake(town.spool, later, private=PRIVATE | {"letters": [LEDGER_KEY.public]}))
    assert app.post(link).status_code == 410
    town.go(later)
    assert town.state() == "stopped"
    assert list(town.store.private.list()) == []


def test_nobody_is_bombed(town):
    """A hundred contributions with another's address: three letters that ask, and no more that day."""
    for n in range(20):
        town.sent(f"Numéro {n}", n=n)
    first = town.go()
    assert (first.asked, first.held) == (ASKED_A_DAY, 20 - ASKED_A_DAY)
    for hour in range(5):
        town.go(NOW + timedelta(minutes=hour))
    assert len(town.box.letters) == ASKED_A_DAY
    town.go(NOW + timedelta(days=1))
    assert len(town.box.letters) == 2 * ASKED_A_DAY


def test_other_spellings_of_an_address_are_the_same(town):
    """Capitals do not help."""
    for n, email in enumerate((EMAIL, EMAIL.upper(), "Zoe@Ville.example", "zOE@ville.EXAMPLE", EMAIL)):
        town.sent(f"Numéro {n}", email, n)
    assert town.go().asked == ASKED_A_DAY


def test_all_letters_together_have_a_limit(town):
    """However many addresses are given; those beyond wait for the next day."""
    town.in_all = 5
    for n in range(8):
        town.sent(f"Numéro {n}", f"a{n}@ville.example", n)
    assert (town.go().asked, len(town.box.letters)) == (5, 5)
    assert town.go(NOW + timedelta(minutes=1)).asked == 0
    assert town.go(NOW + timedelta(days=1)).asked == 3


def test_news_that_come_together_are_told_together(town):
    """Two contributions of one address, one letter; and none within the hour."""
    ids = [town.sent(f"Numéro {n}", n=n) for n in range(2)]
    town.go()
    for letter in list(town.box.letters):
        town.press(letter)
    town.go()
    town.box.letters.clear()
    for id in ids:
        town.decide("publish", id)
    assert town.go().told == 1
    (letter,) = town.box.letters
    assert all(f"#{id}" in text_of(letter) for id in ids)
    town.decide("withhold", ids[0], rule="respect")
    assert town.go(NOW + BETWEEN / 2).told == 0
    assert town.go(NOW + BETWEEN).told == 1


def test_a_server_that_is_away_loses_no_news(confirmed):
    """What may go well later is tried again; the limits count each try."""
    confirmed.decide("publish")
    confirmed.box.refused[EMAIL] = "450 later"
    assert len(confirmed.go().faults) == 1
    confirmed.box.refused.clear()
    assert confirmed.go(NOW + BETWEEN).told == 1
    assert len(confirmed.box.letters) == 1


@pytest.mark.parametrize(
    "email", ["zoe@localhost\r\nBcc: b@x.example", "zoe", '"a b"@x.example', "a@-x.example"]
)
def test_what_is_no_address_is_written_to_never(town, email):
    """A stolen intake may seal anything."""
    id = town.sent(email=email.replace("\r\n", "\n"))
    assert town.go().asked == 0
    assert town.state(id) == "none"
    assert town.box.letters == []


def test_the_report_is_told_once(confirmed):
    """When its phase begins."""
    settings, _ = load_settings(confirmed.root)
    reports = [phase for phase in settings.phases if phase.stage == "report"]
    if not reports:
        place = confirmed.root / "site.yaml"
        text = place.read_text("utf-8")
        phase = "\n  - {id: bilan, title: Bilan, opens: 2018-05-02, closes: 2018-06-01, stage: report}\nparticipation:"
        place.write_text(text.replace("\nparticipation:", phase, 1), "utf-8")
    later = datetime(2018, 5, 3, tzinfo=UTC)
    assert confirmed.go(later).told == 1
    assert "bilan" in text_of(confirmed.box.letters[0])
    assert confirmed.go(later + BETWEEN).told == 0


def test_what_is_erased_gets_no_more_letters(confirmed):
    """Its address went with it."""
    erase(runner(confirmed.store, confirmed.spool), ID, ANNE, NOW)
    assert confirmed.go().told == 0
    assert confirmed.box.letters == []


# --- links


def test_a_link_keeps_its_bytes():
    """The format is documented in docs/formats.md."""
    link = Link(ID, "confirm", NOW)
    text = link.text(LEDGER_KEY)
    golden("subscription.txt", text.encode() + b"\n")
    assert Link.from_text(text, (LEDGER_KEY.public,)) == link
    said = Said(text, link)
    assert Said.from_bytes(said.to_bytes(), (LEDGER_KEY.public,)) == said


def test_no_other_link_does_anything(town):
    """Another key, another purpose, another contribution, another act, any flipped sign: a page that says so."""
    good = Link(ID, "stop", NOW).text(LEDGER_KEY)
    app = client(intake(town.spool, private=PRIVATE | {"letters": [LEDGER_KEY.public]}))
    signed, signature = good.split(".")
    other = Link(ID, "confirm", NOW).text(LEDGER_KEY).split(".")[0]
    wrong = [
        Link(ID, "stop", NOW).text(OTHER_KEY),
        f"{other}.{signature}",
        f"{signed}.",
        signed,
        "x",
        "a.b.c",
        "é",
        good + "A",
        good * 9,
    ]
    wrong += [good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :] for at in range(0, len(good), 9)]
    for text in wrong:
        for call in (app.get, app.post):
            assert call(f"/subscriptions/{text}").status_code == 404, text
        with pytest.raises(SubscriptionError):
            Link.from_text(text, (LEDGER_KEY.public,))
    assert list(town.spool.list()) == []


def test_what_no_link_of_ours_said_is_set_aside(town):
    """Whoever can write to the intake's storage cannot say yes in another's name."""
    receive_said(town, Link(ID, "confirm", NOW), OTHER_KEY)
    town.drain()
    assert len(list((town.spool.folder / "aside").iterdir())) == 1


def test_pressing_twice_is_pressing_once(town):
    """And saying yes after no changes nothing."""
    town.sent()
    town.go()
    receive_said(town, Link(ID, "stop", NOW))
    town.go()
    town.press(town.box.letters[0])
    town.press(town.box.letters[0])
    town.go()
    assert town.state() == "stopped"


def test_the_ledger_is_not_touched_by_letters(confirmed):
    """It counts what was said, not who wants to hear of it."""
    assert verify(evidence(confirmed.store), NOW).holds
    assert [entry.what.event for entry in confirmed.store.read().ledger().entries] == ["received"]
    assert INTAKE_KEY.public
