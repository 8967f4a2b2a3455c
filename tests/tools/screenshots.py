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
from served import copy_of, serving

PICTURES = Path(__file__).resolve().parent.parent.parent / "docs" / "fr" / "images"
WIDTH, HEIGHT = 1080, 760
ANSWERED = "topics/housing/"


def main() -> None:
    """Serve the demonstration on its evening, and take each picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(copy_of("demonstration", Path(folder))) as served,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=require("chromium")[0], args=list(CHROMIUM))
        page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="fr-FR")
        page.goto(served.url)
        take(page, "accueil")
        write(page, served.url)
        page.goto(served.desk)
        page.get_by_role("button", name="Entrer").click()
        take(page, "bureau")
        page.goto(f"{served.url}{ANSWERED}")
        page.locator(".answer").first.scroll_into_view_if_needed()
        take(page, "reponse")
        chromium.close()


def write(page: Page, url: str) -> None:
    """Leave something for the desk to show."""
    page.goto(f"{url}{ANSWERED}")
    page.get_by_label("Votre texte").fill("Il manque un banc devant l’école, là où les parents attendent.")
    page.get_by_label("Nom à afficher").fill("Une voisine")
    page.get_by_role("button", name="Relire avant d’envoyer").click()
    page.get_by_role("button", name="Confirmer et envoyer").click()
    page.get_by_role("heading", name="Votre contribution est reçue").wait_for()
    page.wait_for_timeout(3000)  # the runner's turn


def take(page: Page, name: str) -> None:
    """Write what the page shows, in few colours: pictures of pages need no more."""
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").quantize(128).save(PICTURES / f"{name}.png", optimize=True)
    print(f"{name}.png: {(PICTURES / f'{name}.png').stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
