"""The spool: durable, once, and whole, whoever puts at the same time and whatever ends them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from assises import spool as module
from assises.spool import Spool
from kernel import INTAKE_KEY, contribution, envelope

ID = contribution().id
DATA = envelope().to_bytes(INTAKE_KEY)
SPAWN = multiprocessing.get_context("spawn")


def files(folder: Path) -> list[str]:
    """Return every file of a spool, by its path within."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_what_is_put_is_listed_got_and_deleted(tmp_path):
    """The whole life of what waits; another process sees the same."""
    spool = Spool(tmp_path / "spool")
    assert list(spool.list()) == []
    assert spool.get(ID) is None
    assert spool.put_if_absent(ID, DATA)
    again = Spool(tmp_path / "spool")
    assert list(again.list()) == [ID]
    assert again.get(ID) == DATA
    again.delete(ID)
    assert list(spool.list()) == []
    spool.delete(ID)
    assert files(tmp_path) == []


def test_a_second_put_is_told_and_changes_nothing(tmp_path):
    """Put if absent: what stands there stays."""
    spool = Spool(tmp_path)
    assert spool.put_if_absent(ID, DATA)
    assert not spool.put_if_absent(ID, DATA)
    assert not spool.put_if_absent(ID, b"other")
    assert spool.get(ID) == DATA
    assert files(tmp_path) == [f"waiting/{ID}.json".replace("/", os.sep)]


def test_the_oldest_comes_first(tmp_path):
    """The list is in the order of ids, that is of time."""
    spool = Spool(tmp_path)
    ids = [contribution(str(n)).id for n in range(20)]
    for id in ids:
        spool.put_if_absent(id, DATA)
    assert list(spool.list()) == sorted(ids)


def test_what_is_set_aside_is_kept_out_of_the_list(tmp_path):
    """It is for a person to look at; setting it aside again is no error."""
    spool = Spool(tmp_path)
    spool.put_if_absent(ID, DATA)
    spool.set_aside(ID)
    spool.set_aside(ID)
    assert list(spool.list()) == []
    assert (tmp_path / "aside" / f"{ID}.json").read_bytes() == DATA


@pytest.mark.parametrize("id", ["../../x", "", ".", "a/b", "CON", ID.lower(), ID + "\n", ID[:-1], "\0" * 26])
def test_only_an_id_names_a_file(tmp_path, id):
    """Nothing outside the folder can be named."""
    spool = Spool(tmp_path)
    for use in (spool.get, spool.delete, spool.set_aside, partial(spool.put_if_absent, data=DATA)):
        with pytest.raises(ValueError, match="no contribution id"):
            use(id)
    assert files(tmp_path) == []


def test_foreign_files_are_not_listed(tmp_path):
    """What another program left in the folder is neither drained nor a reason to stop."""
    spool = Spool(tmp_path)
    for name in (".DS_Store", "Thumbs.db", f"{ID}.json.part", f"{ID}.JSON", "x.json", f"{ID}.json~"):
        (tmp_path / "waiting" / name).write_bytes(b"x")
    assert list(spool.list()) == []


def test_old_drafts_are_swept_and_young_ones_are_not(tmp_path):
    """What a crash left half-written goes after a day; what another process writes now stays."""
    Spool(tmp_path)
    old, young = tmp_path / "draft" / f"{ID}.old", tmp_path / "draft" / f"{ID}.young"
    for path in (old, young):
        path.write_bytes(b"half")
    day_ago = time.time() - 25 * 3600
    os.utime(old, (day_ago, day_ago))
    Spool(tmp_path)
    assert files(tmp_path) == [f"draft{os.sep}{ID}.young"]


def test_a_disk_that_refuses_raises_and_leaves_nothing(tmp_path):
    """OSError means that it is not stored: no draft stays, and nothing is listed."""
    spool = Spool(tmp_path)
    (tmp_path / "waiting").rmdir()
    with pytest.raises(OSError, match="waiting"):
        spool.put_if_absent(ID, DATA)
    assert files(tmp_path) == []


def test_of_many_threads_one_puts(tmp_path):
    """Whoever comes second is told so, and what is stored is whole."""
    spool = Spool(tmp_path)
    start = threading.Barrier(8)
    told = []

    def put() -> None:
        start.wait()
        told.append(spool.put_if_absent(ID, DATA))

    threads = [threading.Thread(target=put) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [False] * 7 + [True]
    assert spool.get(ID) == DATA
    assert files(tmp_path) == [f"waiting{os.sep}{ID}.json"]


# --- processes


def put_all(folder: Path, ids: list[str], gate: object, told: object) -> None:
    """Put every id, at the same time as others, and tell which were absent."""
    spool = Spool(folder)
    gate.wait()  # type: ignore[attr-defined]
    told.put([id for id in ids if spool.put_if_absent(id, id.encode() * 1000)])  # type: ignore[attr-defined]


def test_of_many_processes_one_puts(tmp_path):
    """Each of 100 ids is absent for exactly one of four processes."""
    ids = [contribution(str(n)).id for n in range(100)]
    gate, told = SPAWN.Barrier(4), SPAWN.Queue()
    processes = [SPAWN.Process(target=put_all, args=(tmp_path, ids, gate, told)) for _ in range(4)]
    for process in processes:
        process.start()
    found = [id for _ in processes for id in told.get(timeout=60)]
    for process in processes:
        process.join()
    assert sorted(found) == sorted(ids)
    spool = Spool(tmp_path)
    assert all(spool.get(id) == id.encode() * 1000 for id in ids)


STEPS = ("open", "fsync", "link", "unlink", "folder")


def die_at(folder: Path, step: str) -> None:
    """Put one contribution, and end like a killed process just before a step."""

    def die(*_: object, **__: object) -> None:
        os._exit(9)

    spool = Spool(folder)
    match step:
        case "open":
            Path.open = die  # type: ignore[method-assign,assignment]
        case "fsync" | "link":
            setattr(module.os, step, die)
        case "unlink":
            Path.unlink = die  # type: ignore[method-assign,assignment]
        case "folder":
            module._fsync_folder = die  # type: ignore[assignment]
    spool.put_if_absent(ID, DATA)


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_between_steps_leaves_nothing_half(tmp_path, step):
    """Before the link nothing is listed, from the link on the whole; and a resend succeeds either way."""
    process = SPAWN.Process(target=die_at, args=(tmp_path, step))
    process.start()
    process.join()
    assert process.exitcode == 9
    spool = Spool(tmp_path)
    there = step in ("unlink", "folder")
    assert list(spool.list()) == ([ID] if there else [])
    assert spool.put_if_absent(ID, DATA) == (not there)
    assert spool.get(ID) == DATA


def put_for_ever(folder: Path, ids: list[str]) -> None:
    """Put ids, each as long as a file system's cache lets a half-written file show."""
    spool = Spool(folder)
    for id in ids:
        spool.put_if_absent(id, id.encode() * 10_000)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_process_leaves_whole_files_only(tmp_path):
    """SIGKILL in the middle of it: every id that is listed has all its bytes."""
    ids = [contribution(str(n)).id for n in range(5000)]
    spool = Spool(tmp_path)
    process = SPAWN.Process(target=put_for_ever, args=(tmp_path, ids))
    process.start()
    while sum(1 for _ in spool.list()) < 50 and process.is_alive():
        process.join(0.002)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    listed = list(spool.list())
    assert len(listed) >= 50
    assert all(spool.get(id) == id.encode() * 10_000 for id in listed)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes and no links without rights")
@pytest.mark.parametrize("kind", ["folder", "link", "circle", "pipe"])
def test_what_is_no_file_raises_and_is_not_waited_for(tmp_path, kind):
    """A public program writes this folder: nothing in it may hold up or lead astray who reads."""
    spool = Spool(tmp_path)
    place = tmp_path / "waiting" / f"{ID}.json"
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    make = {
        "folder": place.mkdir,
        "link": lambda: place.symlink_to(tmp_path / "secret"),
        "circle": lambda: place.symlink_to(place),
        "pipe": lambda: os.mkfifo(place),
    }
    make[kind]()
    with pytest.raises(OSError, match=ID):
        spool.get(ID)
