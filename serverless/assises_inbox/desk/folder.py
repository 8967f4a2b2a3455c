"""The site as the desk needs it, read from its folder and read again when a file there changes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from assises.catalogues import sentences
from assises.clock import system_clock
from assises.ledger import Ledger
from assises.legal_pages import with_legal_pages
from assises.load import read_site
from assises.problems import ContentError
from assises.site import Site

_LOOK = 5.0
"""Seconds between two looks at the files."""


@dataclass(slots=True)
class SiteFolder:
    """Settings and pages of the site in a folder; while a file there is wrong, the last ones that were right."""

    root: Path
    _site: Site | None = field(init=False, default=None)
    _stamp: tuple[int, int] = field(init=False, default=(0, 0))
    _looked: float = field(init=False, default=0.0)

    def __call__(self) -> Site:
        """Return the site.

        Raises:
            ContentError: site.yaml cannot be used, and never could.
        """
        if self._site is None or time.monotonic() - self._looked > _LOOK:
            self._looked = time.monotonic()
            stamp = self._found()
            if stamp != self._stamp:
                self._read(stamp)
        if self._site is None:
            raise ContentError(())
        return self._site

    def _read(self, stamp: tuple[int, int]) -> None:
        try:
            settings, content, _problems = read_site(self.root)
        except ContentError:
            if self._site is None:
                raise
            return
        content = with_legal_pages(content, {tag: sentences(tag) for tag in settings.languages})
        self._site, self._stamp = Site(settings, content, (), Ledger(), system_clock()), stamp

    def _found(self) -> tuple[int, int]:
        """Return what tells whether a file was changed, added or taken away."""
        times = [each.stat().st_mtime_ns for each in self._files()]
        return len(times), max(times, default=0)

    def _files(self) -> Iterator[Path]:
        yield self.root / "site.yaml"
        yield from (path for path in (self.root / "content").rglob("*") if path.suffix in (".md", ".yaml"))
