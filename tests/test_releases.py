"""Releases that are kept: each file once, the newest few, and never what must no longer be shown."""

from __future__ import annotations

from datetime import timedelta

import pytest

from assises.deploy.releases import Releases
from assises.ledger import Event, chain
from assises.verify import LEDGER, PUBLISHED, Evidence
from kernel import NOW, contribution

ONE, TWO = contribution("Un."), contribution("Deux.", key=b"another sending")
EVENTS = [
    event
    for each in (ONE, TWO)
    for event in (Event("received", each.id, each.digest(), "web"), Event("published", each.id))
]


def evidence(events, *published):
    """Return what the store has to show after these events."""
    lines = b"".join(entry.line() for entry in chain(events, None, NOW))
    return Evidence(lines, b"", b"", b"".join(each.canonical() for each in published))


def outputs(found, **files):
    """Return a site's outputs with its evidence."""
    return {LEDGER: found.ledger, PUBLISHED: found.published, "index.html": b"<h1>Bonjour</h1>"} | files


@pytest.fixture
def releases(tmp_path):
    """No release yet."""
    return Releases(tmp_path / "releases")


@pytest.fixture
def both(releases):
    """A release that shows both contributions."""
    return releases.keep(outputs(evidence(EVENTS, ONE, TWO)), NOW, "folder:www", 3)


def test_a_release_is_given_back_to_the_byte(releases, both):
    """With its name, its time and its place."""
    (found,) = releases.all()
    assert found == both
    assert releases.outputs(found) == outputs(evidence(EVENTS, ONE, TWO))
    assert releases.may_be_shown(found, evidence(EVENTS, ONE, TWO))


def test_the_newest_are_kept_and_each_file_once(releases):
    """Of each place its own; what no release has any more is gone from the disk."""
    for hour in range(5):
        when, page = NOW + timedelta(hours=hour), {"page.html": b"%d" % hour}
        releases.keep(outputs(evidence(EVENTS), **page), when, "folder:www", 2)
    releases.keep(outputs(evidence(EVENTS)), NOW - timedelta(days=1), "folder:elsewhere", 2)
    kept = releases.all()
    assert [(each.time, each.target) for each in kept] == [
        (NOW + timedelta(hours=4), "folder:www"),
        (NOW + timedelta(hours=3), "folder:www"),
        (NOW - timedelta(days=1), "folder:elsewhere"),
    ]
    assert len(list((releases.folder / "bytes").glob("*/*"))) == len(
        {*outputs(evidence(EVENTS)).values(), b"3", b"4"}
    )


@pytest.mark.parametrize("event", ["withheld", "withdrawn", "erased"])
def test_what_had_to_go_is_not_put_back(releases, both, event):
    """A release that still shows it may not be shown."""
    now = evidence([*EVENTS, Event(event, TWO.id)], ONE)
    assert not releases.may_be_shown(both, now)


def test_what_is_decided_and_not_yet_in_the_ledger_counts(releases, both):
    """The store's word is enough."""
    assert not releases.may_be_shown(both, evidence(EVENTS, ONE))


def test_nothing_older_than_the_last_erasure_is_put_back(releases, both):
    """Even where it shows nothing of it: a page may have quoted it. A release from after it may be."""
    other = contribution("Trois.", key=b"a third")
    events = [*EVENTS, Event("received", other.id, other.digest(), "web"), Event("erased", other.id)]
    now = evidence(events, ONE, TWO)
    assert not releases.may_be_shown(both, now)
    later = releases.keep(outputs(now), NOW + timedelta(hours=1), "folder:www", 3)
    more = [*events, Event("withheld", ONE.id), Event("published", ONE.id)]
    assert releases.may_be_shown(later, evidence(more, ONE, TWO))
    assert releases.forget(lambda each: not releases.may_be_shown(each, now)) == 1
    assert releases.all() == [later]


def test_a_release_that_was_changed_is_not_put_back(releases, both):
    """Bytes are held against their digest; a list that cannot be read is no release."""
    (releases.folder / "bytes" / both.files["index.html"][:2] / both.files["index.html"]).write_bytes(b"evil")
    with pytest.raises(OSError, match="was changed"):
        releases.outputs(both)
    for text in ("", "[]", '{"format":1,"time":"never","target":"x","files":{}}'):
        (releases.folder / "20990101T000000Z.json").write_text(text, encoding="utf-8")
        assert releases.all() == [both]
