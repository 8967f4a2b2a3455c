"""``assises import``: contributions that came otherwise than by the site's own forms."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path, PurePosixPath

import click

from assises.cli.common import NOW, command
from assises.cli.words import _
from assises.console import Console
from assises.content import Content
from assises.contribution_table import Reading, known_pages, read_rows
from assises.load import look_through
from assises.problems import ContentError, Location, Problem, hinders, message
from assises.roles import Roles
from assises.settings_reader import SITE
from assises.site import Site
from assises.source import sorted_problems
from assises.spreadsheet import Table, read_table
from assises.statements import read_statements

MOST_BYTES = 200_000_000
_DEFAULTS = ("of", "channel", "language", "kind", "place", "time")


@click.command(
    "import",
    help=_(
        "Enter contributions of FILE (CSV, or JSON lines) into the store and the ledger of the site in DIR. "
        "Columns: text, of (a page), time, channel; also author, position, kind, language, place, key."
    ),
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option("--of", help=_("The page that all rows speak to, unless they name one."))
@click.option("--channel", help=_("How they came: paper, meeting, letter, telephone…"))
@click.option("--time", help=_("When they were said, where rows do not say it."))
@click.option("--language", help=_("Their language, such as fr."))
@click.option("--kind", help=_("comment, proposal or answer."))
@click.option("--place", help=_("Where they were said or handed in."))
@click.option("--dry-run", is_flag=True, help=_("Say what would be done, and do nothing."))
@click.option("--pending", is_flag=True, help=_("Let a moderator read them before they appear."))
@click.option("--skip-bad", is_flag=True, help=_("Leave bad rows out, and write them to a file beside."))
@NOW
@command
def import_(
    console: Console,
    /,
    file: Path,
    folder: Path,
    dry_run: bool,
    pending: bool,
    skip_bad: bool,
    now: datetime | None,
    **stated: str | None,
) -> None:
    """Read everything, tell all that is wrong, and enter it in one turn."""
    console.root = file.parent
    site = _site(folder, now)
    defaults = {key: value for key in _DEFAULTS if (value := stated.get(key))}
    reading, table = _read(file, site, {"language": site.language, **defaults})
    reading.problems += [*known_pages(reading, site), *_later(reading, site)]
    _tell(console, reading, file, table, skip_bad)
    good = [statement for statement in reading.statements if statement.location not in _bad(reading)]
    by_channel = Counter(statement.channel for statement in good)
    if dry_run:
        for channel, count in by_channel.most_common():
            console.echo(f"{count:>7}  {channel}")
        console.done(
            message("Contributions that would be entered: {count}.", count=len(good)), would=len(good)
        )
        return
    roles = Roles.of(folder, site.settings)
    runner = replace(roles.runner(site.settings, Content(statements=tuple(good))), hold=pending)
    done = runner.drain(site.now)
    console.done(
        message(
            "Contributions entered: {new}; known already: {known}.",
            new=done.imported, known=len(good) - done.imported,
        ),
        imported=done.imported, known=len(good) - done.imported, skipped=len(_bad(reading)),
    )  # fmt: skip
    console.next(message("assises moderate list") if pending else message("assises build"))


def _site(folder: Path, now: datetime | None) -> Site:
    """Return the site whose pages are spoken to.

    Raises:
        ContentError: site.yaml is wrong; other pages' problems do not matter here.
    """
    found = look_through(folder, now)
    wrong = [problem for problem in found.problems if problem.location.path == SITE]
    if hinders(wrong):
        raise ContentError(wrong)
    return found.site


def _read(file: Path, site: Site, defaults: dict[str, str]) -> tuple[Reading, Table | None]:
    path = PurePosixPath(file.name)
    if file.stat().st_size > MOST_BYTES:
        what = message("This file is larger than {most} MB.", most=MOST_BYTES // 1_000_000)
        raise ContentError([Problem(Location(path), what, message("Divide it into several."))])
    data = file.read_bytes()
    if file.suffix.lower() in (".jsonl", ".ndjson", ".json"):
        statements, problems = read_statements(data.decode("utf-8-sig", "replace"), path)
        return Reading(statements=statements, problems=problems), None
    table = read_table(data, path)
    return read_rows(table, path, site, defaults), table


def _later(reading: Reading, site: Site) -> list[Problem]:
    what = message("This is dated later than now.")
    mend = message("See whether day and month are the right way round.")
    return [
        Problem(statement.location, what, mend)
        for statement in reading.statements
        if statement.time > site.now
    ]


def _bad(reading: Reading) -> set[Location]:
    """Return where rows begin that something is wrong with."""
    lines = {problem.location.line for problem in reading.problems if problem.severity == "error"}
    return {statement.location for statement in reading.statements if statement.location.line in lines}


def _tell(console: Console, reading: Reading, file: Path, table: Table | None, skip_bad: bool) -> None:
    """Show what is wrong; go on only without bad rows, or where they may be left out."""
    problems = sorted_problems(reading.problems)
    if table:
        console.say(
            message(
                "Read as {encoding}, cells parted by “{separator}”. Rows: {count}.",
                encoding=table.encoding, separator=table.separator.replace("\t", "TAB"), count=len(table.rows),
            )
        )  # fmt: skip
    if problems and not console.as_json:
        console.problems(problems)
    if not hinders(problems):
        return
    if not skip_bad or not (reading.statements or reading.bad):
        if console.as_json:
            console.problems(problems)
        else:
            console.counted(problems)
            console.failed(
                message("Nothing was entered. Mend these rows, or leave them out with --skip-bad.")
            )
        sys.exit(1)
    if table:
        lines = {problem.location.line for problem in problems if problem.severity == "error"}
        _write_bad(console, file, table, lines)


def _write_bad(console: Console, file: Path, table: Table, lines: set[int]) -> None:
    place = file.with_name(f"{file.stem}.bad.csv")
    rows = [row.cells for row in table.rows if row.line in lines]
    with place.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=table.separator)
        writer.writerows([table.head.cells, *rows])
    console.say(message("Rows left out: {count}; they are in {file}.", count=len(rows), file=place))
