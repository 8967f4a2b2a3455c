"""The group of all commands: on every console, and with a guess for a command that does not exist."""

from __future__ import annotations

import codecs
import sys
from collections import UserDict
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from assises.cli.words import _
from assises.scalars import closest

_PLAIN = {
    "\u202f": "\u00a0",
    "✓": "OK",
    "✗": "!",
    "⍽": "_",
    "’": "'",
    "“": '"',
    "”": '"',
    "«": '"',
    "»": '"',
    "…": "...",
    "–": "-",
    "\u00a0": " ",
}
"""What stands in where a console's encoding (cp1252, cp850, ASCII) lacks a sign."""


def _in_plain_signs(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    # A stand-in may be lacking as well: ASCII has no no-break space either.
    found = (_PLAIN.get(sign, "?") for sign in error.object[error.start : error.end])
    encodable = (text.encode(error.encoding, "ignore").decode(error.encoding) or " " for text in found)
    return "".join(encodable), error.end


codecs.register_error("assises.plain", _in_plain_signs)


class OnDemand(UserDict[str, click.Command]):
    """Commands by name, each loaded when it is asked for: nobody waits for what the others need."""

    def __init__(self, places: Mapping[str, str]) -> None:
        """Take ``module:name``, below `assises.cli`, for each command."""
        super().__init__()
        self._places = dict(places)
        self.data = dict.fromkeys(places, _NOTHING)

    def __getitem__(self, name: str) -> click.Command:
        """Return a command, loaded."""
        found = super().__getitem__(name)
        if found is _NOTHING:
            module, _, attribute = self._places[name].partition(":")
            found = self.data[name] = getattr(import_module(f"assises.cli.{module}"), attribute)
        return found


_NOTHING = click.Command("nothing")
"""Stands for a command that was not loaded yet."""


class Commands(click.Group):
    """A group whose output never fails for want of a sign."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run, after the streams were made to take every sign."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="assises.plain")
        return super().main(*args, **extra)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is meant, or fail with the one that is probably meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            guess = closest(args[0], self.list_commands(ctx)) if args else ""
            if not guess or guess in error.message:
                raise
            mend = _("Did you mean “{guess}”?").format(guess=guess)
            raise click.UsageError(f"{error.message} {mend}", ctx) from None
