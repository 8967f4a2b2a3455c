"""``assises new DIR``: a new consultation; ``assises new topic|meeting|… TITLE``: a new page of one."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import click

from assises.answers import NAMES, QUESTIONS, SCAFFOLDS, Answers, answer_problems, completed, read_answers
from assises.catalogues import language_of
from assises.cli.common import _, command, translate
from assises.cli.new_page import PAGE_COMMANDS
from assises.cli.reference import write_schemas
from assises.console import Console
from assises.load import look_through
from assises.problems import ContentError, message
from assises.reference import bare
from assises.scaffold import FORGES, scaffold
from assises.scalars import closest

_HINTS = get_type_hints(Answers)
_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})|([0-9]{1,2})[/. ]([0-9]{1,2})[/. ]([0-9]{4})")
_QUIETLY = frozenset({"objectives", "decision", "decision_date", "decision_number"})
"""Asked only of a concertation, which cannot be held without; of all others, only if an act was named."""


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


class _Day(click.ParamType[date]):
    """A day, written 2026-11-20 or 20/11/2026."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day."""
        if isinstance(value, date):
            return value
        try:
            found = _DAY.fullmatch(str(value).strip())
            parts = [int(part) for part in found.groups() if part] if found else []
            return date(*parts) if parts[0] > 31 else date(*reversed(parts))
        except (ValueError, IndexError):
            return self.fail(
                _("“{value}” is no day like 2026-11-20 or 20/11/2026").format(value=value), param, ctx
            )


@click.group(
    cls=_New,
    help=_("Begin a new consultation in DIR, or a new page: topic, meeting, news, question…"),
    subcommand_metavar="DIR | KIND TITLE",
)
def new() -> None:
    """Begin something new."""


def _flags(run: Callable[..., None]) -> Callable[..., None]:
    for name in reversed(NAMES):
        question = QUESTIONS[name].render(translate)
        run = click.option(f"--{name.replace('_', '-')}", name, type=_type(name), help=question)(run)
    return run


def _type(name: str) -> click.ParamType[Any]:
    inner = bare(_HINTS[name])
    if get_origin(inner) is Literal:
        return click.Choice(get_args(inner))
    return _Day() if inner is date else click.STRING


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
@_flags
@command
def site(console: Console, /, folder: Path, yes: bool, file: Path | None, forge: str, **flags: Any) -> None:
    """Ask, then write everything at once or nothing."""
    _check_empty(console, folder)
    answers = read_answers(file) if file else Answers(language=_own_language())
    answers = replace(answers, **{name: value for name, value in flags.items() if value is not None})
    if not yes and not file:
        answers = _asked(answers, flags)
    today = datetime.now(UTC).date()
    answers = completed(answers, today)
    if problems := answer_problems(answers):
        raise ContentError(problems)
    files = scaffold(answers, today, FORGES if forge == "all" else (forge,))
    _write(folder, {str(path): text for path, text in files.items()}, answers.language)
    found = look_through(folder, None).problems
    left = sum(problem.severity == "unfinished" for problem in found)
    console.done(
        message("A new consultation in {folder}. Files: {count}.", folder=folder, count=len(files)),
        folder=str(folder), files=len(files), unfinished=left,
    )  # fmt: skip
    if left:
        console.say(message("Still to be filled in: {count} places; assises check lists them.", count=left))
    console.next(message("cd {folder}, then assises serve", folder=folder))


def _own_language() -> Literal["fr", "en"]:
    tag = language_of(os.environ)
    return next(known for known in get_args(_HINTS["language"]) if known == tag or known == SCAFFOLDS[-1])


def _check_empty(console: Console, folder: Path) -> None:
    there = sorted(path.name for path in folder.iterdir() if path.name != ".git") if folder.is_dir() else []
    if there:
        names = ", ".join(there[:5]) + (", …" if len(there) > 5 else "")
        console.failed(
            message("{folder} is not empty: {names}. Choose another folder.", folder=folder, names=names)
        )
        sys.exit(1)


def _asked(answers: Answers, flags: dict[str, Any]) -> Answers:
    """Return the answers of a person to every question that no option has answered."""
    defaults = completed(answers, datetime.now(UTC).date())
    for name in NAMES:
        needed = name not in _QUIETLY or answers.kind == "concertation"
        if flags.get(name) is not None or not needed:
            continue
        default = getattr(defaults, name) or ""
        value: Any = click.prompt(
            QUESTIONS[name].render(translate), default=default, type=_type(name) if default else _optional(name),
            show_default=bool(default),
        )  # fmt: skip
        given: dict[str, Any] = {name: value or getattr(answers, name)}
        answers = replace(answers, **given)
        defaults = completed(answers, datetime.now(UTC).date())
    return answers


def _optional(name: str) -> click.ParamType[Any] | None:
    """Return the type of an answer that may be left empty."""
    return None if bare(_HINTS[name]) is str else _OptionalDay()


class _OptionalDay(_Day):
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the day, or nothing."""
        return super().convert(value, param, ctx) if value else None


def _write(folder: Path, files: dict[str, str], language: str) -> None:
    """Write all files beside, and put them into place only when they are whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".assises-new-") as draft:
        for path, text in files.items():
            place = Path(draft) / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8", newline="\n")
        write_schemas(Path(draft) / "schemas", language)
        folder.mkdir(exist_ok=True)
        for item in sorted(Path(draft).iterdir()):
            shutil.move(item, folder / item.name)


for each in PAGE_COMMANDS:
    new.add_command(each)
