"""FTP over TLS: what the cheapest web space has. Control and data are encrypted, and the certificate is checked."""

from __future__ import annotations

import contextlib
import ftplib
import io
import posixpath
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assises.deploy.contract import unreachable
from assises.deploy.folder import LOCK, NOTE, PART

_TIMEOUT = 30
"""Seconds of silence after which the host is given up."""

_NO = "550"
"""The answer where a file is not there, or cannot be made (RFC 959, section 4.2.1)."""


class _Connection(ftplib.FTP_TLS):
    """Takes up the control connection's TLS session for data, as careful hosts ask (RFC 4217, section 10)."""

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        """Return a data connection."""
        connection, size = ftplib.FTP.ntransfercmd(self, cmd, rest)  # noqa: S321 - encrypted in the next line but one
        session = self.sock.session if isinstance(self.sock, ssl.SSLSocket) else None
        return self.context.wrap_socket(connection, server_hostname=self.host, session=session), size


@dataclass(slots=True)
class Ftps:
    """A folder at an FTP host, over one connection."""

    address: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "/"
    _connection: _Connection | None = field(default=None, repr=False)
    _folders: set[str] = field(default_factory=set)
    """Folders that are known to be there."""

    def read(self, path: str) -> bytes | None:
        """Return a file that is there, or None."""
        data = io.BytesIO()
        with self._open() as host:
            try:
                host.retrbinary(f"RETR {self._at(path)}", data.write)
            except ftplib.error_perm as error:
                if str(error).startswith(_NO):
                    return None
                raise
        return data.getvalue()

    def send(self, files: Mapping[str, bytes]) -> None:
        """Store each beside its place and rename it."""
        with self._open() as host:
            for path, data in files.items():
                place = self._at(path)
                self._make(host, posixpath.dirname(place))
                draft = posixpath.join(posixpath.dirname(place), PART)
                host.storbinary(f"STOR {draft}", io.BytesIO(data))
                if host.size(draft) not in {len(data), None}:
                    raise unreachable(self.address, f"{path}: cut short")
                self._rename(host, draft, place)

    def remove(self, paths: Sequence[str]) -> None:
        """Delete files, and the folders that this empties."""
        with self._open() as host:
            for path in paths:
                _unless_gone(host.delete, self._at(path))
                parent = posixpath.dirname(path)
                with contextlib.suppress(ftplib.error_perm):  # not empty
                    while parent:
                        host.rmd(self._at(parent))
                        self._folders.discard(self._at(parent))
                        parent = posixpath.dirname(parent)

    def claim(self, note: bytes) -> bytes | None:
        """Make the folder that claims the place, with the note in it."""
        with self._open() as host:
            self._make(host, self.folder)
            try:
                host.mkd(self._at(LOCK))
            except ftplib.error_perm:
                found = self.read(NOTE)
                if found is None and not _is_there(host, self._at(LOCK)):
                    raise
                return found or b""
            host.storbinary(f"STOR {self._at(NOTE)}", io.BytesIO(note))
        return None

    def release(self) -> None:
        """Delete that folder."""
        with self._open() as host:
            _unless_gone(host.delete, self._at(NOTE))
            _unless_gone(host.rmd, self._at(LOCK))

    def finish(self) -> None:
        """Do nothing: each file was seen at once."""

    def stamp(self, path: str) -> str:  # noqa: ARG002 - the contract's
        """Return nothing: a folder keeps no headers."""
        return ""

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            with contextlib.suppress(ftplib.Error, OSError, EOFError):
                self._connection.quit()
            self._connection.close()
            self._connection = None

    def _at(self, path: str) -> str:
        return posixpath.join(self.folder, path)

    def _make(self, host: _Connection, folder: str) -> None:
        if folder in self._folders or folder in {"", "/"}:
            return
        self._make(host, posixpath.dirname(folder))
        if not _is_there(host, folder):
            host.mkd(folder)
        self._folders.add(folder)

    def _rename(self, host: _Connection, draft: str, place: str) -> None:
        try:
            host.rename(draft, place)
        except ftplib.error_perm:
            # Some hosts do not rename onto a file: for an instant there is none.
            _unless_gone(host.delete, place)
            host.rename(draft, place)

    @contextlib.contextmanager
    def _open(self) -> Iterator[_Connection]:
        try:
            if self._connection is None:
                self._connection = self._connected()
            yield self._connection
        except (ftplib.Error, OSError, EOFError) as error:
            raise unreachable(self.address, error) from error

    def _connected(self) -> _Connection:
        connection = _Connection(context=ssl.create_default_context(), timeout=_TIMEOUT, encoding="utf-8")
        try:
            connection.connect(self.host, self.port)
            connection.login(self.user, self.password)
            connection.prot_p()
            connection.voidcmd("TYPE I")
        except BaseException:
            connection.close()
            raise
        return connection


def _unless_gone(act: Any, path: str) -> None:
    try:
        act(path)
    except ftplib.error_perm as error:
        if not str(error).startswith(_NO):
            raise


def _is_there(host: _Connection, folder: str) -> bool:
    here = host.pwd()
    try:
        host.cwd(folder)
    except ftplib.error_perm:
        return False
    host.cwd(here)
    return True
