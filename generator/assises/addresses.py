"""Where the site and its intake are reached."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit


@dataclass(frozen=True, slots=True)
class Addresses:
    """The two absolute URLs that all others are made from."""

    base: str
    """The site, with sub-path and final slash: ``https://ville.fr/assises/``."""

    inbox: str
    """The intake, with final slash."""

    @property
    def root(self) -> str:
        """The path that the site lies under, with final slash: ``/assises/``."""
        return urlsplit(self.base).path

    def path(self, address: str) -> str:
        """Return what a page links to: ``/topics/housing/`` gives ``/assises/topics/housing/``."""
        return self.root + address.removeprefix("/")

    def absolute(self, address: str) -> str:
        """Return the whole URL of an address within the site."""
        return self.base + address.removeprefix("/")


def output_path(address: str) -> str:
    """Return the file that answers an address: ``/topics/`` is ``topics/index.html``."""
    path = address.strip("/")
    if path and "." in path.rpartition("/")[2] and not address.endswith("/"):
        return path
    return f"{path}/index.html" if path else "index.html"


def escaped(path: str) -> str:
    """Return a file's path as an address may hold it."""
    return quote(path, safe="/-._~!$&'()*+,;=:@")
