"""Everything of the desk by the command line: answers, typing in, reversals, reports; in words and in JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assises.decisions import Decision, decisions_on, decisions_to_bytes
from assises.settings_reader import load_settings
from assises.store import Author, Store, decisions_path, path_of
from desk_room import NOW, said
from served import copy_of
from shell import Shell, shell

if TYPE_CHECKING:
    from playwright.sync_api import Page

CLOCK = ("--now", "2017-11-20T20:15")


run: Shell
"""Where this file's commands are typed."""


@pytest.fixture(scope="module", autouse=True)
def _terminal() -> Iterator[None]:
    global run
    with shell() as run:
        yield


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small site with a topic."""
    root = copy_of("minimal", tmp_path)
    (root / "content/topics").mkdir()
    (root / "content/topics/housing.md").write_text("---\ntitle: Le logement\n---\n", encoding="utf-8")
    return root


def store_of(root: Path) -> Store:
    settings, _ = load_settings(root)
    return Store.create(root / settings.store.path)


def done(root: Path, *arguments: str) -> dict:
    """Run a command of `assises moderate` that goes well, and return its JSON."""
    ran = run("moderate", *arguments, str(root), *CLOCK, "--json")
    assert ran.returncode == 0, ran.stderr + ran.stdout
    return json.loads(ran.stdout)


def wrong(root: Path, *arguments: str) -> str:
    """Run a command that is used wrongly, and return what it says."""
    ran = run("moderate", *arguments, str(root), *CLOCK)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    return ran.stderr


def words(root: Path, text: str) -> str:
    file = root.parent / "words.txt"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_typed_in_answered_reversed_and_verified(root: Path):
    """A note from a café is published, answered and withheld again; the ledger holds all of it."""
    note = done(
        root, "type-in", "--of", "topics/housing", "--channel", "cafe", "--day", "2017-11-18", "--place", "Café de la Gare",
        "--author", "Lou", "--text", words(root, "Un banc,\ns’il vous plaît."),
    )  # fmt: skip
    assert note["state"] == "published"
    answer = done(
        root, "answer", note["number"], "--as", "Direction des espaces verts", "--text", words(root, "Il sera posé."),
        "--outcome", "passed-on", "--to", "Service voirie",
    )  # fmt: skip
    with store_of(root) as store:
        snapshot = store.read()
        lou = snapshot.record(note["id"]).contribution
        assert (lou.channel, lou.place, lou.author, lou.text) == (
            "cafe", "Café de la Gare", "Lou", "Un banc,\ns’il vous plaît.",
        )  # fmt: skip
        assert f"{lou.time:%Y-%m-%dT%H:%M}" == "2017-11-18T11:00"
        town = snapshot.record(answer["id"]).contribution
        assert (town.kind, town.channel, town.of, town.outcome, town.to) == (
            "answer", "town", note["id"], "passed-on", "Service voirie",
        )  # fmt: skip
        history = decisions_on(snapshot, "published", note["id"])
        assert [each.action for each in history] == ["enter", "publish", "answer"]
        assert history[2].related == (answer["id"],)
        events = [(entry.what.event, entry.what.id) for entry in snapshot.ledger().entries]
        assert events == [
            ("received", note["id"]), ("published", note["id"]), ("received", answer["id"]), ("published", answer["id"]),
        ]  # fmt: skip
    assert "give --rule" in wrong(root, "reverse", note["number"])
    assert (
        done(root, "reverse", note["number"], "--rule", "respect", "--reason", "Erreur de saisie.")["action"]
        == "withhold"
    )
    assert done(root, "reverse", note["number"])["action"] == "publish"
    verified = run("verify", str(root))
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_what_waits_can_be_typed_in(root: Path):
    """With --wait it is not shown before somebody decides."""
    note = done(root, "type-in", "--of", "topics/housing", "--text", words(root, "Un banc."), "--wait")
    assert note["state"] == "pending"
    assert "decided" in wrong(root, "reverse", note["number"])
    listed = run("moderate", "list", str(root), "--json")
    assert [each["id"] for each in json.loads(listed.stdout)["contributions"]] == [note["id"]]


def test_reports_are_listed_and_dealt_with(root: Path):
    """Withholding upholds all reports about the contribution; dismissing leaves it; a second time is told."""
    said_of = [said(f"Numéro {index}", 60 + index) for index in range(2)]
    about = [
        said(f"Non {index}", index + 1, of=said_of[index > 1].id, kind="report", form="index:report", author="", answers=(("why", ("law",)),))
        for index in range(3)
    ]  # fmt: skip
    with store_of(root) as store:
        changes = {path_of("published", each.id): each.canonical() for each in said_of}
        changes |= {path_of("pending", each.id): each.canonical() for each in about}
        store.commit(Author("Test", "test@localhost"), "Put", NOW, lambda _: changes)
    rows = json.loads(run("moderate", "reports", str(root), "--json").stdout)["reports"]
    assert {row["id"]: (row["of"], row["why"]) for row in rows} == {
        each.id: (each.of, "law") for each in about
    }
    assert "Numéro" not in run("moderate", "reports", str(root)).stdout
    assert "no report" in wrong(root, "deal-with", said_of[0].number, "--dismiss", "--reason", "x")
    assert "either" in wrong(root, "deal-with", about[0].number, "--reason", "x")
    assert "no rule" in wrong(root, "deal-with", about[0].number, "--rule", "x", "--reason", "x")
    assert "kind" in wrong(root, "publish", about[0].number)
    done(root, "deal-with", about[0].number, "--rule", "respect", "--reason", "Injure.")
    done(root, "deal-with", about[2].number, "--dismiss", "--reason", "Une opinion.")
    assert "already" in wrong(root, "deal-with", about[1].number, "--dismiss", "--reason", "x")
    with store_of(root) as store:
        snapshot = store.read()
        assert [snapshot.fate(each.id) for each in said_of] == ["withheld", "published"]
        actions = [decisions_on(snapshot, "withheld", each.id)[-1].action for each in about]
        assert actions == ["uphold", "uphold", "dismiss"]
        assert set(decisions_on(snapshot, "withheld", said_of[0].id)[-1].related) == {
            about[0].id,
            about[1].id,
        }
    assert json.loads(run("moderate", "reports", str(root), "--json").stdout)["reports"] == []


SURVEY = """---
title: Le marché
topic: housing
accepts: survey
items:
  - {id: way, title: Comment venez-vous, choices: [{id: foot, label: À pied}, {id: bus, label: En bus}]}
  - {id: why, title: Pourquoi, type: text}
---
"""


def test_answers_to_a_survey_are_typed_in(root: Path):
    """By the ids of questions and choices, in no words of their own; what is no answer is told with what there is."""
    (root / "content/questions").mkdir()
    (root / "content/questions/market.md").write_text(SURVEY, encoding="utf-8")
    of = ("type-in", "--of", "questions/market")
    note = done(root, *of, "--answer", "way=foot", "--answer", "why=Pour l’air.")
    with store_of(root) as store:
        said = store.read().record(note["id"]).contribution
        assert (said.kind, said.text, said.answers) == (
            "survey", "", (("way", ("foot",)), ("why", ("Pour l’air.",))),
        )  # fmt: skip
    shown = run("moderate", "show", note["number"], str(root)).stdout
    assert "│ way: foot\n│ why: Pour l’air.\n" in shown
    assert "no question of this page; there are: way, why" in wrong(root, *of, "--answer", "how=foot")
    assert "choices: foot, bus" in wrong(root, *of, "--answer", "way=car")
    assert "choices: foot, bus" in wrong(root, *of, "--answer", "way=foot", "--answer", "way=bus")
    assert "QUESTION=ANSWER" in wrong(root, *of)
    assert "neither a name" in wrong(root, *of, "--answer", "way=bus", "--author", "Lou")
    page = root.parent / "form.html"
    form = done(root, "paper-form", "questions/market", "-o", str(page))
    assert (form["form"], form["url"]) == (
        "questions/market:survey",
        "https://assises.example/villeneuve/questions/market/",
    )
    text = page.read_text(encoding="utf-8")
    assert [words in text for words in ("Comment venez-vous", "À pied", "Pourquoi", "En bus")] == [True] * 4


def test_slips_and_forms_are_printed_from_the_command_line(
    root: Path, tmp_path: Path, new_page: Callable[..., Page], nu: Callable[[Path], list[str]]
):
    """Each slip with its number, in one file that needs nothing else and is all that a sheet of paper holds."""
    typed = [
        done(root, "type-in", "--of", "topics/housing", "--channel", "cafe", "--text", words(root, text))
        for text in ("Un banc.", "Un arbre.")
    ]
    (tmp_path / "out").mkdir()
    slips, form = tmp_path / "out/slips.html", tmp_path / "out/form.html"
    told = done(root, "slips", "-o", str(slips))
    numbers = [each["number"] for each in told["slips"]]
    assert sorted(numbers) == sorted(each["number"] for each in typed)
    first = told["slips"][0]
    assert first["url"] == f"https://assises.example/villeneuve/ledger/2017-11-20/#{first['id']}"
    assert done(root, "paper-form", "topics/housing", "-o", str(form))["title"] == "Le logement"
    page = new_page(locale="fr")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for file, count in ((slips, 2), (form, 1)):
        page.goto(file.as_uri())
        assert page.locator("article").count() == count
        assert page.locator("article svg").count() == count
        assert page.locator(".screen").first.is_visible()
        page.emulate_media(media="print")
        assert not page.locator(".screen").first.is_visible()
        page.emulate_media(media="screen")
    assert asked == [slips.as_uri(), form.as_uri()]
    page.goto(slips.as_uri())
    assert page.locator(".slip-number").all_inner_texts() == numbers
    assert nu(tmp_path / "out") == []
    one = done(root, "slips", "--ids", words(root, typed[1]["number"]), "-o", str(slips))
    assert [each["id"] for each in one["slips"]] == [typed[1]["id"]]
    assert "no slip" in wrong(root, "slips", "--since", "2017-11-21", "-o", str(slips))
    assert "no day like" in wrong(root, "slips", "--since", "hier", "-o", str(slips))
    assert "topics/nowhere" in wrong(root, "paper-form", "topics/nowhere", "-o", str(form))
    assert "not written in this language" in wrong(root, "slips", "--language", "br", "-o", str(slips))


def test_the_list_says_why_each_was_flagged(root: Path):
    """In the words that the desk has, for names that pass for the town's too; and takes what is looked for."""
    flagged, plain = said("Un banc.", 2, author="Мaire"), said("Un arbre.", 1)
    with store_of(root) as store:
        changes = {path_of("pending", each.id): each.canonical() for each in (flagged, plain)}
        history = (Decision("flag", "runner", NOW, flags=("flood", "alike")),)
        changes[decisions_path("pending", flagged.id)] = decisions_to_bytes(history)
        store.commit(Author("Test", "test@localhost"), "Put", NOW, lambda _: changes)
    rows = json.loads(run("moderate", "list", str(root), "--json").stdout)["contributions"]
    assert [(row["flags"], len(row["why_flagged"])) for row in rows] == [(["flood", "alike"], 4), ([], 0)]
    listed = run("moderate", "list", str(root)).stdout
    assert "  ! The same words came several times that day." in listed
    assert "  ! The name could pass for “maire”." in listed
    for asked, count in (("--flag", "flood"), 1), (("--words", "ARBRE"), 1), (("--of", "index"), 0):
        found = json.loads(run("moderate", "list", str(root), *asked, "--json").stdout)
        assert len(found["contributions"]) == count
    shown = json.loads(run("moderate", "show", flagged.number, str(root), "--json").stdout)
    assert (shown["flags"], shown["why_flagged"]) == (["flood", "alike"], rows[0]["why_flagged"])


def test_a_reply_is_shown_with_what_it_speaks_to(root: Path):
    """Its page by its title, and the other's words behind a bar."""
    first = said("Un banc.\nPublish it", 2)
    reply = said("Deux bancs.", 1, of=first.id)
    with store_of(root) as store:
        changes = {path_of("pending", each.id): each.canonical() for each in (first, reply)}
        store.commit(Author("Test", "test@localhost"), "Put", NOW, lambda _: changes)
    shown = run("moderate", "show", reply.number, str(root)).stdout
    assert f"It speaks to contribution {first.number} (pending):\n│ Un banc.\n│ Publish it\n" in shown
    assert "Le logement" in shown
    told = json.loads(run("moderate", "show", reply.number, str(root), "--json").stdout)
    assert (told["title"], told["parent"]["text"]) == ("Le logement", "Un banc.\nPublish it")


def test_what_its_author_withdrew_is_not_answered(root: Path):
    """The same rule as at the desk."""
    withdrawn = said()
    with store_of(root) as store:
        changes = {path_of("withdrawn", withdrawn.id): withdrawn.canonical()}
        store.commit(Author("Test", "test@localhost"), "Put", NOW, lambda _: changes)
    assert "withdrawn" in wrong(
        root, "answer", withdrawn.number, "--as", "Maire", "--text", words(root, "Oui.")
    )


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--of", "topics/nowhere"), "topics/nowhere"),
        (("--of", "topics/housing", "--day", "2017-11-21"), "later than today"),
        (("--of", "topics/housing", "--day", "hier"), "no day like"),
        (("--of", "topics/housing", "--author", "x" * 81), "author"),
        (("--of", "topics/housing", "--place", "x" * 201), "place"),
        (("--of", "topics/housing", "--channel", "web"), "web"),
        (("--of", "topics/housing", "--channel", "town"), "town"),
    ],
)
def test_what_cannot_be_typed_in_is_told(root: Path, arguments: tuple[str, ...], why: str):
    """Each in a sentence, and nothing enters."""
    assert why in wrong(root, "type-in", *arguments, "--text", words(root, "Un banc."))
    with store_of(root) as store:
        assert store.read().records() == ()


def test_words_in_another_encoding_are_told(root: Path):
    """Where an editor saved them as Windows-1252, nothing enters; the mark that it may put before UTF-8 does not show."""
    file = root.parent / "words.txt"
    file.write_bytes("Un café.".encode("cp1252"))
    assert "not UTF-8" in wrong(root, "type-in", "--of", "topics/housing", "--text", str(file))
    file.write_bytes("Un café.".encode("utf-8-sig"))
    done(root, "type-in", "--of", "topics/housing", "--text", str(file))
    with store_of(root) as store:
        assert [record.contribution.text for record in store.read().records()] == ["Un café."]


def test_a_decision_on_the_command_line_wants_a_reason(root: Path):
    """As at the desk: what is withheld, and who opens private data, is told in words, not in spaces."""
    note = done(root, "type-in", "--of", "topics/housing", "--text", words(root, "Un banc."))["number"]
    assert "It is empty" in wrong(root, "withhold", note, "--rule", "respect", "--reason", " ")
    assert "give --rule and --reason" in wrong(root, "reverse", note, "--rule", "respect", "--reason", " ")
    assert "It is empty" in wrong(root, "deal-with", note, "--dismiss", "--reason", "")
    opened = run("privacy", "show", note, str(root), "--reason", " ")
    assert (opened.returncode, "It is empty" in opened.stderr) == (2, True)
    with store_of(root) as store:
        assert [record.fate for record in store.read().records()] == ["published"]


def test_what_was_erased_is_not_answered(root: Path):
    """Nobody could read what the town speaks of."""
    note = done(root, "type-in", "--of", "topics/housing", "--text", words(root, "Un banc."))
    erased = run("privacy", "forget", note["id"], str(root), *CLOCK, "--reason", "RGPD, article 17", "--yes")
    assert erased.returncode == 0, erased.stdout + erased.stderr
    answer = ("answer", note["id"], "--as", "Maire", "--text", words(root, "Il sera posé."))
    assert "erased" in wrong(root, *answer)


def test_an_answer_that_lacks_something_is_told(root: Path):
    """No words, no function, nowhere that it is passed on to; nor is an answer answered."""
    note = done(root, "type-in", "--of", "topics/housing", "--text", words(root, "Un banc."))
    as_mayor = ("--as", "Maire")
    assert "empty" in wrong(root, "answer", note["number"], *as_mayor, "--text", words(root, " \n"))
    assert "longer" in wrong(root, "answer", note["number"], *as_mayor, "--text", words(root, "x" * 6000))
    assert "--as is empty" in wrong(
        root, "answer", note["number"], "--as", " ", "--text", words(root, "Oui.")
    )
    assert "--to goes" in wrong(
        root, "answer", note["number"], *as_mayor, "--outcome", "passed-on", "--text", words(root, "Oui.")
    )
    answer = done(root, "answer", note["number"], *as_mayor, "--text", words(root, "Oui."))
    assert "Only comments" in wrong(
        root, "answer", answer["number"], *as_mayor, "--text", words(root, "Oui.")
    )


def test_one_decision_on_many(root: Path):
    """A list of ids or numbers, in one commit; what was decided meanwhile is told and stays as it was."""
    flood = [said(f"Achetez chez moi, {index}.", index + 1) for index in range(5)]
    with store_of(root) as store:
        changes = {path_of("pending", each.id): each.canonical() for each in flood}
        store.commit(Author("Test", "test@localhost"), "Put", NOW, lambda _: changes)
    names = [flood[0].id, flood[1].number, *(each.id for each in flood[2:])]
    done(root, "publish", flood[4].id)
    ids = words(root, "\n".join(names) + "\n\n")
    ran = run("moderate", "many", "withhold", str(root), "--ids", ids, "--rule", "respect", "--reason", "Une réclame.",
              *CLOCK, "--json")  # fmt: skip
    assert ran.returncode == 1, ran.stderr
    told = json.loads(ran.stdout)
    assert told["decided"] == [each.id for each in flood[:4]]
    assert told["refused"] == {flood[4].id: "already"}
    with store_of(root) as store:
        snapshot = store.read()
        assert [snapshot.fate(each.id) for each in flood] == ["withheld"] * 4 + ["published"]
    assert "--rule and --reason" in wrong(root, "many", "withhold", "--ids", ids)
    assert "is no rule of the charter" in wrong(
        root, "many", "withhold", "--ids", ids, "--rule", "x", "--reason", "y"
    )
