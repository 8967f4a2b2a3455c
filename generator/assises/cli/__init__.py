"""The command line: ``assises build|serve|check|drain|moderate|verify``.

Exit codes: 0 done; 1 problems in the user's content, or a proof that does not hold; 2 wrong usage.
"""

from __future__ import annotations

import os
from importlib.metadata import version

import click

from assises.cli.group import Commands, OnDemand
from assises.cli.words import _

COMMANDS = {
    "backup": "backup:backup",
    "build": "site:build",
    "bundle": "bundle:bundle",
    "catalogue": "catalogue:catalogue",
    "check": "check:check",
    "close": "suspend:close",
    "completion": "completion:completion",
    "deploy": "deploy:deploy",
    "doctor": "doctor:doctor",
    "drain": "drain:drain",
    "export": "export:export",
    "import": "contributions:import_",
    "install": "install:install",
    "keys": "keys:keys_",
    "launch": "launch:launch",
    "moderate": "moderating:moderate",
    "moderators": "moderators:moderators",
    "new": "new:new",
    "open": "suspend:open_",
    "poster": "poster:poster_command",
    "privacy": "privacy:privacy",
    "recipe": "recipe:recipe",
    "reference": "reference:reference",
    "refresh": "refresh:refresh",
    "restore": "backup:restore",
    "rollback": "rollback:rollback",
    "serve": "site:serve",
    "server": "server:server",
    "status": "status:status",
    "style-guide": "style_guide:guide",
    "verify": "verify:verify",
    "witness": "witness:witness",
}
"""Each command, and the module and name that it is loaded from when somebody asks for it."""


@click.group(
    cls=Commands,
    commands=OnDemand(COMMANDS),
    help=_("Public consultations from Markdown and YAML: pages, contributions, proof."),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(version("assises"), message="assises %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """Run a command."""
    if os.environ.get("NO_COLOR"):
        context.color = False
