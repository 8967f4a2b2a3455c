"""``assises deploy``: pages to where visitors read them."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from assises import build as builder
from assises.cli.common import NOW, _, command
from assises.cli.places import BREAK, PLACE_SITE, address_of, failed, place_at, releases_of, said_done
from assises.console import Console
from assises.deploy.along import going_along
from assises.deploy.claimant import claimant_of
from assises.deploy.contract import TargetError
from assises.deploy.plan import KEPT_FOR, Plan
from assises.deploy.publish import Terms, planned, publish
from assises.load import kept_in, read_site
from assises.problems import message


@click.command(
    help=_("Build the site and put its pages where visitors read them: at TARGET, or where site.yaml says.")
)
@click.argument("target", metavar="[TARGET]", default="")
@PLACE_SITE
@click.option("--preview", is_flag=True, help=_("Put them at “deploy.preview”, hidden from search engines."))
@click.option("--dry-run", is_flag=True, help=_("Say what would be sent and removed, and change nothing."))
@click.option("--unfinished", is_flag=True, help=_("Publish although something is unfinished."))
@click.option("--adopt", is_flag=True, help=_("Write over a site that stands there and is not ours."))
@click.option(
    "--at-once", is_flag=True, help=_("Remove former pictures, styles and scripts now, not in a week.")
)
@click.option("--most-deletions", type=int, metavar="N", help=_("How many files may be removed."))
@BREAK
@NOW
@command
def deploy(
    console: Console,
    target: str,
    root: Path,
    preview: bool,
    dry_run: bool,
    unfinished: bool,
    adopt: bool,
    at_once: bool,
    most_deletions: int | None,
    break_lock: bool,
    now: datetime | None,
) -> None:
    """Build and publish, and say what was done."""
    loaded, outputs = builder.build(root, now, _preview_base(root) if preview else "")
    left = [problem for problem in loaded.problems if problem.severity == "unfinished"]
    if left and not (preview or unfinished or dry_run):
        console.problems(left)
        failed(console, TargetError(message("To publish what is unfinished all the same, add --unfinished.")))
    settings = loaded.site.settings
    whole = going_along(outputs, loaded.site, loaded.addresses, preview=preview)
    most = settings.deploy.most_deletions if most_deletions is None else most_deletions
    terms = Terms("", most, timedelta(0) if at_once else KEPT_FOR, adopt, break_lock)
    moment = datetime.now(UTC)
    try:
        address = address_of(settings, target, preview=preview)
        with ExitStack() as stack:
            place = stack.enter_context(closing(place_at(address, root, settings, preview=preview)))
            if dry_run:
                _show(console, place.address, planned(place, whole, moment, terms))
                return
            claimant = stack.enter_context(claimant_of(kept_in(root, settings)))
            progress = console.progress(message("Sending"))
            made = publish(place, whole, moment, replace(terms, claimant=claimant), progress)
    except TargetError as error:
        failed(console, error)
    releases = releases_of(root, settings)
    releases.forget(lambda each: not releases.may_be_shown(each, loaded.evidence))
    if not preview and not made.is_empty:
        releases.keep(whole, moment, address, settings.deploy.keep)
    said_done(console, address, made, len(whole))
    console.say(message("The site:  {url}", url=loaded.addresses.base))


def _preview_base(root: Path) -> str:
    settings, _content, _problems = read_site(root)
    if not settings.deploy.preview_url:
        raise click.UsageError(_("site.yaml does not say where the preview is read: deploy.preview_url"))
    return settings.deploy.preview_url


def _show(console: Console, address: str, made: Plan) -> None:
    """List what would be done."""
    console.json(ok=True, target=address, send=list(made.send), remove=list(made.remove))
    for path in made.send:
        console.echo(f"+ {path}")
    for path in made.remove:
        console.echo(f"- {path}")
    console.say(
        message(
            "{place}: {sent} files would be sent, {removed} removed. Nothing was changed.",
            place=address,
            sent=len(made.send),
            removed=len(made.remove),
        )
    )
