"""An intake and a runner that are killed again and again, by SIGKILL, at any instant; what it comes to, as JSON.

Run as a program of its own, with one thread: its children are forks, so that a thousand of them take minutes.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

from assises.git_remote import Remote
from assises.inbox_refs import InboxRefs
from assises.receipt import from_text
from assises.remote_branch import RemoteBranch
from assises.spool import Spool
from assises.storage_contract import Storage
from assises.store import Store
from git_host import PASSWORD, USER
from kernel import INTAKE_KEY, NOW, TOPIC, client, intake, post, receipt_text, runner


def storage_at(place: str) -> Storage:
    """Return the storage at an address or in a folder."""
    return InboxRefs(Remote(place, USER, PASSWORD, 20)) if place.startswith("http") else Spool(Path(place))


def store_at(place: str) -> Store:
    """Return the store at an address or in a folder."""
    if place.startswith("http"):
        return Store(RemoteBranch(Remote(place, USER, PASSWORD, 20)))
    return Store.create(Path(place))


def residents(place: str, told: int, left: dict[str, str] | None, number: int) -> None:
    """Send contribution after contribution; tell what is about to be confirmed, and each receipt's id.

    `left` is what a former intake was killed over: a resident whose page does not answer sends it again.
    """
    browser = client(intake(storage_at(place)))
    for turn in range(1_000_000):
        fields = left or post(browser, text=f"{number}-{turn} « é »", form=TOPIC).fields
        left = None
        tell(told, {"fields": fields})
        answer = browser.post("/contributions", data=fields)
        if answer.status_code == 303:
            receipt = from_text(receipt_text(answer.headers["Location"]), (INTAKE_KEY.public,))
            tell(told, {"received": receipt.id})
        elif answer.status_code == 503:  # an honest answer; the words are sent again
            left = fields
        else:
            raise AssertionError(answer.get_data(as_text=True))


def drain(place: str, store: str, told: int) -> None:
    """Drain without a pause."""
    while True:
        runner(store_at(store), storage_at(place)).drain(NOW)
        tell(told, {"drained": True})


def tell(pipe: int, what: dict[str, Any]) -> None:
    """Write a line, whole or not at all."""
    os.write(pipe, json.dumps(what).encode() + b"\n")


class Child:
    """A fork that does some work until it is killed."""

    def __init__(self, work: Any, *arguments: Any) -> None:
        self.reading, writing = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.close(self.reading)
            try:
                work(*(writing if argument is Ellipsis else argument for argument in arguments))
            except BaseException as error:  # noqa: BLE001 - told to the parent, which fails the run
                tell(writing, {"fault": repr(error)[:500]})
            os._exit(1)
        os.close(writing)
        self.rest = b""

    def heard(self, seconds: float) -> list[dict[str, Any]]:
        """Return what it told, waiting so long at most for the first."""
        found = []
        while select.select([self.reading], [], [], seconds)[0]:
            data = os.read(self.reading, 65536)
            if not data:
                break
            *lines, self.rest = (self.rest + data).split(b"\n")
            found += map(json.loads, lines)
            seconds = 0
        return found

    def kill(self) -> list[dict[str, Any]]:
        """End it by SIGKILL, and return what it had still told."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        found = self.heard(0)
        os.close(self.reading)
        return found


def main(place: str, store: str, kills: int, longest: float, seed: int) -> dict[str, Any]:
    """Kill intake or runner so many times, then drain once; return what was promised."""
    chance = random.Random(seed)
    acknowledged, left, faults, drains = set[str](), None, [], 0

    def hear(found: list[dict[str, Any]]) -> None:
        nonlocal left, drains
        for word in found:
            left = word.get("fields", left)
            if "received" in word:
                acknowledged.add(word["received"])
                left = None
            drains += "drained" in word
            faults.extend([word["fault"]] if "fault" in word else [])

    intakes = Child(residents, place, ..., left, 0)
    runners = Child(drain, place, store, ...)
    # Both are seen to work before the first kill: on a slow machine no turn might end between two.
    patience = time.monotonic() + 60
    while not (acknowledged and drains) and time.monotonic() < patience:
        hear(intakes.heard(0.05))
        hear(runners.heard(0.05))
    for number in range(1, kills + 1):
        end = time.monotonic() + chance.uniform(0, longest)
        while (rest := end - time.monotonic()) > 0:
            hear(intakes.heard(rest / 2))
            hear(runners.heard(0))
        if chance.random() < 0.5:
            hear(intakes.kill())
            intakes = Child(residents, place, ..., left, number)
        else:
            hear(runners.kill())
            break_locks(store)
            runners = Child(drain, place, store, ...)
    hear(intakes.kill())
    hear(runners.kill())
    break_locks(store)
    last = runner(store_at(store), storage_at(place)).drain(NOW)
    return {
        "acknowledged": sorted(acknowledged),
        "drains": drains,
        "faults": faults,
        "last": last.received,
        "waiting": list(storage_at(place).list()),
    }


def break_locks(store: str) -> None:
    """Let the locks that a killed runner left be as old as they are when the next one comes by a schedule."""
    if not store.startswith("http"):
        for lock in Path(store).rglob("*.lock"):
            os.utime(lock, (0, 0))


if __name__ == "__main__":
    place, store, kills, longest, seed = sys.argv[1:]
    json.dump(main(place, store, int(kills), float(longest), int(seed)), sys.stdout)
