"""Figures of the intake's storages and the remote store, each beside what it is to be judged by, as Markdown.

``make bench`` runs it: everything on loopback, in one run, medians of several rounds. Say nothing of another
machine by these numbers but by their ratios.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from assises.contribution import Contribution  # noqa: E402
from assises.envelope import Envelope  # noqa: E402
from assises.git_remote import Remote  # noqa: E402
from assises.inbox_refs import InboxRefs  # noqa: E402
from assises.remote_branch import RemoteBranch  # noqa: E402
from assises.s3 import S3  # noqa: E402
from assises.sigv4 import Request, Signer  # noqa: E402
from assises.spool import Spool  # noqa: E402
from assises.storage_contract import Storage  # noqa: E402
from assises.store import FATES, RUNNER, Store, decisions_path, path_of  # noqa: E402
from conftest import require  # noqa: E402
from fault_proxy import fault_proxy  # noqa: E402
from git_host import PASSWORD, USER, GitHost, git_host  # noqa: E402
from kernel import (  # noqa: E402
    INTAKE_KEY,
    NOW,
    TOPIC,
    client,
    contribution,
    envelope,
    intake,
    post,
    runner,
)
from radosgw import radosgw  # noqa: E402
from tools.install import TOOLS  # noqa: E402

ROUNDS = 5
FORK = multiprocessing.get_context("fork")

Row = tuple[str, str]


def main() -> None:
    """Print all tables."""
    git, lighttpd = require("git-host")
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place)
        say(
            f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, {subprocess.run([git, '--version'], capture_output=True, text=True, check=True).stdout.strip()}, load {os.getloadavg()[0]:.1f} at the start.\n"
        )
        table("Spool", spool_beside_disk(folder))
        table("Posts over HTTP, 8 at a time", posts(folder))
        (folder / "git").mkdir()
        host = stack.enter_context(git_host(folder / "git", git, lighttpd))
        for writers in (8, 32):
            storage = partial(refs_of, host, f"w{writers}.git")
            table(f"Inbox refs, {writers} writers", writing(writers, storage, host.pid))
        table("Draining 400", draining(host, folder))
        table("Adding one to 50,000 over HTTP", adding_one(host))
        (folder / "s3").mkdir()
        url = stack.enter_context(radosgw(folder / "s3"))
        S3(url, "received", "", SIGNER)._ask(Request("PUT", "/received"), 200)
        table("S3 (Ceph), 8 writers", writing(8, lambda: S3(url, "received", "", SIGNER, 30)))
    say(f"\nLoad {os.getloadavg()[0]:.1f} at the end.")


SIGNER = Signer("AK", "SK", "us-east-1")


def say(text: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def table(title: str, rows: Iterator[Row]) -> None:
    """Print a table of what and how much."""
    say(f"\n### {title}\n\n| what | figure |\n| --- | --- |")
    for what, figure in rows:
        say(f"| {what} | {figure} |")


def median(figures: list[float]) -> float:
    """Return the median."""
    return statistics.median(figures)


# --- the disk


def spool_beside_disk(folder: Path) -> Iterator[Row]:
    """Store the same envelopes in the spool and by a bare loop of write and fsync, by turns."""
    data = [envelope(f"{n} {'mot ' * 100}").to_bytes(INTAKE_KEY) for n in range(300)]
    ids = [contribution(f"{n} {'mot ' * 100}").id for n in range(300)]
    bare, spooled = [], []
    for round in range(ROUNDS):
        plain = folder / f"plain-{round}"
        plain.mkdir()
        begun = time.perf_counter()
        for id, line in zip(ids, data, strict=True):
            with (plain / id).open("xb") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        bare.append(len(ids) / (time.perf_counter() - begun))
        spool = Spool(folder / f"spool-{round}")
        begun = time.perf_counter()
        for id, line in zip(ids, data, strict=True):
            assert spool.put_if_absent(id, line)
        spooled.append(len(ids) / (time.perf_counter() - begun))
    yield "bare loop of write and fsync, a second", f"{median(bare):.0f}"
    yield "spool (write, fsync, link, fsync of the folder), a second", f"{median(spooled):.0f}"
    yield "spool ÷ bare loop", f"{median([s / b for s, b in zip(spooled, bare, strict=True)]):.2f}"


# --- posts


def posts(folder: Path) -> Iterator[Row]:
    """Confirm contributions to our intake, and post comments to Isso, both behind gunicorn: 2 processes, 4 threads."""
    ours, theirs, work = [], [], [0.0, 0.0]
    bodies = prepared(600 * ROUNDS)
    with ExitStack() as stack:
        us, them = (stack.enter_context(serve(folder)) for serve in (gunicorn_intake, gunicorn_isso))
        for round in range(ROUNDS):
            before = processor(us[1]), processor(them[1])
            part = bodies[round * 600 : (round + 1) * 600]
            ours.append(posted(us[0], "/contributions", part, "application/x-www-form-urlencoded", 303))
            comments = [
                json.dumps({"text": f"{round} {n} " + "mot " * 20, "title": "x", "author": "a"})
                for n in range(200)
            ]
            theirs.append(posted(them[0], "/new?uri=/x/", comments, "application/json", 201))
            work[0] += (processor(us[1]) - before[0]) / (600 * ROUNDS)
            work[1] += (processor(them[1]) - before[1]) / (200 * ROUNDS)
    yield "Assises, intake and spool, posts a second", f"{median(ours):.0f}"
    yield "Isso, posts a second", f"{median(theirs):.0f}"
    yield "Assises ÷ Isso", f"{median([o / t for o, t in zip(ours, theirs, strict=True)]):.1f}"
    yield "processor for one post, Assises", f"{work[0] * 1000:.1f} ms"
    yield "processor for one post, Isso", f"{work[1] * 1000:.1f} ms"


def processor(pid: int) -> float:
    """Return the seconds of processor that a server's processes have taken so far."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    rows = [
        Path(f"/proc/{child}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        for child in children
    ]
    return sum(int(row[11]) + int(row[12]) for row in rows) / os.sysconf("SC_CLK_TCK")


def prepared(count: int) -> list[str]:
    """Return forms as residents confirm them, each with a token of its own."""
    browser = client(intake(Spool(Path(tempfile.mkdtemp()))))
    return [urlencode(post(browser, text=f"{n} " + "mot " * 20, form=TOPIC).fields) for n in range(count)]


def asked(connection: socket.socket, path: str, body: bytes, kind: str) -> int:
    """Post once over a kept connection, and return the status; next to nothing is spent on this side."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = connection.recv(65536)
        assert part, "the server closed the connection"
        answer += part
    head_of, _, rest = answer.partition(b"\r\n\r\n")
    length = int(head_of.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(rest) < length:
        rest += connection.recv(65536)
    return int(head_of[9:12])


def posted(port: int, path: str, bodies: list[str], kind: str, expected: int) -> float:
    """Post all bodies, eight at a time, and return how many a second were taken."""
    waiting, statuses = iter(bodies), []
    lock = threading.Lock()

    def work() -> None:
        connection = socket.create_connection(("127.0.0.1", port), timeout=60)
        while True:
            with lock:
                body = next(waiting, None)
            if body is None:
                connection.close()
                return
            statuses.append(asked(connection, path, body.encode(), kind))

    threads = [threading.Thread(target=work) for _ in range(8)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begun
    assert set(statuses) == {expected}, set(statuses)
    return len(bodies) / took


@contextmanager
def gunicorn_intake(folder: Path) -> Iterator[tuple[int, int]]:
    """Serve our intake over a spool, at the evening of its forms."""
    code = folder / "evening.py"
    code.write_text(
        "import os, sys\n"
        f"sys.path[:0] = [{str(HERE.parent)!r}]\n"
        "from assises.spool import Spool\nfrom pathlib import Path\nfrom kernel import intake\n"
        f"application = intake(Spool(Path({str(folder / 'posted')!r})))\n",
        encoding="utf-8",
    )
    with gunicorn(
        "evening:application", {"PYTHONPATH": f"{folder}{os.pathsep}{TOOLS['gunicorn'].folder()}"}
    ) as served:
        yield served


@contextmanager
def gunicorn_isso(folder: Path) -> Iterator[tuple[int, int]]:
    """Serve Isso without its guard, which would take three comments from here."""
    settings = folder / "isso.cfg"
    settings.write_text(
        f"[general]\ndbpath = {folder / 'isso.db'}\nhost = http://127.0.0.1:9/\n[guard]\nenabled = false\n",
        encoding="utf-8",
    )
    variables = {"PYTHONPATH": str(TOOLS["isso"].folder()), "ISSO_SETTINGS": str(settings)}
    with gunicorn("isso.run", variables) as served:
        yield served


@contextmanager
def gunicorn(application: str, variables: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Serve an application by gunicorn on any port; give it, and the process."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-b",
        f"127.0.0.1:{port}",
        "--workers",
        "2",
        "--threads",
        "4",
        "--preload",  # Isso's processes would meet over a database that none has made yet
        application,
    ]
    server = subprocess.Popen(
        command, env=os.environ | variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        end = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
                break
            except urllib.error.HTTPError:
                break
            except OSError:
                assert time.monotonic() < end, f"{application} does not answer"
                assert server.poll() is None, f"{application} ended"
                time.sleep(0.1)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(30)


# --- over the network


def refs_of(host: GitHost, name: str) -> InboxRefs:
    """Return inbox refs in a repository, made if there is none."""
    if not (host.folder / name).exists():
        host.make(name)
    return InboxRefs(Remote(f"http://127.0.0.1:{host.port}/{name}", USER, PASSWORD, 30))


def write_many(name: int, number: int, storage: Callable[[], Storage], gate: object, told: object) -> None:
    """Store so many contributions, and tell how long each took."""
    to, times = storage(), []
    items = [envelope(f"{name} {n} {time.time_ns()} {'mot ' * 60}") for n in range(number)]
    lines = [(item.contribution.id, item.to_bytes(INTAKE_KEY)) for item in items]
    gate.wait()  # type: ignore[attr-defined]
    for id, data in lines:
        begun = time.perf_counter()
        assert to.put_if_absent(id, data)
        times.append(time.perf_counter() - begun)
    told.put(times)  # type: ignore[attr-defined]


def work_of(pid: int) -> float:
    """Return the seconds of processor that a server's ended children took, and ours."""
    ours = resource.getrusage(resource.RUSAGE_CHILDREN)
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    theirs = sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    return ours.ru_utime + ours.ru_stime + theirs


def writing(writers: int, storage: Callable[[], Storage], server: int = 0) -> Iterator[Row]:
    """Let processes store at the same time; what they stored is then drained away."""
    storage()
    rates, times, work = [], [], 0.0
    for _ in range(ROUNDS):
        before = work_of(server) if server else 0
        gate, told = FORK.Barrier(writers + 1), FORK.Queue()
        number = max(6, 160 // writers)
        processes = [
            FORK.Process(target=write_many, args=(n, number, storage, gate, told)) for n in range(writers)
        ]
        for process in processes:
            process.start()
        gate.wait()
        begun = time.perf_counter()
        found = [told.get(timeout=300) for _ in processes]
        rates.append(writers * number / (time.perf_counter() - begun))
        for process in processes:
            process.join()
        work += (work_of(server) if server else 0) - before
        times += [one for row in found for one in row]
        waiting = list(storage().list())
        assert len(waiting) == writers * number
        storage().delete(*waiting)
    times.sort()
    yield "stored a second", f"{median(rates):.0f} ({min(rates):.0f}–{max(rates):.0f})"
    yield "median of one", f"{median(times) * 1000:.0f} ms"
    yield "99 of 100 within", f"{times[int(len(times) * 0.99)] * 1000:.0f} ms"
    if server:
        yield "processor for one, writer and host together", f"{work / len(times) * 1000:.0f} ms"
    yield "lost, doubled", "0, 0"


def send(storage: Storage, sent: list[Envelope]) -> None:
    """Store envelopes, eight at a time."""

    def put(item: Envelope) -> None:
        storage.put_if_absent(item.contribution.id, item.to_bytes(INTAKE_KEY))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(put, sent))


def draining(host: GitHost, folder: Path) -> Iterator[Row]:
    """Carry a whole batch, from here to here and from a host to a host."""
    here, far = [], []
    for round in range(3):
        sent = [envelope(f"{round} {n}", sending=f"{round:016x}{n:016x}") for n in range(400)]
        spool = Spool(folder / f"drained-{round}")
        for item in sent:
            spool.put_if_absent(item.contribution.id, item.to_bytes(INTAKE_KEY))
        with Store.create(folder / f"drained-{round}.git") as store:
            begun = time.perf_counter()
            assert runner(store, spool).drain(NOW).received == 400
            here.append(time.perf_counter() - begun)
        refs = refs_of(host, f"drained-{round}-in.git")
        send(refs, sent)
        to = Store(RemoteBranch(refs_of(host, f"drained-{round}-to.git").remote))
        begun = time.perf_counter()
        assert runner(to, refs).drain(NOW).received == 400
        far.append(time.perf_counter() - begun)
    yield "spool → store on this disk", f"{median(here):.2f} s"
    yield "inbox refs → remote store, 400 refs deleted", f"{median(far):.2f} s"


def adding_one(host: GitHost) -> Iterator[Row]:
    """Add one contribution to a remote store of 50,000, each time from a cold start."""
    begun = time.perf_counter()
    fill(host, "big.git", 50_000)
    made = time.perf_counter() - begun
    times, down, up, requests = [], [], [], 0
    with fault_proxy(host.port) as proxy:
        for number in range(11):
            through = proxy.port if number % 2 else host.port
            proxy.forget()
            took = add(f"http://127.0.0.1:{through}/big.git", contribution(f"neu {number} {time.time_ns()}"))
            if number % 2:
                down.append(proxy.received)
                up.append(proxy.sent)
                requests = len(proxy.requests)
            else:
                times.append(took)
    yield "time", f"{median(times) * 1000:.0f} ms"
    yield "bytes received, headers counted", f"{median(down) / 1000:.1f} kB"
    yield "bytes sent, headers counted", f"{median(up) / 1000:.1f} kB"
    yield "requests", str(requests)
    yield "(filling the store took)", f"{made:.0f} s"


def add(url: str, item: Contribution) -> float:
    """Add one from a cold start, as the runner does, and return the seconds that it took."""
    begun = time.perf_counter()
    store = Store(RemoteBranch(Remote(url, USER, PASSWORD, 30)))

    def change(snapshot):
        snapshot.bring(path_of(fate, item.id) for fate in FATES)
        assert snapshot.fate(item.id) is None
        return {path_of("pending", item.id): item.canonical()}

    store.commit(RUNNER, "Add", NOW, change)
    return time.perf_counter() - begun


def fill(host: GitHost, name: str, count: int) -> None:
    """Make a store of so many published contributions, over half a year."""
    host.make(name)
    with Store.open(host.folder / name) as store:
        for part in range(10):
            files: dict[str, bytes | None] = {}
            for n in range(count // 10):
                item = contribution(
                    f"{part} {n} {'mot ' * 40}", time=NOW - timedelta(hours=(part * n) % 4380)
                )
                files[path_of("published", item.id)] = item.canonical()
                files[decisions_path("published", item.id)] = b'{"decisions":[],"format":1}\n'
            store.commit(RUNNER, "Fill", NOW, lambda _snapshot, files=files: files)  # type: ignore[misc]
    subprocess.run([host.git, "-C", str(host.folder / name), "repack", "-adq"], check=True)


if __name__ == "__main__":
    main()
