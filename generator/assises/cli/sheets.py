"""Commands for what is printed: slips with their numbers, and forms to be filled in by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

import click

from assises.cli.common import NOW, SITE, command
from assises.cli.enter import page_spoken_to
from assises.cli.moderate import find
from assises.cli.words import _, translate
from assises.console import Console
from assises.decisions import decisions_on
from assises.forms import form_id
from assises.load import instant, read_site
from assises.on_paper import Slip, form_file, paper_form, slips_file
from assises.on_paper import slips as slips_of
from assises.problems import message
from assises.roles import Roles
from assises.site import Site
from assises.store import Snapshot

_LANGUAGE = click.option(
    "--language", metavar="TAG", help=_("One of the site’s languages; the first by default.")
)


def _output(default: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(
        "-o",
        "--output",
        default=default,
        show_default=True,
        type=click.Path(path_type=Path, dir_okay=False),
        help=_("File for it, which any browser prints."),
    )


@click.command(
    help=_("Write the slips of what was typed in today, to be printed: a number for each person."),
    epilog=_("Example: assises moderate slips --since 2017-11-18 -o slips.html"),
)
@SITE
@click.option("--since", metavar="YYYY-MM-DD", help=_("Of what was typed in since this day."))
@click.option(
    "--ids",
    type=click.File(encoding="utf-8-sig"),
    help=_("File that lists ids or numbers, one a line, instead."),
)
@_output("slips.html")
@_LANGUAGE
@NOW
@command
def slips(
    console: Console,
    root: Path,
    since: str | None,
    ids: TextIO | None,
    output: Path,
    language: str | None,
    now: datetime | None,
) -> None:
    """Write one file with all of them."""
    site, roles = _site(root, now)
    snapshot, tag = roles.store.read(), _language(site, language)
    if ids is not None:
        wanted = [find(roles, line.strip()).contribution.id for line in ids if line.strip()]
    else:
        wanted = _typed_in(snapshot, site, _day(since, site))
    found = slips_of(snapshot, site, wanted, tag, site.settings.url)
    if not found:
        raise click.UsageError(
            message("Nothing of that was typed in: there is no slip to print.").render(translate)
        )
    output.write_text(slips_file(site, tag, found), encoding="utf-8", newline="\n")
    console.done(
        message("Slips in {file}: {count}. Print it, and cut them out.", file=output, count=len(found)),
        file=str(output),
        slips=[_facts(each) for each in found],
    )


@click.command(
    "paper-form",
    help=_("Write a page’s form to be printed and filled in by hand, with the questions of the site."),
    epilog=_("Example: assises moderate paper-form topics/housing -o form.html"),
)
@click.argument("page")
@SITE
@_output("form.html")
@_LANGUAGE
@NOW
@command
def paper_form_(
    console: Console, page: str, root: Path, output: Path, language: str | None, now: datetime | None
) -> None:
    """Write it as one file."""
    site, _roles = _site(root, now)
    tag = _language(site, language)
    form = paper_form(site, page_spoken_to(site, page, tag), site.settings.url)
    output.write_text(form_file(site, tag, form), encoding="utf-8", newline="\n")
    console.done(
        message("A form in {file}: print it on one side.", file=output),
        file=str(output),
        form=form_id(form.page),
        title=form.page.title,
        url=form.url,
        closes=form.closes.isoformat() if form.closes else None,
    )


def _site(root: Path, now: datetime | None) -> tuple[Site, Roles]:
    settings, content, _problems = read_site(root)
    return Site.unspoken(settings, content, instant(root, now, settings)), Roles.of(root, settings)


def _language(site: Site, language: str | None) -> str:
    tag = language or site.language
    if tag not in site.settings.languages:
        raise click.BadParameter(_("The site is not written in this language."), param_hint="--language")
    return tag


def _day(written: str | None, site: Site) -> date:
    try:
        return date.fromisoformat(written) if written else site.now.astimezone(site.settings.time_zone).date()
    except ValueError:
        sentence = message("“{day}” is no day like 2017-11-20.", day=written)
        raise click.BadParameter(sentence.render(translate), param_hint="--since") from None


def _typed_in(snapshot: Snapshot, site: Site, since: date) -> list[str]:
    """Return the ids of what staff typed in for residents since a day, in the order that they did."""
    zone = site.settings.time_zone
    records = snapshot.records("pending", "published", "withheld", "withdrawn")
    heard = [record for record in records if record.contribution.channel not in ("web", "town")]
    found = [
        (decision.time, record.contribution.id)
        for record in heard
        for decision in decisions_on(snapshot, record.fate, record.contribution.id)
        if decision.action == "enter" and decision.time.astimezone(zone).date() >= since
    ]
    return [id for _time, id in sorted(found)]


def _facts(slip: Slip) -> dict[str, Any]:
    said = slip.contribution
    return {
        "id": said.id,
        "number": said.number,
        "page": said.page,
        "channel": said.channel,
        "place": said.place,
        "time": said.time.isoformat(),
        "url": slip.url,
    }
