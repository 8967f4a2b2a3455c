"""What the tests in a browser rely on: no page asks anybody else, and the preview loads nothing again behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from served import copy_of, serving

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page


PAGE = '<!doctype html><title>a</title><img src="https://example.invalid/a.png" alt="">'


def test_what_is_asked_of_others_is_noticed(page: Page, elsewhere: list[str]) -> None:
    """Otherwise no test would fail where a page calls a third party."""
    page.set_content(PAGE, wait_until="load")
    assert elsewhere == ["https://example.invalid/a.png"]
    elsewhere.clear()


def test_the_preview_does_not_load_pages_again(tmp_path: Path, page: Page) -> None:
    """Tests that share a served site would disturb one another."""
    answers: dict[str, int] = {}
    with serving(copy_of("complete", tmp_path)) as served:
        page.on(
            "response", lambda answer: answers.update({answer.url.removeprefix(served.url): answer.status})
        )
        page.goto(served.url)
    assert answers[""] == 200
    assert answers["_preview/preview.js"] == 204
    assert "_preview/events" not in answers
