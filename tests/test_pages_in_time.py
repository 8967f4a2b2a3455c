"""Between two builds, pages keep right what they say of time: in a real browser, whose clock is set."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import pytest

from assises.build import build
from served import copy_of

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

SITE = "https://ville.example/assises/"
TOPIC, MEETING, MEETINGS = "topics/housing/", "meetings/2017-11-28-gare/", "meetings/"
NIGHTS = """
  - id: night
    title: Nuit
    opens: 2017-10-29 01:00
    closes: 2017-10-29 02:30
    contributions: true
  - id: spring
    title: Printemps
    opens: 2018-03-25 01:30
    closes: 2018-03-25 03:30
    contributions: true
"""


@dataclass
class Published:
    """A site that was built at one instant and is read at another, from a server that knows the true one."""

    files: dict[str, bytes]
    page: Page
    true_time: str = ""
    """What the server's clock says; empty: the reader's own is right."""

    asked: list[str] = field(default_factory=list)
    """Every request, by its method and place."""

    def read(self, place: str, reader: str, true_time: str = "") -> Page:
        """Return the page, opened by a reader whose clock says `reader`."""
        self.true_time = true_time or reader
        self.page.clock.set_fixed_time(reader)
        self.page.goto(SITE + place)
        # Answers come in the order of the requests: after this one, that to the script's own is there.
        self.page.evaluate(f"fetch('{SITE}robots.txt').then(answer => answer.text())")
        return self.page

    def answer(self, route: Route) -> None:
        place = route.request.url.removeprefix(SITE).partition("#")[0]
        self.asked.append(f"{route.request.method} {place}")
        path = f"{place}index.html" if place.endswith("/") or not place else place
        date = format_datetime(datetime.fromisoformat(self.true_time), usegmt=True)
        kind = {"html": "text/html", "css": "text/css", "js": "text/javascript"}.get(
            path.rpartition(".")[2], ""
        )
        route.fulfill(
            body=b"" if route.request.method == "HEAD" else self.files[path],
            headers={"Content-Type": kind or "application/octet-stream", "Date": date},
        )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], dict[str, bytes]]:
    """Call it for the pages of the complete site, built at an instant as if that were the present."""

    @lru_cache
    def pages(now: str, phases: str) -> dict[str, bytes]:
        root = copy_of("complete", tmp_path_factory.mktemp("time"))
        settings = root / "site.yaml"
        text = settings.read_text("utf-8")
        if phases:
            text = re.sub(r"(?ms)^phases:\n.*?(?=^\w)", f"phases:{phases}", text)
        settings.write_text(text, "utf-8")
        _, output = build(root, datetime.fromisoformat(now))
        return {path: data.replace(b"<html ", b'<html data-clock="own" ') for path, data in output.items()}

    return pages


@pytest.fixture
def published(
    built: Callable[[str, str], dict[str, bytes]], new_page: Callable[..., Page]
) -> Callable[..., Published]:
    """Call it for a site that was built at an instant, and is served."""

    def publish(now: str, phases: str = "") -> Published:
        page = new_page()
        found = Published(dict(built(now, phases)), page)
        page.route(f"{SITE}**", found.answer)
        return found

    return publish


def test_every_stage_is_said_when_its_instant_comes(published: Callable[..., Published]) -> None:
    """Built before all, the page says the rest by itself; the form is there as long as it can be used."""
    site = published("2017-10-20T12:00+02:00")
    told = {
        "2017-11-06T22:59:00+00:00": ("Les contributions ouvriront le mardi 7 novembre 2017 à 0\u00a0h.", False),
        "2017-11-06T23:00:30+00:00": ("Contributions ouvertes jusqu’au dimanche 10 décembre 2017 à 20\u00a0h.", True),
        "2017-12-08T12:00:00+00:00": ("Derniers jours\u00a0: contributions ouvertes jusqu’au dimanche 10 décembre 2017 à 20\u00a0h.", True),
        "2017-12-10T19:00:30+00:00": ("Contributions closes depuis le dimanche 10 décembre 2017 à 20\u00a0h", False),
    }  # fmt: skip
    for instant, (words, open_) in told.items():
        page = site.read(TOPIC, instant)
        assert words in page.locator(".band-state").inner_text()
        assert words in page.locator(".window").inner_text()
        assert page.get_by_label("Votre texte").is_visible() == open_


@pytest.mark.parametrize(
    ("now", "instant", "words", "open_"),
    [
        # On 29 October, half past two comes twice: a window that closes then takes the wider stretch.
        ("2017-10-28T12:00+02:00", "2017-10-28T22:59:30+00:00", "ouvriront le dimanche 29 octobre 2017 à 1\u00a0h", False),
        ("2017-10-28T12:00+02:00", "2017-10-28T23:00:30+00:00", "ouvertes jusqu’au dimanche 29 octobre 2017 à 2\u00a0h\u00a030", True),
        ("2017-10-28T12:00+02:00", "2017-10-29T00:30:30+00:00", "ouvertes jusqu’au dimanche 29 octobre 2017 à 2\u00a0h\u00a030", True),
        ("2017-10-28T12:00+02:00", "2017-10-29T01:29:30+00:00", "ouvertes jusqu’au dimanche 29 octobre 2017 à 2\u00a0h\u00a030", True),
        ("2017-10-28T12:00+02:00", "2017-10-29T01:30:30+00:00", "ouvriront le dimanche 25 mars 2018 à 1\u00a0h\u00a030", False),
        # On 25 March there is no hour from two to three.
        ("2018-03-01T12:00+01:00", "2018-03-25T00:29:30+00:00", "ouvriront le dimanche 25 mars 2018 à 1\u00a0h\u00a030", False),
        ("2018-03-01T12:00+01:00", "2018-03-25T00:30:30+00:00", "ouvertes jusqu’au dimanche 25 mars 2018 à 3\u00a0h\u00a030", True),
        ("2018-03-01T12:00+01:00", "2018-03-25T01:29:30+00:00", "ouvertes jusqu’au dimanche 25 mars 2018 à 3\u00a0h\u00a030", True),
        ("2018-03-01T12:00+01:00", "2018-03-25T01:30:30+00:00", "closes depuis le dimanche 25 mars 2018 à 3\u00a0h\u00a030", False),
    ],
)  # fmt: skip
def test_the_nights_in_which_clocks_change(
    published: Callable[..., Published], now: str, instant: str, words: str, open_: bool
) -> None:
    """Instants are instants, whatever the wall clock says twice or leaves out."""
    page = published(now, NIGHTS).read(TOPIC, instant)
    assert words in page.locator(".band-state").inner_text()
    assert page.get_by_label("Votre texte").is_visible() == open_


def test_meetings_and_phases_go_on(published: Callable[..., Published]) -> None:
    """To come, under way, over: on the meeting's page, in lists, in the timeline and at the top of the first page."""
    site = published("2017-11-28T12:00+01:00")
    for instant, words in (
        ("2017-11-28T17:29:30+00:00", "À venir"),
        ("2017-11-28T17:30:30+00:00", "En cours"),
        ("2017-11-28T19:30:30+00:00", "Passée"),
    ):
        assert words in site.read(MEETING, instant).locator(".band-state").inner_text()
        entry = site.read(MEETINGS, instant).locator("li.meeting", has_text="quartier de la Gare")
        assert entry.locator(".tag").first.inner_text() == words
        live = site.read("", instant).locator(".live")
        assert live.first.is_visible() == (words == "En cours")
    page = site.read("", "2018-01-02T12:00:00+00:00")
    (current,) = page.locator("[aria-current=step] h3").all_text_contents()
    assert current == "En ce moment\u00a0: La ville répond"
    assert page.locator(".phase-over").count() == page.locator(".phase").count() - 1
    assert page.get_by_role("link", name="Donner mon avis").is_hidden()
    assert page.locator(".now").inner_text().startswith("Contributions closes depuis")


def test_a_clock_that_is_ahead_closes_nothing(published: Callable[..., Published]) -> None:
    """A telephone set to next year asks the server once, and believes it."""
    site = published("2017-11-20T12:00+01:00")
    page = site.read(TOPIC, "2018-11-20T12:00:00+00:00", true_time="2017-11-20T12:00:00+00:00")
    assert page.get_by_label("Votre texte").is_visible()
    assert "ouvertes jusqu’au dimanche 10 décembre 2017" in page.locator(".band-state").inner_text()
    assert site.asked.count(f"HEAD {TOPIC}") == 1


def test_a_clock_that_is_behind_takes_nothing_back(published: Callable[..., Published]) -> None:
    """What was built says the least that is true."""
    site = published("2017-12-15T12:00+01:00")
    page = site.read(TOPIC, "2017-11-20T12:00:00+00:00", true_time="2017-12-15T12:00:00+00:00")
    assert "closes depuis" in page.locator(".band-state").inner_text()
    page = site.read(MEETING, "2017-11-20T12:00:00+00:00", true_time="2017-12-15T12:00:00+00:00")
    assert "Passée" in page.locator(".band-state").inner_text()


def test_nothing_is_asked_while_the_page_is_right(published: Callable[..., Published]) -> None:
    """One page, one style sheet, one script, one icon: the clock costs no request."""
    site = published("2017-11-20T12:00+01:00")
    site.read(TOPIC, "2017-11-20T12:30:00+00:00")
    assert not [asked for asked in site.asked if asked.startswith("HEAD")]


def test_what_was_being_written_when_it_closed_can_still_be_sent(published: Callable[..., Published]) -> None:
    """The words stay; whether they still count, the intake says: it takes what it handed out before."""
    site = published("2017-12-10T12:00+01:00")
    page = site.read(TOPIC, "2017-12-10T18:59:00+00:00")
    page.get_by_label("Votre texte").fill("Encore un mot.")
    page.clock.set_fixed_time("2017-12-10T19:00:30+00:00")
    site.true_time = "2017-12-10T19:00:30+00:00"
    page.clock.run_for(25_000)
    page.locator(".window", has_text="closes depuis").wait_for()
    assert page.get_by_label("Votre texte").input_value() == "Encore un mot."
    assert page.get_by_label("Votre texte").is_visible()


def test_without_script_the_page_says_what_it_was_built_with(
    published: Callable[..., Published], new_page: Callable[..., Page]
) -> None:
    """Every sentence carries its instant, so that it misleads nobody later."""
    site = published("2017-12-10T12:00+01:00")
    site.page = new_page(java_script_enabled=False)
    site.page.route(f"{SITE}**", site.answer)
    site.true_time = "2017-12-10T19:00:30+00:00"
    site.page.goto(SITE + TOPIC)
    assert "jusqu’au dimanche 10 décembre 2017 à 20\u00a0h" in site.page.locator(".band-state").inner_text()


def test_a_frozen_site_follows_no_clock(published: Callable[..., Published]) -> None:
    """A site that is shown at another instant than the present keeps to it."""
    site = published("2017-11-20T12:00+01:00")
    site.files = {path: data.replace(b' data-clock="own"', b"") for path, data in site.files.items()}
    page = site.read(TOPIC, "2018-01-20T12:00:00+00:00")
    assert "ouvertes jusqu’au" in page.locator(".band-state").inner_text()
