"""Work that goes on, turn after turn, until somebody ends it; a call begins a turn at once."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import click

from assises.cli.words import _
from assises.console import Console
from assises.hook import Endpoint
from assises.listen import answering, bind
from assises.problems import message
from assises.remote_address import AddressError, Secrets
from assises.rounds import Rounds

SECRET = "ASSISES_DRAIN_SECRET"  # noqa: S105 - the name of a variable

_UNITS = {"s": 1, "m": 60, "h": 3600}


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


EVERY = click.option("--every", type=Duration(), help=_("Go on, with this pause between turns: 30s, 5m, 1h."))
LISTEN = click.option(
    "--listen",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help=_("With --every: begin a turn at once when this port of the machine is called."),
)


def check_listening(every: float | None, listen: int | None) -> None:
    """Make sure that there is somebody to wake.

    Raises:
        click.UsageError: there shall be a single turn only.
    """
    if every is None and listen is not None:
        raise click.UsageError(_("--listen belongs to --every."))


def go_on(console: Console, turn: Callable[[], bool], every: float, listen: int | None) -> None:
    """Take turns until Ctrl-C or SIGTERM; the one that is being taken then is finished first."""
    rounds = Rounds(turn, every)
    with _ended_by_signals(rounds), ExitStack() as stack:
        if listen is not None:
            _listen(console, listen, rounds, stack)
        rounds.run()
    console.say(message("Ended; nothing is lost."))


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
