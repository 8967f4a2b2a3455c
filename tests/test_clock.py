"""Which instant commands speak of."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assises.clock import FILE, running_clock, system_clock, told, told_clock

START = datetime(2017, 11, 20, 19, 15, tzinfo=UTC)


def test_a_clock_starts_where_it_is_told_and_runs_on() -> None:
    """It says later instants each time, from the first on."""
    clock = running_clock(START)
    first, second = clock(), clock()
    assert START <= first <= second < START + timedelta(minutes=1)


def test_other_commands_follow_the_clock_of_whoever_serves(tmp_path: Path) -> None:
    """While it is served, and no longer."""
    with socket.socket() as served:
        served.bind(("127.0.0.1", 0))
        served.listen()
        with told(tmp_path, running_clock(START), *served.getsockname()):
            assert abs(told_clock(tmp_path)() - START) < timedelta(minutes=1)
        assert told_clock(tmp_path) is system_clock


@pytest.mark.parametrize(
    "data",
    ["", "x", "[]", "{}", '{"lead": "x", "host": "127.0.0.1", "port": 1}', json.dumps({"lead": 10**30})],
)
def test_what_a_crash_left_behind_is_not_followed(tmp_path: Path, data: str) -> None:
    """A file of a process that is gone, or half of one, changes no clock."""
    (tmp_path / FILE).write_text(data, encoding="utf-8")
    assert told_clock(tmp_path) is system_clock


def test_a_port_that_nobody_holds_is_not_followed(tmp_path: Path) -> None:
    """The process was killed and could not tidy up."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host, port = free.getsockname()
    (tmp_path / FILE).write_text(json.dumps({"lead": -3600, "host": host, "port": port}), encoding="utf-8")
    assert told_clock(tmp_path) is system_clock
