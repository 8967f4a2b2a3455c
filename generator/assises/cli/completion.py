"""``assises completion``: what makes a shell complete commands, options and files at the Tab key."""

from __future__ import annotations

import os

import click
from click.shell_completion import get_completion_class

from assises.cli.words import _

_VARIABLE = "_ASSISES_COMPLETE"
_WHERE = {
    "bash": "assises completion bash > ~/.local/share/bash-completion/completions/assises",
    "zsh": 'assises completion zsh > "${fpath[1]}/_assises"',
    "fish": "assises completion fish > ~/.config/fish/completions/assises.fish",
}


@click.command(
    help=_("Print what makes a shell complete commands and options at the Tab key."),
    epilog="\b\n" + "\n".join(_WHERE.values()),
)
@click.argument("shell", type=click.Choice(tuple(_WHERE)), required=False)
@click.pass_context
def completion(context: click.Context, shell: str | None) -> None:
    """Print the script of a shell; by default that of the one in use."""
    shell = shell or os.path.basename(os.environ.get("SHELL", ""))  # noqa: PTH119 - a name, not a place
    maker = get_completion_class(shell) if shell in _WHERE else None
    if maker is None:
        raise click.UsageError(_("Name the shell: {shells}.").format(shells=", ".join(_WHERE)))
    click.echo(maker(context.find_root().command, {}, "assises", _VARIABLE).source())
