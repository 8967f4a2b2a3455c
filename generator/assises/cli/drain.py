"""The runner: carry what was received into the store, once or every so often."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from assises import alarm
from assises.cli.common import NOW, SITE, command
from assises.cli.words import _
from assises.console import Console
from assises.content import Content
from assises.hook import Endpoint, Hook, HookError
from assises.listen import answering, bind
from assises.load import instant, kept_in, read_site
from assises.mail import Account, MailError, deliver
from assises.notices import Notified
from assises.postman import Posted
from assises.problems import ContentError, Problem, message
from assises.remote_address import AddressError, Secrets
from assises.roles import Roles, notices, postman
from assises.rounds import Rounds
from assises.runner import Drained
from assises.settings import Settings
from assises.store import StoreError
from assises.waiting import Lateness, Waiting, look

REBUILD = "ASSISES_REBUILD_HOOK"
SECRET = "ASSISES_DRAIN_SECRET"  # noqa: S105 - the name of a variable

_UNITS = {"s": 1, "m": 60, "h": 3600}
_REBUILT = 3600
"""Seconds that a rebuild may take."""


class Duration(click.ParamType[float]):
    """A stretch of time: ``30s``, ``5m``, ``1h``."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return its seconds."""
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"([1-9]\d{0,4})([smh])", str(value))
        if not found:
            return self.fail(_("“{value}” is no stretch of time like 5m").format(value=value), param, ctx)
        return float(int(found[1]) * _UNITS[found[2]])


@click.command(help=_("Carry what was received into the store and the ledger."))
@SITE
@click.option("--every", type=Duration(), help=_("Go on, with this pause between turns: 30s, 5m, 1h."))
@click.option(
    "--listen",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help=_("With --every: begin a turn at once when this port of the machine is called."),
)
@click.option(
    "--rebuild",
    envvar=REBUILD,
    default="",
    metavar="COMMAND|URL",
    help=_("What is run or called after each batch that changed the store."),
)
@NOW
@command
def drain(
    console: Console, root: Path, every: float | None, listen: int | None, rebuild: str, now: datetime | None
) -> None:
    """Let the runner take one turn, or one after the other until it is interrupted."""
    turns = _Turns(console, root, now, _rebuild(rebuild, root))
    if every is None:
        if listen is not None:
            raise click.UsageError(_("--listen belongs to --every."))
        if not turns.take():
            sys.exit(1)
        console.next(message("assises moderate list"))
        return
    rounds = Rounds(turns.take_whatever_happens, every)
    with _ended_by_signals(rounds), ExitStack() as stack:
        if listen is not None:
            _listen(console, listen, rounds, stack)
        rounds.run()
    console.say(message("Ended; nothing is lost."))


@dataclass(frozen=True, slots=True)
class _Turns:
    """Turns of the runner, each with the files as they are then."""

    console: Console
    root: Path
    now: datetime | None
    rebuild: Callable[[], None]

    def take_whatever_happens(self) -> bool:
        """Take a turn, and return whether all went well; what went wrong is told, and tried again."""
        try:
            return self.take()
        except ContentError as error:
            self.console.problems(error.problems)
        except Exception as error:  # noqa: BLE001 - intakes go on promising, so the runner goes on trying
            self.console.failed(message("{why}", why=error))
        return False

    def take(self) -> bool:
        """Take one turn, and return whether all went well."""
        settings, content, problems = read_site(self.root)
        roles = Roles.of(self.root, settings)
        with roles.store:
            now = instant(self.root, self.now, settings)
            try:
                drained, rebuilt = self._drain(roles, settings, content, problems, now)
            except StoreError:
                self._tell_late(roles, settings, look((roles.spool, *roles.elsewhere)), now)
                raise
            self._tell_late(roles, settings, drained.unreachable, now)
            self._tell_authors(roles, settings, now)
            self._tell_moderators(roles, settings, now)
        return (
            self._tell(drained, [problem for problem in problems if problem.severity == "error"]) and rebuilt
        )

    def _drain(
        self, roles: Roles, settings: Settings, content: Content, problems: list[Problem], now: datetime
    ) -> tuple[Drained, bool]:
        rebuilt = True

        def carried(_batch: Drained) -> None:
            nonlocal rebuilt
            try:
                self.rebuild()
            except HookError as error:
                rebuilt = False
                self.console.failed(message("Nothing was rebuilt: {why}.", why=error))

        return roles.runner(settings, content, problems).drain(now, carried), rebuilt

    def _tell(self, drained: Drained, wrong: list[Problem]) -> bool:
        console = self.console
        well = not (wrong or drained.set_aside or drained.unreachable)
        console.done(
            drained.told(),
            ok=well,
            received=drained.received, imported=drained.imported, known=drained.known, decided=drained.decided,
            set_aside=list(drained.set_aside), problems=console.rows(wrong),
            unreachable=[waiting.trouble for waiting in drained.unreachable],
        )  # fmt: skip
        if console.as_json:
            return well
        if wrong:
            console.say(message("Statements of content/contributions/ wait until these problems are mended:"))
            console.problems(wrong)
        if drained.set_aside:
            console.failed(drained.refused())
        if drained.unreachable:
            console.failed(drained.not_reached())
        return well

    def _tell_authors(self, roles: Roles, settings: Settings, now: datetime) -> None:
        """Write to authors who asked for it; a fault is told, and the next turn tries again."""
        try:
            writes = postman(self.root, settings, roles, os.environ)
            posted = writes.go(now) if writes else Posted()
        except MailError as error:
            self.console.failed(message("{why}", why=error))
            return
        for fault in posted.faults:
            self.console.failed(fault)
        if posted.asked or posted.told:
            self.console.say(
                message(
                    "Letters to authors: {asked} that ask, {told} that tell.",
                    asked=posted.asked,
                    told=posted.told,
                )
            )

    def _tell_moderators(self, roles: Roles, settings: Settings, now: datetime) -> None:
        """Write to moderators of what waits; a fault is told, and the next turn tries again."""
        try:
            writes = notices(self.root, settings, roles, os.environ)
            came = writes.tell(now) if writes else Notified()
        except MailError as error:
            self.console.failed(message("{why}", why=error))
            return
        for fault in came.faults:
            self.console.failed(fault)
        if came.sent:
            self.console.say(message("Letters to moderators: {count}.", count=came.sent))

    def _tell_late(self, roles: Roles, settings: Settings, seen: tuple[Waiting, ...], now: datetime) -> None:
        """Mail moderators of what has been waiting too long, once until it is carried."""
        folder = kept_in(self.root, settings)
        lateness = Lateness.read(folder)
        late = lateness.see(seen, now)
        try:
            account = Account.from_environment(os.environ) if late else None
            lost = deliver(account, alarm.letters(roles.store, settings, late), now) if account else ()
        except MailError as error:
            self.console.failed(message("{why}", why=error))
            return
        for undelivered in lost:
            self.console.failed(
                message("No mail to {to}: {why}.", to=undelivered.letter.to, why=undelivered.error)
            )
        # Where the mail did not go, the next turn tries again.
        if not lost:
            lateness.write(folder)


def _rebuild(what: str, root: Path) -> Callable[[], None]:
    """Return what runs a command in the site's folder, or calls an address, or does nothing."""
    if not what.strip():
        return lambda: None
    if what.startswith(("http://", "https://")):
        return Hook.of(what, Secrets(os.environ, 1).get(f"{REBUILD}_SECRET"), REBUILD).call
    words = shlex.split(what, posix=os.name != "nt")

    def run() -> None:
        try:
            # No shell; whose command it is, whose machine it is.
            done = subprocess.run(words, cwd=root, check=False, timeout=_REBUILT)  # noqa: S603
        except (OSError, subprocess.SubprocessError) as error:
            raise HookError(str(error)) from error
        if done.returncode:
            raise HookError(f"{words[0]} ended with {done.returncode}")

    return run


def _listen(console: Console, port: int, rounds: Rounds, stack: ExitStack) -> None:
    secret = Secrets(os.environ, 1).get(SECRET)
    if not secret:
        raise AddressError(f"{SECRET} is missing: whoever calls has to know it")
    server = bind(port)
    server.app = Endpoint(secret, rounds.wake)
    stack.enter_context(answering(server))
    console.say(message("Called at:  {url}", url=f"http://127.0.0.1:{server.port}/"))


@contextmanager
def _ended_by_signals(rounds: Rounds) -> Iterator[None]:
    """End the rounds at Ctrl-C or SIGTERM, after the turn that is being taken."""
    former = {
        number: signal.signal(number, lambda *_: rounds.end()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
