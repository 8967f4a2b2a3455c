"""The desk's pages: their languages, and what browsers and assistive tools make of them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from assises.action_link import LIFE, ActionLink
from assises_inbox.desk.pages import STYLE
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
        page.wait_for_load_state()
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
    (pages / "desk.css").write_bytes(STYLE)
    assert nu(pages) == []


@pytest.fixture(params=["light", "dark"])
def inspected(
    served: tuple[Room, str], new_page: Callable[..., Page], axe, nu, request
) -> Iterator[Inspected]:
    """A moderator signed in on a small screen; at the end, nothing may be wrong with any page that was looked at."""
    room, link = served
    page = new_page(color_scheme=request.param, viewport={"width": 320, "height": 640})
    (room.folder / "html").mkdir()
    page.goto(link)
    page.get_by_role("button", name="Entrer").click()
    looked = Inspected(room, page, axe)
    yield looked
    assert looked.problems == []
    (room.folder / "html/desk.css").write_bytes(STYLE)
    assert nu(room.folder / "html") == []


@dataclass
class Inspected:
    """Pages of the desk, looked at one after the other."""

    room: Room
    page: Page
    axe: Callable[[Page], list[str]]
    problems: list[str] = field(default_factory=list)

    def go(self, place: str) -> None:
        self.page.goto(f"{self.room.base}desk/{place}")

    def check(self, name: str, place: str = "") -> None:
        """Look at a page: the one at a place, or the one that is shown."""
        if place:
            self.go(place)
        self.page.wait_for_load_state()
        (self.room.folder / f"html/{name}.html").write_text(self.page.content(), encoding="utf-8")
        self.problems += self.axe(self.page)
        assert self.page.evaluate("document.documentElement.scrollWidth") <= 320, name

    def press(self, button: str, then: str = "") -> None:
        """Press a button, and wait for what comes of it: what is wrong, unless told otherwise."""
        self.page.get_by_role("button", name=button, exact=True).click()
        found = (
            self.page.get_by_role("heading", name=then) if then else self.page.locator(".notice-wrong:focus")
        )
        found.first.wait_for()

    def withhold(self, button: str, then: str) -> None:
        """Fill in rule and reason, and press a button."""
        self.page.get_by_label("Rester dans le sujet").check()
        self.page.get_by_label("Motif").first.fill("Parce que.")
        self.press(button, then)


def test_decisions_on_many_and_by_letters_are_accessible_and_valid(inspected: Inspected):
    """Search, what is wrong, what is to be confirmed; the pages of a letter's links."""
    room, waiting = inspected.room, [said(f"Montre {index}", index + 2) for index in range(3)]
    room.put(*waiting)
    inspected.check("search", "?words=montre")
    inspected.page.get_by_label("Les 3 qui correspondent").check()
    inspected.press("Ne pas les publier")
    inspected.check("many-wrong")
    inspected.page.get_by_label("Les 3 qui correspondent").check()
    inspected.press("Les publier", "Publier 3 contributions")
    inspected.check("confirm")
    letter = ActionLink(waiting[0].id, "withhold", "anne@localhost", "pending", 0, room.now + LIFE).text(
        room.key
    )
    inspected.check("letter", f"mail/{letter}")
    inspected.press("Ne pas publier")
    inspected.check("letter-wrong")
    inspected.withhold("Ne pas publier", "Ce ne sera pas publié")
    inspected.check("letter-done")
    inspected.check("letter-closed", f"mail/{letter}")
    assert room.fate(waiting[0]) == "withheld"


def test_reports_and_answers_are_accessible_and_valid(inspected: Inspected):
    """The list, a report, the statement of reasons that it leads to; an answer, and one that lacks something."""
    room, question = inspected.room, said("Un banc.", 60, author="Maire")
    about = {
        "of": question.id,
        "kind": "report",
        "form": "index:report",
        "author": "",
        "answers": (("why", ("law",)),),
    }
    reports = [said(f"Non {index}", index, **about) for index in range(2)]
    room.put(question, fate="published")
    room.put(*reports)
    inspected.check("answer", f"contributions/{question.id}/answer")
    inspected.press("Publier la réponse")
    inspected.check("answer-wrong")
    inspected.check("reports", "reports")
    inspected.check("report", f"contributions/{reports[0].id}")
    inspected.withhold("Ne plus publier la contribution", "Signalements")
    inspected.check("no-reports")
    inspected.check("statement", f"contributions/{question.id}")
    assert "Ce que l’auteur apprend" in inspected.page.content()


def test_typing_in_and_what_is_printed_are_accessible_and_valid(inspected: Inspected):
    """Both steps, what is wrong, what was entered; slips, and the form on paper."""
    inspected.check("typing", "typing-in")
    inspected.page.get_by_role("button", name="Commencer").click()
    inspected.page.get_by_label("Ce qui a été dit").wait_for()
    inspected.check("typing-in")
    inspected.press("Enregistrer")
    inspected.check("typing-wrong")
    inspected.page.get_by_label("Ce qui a été dit").fill("Deux bancs.")
    inspected.page.get_by_role("button", name="Enregistrer").click()
    inspected.page.get_by_role("link", name="Leurs talons").wait_for()
    inspected.check("typed")
    inspected.page.get_by_role("link", name="Leurs talons").click()
    inspected.page.get_by_role("heading", name="Talon", exact=True).wait_for()
    inspected.check("slips")
    inspected.check("paper", "paper?form=topics/housing:comment")


def test_the_keyboard_alone_is_enough(served: tuple[Room, str], new_page: Callable[..., Page]):
    """From the link to the last decision without a mouse and without script; after each, the focus is on the next one."""
    room, link = served
    contributions = [said(f"Numéro {index}", 10 - index) for index in range(3)]
    room.put(*contributions)
    page = new_page(java_script_enabled=False)

    def focused() -> str:
        return page.locator(":focus").first.inner_text() if page.locator(":focus").count() else ""

    def tab_to(words: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if focused().strip() == words:
                return
        raise AssertionError(f"{words!r} is not reached by the keyboard")

    page.goto(link)
    tab_to("Entrer")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="En attente d’une décision").wait_for()
    tab_to("Aller au contenu")
    page.keyboard.press("Enter")
    page.goto(f"{room.base}desk/contributions/{contributions[0].id}")
    for index in (1, 2):
        tab_to("Publier")
        page.keyboard.press("Enter")
        page.get_by_text(f"Numéro {index}").first.wait_for()
        assert page.locator("h1:focus").inner_text() == "Le logement"
        assert contributions[index - 1].number in page.locator("#done").inner_text()
        # From there, few steps lead to the decision: nobody walks through the head of the page again.
        steps = 0
        while focused().strip() != "Publier":
            page.keyboard.press("Tab")
            steps += 1
            assert steps < 6
    page.keyboard.press("Shift+Tab")
    tab_to("Publier")
    page.keyboard.press("Enter")
    page.get_by_text("Rien n’attend").wait_for()
    assert [room.fate(each) for each in contributions] == ["published"] * 3
