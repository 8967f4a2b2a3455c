"""Both promises, on built pages as anyone downloads them: whatever is done to a file by someone without the key is found."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from assises import canonical
from assises.decisions import Decision
from assises.evidence import evidence_at, heads_at
from assises.ledger import Entry, Head, chain
from assises.moderation import decide
from assises.receipt import Receipt, to_text
from assises.spool import Spool
from assises.store import Author, Store
from assises.verify import EvidenceError, verify
from kernel import INTAKE_KEY, LEDGER_KEY, NOW, OTHER_KEY, contribution, envelope, evidence, receive, runner

FILES = ("ledger/ledger.jsonl", "ledger/head.json", "ledger/keys.json", "contributions.jsonl")
ANNE = Author("Anne", "anne@ville.example")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger's files as a site publishes them: twelve received by several channels, some published, some not."""
    folder = tmp_path_factory.mktemp("built")
    spool = Spool(folder / "spool")
    with Store.create(folder / "store.git") as store:
        for n in range(12):
            receive(spool, envelope(f"Numéro {n}, pour la place.", f"{n:032x}"))
        runner(store, spool).drain(NOW)
        for n, record in enumerate(store.read().records("pending")):
            if n % 3:
                action = "publish" if n % 2 else "withhold"
                decide(store, record.contribution.id, Decision(action, "Anne", NOW, "respect"), ANNE)
        runner(store, spool).drain(NOW)
        for path, data in evidence(store).files().items():
            (folder / "dist" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "dist" / path).write_bytes(data)
    assert holds(folder / "dist")
    return folder / "dist"


def holds(place: Path, **arguments: object) -> bool:
    """Tell whether all holds; what cannot even be read does not."""
    try:
        return verify(evidence_at(str(place)), NOW, **arguments).holds
    except EvidenceError:
        return False


def lines_of(place: Path, name: str) -> list[bytes]:
    """Return a file's lines."""
    return list(canonical.lines((place / name).read_bytes()))


@st.composite
def tampering(draw: st.DrawFn) -> tuple[str, str, int, int, bytes]:
    """Something done to one of the files: which, what, where."""
    what = draw(st.sampled_from(("drop", "double", "swap", "move", "insert", "cut", "flip", "replace")))
    return (
        draw(st.sampled_from(FILES)),
        what,
        draw(st.integers(0, 40)),
        draw(st.integers(0, 40)),
        draw(st.binary(min_size=1, max_size=40)),
    )


def tampered(data: bytes, what: str, first: int, second: int, extra: bytes) -> bytes:
    """Return a file's bytes after it was tampered with."""
    lines = list(canonical.lines(data))
    a, b = first % len(lines), second % len(lines)
    match what:
        case "drop":
            del lines[a]
        case "double":
            lines.insert(b, lines[a])
        case "swap":
            lines[a], lines[b] = lines[b], lines[a]
        case "move":
            lines.insert(b, lines.pop(a))
        case "insert":
            lines.insert(a, extra + b"\n")
        case "cut":
            return data[: first * len(data) // 41]
        case "flip":
            at = (first * 41 + second) * len(data) // (41 * 41)
            return data[:at] + bytes([data[at] ^ (extra[0] or 1)]) + data[at + 1 :]
        case _:
            return extra
    return b"".join(lines)


@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
@given(done=tampering())
def test_whatever_is_done_to_a_file_without_the_key_is_found(
    site: Path, done: tuple, tmp_path_factory
) -> None:
    """Altered, dropped, doubled, moved, exchanged, slipped in, cut: in any file, at any place.

    The order in which published contributions are listed says nothing, and may change.
    """
    name, *how = done
    before = (site / name).read_bytes()
    after = tampered(before, *how)
    same = after == before
    if name == "contributions.jsonl":
        same = sorted(canonical.lines(after)) == sorted(canonical.lines(before))
    if name == "ledger/keys.json" and not same:
        # Without the true keys nothing is signed by them.
        same = False
    assume(not same)
    copy = tmp_path_factory.mktemp("copy") / "dist"
    shutil.copytree(site, copy)
    (copy / name).write_bytes(after)
    assert not holds(copy)


@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
@given(first=st.integers(0, 30), events=st.integers(0, 30), key=st.sampled_from((LEDGER_KEY, OTHER_KEY)))
def test_a_ledger_written_anew_is_found_by_an_earlier_copy_or_a_receipt(
    site: Path, first: int, events: int, key, tmp_path_factory
) -> None:
    """With the town's own key nothing else tells: the pages say so. With a key of one's own, the copy tells as well."""
    entries = [Entry.from_line(line) for line in lines_of(site, "ledger/ledger.jsonl")]
    kept = entries[: first % len(entries)]
    rest = [entry.what for entry in entries[len(kept) :]][events % (len(entries) - len(kept) + 1) :]
    head = Head.sign(kept[-1], key) if kept else None
    anew = [*kept, *chain(rest, head, NOW)]
    assume(anew and anew != entries)
    copy = tmp_path_factory.mktemp("anew") / "dist"
    shutil.copytree(site, copy)
    (copy / "ledger/ledger.jsonl").write_bytes(b"".join(entry.line() for entry in anew))
    (copy / "ledger/head.json").write_bytes(Head.sign(anew[-1], key).to_bytes())
    shown = {entry.what.id for entry in anew if entry.what.event == "published"}
    lines = [line for line in lines_of(site, "contributions.jsonl") if canonical.decode(line)["id"] in shown]
    (copy / "contributions.jsonl").write_bytes(b"".join(lines))
    if key is OTHER_KEY:
        text = (copy / "ledger/keys.json").read_text("utf-8")
        (copy / "ledger/keys.json").write_text(text.replace(LEDGER_KEY.public, OTHER_KEY.public), "utf-8")
    assert not holds(copy, since=heads_at(str(site)))
    dropped = {entry.what.id for entry in entries} - {entry.what.id for entry in anew}
    for n in range(12):
        item = contribution(f"Numéro {n}, pour la place.")
        if item.id in dropped:
            promise = Receipt.of(item)
            text = to_text(promise, promise.signature(INTAKE_KEY))
            late = promise.due
            assert verify(evidence_at(str(copy)), late, text).promise == "broken"
