"""``assises rollback``: the pages of a former deployment, put back."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import click

from assises.cli.common import command
from assises.cli.places import BREAK, PLACE_SITE, failed, place_at, releases_of, said_done
from assises.cli.words import _
from assises.console import Console
from assises.deploy.claimant import claimant_of
from assises.deploy.contract import TargetError
from assises.deploy.due import of_release
from assises.deploy.publish import Terms, publish
from assises.deploy.releases import Release, Releases
from assises.evidence import evidence_at
from assises.load import kept_in, read_site
from assises.problems import message
from assises.verify import Evidence


@click.command(help=_("Put back the pages of the deployment before the last, or of RELEASE."))
@click.argument("release", metavar="[RELEASE]", default="")
@PLACE_SITE
@click.option("--list", "listed", is_flag=True, help=_("List the releases that this machine keeps."))
@BREAK
@command
def rollback(console: Console, release: str, root: Path, listed: bool, break_lock: bool) -> None:
    """Publish a kept release again."""
    settings, _content, _problems = read_site(root)
    releases = releases_of(root, settings)
    stored = (root / settings.store.path).exists()
    evidence = evidence_at(str(root)) if stored else Evidence(b"", b"", b"", b"")
    if listed:
        _list(console, releases, evidence)
        return
    try:
        chosen = _chosen(releases, release, evidence)
        outputs, moment = releases.outputs(chosen), datetime.now(UTC)
        with ExitStack() as stack:
            place = stack.enter_context(closing(place_at(chosen.target, root, settings)))
            claimant = stack.enter_context(claimant_of(kept_in(root, settings)))
            terms = Terms(claimant, sys.maxsize, break_lock=break_lock, sources=of_release(chosen.name))
            made = publish(place, outputs, moment, terms, console.progress(message("Sending")))
    except TargetError as error:
        failed(console, error)
    said_done(console, chosen.target, made, len(outputs))
    console.say(
        message("These are the pages of {release}. The next deployment replaces them.", release=chosen.name)
    )


def _list(console: Console, releases: Releases, evidence: Evidence) -> None:
    found = [(each, releases.may_be_shown(each, evidence)) for each in releases.all()]
    console.json(
        ok=True,
        releases=[{"name": each.name, "target": each.target, "usable": usable} for each, usable in found],
    )
    for each, usable in found:
        console.echo(f"{each.name}  {each.target}{'' if usable else '  ✗'}")
    if not found:
        console.say(message("This machine keeps no release. A deployment makes one."))


def _chosen(releases: Releases, name: str, evidence: Evidence) -> Release:
    """Return the release that is meant: by its name, or the last but one.

    Raises:
        TargetError: there is none, or it shows what must no longer be shown.
    """
    kept = releases.all()
    found = [each for each in kept if each.name == name]
    if name and not found:
        raise TargetError(
            message("This machine keeps no release {name}. See assises rollback --list.", name=name)
        )
    found = found or [each for each in kept if each.target == kept[0].target][1:]
    if not found:
        raise TargetError(message("This machine keeps no former release."))
    if not releases.may_be_shown(found[0], evidence):
        raise TargetError(
            message(
                "{release} shows what was erased, withdrawn or withheld since. Deploy anew instead.",
                release=found[0].name,
            )
        )
    return found[0]
