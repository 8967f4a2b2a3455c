"""Addresses → targets. What an address says is shown to people, so it holds no password."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from assises.deploy.contract import Target, TargetError
from assises.deploy.folder import Folder
from assises.problems import message

KINDS = "folder:, sftp://, rsync+ssh://, ftps://, s3+https://, git+https://"

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*")


@dataclass(frozen=True, slots=True)
class Secrets:
    """Passwords: from the environment, or else from the system's keyring where there is one."""

    environ: Mapping[str, str]
    prefix: str = "ASSISES_DEPLOY"
    """Each place has variables of its own, so that none's password is ever sent to another."""

    def get(self, name: str, address: str) -> str:
        """Return a secret; empty: there is none.

        Raises:
            TargetError: the file that ``NAME_FILE`` names cannot be read.
        """
        variable = f"{self.prefix}_{name}"
        if file := self.environ.get(f"{variable}_FILE"):
            try:
                return Path(file).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise TargetError(message("{why}", why=f"{variable}_FILE: {error}")) from error
        return self.environ.get(variable) or _in_keyring(address, name)


def _in_keyring(address: str, name: str) -> str:
    try:
        import keyring  # noqa: PLC0415 - an extra
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ImportError:
        return ""
    try:
        return keyring.get_password(f"assises {address}", name.lower()) or ""
    except KeyringError:
        return ""


def target_at(address: str, root: Path, secrets: Secrets, host_key: str = "") -> Target:
    """Return the target that an address names.

    Args:
        address: as `KINDS` begin.
        root: the site's folder, from which a relative folder is told.
        secrets: passwords.
        host_key: the fingerprint of an SFTP host.

    Raises:
        TargetError: it names none, holds a password, or lacks what its kind needs.
    """
    kind, colon, rest = address.partition(":")
    if kind == "folder" and rest:
        return Folder(root / rest)
    make = _MAKERS.get(kind)
    if make is None or not colon:
        raise TargetError(
            message(
                "{address} is no place for pages. An address begins with one of: {kinds}.",
                address=address,
                kinds=KINDS,
            )
        )
    return make(_parts(address), secrets, host_key)


def _parts(address: str) -> SplitResult:
    kind = address.partition(":")[0]
    try:
        # Of two schemes, the one that a password would travel by.
        parts = urlsplit(address.partition("+")[2] if kind.startswith(("git+", "s3+")) else address)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise TargetError(message("{address} cannot be read: {why}.", address=kind, why=error)) from error
    if parts.password is not None:
        raise TargetError(
            message("{host}: a password stands in the environment, not in the address.", host=host or kind)
        )
    if not host:
        raise TargetError(message("{address} names no host.", address=address))
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise TargetError(message("{host}: without TLS, everybody on the way reads the password.", host=host))
    return parts


def _path(parts: SplitResult) -> str:
    """Return the folder at the host; ``/~/www`` is told from the user's own."""
    path = unquote(parts.path).rstrip("/") or "/"
    return path.removeprefix("/~/") if path.startswith("/~/") else path


def _sftp(parts: SplitResult, secrets: Secrets, host_key: str) -> Target:
    from assises.deploy.sftp import Sftp  # noqa: PLC0415 - an extra

    address = parts.geturl()
    return Sftp(
        address,
        parts.hostname or "",
        parts.port or 22,
        unquote(parts.username or ""),
        _path(parts),
        secrets.get("PASSWORD", address),
        secrets.get("KEY", address),
        host_key,
    )


def _rsync(parts: SplitResult, _secrets: Secrets, _host_key: str) -> Target:
    from assises.deploy.rsync import Rsync  # noqa: PLC0415 - only where it is used

    user = f"{unquote(parts.username)}@" if parts.username else ""
    return Rsync(parts.geturl(), f"{user}{parts.hostname}", parts.port or 22, _path(parts))


def _ftps(parts: SplitResult, secrets: Secrets, _host_key: str) -> Target:
    from assises.deploy.ftps import Ftps  # noqa: PLC0415 - only where it is used

    address = parts.geturl()
    user, password = unquote(parts.username or ""), secrets.get("PASSWORD", address)
    return Ftps(address, parts.hostname or "", parts.port or 21, user, password, _path(parts))


def _s3(parts: SplitResult, secrets: Secrets, _host_key: str) -> Target:
    from assises.deploy.bucket import Bucket  # noqa: PLC0415 - only where it is used
    from assises.sigv4 import Signer  # noqa: PLC0415

    bucket, _, prefix = unquote(parts.path).strip("/").partition("/")
    options = dict(parse_qsl(parts.query))
    if not bucket or options.keys() - {"region"}:
        raise TargetError(message("{address} names no bucket.", address=parts.geturl()))
    address = f"s3+{parts.geturl()}"
    key, secret = secrets.get("KEY", address), secrets.get("SECRET", address)
    if not key or not secret:
        names = f"{secrets.prefix}_KEY, {secrets.prefix}_SECRET"
        raise TargetError(message("{names} are missing in the environment.", names=names))
    signer = Signer(key, secret, options.get("region", "us-east-1"))
    return Bucket(address, f"{parts.scheme}://{parts.netloc}", bucket, f"{prefix}/" if prefix else "", signer)


def _git(parts: SplitResult, secrets: Secrets, _host_key: str) -> Target:
    from assises.deploy.git_pages import GitPages  # noqa: PLC0415 - only where it is used
    from assises.git_remote import Remote  # noqa: PLC0415

    branch = parts.fragment or "pages"
    if not _BRANCH.fullmatch(branch):
        raise TargetError(message("{branch} is no branch.", branch=branch))
    host = parts.netloc.rpartition("@")[2]
    url = f"{parts.scheme}://{host}{parts.path}"
    password = secrets.get("PASSWORD", f"git+{url}")
    user = unquote(parts.username or "") or ("git" if password else "")
    return GitPages(f"git+{url}#{branch}", Remote(url, user, password), branch)


_MAKERS: Mapping[str, Callable[[SplitResult, Secrets, str], Target]] = {
    "sftp": _sftp,
    "rsync+ssh": _rsync,
    "ftps": _ftps,
    "s3+https": _s3,
    "s3+http": _s3,
    "git+https": _git,
    "git+http": _git,
}
