"""A meeting's poster: what a printer gets, and what a telephone reads from it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from served import Served, copy_of, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

MILLIMETRES = 25.4 / 72
LONG = "Grande rencontre publique du quartier de la Gare et des bords du canal, sur le logement et les transports"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The complete site; one of its meetings has all that a poster can have to say."""
    root = copy_of("complete", tmp_path_factory.mktemp("poster"))
    page = root / "content" / "meetings" / "2017-11-28-gare.md"
    text = page.read_text("utf-8").replace(
        "title: Rencontre du quartier de la Gare", f'title: "{LONG}"\nsummary: "{LONG}."'
    )
    page.write_text(text, "utf-8")
    with serving(root) as served:
        yield served


def pdf(page: Page, url: str) -> PdfReader:
    """Return what comes out of the printer, with the browser's own settings: no background unless asked for."""
    page.goto(url)
    return PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=False)))


@pytest.mark.parametrize("meeting", ["2017-11-07-centre", "2017-11-28-gare", "2017-12-09-parc"])
def test_a_poster_is_one_sheet_of_a4(served: Served, page: Page, meeting: str) -> None:
    """Moved or cancelled, with a long title or a short one: nothing runs over."""
    (sheet,) = pdf(page, f"{served.url}meetings/{meeting}/poster/").pages
    size = [round(float(side) * MILLIMETRES) for side in sheet.mediabox[2:]]
    assert size == [210, 297]


def test_a_poster_says_what_where_and_when(served: Served, page: Page) -> None:
    """Nothing else is printed: neither the hint nor the way back."""
    text = pdf(page, f"{served.url}meetings/2017-12-09-parc/poster/").pages[0].extract_text()
    words = " ".join(text.split())
    for told in (
        "Atelier du parc",
        "ANNULÉE",
        "Trop peu d’inscrits.",
        "samedi 9 décembre 2017",
        "Maison du parc",
    ):
        assert told in words
    assert "Retour" not in words
    assert "Entrée libre" not in words


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_a_telephone_reads_the_code(
    served: Served, new_page: Callable[..., Page], scheme: str, width: int
) -> None:
    """On paper, on a screen, in the dark: the code leads to the meeting's page."""
    page = new_page(color_scheme=scheme, viewport={"width": width, "height": 844}, device_scale_factor=2)
    page.goto(f"{served.url}meetings/2017-11-28-gare/poster/")
    shot = page.locator(".poster-foot").screenshot()
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(shot)))
    assert found.text == f"{served.url}meetings/2017-11-28-gare/"
    assert page.goto(found.text).ok
