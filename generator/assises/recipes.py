"""What makes a machine or a forge run `assises refresh` on time: recipes, each whole and ready to be put in its place."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from assises.problems import Message, message
from assises.settings import Settings

KINDS = ("cron", "systemd", "github", "gitlab", "forgejo")
FORGES = frozenset({"github", "gitlab", "forgejo"})

_TEMPLATES: Mapping[str, Mapping[str, str]] = {
    "systemd": {
        "assises-refresh.service": "assises-refresh.service",
        "assises-refresh.timer": "assises-refresh.timer",
    },
    "github": {".github/workflows/assises-refresh.yml": "github.yml"},
    "gitlab": {".gitlab/assises-refresh.yml": "gitlab.yml"},
    "forgejo": {".forgejo/workflows/assises-refresh.yml": "forgejo.yml"},
}
"""The files of each recipe, by where they belong."""

_SECRETS: Mapping[str, tuple[str, ...]] = {
    "sftp": ("ASSISES_DEPLOY_PASSWORD", "SSH_PRIVATE_KEY"),
    "rsync+ssh": ("SSH_PRIVATE_KEY", "SSH_KNOWN_HOSTS"),
    "ftps": ("ASSISES_DEPLOY_PASSWORD",),
    "s3+https": ("ASSISES_DEPLOY_KEY", "ASSISES_DEPLOY_SECRET"),
    "git+https": ("ASSISES_DEPLOY_PASSWORD",),
}
"""The secrets of a forge that each kind of place for pages needs; of SFTP's, one of the two."""

_KEY_WRITTEN = "printf '%s\\n' \"${SSH_PRIVATE_KEY:?}\" >.assises/keys/ssh"

_PREPARED: Mapping[str, tuple[str, ...]] = {
    "sftp": (
        'if [ -n "${SSH_PRIVATE_KEY:-}" ]; then',
        f"  {_KEY_WRITTEN}",
        "  export ASSISES_DEPLOY_KEY=.assises/keys/ssh",
        "fi",
    ),
    "rsync+ssh": (
        _KEY_WRITTEN,
        "printf '%s\\n' \"${SSH_KNOWN_HOSTS:?}\" >.assises/known_hosts",
        'export RSYNC_RSH="ssh -o BatchMode=yes -i .assises/keys/ssh -o UserKnownHostsFile=.assises/known_hosts"',
    ),
}
"""What the shell of a forge's machine does for each kind of place before it deploys there."""


class RecipeError(Exception):
    """The site cannot be deployed by such a recipe."""

    def __init__(self, what: Message) -> None:
        self.what = what
        super().__init__(what.render())


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
    """Return the files of a recipe, by path: for cron, one line that belongs into a table.

    Raises:
        RecipeError: nobody said where the pages go, or it is a folder of a forge's passing machine.
    """
    target = site.deploy.to.partition(":")[0]
    if not target:
        raise RecipeError(message("site.yaml does not say where the pages go (deploy.to)."))
    if kind in FORGES and target not in _SECRETS:
        raise RecipeError(
            message(
                "deploy.to is {place}: a forge’s machine keeps nothing. Name a place elsewhere, or use cron or systemd.",
                place=site.deploy.to,
            )
        )
    about = _commented(_about(kind, target), translate)
    if kind == "cron":
        command = [str(place.program), "refresh", "--quiet", str(place.folder)]
        return {"crontab": f"{about}{cron_line('*/5 * * * *', command)}\n"}
    words = {
        "title": message("Assises: carry what was received, and keep the pages up to date").render(translate),
        "folder": specified(place.folder),
        "command": f'"{specified(place.program)}" refresh "{specified(place.folder)}"',
        "user": place.user,
        "minute": _minute(site),
        **(_for_forge(kind, site, target) if kind in FORGES else {}),
    }
    source = files("assises") / "scaffolding" / "runner"
    return {
        path: about + (source / name).read_text(encoding="utf-8") % words
        for path, name in _TEMPLATES[kind].items()
    }


def _about(kind: str, target: str) -> Message:
    """Return what has to be done with a recipe."""
    if kind == "cron":
        return message(
            "Put this line into the table that crontab -e opens, and above it the variables that the store and the"
            " pages’ place need, each as NAME=value. Two turns at once would do no harm."
        )
    if kind == "systemd":
        return message(
            "Put both files into /etc/systemd/system, then: systemctl enable --now assises-refresh.timer. Passwords and"
            " addresses belong into /etc/assises/runner.env, which root alone may read."
        )
    named = (" / " if target == "sftp" else ", ").join(_SECRETS[target])
    if kind == "gitlab":
        return message(
            "Include this file in .gitlab-ci.yml (include: local), add an hourly pipeline schedule, and set masked"
            " variables: ASSISES_STORE, ASSISES_STORE_PASSWORD, ASSISES_STORAGE, the storage’s passwords,"
            " ASSISES_LEDGER_KEY (the content of .assises/keys/ledger.key), and for the pages’ place {secrets}. The"
            " intake’s public key belongs under inbox.keys in site.yaml.",
            secrets=named,
        )
    return message(
        "Set the variables ASSISES_STORE and ASSISES_STORAGE, and as secrets their passwords, ASSISES_LEDGER_KEY (the"
        " content of .assises/keys/ledger.key), and for the pages’ place {secrets}. The intake’s public key belongs"
        " under inbox.keys in site.yaml.",
        secrets=named,
    )


def _for_forge(kind: str, site: Settings, target: str) -> dict[str, str]:
    """Return what a forge's recipe says of the pages' place, and of the packages that the site needs."""
    programs = " rsync openssh-client" if target == "rsync+ssh" else ""
    indent = 6 if kind == "gitlab" else 10
    apt = f"    - apt-get update --quiet && apt-get install --yes --quiet{programs}\n" if programs else ""
    return {
        "secrets": "".join(f"      {name}: ${{{{ secrets.{name} }}}}\n" for name in _SECRETS[target]),
        "packages": " ".join(['"$ASSISES"', *(f'"{name}"' for name in _extras(site, target))]),
        "programs": programs,
        "install": apt,
        "script": "".join(f"{' ' * indent}{line}\n" for line in _script(target)),
    }


def _extras(site: Settings, target: str) -> Iterator[str]:
    """Yield the packages beside our own, as the extras of the same name ask for them."""
    if target == "sftp":
        yield "paramiko>=4.0"
    if site.deploy.compress:
        yield "brotli>=1.1"
    if site.search:
        yield "pagefind[bin]>=1.4"


def _script(target: str) -> Iterator[str]:
    """Yield the lines that a forge's machine runs in the site's folder; without a store of its own it would forget all."""
    yield ': "${ASSISES_STORE:?}" "${ASSISES_STORAGE:?}"'
    yield "umask 077"
    yield "mkdir -p .assises/keys"
    yield "printf '%s\\n' \"${ASSISES_LEDGER_KEY:?}\" >.assises/keys/ledger.key"
    yield from _PREPARED.get(target, ())
    yield "assises refresh"


def _commented(text: Message, translate: Callable[[str], str]) -> str:
    """Return a sentence as comments of at most 110 columns."""
    lines, line = [], "#"
    for word in text.render(translate).split(" "):
        if len(line) + 1 + len(word) > 110:
            lines.append(line)
            line = "#"
        line += f" {word}"
    return "\n".join([*lines, line]) + "\n"


def cron_line(when: str, command: Sequence[str], more: str = "") -> str:
    """Return a line of cron's table; `more` is for the shell, behind the command."""
    # A bare % would end the command (crontab, section 5).
    return f"{when} {shlex.join(command)}{more}".replace("%", "\\%")


def specified(text: Path | str) -> str:
    """Return a text as a unit file takes it: a percent sign would begin a specifier (systemd.unit, section 5)."""
    return str(text).replace("%", "%%")


def _minute(site: Settings) -> str:
    """Return the minute of each hour at which this consultation has its turn: not all at the same."""
    return str(1 + hashlib.sha256(site.url.encode()).digest()[0] % 58)
