"""What staff enter at the desk, and decide on many: answers, typing in, floods, reports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from assises.decisions import decisions_on, due, entered
from assises.on_paper import form_file, paper_form, slips_file
from assises.on_paper import slips as slips_of
from desk_room import NOW, Browser, Room, said

REFUSE = {"rule": "respect", "reason": "Ceci n’est pas du sujet."}
HOSTILE = (
    "<script>alert(1)</script>", '"onmouseover="x', "{{7*7}}", "{% raw %}", "\u202egnp.exe", "Мaire", "Maire\u200b",
    "a\r\nSet-Cookie: x=1", "&lt;b&gt;", "é" * 80, "']]>", "$&", "../../x",
)  # fmt: skip


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with Room(tmp_path) as room:
        yield room


@pytest.fixture
def moderator(room: Room) -> Browser:
    return room.moderator_in()


def nonce_in(page: str) -> str:
    return re.search(r'name="nonce" value="([0-9a-f]+)"', page)[1]


def article(page: str) -> list[str]:
    """Return what is printed of a page."""
    found = re.findall(r"(?s)<article.*?</article>", page)
    assert found
    return found


def report_of(contribution, why: str = "law", text: str = "Non.", minutes: int = 0):
    return said(
        text,
        minutes,
        of=contribution.id,
        kind="report",
        form="index:report",
        author="",
        answers=(("why", (why,)),),
    )


# --- answers


def answer(moderator: Browser, id: str, **fields: str):
    page = moderator.see(f"/contributions/{id}/answer")
    data = {"token": moderator.token(), "nonce": nonce_in(page), "author": "Maire", "text": "Merci."} | fields
    return moderator.post(f"{moderator.path}/contributions/{id}/answer", data=data)


def test_the_town_answers_as_a_function(room: Room, moderator: Browser):
    """A contribution of its own, published at once; who typed it stands in the history, not on the site."""
    contribution = said()
    room.put(contribution, fate="published")
    sent = answer(
        moderator,
        contribution.id,
        author="Direction du logement",
        outcome="passed-on",
        to="Bailleur",
        text="**Oui.**",
    )
    assert sent.status_code == 303
    (id,) = parse_qs(urlsplit(sent.location).query)["done"]
    given = room.store.read().record(id).contribution
    assert (given.kind, given.of, given.channel, given.author, given.outcome, given.to, given.text) == (
        "answer", contribution.id, "town", "Direction du logement", "passed-on", "Bailleur", "**Oui.**",
    )  # fmt: skip
    assert [each.who for each in decisions_on(room.store.read(), "published", id)] == ["Anne Martin"] * 2
    page = moderator.see(f"/contributions/{contribution.id}?done={id}")
    assert "La réponse <a" in page
    assert "Réponse donnée par <bdi>Anne Martin</bdi>" in page
    assert room.decided == 1


def test_nothing_that_was_entered_is_shown_before_the_ledger_has_it(room: Room, moderator: Browser):
    """Its line waits for the runner, received first; until then the site does not know it."""
    contribution = said()
    room.put(contribution, fate="published")
    sent = answer(moderator, contribution.id)
    (id,) = parse_qs(urlsplit(sent.location).query)["done"]
    snapshot = room.store.read()
    assert [(event.event, event.id) for event in due(snapshot).values()] == [
        ("received", id),
        ("published", id),
    ]
    assert [each.contribution.id for each in entered(snapshot, "published")] == [contribution.id]


def test_an_answer_sent_twice_is_one(room: Room, moderator: Browser):
    """A double click, or a resend after a broken connection."""
    contribution = said()
    room.put(contribution, fate="published")
    page = moderator.see(f"/contributions/{contribution.id}/answer")
    data = {"token": moderator.token(), "nonce": nonce_in(page), "author": "Maire", "text": "Merci."}
    places = {
        moderator.post(f"{moderator.path}/contributions/{contribution.id}/answer", data=data).location
        for _ in range(3)
    }
    assert len(places) == 1
    assert len(room.store.read().records("published")) == 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"author": " "}, "Dites au titre de quelle fonction"),
        ({"author": "x" * 81}, "80 caractères"),
        ({"text": " \n"}, "Écrivez la réponse."),
        ({"text": "x" * 5001}, "Raccourcissez la réponse"),
        ({"outcome": "passed-on", "to": ""}, "Dites où la question est traitée."),
        ({"outcome": "passed-on", "to": "x" * 201}, "200 caractères"),
    ],
)
def test_an_answer_that_lacks_something_is_not_published(
    room: Room, moderator: Browser, fields: dict[str, str], words: str
):
    """What is missing is named at the top and at its field, what was typed stays."""
    contribution = said()
    room.put(contribution, fate="published")
    sent = answer(moderator, contribution.id, **{"text": "Gardé <b>."} | fields)
    assert sent.status_code == 422
    assert sent.text.count(words) == 2
    assert len(room.store.read().records()) == 1
    if "text" not in fields:
        assert "Gardé &lt;b&gt;." in sent.text


def test_answers_and_reports_are_not_answered(room: Room, moderator: Browser):
    """Nor what its author has withdrawn; the page does not offer it, and a form sent all the same is refused."""
    contribution = said()
    report = report_of(contribution)
    room.put(contribution, fate="published")
    room.put(report)
    (id,) = parse_qs(urlsplit(answer(moderator, contribution.id).location).query)["done"]
    withdrawn = said("Plus rien.", 3)
    room.put(withdrawn, fate="withdrawn")
    data = {"token": moderator.token(), "nonce": "5a0f0000" + "0" * 24, "author": "Maire", "text": "Merci."}
    for each in (report.id, id, withdrawn.id):
        assert "rien à quoi répondre" in moderator.see(f"/contributions/{each}/answer", 409)
        assert moderator.post(f"{moderator.path}/contributions/{each}/answer", data=data).status_code == 409
        assert f"{each}/answer" not in moderator.see(f"/contributions/{each}")
    assert 'value="publish"' not in moderator.see(f"/contributions/{withdrawn.id}")
    moderator.see(f"/contributions/{said('nie').id}/answer", 404)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_staff_type_is_only_words(room: Room, moderator: Browser, hostile: str):
    """Functions, places and texts: no markup, no header, no second line in a name."""
    contribution = said()
    room.put(contribution, fate="published")
    sent = answer(moderator, contribution.id, author=hostile, text=hostile, outcome="passed-on", to=hostile)
    assert sent.status_code == 303
    assert set(sent.headers.getlist("Set-Cookie")) == set(sent.headers.getlist("Set-Cookie")[:1])
    (id,) = parse_qs(urlsplit(sent.location).query)["done"]
    given = room.store.read().record(id).contribution
    assert "\n" not in given.author + given.to
    page = moderator.see(f"/contributions/{id}")
    assert "<script>alert" not in page
    assert '"onmouseover=' not in page
    assert ">49<" not in page


# --- typing in


def typed_in(moderator: Browser, **fields: str):
    asked = "form=topics/housing:comment&channel=cafe&day=2017-11-18&place=Caf%C3%A9"
    page = moderator.see(f"/typing-in?{asked}")
    data = {
        "token": moderator.token(), "nonce": nonce_in(page), "form": "topics/housing:comment", "channel": "cafe",
        "day": "2017-11-18", "place": "Café de la Gare", "text": "Un banc.", "state": "publish",
    }  # fmt: skip
    return moderator.post(f"{moderator.path}/typing-in", data=data | fields)


def test_many_notes_are_typed_in_a_row(room: Room, moderator: Browser):
    """Page, channel, day and place stay; each has its number, and all their slips are on one sheet."""
    place, ids = "", []
    for text in ("Un.", "Deux.", "Trois."):
        extra = {"id": ids} if ids else {}
        place = typed_in(moderator, text=text, author="Lou", **extra).location
        asked = parse_qs(urlsplit(place).query)
        ids = asked["id"]
        assert asked["form"] == ["topics/housing:comment"]
        assert (asked["channel"], asked["day"], asked["place"]) == (
            ["cafe"],
            ["2017-11-18"],
            ["Café de la Gare"],
        )
    assert len(ids) == 3
    said_there = [room.store.read().record(id).contribution for id in ids]
    assert [each.text for each in said_there] == ["Un.", "Deux.", "Trois."]
    assert {
        (each.channel, each.place, each.author, f"{each.time:%Y-%m-%d %H:%M}") for each in said_there
    } == {("cafe", "Café de la Gare", "Lou", "2017-11-18 11:00")}
    assert [each.action for each in decisions_on(room.store.read(), "published", ids[0])] == [
        "enter",
        "publish",
    ]
    page = moderator.get(place).text
    assert "3 saisies jusqu’ici" in page
    assert re.search(r'<textarea id="text"[^>]* autofocus', page)
    slips = moderator.get(re.search(r'href="([^"]*/slips\?[^"]*)"', page)[1].replace("&amp;", "&")).text
    assert all(each.number in slips for each in said_there)
    assert slips.count("<svg") == 3
    assert f"{room.base.removeprefix('http://')}ledger/2017-11-18/" in slips
    found = slips_of(room.store.read(), room.site, ids, "fr", room.base)
    assert article(slips) == article(slips_file(room.site, "fr", found))


def test_a_note_may_wait_and_be_sent_twice(room: Room, moderator: Browser):
    """Waiting, it stands in the queue as anything else; twice, it is one; today's is not later than now."""
    page = moderator.see("/typing-in?form=topics/housing:comment")
    data = {
        "token": moderator.token(), "nonce": nonce_in(page), "form": "topics/housing:comment", "channel": "telephone",
        "day": "2017-11-20", "text": "Un banc.", "state": "wait",
    }  # fmt: skip
    assert {moderator.post(f"{moderator.path}/typing-in", data=data).status_code for _ in range(2)} == {303}
    (record,) = room.store.read().records()
    assert record.fate == "pending"
    assert record.contribution.time <= NOW
    assert "Un banc." in moderator.see()


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"text": ""}, 422, "Écrivez ce qui a été dit."),
        ({"text": "x" * 5001}, 422, "Raccourcissez le texte"),
        ({"day": "2017-11-21"}, 422, "pas dans l’avenir"),
        ({"day": "hier"}, 422, "par une date"),
        ({"channel": "web"}, 422, "Choisissez comment"),
        ({"channel": "town"}, 422, "Choisissez comment"),
        ({"place": "x" * 201}, 422, "200 caractères"),
        ({"author": "x" * 81}, 422, "80 caractères"),
        ({"form": "topics/nowhere:comment"}, 400, ""),
        ({"form": "topics/housing:answer"}, 400, ""),
        ({"nonce": "zz"}, 400, ""),
        ({"nonce": "ffffffff" + "0" * 24}, 303, ""),
    ],
)
def test_what_cannot_be_typed_in_is_told(
    room: Room, moderator: Browser, fields: dict[str, str], status: int, words: str
):
    """At the top and at the field; nothing is entered; no date of a form makes a note of the future."""
    sent = typed_in(moderator, **fields)
    assert sent.status_code == status
    if words:
        assert sent.text.count(words) == 2
    assert all(each.contribution.time <= NOW for each in room.store.read().records())
    assert bool(room.store.read().records()) == (status == 303)


def test_the_form_on_paper_asks_what_the_site_asks(room: Room, moderator: Browser):
    """With the address to hand it in, and the ledger's number for the town to write."""
    page = moderator.see("/paper?form=topics/housing:comment")
    form = paper_form(room.site, room.site.page("topics/housing", "fr"), room.base)
    assert article(page) == article(form_file(room.site, "fr", form))
    for words in (
        "Le logement",
        "Votre texte",
        "Nom à afficher",
        "Ne nommez aucune autre personne",
        "numéro de saisie",
    ):
        assert words in page
    moderator.see("/paper?form=topics/nowhere:comment", 404)
    moderator.see("/slips", 404)
    moderator.see(f"/slips?id={said().id}", 404)


# --- many at once


def bulk(moderator: Browser, *ids: str, **fields: str):
    data = (
        {"token": moderator.token(), "seen": "pending", "action": "withhold", "id": list(ids)}
        | REFUSE
        | fields
    )
    return moderator.post(f"{moderator.path}/decisions", data=data)


def test_those_that_are_ticked_are_decided_in_one_commit(room: Room, moderator: Browser):
    """What somebody else decided meanwhile stays, and is told; the others keep waiting."""
    contributions = [said(f"Numéro {index}", index) for index in range(5)]
    room.put(*contributions)
    moderator.decide(contributions[0].id, "publish")
    sent = bulk(moderator, *(each.id for each in contributions[:3]))
    assert sent.status_code == 303
    page = moderator.get(sent.location).text
    assert "2 contributions ne seront pas publiées." in page
    assert "1 avait été décidée entre-temps" in page
    assert [room.fate(each) for each in contributions] == [
        "published",
        "withheld",
        "withheld",
        "pending",
        "pending",
    ]
    decision = decisions_on(room.store.read(), "withheld", contributions[1].id)[-1]
    assert (decision.who, decision.rule, decision.reason) == ("Anne Martin", "respect", REFUSE["reason"])
    assert room.decided == 2


def test_a_flood_is_found_counted_and_withheld_whole(room: Room, moderator: Browser):
    """Search, then all that fit, on every page; first they are counted, and nothing is decided by that."""
    flood = [said(f"Achetez mes MONTRES {index}", index, author="Bot") for index in range(45)]
    honest = said("Un banc.", 60)
    room.put(honest)
    room.put(*flood, flags=("flood",))
    page = moderator.see("/?words=montres&flag=flood")
    assert "45 correspondent." in page
    assert "Un banc." not in page
    asked = {"scope": "all", "words": "montres", "flag": "flood"}
    confirm = bulk(moderator, **asked)
    assert confirm.status_code == 200
    assert "Ne pas publier 45 contributions" in confirm.text
    assert room.decided == 0
    room.put(late := said("Encore des montres", 0, author="Bot"), flags=("flood",))
    again = bulk(moderator, number="45", **asked)
    assert "Ne pas publier 46 contributions" in again.text
    assert room.fate(flood[0]) == "pending"
    assert bulk(moderator, number="46", **asked).status_code == 303
    assert {room.fate(each) for each in (*flood, late)} == {"withheld"}
    assert room.fate(honest) == "pending"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"rule": ""}, 422),
        ({"reason": " "}, 422),
        ({"action": "dismiss"}, 400),
        ({"action": "erase"}, 400),
        ({"seen": "published"}, 400),
        ({"scope": "all"}, 400),
        ({"id": "nonsense"}, 400),
        ({"token": "0" * 64}, 403),
    ],
)
def test_a_decision_on_many_lacks_nothing(
    room: Room, moderator: Browser, fields: dict[str, str], status: int
):
    """Neither rule nor reason; what no form sends is refused; all that waits is not withheld by one click."""
    contribution = said()
    room.put(contribution)
    assert bulk(moderator, contribution.id, **fields).status_code == status
    assert bulk(moderator).status_code == 422
    assert room.fate(contribution) == "pending"


def test_publishing_many_publishes_no_report(room: Room, moderator: Browser):
    """Reports are not in the queue; sent by hand, their ids are refused."""
    contribution = said()
    report = report_of(contribution)
    room.put(contribution, report)
    assert "Signalement" not in moderator.see().partition("<main")[2]
    assert bulk(moderator, contribution.id, report.id, action="publish").status_code == 303
    assert (room.fate(contribution), room.fate(report)) == ("published", "pending")


# --- reports


def test_a_report_shows_what_it_is_about_and_takes_it_away(room: Room, moderator: Browser):
    """Withholding upholds every report about it, names them in the history, and tells the author why."""
    contribution, other = said("Ma voisine, Mme X…", 60), said("Autre.", 61)
    room.put(contribution, other, fate="published")
    reports = [
        report_of(contribution, "person", "C’est moi.", 5),
        report_of(contribution, "rule-respect", "Injure", 4),
    ]
    third = report_of(other, "other", "Je ne suis pas d’accord.", 3)
    room.put(*reports, third)
    assert "3" in re.search(r"Signalements <span class=\"count\">(\d+)", moderator.see())[1]
    page = moderator.see("/reports")
    assert page.index("Dévoile la vie privée") < page.index("Ni injure") < page.index("Pour une autre raison")
    shown = moderator.see(f"/contributions/{reports[0].id}")
    assert "Ma voisine, Mme X…" in shown
    assert "C’est moi." in shown
    assert moderator.decide(reports[0].id, "publish").status_code == 400
    sent = moderator.decide(reports[0].id, "withhold", **REFUSE)
    assert sent.location == f"/assises/desk/contributions/{third.id}?done={reports[0].id}"
    assert [room.fate(each) for each in (contribution, *reports, third)] == ["withheld"] * 3 + ["pending"]
    decision = decisions_on(room.store.read(), "withheld", contribution.id)[-1]
    assert set(decision.related) == {each.id for each in reports}
    about = moderator.see(f"/contributions/{contribution.id}")
    assert "Ce que l’auteur apprend" in about
    assert "à la suite d’un signalement" in about
    assert "C’est moi." not in about
    # The other is an opinion: it stays, with a reason.
    assert moderator.decide(third.id, "dismiss", reason="").status_code == 422
    assert moderator.decide(third.id, "dismiss", reason="Une opinion.").location.startswith(
        "/assises/desk/reports"
    )
    assert room.fate(other) == "published"
    assert decisions_on(room.store.read(), "withheld", third.id)[-1].action == "dismiss"
    assert "Aucun signalement" in moderator.see("/reports")
    assert moderator.decide(third.id, "dismiss", reason="Encore.").status_code == 409


def test_withholding_by_the_contributions_own_page_upholds_its_reports(room: Room, moderator: Browser):
    """Whoever withholds it without having read the reports does right by them, too."""
    contribution = said()
    report = report_of(contribution)
    room.put(contribution, fate="published")
    room.put(report)
    assert "1 signalement en attente à son sujet" in moderator.see(f"/contributions/{contribution.id}")
    moderator.decide(contribution.id, "withhold", "published", **REFUSE)
    assert room.fate(report) == "withheld"
    late = report_of(contribution, text="Trop tard.")
    room.put(late)
    assert "n’est déjà plus publiée" in moderator.see(f"/contributions/{late.id}")
    assert moderator.decide(late.id, "withhold", rule="respect", reason="-").status_code == 303
    assert decisions_on(room.store.read(), "withheld", late.id)[-1].action == "uphold"
    assert len(decisions_on(room.store.read(), "withheld", contribution.id)) == 1


def test_a_session_that_is_over_gives_the_answer_back(room: Room, moderator: Browser):
    """Nobody loses a long answer to the half hour."""
    contribution = said()
    room.put(contribution, fate="published")
    page = moderator.see(f"/contributions/{contribution.id}/answer")
    data = {
        "token": moderator.token(),
        "nonce": nonce_in(page),
        "author": "Maire",
        "text": "Une <i>longue</i> réponse.",
    }
    room.now += timedelta(hours=1)
    sent = moderator.post(f"{moderator.path}/contributions/{contribution.id}/answer", data=data)
    assert sent.status_code == 403
    assert "Une &lt;i&gt;longue&lt;/i&gt; réponse." in sent.text
