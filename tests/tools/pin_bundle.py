"""Write the list of packages that bundles are made of: the versions that tests pass with, and their digests.

    python tests/tools/pin_bundle.py

For every Python and architecture that `assises bundle` knows, pip brings the wheels; run it after a change of
tests/constraints.txt.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from assises import bundle, wheels

ROOT = Path(__file__).resolve().parent.parent.parent
LIST = ROOT / "serverless/assises_inbox/handlers/requirements.txt"


def names() -> list[str]:
    """Return every package of every platform."""
    return sorted({*bundle.PACKAGES, *(name for each in bundle.PLATFORMS.values() for name in each.packages)})


def pinned() -> dict[str, str]:
    """Return the versions of tests/constraints.txt, by the names that the index knows."""
    lines = (ROOT / "tests/constraints.txt").read_text(encoding="utf-8").splitlines()
    found = (line.split("==") for line in lines if "==" in line)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def main() -> None:
    """Fetch every wheel there may be use for, and write the list."""
    versions = pinned()
    wanted = [f"{name}=={versions[name]}" for name in names()]
    with tempfile.TemporaryDirectory() as folder:
        for python in wheels.PYTHONS:
            for platforms in wheels.PLATFORMS.values():
                options = [f"--platform={platform}" for platform in platforms]
                options += [f"--python-version={python}", "--implementation=cp", "--only-binary=:all:"]
                fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
                subprocess.run([*fetch, *options, *wanted], check=True)
        digests: dict[str, list[str]] = {}
        for wheel in Path(folder).iterdir():
            name = wheel.name.split("-")[0].replace("_", "-").lower()
            digests.setdefault(name, []).append(hashlib.sha256(wheel.read_bytes()).hexdigest())
    entries = [
        " \\\n".join(
            [
                f"{name}=={versions[name]}",
                *(f"    --hash=sha256:{digest}" for digest in sorted(digests[name])),
            ]
        )
        for name in names()
    ]
    head = "# Written by tests/tools/pin_bundle.py: what `assises bundle` puts into its files.\n"
    LIST.write_text(head + "\n".join(entries) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
