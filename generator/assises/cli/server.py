"""``assises server``: what a web server has to be told of the pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import click

from assises import load
from assises.addresses import Addresses
from assises.cli.common import NOW, SITE, command
from assises.cli.words import _
from assises.console import Console
from assises.deploy import server as servers
from assises.site import Site

_WORDS: Mapping[str, Callable[[Site, Addresses], str]] = {
    "nginx": servers.nginx,
    "caddy": servers.caddy,
    "apache": servers.apache,
}


@click.command(help=_("Print what SERVER has to be told of the pages: headers, caching, redirects."))
@click.argument("server", metavar="SERVER", type=click.Choice(list(_WORDS)))
@SITE
@NOW
@command
def server(console: Console, server: str, root: Path, now: datetime | None) -> None:
    """Print the lines."""
    loaded = load.load(root, now, "")
    text = _WORDS[server](loaded.site, loaded.addresses)
    console.json(ok=True, text=text)
    console.echo(text.rstrip("\n"))
