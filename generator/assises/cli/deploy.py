"""``assises deploy``: pages to where visitors read them."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import click

from assises import build as builder
from assises.cli.common import NOW, command
from assises.cli.deploying import Deploying
from assises.cli.places import BREAK, PLACE_SITE, address_of, failed
from assises.cli.words import _
from assises.console import Console
from assises.deploy.contract import TargetError
from assises.deploy.due import sources
from assises.deploy.moving import moved
from assises.deploy.plan import KEPT_FOR
from assises.deploy.publish import Terms
from assises.files import write_whole
from assises.load import kept_in, read_site
from assises.machine.town import own_folder
from assises.problems import ContentError, message
from assises.settings_reader import SITE


@click.command(
    help=_("Build the site and put its pages where visitors read them: at TARGET, or where site.yaml says.")
)
@click.argument("target", metavar="[TARGET]", default="")
@PLACE_SITE
@click.option("--preview", is_flag=True, help=_("Put them at “deploy.preview”, hidden from search engines."))
@click.option(
    "--move", is_flag=True, help=_("Go to TARGET from now on: site.yaml says so once the pages are there.")
)
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
    move: bool,
    dry_run: bool,
    unfinished: bool,
    adopt: bool,
    at_once: bool,
    most_deletions: int | None,
    break_lock: bool,
    now: datetime | None,
) -> None:
    """Build and publish, and say what was done."""
    if move and (preview or not target):
        raise click.UsageError(_("--move goes with TARGET: where the public pages are to go."))
    # Before the build: what changes meanwhile counts as changed afterwards.
    built_from = sources(root, read_site(root)[0], os.environ)
    loaded, outputs = builder.build(root, now, _preview_base(root) if preview else "")
    left = [problem for problem in loaded.problems if problem.severity == "unfinished"]
    if left and not (preview or unfinished or dry_run):
        console.problems(left)
        failed(console, TargetError(message("To publish what is unfinished all the same, add --unfinished.")))
    settings = loaded.site.settings
    most = settings.deploy.most_deletions if most_deletions is None else most_deletions
    terms = Terms("", most, timedelta(0) if at_once else KEPT_FOR, adopt, break_lock, sources=built_from)
    address = address_of(settings, target, preview=preview)
    deploying = Deploying(console, root, address, terms, preview)
    if dry_run:
        deploying.show(loaded, outputs)
        return
    deploying.do(loaded, outputs)
    if move:
        _move(console, root, target)
    console.say(message("The site:  {url}", url=loaded.addresses.base))


def _move(console: Console, root: Path, target: str) -> None:
    """Let site.yaml name the place where the pages are now."""
    file = root / SITE
    former = file.read_text(encoding="utf-8")
    write_whole(file, moved(former, target).encode())
    settings = None
    with suppress(ContentError):
        settings, _content, _problems = read_site(root)
    if settings is None or settings.deploy.to != target:
        write_whole(file, former.encode())
        told = message("site.yaml could not be changed: write “to: {to}” below “deploy”.", to=target)
        failed(console, TargetError(told))
    console.say(message("site.yaml: the pages go to {to} from now on.", to=target))
    if own_folder(kept_in(root, settings)).is_dir():
        console.next(message("assises install {folder}", folder=root))


def _preview_base(root: Path) -> str:
    settings, _content, _problems = read_site(root)
    if not settings.deploy.preview_url:
        raise click.UsageError(_("site.yaml does not say where the preview is read: deploy.preview_url"))
    return settings.deploy.preview_url
