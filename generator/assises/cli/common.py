"""What all commands share: the site's folder, the clock, how they speak, and what their faults become."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import click

from assises.catalogues import language_of
from assises.cli.hosts import host_trouble
from assises.cli.words import _, translate
from assises.console import Console
from assises.keys import KeyFileError
from assises.load import read_site
from assises.machine.town import MachineError
from assises.problems import ContentError, message
from assises.remote_address import AddressError
from assises.roles import Roles
from assises.settings import Settings
from assises.site import Site
from assises.store import StoreError
from assises.translation import Formats
from assises.write import WriteError

P = ParamSpec("P")


class Instant(click.ParamType[datetime]):
    """An instant: ``2017-11-20T20:15`` in the consultation's time zone, or with a zone of its own."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the instant; naive where the consultation's zone is still to be added."""
        try:
            return value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            return self.fail(
                _("“{value}” is no instant like 2017-11-20T20:15").format(value=value), param, ctx
            )


class Sentence(click.ParamType[str]):
    """Words that somebody else is to read: some at least."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return them without spaces around."""
        return str(value).strip() or self.fail(_("It is empty: write a sentence."), param, ctx)


SITE = click.argument("root", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
NOW = click.option("--now", type=Instant(), help=_("Pretend that it is this instant."))


def command(run: Callable[Concatenate[Console, P], None]) -> Callable[..., None]:
    """Give a command its console, ``--quiet`` and ``--json``, and turn what may go wrong into exit codes."""

    @click.option("--quiet", "-q", is_flag=True, help=_("Say nothing but problems."))
    @click.option("--json", "as_json", is_flag=True, help=_("Answer in one JSON document."))
    @wraps(run)
    def wrapped(quiet: bool, as_json: bool, *args: P.args, **kwargs: P.kwargs) -> None:
        root = kwargs.get("root")
        console = Console(translate, quiet, as_json, root if isinstance(root, Path) else Path())
        try:
            run(console, *args, **kwargs)
        except ContentError as error:
            console.problems(error.problems)
            console.counted(error.problems)
            sys.exit(1)
        except (MachineError, WriteError) as error:
            console.failed(error.what)
            sys.exit(1)
        except KeyboardInterrupt:
            console.failed(message("Interrupted; run it again to go on."))
            sys.exit(130)
        except BrokenPipeError:
            raise  # whoever read has read enough: click ends quietly
        except (StoreError, KeyFileError, AddressError, OSError) as error:
            console.failed(host_trouble(error) or message("{why}", why=error))
            sys.exit(1)

    return wrapped


def roles_of(root: Path) -> tuple[Settings, Roles]:
    """Return site.yaml's settings, and the roles that this machine plays."""
    settings, _content, _problems = read_site(root)
    return settings, Roles.of(root, settings)


def say_held_back(console: Console, site: Site) -> None:
    """List what is written and cannot be read on the site yet, and why."""
    formats = Formats(language_of(os.environ), site.settings.time_zone)
    for held in site.held_back:
        if held.until:
            day, time = formats.day(held.until), formats.time(held.until)
            moment = message("{day} at {time}", day=day, time=time).render(translate)
            told = message("Held back: {path} appears on {day}.", path=held.path, day=moment)
        elif held.page.draft:
            told = message("Held back: {path} is a draft.", path=held.path)
        else:
            told = message("Held back: {path} translates a draft.", path=held.path)
        console.say(told)


def held_back_rows(site: Site) -> list[dict[str, str | None]]:
    """Return what is held back as JSON has it: a draft has no instant at which it appears."""
    return [
        {"path": str(held.path), "until": held.until.isoformat() if held.until else None}
        for held in site.held_back
    ]
