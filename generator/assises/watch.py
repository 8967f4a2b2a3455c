"""A folder of the site, watched: whatever editors, file managers and git do to its files is heard of."""

from __future__ import annotations

import os
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


@contextmanager
def watching(root: Path, changed: Callable[[], None], slow: Callable[[], None]) -> Iterator[None]:
    """Call `changed` after each change of the site's files while the block runs.

    Where the system has no watches left (inotify's limit), files are looked at every second; `slow` hears of it.
    """
    try:
        observer = _started(Observer(), root, changed)
    except OSError:
        slow()
        observer = _started(PollingObserver(timeout=1), root, changed)
    try:
        yield
    finally:
        observer.stop()
        observer.join()


def _started(observer: BaseObserver, root: Path, changed: Callable[[], None]) -> BaseObserver:
    handler = _Root(root, changed, observer)
    try:
        observer.schedule(handler, str(root), recursive=False)
        for name in FOLDERS:
            handler.watch(name)
        observer.start()
    except OSError:
        with suppress(RuntimeError):  # one that never started cannot be joined
            observer.stop()
            observer.join()
        raise
    return observer


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

    root: Path
    changed: Callable[[], None]
    observer: BaseObserver
    _watches: dict[str, ObservedWatch] = field(default_factory=dict)

    def watch(self, name: str) -> None:
        """Watch a folder of the site; one that was put back is another one to the system."""
        if former := self._watches.pop(name, None):
            with suppress(KeyError, OSError):
                self.observer.unschedule(former)
        if (self.root / name).is_dir():
            with suppress(OSError):
                place = str(self.root / name)
                self._watches[name] = self.observer.schedule(_Below(self.changed), place, recursive=True)

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Tell of a change, and watch a folder anew that has come back."""
        if event.event_type in _SILENT:
            return
        names = {Path(os.fsdecode(path)).name for path in (event.src_path, event.dest_path) if path}
        for name in names & {*FOLDERS}:
            if event.event_type in ("created", "moved", "deleted"):
                self.watch(name)
        if names & {SITE.name, *FOLDERS}:
            self.changed()
