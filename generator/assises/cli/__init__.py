"""The command line: ``assises build|serve|check|drain|moderate|verify``.

Exit codes: 0 done; 1 problems in the user's content, or a proof that does not hold; 2 wrong usage.
"""

from __future__ import annotations

import os
from importlib.metadata import version

import click

from assises.cli import (
    backup,
    bundle,
    catalogue,
    check,
    completion,
    contributions,
    deploy,
    doctor,
    drain,
    enter,
    export,
    keys,
    launch,
    moderate,
    moderators,
    new,
    poster,
    privacy,
    recipe,
    reference,
    reported,
    rollback,
    server,
    site,
    status,
    style_guide,
    suspend,
    verify,
    witness,
)
from assises.cli.common import _
from assises.cli.group import Commands


@click.group(
    cls=Commands,
    help=_("Public consultations from Markdown and YAML: pages, contributions, proof."),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(version("assises"), message="assises %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """Run a command."""
    if os.environ.get("NO_COLOR"):
        context.color = False


for each in (
    new.new,
    launch.launch,
    site.build,
    site.serve,
    check.check,
    drain.drain,
    status.status,
    recipe.recipe,
    contributions.import_,
    export.export,
    moderate.moderate,
    suspend.close,
    suspend.open_,
    moderators.moderators,
    verify.verify,
    witness.witness,
    keys.keys_,
    backup.backup,
    backup.restore,
    privacy.privacy,
    reference.reference,
    catalogue.catalogue,
    style_guide.guide,
    bundle.bundle,
    poster.poster_command,
    deploy.deploy,
    rollback.rollback,
    server.server,
    doctor.doctor,
    completion.completion,
):
    main.add_command(each)

for each in (enter.answer, enter.type_in, reported.reports, reported.deal_with):
    moderate.moderate.add_command(each)
