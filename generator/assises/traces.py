"""What may be left of an erased contribution in files: built pages, caches, what waits; and the letter that asks for the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from html import escape
from pathlib import Path

from assises.erasure import Erased
from assises.problems import message
from assises.settings import Settings
from assises.write import MANIFEST

_TELLING = 12
"""Characters from which on a word of a contribution is looked for: shorter ones stand in other places, too."""

_LONGEST = 60
"""Characters of a line that are looked for."""


def outputs_of(root: Path, named: Collection[Path]) -> tuple[Path, ...]:
    """Return the folders of built pages: those that are named, or else the usual ones that a build has filled."""
    usual = [folder for folder in (root / "dist", Path("dist")) if (folder / MANIFEST).is_file()]
    return tuple(dict.fromkeys(folder.resolve() for folder in (named or usual)))


def mentioning(
    words: Collection[str], folders: Collection[Path], skipped: Collection[Path] = ()
) -> Iterator[Path]:
    """Yield the files below some folders that still hold what was erased, as it is or as HTML and JSON write it."""
    marks = {spelt.encode() for text in words if (line := _telling(text)) for spelt in _spellings(line)}
    if not marks:
        return
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            inside = any(path.is_relative_to(other) for other in skipped)
            if path.is_file() and not path.is_symlink() and not inside and _holds(path, marks):
                yield path


def telling_apart(words: Collection[str], others: Iterable[str]) -> tuple[str, ...]:
    """Return those of some words by which a copy can be known: none that others say, too, who keep theirs."""
    lines = {text: line for text in words if (line := _telling(text))}
    for other in others:
        lines = {text: line for text, line in lines.items() if line not in other}
    return tuple(lines)


def _telling(text: str) -> str:
    line = max(text.split("\n"), key=len).strip()[:_LONGEST]
    return line if len(line) >= _TELLING else ""


def _spellings(line: str) -> Iterator[str]:
    yield line
    yield escape(line, quote=False)
    yield escape(line)
    yield json.dumps(line)[1:-1]
    yield json.dumps(line, ensure_ascii=False)[1:-1]


def _holds(path: Path, marks: Collection[bytes]) -> bool:
    data = path.read_bytes()
    return any(mark in data for mark in marks)


def letter_to_hosts(settings: Settings, erased: Erased, translate: Callable[[str], str]) -> str:
    """Return the request to whoever holds copies that no program of ours reaches (GDPR, art. 17 and 19)."""
    return message(
        "What no program of ours reaches: objects that a git host keeps after a change of history, clones,"
        " backups, archives of the site that were given out, copies by search engines. Send this to whoever holds"
        " any:\n\n"
        "  Subject: Erasure of personal data (GDPR, art. 17 and 19)\n\n"
        "  On request of the person concerned we have erased from the consultation “{name}” ({url})"
        " the contribution {ids}. Please delete every copy of it that you hold: unreachable objects of the git"
        " repository (garbage collection with immediate pruning) and of its forks, caches, backups, earlier versions"
        " of the pages. Please confirm in writing, within one month at the latest.\n\n"
        "  {organiser}, {email}",
        name=settings.name.get(settings.languages[0]),
        url=settings.url,
        ids=", ".join(erased.ids),
        organiser=settings.organiser.name.get(settings.languages[0]),
        email=settings.organiser.email,
    ).render(translate)
