"""`assises refresh`: what a schedule runs. Real turns, real places, the clock set; nothing is due twice."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import places
from assises import notices
from assises.build import build
from assises.contribution import format_time
from assises.deploy.due import sources
from assises.deploy.folder import Folder
from assises.deploy.plan import MANIFEST, Published
from assises.envelope import Envelope
from assises.forms import PATH as FORMS
from assises.keys import load_or_create
from assises.last_turn import FILE, LastTurn
from assises.load import load, read_site
from assises.spool import Spool
from assises.store import RUNNER, Store
from conftest import require
from kernel import contribution, envelope, receive
from mail_server import mail_server
from public_host import answering, pages
from served import assises, copy_of, environment_of

BEFORE, OPENED = "2017-11-06T20:00", "2017-11-07T09:00"
"""On either side of the instant at which contributions open."""


@dataclass
class Turns:
    """A site whose pages go to a place, and the environment of whoever takes turns there."""

    root: Path
    place: places.Place
    variables: dict[str, str]

    def take(self, now: str, *more: str) -> dict:
        """Take a turn and return what it says."""
        done = assises("refresh", str(self.root), "--json", "--now", now, *more, **self.variables)
        assert "Traceback" not in done.stderr
        assert done.stdout, done.stderr
        return json.loads(done.stdout) | {"code": done.returncode, "said": done.stderr}

    @property
    def seen(self) -> dict[str, bytes]:
        """Everything at the place."""
        return self.place.seen("ville")


def site_for(folder: Path, address: str) -> Path:
    """Return a small consultation whose pages go to an address."""
    root = copy_of("minimal", folder)
    with (root / "site.yaml").open("a", encoding="utf-8", newline="\n") as file:
        file.write(f"deploy:\n  to: {address}\n")
    return root


@pytest.fixture(params=["folder", "forge"])
def anywhere(request, tmp_path):
    """A folder, or a branch at a forge; elsewhere, deployments differ in nothing that a turn sees."""
    with ExitStack() as stack:
        if request.param == "folder":
            place = stack.enter_context(places.a_folder(tmp_path / "www"))
        else:
            programs = (require(name)[0] for name in ("git", "lighttpd", "caddy"))
            place = stack.enter_context(places.forge(tmp_path, *programs))
        yield Turns(site_for(tmp_path, place.address("ville")), place, dict(place.environment))


@pytest.fixture
def turns(tmp_path):
    """Turns that deploy to a folder."""
    with places.a_folder(tmp_path / "www") as place:
        yield Turns(site_for(tmp_path, place.address("ville")), place, {})


@pytest.fixture
def post(turns):
    """A mail server, known to whoever takes turns."""
    with mail_server() as box:
        turns.variables |= {"ASSISES_SMTP": box.address, "ASSISES_MAIL_FROM": "assises@ville.example"}
        yield box


def send(root: Path, text: str) -> str:
    """Store a contribution as this consultation's intake does, and return its id."""
    key = load_or_create(root / ".assises" / "keys" / "intake.key")
    receive(Spool(root / ".assises" / "spool"), envelope(text), key=key)
    return contribution(text).id


def told(box) -> list[tuple[str, str]]:
    """Return subject and text of each letter."""
    return [(letter["subject"], " ".join(letter.get_content().split())) for letter in box.letters]


# --- when there is something to do


def test_pages_are_built_once_when_something_opened(anywhere):
    """First of all, when contributions opened, and in between not at all."""
    said = [anywhere.take(now) for now in (BEFORE, BEFORE)]
    before = anywhere.seen
    said += [anywhere.take(now) for now in (OPENED, OPENED, "2017-11-10T12:00")]
    assert [(one["pages"], one["due"], one["code"]) for one in said] == [
        ("deployed", "first", 0),
        ("up-to-date", "", 0),
        ("deployed", "time", 0),
        ("up-to-date", "", 0),
        ("up-to-date", "", 0),
    ]
    after = anywhere.seen
    assert before["index.html"] != after["index.html"]
    untils = [json.loads(files[FORMS])["until"] for files in (before, after)]
    assert untils == ["2017-11-06T23:00:00Z", "2017-12-07T23:00:00Z"]


def test_what_was_received_is_deployed_in_the_same_turn(turns):
    """It is in the ledger that is published; the next turn has nothing to do."""
    turns.take(OPENED)
    id = send(turns.root, "Plus de bancs.")
    assert turns.take("2017-11-20T21:00")["due"] == "changed"
    assert id.encode() in turns.seen["ledger/ledger.jsonl"]
    assert turns.take("2017-11-20T21:05")["pages"] == "up-to-date"


def test_what_pages_are_built_from_has_one_name(tmp_path):
    """Another one for each file that changes and whatever a page may show; the same for moderators' letters and the like."""
    root = copy_of("minimal", tmp_path)
    assert assises("drain", str(root)).returncode == 0
    settings = read_site(root)[0]
    names = [sources(root, settings, {})]
    for file in ("content/index.md", "site.yaml", "themes/ville/static/a.css", "content/photo.jpeg"):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        with (root / file).open("a", encoding="utf-8", newline="\n") as edited:
            edited.write("\n# Un mot de plus\n")
        names.append(sources(root, settings, {}))
    with Store.open(root / ".assises" / "store.git") as store:
        now = datetime.now(UTC)
        store.commit(RUNNER, "Tell", now, lambda _: {notices.FILE: b"{}", notices.ALARMS: b"{}"})
        assert sources(root, settings, {}) == names[-1]
        store.commit(RUNNER, "Show", now, lambda _: {"closed.json": b"{}"})
        names.append(sources(root, settings, {}))
    assert len(set(names)) == len(names) == 6


def test_a_deployment_that_was_cut_short_is_made_whole(turns):
    """Until it is, the place itself does not say what its pages were built from."""
    turns.take(OPENED)
    place = Path(turns.root.parent / "www" / "ville" / MANIFEST)
    there = Published.from_bytes(place.read_bytes())
    place.write_bytes(Published({**there.files, "index.html": ""}, there.retired).to_bytes())
    again = turns.take(OPENED)
    assert (again["due"], again["sent"]) == ("first", 1)


def test_a_release_that_was_put_back_stays(turns):
    """Until somebody deploys; a schedule would undo it within minutes."""
    turns.take(BEFORE)
    former = turns.seen["index.html"]
    turns.take(OPENED)
    assert assises("rollback", "--site", str(turns.root)).returncode == 0
    held = turns.take("2017-12-09T09:00")
    assert (held["pages"], held["code"]) == ("held", 0)
    assert turns.seen["index.html"] == former
    done = assises("deploy", "--site", str(turns.root), "--now", "2017-12-09T09:00")
    assert done.returncode == 0, done.stderr
    assert turns.take("2017-12-09T09:00")["pages"] == "up-to-date"
    assert turns.seen["index.html"] != former


def test_a_release_that_was_put_back_goes_once_it_shows_what_has_to_go(turns):
    """What was withheld or withdrawn is on no page after the next turn."""
    topic = turns.root / "content" / "topics" / "housing.md"
    topic.parent.mkdir(exist_ok=True)
    topic.write_text("---\ntitle: Le logement\nsummary: Se loger\n---\n\nDites.\n", encoding="utf-8")
    id = send(turns.root, "Plus de bancs.")
    turns.take(OPENED)
    publish, withhold = (["publish"], ["withhold", "--rule", "respect", "--reason", "Injure."])
    for words in (publish, withhold):
        done = assises("moderate", *words, id, str(turns.root), "--now", "2017-11-20T21:00")
        assert done.returncode == 0, done.stderr
        assert turns.take("2017-11-20T21:00")["pages"] == "deployed"
        if words is publish:
            shown = turns.seen
            assert id.encode() in shown["contributions.jsonl"]
            assert assises("deploy", "--site", str(turns.root), "--now", "2017-12-08T21:00").returncode == 0
            assert assises("rollback", "--site", str(turns.root)).returncode == 0
            assert turns.seen["contributions.jsonl"] == shown["contributions.jsonl"]
            assert turns.take("2017-12-08T21:05")["pages"] == "held"
    assert id.encode() not in turns.seen.get("contributions.jsonl", b"")


def test_nothing_else_changes_between_two_instants(tmp_path):
    """What forms.json promises: built at once after an instant or just before the next one, all outputs are the same."""
    root = copy_of("complete", tmp_path)
    assert assises("drain", str(root), "--now", "2017-11-20T20:15").returncode == 0
    site = load(root, datetime(2017, 1, 1, tzinfo=UTC)).site
    instants = sorted(site.instants)
    assert len(instants) > 10
    differ = []
    for opens, closes in zip(instants, [*instants[1:], instants[-1] + timedelta(days=900)], strict=True):
        first, last = (build(root, now)[1] for now in (opens, closes - timedelta(seconds=1)))
        differ += [(format_time(opens), path) for path in first if first[path] != last.get(path)]
        until = json.loads(first[FORMS])["until"]
        assert until == (None if opens == instants[-1] else format_time(closes))
    assert differ == []


# --- when it cannot be done


def test_what_check_finds_keeps_the_pages_as_they_are_and_is_told(turns, post):
    """By its exit code, by name, and by one letter; once it is mended, the turn makes up for it."""
    turns.take(BEFORE)
    former = turns.seen
    page = turns.root / "content" / "index.md"
    good = page.read_text(encoding="utf-8")
    page.write_text(good.replace("title:", "titel:"), encoding="utf-8")
    id = send(turns.root, "Plus de bancs.")
    said = [turns.take(now) for now in (OPENED, "2017-11-20T21:00")]
    assert [(one["pages"], one["code"]) for one in said] == [("stopped", 1)] * 2
    assert "index.md:2:1: “titel” is not known here." in said[0]["said"]
    assert turns.seen == former
    ((subject, text),) = told(post)
    assert "ne sont pas mises à jour" in subject
    assert "content/index.md:2:1" in text
    assert post.to == [["concertation@villeneuve.example"]]
    page.write_text(good, encoding="utf-8")
    assert turns.take("2017-11-20T21:05")["pages"] == "deployed"
    assert id.encode() in turns.seen["ledger/ledger.jsonl"]
    # The next fault is told anew.
    page.write_text(good.replace("title:", "titel:"), encoding="utf-8")
    turns.take("2017-11-20T21:10")
    assert len(post.letters) == 2


def test_what_is_unfinished_is_not_published_by_a_schedule(turns):
    """Unless it says so, as for `assises deploy`."""
    page = turns.root / "content" / "pages" / "new.md"
    page.parent.mkdir(exist_ok=True)
    page.write_text("---\ntitle: Nouvelle page\n---\n\n[à compléter : le texte]\n", encoding="utf-8")
    assert turns.take(OPENED)["pages"] == "stopped"
    assert turns.take(OPENED, "--unfinished")["pages"] == "deployed"


@pytest.mark.parametrize("line", ["name: [", "organiser: no"])
def test_a_broken_site_yaml_is_told_in_a_sentence(turns, post, line):
    """With exit code 1; the letter goes to whoever can still be made out."""
    turns.take(OPENED)
    with (turns.root / "site.yaml").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    said = turns.take(OPENED)
    assert (said["pages"], said["code"]) == ("stopped", 1)
    assert "site.yaml:" in said["said"]


def test_a_place_that_does_not_answer_is_told_after_two_hours(turns, post):
    """Once; a short disturbance is nobody's business."""
    turns.take(BEFORE)
    file = turns.root / "site.yaml"
    good = file.read_text(encoding="utf-8")
    port = places.free_port()
    text = good.replace(turns.place.address("ville"), f"git+https://v@127.0.0.1:{port}/x.git#pages")
    file.write_text(text, encoding="utf-8")
    for now in ("2017-11-07T00:10", "2017-11-07T01:10"):
        assert turns.take(now)["code"] == 1
    assert post.letters == []
    for now in ("2017-11-07T02:20", "2017-11-07T02:25"):
        assert turns.take(now)["code"] == 1
    ((_subject, text),) = told(post)
    assert f"127.0.0.1:{port}" in text


def test_without_a_place_it_is_wrong_usage(tmp_path):
    """Whoever only drains has `assises drain`."""
    done = assises("refresh", str(copy_of("minimal", tmp_path)))
    assert (done.returncode, "deploy.to" in done.stderr) == (2, True)


# --- late, at once, and again


def test_a_turn_that_comes_late_makes_up_for_it_and_says_so(turns, post):
    """After days without any: one turn, one letter with both instants."""
    turns.take(BEFORE)
    id = send(turns.root, "Plus de bancs.")
    assert turns.take("2017-11-21T09:00")["pages"] == "deployed"
    assert id.encode() in turns.seen["ledger/ledger.jsonl"]
    ((subject, text),) = told(post)
    assert "Assises de Villeneuve" in subject
    assert "lundi 6 novembre 2017 à 20 h" in text
    assert "mardi 21 novembre 2017 à 9 h" in text
    turns.take("2017-11-21T09:05")
    assert len(post.letters) == 1


def test_a_machine_that_remembers_nothing_sees_how_late_the_pages_are(turns, post):
    """As a forge's: it goes by what the pages themselves say."""
    turns.take(BEFORE)
    (turns.root / ".assises" / FILE).unlink()
    turns.take("2017-11-07T01:00")  # an hour late: nobody's business
    assert post.letters == []
    (turns.root / ".assises" / FILE).unlink()
    turns.take("2017-12-08T09:00")
    ((_subject, text),) = told(post)
    assert "vendredi 8 décembre 2017 à 0 h" in text


def test_two_at_once_do_no_harm(turns):
    """One deploys, the other does nothing or the same; the pages are whole and noted as they are."""
    command = [sys.executable, "-c", "from assises.cli import main; main()", "refresh", str(turns.root)]
    begun = [
        subprocess.Popen(
            [*command, "--json", "--now", OPENED], env=environment_of({}), stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    said = [json.loads(process.communicate(timeout=120)[0]) for process in begun]
    assert [process.returncode for process in begun] == [0, 0, 0]
    assert {one["pages"] for one in said} <= {"deployed", "busy", "up-to-date"}
    assert "deployed" in {one["pages"] for one in said}
    assert turns.take(OPENED)["pages"] == "up-to-date"
    outputs = build(turns.root, datetime(2017, 11, 7, 8, tzinfo=UTC))[1]
    assert outputs.items() <= turns.seen.items()


def test_a_claim_that_was_left_elsewhere_holds_for_two_hours(turns):
    """A forge's machine that was switched off must not stop all turns for good."""
    turns.take(BEFORE)
    place, said = Folder(turns.root.parent / "www" / "ville"), []
    for age in (timedelta(minutes=90), timedelta(hours=3)):
        note = {"by": "another machine", "format": 1, "since": format_time(datetime.now(UTC) - age)}
        place.release()
        assert place.claim(json.dumps(note).encode()) is None
        said.append(turns.take(OPENED))
    assert [(one["pages"], one["code"]) for one in said] == [("busy", 0), ("deployed", 0)]


def test_it_goes_on_until_it_is_told_to_end(turns):
    """Turn after turn: what comes meanwhile is carried and shown."""
    command = [sys.executable, "-c", "from assises.cli import main; main()", "refresh", str(turns.root)]
    process = subprocess.Popen(
        [*command, "--every", "1s"],
        env=environment_of({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    ledger = turns.root.parent / "www" / "ville" / "ledger" / "ledger.jsonl"
    try:
        _until(ledger.exists, process)
        said = contribution("Plus de bancs.", time=datetime.now(UTC).replace(microsecond=0), channel="web")
        key = load_or_create(turns.root / ".assises" / "keys" / "intake.key")
        spool = Spool(turns.root / ".assises" / "spool")
        spool.put_if_absent(said.id, Envelope(said, "5e" * 16, ()).to_bytes(key))
        _until(lambda: said.id in ledger.read_text(encoding="utf-8"), process)
    finally:
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, out
    assert "nothing is lost" in out


def _until(holds, process) -> None:
    """Wait until something is so, while a program runs."""
    end = time.monotonic() + 60
    while not holds():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)


# --- seen from elsewhere


def test_status_and_doctor_say_that_pages_are_out_of_date(turns, free_port):
    """By what the public address shows, whoever deployed it; and by when this machine last took a turn."""
    url = f"http://127.0.0.1:{(port := free_port())}/"
    file = turns.root / "site.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("https://assises.example/villeneuve", url), encoding="utf-8"
    )
    assert turns.take(OPENED)["pages"] == "deployed"

    def ask(command: str, now: str) -> tuple[int, dict]:
        done = assises(command, str(turns.root), "--json", "--now", now)
        return done.returncode, json.loads(done.stdout)

    with answering(pages(turns.seen.get), port):
        code, well = ask("status", "2017-11-07T10:00")
        assert code == 0
        assert f"{url}: the pages are right until Friday, 8 December 2017 at 00:00." in well["standing"]
        # A day after contributions began to close soon.
        code, late = ask("status", "2017-12-09T00:00")
        assert code == 1
        assert any(sentence.startswith(f"{url}: the pages are out of date") for sentence in late["standing"])
        assert any("its schedule stands still" in sentence for sentence in late["standing"])
        (turns.root / ".assises" / FILE).unlink()
        code, elsewhere = ask("status", "2017-12-09T00:00")
        assert (code, len(elsewhere["standing"])) == (1, len(late["standing"]) - 1)
        symptoms = ask("doctor", "2017-12-09T00:00")[1]["symptoms"]
        wrong = [each["what"] for each in symptoms if each["part"] == "pages" and not each["ok"]]
        assert "The pages are out of date: something opened or closed at 2017-12-07 23:00 UTC." in wrong
    code, silent = ask("status", "2017-11-07T10:00")
    assert (code, any("right until" in sentence for sentence in silent["standing"])) == (0, False)


@pytest.mark.parametrize(
    "data", ["", "[]", "{", '{"ended": 1, "stopped": 2}', '{"ended": "x", "stopped": null}']
)
def test_a_note_that_cannot_be_read_is_no_note(tmp_path, data):
    """As on a machine that never took a turn."""
    (tmp_path / FILE).write_text(data, encoding="utf-8")
    assert LastTurn.read(tmp_path) == LastTurn()
    now = datetime(2017, 11, 20, tzinfo=UTC)
    LastTurn(now, None).write(tmp_path / "new")
    assert LastTurn.read(tmp_path / "new") == LastTurn(now, None)
