"""``assises check``: every problem, as a person or a forge reads it."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath

import click

from assises import build as builder
from assises import reports
from assises.cli.common import NOW, SITE, command, held_back_rows, say_held_back
from assises.cli.words import _, translate
from assises.console import Console
from assises.external import external_problems
from assises.load import look_through
from assises.problems import ContentError, Problem, hinders, message
from assises.site import Site

FORMATS = ("text", "json", "sarif", "github", "gitlab")


@click.command(
    help=_(
        "Find every problem in the files of DIR. Exit code 0: the site is fit to be launched; 1: it is not; "
        "2: wrong usage."
    )
)
@SITE
@NOW
@click.option(
    "--format", "form", default="text", type=click.Choice(FORMATS), help=_("How problems are told.")
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help=_("Write them to this file.")
)
@click.option("--strict", is_flag=True, help=_("Let warnings count as well."))
@click.option("--all", "every", is_flag=True, help=_("Show every problem, however many."))
@click.option("--external", is_flag=True, help=_("Ask for the web pages that the site links to, too."))
@command
def check(
    console: Console,
    root: Path,
    now: datetime | None,
    form: str,
    output: Path | None,
    strict: bool,
    every: bool,
    external: bool,
) -> None:
    """Build without writing, and say what is wrong."""
    site, problems, outputs = _found(root, now)
    if external:
        problems += external_problems(site, console.progress(message("External links")))
    console.as_json |= form == "json"
    console.most = len(problems) if every else console.most
    bad = [problem for problem in problems if strict or problem.severity != "warning"]
    if form in ("sarif", "github", "gitlab") or output:
        _deliver(console, problems, form, root, output)
    elif console.as_json:
        console.json(
            ok=not bad,
            problems=console.rows(problems),
            counts=dict(reports.counts(problems)),
            held_back=held_back_rows(site),
        )
    else:
        console.problems(problems)
        say_held_back(console, site)
    if bad:
        console.counted(problems)
        sys.exit(1)
    if form == "text" and not console.as_json:
        if problems:
            console.counted(problems)
        console.done(message("All is in order. Files that a build would write: {count}.", count=outputs))
        console.next(message("assises build"))


def _found(root: Path, now: datetime | None) -> tuple[Site, list[Problem], int]:
    """Return the site as far as it can be read, its problems, and how many files a build would write."""
    found = look_through(root, now)
    problems = list(found.problems)
    if hinders(problems):
        return found.site, problems, 0
    try:
        return found.site, problems, len(builder.build(root, now)[1])
    except ContentError as error:
        return found.site, problems + list(error.problems), 0


def _deliver(console: Console, problems: list[Problem], form: str, root: Path, output: Path | None) -> None:
    """Print the problems in a format, or write them to a file."""
    folder = _from_repository(root)
    match form:
        case "sarif":
            text = reports.sarif(problems, translate, folder, version("assises"))
        case "github":
            text = reports.github(problems, translate, folder)
        case "gitlab":
            text = reports.gitlab(problems, translate, folder)
        case "json":
            text = reports.document(problems, translate)
        case _:
            text = "".join(f"{problem.render(translate)}\n" for problem in problems)
    if output:
        output.write_text(text, encoding="utf-8", newline="\n")
        console.problems(problems)
    else:
        click.echo(text, nl=False)


def _from_repository(root: Path) -> PurePosixPath:
    """Return the site's folder as forges name it: from the root of the repository that it is in."""
    place = root.resolve()
    stated = os.environ.get("GITHUB_WORKSPACE") or os.environ.get("CI_PROJECT_DIR")
    tops = [Path(stated).resolve()] if stated else []
    tops += [parent for parent in (place, *place.parents) if (parent / ".git").exists()]
    top = next((top for top in tops if place.is_relative_to(top)), place)
    return PurePosixPath(place.relative_to(top).as_posix())
