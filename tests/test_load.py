"""Everything of a site is looked through at once, whatever is wrong with a part of it."""

from __future__ import annotations

import gc
import warnings
import weakref
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assises.load import load, look_through, read_site
from assises.problems import ContentError
from assises.store import RUNNER, Store
from assises.store_address import read_store
from served import copy_of

NOW = datetime(2017, 11, 20, 19, 15, tzinfo=UTC)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The smallest site, to be spoilt."""
    return copy_of("minimal", tmp_path)


def places(root: Path) -> list[str]:
    """Return where something is wrong."""
    return [str(problem.location) for problem in look_through(root, NOW).problems]


def spoil(root: Path, name: str, text: str) -> None:
    """Write a file of the site."""
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8", newline="\n")


def test_site_yaml_pages_and_references_are_told_together(root: Path) -> None:
    """One run of `check` is enough: a mistake in site.yaml hides none elsewhere."""
    settings = (root / "site.yaml").read_text(encoding="utf-8")
    spoil(root, "site.yaml", settings.replace("2017-11-07", "le 7 novembre", 1) + "colour: red\n")
    spoil(root, "content/topics/a.md", "---\ntitle: A\nordre: 1\n---\n")
    spoil(root, "content/topics/b.md", "---\ntitle: B\n---\n[A](c.md)\n")
    spoil(root, "content/questions/c.md", "---\ntitle: C\ntopic: d\n---\nPourquoi ?\n")
    assert places(root) == [
        "content/questions/c.md:3:8",
        "content/topics/a.md:3:1",
        "content/topics/b.md:4:5",
        "site.yaml:16:12",
        f"site.yaml:{len(settings.splitlines()) + 1}:1",
    ]


def test_a_site_yaml_that_is_no_yaml_hides_nothing_and_blames_nobody(root: Path) -> None:
    """Languages are then taken from the names of files, and what pages name in site.yaml is not wrong."""
    spoil(root, "site.yaml", "name: [\n")
    spoil(root, "content/topics/a.en.md", "---\ntitle: A\n---\n")
    spoil(root, "content/topics/a.md", "---\ntitle: A\nzzz: 1\n---\n")
    meeting = "---\ntitle: M\nstarts: 2017-11-20 18:00\nends: 2017-11-20 20:00\nvenue: salle\ndistricts: [gare]\n---\nBonjour.\n"
    spoil(root, "content/meetings/m.md", meeting)
    assert places(root) == ["content/topics/a.md:3:1", "site.yaml:2:1"]


def test_a_store_that_site_yaml_cannot_name_is_not_opened(root: Path) -> None:
    """Nothing is read, and nothing made, at a place that may not be meant."""
    (root / ".assises").mkdir()
    (root / ".assises" / "store.git").write_text("no store", encoding="utf-8")
    spoil(root, "site.yaml", "format: 2\n")
    assert look_through(root, NOW).snapshot.records() == ()


def test_what_is_unfinished_is_built_and_what_is_wrong_is_not(root: Path) -> None:
    """A fact that the law wants and nobody has said yet does not keep its author from seeing the rest."""
    settings = (root / "site.yaml").read_text(encoding="utf-8")
    (root / "site.yaml").write_text(settings.replace("    country: France\n", ""), encoding="utf-8")
    assert [problem.severity for problem in load(root, NOW).problems] == ["unfinished"]
    (root / "content" / "index.md").unlink()
    with pytest.raises(ContentError) as refused:
        load(root, NOW)
    assert sorted(problem.severity for problem in refused.value.problems) == ["error", "unfinished"]


def test_a_store_that_was_read_is_let_go(tmp_path: Path) -> None:
    """Its packs are closed once nobody holds what was read: a preview reads it at every build."""
    root = copy_of("minimal", tmp_path)
    settings, _content, _problems = read_site(root)
    with Store.create(root / settings.store.path) as store:
        store.commit(
            RUNNER, "Pack", NOW, lambda _: {f"sendings/{number}.txt": b"%d" % number for number in range(99)}
        )
    snapshot = read_store(root, settings, {})
    assert snapshot.get("sendings/98.txt") == b"98"
    still = weakref.ref(snapshot)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        del snapshot
        gc.collect()
    assert still() is None
    assert [str(warning.message) for warning in told] == []
