"""A folder of the site, watched: whatever editors, file managers and git do to its files is heard of."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch
from watchdog.observers.polling import PollingObserver

from assises.settings_reader import SITE

FOLDERS = ("content", "themes")
_SILENT = frozenset({"opened", "closed_no_write"})
"""What happens to a file that is only read."""

_QUIET = 0.05
"""Seconds without a change after which a save is taken for whole: editors truncate, write and rename."""

_PATIENCE = 1.0
"""Seconds after which files are looked at all the same, however many go on changing."""


@dataclass(slots=True)
class Edits:
    """Edits that were heard of and not looked at yet."""

    woken: Callable[[], None] = lambda: None
    """Is called at each edit."""

    settled: Callable[[], None] = lambda: None
    """Is called once files have stopped changing."""

    _last: float = 0.0
    _any: bool = False
    _come: threading.Condition = field(default_factory=threading.Condition)

    def heard(self) -> None:
        """Hear that a file of the site changed."""
        with self._come:
            self._last, self._any = time.monotonic(), True
            self._come.notify_all()
        self.woken()

    def wait(self, seconds: float) -> bool:
        """Tell whether there is an edit, or comes one within some seconds."""
        with self._come:
            return self._come.wait_for(lambda: self._any, seconds)

    def taken(self) -> bool:
        """Tell whether there were edits, once files have stopped changing: what is half written is not looked at."""
        end = time.monotonic() + _PATIENCE
        with self._come:
            had = self._any
            while had and (rest := min(self._last + _QUIET, end) - time.monotonic()) > 0:
                self._come.wait(rest)
            self._any = False
        if had:
            self.settled()
        return had


@contextmanager
def watching(root: Path, edits: Edits, slow: Callable[[], None]) -> Iterator[None]:
    """Let `edits` hear of each change of the site's files while the block runs.

    Where the system has no watches left (inotify's limit), files are looked at every second; `slow` hears of it.
    """
    watch = _Watch(root, edits.heard, slow)
    edits.settled = watch.check
    try:
        watch.start()
        yield
    finally:
        watch.end()


@dataclass(slots=True)
class _Watch:
    """Who watches a site: the system, or where it cannot, somebody who looks every second."""

    root: Path
    changed: Callable[[], None]
    slow: Callable[[], None]
    lacking: bool = False
    """A folder could not be watched."""

    _observer: BaseObserver | None = None
    _by_the_system: bool = True

    def start(self) -> None:
        """Begin to watch."""
        try:
            self._observe(Observer())
        except OSError:
            self.lacking = True
        self.check()

    def check(self) -> None:
        """Look every second from now on, where the system does not watch all folders."""
        if self._by_the_system and (self.lacking or not self._has_room()):
            self._by_the_system = False
            self.slow()
            self.end()
            self._observe(PollingObserver(timeout=1))

    def end(self) -> None:
        """Watch no longer."""
        if self._observer:
            self._observer.stop()
            with suppress(RuntimeError):  # one that never started cannot be joined
                self._observer.join()

    def _observe(self, observer: BaseObserver) -> None:
        self._observer = observer
        handler = _Root(self, observer)
        observer.schedule(handler, str(self.root), recursive=False)
        for name in FOLDERS:
            handler.watch(name)
        observer.start()

    def _has_room(self) -> bool:
        """Tell whether one more folder could be watched: watchdog says nothing of subfolders that it could not."""
        if not (self._observer and sys.platform == "linux"):
            return True
        with tempfile.TemporaryDirectory() as place:
            try:
                self._observer.unschedule(self._observer.schedule(FileSystemEventHandler(), place))
            except OSError:
                return False
        return True


class _Below(FileSystemEventHandler):
    """Hears of everything below a folder."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Tell of a change."""
        if event.event_type not in _SILENT:
            self._changed()


@dataclass(eq=False)
class _Root(FileSystemEventHandler):
    """Hears of the site's own files in its folder, beside which much else may change: a build, the store."""

    site: _Watch
    observer: BaseObserver
    _watches: dict[str, ObservedWatch] = field(default_factory=dict)

    def watch(self, name: str) -> None:
        """Watch a folder of the site; one that was put back is another one to the system."""
        if former := self._watches.pop(name, None):
            with suppress(KeyError, OSError):
                self.observer.unschedule(former)
        place = self.site.root / name
        if place.is_dir():
            below = _Below(self.site.changed)
            try:
                self._watches[name] = self.observer.schedule(below, str(place), recursive=True)
            except OSError:
                # It went again meanwhile, or the system has no watches left for it.
                self.site.lacking = place.is_dir()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Tell of a change, and watch a folder anew that has come back."""
        if event.event_type in _SILENT:
            return
        names = {Path(os.fsdecode(path)).name for path in (event.src_path, event.dest_path) if path}
        for name in names & {*FOLDERS}:
            if event.event_type in ("created", "moved", "deleted"):
                self.watch(name)
        if names & {SITE.name, *FOLDERS}:
            self.site.changed()
