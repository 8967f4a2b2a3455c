"""Other people's packages for another machine: wheels by name, Python and architecture, and what is used of them.

pip fetches them, and checks each against the digest that stands in the list of requirements.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from assises.problems import Message, message

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
ARCHITECTURES = ("x86_64", "arm64")

PLATFORMS = {
    "x86_64": ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_28_x86_64"),
    "arm64": ("manylinux2014_aarch64", "manylinux_2_17_aarch64", "manylinux_2_28_aarch64"),
}
"""Wheels' own names for the systems that function hosts run: Linux with glibc 2.28 or newer."""

UNUSED = (
    "*.data/*",
    "*.dist-info/RECORD",
    "*.dist-info/WHEEL",
    "*.dist-info/entry_points.txt",
    "*.dist-info/top_level.txt",
    "*.dist-info/sboms/*",
    "*.pyi",
    "*/py.typed",
    # libsodium's bindings need cffi's compiled half alone.
    "cffi/*",
    # The intake makes one small commit; the compiled halves, which are optional, are for histories.
    "dulwich/*.so",
    "dulwich/cli.py",
    "dulwich/contrib/*",
    "dulwich/porcelain/*",
    "dulwich/porcelain.py",
    "dulwich/tests/*",
    "werkzeug/debug/shared/*",
)
"""Files of wheels that no function reads. Licences stay, as they ask."""


class WheelsError(Exception):
    """The packages cannot be had."""

    def __init__(self, what: Message) -> None:
        self.what = what
        super().__init__(what.render())


def fetched(
    requirements: Path, names: Sequence[str], python: str, architecture: str, kept: Path
) -> list[Path]:
    """Return the wheels of the named packages, from `kept` where they lie there, else from the package index.

    Args:
        requirements: each package with its version and digests, as pip reads it.
        names: those of its packages that are wanted.
        python: of the machine that the wheels are for, such as ``3.13``.
        architecture: of that machine, one of `ARCHITECTURES`.
        kept: a folder; what is fetched stays there, and is enough the next time, without a network and pip.

    Raises:
        WheelsError: pip is not there, or has not found them.
    """
    kept.mkdir(parents=True, exist_ok=True)
    entries = _entries(requirements)
    found = _kept(kept, entries, python, architecture)
    if missing := [entries[name] for name in names if name not in found]:
        _fetch("".join(missing), python, architecture, kept)
        found = _kept(kept, entries, python, architecture)
    return [found[name] for name in names]


def _kept(folder: Path, entries: Mapping[str, str], python: str, architecture: str) -> dict[str, Path]:
    """Return the wheels in a folder that are listed, to the byte, and fit the machine; by the package's name."""
    found = {}
    for wheel in sorted(folder.glob("*.whl")):
        name = wheel.name.partition("-")[0].replace("_", "-").lower()
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if f"sha256:{digest}" in entries.get(name, "") and _fits(wheel.stem, python, architecture):
            found[name] = wheel
    return found


def _fits(wheel: str, python: str, architecture: str) -> bool:
    """Tell from a wheel's name whether it is for a machine (binary distribution format, "File name convention")."""
    *_, pythons, abis, platforms = wheel.split("-")
    exact = f"cp{python.replace('.', '')}"
    right_python = abis in {"abi3", "none"} or exact in pythons.split(".")
    return right_python and not {"any", *PLATFORMS[architecture]}.isdisjoint(platforms.split("."))


def _fetch(wanted: str, python: str, architecture: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as drafts:
        requirements = Path(drafts) / "requirements.txt"
        requirements.write_text(wanted, encoding="utf-8", newline="\n")
        pip = [*_pip(), "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
        pip += ["--only-binary=:all:", "--implementation=cp", f"--python-version={python}"]
        pip += [f"--platform={platform}" for platform in PLATFORMS[architecture]]
        run = _run([*pip, "--dest", str(folder), "--requirement", str(requirements)])
    if run.returncode:
        said = run.stderr.splitlines()
        why = next((line for line in reversed(said) if line.startswith("ERROR")), run.stderr)
        raise WheelsError(message("The packages could not be fetched: {why}", why=why.strip()))


def unpacked(wheels: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield each file of the wheels that is used, by its path."""
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for path in archive.namelist():
                if not path.endswith("/") and not any(fnmatchcase(path, unused) for unused in UNUSED):
                    yield path, archive.read(path)


def _entries(requirements: Path) -> dict[str, str]:
    """Return what a requirements file says of each package, by its name."""
    listed: dict[str, str] = {}
    name = ""
    for line in requirements.read_text(encoding="utf-8").splitlines(keepends=True):
        if line[:1].isalnum():
            name = line.partition("==")[0]
        if name:
            listed[name] = listed.get(name, "") + line
    return listed


def _pip() -> list[str]:
    """Return the command of a pip, whichever Python it belongs to: environments of uv and pipx have none."""
    own = [sys.executable, "-m", "pip"]
    if _run([*own, "--version"]).returncode == 0:
        return own
    if found := shutil.which("pip3") or shutil.which("pip"):
        return [found]
    raise WheelsError(message("pip is not there. Install it, for instance with python -m ensurepip."))


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    # A list, so no shell reads it; its parts are our own and the folders that the user named.
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)  # noqa: S603
