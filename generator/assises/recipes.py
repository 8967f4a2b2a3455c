"""What makes a machine or a forge run the runner on time: recipes, each whole and ready to be put in its place."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from assises.problems import Message, message
from assises.settings import Settings

KINDS = ("cron", "systemd", "github", "gitlab", "forgejo")

_TEMPLATES: Mapping[str, Mapping[str, str]] = {
    "systemd": {
        "assises-drain.service": "assises-drain.service",
        "assises-drain.timer": "assises-drain.timer",
    },
    "github": {".github/workflows/assises-drain.yml": "github.yml"},
    "gitlab": {".gitlab/assises-drain.yml": "gitlab.yml"},
    "forgejo": {".forgejo/workflows/assises-drain.yml": "forgejo.yml"},
}
"""The files of each recipe, by where they belong."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the runner is to work."""

    folder: Path
    """The site's, absolute."""

    program: Path
    """``assises`` itself, absolute."""

    user: str
    """As whom: the folder's owner."""


def recipe(kind: str, site: Settings, place: Place, translate: Callable[[str], str]) -> dict[str, str]:
    """Return the files of a recipe, by path: for cron, one line that belongs into a table."""
    if kind == "cron":
        return {"crontab": _commented(_about(kind), translate) + _cron_line(place)}
    words = {
        "carry": message("Assises: carry what was received into the store").render(translate),
        "folder": _specified(place.folder),
        "command": f'"{_specified(place.program)}" drain "{_specified(place.folder)}"',
        "user": place.user,
        "minute": _minute(site),
    }
    source = files("assises") / "scaffolding" / "runner"
    return {
        path: _commented(_about(kind), translate) + (source / name).read_text(encoding="utf-8") % words
        for path, name in _TEMPLATES[kind].items()
    }


def _about(kind: str) -> Message:
    """Return what has to be done with a recipe."""
    if kind == "cron":
        return message(
            "Put this line into the table that crontab -e opens. Two turns at once would do no harm."
        )
    if kind == "systemd":
        return message(
            "Put both files into /etc/systemd/system, then: systemctl enable --now assises-drain.timer. Passwords and"
            " addresses belong into /etc/assises/runner.env, which root alone may read."
        )
    if kind == "gitlab":
        return message(
            "Include this file in .gitlab-ci.yml (include: local), add an hourly pipeline schedule, and set masked"
            " variables: ASSISES_STORE, ASSISES_STORE_PASSWORD, ASSISES_STORAGE, the storage’s passwords, and"
            " ASSISES_LEDGER_KEY (the content of .assises/keys/ledger.key). The intake’s public key belongs under"
            " inbox.keys in site.yaml."
        )
    return message(
        "Set the variables ASSISES_STORE and ASSISES_STORAGE, and as secrets their passwords and ASSISES_LEDGER_KEY"
        " (the content of .assises/keys/ledger.key). The intake’s public key belongs under inbox.keys in site.yaml."
    )


def _commented(text: Message, translate: Callable[[str], str]) -> str:
    """Return a sentence as comments of at most 110 columns."""
    lines, line = [], "#"
    for word in text.render(translate).split(" "):
        if len(line) + 1 + len(word) > 110:
            lines.append(line)
            line = "#"
        line += f" {word}"
    return "\n".join([*lines, line]) + "\n"


def _cron_line(place: Place) -> str:
    command = shlex.join([str(place.program), "drain", "--quiet", str(place.folder)])
    # A bare % would end the command (crontab, section 5).
    return f"*/5 * * * * {command}\n".replace("%", "\\%")


def _specified(path: Path) -> str:
    """Return a path as a unit file takes it: a percent sign would begin a specifier."""
    return str(path).replace("%", "%%")


def _minute(site: Settings) -> str:
    """Return the minute of each hour at which this consultation is drained: not all at the same."""
    return str(1 + hashlib.sha256(site.url.encode()).digest()[0] % 58)
