"""Who carries what, what was promised and what became of it: linked both ways, and true in its figures."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from pathlib import PurePosixPath

import pytest

import site_by_hand as made
from assises.attachments import Facts
from assises.content import Answer, Commitment, Document, Meeting, News, Person, Step
from assises.figures import figures
from assises.render import render
from assises.site import Site, as_published
from assises.store import Record

MARTIN = made.page(
    Person,
    "people/martin",
    title="Camille Martin",
    function="Adjointe au logement",
    topics=("housing",),
    email="c@ville.example",
    phone="01 23 45 67 89",
)
DEPUTY = made.page(
    Person, "people/martin", "en", title="Camille Martin", function="Deputy for housing", topics=("housing",)
)
PROMISE = made.page(
    Commitment,
    "commitments/hundred",
    title="Cent logements",
    topic="housing",
    status="under-way",
    people=("martin",),
    synthesis="news/opening",
    contributions=(made.SHORT,),
    history=(
        Step(date=date(2017, 11, 10), text="Terrain acquis."),
        Step(date=date(2017, 11, 2), text="Promis."),
    ),
)
DROPPED = made.page(
    Commitment, "commitments/nursery", title="Une crèche", status="dropped", reason="L’État n’a pas financé."
)
PLAN = made.page(Document, "documents/plan", title="Plan", file=PurePosixPath("content/plan.pdf"), date=date(2017, 6, 1), topics=("housing",), alternative="/plan-lisible/")  # fmt: skip
PLAN_FACTS = Facts(format="PDF", size=640_000, pages=12)


def site(*more: made.Page, records: tuple[Record, ...] = (), **changes: object) -> Site:
    """Return the consultation with more pages, or these in place of those of the same name."""
    joined = made.site(**changes)
    taken = {(page.id, page.language) for page in more}
    kept = (page for page in joined.content.pages if (page.id, page.language) not in taken)
    content = replace(joined.content, pages=(*kept, *more), facts={PLAN.file: PLAN_FACTS})
    return replace(joined, content=content, records=(*joined.records, *records))


def pages(joined: Site) -> dict[str, str]:
    """Return each page's words by its path, spaces made one."""
    output = render(joined, made.theme(), made.ADDRESSES, {PLAN.file: b"%PDF-"})
    return {path: data.decode() for path, data in output.items() if path.endswith(".html")}


def words(html: str) -> str:
    """Return what a reader reads: no mark-up, spaces made one but those that no line may break at."""
    return re.sub(r" (?=[,.])", "", re.sub(r"[ \n]+", " ", unescape(re.sub(r"<[^>]+>", " ", html))))


# --- people


def test_a_list_says_who_carries_which_topic_in_what_function():
    """By function, not by name alone."""
    listed = words(pages(site(MARTIN, DEPUTY))["people/index.html"])
    assert "Camille Martin Adjointe au logement Thèmes\u00a0: Logement" in listed


def test_a_persons_page_says_how_to_reach_them_and_what_they_answered():
    """Signed answers, answers to whole pages, promises: each leads to its place."""
    topic = replace(made.PAGES[2], answer=Answer(outcome="answered", date=date(2017, 11, 18), by="martin"))
    said = made.contribution(
        7, made.FIRST.id, "topics/housing:answer", kind="answer", author="Deputy for housing", text="Oui."
    )
    found = pages(site(MARTIN, DEPUTY, PROMISE, topic, records=(Record("published", said),)))
    for path in ("people/martin/index.html", "en/people/martin/index.html"):
        page = found[path]
        assert f"#{said.id}" in page, "an answer signed by the function, in either language"
        assert 'href="/assises/commitments/hundred/"' in page
        assert re.search("18 (novembre|November) 2017", page)
    assert 'href="mailto:c@ville.example"' in found["people/martin/index.html"]
    assert 'href="tel:0123456789"' in found["people/martin/index.html"]
    assert "Camille Martin, Adjointe au logement" in words(found["topics/housing/index.html"])


def test_a_thousand_answers_make_no_endless_page():
    """The newest twenty, and how many there are."""
    records = tuple(
        Record(
            "published",
            made.contribution(
                seed, made.FIRST.id, "topics/housing:answer", kind="answer", author="Camille Martin"
            ),
        )
        for seed in range(20, 220)
    )
    page = pages(site(MARTIN, records=records))["people/martin/index.html"]
    assert page.count('class="answer-line"') == 20
    assert "Les 20 plus récentes de ses 200 réponses." in words(page)


# --- commitments


def test_a_promise_is_linked_both_ways():
    """With the contribution that it answers, the synthesis that it follows from, its topic and who answers for it."""
    found = pages(site(MARTIN, PROMISE))
    promise = found["commitments/hundred/index.html"]
    for there in (
        f"/topics/housing/contributions/#{made.FIRST.id}",
        "/news/opening/",
        "/people/martin/",
        "/topics/housing/",
    ):
        assert f'href="/assises{there}"' in promise
    for back in ("topics/housing", "news/opening", "people/martin"):
        assert 'href="/assises/commitments/hundred/"' in found[f"{back}/index.html"], back
    post = found["topics/housing/index.html"].partition(f'id="{made.FIRST.id}"')[2].partition("</article>")[0]
    assert 'href="/assises/commitments/hundred/"' in post


@pytest.mark.parametrize("kind", [News, Document, Meeting])
def test_whatever_sums_up_residents_words_leads_to_what_was_promised(kind):
    """A piece of news, a report to download, an evening."""
    values = {
        News: {"date": made.at(11, 15)},
        Document: {"file": PLAN.file},
        Meeting: {
            "starts": made.at(11, 15),
            "ends": made.at(11, 15, 2),
            "venue": made.content.Venue(name="Halle"),
        },
    }[kind]
    summing = made.page(kind, f"{kind.folder}/summing-up", title="Synthèse", **values)
    found = pages(site(summing, replace(PROMISE, synthesis=summing.id)))
    assert 'href="/assises/commitments/hundred/"' in found[f"{kind.folder}/summing-up/index.html"]
    assert f'href="/assises/{kind.folder}/summing-up/"' in found["commitments/hundred/index.html"]


def test_a_promises_history_is_dated_and_in_its_order():
    """Oldest first, whatever the file's order; the newest stands beside the status."""
    page = words(pages(site(PROMISE))["commitments/hundred/index.html"])
    assert page.index("2 novembre 2017 Promis.") < page.index("10 novembre 2017 Terrain acquis.")
    assert "En cours Dernière étape\u00a0: 10 novembre 2017" in page


def test_a_dropped_promise_says_why():
    """On its page, in words."""
    page = words(pages(site(DROPPED))["commitments/nursery/index.html"])
    assert "Pourquoi il est abandonné\u00a0: L’État n’a pas financé." in page


def test_the_list_counts_promises_by_where_they_stand():
    """Kept, under way, announced, given up."""
    page = words(pages(site(PROMISE, DROPPED))["commitments/index.html"])
    assert "1 Tenu 1 En cours 1 Abandonné" in page


def test_many_contributions_behind_one_promise_stay_a_page():
    """Twelve with their words, the rest by their numbers."""
    said = [made.contribution(seed, "topics/housing") for seed in range(20, 120)]
    promise = replace(PROMISE, contributions=tuple(c.number for c in said))
    page = pages(site(promise, records=tuple(Record("published", c) for c in said)))[
        "commitments/hundred/index.html"
    ]
    assert "Il répond à 100 contributions\u00a0:" in page
    assert page.count('class="answer-line"') == 12
    assert all(c.number in page for c in said)


# --- documents


def test_a_document_says_its_format_size_and_pages_wherever_it_is_offered():
    """Before one loads it; with its accessible version beside it."""
    meeting = replace(made.PAGES[5], documents=("plan",))
    found = pages(site(PLAN, meeting))
    facts = "PDF, 640\u00a0ko, 12 pages"
    for path in ("documents", "documents/plan", "topics/housing", f"{meeting.id}"):
        assert facts in words(found[f"{path}/index.html"]).replace("\u202f", "\u00a0"), path
    for path in ("documents/plan", "topics/housing", f"{meeting.id}"):
        assert 'href="/assises/plan-lisible/"' in found[f"{path}/index.html"], path
    assert "avec une version accessible" in found["documents/index.html"]


def test_a_document_leads_to_the_meetings_that_name_it():
    """By its whole name: one called “a” is not every minutes with an a in it."""
    short = made.page(Document, "documents/pl", title="Autre", file=PLAN.file)
    meeting = replace(made.PAGES[5], minutes="plan")
    found = pages(site(PLAN, short, meeting))
    assert meeting.title.split(";")[0] in found["documents/plan/index.html"]
    assert meeting.title.split(";")[0] not in found["documents/pl/index.html"]


# --- figures


def test_the_first_pages_figures_are_those_of_the_store():
    """Every contribution of a resident is counted once: published, waiting or neither; answers apart."""
    topic = replace(made.PAGES[2], answer=Answer(outcome="answered", date=date(2017, 11, 18)))
    joined = as_published(site(PROMISE, DROPPED, topic))
    count = figures(joined)
    assert (count.received, count.published, count.waiting, count.withheld) == (5, 3, 1, 1)
    assert count.received == count.published + count.waiting + count.withheld
    assert (count.answers, count.commitments, count.kept, count.meetings) == (2, 3, 1, 1)
    page = words(pages(joined)["index.html"])
    assert (
        "5 contributions reçues, dont 1 en attente de lecture, 1 non publiée. 2 réponses de la collectivité."
        in page
    )
    assert "3 engagements, dont 1 tenu. Les contributions ne sont pas des personnes" in page


def test_supports_are_not_counted_as_contributions():
    """A support adds to another's words; a survey's answers are a contribution of their own."""
    support = made.contribution(7, made.FIRST.id, "topics/housing:support", kind="support", text="")
    assert figures(site(records=(Record("published", support),))).received == figures(site()).received


def test_a_first_page_without_contributions_invents_none():
    """It says so in words, and counts nothing."""
    joined = replace(made.site(), records=())
    page = words(pages(joined)["index.html"])
    assert "Aucune contribution reçue pour l’instant" in page
    assert "0 contribution" not in page


@pytest.mark.parametrize(
    ("now", "first", "heading"),
    [
        (made.NOW, "topics", "De quoi voulez-vous parler\u202f?"),
        (made.at(12, 12), "commitments", "Ce qui a été dit, thème par thème"),
    ],
)
def test_once_closed_the_first_page_begins_with_what_was_promised(now, first, heading):
    """Until then, with what one can speak about."""
    page = pages(site(PROMISE, now=now))["index.html"]
    order = sorted(("topics", "commitments"), key=lambda name: page.index(f'id="{name}"'))
    assert order[0] == first
    assert heading in page
    assert ("Donner mon avis" in page) == (first == "topics")


def test_the_first_page_answers_five_questions_at_its_head():
    """What, until when, how, who decides and what is not open, what became of it; in this order, before all else."""
    page = pages(site(PROMISE))["index.html"]
    head = words(page.partition('id="essentials"')[2].partition("</section>")[0])
    asked = ("De quoi il s’agit", "Jusqu’à quand", "Comment participer", "Qui décide", "Ce qui en est fait")
    assert [head.index(question) for question in asked] == sorted(head.index(question) for question in asked)
    assert "De quoi il s’agit." in head, "the page's own summary"
    assert "Le conseil" in head
    assert 'href="#procedure"' in page
    assert page.index('id="essentials"') < page.index('id="phases"') < page.index('id="topics"')
    assert "Accessibilité\u00a0: non conforme" in page
    assert as_published(site(now=made.NOW + timedelta(days=1)))
