"""The whole loop, as residents and moderators walk it: read → comment → moderate → read again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from served import Served, copy_of, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

TOPIC = "topics/housing/"
WORDS = "Des **halls** <b>propres</b>, et un banc devant l’école.\n\n[un lien](https://example.org/)"


@pytest.fixture
def demonstration(tmp_path: Path) -> Iterator[Served]:
    """The demonstration, on its evening."""
    with serving(copy_of("demonstration", tmp_path)) as served:
        yield served


def comment(page: Page, served: Served, words: str, author: str) -> str:
    """Send a comment by the form of the topic's page, and return its id; the receipt is then the page shown."""
    page.goto(f"{served.url}{TOPIC}")
    page.get_by_label("Votre texte").fill(words)
    page.get_by_label("Nom à afficher").fill(author)
    page.get_by_role("button", name="Relire avant d’envoyer").click()
    page.get_by_role("heading", name="Pas encore envoyé").wait_for()
    page.get_by_role("button", name="Confirmer et envoyer").click()
    page.get_by_role("heading", name="Votre contribution est reçue").wait_for()
    kept_apart = page.get_by_role("link", name="Le récépissé, sur sa propre page")
    if kept_apart.count():
        kept_apart.click()
    assert page.get_by_role("heading", level=1).inner_text() == "Votre contribution est reçue"
    assert re.fullmatch(r"\w{4}-\w{4}", page.locator(".number").inner_text())
    return page.locator("code").first.inner_text()


@pytest.mark.parametrize("script", [False, True])
def test_a_comment_is_written_moderated_and_read(
    demonstration: Served, new_page: Callable[..., Page], script: bool
) -> None:
    """What a resident writes appears once a moderator has published it, and not before."""
    resident, moderator = (new_page(java_script_enabled=script) for _ in range(2))
    author = f"Lou {script}"
    id = comment(resident, demonstration, WORDS, author)
    receipt = resident.url

    demonstration.until("inbox/health", lambda text: '"waiting": 0' in text)
    assert author not in demonstration.get(TOPIC)
    publish(moderator, demonstration, author)

    demonstration.until(TOPIC, lambda text: id in text)
    resident.goto(f"{demonstration.url}{TOPIC}")
    article = resident.locator(f"[id='{id}']")
    assert article.locator("strong").inner_text() == "halls"
    assert "<b>propres</b>" in article.inner_text()
    assert set(article.locator("a[href='https://example.org/']").get_attribute("rel").split()) >= {
        "nofollow",
        "ugc",
    }

    resident.goto(receipt)
    resident.get_by_role("link", name="Voir ce qu’elle devient").click()
    assert "publiée" in resident.locator(f"[id='{id}']").inner_text().lower()


def publish(page: Page, served: Served, author: str) -> None:
    """Sign in at the desk once, and publish the author's contribution."""
    page.goto(served.desk)
    if page.get_by_role("button", name="Entrer").count():
        page.get_by_role("button", name="Entrer").click()
    page.get_by_role("link", name=re.compile(author)).first.click()
    page.get_by_role("button", name="Publier", exact=True).click()
