"""The desk's pages: their languages, and what browsers and assistive tools make of them."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from desk_room import Browser, Room, nowhere, said

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A desk on one's own machine."""
    with Room(tmp_path) as room:
        yield room


@pytest.fixture
def moderator(room: Room) -> Browser:
    """A moderator at the desk."""
    return room.moderator_in()


# --- words


def test_the_desk_speaks_french_and_english(room: Room, moderator: Browser):
    """The site's first language, until another is chosen; the choice lasts as long as the session."""
    contribution = said()
    room.put(contribution)
    assert '<html lang="fr"' in moderator.see()
    page = moderator.see("/?page=1&language=en")
    assert '<html lang="en"' in page
    assert "Housing" in page
    assert 'href="/assises/desk/?page=1&amp;language=fr"' in page
    assert "Keep to the subject" in moderator.see(f"/contributions/{contribution.id}")
    assert '<html lang="en"' in moderator.see("/published?language=xx")
    assert '<html lang="fr"' in moderator.see("/published?language=fr")
    assert "Only moderators" in room.browser().see("/?language=en", 403)


def test_a_site_in_other_languages_gets_english(room: Room):
    """Or French, where that is one of them."""
    for languages, spoken in ((("br", "fr"), "fr"), (("de",), "en")):
        room.site = replace(room.site, settings=replace(room.site.settings, languages=languages))
        assert f'<html lang="{spoken}"' in room.browser().see("/", 403)


def test_every_sentence_is_written_in_french():
    """The catalogue holds all sentences of the templates, and none that nobody says; with French typography."""
    desk = files("assises_inbox.desk")
    catalogue = read_po(io.BytesIO((desk / "locales/fr/LC_MESSAGES/desk.po").read_bytes()))
    said_in_templates = {("", "%(day)s at %(time)s")}
    for template in (desk / "templates").iterdir():
        with template.open("rb") as file:
            for _, function, found, _ in babel_extract(
                file, ("gettext", "ngettext", "pgettext", "_"), (), {"trimmed": "1"}
            ):
                parts = (found,) if isinstance(found, str) else found
                said_in_templates.add((parts[0], parts[1]) if function == "pgettext" else ("", parts[0]))
    written = {
        (entry.context or "", entry.id if isinstance(entry.id, str) else entry.id[0]): entry
        for entry in catalogue
        if entry.id
    }
    assert set(written) == said_in_templates
    for entry in written.values():
        for french in [entry.string] if isinstance(entry.string, str) else entry.string:
            assert french
            assert not re.search("(?<![\u00a0\u202f])[:;!?»]|«(?!\u00a0)|'", french), french


def test_the_style_sheet_is_kept_by_browsers(room: Room, moderator: Browser):
    """For good, under an address that changes with it; without a session in it, and without asking for one."""
    for browser in (moderator, room.browser()):
        place = re.search(r'<link rel="stylesheet" href="([^"]+)"', browser.get(f"{browser.path}/").text)[1]
        answer = browser.get(place)
        assert answer.mimetype == "text/css"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers
        assert browser.get(f"{browser.path}/style-00000000.css").status_code == 404


# --- in a browser


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Room, str]]:
    """A desk on a port of its own, with something of each kind; and a link into it."""
    server = make_server("127.0.0.1", 0, nowhere, threaded=True)
    with Room(tmp_path, base=f"http://127.0.0.1:{server.port}/assises/") as room:
        server.app = DispatcherMiddleware(nowhere, {"/assises/desk": room.desk})
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield room, room.desk.office.sign_in_link(room.desk.office.local)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_desk_is_accessible_and_valid(
    served: tuple[Room, str], new_page: Callable[..., Page], axe, nu, scheme: str
):
    """No axe violation and nothing for the Nu checker on any page, in the light and in the dark; no sideways scrolling."""
    room, link = served
    parent = said("- une\n- liste", 60)
    reply = said("Réponse \u202e cachée", 1, of=parent.id, author="")
    room.put(parent, fate="withheld")
    room.put(reply, *(said(f"Numéro {index}", index + 2) for index in range(25)), flags=("trap",))
    page = new_page(color_scheme=scheme, viewport={"width": 320, "height": 640})
    pages, problems = room.folder / "html", []
    pages.mkdir()

    def check(name: str) -> None:
        (pages / f"{name}.html").write_text(page.content(), encoding="utf-8")
        problems.extend(axe(page))
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name

    desk = f"{room.base}desk/"
    page.goto(desk)
    check("outside")
    page.goto(link)
    check("door")
    page.get_by_role("button", name="Entrer").click()
    check("queue")
    page.goto(f"{desk}contributions/{parent.id}")
    check("withheld")
    page.goto(f"{desk}contributions/{reply.id}")
    check("reply")
    page.get_by_role("button", name="Ne pas publier").click()
    page.locator(".notice-wrong:focus").wait_for()
    check("wrong")
    page.get_by_label("Rester dans le sujet").check()
    page.get_by_label("Motif").fill("Parce que.")
    page.get_by_role("button", name="Ne pas publier").click()
    page.get_by_role("status").wait_for()
    check("done")
    page.goto(f"{desk}withheld")
    check("list")
    page.goto(f"{desk}nothing")
    check("unknown")
    page.get_by_role("button", name="Quitter").click()
    check("left")
    assert room.fate(reply) == "withheld"
    assert problems == []
    style = files("assises_inbox.desk") / "static/desk.css"
    (pages / "desk.css").write_bytes(style.read_bytes())
    assert nu(pages) == []
