"""Witnesses: a real time-stamp authority stamps heads; whoever writes the ledger anew is found."""

from __future__ import annotations

import base64
import json
import random
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

import pytest

from assises import canonical, settings
from assises.attestation import Attested, longest_wait
from assises.ledger import Event, Head, Ledger, chain
from assises.spool import Spool
from assises.stamps import Stamp
from assises.store import Store
from assises.verify import Evidence, verify
from assises.witness import stamp_head
from authority import Authority
from kernel import LEDGER_KEY, OTHER_KEY, contribution, envelope, evidence, golden, receive, runner
from mail_server import mail_server
from served import assises, copy_of

LATER = datetime(2040, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority(openssl: str, tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that stamps."""
    return Authority(openssl, tmp_path_factory.mktemp("authority") / "a")


@pytest.fixture
def store(tmp_path: Path):
    """A store with two contributions, received now: an authority stamps with today's date."""
    spool = Spool(tmp_path / "spool")
    receive(spool, envelope(), envelope("Un banc.", "5f" * 16))
    with Store.create(tmp_path / "store.git") as made:
        runner(made, spool).drain(datetime.now(UTC))
        yield made


def declared(authority: Authority, url: str, name: str = "horodateur") -> settings.Authority:
    """Return the authority as site.yaml declares it."""
    return settings.Authority(
        id=name, name="Horodateur", url=url, certificates=PurePosixPath(authority.root.name)
    )


def stamped(store: Store, authority: Authority, name: str = "horodateur"):
    """Let the authority stamp the newest head."""
    with authority.on_the_web() as url:
        return stamp_head(store, authority.folder, [declared(authority, url, name)], datetime.now(UTC))


def faults(found: Evidence, **arguments: object) -> str:
    """Return what is wrong, in English."""
    return " ".join(fault.render() for fault in verify(found, LATER, **arguments).faults)


def test_an_authority_stamps_a_head_once(store, authority):
    """The stamp is kept in the store, and the next turn asks no more before the ledger grows."""
    first = stamped(store, authority)
    assert (first.stamped, first.known, first.faults) == (("Horodateur",), (), ())
    tip = store.tip()
    assert stamped(store, authority).known == ("Horodateur",)
    assert store.tip() == tip
    verdict = verify(evidence(store), LATER)
    assert verdict.faults == ()
    assert [(item.authority, item.seq) for item in verdict.attested] == [("horodateur", 2)]
    assert abs(verdict.attested[0].time - datetime.now(UTC)) < timedelta(minutes=1)


def test_openssl_itself_finds_the_published_stamp_right(store, authority, openssl, tmp_path):
    """Nobody needs our program to check it: `openssl ts -verify` does, with head and answer as published."""
    stamped(store, authority)
    line = canonical.decode(evidence(store).witnesses)
    (tmp_path / "head.json").write_bytes(line["head"].encode() + b"\n")
    (tmp_path / "answer.tsr").write_bytes(base64.b64decode(line["response"]))
    command = [
        openssl,
        "ts",
        "-verify",
        "-data",
        "head.json",
        "-in",
        "answer.tsr",
        "-CAfile",
        str(authority.root),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "OK" in done.stdout + done.stderr) == (0, True), done.stderr


def test_a_ledger_written_anew_by_the_keys_holder_is_found_by_a_stamp(store, authority):
    """Truncated, changed or re-dated and signed again: the stamps of the former ledger do not fit, and none covers the past."""
    stamped(store, authority)
    proof = evidence(store)
    entries = store.read().ledger().entries
    shorter = replace(
        proof, ledger=Ledger(entries[:1]).lines(), head=Head.sign(entries[0], LEDGER_KEY).to_bytes()
    )
    assert "rewritten since" in faults(shorter)
    anew = tuple(chain((entry.what for entry in reversed(entries)), None, entries[0].time))
    changed = replace(proof, ledger=Ledger(anew).lines(), head=Head.sign(anew[-1], LEDGER_KEY).to_bytes())
    assert "rewritten since" in faults(changed)
    # With the stamps left out too, only whoever kept them, or an earlier head, can tell: the pages say so.
    assert verify(replace(changed, witnesses=b"", authorities=b""), LATER).holds
    kept = [Stamp.from_line(line).head for line in canonical.lines(proof.witnesses)]
    assert "rewritten since" in faults(replace(changed, witnesses=b"", authorities=b""), since=kept)


def test_a_past_that_was_stamped_late_is_told(store, authority):
    """Whoever writes the past anew and has it stamped today leaves lines that waited long for their stamp."""
    entries = store.read().ledger().entries
    old = tuple(chain((entry.what for entry in entries), None, datetime.now(UTC) - timedelta(days=90)))
    waited = longest_wait([Attested("horodateur", 2, datetime.now(UTC))], old)
    assert waited
    assert waited.days == 90


@pytest.mark.parametrize("trusted", [False, True])
def test_a_stamp_of_another_authority_proves_nothing(store, authority, openssl, tmp_path, trusted):
    """The town's own, with the same name: found by the certificate that the authority itself gave."""
    forged = Authority(openssl, tmp_path / "forged")
    stamped(store, forged)
    real = authority.root.read_bytes()
    proof = evidence(store)
    assert verify(proof, LATER).holds
    assert "does not hold" in faults(proof, trusted=real)
    if not trusted:
        assert "does not hold" in faults(replace(proof, authorities=real))


@pytest.mark.parametrize("field", ["head", "response"])
def test_no_flipped_byte_of_a_stamp_changes_what_it_attests(store, authority, field):
    """Found, or in one of the few bytes that no authority signs: then it attests the same head and the same instant."""
    stamped(store, authority)
    proof = evidence(store)
    line = canonical.decode(proof.witnesses)
    told = verify(proof, LATER).attested
    data = line["head"].encode() if field == "head" else base64.b64decode(line["response"])
    found = 0
    for at in random.sample(range(len(data)), 120):
        damaged = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        text = damaged.decode() if field == "head" else base64.b64encode(damaged).decode()
        verdict = verify(replace(proof, witnesses=canonical.encode(line | {field: text})), LATER)
        found += bool(verdict.faults)
        assert verdict.faults or verdict.attested == told, at
    assert found > 100


def test_an_answer_to_another_request_is_refused(store, authority):
    """An authority's former answer, played again, has another number."""
    stamped(store, authority)
    authority.kept = base64.b64decode(canonical.decode(evidence(store).witnesses)["response"])
    try:
        found = stamped(store, authority, "second")
    finally:
        authority.kept = b""
    assert found.stamped == ()
    assert "another request" in found.faults[0].render()


@pytest.mark.parametrize("answer", [b"x", b"0" * 70_000, bytes.fromhex("3009300702010203020000")])
def test_an_answer_that_is_none_is_told(store, authority, answer):
    """No time-stamp, one that is too large, or a refusal: nothing is kept, and the fault is said."""
    authority.kept = answer
    try:
        found = stamped(store, authority)
    finally:
        authority.kept = b""
    assert found.stamped == ()
    assert "gave no time-stamp" in found.faults[0].render()
    assert not evidence(store).witnesses


def test_an_authority_that_is_away_does_not_keep_others_from_stamping(store, authority):
    """Each is asked by itself."""
    with authority.on_the_web() as url:
        away = declared(authority, "http://127.0.0.1:9/tsr", "away")
        found = stamp_head(store, authority.folder, [away, declared(authority, url)], datetime.now(UTC))
    assert found.stamped == ("Horodateur",)
    assert len(found.faults) == 1


def test_a_head_that_the_organiser_did_not_sign_is_told(store, authority):
    """A stamp over a head made with another key is no witness of this ledger."""
    stamped(store, authority)
    entry = store.read().ledger().entries[-1]
    stamp = Stamp.from_line(evidence(store).witnesses)
    other = replace(stamp, head=Head.sign(entry, OTHER_KEY)).line()
    assert "does not hold" in faults(replace(evidence(store), witnesses=other))


def test_an_empty_ledger_has_nothing_to_attest(tmp_path, authority):
    """No authority is asked."""
    with Store.create(tmp_path / "store.git") as store:
        assert stamp_head(store, authority.folder, [], datetime.now(UTC)).head is None


def test_the_line_of_a_stamp_keeps_its_bytes():
    """The format is documented in docs/formats.md, and its bytes stay."""
    (entry,) = tuple(chain([_received()], None, datetime(2017, 11, 20, 19, 15, tzinfo=UTC)))
    stamp = Stamp("horodateur", Head.sign(entry, LEDGER_KEY), b"\x30\x03\x02\x01\x00")
    golden("witnesses.jsonl", stamp.line())
    assert Stamp.from_line(stamp.line()) == stamp


def _received() -> Event:
    item = contribution()
    return Event("received", item.id, item.digest(), item.channel)


# --- by mail, and from the command line


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A consultation with a contribution that was published."""
    root = copy_of("minimal", tmp_path)
    statement = {
        "of": "topics/housing",
        "time": "2017-11-20T19:15:00Z",
        "channel": "paper",
        "text": "Un banc.",
    }
    (root / "content" / "contributions").mkdir()
    (root / "content" / "contributions" / "paper.jsonl").write_text(json.dumps(statement) + "\n", "utf-8")
    (root / "content" / "topics").mkdir(exist_ok=True)
    (root / "content" / "topics" / "housing.md").write_text("---\ntitle: Se loger\n---\n", "utf-8")
    assert assises("drain", str(root)).returncode == 0
    return root


def test_each_head_is_mailed_once_to_each_correspondent(site):
    """With head.json enclosed; what was mailed is what `verify --since` takes."""
    declare(site, "correspondents: [{name: La Gazette, email: redaction@gazette.example}]")
    with mail_server() as box:
        for count in (1, 0):
            done = assises("witness", str(site), "--json", **box.environ())
            assert json.loads(done.stdout)["mailed"] == count, done.stderr
    (letter,) = box.letters
    assert letter["To"] == "La Gazette <redaction@gazette.example>"
    saved = site.parent / "mail.eml"
    saved.write_bytes(box.raw[0])
    good = assises("verify", str(site), "--since", str(saved))
    assert good.returncode == 0, good.stderr
    assert "itself cannot have written anew" in good.stdout
    bare = assises("verify", str(site))
    assert "is not proven" in bare.stdout


def test_a_correspondent_that_refuses_is_told_and_written_to_again(site):
    """The others got theirs, and get no second one."""
    declare(site, "correspondents: [{name: A, email: a@x.example}, {name: B, email: b@x.example}]")
    with mail_server() as box:
        box.refused["b@x.example"] = "450 later"
        done = assises("witness", str(site), **box.environ())
        assert done.returncode == 1
        assert "B did not get the head" in done.stderr
        box.refused.clear()
        assert assises("witness", str(site), **box.environ()).returncode == 0
    assert box.to == [["a@x.example"], ["b@x.example"]]


def test_a_site_without_witnesses_or_mail_server_says_so(site):
    """Nothing is silently left undone."""
    assert "names no witnesses" in assises("witness", str(site)).stderr
    declare(site, "correspondents: [{name: A, email: a@x.example}]")
    done = assises("witness", str(site))
    assert done.returncode == 1
    assert "ASSISES_SMTP" in done.stderr


def test_stamps_are_published_and_verified_on_the_built_pages(site, authority):
    """Declared in site.yaml, asked for by the command line, built into the site, found by whoever downloads it."""
    (site / "temoins").mkdir()
    (site / "temoins" / "a.pem").write_bytes(authority.root.read_bytes())
    with authority.on_the_web() as url:
        declare(
            site,
            f"authorities: [{{id: horodateur, name: Horodateur, url: {url!r}, certificates: temoins/a.pem}}]",
        )
        assert assises("witness", str(site)).returncode == 0
    dist = site.parent / "dist"
    assert assises("build", str(site), "-o", str(dist)).returncode == 0
    done = assises("verify", str(dist), "--authority", str(authority.root))
    assert done.returncode == 0, done.stderr
    assert "Witness horodateur" in done.stdout
    assert "itself cannot have written anew" in done.stdout
    assert "If these certificates" in assises("verify", str(dist)).stdout
    assert "La dernière fois pour la ligne 2" in (dist / "ledger" / "index.html").read_text("utf-8")
    sheet = (dist / "ledger" / "head" / "index.html").read_text("utf-8")
    assert json.loads((dist / "ledger" / "head.json").read_text())["hash"][:8] in sheet


def declare(root: Path, witnesses: str) -> None:
    """Name witnesses in site.yaml."""
    place = root / "site.yaml"
    place.write_text(f"{place.read_text('utf-8')}\nwitnesses:\n  {witnesses}\n", "utf-8")
