"""The pictures of docs/fr: the demonstration as a resident and a moderator see it, taken anew by ``make screenshots``."""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from conftest import CHROMIUM, require
from served import Served, copy_of, serving

PICTURES = Path(__file__).resolve().parent.parent.parent / "docs" / "fr" / "images"
WIDTH, HEIGHT = 1080, 760
ANSWERED = "topics/housing/"
CLOSED = "2018-02-05T10:00"
"""The town has answered, and commitments are followed."""

WORDS = "Il manque un banc devant l’école, là où les parents attendent."
MOST = 100_000
"""Bytes of a picture: the documents stay light."""


def main() -> None:
    """Serve the demonstration on its evening and after its end, and take each picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = copy_of("demonstration", Path(folder))
        chromium = playwright.chromium.launch(executable_path=require("chromium")[0], args=list(CHROMIUM))
        page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="fr-FR")
        with serving(root, language="fr") as served:
            on_the_evening(page, served)
        with serving(root, CLOSED, language="fr") as served:
            page.goto(served.url)
            take(page, "clos")
        chromium.close()


def on_the_evening(page: Page, served: Served) -> None:
    """Take what residents, writers and moderators see while contributions are open."""
    page.goto(served.url)
    take(page, "accueil")
    mistake(page, served)
    write(page, served.url)
    page.goto(served.desk)
    page.get_by_role("button", name="Entrer").click()
    page.get_by_role("button", name="Quitter").wait_for()
    while not page.get_by_text(WORDS).count():  # the runner's turn
        page.reload()
    take(page, "bureau")
    page.locator("a[href*='/contributions/']").first.click()
    page.locator("a[href$='/answer']").first.wait_for()
    take(page, "decision")
    page.get_by_role("button", name="Publier", exact=True).click()
    page.locator("a[href$='/desk/published']").click()
    page.get_by_text(WORDS).first.wait_for()
    page.locator("a[href*='/contributions/']").first.click()
    page.locator("a[href$='/answer']").first.wait_for()
    page.locator("a[href$='/answer']").first.click()
    page.get_by_role("heading", name="Répondre au nom de la ville").wait_for()
    take(page, "repondre")
    page.goto(f"{served.url}{ANSWERED}")
    page.locator(".answer").first.scroll_into_view_if_needed()
    take(page, "reponse")


def mistake(page: Page, served: Served) -> None:
    """Take what the preview says of a slip, and mend it."""
    file = served.root / "content" / "topics" / "housing.md"
    whole = file.read_text(encoding="utf-8")
    page.goto(f"{served.url}{ANSWERED}")
    file.write_text(whole.replace("summary:", "resume:", 1), encoding="utf-8", newline="\n")
    page.locator(".assises-problems[open]").wait_for()
    page.wait_for_function("scrollY === 0")
    take(page, "ecrire")
    file.write_text(whole, encoding="utf-8", newline="\n")
    page.locator(".assises-problems[open]").wait_for(state="detached")


def write(page: Page, url: str) -> None:
    """Leave something for the desk to show."""
    page.goto(f"{url}{ANSWERED}")
    page.get_by_label("Votre texte").fill(WORDS)
    page.get_by_label("Nom à afficher").fill("Une voisine")
    page.get_by_role("button", name="Relire avant d’envoyer").click()
    page.wait_for_timeout(2000)  # whoever confirms at once is taken for a machine
    page.get_by_role("button", name="Confirmer et envoyer").click()
    page.get_by_role("heading", name="Votre contribution est reçue").wait_for()


def take(page: Page, name: str) -> None:
    """Write what the page shows, in few colours: pictures of pages need no more."""
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").quantize(128).save(PICTURES / f"{name}.png", optimize=True)
    size = (PICTURES / f"{name}.png").stat().st_size
    print(f"{name}.png: {size // 1000} kB")
    if size > MOST:
        raise SystemExit(f"{name}.png is heavier than {MOST // 1000} kB")


if __name__ == "__main__":
    main()
