"""Comments on a passage stay when the passage is edited, with the words that they were written about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assises.content import Text
from assises.quoted import files_of, passages_now, quoted, words_of
from assises.store import RUNNER, Store
from kernel import NOW, contribution
from served import assises, copy_of, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

OLD = "Chaque habitant a droit à un logement décent."
NEW = "Chaque habitante et chaque habitant a droit à un logement digne."


def draft(body: str) -> Text:
    """Return a draft text."""
    return Text(
        title="Charte",
        id="texts/charter",
        language="fr",
        path=Path("x.md"),
        body=body,
        body_line=1,
        places={},
    )


def test_the_words_of_a_passage_are_kept_once(tmp_path: Path) -> None:
    """The first time that somebody speaks to it; what is no passage of any text is not kept."""
    now = passages_now([draft(f"{OLD}\n\nAutre chose.\n")])
    (id,) = (id for id, words in now.items() if words == OLD)
    said = [
        contribution("Oui.", passage=id),
        contribution("Non.", passage="p-00000000"),
        contribution("Rien."),
    ]
    store = Store.create(tmp_path / "store.git")
    with store:
        assert list(files_of(said)) == [f"passages/{id}.txt", "passages/p-00000000.txt"]
        after = store.commit(RUNNER, "Drain", NOW, lambda before: quoted(said, now, before))
        assert words_of(after) == {id: OLD}
        assert quoted(said, now, after) == {}
        assert quoted(said, {}, after) == {}


@pytest.mark.parametrize("script", [False, True])
def test_a_comment_outlives_the_passage(tmp_path: Path, new_page: Callable[..., Page], script: bool) -> None:
    """On a telephone, by touch, with and without script: written on the passage, read after the text was edited."""
    root = copy_of("complete", tmp_path)
    with serving(root) as served:
        page = new_page(
            java_script_enabled=script, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
        )
        page.goto(f"{served.url}texts/charter/")
        passage = page.locator(".passage", has_text=OLD)
        passage.get_by_role("link", name="Commenter ce passage").tap()
        assert OLD in page.locator("blockquote.passage").inner_text()
        page.locator("#text").fill("« Décent » est trop faible.")
        page.get_by_role("button", name="Relire avant d’envoyer").first.tap()
        page.get_by_role("button", name="Confirmer et envoyer").tap()
        page.get_by_role("heading", name="Votre contribution est reçue").wait_for()
        number = page.locator(".number").first.inner_text()
        published = assises("moderate", "publish", number, str(root), "--now", "2017-11-20T20:30")
        assert published.returncode == 0, published.stderr
        served.until("texts/charter/", lambda html: "trop faible" in html)
        page.goto(f"{served.url}texts/charter/")
        assert page.locator(".former-passages").count() == 0
        text = root / "content" / "texts" / "charter.md"
        text.write_text(text.read_text(encoding="utf-8").replace(OLD, NEW), encoding="utf-8")
        served.until("texts/charter/", lambda html: NEW in html)
        page.goto(f"{served.url}texts/charter/")
        former = page.locator(".former-passages")
        assert OLD in former.inner_text()
        facts = page.locator(".post", has_text="trop faible").locator(".post-facts")
        assert "sur un passage modifié depuis" in facts.inner_text()
        assert OLD in facts.inner_text()
        former.get_by_role("link", name="1 commentaire").tap()
        assert page.locator(".post:target").get_by_text("trop faible").is_visible()
