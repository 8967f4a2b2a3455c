"""What goes along with the pages and is no page: texts compressed, what a web server or a forge has to be told."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from assises.addresses import Addresses
from assises.deploy.server import apache, static_host
from assises.settings import Deployment
from assises.site import Site

_TEXTS = frozenset({".css", ".html", ".ics", ".js", ".json", ".jsonl", ".svg", ".txt", ".vtt", ".xml"})
_LEAST = 1000
"""Bytes below which one packet carries a text as it is."""

HIDDEN = b"User-agent: *\nDisallow: /\n"
"""robots.txt of a preview."""


def going_along(
    outputs: Mapping[str, bytes], site: Site, addresses: Addresses, *, preview: bool
) -> dict[str, bytes]:
    """Return the outputs, and everything that goes along with them."""
    deploy: Deployment = site.settings.deploy
    whole = dict(outputs)
    if preview:
        whole["robots.txt"] = HIDDEN
    if deploy.compress:
        whole |= dict(_compressed(whole))
    match deploy.server:
        case "apache":
            whole[".htaccess"] = apache(site, addresses, hidden=preview).encode()
        case "headers":
            whole |= {
                name: text.encode() for name, text in static_host(site, addresses, hidden=preview).items()
            }
    return whole


def _compressed(outputs: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    try:
        from brotli import compress  # noqa: PLC0415 - an extra
    except ImportError:
        compress = None
    for path, data in outputs.items():
        if PurePosixPath(path).suffix in _TEXTS and len(data) >= _LEAST:
            # No time in it: the same text gives the same file.
            yield f"{path}.gz", gzip.compress(data, 9, mtime=0)
            if compress is not None:
                yield f"{path}.br", compress(data)
