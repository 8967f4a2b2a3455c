"""The group of all commands: on every console, and with a guess for a command that does not exist."""

from __future__ import annotations

import codecs
import sys
from typing import Any

import click

from assises.cli.common import _
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
