"""The script: it adds to what works without it, and takes nothing away."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from served import REPOSITORY, Served, copy_of, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

STATIC = REPOSITORY / "themes" / "assises_themes" / "default" / "static"
SCRIPTS = (STATIC / "time.js", STATIC / "site.js")
MOST = 4096
"""Bytes, compressed."""

TOPIC = "topics/housing/"
LONG = "questions/where/"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The complete test site with a long discussion, on its evening."""
    root = copy_of("complete", tmp_path_factory.mktemp("script"))
    rows = [
        f'{{"kind": "proposal", "of": "questions/where", "time": "2017-11-08T10:{number:02}:00Z", '
        f'"channel": "paper", "position": "{("for", "against")[number % 2]}", "text": "Proposition {number}."}}\n'
        for number in range(40)
    ]
    (root / "content" / "contributions" / "many.jsonl").write_text("".join(rows), encoding="utf-8")
    with serving(root) as served:
        yield served


def test_the_script_is_small() -> None:
    """Four kilobytes, compressed, at most."""
    assert sum(len(gzip.compress(script.read_bytes(), 9)) for script in SCRIPTS) <= MOST


def test_a_contribution_is_sent_without_leaving_the_page(served: Served, page: Page) -> None:
    """The check and the receipt stand where the form stood; the heading takes the focus and is told."""
    page.goto(f"{served.url}{TOPIC}")
    page.get_by_label("Votre texte").fill("Des bancs, sans quitter la page.")
    page.get_by_role("button", name="Relire avant d’envoyer").click()
    heading = page.get_by_role("heading", name="Pas encore envoyé")
    heading.wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Pas encore envoyé"
    page.get_by_role("button", name="Confirmer et envoyer").click()
    page.get_by_role("heading", name="Votre contribution est reçue").wait_for()
    assert page.url == f"{served.url}{TOPIC}"
    page.get_by_role("status").get_by_text("Votre contribution est reçue").wait_for(state="attached")
    assert page.get_by_role("heading", level=1).inner_text() == "Logement"
    receipt = page.get_by_role("link", name="Le récépissé, sur sa propre page")
    number = page.locator(".number").inner_text()
    receipt.click()
    assert page.locator(".number").inner_text() == number
    page.goto(f"{served.url}{TOPIC}")
    assert page.get_by_label("Votre texte").input_value() == ""


def test_errors_take_the_focus_and_keep_what_was_typed(served: Served, page: Page) -> None:
    """The summary is focused, and leads to the field."""
    page.goto(f"{served.url}{TOPIC}")
    page.get_by_label("Votre texte").fill("a" * 5001)
    page.get_by_role("button", name="Relire avant d’envoyer").click()
    page.locator(".error-summary").wait_for()
    assert page.evaluate("document.activeElement.className") == "error-summary"
    assert page.locator("#text").input_value() == "a" * 5001
    assert page.locator("#text").get_attribute("aria-invalid") == "true"


def test_the_draft_is_kept_when_the_network_drops(served: Served, page: Page) -> None:
    """Nothing was sent, and that is said; the words stay, over a reload too, and can be sent later."""
    page.goto(f"{served.url}{TOPIC}")
    page.get_by_label("Votre texte").fill("Écrit dans le métro.")
    page.context.set_offline(True)
    page.get_by_role("button", name="Relire avant d’envoyer").click()
    page.get_by_role("alert").wait_for()
    assert "Rien n’a été envoyé" in page.get_by_role("alert").inner_text()
    page.context.set_offline(False)
    page.reload()
    assert page.get_by_label("Votre texte").input_value() == "Écrit dans le métro."
    page.get_by_role("button", name="Relire avant d’envoyer").click()
    page.get_by_role("heading", name="Pas encore envoyé").wait_for()


def test_a_survey_is_answered_without_leaving_the_page(served: Served, page: Page) -> None:
    """Ticks reach the intake as they do without script."""
    page.goto(f"{served.url}questions/market/")
    page.get_by_label("À vélo").check()
    page.get_by_label("Le samedi").check()
    page.get_by_role("button", name="Relire avant d’envoyer").click()
    page.get_by_role("heading", name="Pas encore envoyé").wait_for()
    assert page.locator(".facts dd").all_inner_texts() == ["À vélo", "Le samedi"]
    page.get_by_role("button", name="Confirmer et envoyer").click()
    page.get_by_role("heading", name="Votre contribution est reçue").wait_for()


def test_orders_and_leaves_turn_without_a_new_page(served: Served, page: Page) -> None:
    """The contributions change, the rest stays; back leads back, and it is told."""
    page.goto(f"{served.url}{LONG}contributions/")
    page.evaluate("window.stayed = true")
    first = page.locator(".post").first.get_attribute("id")
    page.get_by_role("link", name="Les plus récentes d’abord").click()
    page.wait_for_url("**/contributions/newest/")
    page.wait_for_function("id => document.querySelector('.post').id !== id", arg=first)
    assert page.evaluate("window.stayed") is True
    assert "plus récentes" in page.title()
    assert (
        page.get_by_role("heading", level=1).inner_text() == "Contributions\u00a0: Les plus récentes d’abord"
    )
    page.get_by_role("link", name="Page suivante").first.click()
    page.wait_for_url("**/contributions/newest/2/")
    page.go_back()
    page.go_back()
    page.wait_for_function("id => document.querySelector('.post').id === id", arg=first)


@pytest.mark.parametrize("script", [False, True])
def test_every_order_works_without_script(
    served: Served, new_page: Callable[..., Page], script: bool
) -> None:
    """Links, not buttons: each choice has an address."""
    page = new_page(java_script_enabled=script)
    page.goto(f"{served.url}{LONG}")
    page.get_by_role("link", name="Contre (20)", exact=True).click()
    page.wait_for_url("**/contributions/against/")
    positions = page.locator(".position").all_inner_texts()
    assert len(positions) == 10
    assert set(positions) == {"Contre"}
    page.get_by_role("link", name="Page suivante").first.click()
    page.wait_for_url("**/contributions/against/2/")


def test_a_number_that_has_left_the_page_is_found_in_the_ledger(served: Served, page: Page) -> None:
    """A page shows the newest; the address of an older one leads on."""
    page.goto(f"{served.url}{LONG}contributions/")
    oldest = page.locator(".post").first.get_attribute("id")
    page.goto(f"{served.url}{LONG}#{oldest}")
    page.wait_for_url(f"**/ledger/**#{oldest}")
    page.locator(f"[id='{oldest}']").get_by_role("link", name="La lire").click()
    page.wait_for_url(f"**/contributions/#{oldest}")
