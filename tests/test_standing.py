"""`assises status` says what is open and what visitors read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assises.deploy.releases import Release
from assises.load import load
from assises.site import Site
from assises.standing import deployed, opened
from served import assises, copy_of

EVENING = datetime(2017, 11, 20, 19, 15, tzinfo=UTC)


def iso(instant: datetime) -> str:
    """Write an instant."""
    return f"{instant:%Y-%m-%d}"


def site_at(root: Path, now: datetime, to: str = "folder:www") -> Site:
    """Return a site at an instant."""
    site = load(root, now).site
    return replace(site, settings=replace(site.settings, deploy=replace(site.settings.deploy, to=to)))


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (datetime(2017, 10, 1, tzinfo=UTC), "Contributions are not open yet; they open 2017-11-07."),
        (EVENING, "Contributions are open, until 2017-12-10."),
        (datetime(2018, 1, 1, tzinfo=UTC), "Contributions are closed, since 2017-12-10."),
    ],
)
def test_it_says_what_is_open(tmp_path: Path, now: datetime, sentence: str):
    """Before, while and after contributions are taken."""
    site = site_at(copy_of("minimal", tmp_path), now)
    told = opened(
        site,
        lambda instant: iso(
            instant.astimezone(site.settings.time_zone) - timedelta(seconds=1)
            if "until" in sentence or "since" in sentence
            else instant.astimezone(site.settings.time_zone)
        ),
    )
    assert told.render() == sentence


def test_it_says_what_is_deployed(tmp_path: Path):
    """Nowhere, not yet, lately, and before something closed; what went to another place does not count."""
    root = copy_of("minimal", tmp_path)
    here = [
        Release("b", EVENING, "folder:www", {}),
        Release("a", EVENING - timedelta(days=1), "folder:www", {}),
    ]
    told = [
        deployed(site_at(root, EVENING, ""), here, iso),
        deployed(site_at(root, EVENING, "folder:else"), here, iso),
        deployed(site_at(root, EVENING), here, iso),
        deployed(site_at(root, EVENING + timedelta(days=60)), here, iso),
    ]
    assert [sentence.render() for sentence in told] == [
        "site.yaml does not say where the pages go (deploy.to).",
        "folder:else: this machine has not deployed anything there yet.",
        "folder:www: deployed 2017-11-20.",
        "folder:www: deployed 2017-11-20; since then something opened or closed. Run: assises deploy",
    ]


def test_the_command_says_both(tmp_path: Path):
    """In words, and as JSON."""
    root = copy_of("minimal", tmp_path)
    done = assises("status", str(root), "--now", "2017-11-20T20:15")
    assert "Contributions are open, until Monday" in done.stdout, done.stdout + done.stderr
    told = json.loads(assises("status", str(root), "--json", "--now", "2018-02-20T20:15").stdout)
    assert told["open"] is False
    assert len(told["standing"]) == 2
