"""Rendered pages → the files by which a browser searches them, without a server. Pagefind makes them; an optional extra."""

from __future__ import annotations

import asyncio
import errno
import functools
import gzip
import importlib.util
import json
import re
import tempfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from assises.problems import Problem, message
from assises.settings import Settings

FOLDER = "search/pagefind"
"""In the output, below the site's address."""

_WANTED = re.compile(r"pagefind\.js|pagefind-entry\.json|wasm\.[^/]+|[^/]+\.pf_meta|(?:index|fragment)/[^/]+")
"""Of what Pagefind writes; it has interfaces of its own, which the theme's takes the place of."""

_ATTEMPTS = 5

_OUTSIDE = [
    "form",
    "nav",
    "aside",
    ".contribute",
    ".band-state",
    ".button",
    ".post-actions",
    "[rel~=nofollow]",
    ".visually-hidden",
]
"""Selectors of what is no content of a page."""


_NOT_LISTED = b'<meta name="robots" content="noindex">'


def is_installed() -> bool:
    """Tell whether this machine can make the index: ``pip install assises[search]``."""
    return (
        importlib.util.find_spec("pagefind") is not None
        and importlib.util.find_spec("pagefind_bin") is not None
    )


def search_problems(settings: Settings) -> list[Problem]:
    """Return what keeps a search that was asked for from being made: the pages then say how to do without."""
    if not settings.search or is_installed():
        return []
    what = message("A search is asked for, and Pagefind is not installed: the site is built without it.")
    mend = message("Install it: pip install 'assises[search]'.")
    return [Problem(settings.place("search"), what, mend, "warning")]


def index(output: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the index's files by path in the output, of all pages that search engines may list too.

    Args:
        output: everything that was rendered, by path.
    """
    pages = {
        f"/{path.removesuffix('index.html')}": page
        for path, page in output.items()
        if path.endswith("/index.html") or path == "index.html"
        if _NOT_LISTED not in page
    }
    return dict(_index(tuple(sorted(pages.items()))))


@functools.lru_cache(maxsize=2)
def _index(pages: tuple[tuple[str, bytes], ...]) -> Mapping[str, bytes]:
    for _attempt in range(_ATTEMPTS):
        files = _made(pages)
        if all(_is_whole(name, data) for name, data in files.items()):
            return {f"{FOLDER}/{name}": _steady(name, data) for name, data in files.items()}
    raise OSError(errno.EIO, "Pagefind left files half-written")


def _made(pages: tuple[tuple[str, bytes], ...]) -> dict[str, bytes]:
    """Return what Pagefind wrote of what is wanted, by its name."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_written(pages, folder))
        found = {
            file.relative_to(folder).as_posix(): file for file in Path(folder).rglob("*") if file.is_file()
        }
        return {name: file.read_bytes() for name, file in sorted(found.items()) if _WANTED.fullmatch(name)}


def _is_whole(name: str, data: bytes) -> bool:
    """Tell whether a file was written to its end: on a busy machine, Pagefind may exit before its last writes."""
    if name.endswith(".js"):
        return b"export" in data[-2000:]  # what a module offers stands at its end
    try:
        if name.endswith(".json"):
            json.loads(data)
        else:
            gzip.decompress(data)
    except (ValueError, OSError, EOFError, zlib.error):
        return False
    return True


def _steady(name: str, data: bytes) -> bytes:
    """Return a file with its languages in order: Pagefind names them in another one each time."""
    return json.dumps(json.loads(data), sort_keys=True).encode() if name.endswith("-entry.json") else data


async def _written(pages: tuple[tuple[str, bytes], ...], folder: str) -> None:
    from pagefind.index import IndexConfig, PagefindIndex  # noqa: PLC0415 - the extra

    config = IndexConfig(root_selector="main", exclude_selectors=_OUTSIDE, output_path=folder)
    # On leaving, it writes the files.
    async with PagefindIndex(config=config) as made:
        for address, page in pages:
            await made.add_html_file(content=page.decode(), url=address)
