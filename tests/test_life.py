"""The whole life of contributions in a real browser, by a resident's and a moderator's hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from served import Served, assises, copy_of, serving
from test_loop import TOPIC, comment

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_from_the_first_word_to_the_moderation_log(tmp_path: Path, new_page: Callable[..., Page]) -> None:
    """Written, published, answered, reported, withheld with its reasons; a café's note typed in; counted and verified."""
    root = copy_of("demonstration", tmp_path)
    with serving(root) as served:
        resident, moderator = new_page(java_script_enabled=False), new_page()
        number = _published_and_answered(resident, moderator, served)
        _reported_and_withheld(resident, moderator, served, number)
        note = _typed_in(moderator, served)
        served.until(TOPIC, lambda text: note in text)
        log = served.until(
            "ledger/moderation/", lambda text: re.search(r"Fondés[^<]*</dt><dd>1", text) is not None
        )
        assert "Respecter chacun" in log
        assert "ni attaque contre une personne. Si vous en êtes" in served.get("ledger/2017-11-20/")
        moderator.get_by_role("button", name="Quitter").click()
        moderator.goto(f"{served.url}desk/")
        assert moderator.get_by_role("button", name="Envoyer un nouveau lien").is_visible()
        verified = assises("verify", served.url)
        assert verified.returncode == 0, verified.stdout + verified.stderr


def _told(resident: Page, served: Served) -> str:
    """Return what the ledger says to whoever follows the link of their receipt, and that the receipt explains it."""
    receipt = resident.url
    place = resident.get_by_role("link", name=re.compile("Voir ce qu’elle devient")).get_attribute("href")
    assert place is not None
    path, _, id = place.removeprefix(served.url).partition("#")
    served.until(path, lambda text: f'id="{id}"' in text)
    meanings = dict(
        zip(*(resident.locator(f".facts {tag}").all_inner_texts() for tag in ("dt", "dd")), strict=True)
    )
    resident.goto(place)
    state = resident.locator(f"li[id='{id}']:target .tag").inner_text()
    assert meanings[f"{state}\u00a0:"]
    resident.goto(receipt)
    return state


def _published_and_answered(resident: Page, moderator: Page, served: Served) -> str:
    """Have a hostile name and words published and answered, and return the contribution's number."""
    name = '<img src=x onerror=alert(1)> "Lou"'
    id = comment(resident, served, "Un **banc** <script>alert(1)</script> devant l’école.", name)
    number = resident.locator(".number").inner_text()
    assert _told(resident, served) == "En attente de lecture"
    served.until("inbox/health", lambda text: '"waiting": 0' in text)
    moderator.goto(served.desk)
    moderator.get_by_role("button", name="Entrer").click()
    moderator.get_by_role("link", name=re.compile(number)).first.click()
    moderator.get_by_role("button", name="Publier", exact=True).click()
    moderator.get_by_role("status").wait_for()
    moderator.goto(f"{served.url}desk/contributions/{id}")
    moderator.get_by_role("link", name="Y répondre au nom de la ville").click()
    moderator.get_by_label("Au titre de quelle fonction").fill("Direction des espaces publics")
    moderator.get_by_label("Le texte").fill("Il sera posé **en mars**.")
    moderator.get_by_role("button", name="Publier la réponse").click()
    assert "La réponse" in moderator.get_by_role("status").inner_text()
    served.until(TOPIC, lambda text: "en mars" in text and id in text)
    resident.goto(f"{served.url}{TOPIC}")
    article = resident.locator(f"article[id='{id}']")
    assert name in article.inner_text()
    assert article.locator("img, script").count() == 0
    return number


def _reported_and_withheld(resident: Page, moderator: Page, served: Served, number: str) -> None:
    """Report it without an account, and have it withheld for that; its place and the reasons stay."""
    resident.get_by_role("link", name=re.compile(f"Signaler.*{number}")).click()
    resident.get_by_label("Elle est contraire à la loi").check()
    resident.get_by_label("Ce qui ne va pas").fill("Ce nom est du code.")
    resident.get_by_role("button", name="Relire avant d’envoyer").click()
    resident.get_by_role("button", name="Confirmer et envoyer").click()
    assert resident.get_by_role("heading", level=1).inner_text() == "Votre signalement est enregistré"
    assert resident.get_by_text("lien privé").count() == 0
    served.until("inbox/health", lambda text: '"waiting": 0' in text)
    moderator.goto(f"{served.url}desk/reports")
    moderator.get_by_role("link", name=re.compile("Contraire à la loi")).click()
    moderator.get_by_label(re.compile("Respecter chacun")).check()
    moderator.get_by_label("Motif").first.fill("Ce nom se moque des lecteurs.")
    moderator.get_by_role("button", name="Ne plus publier la contribution").click()
    assert "Aucun signalement" in moderator.locator("main").inner_text()
    served.until(TOPIC, lambda text: "onerror" not in text)
    moderator.goto(f"{served.url}desk/withheld")
    moderator.get_by_role("link", name=re.compile(number)).first.click()
    reasons = moderator.locator(".statement").inner_text()
    assert "Ce nom se moque des lecteurs." in reasons
    assert "à la suite d’un signalement" in reasons


def _typed_in(moderator: Page, served: Served) -> str:
    """Type in a note from a café, see its slip, and return its words."""
    words = "Des marches plus basses à la bibliothèque."
    moderator.goto(f"{served.url}desk/typing-in")
    page = moderator.locator("#form")
    page.select_option(value=f"{TOPIC.rstrip('/')}:comment")
    moderator.get_by_label("Comment cela a été dit").select_option("cafe")
    moderator.get_by_label("Où").fill("Café de la Gare")
    moderator.get_by_role("button", name="Commencer").click()
    moderator.get_by_label("Ce qui a été dit").fill(words)
    moderator.get_by_role("button", name="Enregistrer").click()
    moderator.get_by_role("link", name="Leurs talons").click()
    assert re.fullmatch(r"\w{4}-\w{4}", moderator.locator(".slip-number").inner_text())
    return words
