"""The author's private link: shown once, it corrects and withdraws; a receipt's address does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from json import dumps, loads
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assises.envelope import Envelope
from assises.marks import mark
from assises.receipt import Receipt, from_text
from assises.spool import Spool
from assises.store import Store
from assises_inbox.intake.author import SHOWN, Author, AuthorError
from kernel import (
    INTAKE_KEY,
    NOW,
    OTHER_KEY,
    QUESTION,
    SUPPORT,
    SURVEY,
    TOPIC,
    Answer,
    client,
    contribution,
    golden,
    intake,
    receipt_text,
    runner,
    say,
)
from served import Served, copy_of, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

JSON = {"Accept": "application/json"}


@pytest.fixture
def spool(tmp_path):
    """An empty spool."""
    return Spool(tmp_path / "spool")


@pytest.fixture
def resident(spool):
    """A resident's browser before an intake that is open."""
    return client(intake(spool))


def stored(spool: Spool) -> list[Envelope]:
    """Return what was stored, oldest first."""
    return [Envelope.from_bytes(spool.get(id) or b"", (INTAKE_KEY.public,)) for id in spool.list()]


def private_link(resident, address: str) -> str:
    """Return the private link that the page after sending shows; empty where it shows none."""
    answer = Answer(resident.get(address))
    found = [item.attributes["href"] for item in answer.all("a") if "authors/" in item.attributes["href"]]
    assert len(found) <= 1
    return found[0].removeprefix("..") if found else ""


def link_of(id: str, form: str = TOPIC, language: str = "fr") -> str:
    """Return the address that the author of a contribution is given."""
    return "/" + Author(id, form).link(INTAKE_KEY, language)


def sent(resident, link: str, **fields: str):
    """Send a change and confirm it; return the last answer."""
    checked = Answer(resident.post(link, data=fields))
    assert checked.status == 200, checked.html
    hidden = {
        item.attributes["name"]: item.attributes["value"] for item in checked.all("input", type="hidden")
    }
    return resident.post(link, data=fields | hidden | {"confirm": "1"})


# --- who is given it


def test_the_link_is_shown_once_and_stands_in_no_receipt(resident, spool):
    """To whoever has just sent; the receipt's own address, that one keeps or shows, never tells it."""
    address = say(resident, language="fr")
    link = private_link(resident, address)
    (envelope,) = stored(spool)
    assert link == link_of(envelope.contribution.id)
    proof = link.partition("?")[0].rpartition(".")[2]
    assert proof not in address
    page = Answer(resident.get(address))
    own = next(item.attributes["href"] for item in page.all("a", **{"class": "receipt-link"}))
    assert receipt_text(own) == receipt_text(address)
    assert private_link(resident, f"/receipts/{own}") == ""
    assert resident.get(f"/receipts/{own}").status_code == 200
    late = client(intake(spool, NOW + SHOWN))
    assert private_link(late, address) == ""
    assert private_link(client(intake(spool, NOW + SHOWN - timedelta(seconds=1))), address) == link


@pytest.mark.parametrize("change", ["sent=x", "sent=", "form=topics%2Fparks%3Acomment"])
def test_a_forged_ticket_shows_nothing(resident, change):
    """The form is proven with it: nobody makes a link for another page."""
    address = say(resident)
    name = change.partition("=")[0]
    parts = [change if part.startswith(f"{name}=") else part for part in address.partition("?")[2].split("&")]
    assert private_link(resident, f"{address.partition('?')[0]}?{'&'.join(parts)}") == ""


@pytest.mark.parametrize(
    "link",
    [
        "/authors/x?form=topics/housing:comment",
        f"/authors/{contribution().id}?form={TOPIC}",
        f"/authors/{contribution().id}.?form={TOPIC}",
        f"/authors/{contribution().id}.{'A' * 24}?form={TOPIC}",
        link_of(contribution().id).replace("comment", "proposal"),
        link_of(contribution().id).replace("housing", "parks"),
        link_of(contribution().id).partition("?")[0],
        link_of(contribution().id).replace(contribution().id, contribution("Autre").id),
        "/" + Author(contribution().id, TOPIC).link(OTHER_KEY, "fr"),
        f"/authors/{contribution().id}.{Author(contribution().id, TOPIC).ticket(INTAKE_KEY)}?form={TOPIC}",
        "/authors/é.ü?form=" + TOPIC,
        "/authors/%00.%ff?form=%00",
    ],
    ids=range(12),
)
def test_no_other_address_opens_it(resident, spool, link):
    """Neither a receipt's ticket, nor a link for another contribution or page, nor one of another intake."""
    for answer in (
        resident.get(link),
        resident.post(link, data={"kind": "withdrawal", "confirm": "1"}),
        resident.post(link, data=dumps({"kind": "withdrawal"}), content_type="application/json"),
    ):
        assert answer.status_code == 404
    assert list(spool.list()) == []


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_link_is_looked_at(link, form):
    """Whatever it holds, it opens or does not."""
    with pytest.raises(AuthorError):
        Author.of_link(INTAKE_KEY, link, form)


# --- what it does


def test_a_correction_is_read_over_and_kept(resident, spool):
    """It holds the whole new text, names what it corrects, and gets a receipt of its own; a resend gets the same."""
    address = say(resident, "Plus de logemants.", author="Anne")
    link, original = private_link(resident, address), stored(spool)[0].contribution
    page = Answer(resident.get(link))
    assert page.status == 200
    assert original.number in page.texts["h1"]
    assert "logemants" not in page.html
    fields = {"kind": "correction", "text": "Plus de logements.", "author": "Anne"}
    answers = [sent(resident, link, **fields)]
    assert answers[0].status_code == 303
    correction = next(item.contribution for item in stored(spool) if item.contribution.kind == "correction")
    assert (correction.of, correction.form, correction.text, correction.author) == (
        original.id,
        "topics/housing:correction",
        "Plus de logements.",
        "Anne",
    )
    place = answers[0].headers["Location"]
    assert place.startswith("../receipts/")
    told = from_text(receipt_text(place), (INTAKE_KEY.public,))
    assert told == Receipt.of(correction)
    shown = Answer(resident.get(place.removeprefix("..")))
    assert "Your correction has been received" in shown.texts["h1"]
    assert private_link(resident, place.removeprefix("..")) == ""


def test_a_withdrawal_is_asked_about_and_kept(resident, spool):
    """Nothing happens by opening the link, nor by the first click."""
    link = private_link(resident, say(resident))
    assert resident.get(link).status_code == 200
    assert len(stored(spool)) == 1
    asked = Answer(resident.post(link, data={"kind": "withdrawal"}))
    assert (asked.status, len(stored(spool))) == (200, 1)
    fields = {
        "kind": "withdrawal",
        "token": asked.all("input", name="token")[0].attributes["value"],
        "confirm": "1",
    }
    answers = [resident.post(link, data=fields) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    kinds = {item.contribution.kind: item.contribution for item in stored(spool)}
    gone = kinds["withdrawal"]
    assert (gone.of, gone.form, gone.text) == (kinds["comment"].id, "topics/housing:withdrawal", "")


def test_a_program_corrects_and_withdraws_too(resident, spool):
    """By the address that it was told once."""
    token = loads(resident.get(f"/contributions/new?form={QUESTION}", headers=JSON).data)["token"]
    body = {"form": QUESTION, "text": "Oui.", "position": "for", "token": token, "confirm": True}
    told = loads(resident.post("/contributions", data=dumps(body), content_type="application/json").data)
    link = "/" + told["author_url"].partition("/inbox/")[2]
    assert loads(resident.get(link, headers=JSON).data)["may"] == ["correction", "withdrawal"]
    for change in ({"kind": "correction", "text": "Non.", "position": "against"}, {"kind": "withdrawal"}):
        first = resident.post(link, data=dumps(change), content_type="application/json")
        again = change | {"token": loads(first.data)["token"], "confirm": True}
        assert resident.post(link, data=dumps(again), content_type="application/json").status_code == 201
    kinds = {item.contribution.kind: item.contribution for item in stored(spool)}
    assert kinds["correction"].position == "against"
    assert set(kinds) == {"proposal", "correction", "withdrawal"}


@pytest.mark.parametrize("form", [SURVEY, SUPPORT])
def test_what_has_no_words_is_only_withdrawn(resident, spool, form):
    """A tick is taken back; there is nothing to correct."""
    link = link_of(contribution().id, form)
    assert "kind=correction" not in resident.get(link).text
    refused = resident.post(link, data={"kind": "correction", "text": "x"})
    assert (refused.status_code, list(spool.list())) == (422, [])
    assert sent(resident, link, kind="withdrawal").status_code == 303


def test_what_is_wrong_with_a_correction_is_told(resident, spool):
    """Field by field, with the text kept."""
    link = link_of(contribution().id)
    answer = Answer(resident.post(link, data={"kind": "correction", "text": "a" * 5001}))
    assert (answer.status, len(answer.kept)) == (422, 5001)
    assert resident.post(link, data={"kind": "other", "text": "Bonjour"}).status_code == 422
    assert "Bonjour" in resident.post(link, data={"text": "Bonjour"}).text
    assert list(spool.list()) == []


def test_a_page_that_is_gone_still_lets_withdraw(spool):
    """And so does a form that is closed, or suspended in an emergency; that one takes no new words."""
    later = NOW + timedelta(days=500)
    for app in (intake(spool, forms={}), intake(spool, later)):
        link = link_of(contribution().id)
        assert client(app).get(link).status_code == 200
        assert sent(client(app), link, kind="withdrawal").status_code == 303
    spool.mark(mark("closed", TOPIC))
    stopped = client(intake(spool))
    assert stopped.post(link, data={"kind": "correction", "text": "x"}).status_code == 403
    assert sent(stopped, link, kind="withdrawal").status_code == 303


def test_a_token_is_for_one_contribution_and_one_change(resident, spool):
    """One that was handed out to withdraw neither corrects nor withdraws another."""
    asked = Answer(resident.post(link_of(contribution().id), data={"kind": "withdrawal"}))
    token = asked.all("input", name="token")[0].attributes["value"]
    other = link_of(contribution("Autre").id)
    for link, kind in ((other, "withdrawal"), (link_of(contribution().id), "correction")):
        answer = resident.post(link, data={"kind": kind, "text": "x", "token": token, "confirm": "1"})
        assert answer.status_code == 200
    assert list(spool.list()) == []


def test_what_was_typed_becomes_no_markup(resident):
    """In a correction as in what it corrects."""
    text = "</textarea><script>alert(1)</script>{{main}}\"'"
    page = resident.post(link_of(contribution().id), data={"kind": "correction", "text": text}).text
    assert "<script" not in page
    assert unescape(page).count(text) >= 2


def test_the_formats_are_kept(tmp_path):
    """Byte by byte: the private link, and the envelopes of a correction and a withdrawal."""
    said = contribution("Plus de logemants.")
    golden("author-link.txt", f"{Author(said.id, TOPIC).link(INTAKE_KEY, 'fr')}\n".encode())
    stated = {"of": said.id, "time": NOW + timedelta(hours=1)}
    correction = contribution(
        "Plus de logements.", kind="correction", form="topics/housing:correction", **stated
    )
    gone = contribution("", kind="withdrawal", form="topics/housing:withdrawal", **stated)
    golden(
        "envelope-correction.json",
        Envelope(correction, "5e" * 16, ("too-fast",), "ab12").to_bytes(INTAKE_KEY),
    )
    golden("envelope-withdrawal.json", Envelope(gone, "5f" * 16).to_bytes(INTAKE_KEY))
    golden("mark.txt", f"{mark('closed', TOPIC)}\n".encode())


def test_from_the_link_to_the_store(resident, spool, tmp_path):
    """What the intake stores, the runner takes: corrected, then withdrawn."""
    with Store.create(tmp_path / "store.git") as store:
        link = private_link(resident, say(resident, "Plus de logemants."))
        sent(resident, link, kind="correction", text="Plus de logements.")
        runner(store, spool).drain(NOW)
        sent(resident, link, kind="withdrawal")
        runner(store, spool).drain(NOW)
        original = next(item for item in store.read().records() if item.contribution.kind == "comment")
        events = [entry.what.event for entry in store.read().ledger().by_id[original.contribution.id]]
        assert events == ["received", "corrected", "withdrawn"]


# --- in a real browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory):
    """The small site, served by the real command; it publishes at once."""
    root = copy_of("minimal", tmp_path_factory.mktemp("site"))
    settings = root / "site.yaml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("moderation: before", "moderation: after"),
        encoding="utf-8",
    )
    topic = root / "content" / "topics" / "housing.md"
    topic.parent.mkdir()
    topic.write_text("---\ntitle: Logement\n---\n\nOù habiter ?\n", encoding="utf-8")
    with serving(root) as served:
        yield served


@pytest.mark.parametrize("script", [False, True], ids=["without script", "with script"])
def test_a_resident_corrects_and_withdraws(
    site: Served, new_page: Callable[..., Page], axe: Callable[[Page], list[str]], script: bool
) -> None:
    """From sending to « retirée », in the site's own look; every page on the way passes the checker."""
    page = new_page(java_script_enabled=script)
    wrong: list[str] = []

    def look() -> None:
        if script:
            wrong.extend(axe(page))

    text = f"Plus de logemants {script}."
    page.goto(f"{site.url}topics/housing/")
    page.get_by_label("Votre texte").fill(text)
    page.get_by_role("button", name="Relire avant d’envoyer").click()
    page.get_by_role("button", name="Confirmer et envoyer").wait_for()
    page.wait_for_timeout(1100)  # nobody reads faster
    page.get_by_role("button", name="Confirmer et envoyer").click()
    page.get_by_role("link", name="Corriger ou retirer votre contribution").click()
    page.get_by_role("heading", name="Corriger ma contribution").wait_for()
    look()
    link = page.url
    assert "/inbox/authors/" in urlsplit(link).path
    page.get_by_label("Votre texte").fill(f"Plus de logements {script}.")
    page.get_by_role("button", name="Relire avant d’envoyer").click()
    page.get_by_role("button", name="Confirmer et envoyer").wait_for()
    look()
    page.wait_for_timeout(1100)
    page.get_by_role("button", name="Confirmer et envoyer").click()
    page.get_by_role("heading", name="Votre correction").first.wait_for()
    look()
    shown = site.until("topics/housing/", lambda html: f"Plus de logements {script}." in html)
    assert text not in shown
    assert "par la personne qui l’a écrite" in shown
    page.goto(link)
    page.get_by_role("button", name="Retirer ma contribution").click()
    page.get_by_role("button", name="La retirer définitivement").wait_for()
    look()
    page.wait_for_timeout(1100)
    page.get_by_role("button", name="La retirer définitivement").click()
    page.get_by_role("heading", name="Votre retrait").first.wait_for()
    site.until("topics/housing/", lambda html: f"Plus de logements {script}." not in html)
    assert f"logements {script}" not in site.get("contributions.jsonl")
    assert wrong == []
