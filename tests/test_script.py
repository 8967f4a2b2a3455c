"""The script: it adds to what works without it, and takes nothing away."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from assises.assets import squeezed_js
from served import REPOSITORY, Served, copy_of, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

STATIC = REPOSITORY / "themes" / "assises_themes" / "default" / "static"
SCRIPTS = (STATIC / "time.js", STATIC / "site.js", STATIC / "leaves.js")
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
        for number in range(42)
    ]
    (root / "content" / "contributions" / "many.jsonl").write_text("".join(rows), encoding="utf-8")
    with serving(root) as served:
        yield served


def test_the_script_is_small() -> None:
    """Four kilobytes, compressed, at most: all that any page loads, the search's own apart."""
    assert (
        sum(
            len(gzip.compress(squeezed_js(script.read_text(encoding="utf-8")).encode(), 9))
            for script in SCRIPTS
        )
        <= MOST
    )


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
    page.get_by_role("link", name="Contre (21)", exact=True).click()
    page.wait_for_url("**/contributions/against/")
    positions = page.locator(".position").all_inner_texts()
    assert len(positions) == 10
    assert set(positions) == {"Contre"}
    page.get_by_role("link", name="Page suivante").first.click()
    page.wait_for_url("**/contributions/against/2/")


def test_a_number_is_found_in_the_ledger_by_its_day(served: Served, page: Page) -> None:
    """A receipt leads to the day; where that has many, the script leads on, and from there to the contribution."""
    page.goto(f"{served.url}{LONG}contributions/newest/")
    newest = page.locator(".post").first.get_attribute("id")
    page.goto(f"{served.url}ledger/2017-11-08/#{newest}")
    page.wait_for_url(f"**/ledger/2017-11-08/*/#{newest}")
    page.locator(f"[id='{newest}']").get_by_role("link", name="La lire").click()
    page.wait_for_url(f"**/contributions/**#{newest}")


def test_a_number_that_is_not_entered_yet_is_waited_for_on_its_day(served: Served, page: Page) -> None:
    """Who opens a receipt's link at once is not led to a page that does not exist."""
    page.goto(f"{served.url}ledger/2017-11-07/#01BYBZBXP0ZZZZZZZZZZZZZZZ8")
    page.wait_for_load_state()
    assert page.url == f"{served.url}ledger/2017-11-07/#01BYBZBXP0ZZZZZZZZZZZZZZZ8"
    assert "7 novembre 2017" in page.get_by_role("heading", level=1).inner_text()


def test_a_draft_keeps_every_field_but_the_address(served: Served, page: Page) -> None:
    """Text, name, ticks: over a reload, in this tab alone; nothing is kept once it was received."""
    page.goto(f"{served.url}{LONG}")
    page.get_by_label("Votre texte").fill("Un brouillon.")
    page.get_by_label("Nom à afficher").fill("Camille")
    page.get_by_label("Nuancé").check()
    page.reload()
    assert page.get_by_label("Votre texte").input_value() == "Un brouillon."
    assert page.get_by_label("Nom à afficher").input_value() == "Camille"
    assert page.get_by_label("Nuancé").is_checked()
    other = page.context.new_page()
    other.goto(f"{served.url}{LONG}")
    assert other.get_by_label("Votre texte").input_value() == ""
    other.get_by_label("Votre texte").fill("Un autre, dans un autre onglet.")
    page.reload()
    assert page.get_by_label("Votre texte").input_value() == "Un brouillon."
    page.get_by_role("button", name="Relire avant d’envoyer").click()
    page.get_by_role("button", name="Confirmer et envoyer").click()
    page.get_by_role("heading", name="Votre contribution est reçue").wait_for()
    page.goto(f"{served.url}{LONG}")
    assert page.get_by_label("Votre texte").input_value() == ""
    assert other.get_by_label("Votre texte").input_value() == "Un autre, dans un autre onglet."
    assert page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0


def test_an_older_browser_sends_the_button_that_was_pressed(served: Served, page: Page) -> None:
    """Safari before 15.4 tells neither by the event nor by the focus which one it was."""
    page.add_init_script(
        "Object.defineProperty(SubmitEvent.prototype, 'submitter', {value: undefined});"
        "document.addEventListener('click', () => document.activeElement.blur(), true);"
    )
    page.goto(f"{served.url}{TOPIC}")
    page.get_by_label("Votre texte").fill("Depuis un vieux téléphone.")
    page.get_by_role("button", name="Relire avant d’envoyer").click()
    page.get_by_role("button", name="Confirmer et envoyer").click()
    page.get_by_role("heading", name="Votre contribution est reçue").wait_for()


def test_a_browser_that_stores_nothing_sends_all_the_same(served: Served, page: Page) -> None:
    """Storage may be refused altogether, or be full."""
    page.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', {get() { throw new Error('refused') }})"
    )
    page.goto(f"{served.url}{TOPIC}")
    page.get_by_label("Votre texte").fill("Sans rien garder.")
    page.get_by_role("button", name="Relire avant d’envoyer").click()
    page.get_by_role("heading", name="Pas encore envoyé").wait_for()
    full = page.context.new_page()
    full.add_init_script(
        "const set = Storage.prototype.setItem;"
        "Storage.prototype.setItem = function (k, v) { if (v.length > 9) throw new DOMException('full', 'QuotaExceededError'); set.call(this, k, v) }"
    )
    full.goto(f"{served.url}{TOPIC}")
    full.get_by_label("Votre texte").fill("Un disque plein ne gêne pas.")
    full.get_by_role("button", name="Relire avant d’envoyer").click()
    full.get_by_role("heading", name="Pas encore envoyé").wait_for()


def test_a_slow_server_is_waited_for_and_asked_once(served: Served, page: Page) -> None:
    """The button says so and takes no second press; whoever presses twice sends once."""
    asked: list[str] = []
    held: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route.request.post_data or "")
        held.append(route)

    page.route("**/inbox/contributions", hold)
    page.goto(f"{served.url}{TOPIC}")
    page.get_by_label("Votre texte").fill("Patience.")
    page.get_by_role("button", name="Relire avant d’envoyer").dblclick()
    page.get_by_role("button", name="Envoi en cours").wait_for()
    assert page.get_by_role("button", name="Envoi en cours").is_disabled()
    page.get_by_label("Nom à afficher").press("Enter")
    assert len(asked) == 1
    page.unroute("**/inbox/contributions")
    page.get_by_role("heading", name="Pas encore envoyé").wait_for()


@pytest.mark.parametrize(
    ("status", "body"), [(502, "<h1>Bad Gateway</h1>"), (500, ""), (200, "<p>Portail captif</p>")]
)
def test_a_servers_fault_keeps_the_words(served: Served, page: Page, status: int, body: str) -> None:
    """What comes back is no answer of the intake: nothing was sent, the text stays, and can be sent again."""
    page.route(
        "**/inbox/contributions",
        lambda route: route.fulfill(status=status, body=body, content_type="text/html"),
    )
    page.goto(f"{served.url}{TOPIC}")
    page.get_by_label("Votre texte").fill("À ne pas perdre.")
    page.get_by_role("button", name="Relire avant d’envoyer").click()
    page.get_by_role("alert").wait_for()
    assert page.get_by_label("Votre texte").input_value() == "À ne pas perdre."
    assert page.evaluate("document.activeElement.textContent") == "Relire avant d’envoyer"
    page.get_by_role("button", name="Relire avant d’envoyer").click()
    page.get_by_role("alert").wait_for()
    assert page.get_by_role("alert").count() == 1
    page.unroute("**/inbox/contributions")
    page.get_by_role("button", name="Relire avant d’envoyer").click()
    page.get_by_role("heading", name="Pas encore envoyé").wait_for()


def test_a_confirmation_whose_answer_was_lost_is_received_once(served: Served, page: Page) -> None:
    """It was stored, and the network dropped: confirming again gives the same number."""
    page.goto(f"{served.url}{TOPIC}")
    page.get_by_label("Votre texte").fill("Reçue une seule fois.")
    page.get_by_role("button", name="Relire avant d’envoyer").click()
    confirm = page.get_by_role("button", name="Confirmer et envoyer")
    confirm.wait_for()
    first: list[str] = []

    def lose(route: Route) -> None:
        first.append(route.fetch(max_redirects=0).headers["location"])
        route.abort()

    page.route("**/inbox/contributions", lose)
    confirm.click()
    page.get_by_role("alert").wait_for()
    page.unroute("**/inbox/contributions")
    confirm.click()
    page.get_by_role("heading", name="Votre contribution est reçue").wait_for()
    answered = page.request.get(f"{served.url}inbox/{first[0]}").text()
    assert page.locator(".number").first.inner_text() in answered


def test_a_reply_is_written_where_it_will_stand(served: Served, page: Page) -> None:
    """The form opens below the contribution, takes the focus, and sends without leaving the page."""
    page.goto(f"{served.url}{LONG}contributions/")
    post = page.locator(".post").first
    link = post.get_by_role("link", name="Répondre")
    link.click()
    place = page.locator(".in-place")
    place.wait_for()
    assert place.evaluate("box => box.previousElementSibling.id") == post.get_attribute("id")
    assert page.evaluate("document.activeElement.closest('.in-place') !== null")
    place.get_by_label("Votre texte").fill("Je réponds ici.")
    page.locator(".post").nth(1).get_by_role("link", name="Répondre").click()
    page.wait_for_function("() => document.querySelector('.in-place textarea').value === ''")
    assert place.count() == 1
    link.click()
    page.wait_for_function("() => document.querySelector('.in-place textarea').value !== ''")
    assert place.get_by_label("Votre texte").input_value() == "Je réponds ici."
    place.get_by_role("button", name="Relire avant d’envoyer").click()
    place.get_by_role("button", name="Confirmer et envoyer").click()
    place.get_by_role("heading", name="Votre contribution est reçue").wait_for()
    assert page.url == f"{served.url}{LONG}contributions/"


def test_a_reply_without_network_follows_the_link(served: Served, page: Page) -> None:
    """What cannot be opened in place is opened as it is without script."""
    page.goto(f"{served.url}{LONG}contributions/")
    page.route(
        "**/contributions/new*",
        lambda route: route.abort() if route.request.resource_type == "fetch" else route.continue_(),
    )
    page.locator(".post").first.get_by_role("link", name="Répondre").click()
    page.wait_for_url("**/contributions/new*")
    assert page.get_by_label("Votre texte").is_visible()


def test_an_anchor_of_the_page_is_no_other_page(served: Served, page: Page) -> None:
    """What is being written on a leaf stays when one jumps to a contribution of it, and back."""
    page.goto(f"{served.url}{LONG}contributions/")
    page.locator(".post").first.get_by_role("link", name="Répondre").click()
    page.locator(".in-place").get_by_label("Votre texte").fill("En cours.")
    page.locator(".post-facts a[href*='#']").nth(2).click()
    page.go_back()
    assert page.locator(".in-place").get_by_label("Votre texte").input_value() == "En cours."


def test_a_new_leaf_is_read_from_its_beginning(served: Served, page: Page) -> None:
    """Whoever turns the page at its foot does not land at the foot of the next."""
    page.goto(f"{served.url}{LONG}contributions/newest/")
    page.get_by_role("link", name="Page suivante").last.click()
    page.wait_for_url("**/contributions/newest/2/")
    page.wait_for_function(
        "() => Math.abs(document.querySelector('.leaf').getBoundingClientRect().top) < 200"
    )
