"""The programs that tests need and pip cannot bring: found, installed where that is allowed, or named.

``make test`` runs this before anything else; it needs nothing but Python's standard library. As root, or in
continuous integration (``CI=true``), missing Debian packages are installed, which is announced first.
Elsewhere the one line that installs them is printed. ``ASSISES_TEST_WITHOUT=chromium,vnu`` leaves tools out:
tests that need them are then skipped, and say so.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NPM = ROOT / ".tools"
"""Where npm's packages and those of hosts go; ignored by git."""

_SAM = "aws-sam-cli==1.170.0"

WITHOUT = "ASSISES_TEST_WITHOUT"


@dataclass(frozen=True, slots=True)
class Program:
    """A program, under any of the names that systems know it by, and what brings it to Debian."""

    names: tuple[str, ...]
    packages: tuple[str, ...]
    """The first has the program itself; the others are asked for only where that one is installed."""

    def path(self) -> str | None:
        """Return where it is, or None."""
        return next(filter(None, map(shutil.which, self.names)), None)

    def missing_packages(self) -> tuple[str, ...]:
        """Return the Debian packages to install; none where the program works and lacks nothing."""
        if self.path() is None:
            return self.packages
        first, *others = self.packages
        if not others or not _is_installed(first):
            return ()
        return tuple(package for package in others if not _is_installed(package))


@dataclass(frozen=True, slots=True)
class Tool:
    """What a test asks for by name, and what can be left out by that name."""

    name: str
    purpose: str
    programs: tuple[Program, ...]
    module: str = ""
    """The file of the npm package that is used, within ``node_modules``."""

    runtime: str = ""
    """The list of ``runtimes/`` that pip installs into a folder of its own: a host's Python, without our packages."""

    occasions: tuple[str, ...] = ("test", "faults", "bench")
    """The make targets that need it."""

    def file(self) -> Path:
        """Return where the npm package's file lies once it is installed."""
        return NPM / "node_modules" / self.module

    def folder(self) -> Path:
        """Return where the packages of a host's Python lie once they are installed."""
        return NPM / "runtimes" / self.runtime

    def missing(self) -> list[Program]:
        """Return the programs that are not there, or not whole."""
        return [program for program in self.programs if program.path() is None or program.missing_packages()]


_CHROMIUM = Program(
    (
        "chromium",
        "chromium-browser",
        "google-chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ),
    ("chromium", "chromium-l10n", "fonts-dejavu-core"),
)
_GIT = Program(("git",), ("git",))
_LIGHTTPD = Program(("lighttpd", "/usr/sbin/lighttpd"), ("lighttpd",))
_CADDY = Program(("caddy",), ("caddy",))
_APACHE = Program(("apache2", "/usr/sbin/apache2", "httpd"), ("apache2",))
_NGINX = Program(
    ("nginx", "/usr/sbin/nginx"),
    ("nginx-light", "libnginx-mod-http-brotli-filter", "libnginx-mod-http-brotli-static"),
)
_SSHD = Program(("sshd", "/usr/sbin/sshd"), ("openssh-server",))
_SSH = Program(("ssh",), ("openssh-client",))
_RSYNC = Program(("rsync",), ("rsync",))
_SYSTEMD = Program(("systemd-analyze",), ("systemd",))
_CRONTAB = Program(("crontab",), ("cron",))
_SHELLCHECK = Program(("shellcheck",), ("shellcheck",))
_OPENSSL = Program(("openssl",), ("openssl",))
_CEPH = Program(("radosgw",), ("radosgw", "ceph-mon", "ceph-osd", "ceph-common"))
_JAVA = Program(("java",), ("default-jre-headless",))
_NODE = Program(("node", "nodejs"), ("nodejs",))
_NPM = Program(("npm",), ("npm",))

TOOLS = {
    tool.name: tool
    for tool in (
        Tool("git", "reads the store back with git itself", (_GIT,)),
        Tool("git-host", "serves repositories over HTTP as a forge does", (_GIT, _LIGHTTPD)),
        Tool("s3", "is a real S3 store", (_CEPH,), occasions=("faults", "bench")),
        Tool("isso", "is what ours is measured beside", (), runtime="isso", occasions=("bench",)),
        Tool("openssl", "is the time-stamp authority that heads of the ledger are sent to", (_OPENSSL,)),
        Tool("chromium", "walks the consultation as a resident does", (_CHROMIUM,)),
        Tool("axe", "checks each page's accessibility", (_NODE, _NPM), "axe-core/axe.min.js"),
        Tool("acorn", "reads scripts as old browsers do", (_NODE, _NPM), "acorn/bin/acorn"),
        Tool("vnu", "checks each page's HTML and CSS", (_JAVA, _NODE, _NPM), "vnu-jar/build/dist/vnu.jar"),
        Tool("lighttpd", "runs the intake by CGI", (_LIGHTTPD,)),
        Tool("nginx", "serves pages and intake as the documents say", (_NGINX,)),
        Tool("apache", "serves pages as the lines for it say", (_APACHE,)),
        Tool("caddy", "serves pages and intake as the documents say", (_CADDY,)),
        Tool("ssh", "takes pages by SFTP and rsync", (_SSHD, _SSH, _RSYNC)),
        Tool("systemd-analyze", "checks the units of the documents", (_SYSTEMD,)),
        Tool("crontab", "reads the recipe for cron", (_CRONTAB,)),
        Tool("shellcheck", "reads what recipes give to forges’ shells", (_SHELLCHECK,)),
        Tool("gunicorn", "runs the intake's bundle", (), runtime="gunicorn"),
        Tool("lambda", "runs the bundle for AWS Lambda in Amazon's own emulator", (), runtime="lambda"),
        Tool("google", "runs the bundle for Google Cloud Functions", (), runtime="google"),
        Tool("scaleway", "runs the bundle for Scaleway Functions", (), runtime="scaleway"),
    )
}


class UnknownToolError(ValueError):
    """``ASSISES_TEST_WITHOUT`` names what is no tool of ours."""


def left_out(environment: Mapping[str, str] = os.environ) -> frozenset[str]:
    """Return the names of the tools that ``ASSISES_TEST_WITHOUT`` leaves out.

    Raises:
        UnknownToolError: a name is not in `TOOLS`.
    """
    names = frozenset(filter(None, environment.get(WITHOUT, "").replace(" ", "").split(",")))
    if unknown := names - TOOLS.keys():
        raise UnknownToolError(f"{WITHOUT}: unknown: {', '.join(sorted(unknown))}; known: {', '.join(TOOLS)}")
    return names


def install_line(programs: Iterable[Program]) -> str:
    """Return the line that a person types to install the programs."""
    wanted = list(programs)
    if shutil.which("apt-get"):
        return f"sudo apt-get install --no-install-recommends {' '.join(_packages(wanted))}"
    return f"install, and put on the PATH: {', '.join(program.names[0] for program in wanted)}"


def main(occasion: str = "test") -> int:
    """Return 0 when every tool that is not left out is there; otherwise say what is missing and return 1."""
    try:
        without = left_out()
    except UnknownToolError as error:
        print(error, file=sys.stderr)
        return 2
    needed = [tool for tool in TOOLS.values() if occasion in tool.occasions]
    tools = [tool for tool in needed if tool.name not in without]
    packages = _packages(program for tool in tools for program in tool.missing())
    if packages and _may_install():
        _install(packages)
    if lacking := [tool for tool in tools if tool.missing()]:
        _report(lacking)
        return 1
    if any(tool.module for tool in tools):
        _install_npm_packages()
    for tool in tools:
        if tool.runtime:
            _install_runtime(tool)
    return 0


def _report(lacking: list[Tool]) -> None:
    for tool in lacking:
        names = " and ".join(program.names[0] for program in tool.missing())
        print(f"Missing: {names}, with which {tool.name} {tool.purpose}.", file=sys.stderr)
    programs = dict.fromkeys(program for tool in lacking for program in tool.missing())
    names = ",".join(tool.name for tool in lacking)
    print(f"To install:    {install_line(programs)}", file=sys.stderr)
    print(f"To do without: {WITHOUT}={names} make test", file=sys.stderr)


def _packages(programs: Iterable[Program]) -> list[str]:
    return sorted({package for program in programs for package in program.missing_packages()})


def _is_installed(package: str) -> bool:
    """Tell whether dpkg knows the package as installed; never, where there is no dpkg."""
    if not shutil.which("dpkg-query"):
        return False
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    return subprocess.run(query, capture_output=True, check=False).stdout == b"installed"


def _may_install() -> bool:
    return shutil.which("apt-get") is not None and (_is_root() or os.environ.get("CI") == "true")


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _install(packages: list[str]) -> None:
    """Install Debian packages; on failure apt's own words stand on the screen and `main` reports."""
    print(f"Installing with apt-get: {' '.join(packages)}", flush=True)
    sudo = [] if _is_root() else ["sudo", "--non-interactive"]
    apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    subprocess.run([*apt, "update"], check=False)
    subprocess.run(
        [*apt, "install", "--yes", "--no-install-recommends", *packages],
        stdout=subprocess.DEVNULL,
        check=False,
    )


def _install_npm_packages() -> None:
    """Install what package-lock.json pins, unless that is what is there.

    Install scripts stay off: the packages hold all that is used of them, and vnu-jar's would download more.
    """
    pinned = (HERE / "package-lock.json").read_bytes()
    stamp, digest = NPM / ".installed", hashlib.sha256(pinned).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return
    print("Installing axe-core, acorn and vnu-jar with npm into .tools", flush=True)
    NPM.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(HERE / name, NPM / name)
    npm = [_NPM.path() or "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(npm, cwd=NPM, check=True)
    stamp.write_text(digest, encoding="utf-8")


def _install_runtime(tool: Tool) -> None:
    """Install the packages that a host brings itself, unless they are there; none of them into our environment."""
    listed = HERE / "runtimes" / f"{tool.runtime}.txt"
    stamp, digest = tool.folder() / ".installed", hashlib.sha256(listed.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return
    print(f"Installing what {tool.name} needs with pip into {tool.folder().relative_to(ROOT)}", flush=True)
    shutil.rmtree(tool.folder(), ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--requirement", str(listed), "--target", str(tool.folder())], check=True)
    if tool.name == "lambda":
        _take_emulator(tool.folder())
    stamp.write_text(digest, encoding="utf-8")


def _take_emulator(folder: Path) -> None:
    """Take Amazon's Runtime Interface Emulator out of aws-sam-cli's wheel, the rest of which wants Docker."""
    with tempfile.TemporaryDirectory() as fetched:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", fetched, _SAM]
        subprocess.run(pip, check=True)
        with zipfile.ZipFile(next(Path(fetched).glob("*.whl"))) as wheel:
            machine = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
            data = wheel.read(f"samcli/local/rapid/aws-lambda-rie-{machine}")
    (folder / "aws-lambda-rie").write_bytes(data)
    (folder / "aws-lambda-rie").chmod(0o755)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
