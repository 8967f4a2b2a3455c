"""`assises drain` and `assises status` as one runs them: several storages, turn after turn, hooks, signals."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest

from assises.contribution import ulid_time
from assises.keys import load_or_create
from assises.rounds import Rounds
from assises.runner import Drained
from assises.spool import Spool
from assises.storage_contract import StorageError
from assises.store import Store
from assises.waiting import FILE, Lateness, Waiting, look
from kernel import NOW, contribution, envelope, receive, runner
from served import EVENING, assises, copy_of

ID = contribution().id


@pytest.fixture
def site(tmp_path):
    """A small consultation."""
    return copy_of("minimal", tmp_path)


def send(site: Path, spool: Path, *texts: str) -> None:
    """Store contributions as this consultation's intake does."""
    key = load_or_create(site / ".assises" / "keys" / "intake.key")
    for text in texts:
        item = envelope(text, sending=f"{abs(hash(text)):032x}"[:32])
        receive(Spool(spool), item, key=key)


def drained(*arguments: str, **variables: str) -> dict:
    """Run a turn and return what it says."""
    done = assises("drain", *arguments, "--json", "--now", EVENING, **variables)
    assert done.stdout, done.stderr
    return json.loads(done.stdout.splitlines()[-1]) | {"code": done.returncode, "told": done.stderr}


def test_every_storage_that_is_named_is_drained(site, tmp_path):
    """The embedded one, and those of intakes elsewhere."""
    send(site, site / ".assises" / "spool", "ici")
    send(site, tmp_path / "other", "ailleurs", "encore")
    told = drained(str(site), ASSISES_STORAGE=f"spool:{tmp_path / 'other'}")
    assert (told["received"], told["ok"], told["code"]) == (3, True, 0)
    assert not list(Spool(tmp_path / "other").list())


def test_a_storage_that_is_down_is_told_and_the_others_are_drained(site, tmp_path, free_port):
    """With exit code 1, so that whoever runs it hears of it."""
    send(site, site / ".assises" / "spool", "ici")
    told = drained(str(site), ASSISES_STORAGE=f"git+http://127.0.0.1:{free_port()}/x.git")
    assert (told["received"], told["ok"], told["code"]) == (1, False, 1)
    assert "127.0.0.1" in told["unreachable"][0]


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"ASSISES_STORAGE": "ftp://x"}, "is no kind of storage"),
        ({"ASSISES_STORE": "/folder"}, "is no git+https"),
        ({"ASSISES_REBUILD_HOOK": "http://forge.example/x"}, "without TLS"),
    ],
)
def test_a_mistake_in_the_environment_is_told(site, variables, told):
    """In a sentence, with exit code 1."""
    done = assises("drain", str(site), "--now", EVENING, **variables)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert told in done.stderr


def test_after_each_batch_that_changed_the_store_the_site_is_rebuilt(site, tmp_path):
    """By a command in the site's folder; a turn that changes nothing rebuilds nothing."""
    script = tmp_path / "rebuild.py"
    script.write_text("open('rebuilt', 'a', encoding='utf-8').write('x')\n", encoding="utf-8", newline="\n")
    command = f"{Path(sys.executable).as_posix()} {script.as_posix()}"
    send(site, site / ".assises" / "spool", "ici")
    assert drained(str(site), "--rebuild", command)["code"] == 0
    assert drained(str(site), ASSISES_REBUILD_HOOK=command)["code"] == 0
    assert (site / "rebuilt").read_text(encoding="utf-8") == "x"


def test_a_rebuild_that_fails_is_told_and_nothing_is_lost(site):
    """What was carried stays carried."""
    send(site, site / ".assises" / "spool", "ici")
    told = drained(str(site), "--rebuild", "no-such-command")
    assert told["code"] == 1
    assert drained(str(site))["received"] == 0
    with Store.open(site / ".assises" / "store.git") as store:
        assert len(store.read().records()) == 1


@pytest.mark.parametrize("value", ["5", "m", "0m", "5d", "-5m", "1.5h"])
def test_a_pause_that_is_none_is_wrong_usage(site, value):
    """It says what a pause looks like."""
    done = assises("drain", str(site), "--every", value)
    assert done.returncode == 2
    assert "is no stretch of time like 5m" in done.stderr


def test_listening_belongs_to_going_on(site):
    """A single turn has nobody to wake."""
    assert assises("drain", str(site), "--listen", "0").returncode == 2
    done = assises("drain", str(site), "--listen", "0", "--every", "1h")
    assert (done.returncode, "ASSISES_DRAIN_SECRET is missing" in done.stderr) == (1, True)


def started(site: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    """Begin turn after turn."""
    return subprocess.Popen(
        [sys.executable, "-u", "-c", "from assises.cli import main; main()", "drain", str(site), *arguments],
        env=os.environ | {"ASSISES_LANGUAGE": "en", "PYTHONUTF8": "1"} | variables,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
    )  # fmt: skip


def line_with(process: subprocess.Popen[str], what: str) -> str:
    """Return the next line that has something in it."""
    assert process.stdout
    for line in process.stdout:
        if what in line:
            return line
    raise AssertionError(f"it ended without {what}")


@pytest.mark.skipif(os.name == "nt", reason="Windows ends processes without a signal")
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_it_goes_on_until_it_is_told_to_end(site, sign):
    """A call begins a turn long before the hour is over; a signal ends it cleanly."""
    process = started(site, "--every", "1h", "--listen", "0", "--now", EVENING, ASSISES_DRAIN_SECRET="token")
    try:
        url = line_with(process, "Called at").split()[-1]
        line_with(process, "Contributions received: 0")
        send(site, site / ".assises" / "spool", "ici")
        call = urllib.request.Request(url, b"", {"Authorization": "Bearer token"}, method="POST")
        with urllib.request.urlopen(call, timeout=10) as answer:
            assert answer.status == 202
        line_with(process, "Contributions received: 1")
    finally:
        process.send_signal(sign)
        rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0, rest
    assert "Ended; nothing is lost." in rest
    assert "Traceback" not in rest


@pytest.mark.skipif(os.name == "nt", reason="Windows ends processes without a signal")
def test_a_fault_does_not_end_it(site):
    """A broken site.yaml is told, and the next turn finds it mended."""
    whole = (site / "site.yaml").read_text(encoding="utf-8")
    (site / "site.yaml").write_text("x: [", encoding="utf-8", newline="\n")
    process = started(site, "--every", "1s", "--now", EVENING)
    try:
        line_with(process, "site.yaml")
        (site / "site.yaml").write_text(whole, encoding="utf-8", newline="\n")
        line_with(process, "Contributions received: 0")
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0


def test_rounds_come_sooner_after_a_fault_and_at_once_when_woken():
    """Never two at the same time; none after the end."""
    turns: list[float] = []

    def turn() -> bool:
        turns.append(time.monotonic())
        if len(turns) == 3:
            rounds.end()
        return len(turns) != 1

    rounds = Rounds(turn, every=3600)
    thread = threading.Thread(target=rounds.run)
    thread.start()
    end = time.monotonic() + 20
    while len(turns) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    assert len(turns) == 2  # within five seconds of the fault
    rounds.wake()
    thread.join(10)
    assert not thread.is_alive()
    assert len(turns) == 3


# --- a storage that fails in the middle


class Failing:
    """A storage that cannot be reached."""

    place = "https://forge.example/x.git#refs/inbox"

    def __getattr__(self, _name: str):
        def fail(*_: object) -> object:
            raise StorageError("down")

        return fail


def test_what_one_storage_refuses_keeps_from_no_other(tmp_path):
    """The one before it and the one after are drained, and all is told."""
    spools = [Spool(tmp_path / name) for name in ("one", "two")]
    for n, spool in enumerate(spools):
        receive(spool, envelope(f"{n}", sending=f"{n:032x}"))
    with Store.create(tmp_path / "store.git") as store:
        run = runner(store, spools[0])
        every = type(run)(store, (spools[0], Failing(), spools[1]), *[getattr(run, name) for name in ("key", "intake_keys", "publish_at_once")])  # fmt: skip
        batches: list[int] = []
        told = every.drain(NOW, lambda batch: batches.append(batch.received))
        assert told == Drained(received=2, unreachable=(Waiting(Failing.place, trouble="down"),))
        assert batches == [1, 1]


# --- what waits


def test_status_tells_what_waits_and_since_when(site):
    """For the runner, by storage, and for moderators; two hours are too long for the first."""
    told = json.loads(assises("status", str(site), "--json", "--now", "2017-11-20T20:20").stdout)
    assert (told["ok"], told["storages"][0]["waiting"], told["moderation"]["waiting"]) == (True, 0, 0)
    send(site, site / ".assises" / "spool", "ici")
    told = json.loads(assises("status", str(site), "--json", "--now", "2017-11-20T20:20").stdout)
    assert (told["ok"], told["storages"][0]["waiting"], told["storages"][0]["oldest_seconds"]) == (
        True,
        1,
        300,
    )
    late = assises("status", str(site), "--now", "2017-11-20T22:20")
    assert late.returncode == 1
    assert "1 wait for the runner, the oldest for 2:05:00" in late.stdout
    drained(str(site))
    told = json.loads(assises("status", str(site), "--json", "--now", "2017-11-20T22:20").stdout)
    assert (told["ok"], told["storages"][0]["waiting"], told["moderation"]["waiting"]) == (True, 0, 1)
    assert told["moderation"]["oldest_seconds"] == 7500
    assert told["ledger"] == {"seq": 1, "due": 0}


def test_status_tells_a_storage_that_is_down(site, free_port):
    """With exit code 1, and all the rest."""
    done = assises(
        "status", str(site), "--now", EVENING, ASSISES_STORAGE=f"git+http://127.0.0.1:{free_port()}/x.git"
    )
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
    assert "nothing waits for the runner" in done.stdout


def test_late_is_told_once_until_it_is_over(tmp_path):
    """Since the oldest came, or since a storage was first found down; another time is told again."""
    down = (Waiting("forge", trouble="down"),)
    lateness = Lateness()
    assert lateness.see(down, NOW) == ()
    assert lateness.see(down, NOW + timedelta(minutes=119)) == ()
    lateness.write(tmp_path)
    lateness = Lateness.read(tmp_path)
    assert lateness.see(down, NOW + timedelta(minutes=121)) == down
    assert lateness.see(down, NOW + timedelta(minutes=180)) == ()
    assert lateness.see((), NOW + timedelta(minutes=181)) == ()
    assert lateness.see(down, NOW + timedelta(minutes=182)) == ()
    assert lateness.see(down, NOW + timedelta(minutes=400)) == down
    waiting = (Waiting("spool", 1, NOW),)
    assert Lateness().see(waiting, NOW + timedelta(hours=3)) == waiting


@pytest.mark.parametrize("data", ["", "{", "[]", '{"since": {"x": "y"}, "told": []}', '{"since": []}'])
def test_what_was_noted_and_cannot_be_read_is_noted_anew(tmp_path, data):
    """A damaged note keeps nobody from draining."""
    (tmp_path / FILE).write_text(data, encoding="utf-8")
    assert Lateness.read(tmp_path) == Lateness()


def test_look_tells_of_each_storage(tmp_path):
    """Those that are down, too."""
    spool = Spool(tmp_path)
    spool.put_if_absent(ID, b"x")
    assert look([spool, Failing()]) == (
        Waiting(str(tmp_path), 1, ulid_time(ID)),
        Waiting(Failing.place, trouble="down"),
    )


class Smtp(threading.Thread):
    """A mail server that takes everything."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.letters: list[bytes] = []

    def run(self) -> None:
        """Take letters until the socket is closed."""
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                self._talk(stream)

    def _talk(self, stream) -> None:
        stream.write(b"220 x\r\n")
        stream.flush()
        while line := stream.readline():
            word = line[:4].upper()
            if word == b"DATA":
                stream.write(b"354 x\r\n")
                stream.flush()
                lines = []
                while (row := stream.readline()) != b".\r\n":
                    lines.append(row)
                self.letters.append(b"".join(lines))
            stream.write(b"221 x\r\n" if word == b"QUIT" else b"250 x\r\n")
            stream.flush()


def test_moderators_are_told_once_that_nothing_gets_through(site, free_port):
    """By mail, after two hours; what is set in the environment names the server."""
    server = Smtp()
    server.start()
    variables = {
        "ASSISES_SMTP": f"smtp://127.0.0.1:{server.port}",
        "ASSISES_MAIL_FROM": "assises@ville.example",
        "ASSISES_STORAGE": f"git+http://127.0.0.1:{free_port()}/x.git",
    }
    for minute in ("20:15", "21:15", "22:20", "22:25"):
        assises("drain", str(site), "--now", f"2017-11-20T{minute}", **variables)
    server.socket.close()
    assert len(server.letters) == 1
    letter = message_from_bytes(server.letters[0])
    text = letter.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert variables["ASSISES_STORAGE"].removeprefix("git+") in text
    assert "plus de deux heures" in text
