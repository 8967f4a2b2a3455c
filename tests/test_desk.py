"""The desk, as a moderator uses it: what waits, what is decided, what is said of it."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from dulwich.objects import Blob

from assises.moderation import decisions_on
from assises.store import RUNNER
from desk_room import NOW, Browser, Room, said

REFUSE = {"rule": "subject", "reason": "Il y est question d’autre chose."}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A desk on one's own machine."""
    with Room(tmp_path) as room:
        yield room


@pytest.fixture
def moderator(room: Room) -> Browser:
    """A moderator at the desk."""
    return room.moderator_in()


# --- the queue


def test_the_queue_tells_what_waits_oldest_first(room: Room, moderator: Browser):
    """Title of the page, kind, number, author, age, flags in words, the first lines; and how many wait."""
    old, new = said("Trop peu de bancs.", 180, author=""), said("Un mot. " * 100, 5)
    room.put(new)
    room.put(old, flags=("trap",))
    page = moderator.see()
    assert page.index(old.number) < page.index(new.number)
    for words in (
        "Le logement", "Commentaire", "il y a 3 heures", "il y a 5 minutes", "Sans nom", "<bdi>Lou</bdi>",
        "Trop peu de bancs.", "Un champ que personne ne voit a été rempli", "2\u00a0contributions attendent",
    ):  # fmt: skip
        assert words in page
    assert len(re.findall("Un mot", page)) < 40
    assert "Rien n’est encore publié" in moderator.see("/published")
    assert "Aucune contribution n’est écartée" in moderator.see("/withheld")


def test_an_empty_queue_says_so(moderator: Browser):
    """Nothing waits, and nothing pretends to."""
    assert "Rien n’attend" in moderator.see()


def test_a_long_queue_is_paged_and_read_lazily(
    room: Room, moderator: Browser, monkeypatch: pytest.MonkeyPatch
):
    """Of 1,000 that wait, each is read once, so that one can look for something; then the 20 that a page shows."""
    room.put(*(said(f"Numéro {index}", index) for index in range(1000)), flags=("trap",))
    objects = type(room.store.read()._objects)
    read, original = [], objects.get_raw

    def counting(self, name):
        kind, data = original(self, name)
        read.append(kind)
        return kind, data

    monkeypatch.setattr(objects, "get_raw", counting)
    first = moderator.see()
    assert "Numéro 999" in first
    assert "Numéro 979" not in first
    assert "Page 1 sur 50" in first
    assert read.count(Blob.type_num) == 2041
    read.clear()
    assert "Numéro 979" in moderator.see("/?page=2")
    assert read.count(Blob.type_num) == 40
    assert len(read) < 100
    moderator.decide(said("Numéro 998", 998).id, "publish")
    read.clear()
    assert "Numéro 978" in moderator.see("/?words=num%C3%A9ro+978")
    assert read.count(Blob.type_num) < 10
    assert "Numéro 0" in moderator.see("/?page=50")
    assert "Numéro 0" in moderator.see("/?page=99999999999999999999")
    assert "Numéro 999" in moderator.see("/?page=-1")
    moderator.see("/?page=x", 404)


# --- one contribution


def test_a_contribution_is_shown_in_its_context(room: Room, moderator: Browser):
    """The words as residents will read them and as typed, the page, the parent, the flags, the history."""
    parent = said("Une **parole** d’avant.", 60, author="Amina")
    reply = said("Je réponds.\n\n[ici](https://example.org/)", 1, of=parent.id, position="for")
    orphan = said("À qui ?", 2, of=said("jamais reçue").id)
    room.put(parent, fate="published")
    room.put(reply, orphan, flags=("unknown-parent", "new-flag"))
    page = moderator.see(f"/contributions/{reply.id}")
    assert "Une <strong>parole</strong> d’avant." in page
    assert re.search(r'<a href="https://example.org/" rel="nofollow[^>]*>ici</a>', page)
    assert "[ici](https://example.org/)" in page
    assert 'href="http://127.0.0.1:8000/assises/topics/housing/"' in page
    for words in (
        "Réponse",
        "Amina",
        "Pour",
        "S’adresse à une contribution qui n’existe pas, ou pas sur cette page.",
        "new-flag",
        "Repérée par",
    ):
        assert words in page
    assert "n’est plus conservée" in moderator.see(f"/contributions/{orphan.id}")
    shown = moderator.see(f"/contributions/{parent.id}")
    assert f'href="http://127.0.0.1:8000/assises/topics/housing/#{parent.id}"' in shown


def test_a_page_that_is_gone_is_named(room: Room, moderator: Browser):
    """The contribution can still be decided on."""
    lost = said("Perdue", of="topics/gone", form="topics/gone:comment")
    room.put(lost)
    assert "<code>topics/gone</code>" in moderator.see()
    assert "n’existe plus sur le site" in moderator.see(f"/contributions/{lost.id}")
    assert moderator.decide(lost.id, "publish").status_code == 303


@pytest.mark.parametrize(
    "id",
    ["x", "01BZBYZN90BJGBMRHJA2NTV4Z4", "0" * 26, "7" + "Z" * 25, "../../keys", "%2e%2e", "é", "a" * 5000],
)
def test_an_id_that_is_none_is_not_found(moderator: Browser, id: str):
    """Malformed, beyond any calendar, or of no contribution: 404, by GET and by POST."""
    moderator.see(f"/contributions/{id}", 404)
    assert moderator.decide(id, "publish").status_code == 404
    assert moderator.decide(id, "withhold", **REFUSE).status_code == 404


def test_what_a_resident_typed_is_never_markup(room: Room, moderator: Browser):
    """Names, texts and pages: escaped everywhere; what cannot be seen is made visible."""
    name = "</bdi><script>alert(1)</script>"
    text = "<img src=x onerror=alert(1)>\n\n[x](javascript:alert(1)) {{7*7}} {% raw %} \u202egnp.exe\u200b"
    hostile = said(text, author=name)
    room.put(hostile)
    moderator.decide(hostile.id, "withhold", rule="respect", reason="<i>non</i> {{7*7}}")
    for place in ("/withheld", f"/contributions/{hostile.id}", f"/?done={hostile.id}"):
        page = moderator.see(place)
        for markup in ("<script", "<img", "<i>non", 'href="javascript'):
            assert markup not in page, (place, markup)
    page = moderator.see(f"/contributions/{hostile.id}")
    assert "<bdi>&lt;/bdi&gt;&lt;script&gt;alert(1)&lt;/script&gt;</bdi>" in page
    assert ">U+202E</mark>gnp.exe" in page
    assert ">U+200B</mark>" in page
    assert "&lt;i&gt;non&lt;/i&gt; {{7*7}}" in page


# --- decisions


def test_publishing_leads_to_the_next_that_waits(room: Room, moderator: Browser, git: str):
    """One commit in the moderator's name; the next page says what was done; after the last, the queue."""
    one, two, three = (said(f"Numéro {index}", 10 - index) for index in range(3))
    room.put(one, two, three)
    answer = moderator.decide(two.id, "publish")
    assert (answer.status_code, answer.location) == (
        303,
        f"/assises/desk/contributions/{three.id}?done={two.id}",
    )
    assert room.fate(two) == "published"
    assert room.decided == 1
    page = moderator.see(f"/contributions/{three.id}?done={two.id}")
    assert re.search(
        rf'role="status" id="done">\s*La contribution <a [^>]*>{two.number}</a> est publiée\.', page
    )
    assert (
        moderator.decide(three.id, "publish").location
        == f"/assises/desk/contributions/{one.id}?done={three.id}"
    )
    assert moderator.decide(one.id, "publish").location == f"/assises/desk/?done={one.id}"
    assert "Rien n’attend" in moderator.see(f"/?done={one.id}")
    log = subprocess.run(
        [git, "-C", str(room.folder / "store.git"), "log", "-3", "--format=%an %s"], capture_output=True, check=True, text=True
    )  # fmt: skip
    assert log.stdout.splitlines() == [f"Anne Martin Publish {each.id}" for each in (one, three, two)]


def test_withholding_takes_a_rule_and_a_reason(room: Room, moderator: Browser):
    """Who, by which rule, why and when stand beside the contribution, and are shown."""
    contribution = said()
    room.put(contribution)
    answer = moderator.decide(
        contribution.id, "withhold", rule="subject", reason=" Il est question\r\nd’autre chose. "
    )
    assert answer.status_code == 303
    (decision,) = decisions_on(room.store.read(), "withheld", contribution.id)
    assert (decision.who, decision.rule, decision.time) == ("Anne Martin", "subject", NOW)
    assert decision.reason == "Il est question\nd’autre chose."
    page = moderator.see(f"/contributions/{contribution.id}")
    for words in (
        "Écartée de la publication par <bdi>Anne Martin</bdi>",
        "Rester dans le sujet",
        "d’autre chose.",
    ):
        assert words in page
    assert contribution.number in moderator.see("/withheld")


@pytest.mark.parametrize(
    ("fields", "said_of_it"),
    [
        ({"reason": "Écrit avec soin"}, ["Choisissez une règle"]),
        ({"rule": "unknown", "reason": "Écrit avec soin"}, ["Choisissez une règle"]),
        ({"rule": "subject"}, ["Écrivez le motif"]),
        ({"rule": "subject", "reason": " \n\u0007 "}, ["Écrivez le motif"]),
        ({"rule": "subject", "reason": "é" * 2001}, ["Ramenez le motif à 2\u202f000"]),
        ({}, ["Choisissez une règle", "Écrivez le motif"]),
    ],
)
def test_a_decision_that_lacks_something_is_not_taken(
    room: Room, moderator: Browser, fields: dict[str, str], said_of_it: list[str]
):
    """Each field is named, twice and linked; what was typed is still there."""
    contribution = said()
    room.put(contribution)
    answer = moderator.decide(contribution.id, "withhold", **fields)
    assert answer.status_code == 422
    assert room.fate(contribution) == "pending"
    assert room.decided == 0
    assert re.search("<title>Erreur\u00a0:", answer.text)
    for words in said_of_it:
        assert answer.text.count(words) == 2, words
    if reason := fields.get("reason", "").strip(" \n\u0007"):
        assert f">\n{reason}</textarea>" in answer.text
    assert ('value="subject" checked' in answer.text) == (fields.get("rule") == "subject")


def test_a_decision_can_be_reversed(room: Room, moderator: Browser):
    """Published → withheld → published; the history keeps all three, and one stays at the contribution."""
    contribution = said()
    room.put(contribution, said("Une autre", 5))
    moderator.decide(contribution.id, "publish")
    place = f"/assises/desk/contributions/{contribution.id}?done={contribution.id}"
    assert moderator.decide(contribution.id, "withhold", "published", **REFUSE).location == place
    assert room.fate(contribution) == "withheld"
    assert "La publier finalement" in moderator.see(f"/contributions/{contribution.id}")
    assert moderator.decide(contribution.id, "publish", "withheld").location == place
    actions = [each.action for each in decisions_on(room.store.read(), "published", contribution.id)]
    assert actions == ["publish", "withhold", "publish"]


def test_who_comes_second_is_told(room: Room, moderator: Browser):
    """The decision on what is not so any more is not taken; what was typed is kept, who decided is named."""
    contribution = said()
    room.put(contribution)
    karim = room.moderator_in(room.another(moderator="Karim"))
    karim.decide(contribution.id, "publish")
    for action, fields in (("publish", {}), ("withhold", REFUSE)):
        answer = moderator.decide(contribution.id, action, **fields)
        assert answer.status_code == 409
        assert "Quelqu’un a été plus rapide" in answer.text
        assert "Publiée par <bdi>Karim</bdi>" in answer.text
    assert "autre chose." in answer.text
    assert room.fate(contribution) == "published"
    assert room.decided == 1


def test_of_two_at_once_one_decides(room: Room):
    """Publishing and withholding at the same instant: one is done, the other is told."""
    contributions = [said(f"Numéro {index}", index) for index in range(8)]
    room.put(*contributions)
    browsers = room.moderator_in(), room.moderator_in()
    answers: list[tuple[str, int]] = []
    for contribution in contributions:
        barrier = threading.Barrier(2)

        def act(moderator: Browser, action: str, id: str = contribution.id, barrier=barrier) -> None:
            token = moderator.token()
            barrier.wait()
            fields = {"token": token, "action": action, "seen": "pending"} | REFUSE
            answers.append(
                (action, moderator.post(f"{moderator.path}/contributions/{id}", data=fields).status_code)
            )

        threads = [
            threading.Thread(target=act, args=pair)
            for pair in zip(browsers, ("publish", "withhold"), strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        done, late = sorted(status for _, status in answers[-2:])
        assert (done, late) == (303, 409)
        winner = next(action for action, status in answers[-2:] if status == 303)
        assert room.fate(contribution) == {"publish": "published", "withhold": "withheld"}[winner]
        assert len(decisions_on(room.store.read(), room.fate(contribution), contribution.id)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"action": "erase"},
        {"action": "publish"},
        {"action": "publish", "seen": "nowhere"},
        {"seen": "pending"},
    ],
)
def test_what_no_form_sends_is_refused(room: Room, moderator: Browser, fields: dict[str, str]):
    """400, and nothing is changed."""
    contribution = said()
    room.put(contribution)
    data = {"token": moderator.token()} | fields
    answer = moderator.post(f"{moderator.path}/contributions/{contribution.id}", data=data)
    assert answer.status_code == 400
    assert room.fate(contribution) == "pending"


def test_other_requests_are_refused_in_words(room: Room, moderator: Browser):
    """Too large, of another type, by another method: a page, never a traceback."""
    contribution = said()
    room.put(contribution)
    place = f"{moderator.path}/contributions/{contribution.id}"
    assert moderator.post(place, data={"token": "x" * 270_000}).status_code == 413
    assert moderator.post(place, json={"action": "publish"}).status_code == 415
    refused = moderator.put(place)
    assert refused.status_code == 405
    assert "POST" in refused.headers["Allow"]
    assert moderator.post(f"{moderator.path}/", data={"x": "y"}).status_code == 405
    assert moderator.head(f"{moderator.path}/").status_code == 200
    assert moderator.get(f"{moderator.path}//evil.example/").status_code == 404
    assert moderator.get(moderator.path).status_code == 200


def test_what_is_told_of_a_decision_is_the_stores(room: Room, moderator: Browser):
    """A stranger's link cannot make the desk say what is not so, nor anything of the stranger's."""
    contribution = said()
    room.put(contribution)
    for done in (contribution.id, "01BZBYZN90BJGBMRHJA2NTV4Z4", "<b>x</b>", "published", ""):
        page = moderator.see(f"/?done={done}")
        assert 'role="status"' not in page
        assert "<b>x" not in page
    for many in ("publish", "x.y", room.desk.office.sign_in_link(room.desk.office.local).rpartition("/")[2]):
        assert 'role="status"' not in moderator.see(f"/?many={many}&number=5&left=0")


def test_what_was_erased_is_said_to_be(room: Room, moderator: Browser):
    """410: there is nothing left to decide on."""
    contribution = said()
    room.put(contribution, fate="erased")
    assert "Cette contribution a été effacée" in moderator.see(f"/contributions/{contribution.id}", 410)
    assert moderator.decide(contribution.id, "publish").status_code == 410


def test_a_store_that_cannot_be_read_is_a_page(room: Room, moderator: Browser):
    """503, in words, and nothing is changed."""
    contribution = said()
    room.put(contribution)
    path = f"pending/2017-11/{contribution.id[-2]}/{contribution.id[-1]}/{contribution.id}.json"
    room.store.commit(RUNNER, "Damage", NOW, lambda _: {path: b"{}\n"})
    assert "momentanément inaccessible" in moderator.see("/", 503)
