"""Real places for pages on loopback: a folder, sshd, an FTP host with TLS, an S3-compatible store, a forge behind TLS."""

from __future__ import annotations

import getpass
import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest

from assises.deploy import targets
from certificates import certify
from git_host import PASSWORD, USER, GitHost, git_host
from s3_double import BUCKET, KEY, SECRET, s3_double

DOCUMENTS = Path(__file__).resolve().parent.parent / "docs"


@dataclass
class Place:
    """One kind of place, as those who deploy and those who visit see it."""

    address: Callable[[str], str]
    """Returns the address of a site of this name."""

    seen: Callable[[str], dict[str, bytes]]
    """Returns everything that is there, by path, of the site of this name."""

    put: Callable[[str, str, bytes], None]
    """Puts a file there by another way."""

    environment: dict[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    """What must stand in no message."""

    slow: bool = False
    claims: bool = True
    """Whether somebody else is kept off meanwhile; at a forge, the push tells who was faster."""


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(600):
        with socket.socket() as caller:
            if caller.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"nobody listens on {port}")


def in_folder(folder: Path) -> tuple[Callable[[str], dict[str, bytes]], Callable[[str, str, bytes], None]]:
    """Return how a folder is looked at, and written to by another way."""

    def seen(name: str) -> dict[str, bytes]:
        site = folder / name
        return {str(path.relative_to(site)): path.read_bytes() for path in site.rglob("*") if path.is_file()}

    def put(name: str, path: str, data: bytes) -> None:
        (folder / name / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / name / path).write_bytes(data)

    return seen, put


@contextmanager
def a_folder(folder: Path) -> Iterator[Place]:
    """A folder of this machine."""
    yield Place(lambda name: f"folder:{folder / name}", *in_folder(folder))


@contextmanager
def archive(folder: Path) -> Iterator[Place]:
    """The example of docs/adding-a-target.md, made of that page's own lines: a site in one SQLite file."""
    page = DOCUMENTS / "adding-a-target.md"
    module, maker = re.findall(r"(?ms)^```python\n(.*?)^```$", page.read_text(encoding="utf-8"))
    made = ModuleType("assises.deploy.archive")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, made.__name__, made)
        exec(compile(module, page, "exec"), vars(made))
        names = dict(vars(targets))
        exec(compile(maker, page, "exec"), names)
        patch.setattr(targets, "_MAKERS", names["_MAKERS"])

        def seen(name: str) -> dict[str, bytes]:
            with closing(sqlite3.connect(folder / name)) as db:
                there = db.execute("SELECT name FROM sqlite_master WHERE name = 'files'").fetchone()
                return dict(db.execute("SELECT path, data FROM files")) if there else {}

        def put(name: str, path: str, data: bytes) -> None:
            made.Archive(str(folder / name), name).send({path: data})

        yield Place(lambda name: f"archive://localhost{folder / name}", seen, put)


@contextmanager
def sshd(folder: Path, program: str) -> Iterator[int]:
    """Run sshd for whoever runs the tests, with keys made for it; yield its port."""
    port = free_port()
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    (folder / "authorized").write_bytes((folder / "user.pub").read_bytes())
    if getpass.getuser() == "root":
        Path("/run/sshd").mkdir(exist_ok=True)
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {folder}/host\nPidFile none\nStrictModes no\nUsePAM no\n"
        f"AuthorizedKeysFile {folder}/authorized\nPasswordAuthentication no\nSubsystem sftp internal-sftp\n"
        "PermitRootLogin prohibit-password\nMaxStartups 100\n",
        encoding="utf-8",
    )
    kind, key, *_ = (folder / "host.pub").read_text(encoding="utf-8").split()
    (folder / ".ssh").mkdir()
    (folder / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{port} {kind} {key}\n", encoding="utf-8")
    (folder / "ssh_config").write_text(
        f"UserKnownHostsFile {folder}/.ssh/known_hosts\nIdentityFile {folder}/user\nIdentitiesOnly yes\n"
        "BatchMode yes\nGlobalKnownHostsFile /dev/null\n"
        # One connection for all: a test makes dozens of them.
        f"ControlMaster auto\nControlPath {folder}/control\nControlPersist 5\n",
        encoding="utf-8",
    )
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([program, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=log)
        try:
            wait_for(port)
            yield port
        finally:
            server.terminate()
            server.wait(30)


@contextmanager
def sftp(folder: Path, program: str) -> Iterator[Place]:
    """OpenSSH's own SFTP."""
    with sshd(folder, program) as port:
        host = f"sftp://{getpass.getuser()}@127.0.0.1:{port}{folder}/sites"
        environment = {"HOME": str(folder), "ASSISES_DEPLOY_KEY": str(folder / "user")}
        yield Place(lambda name: f"{host}/{name}", *in_folder(folder / "sites"), environment)


@contextmanager
def rsync(folder: Path, program: str) -> Iterator[Place]:
    """Rsync through OpenSSH."""
    with sshd(folder, program) as port:
        host = f"rsync+ssh://{getpass.getuser()}@127.0.0.1:{port}{folder}/sites"
        environment = {"RSYNC_RSH": f"ssh -F {folder}/ssh_config"}
        yield Place(lambda name: f"{host}/{name}", *in_folder(folder / "sites"), environment, slow=True)


@contextmanager
def ftps(folder: Path) -> Iterator[Place]:
    """An FTP host that refuses whatever is not encrypted."""
    authority, certificate, key = certify(folder)
    (folder / "home").mkdir()
    port = free_port()
    given = [str(port), str(folder / "home"), str(certificate), str(key), "ville", "a secret"]
    # Its library warns of what it is built on.
    command = [sys.executable, "-W", "ignore", str(Path(__file__).with_name("ftp_host.py")), *given]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_for(port)
            environment = {"SSL_CERT_FILE": str(authority), "ASSISES_DEPLOY_PASSWORD": "a secret"}
            host = f"ftps://ville@127.0.0.1:{port}"
            yield Place(
                lambda name: f"{host}/{name}", *in_folder(folder / "home"), environment, ("a secret",)
            )
        finally:
            server.terminate()
            server.wait(30)


@contextmanager
def s3() -> Iterator[Place]:
    """A bucket."""
    with s3_double() as (double, url):

        def seen(name: str) -> dict[str, bytes]:
            return {
                key.removeprefix(f"{name}/"): data
                for key, data in dict(double.objects).items()
                if key.startswith(f"{name}/")
            }

        def put(name: str, path: str, data: bytes) -> None:
            double.objects[f"{name}/{path}"] = data

        environment = {"ASSISES_DEPLOY_KEY": KEY, "ASSISES_DEPLOY_SECRET": SECRET}
        yield Place(lambda name: f"s3+{url}/{BUCKET}/{name}", seen, put, environment)


@contextmanager
def forge(folder: Path, git: str, lighttpd: str, caddy: str) -> Iterator[Place]:
    """Git's own http-backend, behind TLS with an authority that only the environment names."""
    authority, certificate, key = certify(folder)
    (folder / "repositories").mkdir()
    with ExitStack() as stack:
        host = stack.enter_context(git_host(folder / "repositories", git, lighttpd))
        port = free_port()
        (folder / "Caddyfile").write_text(
            "{\n\tadmin off\n\tauto_https disable_redirects\n\tlog {\n\t\toutput discard\n\t}\n}\n"
            f"https://127.0.0.1:{port} {{\n\ttls {certificate} {key}\n\treverse_proxy 127.0.0.1:{host.port}\n}}\n",
            encoding="utf-8",
        )
        home = os.environ | {
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
        }
        log = stack.enter_context((folder / "log").open("wb"))
        command = [caddy, "run", "--config", str(folder / "Caddyfile")]
        server = subprocess.Popen(command, cwd=folder, env=home, stdout=log, stderr=log)
        stack.callback(server.wait, 30)
        stack.callback(server.terminate)
        wait_for(port)

        def address(name: str) -> str:
            if not (host.folder / f"{name}.git").exists():
                host.make(f"{name}.git")
            return f"git+https://{USER}@127.0.0.1:{port}/{name}.git#pages"

        environment = {"SSL_CERT_FILE": str(authority), "ASSISES_DEPLOY_PASSWORD": PASSWORD}
        yield Place(address, _branch(host), _commit(host), environment, (PASSWORD,), claims=False)


def _branch(host: GitHost) -> Callable[[str], dict[str, bytes]]:
    def seen(name: str) -> dict[str, bytes]:
        repository = f"{name}.git"
        if "refs/heads/pages" not in host.refs(repository):
            return {}
        paths = host.run(repository, "ls-tree", "-r", "-z", "--name-only", "pages").split("\0")
        command = [host.git, "-C", str(host.folder / repository), "cat-file", "blob"]
        read = {
            path: subprocess.run([*command, f"pages:{path}"], capture_output=True, check=True)
            for path in paths
            if path
        }
        return {path: run.stdout for path, run in read.items() if path != ".nojekyll"}

    return seen


def _commit(host: GitHost) -> Callable[[str, str, bytes], None]:
    def put(name: str, path: str, data: bytes) -> None:
        repository = f"{name}.git"
        if not (host.folder / repository).exists():
            host.make(repository)
        files = dict(_branch(host)(name)) | {path: data}
        lines = [
            f"100644 {host.run(repository, 'hash-object', '-w', '--stdin', given=text.decode()).strip()}\t{each}"
            for each, text in files.items()
        ]
        index = {"GIT_INDEX_FILE": str(host.folder / f"{name}.index")}
        command = [host.git, "-C", str(host.folder / repository), "update-index", "--index-info"]
        subprocess.run(command, input="\n".join(lines).encode() + b"\n", check=True, env=os.environ | index)
        command[-2:] = ["write-tree"]
        tree = subprocess.run(
            command, check=True, env=os.environ | index, capture_output=True, text=True
        ).stdout.strip()
        commit = host.run(repository, "commit-tree", "-m", "by hand", tree).strip()
        host.run(repository, "update-ref", "refs/heads/pages", commit)

    return put
