"""The files of a release, each tried where nothing of the repository is: wheel, sdist, one-file program, SBOM.

``make dist`` runs this. Every Python from 3.11 on that is found here gets an environment of its own; `uv tool` and
`pipx` install the wheel as people do. What was tried is said at the end.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DIST = ROOT / "dist-release"
BIN = Path(sys.executable).parent
VERSIONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
CONSTRAINTS = ROOT / "tests" / "constraints.txt"


def main() -> None:
    """Make everything, then try everything."""
    shutil.rmtree(DIST, ignore_errors=True)
    run(sys.executable, "-m", "build", "--outdir", str(DIST), str(ROOT))
    (wheel,), (sdist,) = DIST.glob("*.whl"), DIST.glob("*.tar.gz")
    program = DIST / "assises.pyz"
    run(str(BIN / "shiv"), "--console-script", "assises", "--compressed", "--reproducible",
        "--python", "/usr/bin/env python3", "--output-file", str(program), "--constraint", str(CONSTRAINTS), str(wheel))  # fmt: skip
    tried = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        tried += [
            try_installed(python, file, place / f"{python[0]}-{file.suffix[1:]}")
            for python in pythons()
            for file in (wheel, sdist)
        ]
        tried += [try_program(program, place), *try_tools(wheel, place)]
        sbom(wheel, place)
    for line in tried:
        print(f"tried: {line}")
    for file in sorted(DIST.iterdir()):
        print(f"{file.stat().st_size / 1e6:7.2f} MB  {file.name}")


def pythons() -> Iterator[tuple[str, str]]:
    """Yield each version that is found here, with its program."""
    for version in VERSIONS:
        found = shutil.which(f"python{version}")
        # A version manager's stand-in may be there without the version.
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            yield version, found


def try_installed(python: tuple[str, str], file: Path, place: Path) -> str:
    """Install a file into a fresh environment, and begin, check and build a consultation with it."""
    version, program = python
    run(program, "-m", "venv", str(place))
    pip = [str(place / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    run(*pip, "--constraint", str(CONSTRAINTS), str(file))
    walk([str(place / "bin" / "assises")], place / "site")
    return f"{file.name} on Python {version}"


def try_program(program: Path, place: Path) -> str:
    """Run the one-file program, which unpacks itself into a folder of the user's own."""
    walk([sys.executable, str(program)], place / "pyz", SHIV_ROOT=str(place / "unpacked"))
    return program.name


def try_tools(wheel: Path, place: Path) -> Iterator[str]:
    """Install as people without an environment of their own do."""
    own = {"UV_TOOL_DIR": str(place / "uv"), "UV_TOOL_BIN_DIR": str(place / "uv-bin")}
    run(str(BIN / "uv"), "tool", "install", "--quiet", "--python", sys.executable, str(wheel), **own)
    walk([str(place / "uv-bin" / "assises")], place / "with-uv")
    yield "uv tool install"
    own = {"PIPX_HOME": str(place / "pipx"), "PIPX_BIN_DIR": str(place / "pipx-bin")}
    run(str(BIN / "pipx"), "install", "--quiet", "--python", sys.executable, str(wheel), **own)
    walk([str(place / "pipx-bin" / "assises")], place / "with-pipx")
    yield "pipx install"


def walk(assises: list[str], site: Path, **variables: str) -> None:
    """Go from nothing to pages."""
    for arguments in (
        ["--version"],
        ["new", str(site), "--yes", "--kind", "survey"],
        ["build", str(site), "-o", f"{site}-pages"],
        ["poster", str(site), "-o", f"{site}.pdf"],
    ):
        run(*assises, *arguments, **variables)
    assert Path(f"{site}-pages", "index.html").is_file()
    assert Path(f"{site}.pdf").read_bytes().startswith(b"%PDF")


def sbom(wheel: Path, place: Path) -> None:
    """Write what the wheel brings along, as CycloneDX."""
    environment = place / "sbom"
    run(sys.executable, "-m", "venv", "--without-pip", str(environment))
    python = str(environment / "bin" / "python")
    run(
        sys.executable,
        "-m",
        "pip",
        "--quiet",
        "--python",
        python,
        "install",
        "--constraint",
        str(CONSTRAINTS),
        str(wheel),
    )
    output = DIST / f"{wheel.name.split('-py3')[0]}.cdx.json"
    run(str(BIN / "cyclonedx-py"), "environment", "--output-reproducible", "--pyproject", str(ROOT / "pyproject.toml"),
        "--output-file", str(output), python)  # fmt: skip


def run(*command: str, **variables: str) -> None:
    """Run a command away from the repository, and end with what it said if it fails."""
    outside = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        command,
        cwd=tempfile.gettempdir(),
        env=outside | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
