"""The log: a line of JSON for each request, with nothing in it that leads to a person.

No address of a sender, no words, no number, no address of a receipt: what is not in `Entry` is not logged.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TextIO

from assises.contribution import format_time


@dataclass(slots=True)
class Entry:
    """What is noted of one request while it is answered."""

    endpoint: str = ""
    """Which kind of address was asked for; empty: none of ours."""

    form: str = ""
    """A form of the site; empty where what was sent names none."""

    storage: str = ""
    """``stored``, ``known`` (a resend) or ``failed``; empty where nothing was to be stored."""

    reason: str = ""
    """Why something was refused, or flagged."""

    status: int = 500
    ms: int = 0
    """How long it took."""


Log = Callable[[datetime, Entry], None]


def silent(time: datetime, entry: Entry) -> None:
    """Log nothing."""


def json_lines(stream: TextIO | None = None) -> Log:
    """Return a log that writes lines of JSON to a stream, standard error by default."""

    def write(time: datetime, entry: Entry) -> None:
        stated = {key: value for key, value in asdict(entry).items() if value != ""}
        print(json.dumps({"time": format_time(time), **stated}), file=stream or sys.stderr, flush=True)

    return write
