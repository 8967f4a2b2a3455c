"""Addresses of git hosts and stores, as variables of the environment hold them, and the passwords beside them.

A password has a variable of its own, or a file that a variable names, so that an address can be shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class AddressError(ValueError):
    """A variable of the environment names no place, or lacks what belongs to one."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The passwords of the n-th address of its kind.

    ``ASSISES_GIT_PASSWORD``, ``ASSISES_GIT_PASSWORD_2``: each address has its own, so that none is ever sent to
    another's host.
    """

    environ: Mapping[str, str]
    number: int

    def get(self, name: str) -> str:
        """Return a secret, or that in the file which ``NAME_FILE`` names; empty: there is none."""
        name = name if self.number == 1 else f"{name}_{self.number}"
        file = self.environ.get(f"{name}_FILE")
        try:
            return Path(file).read_text(encoding="utf-8").strip() if file else self.environ.get(name, "")
        except OSError as error:
            raise AddressError(f"{name}_FILE: {error}") from error

    def need(self, name: str) -> str:
        """Return a secret that has to be there."""
        if secret := self.get(name):
            return secret
        raise AddressError(f"{name if self.number == 1 else f'{name}_{self.number}'} is missing")


def split(variable: str, address: str) -> SplitResult:
    """Return an address in its parts, found fit to carry a password to its host."""
    try:
        parts = urlsplit(address.partition("+")[2])
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise AddressError(f"{variable}: {error}") from error
    if not host or not parts.path.strip("/"):
        raise AddressError(f"{variable}: {address.partition(':')[0]}: host and path are needed")
    if parts.password is not None:
        raise AddressError(f"{variable}: {host}: a password has a variable of its own, not its address")
    if not is_private(parts):
        raise AddressError(f"{variable}: {host}: without TLS, everybody on the way reads the password")
    return parts


def is_private(parts: SplitResult) -> bool:
    """Tell whether nobody on the way can read what is sent to an address."""
    return parts.scheme == "https" or parts.hostname in _LOOPBACK


def repository(parts: SplitResult, password: str) -> tuple[str, str, str]:
    """Return a repository's address without its user, the user, and the password."""
    host = parts.netloc.rpartition("@")[2]
    # Forges look at the token alone, but a user there has to be.
    user = parts.username or ("git" if password else "")
    return f"{parts.scheme}://{host}{parts.path}", user, password
