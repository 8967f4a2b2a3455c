"""Keys: locked into one file with a passphrase, had back on another machine, renewed; from the command line."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assises import canonical
from assises.deploy.releases import Releases
from assises.key_folder import KeyFolder
from assises.keys import KeyFileError, keep
from assises.locked import SHORTEST, Effort, LockedError, lock, unlock
from kernel import INTAKE_KEY, LEDGER_KEY, NOW, OTHER_KEY
from served import assises, copy_of

CHEAP = Effort(1, 8192)
WORDS = "un cheval correct agrafé"


@pytest.fixture
def folder(tmp_path: Path) -> KeyFolder:
    """A folder with keys that sign and two months."""
    made = KeyFolder(tmp_path / "keys")
    for name, key in (("intake", INTAKE_KEY), ("ledger", LEDGER_KEY), ("desk", OTHER_KEY)):
        keep(made.path(name), key)
    made.ring.make("2026-11")
    made.ring.make("2026-12")
    return made


@given(st.binary(max_size=500), st.text(min_size=SHORTEST, max_size=30))
def test_what_is_locked_is_had_back(data: bytes, words: str) -> None:
    """With the passphrase in whichever spelling, and with no other."""
    words = canonical.normal(words).ljust(SHORTEST, "x")
    locked = lock(data, words, CHEAP)
    assert unlock(locked, words) == data
    with pytest.raises(LockedError):
        unlock(locked, words + "x")


def test_an_accent_typed_as_one_sign_or_two_is_the_same() -> None:
    """Keyboards differ."""
    assert unlock(lock(b"x", "une clé de passe", CHEAP), "une cle\u0301 de passe") == b"x"


def test_a_short_passphrase_is_refused() -> None:
    """Eleven characters are too few."""
    with pytest.raises(LockedError):
        lock(b"x", "x" * (SHORTEST - 1), CHEAP)


def test_a_hostile_file_does_not_take_the_machines_memory() -> None:
    """What it asks for is looked at first; no byte may be flipped either."""
    locked = lock(b"x", WORDS, CHEAP)
    document = canonical.decode(locked)
    for change in (
        {"memory": 2**45},
        {"operations": 10**9},
        {"memory": 1},
        {"operations": 0},
        {"kdf": "md5"},
        {"salt": ""},
        {"box": ""},
        {"format": 2},
    ):
        with pytest.raises(LockedError):
            unlock(canonical.encode(document | change), WORDS)
    for data in (b"", b"x", b"{}\n", locked[:-2]):
        with pytest.raises(LockedError):
            unlock(data, WORDS)


def test_keys_go_to_another_machine(folder: KeyFolder, tmp_path: Path) -> None:
    """All of them, readable by their owner alone; without the months' where data are backed up."""
    other = KeyFolder(tmp_path / "other")
    taken = other.take(folder.lock(WORDS, months=True, effort=CHEAP), WORDS)
    assert set(taken) == {"intake", "ledger", "desk", "private/2026-11", "private/2026-12"}
    assert dict(other.signing()) == dict(folder.signing())
    assert other.ring.find("2026-11") == folder.ring.find("2026-11")
    assert stat.S_IMODE(other.path("intake").stat().st_mode) == 0o600
    assert other.take(folder.lock(WORDS, months=True, effort=CHEAP), WORDS) == ()
    bare = KeyFolder(tmp_path / "bare")
    bare.take(folder.lock(WORDS, months=False, effort=CHEAP), WORDS)
    assert list(bare.ring.months()) == []


def test_another_key_is_never_replaced(folder: KeyFolder, tmp_path: Path) -> None:
    """Nor is any taken before that is found."""
    other = KeyFolder(tmp_path / "other")
    keep(other.path("ledger"), OTHER_KEY)
    with pytest.raises(KeyFileError, match="another key"):
        other.take(folder.lock(WORDS, months=True, effort=CHEAP), WORDS)
    assert not other.path("intake").exists()


@pytest.mark.parametrize(
    "name", ["../evil", "private/../../evil", "private/x", "/etc/passwd", "intake.key", ""]
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    """A file of keys comes from elsewhere."""
    hostile = lock(canonical.encode({"format": 1, "keys": {name: "00" * 32}}), WORDS, CHEAP)
    with pytest.raises(KeyFileError):
        KeyFolder(tmp_path / "keys").take(hostile, WORDS)
    assert list(tmp_path.iterdir()) == []


def test_a_renewed_ledger_key_keeps_the_ids_of_statements(folder: KeyFolder) -> None:
    """What they are made with is kept, through a second renewal too."""
    assert folder.renew("ledger")[0] == LEDGER_KEY
    second = folder.renew("ledger")
    assert dict(folder.signing())["import"] == LEDGER_KEY
    assert dict(folder.signing())["ledger"] == second[1] != second[0]
    assert not list(folder.folder.glob("*former*"))


# --- from the command line


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A consultation that asks for addresses, with a statement in its ledger."""
    root = copy_of("minimal", tmp_path)
    place = root / "site.yaml"
    asked = place.read_text("utf-8").replace("participation:", "participation:\n  private: {email: true}")
    place.write_text(asked, "utf-8")
    (root / "content" / "topics").mkdir(exist_ok=True)
    (root / "content" / "topics" / "housing.md").write_text("---\ntitle: Se loger\n---\n", "utf-8")
    (root / "content" / "contributions").mkdir()
    said = {
        "of": "topics/housing",
        "time": "2017-11-20T19:15:00Z",
        "channel": "paper",
        "text": "Un banc pour ma voisine malade.",
    }
    (root / "content" / "contributions" / "paper.jsonl").write_text(json.dumps(said) + "\n", "utf-8")
    assert assises("drain", str(root)).returncode == 0
    return root


def answer(*arguments: str, **variables: str) -> dict:
    """Run a command that goes well, and return what it says as JSON."""
    done = assises(*arguments, "--json", **variables)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_town_hands_over_its_keys(site: Path, tmp_path: Path) -> None:
    """The file and its passphrase open on another machine; what signs is renewed there, and the ledger still proves."""
    before = answer("keys", "list", str(site))
    assert set(before["signing"]) == {"intake", "ledger", "desk"}
    assert all(month["here"] for month in before["months"].values())
    file = tmp_path / "keys.json"
    done = assises("keys", "hand-over", str(file), str(site))
    words = next(line for line in done.stdout.splitlines() if line.count("-") == 4 and " " not in line)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = site / ".assises" / "keys"
    kept.rename(tmp_path / "former")
    wrong = assises("keys", "restore", str(file), str(site), ASSISES_PASSPHRASE="x" * 20)
    assert wrong.returncode == 1
    assert "passphrase" in wrong.stderr
    assert len(answer("keys", "restore", str(file), str(site), ASSISES_PASSPHRASE=words)["keys"]) == 5
    assert answer("keys", "list", str(site))["signing"] == before["signing"]
    for name in ("intake", "ledger", "desk"):
        answer("keys", "rotate", name, str(site))
    assert answer("drain", str(site))["imported"] == 0
    assert answer("verify", str(site))["received"] == 1
    assert answer("keys", "list", str(site))["signing"]["ledger"] != before["signing"]["ledger"]


def test_forgetting_reaches_the_built_pages_and_names_the_sites_own_files(site: Path, tmp_path: Path) -> None:
    """Pages, feeds and data are built again; the statement's line is for a person to take out; the request is printed."""
    dist = tmp_path / "dist"
    assert assises("build", str(site), "-o", str(dist)).returncode == 0
    (line,) = (dist / "contributions.jsonl").read_text("utf-8").splitlines()
    id = json.loads(line)["id"]
    number = f"{id[-8:-4]}-{id[-4:]}"
    done = assises(
        "privacy", "forget", number, str(site), "--yes", "-o", str(dist), "--reason", "RGPD, art. 17"
    )
    assert done.returncode == 1
    assert "content/contributions/paper.jsonl:1:1 says the same" in done.stderr
    assert "Subject: Erasure of personal data" in done.stdout
    assert id in done.stdout
    holding = [
        path for path in tmp_path.rglob("*") if path.is_file() and b"voisine malade" in path.read_bytes()
    ]
    assert holding == [site / "content" / "contributions" / "paper.jsonl"]
    holding[0].unlink()
    again = assises("privacy", "forget", number, str(site), "--yes", "-o", str(dist))
    assert again.returncode == 0, again.stderr
    assert answer("verify", str(dist))["erased"] == 1


def test_kept_releases_go_and_a_stray_copy_is_named(site: Path, tmp_path: Path) -> None:
    """What could be put back is deleted; a file that somebody left among ours is named."""
    dist = tmp_path / "dist"
    assises("build", str(site), "-o", str(dist))
    outputs = {"index.html": b"<p>Un banc pour ma voisine malade.</p>"}
    kept = Releases(site / ".assises" / "releases")
    kept.keep(outputs, NOW, "folder", 3)
    (site / ".assises" / "old.html").write_text("<p>Un banc pour ma voisine malade.</p>", "utf-8")
    id = json.loads((dist / "contributions.jsonl").read_text("utf-8"))["id"]
    done = assises("privacy", "forget", id, str(site), "--yes", "-o", str(dist))
    assert kept.all() == []
    assert "Kept releases deleted: 1" in done.stdout
    assert done.stderr.count("still holds it") == 1
    assert "old.html still holds it" in done.stderr
    assert assises("privacy", "forget", "ZZZZ-ZZZZ", str(site), "--yes").returncode == 2


def test_what_somebody_else_says_in_the_same_words_is_no_trace(site: Path, tmp_path: Path) -> None:
    """Two people may ask for the same bench; the other one keeps their words, and nothing is to be mended."""
    dist = tmp_path / "dist"
    (site / "content" / "contributions" / "paper.jsonl").unlink()
    ids = []
    for author in ("Zoé aux Lilas", "Lou"):
        text = tmp_path / "words.txt"
        text.write_text("Un banc devant la mairie, pour se reposer.", "utf-8")
        of = ("moderate", "type-in", str(site), "--of", "topics/housing")
        ids.append(answer(*of, "--text", str(text), "--author", author)["id"])
    assises("build", str(site), "-o", str(dist))
    (site / ".assises" / "old.html").write_text("<p>Zoé aux Lilas</p>", "utf-8")
    done = assises("privacy", "forget", ids[0], str(site), "--yes", "-o", str(dist))
    assert done.returncode == 1
    assert "old.html still holds it" in done.stderr
    assert done.stderr.count("still holds it") == 1
    assert "Somebody else says" in done.stdout
    assert "pour se reposer" in (dist / "contributions.jsonl").read_text("utf-8")
    (site / ".assises" / "old.html").unlink()
    again = assises("privacy", "forget", ids[1], str(site), "--yes", "-o", str(dist))
    assert again.returncode == 0
    assert "Somebody else says" not in again.stdout
    assert "pour se reposer" not in (dist / "contributions.jsonl").read_text("utf-8")


def test_showing_says_why_nothing_can_be_shown(site: Path) -> None:
    """Nothing was given; and a reason is always asked for."""
    shown = assises("moderate", "list", str(site), "--state", "published", "--json")
    id = json.loads(shown.stdout)["contributions"][0]["id"]
    done = assises("privacy", "show", id, str(site), "--reason", "x")
    assert done.returncode == 1
    assert "Nothing private" in done.stderr
    assert assises("privacy", "show", id, str(site)).returncode == 2
