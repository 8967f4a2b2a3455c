"""A real git host on loopback: lighttpd and git's own http-backend."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_CONFIGURATION = """
server.modules = ("mod_alias", "mod_cgi", "mod_setenv", "mod_auth", "mod_authn_file")
server.bind = "127.0.0.1"
server.port = {port}
server.document-root = "{folder}"
server.errorlog = "{folder}/error.log"
server.max-keep-alive-requests = 10000
alias.url = ("/" => "{backend}/")
cgi.assign = ("" => "")
setenv.add-environment = ("GIT_PROJECT_ROOT" => "{folder}", "GIT_HTTP_EXPORT_ALL" => "1")
auth.backend = "plain"
auth.backend.plain.userfile = "{folder}/users"
auth.require = ("/" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))
"""

USER, PASSWORD = "intake", "a secret"


@dataclass(frozen=True)
class GitHost:
    """Where repositories are, on disk and over HTTP."""

    git: str
    folder: Path
    port: int
    pid: int
    """The web server's process."""

    def make(self, name: str = "inbox.git") -> str:
        """Make an empty repository, as a forge has them, and return its address."""
        path = self.folder / name
        run = [self.git, "-C", str(self.folder)]
        subprocess.run([*run, "init", "-q", "--bare", "-b", "main", name], check=True)
        for key, value in {"http.receivepack": "true", "uploadpack.allowFilter": "true"}.items():
            subprocess.run([self.git, "-C", str(path), "config", key, value], check=True)
        return f"http://127.0.0.1:{self.port}/{name}"

    def run(self, name: str, *arguments: str, given: str | None = None) -> str:
        """Return what git itself answers of a repository."""
        author = ["-c", "user.name=somebody", "-c", "user.email=somebody@localhost"]
        command = [self.git, "-C", str(self.folder / name), *author, *arguments]
        return subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout

    def refs(self, name: str = "inbox.git") -> list[str]:
        """Return the names of a repository's refs."""
        return self.run(name, "for-each-ref", "--format=%(refname)").split()


@contextmanager
def git_host(folder: Path, git: str, lighttpd: str) -> Iterator[GitHost]:
    """Serve the repositories of a folder while the block runs."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    where = subprocess.run([git, "--exec-path"], capture_output=True, text=True, check=True).stdout.strip()
    (folder / "users").write_text(f"{USER}:{PASSWORD}\n", encoding="utf-8")
    configuration = folder / "lighttpd.conf"
    configuration.write_text(
        _CONFIGURATION.format(port=port, folder=folder, backend=f"{where}/git-http-backend"), encoding="utf-8"
    )
    server = subprocess.Popen([lighttpd, "-D", "-f", str(configuration)], stderr=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + 30
        while not _answers(port):
            assert server.poll() is None, server.stderr.read() if server.stderr else ""
            assert time.monotonic() < end, "lighttpd does not answer"
            time.sleep(0.02)
        yield GitHost(git, folder, port, server.pid)
    finally:
        server.terminate()
        server.communicate(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _answers(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0
