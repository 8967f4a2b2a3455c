"""Writing: only what changed, each file whole, and nothing touched that is not ours."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assises.write import MANIFEST, WriteError, Written, write

SITE = {
    "index.html": b"<p>home</p>",
    "topics/housing/index.html": b"<p>housing</p>",
    "assets/style.1234.css": b"p {}",
    "feed.xml": b"<feed/>",
}


def files(folder: Path) -> dict[str, bytes]:
    """Return every file but the manifest, by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != MANIFEST
    }


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Return which file each path is and when it was written."""
    return {
        str(path): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_first_writing_writes_everything(tmp_path):
    """Into a folder that does not exist yet."""
    assert write(SITE, tmp_path / "dist") == Written(total=4, changed=4, deleted=0)
    assert files(tmp_path / "dist") == SITE


def test_a_second_writing_touches_nothing(tmp_path):
    """The same outputs: no file is another or younger, the manifest neither."""
    write(SITE, tmp_path)
    before = stamps(tmp_path)
    assert write(SITE, tmp_path) == Written(total=4, changed=0, deleted=0)
    assert stamps(tmp_path) == before


def test_only_what_changed_is_written(tmp_path):
    """Every other file stays the very same."""
    write(SITE, tmp_path)
    before = stamps(tmp_path)
    assert write(SITE | {"feed.xml": b"<feed></feed>"}, tmp_path) == Written(4, changed=1, deleted=0)
    after = stamps(tmp_path)
    changed = {Path(path).name for path in before if before[path] != after[path]}
    assert changed == {"feed.xml", MANIFEST}


def test_the_same_length_is_not_the_same(tmp_path):
    """A change that leaves the size alone is written too."""
    write(SITE, tmp_path)
    assert write(SITE | {"feed.xml": b"<FEED/>"}, tmp_path).changed == 1
    assert (tmp_path / "feed.xml").read_bytes() == b"<FEED/>"


def test_what_is_gone_is_deleted_with_its_empty_folders(tmp_path):
    """And nothing else: what others put beside it stays, and so does its folder."""
    write(SITE | {"a/b/c.html": b"", "a/d/e.html": b""}, tmp_path)
    (tmp_path / "a/d/mine.txt").write_bytes(b"mine")
    assert write(SITE, tmp_path) == Written(total=4, changed=0, deleted=2)
    assert files(tmp_path) == SITE | {"a/d/mine.txt": b"mine"}
    assert not (tmp_path / "a/b").exists()


def test_a_lost_file_comes_back(tmp_path):
    """Deleted or cut by hand, it is written again."""
    write(SITE, tmp_path)
    (tmp_path / "index.html").unlink()
    (tmp_path / "feed.xml").write_bytes(b"<f")
    assert write(SITE, tmp_path).changed == 2
    assert files(tmp_path) == SITE


def test_a_foreign_folder_is_refused(tmp_path):
    """A folder with files and no manifest of ours is not written to."""
    (tmp_path / "letters.txt").write_bytes(b"mine")
    with pytest.raises(WriteError, match="no build of ours"):
        write(SITE, tmp_path)
    assert files(tmp_path) == {"letters.txt": b"mine"}


def test_an_empty_folder_is_taken(tmp_path):
    """One that was made for it."""
    assert write(SITE, tmp_path).changed == 4


def test_a_file_in_the_folders_place_is_refused(tmp_path):
    """With a WriteError, and the file stays."""
    (tmp_path / "dist").write_bytes(b"mine")
    with pytest.raises(WriteError, match="dist"):
        write(SITE, tmp_path / "dist")
    assert (tmp_path / "dist").read_bytes() == b"mine"


HOSTILE = [
    "../outside.txt",
    "../../outside.txt",
    "a/../../outside.txt",
    "./../outside.txt",
    "/outside.txt",
    "//outside.txt",
    "..\\outside.txt",
    "C:\\outside.txt",
    "C:/outside.txt",
    "\\\\host\\share\\outside.txt",
    "",
    ".",
    "..",
    "a\0b",
    "\ud800",
]


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: repr(path[:30]))
def test_a_hostile_manifest_deletes_nothing_outside(tmp_path, path):
    """The manifest lies on a disk that others may write to; what it says is not believed."""
    folder = tmp_path / "inner" / "dist"
    write(SITE, folder)
    outside = [tmp_path / "outside.txt", tmp_path / "inner/outside.txt"]
    for file in outside:
        file.write_bytes(b"mine")
    paths = [path, str(outside[0]), outside[0].as_posix()]
    document = {"format": 1, "files": dict.fromkeys(paths, "0" * 64)}
    (folder / MANIFEST).write_text(json.dumps(document), encoding="utf-8")
    write(SITE, folder)
    assert [file.read_bytes() for file in outside] == [b"mine", b"mine"]
    assert files(folder) == SITE


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"[]",
        b"5",
        b"null",
        b"{}",
        b'{"files": []}',
        b'{"files": 5}',
        b'{"files": "index.html"}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
    ids=lambda data: repr(data[:12]),
)
def test_a_damaged_manifest_says_so(tmp_path, data):
    """Nothing is written or deleted on top of it."""
    write(SITE, tmp_path)
    (tmp_path / MANIFEST).write_bytes(data)
    with pytest.raises(WriteError, match="damaged"):
        write({"index.html": b"new"}, tmp_path)
    assert files(tmp_path) == SITE


class CutShortError(Exception):
    """The build ended here."""


def cut_after(count: int):
    """Return a progress that ends the build after so many files."""

    def progress(done: int, _of: int) -> None:
        if done == count:
            raise CutShortError

    return progress


SAME_SIZES = {path: data[::-1] for path, data in SITE.items()}


@pytest.mark.parametrize("count", range(1, 5))
@pytest.mark.parametrize(
    "after", [SAME_SIZES, {"a.html": b"a", "b.html": b"b", "c.css": b"", "d": b""}], ids=["same", "other"]
)
def test_the_next_build_mends_what_was_cut_short(tmp_path, count, after):
    """After any number of files: whole files only, and one more build makes all of it right."""
    write(SITE, tmp_path)
    with pytest.raises(CutShortError):
        write(after, tmp_path, cut_after(count))
    known = [*SITE.values(), *after.values()]
    assert all(data in known for data in files(tmp_path).values())
    write(after, tmp_path)
    assert files(tmp_path) == after
    assert write(after, tmp_path).changed == 0


@pytest.mark.parametrize("count", range(1, 5))
def test_a_first_build_that_was_cut_short_is_ours(tmp_path, count):
    """The folder is not taken for a stranger's afterwards."""
    with pytest.raises(CutShortError):
        write(SITE, tmp_path, cut_after(count))
    write(SITE, tmp_path)
    assert files(tmp_path) == SITE


def test_a_crash_before_the_first_rename_leaves_a_folder_that_is_ours(tmp_path):
    """Killed while it wrote its first manifest: the half file is ours."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / ".assises.part").write_bytes(b"{")
    write(SITE, tmp_path / "dist")
    assert files(tmp_path / "dist") == SITE


def test_what_was_cut_short_can_be_taken_back(tmp_path):
    """The next build may be of what stood there before."""
    write(SITE, tmp_path)
    with pytest.raises(CutShortError):
        write(SAME_SIZES, tmp_path, cut_after(2))
    write(SITE, tmp_path)
    assert files(tmp_path) == SITE


def test_assets_come_first_and_deletions_last(tmp_path):
    """No page is ever there without what it refers to, nor gone before the new one stands."""
    write(SITE | {"old.html": b"", "assets/old.css": b""}, tmp_path)
    new = {
        f"{name}": b"new" for name in ("index.html", "assets/new.css", "feed.xml", "a.html", "assets/z.js")
    }
    order, seen = [], {"old": 0}

    def progress(done: int, of: int) -> None:
        order.append((done, of))
        seen["old"] += (tmp_path / "old.html").exists() and (tmp_path / "assets/old.css").exists()
        if done == 2:
            assert (tmp_path / "assets/new.css").exists()
            assert (tmp_path / "assets/z.js").exists()
            assert not (tmp_path / "a.html").exists()
        if done == 3:
            assert (tmp_path / "feed.xml").read_bytes() == b"new"
            assert (tmp_path / "index.html").read_bytes() != b"new"

    assert write(new, tmp_path, progress) == Written(total=5, changed=5, deleted=4)
    assert order == [(n, 5) for n in range(1, 6)]
    assert seen["old"] == 5
    assert files(tmp_path) == new


@pytest.mark.parametrize("there_and_back", [("plan", "plan/index.html"), ("plan/index.html", "plan")])
def test_a_file_may_become_a_folder_and_a_folder_a_file(tmp_path, there_and_back):
    """What stands in the way of a new file was ours, and goes first."""
    before, after = there_and_back
    write(SITE | {before: b"before"}, tmp_path)
    write(SITE | {after: b"after"}, tmp_path)
    assert files(tmp_path) == SITE | {after: b"after"}


def test_the_longest_name_can_be_written(tmp_path):
    """A name of 255 bytes, as a document that was uploaded may have."""
    name = "é" * 125 + ".html"
    write({name: b"x"}, tmp_path)
    assert files(tmp_path) == {name: b"x"}


NAMES = st.sampled_from(["a", "b", "a/x", "a/y.html", "assets/s.css", "c/d/e.html", "index.html", "é/ç.html"])
BUILDS = st.lists(st.dictionaries(NAMES, st.sampled_from([b"", b"one", b"two", b"three"])), max_size=5)


@settings(max_examples=40, deadline=None)
@given(BUILDS, st.integers(0, 6))
def test_the_folder_holds_what_was_written_last(tmp_path_factory, builds, cut):
    """Whatever the order of builds, and whichever of them were cut short."""
    folder = tmp_path_factory.mktemp("dist")
    for number, outputs in enumerate(builds):
        clean = {
            path: data
            for path, data in outputs.items()
            if not any(other.startswith(f"{path}/") for other in outputs)
        }
        try:
            write(clean, folder, cut_after(cut) if number < len(builds) - 1 else None)
        except CutShortError:
            continue
        assert files(folder) == clean


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_within_the_folder_lead_nowhere(tmp_path):
    """Neither a linked folder nor a linked draft makes a build write or delete somewhere else."""
    out, victim = tmp_path / "out", tmp_path / "victim"
    write({"a/one.html": b"1", "b.html": b"2"}, out)
    victim.mkdir()
    (victim / "one.html").write_bytes(b"mine")
    (out / ".assises.part").symlink_to(victim / "one.html")
    write({"a/one.html": b"1", "b.html": b"3"}, out)
    assert (victim / "one.html").read_bytes() == b"mine"
    shutil.rmtree(out / "a")
    (out / "a").symlink_to(victim)
    for outputs in ({"a/one.html": b"4", "b.html": b"3"}, {"b.html": b"3"}):
        with pytest.raises(WriteError, match="is a link"):
            write(outputs, out)
    assert (victim / "one.html").read_bytes() == b"mine"


def test_a_damaged_page_is_mended(tmp_path):
    """What somebody changed in the output, at the same length too, is written anew."""
    write({"a.html": b"good"}, tmp_path / "out")
    (tmp_path / "out" / "a.html").write_bytes(b"evil")
    assert write({"a.html": b"good"}, tmp_path / "out").changed == 1
