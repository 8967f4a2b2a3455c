"""``assises new DIR``: a new consultation; ``assises new topic|meeting|… TITLE``: a new page of one."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from assises.answers import NAMES, TO_LAUNCH, Answers, read_answers
from assises.cli.begin import check_empty, write_new
from assises.cli.common import command
from assises.cli.new_page import PAGE_COMMANDS
from assises.cli.questions import as_options, asked, own_language
from assises.cli.words import _
from assises.console import Console
from assises.load import look_through
from assises.problems import message
from assises.scaffold import FORGES
from assises.scalars import closest

_FOLDER = "<DIR>"
"""What the command for a folder is called: nobody calls a folder so, while « site » is what many would."""


class _New(click.Group):
    """A group whose first word is a kind of page, or else the folder of a new consultation."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] in self.commands:
            return super().resolve_command(ctx, args)
        guess = closest(args[0], self.commands)
        if (
            guess
            and guess != _FOLDER
            and not re.search(r"[./\\]", args[0])
            and abs(len(guess) - len(args[0])) < 3
        ):
            mend = _("Did you mean “{guess}”?").format(guess=guess)
            folder = _("For a folder of this name, write ./{name}.").format(name=args[0])
            raise click.UsageError(f"{mend} {folder}", ctx)
        return _FOLDER, self.commands[_FOLDER], args


@click.group(
    cls=_New,
    help=_("Begin a new consultation in DIR, or a new page: topic, meeting, news, question…"),
    subcommand_metavar="DIR | KIND TITLE",
)
def new() -> None:
    """Begin something new."""


@new.command(_FOLDER, help=_("Begin a new consultation in DIR: a small site that is ready to be built."))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--yes", is_flag=True, help=_("Ask nothing: what is not said stays to be filled in."))
@click.option(
    "--answers",
    "file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help=_("Read the answers from a file in YAML, with the names of these options."),
)
@click.option(
    "--forge", type=click.Choice((*FORGES, "all")), default="all", help=_("Whose recipes are written.")
)
@as_options
@command
def site(console: Console, /, folder: Path, yes: bool, file: Path | None, forge: str, **flags: Any) -> None:
    """Ask, then write everything at once or nothing."""
    check_empty(console, folder)
    said = {name: value for name, value in flags.items() if value is not None}
    answers = replace(read_answers(file) if file else Answers(language=own_language()), **said)
    if not yes and not file:
        answers = asked(answers, said, [name for name in NAMES if name not in TO_LAUNCH])
    count = write_new(folder, answers, FORGES if forge == "all" else (forge,))
    found = look_through(folder, None).problems
    left = sum(problem.severity == "unfinished" for problem in found)
    console.done(
        message("A new consultation in {folder}. Files: {count}.", folder=folder, count=count),
        folder=str(folder), files=count, unfinished=left,
    )  # fmt: skip
    if left:
        console.say(message("Still to be filled in: {count} places; assises check lists them.", count=left))
    console.next(message("cd {folder}, then assises serve", folder=folder))


for each in PAGE_COMMANDS:
    new.add_command(each)
