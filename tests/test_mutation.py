"""A slip anywhere in the demonstration is met: the build passes, or the file is named. A sample; `make mutate` runs all."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assises.load import look_through
from served import copy_of
from tools.mutate import mutations, site_copy, trial

SAMPLE = 40
NOW = datetime(2017, 11, 20, 19, 15, tzinfo=UTC)


def test_lines_of_the_demonstration_may_be_lost_or_garbled(tmp_path: Path) -> None:
    """Each time others, as tests come in another order each time."""
    root = site_copy(tmp_path)
    found = random.sample(mutations(root), SAMPLE)
    assert [told for mutation in found if (told := trial(root, mutation))] == []


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest site."""
    return copy_of("minimal", tmp_path_factory.mktemp("hostile"))


LINES = st.sampled_from(
    ["title: A", "topic: housing", "starts: 2017-11-20 18:30", "- a", "  b: c", "venue: {name: x}", "---", "[a](b.md)",
     "draft: yes", "publish_at: 2018-01-01", "order: 01", "\ttitle: x", "title: x: y", "? a", "&a [*a]", "<<: *a", "!!x y",
     "# T", "![](x.png)", "<b>", "```", "| a |", "aliases: [/x/]", "\ufeff", "\u00a0", "\x85", "é" * 50, "a" * 500, "%", "|", ">"]
)  # fmt: skip


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(
        [
            "content/topics/a.md",
            "content/meetings/a.md",
            "content/people/a.md",
            "content/a.jsonl",
            "site.yaml",
        ]
    ),
    st.lists(LINES | st.text(max_size=20), max_size=15),
)
def test_check_never_fails_whatever_a_file_holds(root: Path, name: str, lines: list[str]) -> None:
    """YAML, Markdown and neither: problems have places, and everything ends."""
    file = root / name
    kept = file.read_bytes() if file.exists() else None
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        file.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
        for problem in look_through(root, NOW).problems:
            assert problem.location.line >= 1
            assert problem.location.column >= 1
            assert problem.render()
    finally:
        if kept is None:
            file.unlink()
        else:
            file.write_bytes(kept)


def test_what_no_site_should_hold_is_told_and_never_fails(root: Path, tmp_path: Path) -> None:
    """Binary, huge, deep, circular, unreadable: each is named."""
    hostile = {
        "topics/binary.md": bytes(range(256)) * 40,
        "topics/huge.md": b"---\ntitle: A\n---\n" + b"a" * 2_000_000,
        "topics/deep.md": b"---\na: " + b"[" * 50_000 + b"\n---\n",
        "topics/wide.md": b"---\n" + b"".join(b"k%d: 1\n" % n for n in range(20_000)) + b"---\n",
        "topics/nested.md": b"---\n" + b"- " * 20_000 + b"\n---\n",
        "topics/utf16.md": "---\ntitle: A\n---\n".encode("utf-16"),
        "topics/latin.md": "---\ntitle: Été\n---\n".encode("latin-1"),
        "topics/cut.md": "---\ntitle: Été\n---\n".encode()[:13],
        "topics/nul.md": b"---\ntitle: A\0\n---\n",
    }
    folder = root / "content" / "topics"
    folder.mkdir(exist_ok=True)
    for name, data in hostile.items():
        (root / "content" / name).write_bytes(data)
    (folder / "round.md").symlink_to("round.md")
    (folder / "folder.md").mkdir()
    (folder / "out.md").symlink_to(tmp_path)
    try:
        told = {problem.location.path.name for problem in look_through(root, NOW).problems}
        assert told >= {Path(name).name for name in hostile} | {"round.md", "out.md"}
    finally:
        (folder / "folder.md").rmdir()
        for file in folder.iterdir():
            file.unlink()
