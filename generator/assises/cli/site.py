"""Commands on the whole site: build, serve."""

from __future__ import annotations

import signal
from datetime import datetime
from pathlib import Path

import click

from assises import build as builder
from assises.cli.common import NOW, SITE, command, held_back_rows, say_held_back
from assises.cli.words import _
from assises.console import Console
from assises.problems import message
from assises.write import write


@click.command(help=_("Compile the site in DIR to static pages."))
@SITE
@click.option(
    "-o", "--output", default="dist", type=click.Path(path_type=Path), help=_("Folder for the pages.")
)
@click.option(
    "--base", default="", metavar="URL", help=_("Where the pages will be seen, if not at site.yaml’s “url”.")
)
@NOW
@command
def build(console: Console, root: Path, output: Path, base: str, now: datetime | None) -> None:
    """Compile and write, and say what was done."""
    loaded, outputs = builder.build(root, now, f"{base.rstrip('/')}/" if base else "")
    written = write(outputs, output, console.progress(message("Writing")))
    if not console.as_json:
        console.problems(loaded.problems)
    pages = sum(path.endswith(".html") for path in outputs)
    console.done(
        message(
            "Pages in {folder}: {pages}. Files written: {changed}, unchanged: {same}, deleted: {deleted}.",
            pages=pages, folder=output, changed=written.changed, same=written.total - written.changed, deleted=written.deleted,
        ),
        pages=pages, files=written.total, changed=written.changed, deleted=written.deleted,
        problems=console.rows(loaded.problems), held_back=held_back_rows(loaded.site),
    )  # fmt: skip
    say_held_back(console, loaded.site)
    if any(closes > loaded.site.now for _opens, closes in loaded.site.settings.windows):
        inbox = loaded.addresses.inbox
        console.say(
            message("Forms are sent to {url}: an intake has to answer there (see README).", url=inbox)
        )
    if loaded.site.content.statements and not loaded.site.records:
        console.next(
            message("assises drain, to enter the statements of content/contributions/ into the store")
        )
    console.next(message("assises serve, or copy {folder} to any host of static files", folder=output))


@click.command(help=_("Show the site of DIR on this machine, with forms, runner and desk."))
@SITE
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@NOW
@command
def serve(console: Console, root: Path, port: int, now: datetime | None) -> None:
    """Serve until interrupted; SIGTERM ends it as Ctrl-C does."""
    from assises.serve import serve_until  # noqa: PLC0415 - watchdog, the intake and the desk load only here

    def stop(*_signal: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        serve_until(console, root, port, now)
    except KeyboardInterrupt:
        console.say(message("Ended; nothing is lost."))
