"""A resident gives an address, a moderator decides, letters come and stop: by both hands, in a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mail_server import Box, mail_server
from served import EVENING, assises, copy_of, serving

EMAIL = "zoe@ville.example"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A consultation that offers to tell authors by mail."""
    root = copy_of("minimal", tmp_path)
    place = root / "site.yaml"
    text = place.read_text("utf-8").replace(
        "participation:", "participation:\n  private: {email: true, months: 6}", 1
    )
    place.write_text(text, "utf-8")
    (root / "content" / "topics").mkdir(exist_ok=True)
    (root / "content" / "topics" / "housing.md").write_text("---\ntitle: Se loger\n---\n", "utf-8")
    return root


def letter(site: Path, box: Box, count: int, now: str = EVENING) -> tuple[str, str]:
    """Let the runner take a turn, and return the words and the link of the letter to the author that it writes."""
    assert assises("drain", str(site), "--now", now).returncode == 0
    found = [one for one in box.letters if EMAIL in str(one["To"])]
    assert len(found) == count, [str(one["Subject"]) for one in box.letters]
    text = found[-1].get_body(("plain",)).get_content()
    # The runner beside the preview does not know where that is shown.
    link = re.findall(r"https?://\S+?(/subscriptions/\S+)", text)[-1]
    return text, f"inbox{link}"


def test_a_resident_is_told_of_a_decision_and_stops_the_letters(
    site, page_without_script, axe, page, monkeypatch
):
    """Asked, confirmed by a button, told of the rule, stopped by one click; the address is nowhere afterwards."""
    with mail_server() as box:
        for name, value in box.environ().items():
            monkeypatch.setenv(name, value)
        with serving(site) as served:
            walk = page_without_script
            walk.goto(f"{served.url}topics/housing/")
            walk.fill("[name=text]", "Plus de bancs devant la mairie.")
            walk.fill("[name=email]", EMAIL)
            walk.click("form.contribution-form button")
            assert EMAIL in walk.inner_text("main")
            walk.click("[name=confirm]")
            text, link = letter(site, box, 1)
            assert "bancs" not in text
            page.goto(served.url + link)
            assert axe(page) == []
            walk.goto(served.url + link)
            walk.click("main button")
            assert "confirmée" in walk.inner_text("main")
            waiting = json.loads(assises("moderate", "list", str(site), "--json").stdout)["contributions"]
            (id,) = [one["id"] for one in waiting]
            rule = ("--rule", "respect", "--reason", "Essai")
            assert assises("moderate", "withhold", id, str(site), *rule, "--now", EVENING).returncode == 0
            text, link = letter(site, box, 2)
            assert "Ni injure ni diffamation" in text
            walk.goto(served.url + link)
            walk.click("main button")
            assert "Aucun courriel" in walk.inner_text("main")
    assert assises("drain", str(site), "--now", "2017-11-20T21:40").returncode == 0
    told = assises("privacy", "show", id, str(site), "--reason", "essai")
    assert "Nothing private" in told.stderr
