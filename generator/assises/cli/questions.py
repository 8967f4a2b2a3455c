"""Asking what one has to know to begin, one plain question after the other."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Literal, get_args, get_origin, get_type_hints

import click

from assises.answers import NAMES, QUESTIONS, SCAFFOLDS, Answers, completed
from assises.catalogues import language_of
from assises.cli.words import _, translate
from assises.reference import bare

_HINTS = get_type_hints(Answers)
_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})|([0-9]{1,2})[/. ]([0-9]{1,2})[/. ]([0-9]{4})")
_ACT = ("objectives", "decision", "decision_date", "decision_number")
_QUIETLY = {key: {"concertation"} for key in _ACT} | {"project": {"concertation", "draft"}}
"""What is asked of some kinds only: a concertation cannot be held without its act (code de l'urbanisme, L103-3)."""


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


def as_options(run: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for each question."""
    for name in reversed(NAMES):
        question = QUESTIONS[name].render(translate)
        run = click.option(f"--{name.replace('_', '-')}", name, type=_type(name), help=question)(run)
    return run


def _type(name: str) -> click.ParamType[Any]:
    inner = bare(_HINTS[name])
    if get_origin(inner) is Literal:
        return click.Choice(get_args(inner))
    return _Day() if inner is date else click.STRING


def own_language() -> Literal["fr", "en"]:
    """Return the language that a new site is written in where nobody says: the machine's, or English."""
    tag = language_of(os.environ)
    return next(known for known in get_args(_HINTS["language"]) if known == tag or known == SCAFFOLDS[-1])


def asked(answers: Answers, said: Collection[str], names: Collection[str]) -> Answers:
    """Return the answers of a person to these questions, but for those that are `said` already."""
    defaults = completed(answers, datetime.now(UTC).date())
    for name in names:
        needed = name not in _QUIETLY or answers.kind in _QUIETLY[name]
        if name in said or not needed:
            continue
        default = getattr(defaults, name) or ""
        value: Any = click.prompt(
            QUESTIONS[name].render(translate), default=default, type=_type(name) if default else _optional(name),
            show_default=bool(default), prompt_suffix=" ",
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
