"""SFTP, through paramiko (an extra): the host is known by its key, or nothing is sent."""

from __future__ import annotations

import base64
import hashlib
import posixpath
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from assises.deploy.contract import TargetError, unreachable
from assises.deploy.folder import LOCK, NOTE, PART
from assises.problems import message

try:
    import paramiko
except ImportError as error:
    raise TargetError(message("SFTP needs paramiko: pip install 'assises[sftp]'.")) from error

_TIMEOUT = 30
"""Seconds of silence after which the host is given up."""


class _Pinned(paramiko.MissingHostKeyPolicy):
    """Takes the one host whose fingerprint is known, whatever ``known_hosts`` says."""

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted

    def missing_host_key(self, _client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        """Raise unless the key is the one that is wanted."""
        found = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
        if f"SHA256:{found}" != self.wanted:
            raise TargetError(
                message(
                    "{host} shows the key SHA256:{found}, which nothing here knows. If it is the host’s own, write it as deploy.host_key.",
                    host=hostname,
                    found=found,
                )
            )


@dataclass(slots=True)
class Sftp:
    """A folder at an SSH host, over one connection."""

    address: str
    host: str
    port: int
    user: str
    folder: str
    password: str = field(default="", repr=False)
    key_file: str = ""
    """A private key; empty: those of the agent and of ``~/.ssh``."""

    host_key: str = ""
    _client: paramiko.SSHClient | None = field(default=None, repr=False)
    _files: paramiko.SFTPClient | None = field(default=None, repr=False)
    _folders: set[str] = field(default_factory=set)
    """Folders that are known to be there."""

    def read(self, path: str) -> bytes | None:
        """Return a file that is there, or None."""
        with self._open() as files:
            try:
                with files.open(self._at(path), "rb") as file:
                    data: bytes = file.read()
                    return data
            except FileNotFoundError:
                return None

    def send(self, files: Mapping[str, bytes]) -> None:
        """Write each beside its place and rename it, replacing what stands there (posix-rename@openssh.com)."""
        with self._open() as client:
            for path, data in files.items():
                place = self._at(path)
                self._make(client, posixpath.dirname(place))
                draft = posixpath.join(posixpath.dirname(place), PART)
                with client.open(draft, "wb") as file:
                    file.set_pipelined(pipelined=True)
                    file.write(data)
                if client.stat(draft).st_size != len(data):
                    raise unreachable(self.address, f"{path}: cut short")
                client.posix_rename(draft, place)

    def remove(self, paths: Sequence[str]) -> None:
        """Delete files, and the folders that this empties."""
        with self._open() as client:
            for path in paths:
                if not _is_folder(
                    client, self._at(path)
                ):  # else the file is gone, and that stands in its place
                    with suppress(FileNotFoundError):
                        client.remove(self._at(path))
                parent = posixpath.dirname(path)
                with suppress(OSError):  # not empty
                    while parent:
                        client.rmdir(self._at(parent))
                        self._folders.discard(self._at(parent))
                        parent = posixpath.dirname(parent)

    def claim(self, note: bytes) -> bytes | None:
        """Make the folder that claims the place, with the note in it."""
        with self._open() as client:
            self._make(client, self.folder)
            try:
                client.mkdir(self._at(LOCK))
            except OSError:
                if not _is_folder(client, self._at(LOCK)):
                    raise
                return self.read(NOTE) or b""
            with client.open(self._at(NOTE), "wb") as file:
                file.write(note)
        return None

    def release(self) -> None:
        """Delete that folder."""
        with self._open() as client:
            with suppress(FileNotFoundError):
                client.remove(self._at(NOTE))
            with suppress(FileNotFoundError):
                client.rmdir(self._at(LOCK))

    def finish(self) -> None:
        """Do nothing: each file was seen at once."""

    def stamp(self, path: str) -> str:  # noqa: ARG002 - the contract's
        """Return nothing: a folder keeps no headers."""
        return ""

    def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            self._client.close()
            self._client = self._files = None

    def _at(self, path: str) -> str:
        return posixpath.join(self.folder, path)

    def _make(self, client: paramiko.SFTPClient, folder: str) -> None:
        if folder in self._folders or folder in {"", "/"}:
            return
        self._make(client, posixpath.dirname(folder))
        if not _is_folder(client, folder):
            client.mkdir(folder)
        self._folders.add(folder)

    @contextmanager
    def _open(self) -> Iterator[paramiko.SFTPClient]:
        try:
            if self._files is None:
                self._files = self._connected().open_sftp()
            yield self._files
        except (OSError, paramiko.SSHException, EOFError) as error:
            raise unreachable(self.address, error) from error

    def _connected(self) -> paramiko.SSHClient:
        client = self._client = paramiko.SSHClient()
        if self.host_key:
            client.set_missing_host_key_policy(_Pinned(self.host_key))
        else:
            client.load_system_host_keys()
            client.set_missing_host_key_policy(_Pinned(""))
        client.connect(
            self.host,
            self.port,
            self.user or None,
            self.password or None,
            key_filename=self.key_file or None,
            timeout=_TIMEOUT,
            allow_agent=not self.password,
            look_for_keys=not self.password and not self.key_file,
        )
        if (transport := client.get_transport()) is not None:
            transport.set_keepalive(15)
        return client


def _is_folder(client: paramiko.SFTPClient, path: str) -> bool:
    try:
        return stat.S_ISDIR(client.stat(path).st_mode or 0)
    except FileNotFoundError:
        return False
