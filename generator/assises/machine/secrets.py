"""What the machine's own variables say to each program, in files that their owner alone can read."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from assises.machine.town import MachineError, Role
from assises.problems import message

_OF_MAIL = ("ASSISES_SMTP", "ASSISES_SMTP_PASSWORD", "ASSISES_SMTP_CA", "ASSISES_MAIL_FROM")
_OF_STORE = ("ASSISES_STORE", "ASSISES_STORE_PASSWORD")
_OF_STORAGE = (
    "ASSISES_STORAGE", "ASSISES_GIT_PASSWORD", "ASSISES_GIT_PASSWORD_2", "ASSISES_S3_KEY", "ASSISES_S3_SECRET", "ASSISES_S3_TOKEN",
)  # fmt: skip
_OF_DEPLOYMENT = tuple(
    f"ASSISES_DEPLOY_{name}{file}" for name in ("PASSWORD", "KEY", "SECRET") for file in ("", "_FILE")
)
_TRUST = ("SSL_CERT_FILE",)

VARIABLES: Mapping[Role, tuple[str, ...]] = {
    "intake": (*_OF_STORAGE, "ASSISES_DRAIN_HOOK", "ASSISES_DRAIN_HOOK_SECRET", *_TRUST),
    "runner": (*_OF_STORAGE, *_OF_STORE, *_OF_MAIL, *_OF_DEPLOYMENT, "ASSISES_LANGUAGE", *_TRUST),
    "desk": (*_OF_STORE, *_OF_MAIL, *_TRUST),
    "web": (),
}
"""What each program reads: none is given a password that it has no use for."""


def read(text: str) -> dict[str, str]:
    """Return the variables of a file, as systemd reads it (``EnvironmentFile``, systemd.exec, section 5)."""
    found = {}
    for line in text.splitlines():
        name, mark, value = line.strip().partition("=")
        if mark and not name.startswith(("#", ";")):
            found[name] = "".join(shlex.split(value))
    return found


def written(role: Role, former: str, environ: Mapping[str, str]) -> str:
    """Return a program's file: what it held, and what the environment says now.

    Raises:
        MachineError: a value has more than one line.
    """
    said = {name: environ[name] for name in VARIABLES[role] if environ.get(name)}
    if broken := next((name for name, value in said.items() if "\n" in value), None):
        raise MachineError(message("{name} has more than one line.", name=broken))
    lines = [
        "# What this program alone is told: passwords, and what else the environment said to assises install.",
        f"# It reads: {', '.join(VARIABLES[role])}.",
    ]
    return "\n".join(
        [*lines, *(f"{name}={_quoted(value)}" for name, value in (read(former) | said).items()), ""]
    )


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
