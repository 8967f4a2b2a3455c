"""As a newcomer would: the wheel into a fresh environment, one command, and a contribution comes through over TLS.

Run by ``make dist``: packages come from the network. The seconds that it took are said, not judged: they are the machine's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from certificates import certify
from conftest import require
from newcomer import ANSWERS, asked, say, wait_until
from places import forge
from served import REPOSITORY

pytestmark = pytest.mark.newcomer


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from the repository."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [
        sys.executable,
        "-m",
        "pip",
        "--quiet",
        "wheel",
        "--no-deps",
        "--wheel-dir",
        str(folder),
        str(REPOSITORY),
    ]
    subprocess.run(build, check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture
def desktop() -> Iterator[Path]:
    """An empty folder with a short path."""
    folder = Path(tempfile.mkdtemp(prefix="n-"))
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("web", ["caddy", "nginx"])
def test_from_the_wheel_to_a_contribution_in_one_command_and_on_to_a_forge(
    wheel, desktop, free_port, tmp_path, web
):
    """Nothing of the repository is there; Caddy is its own authority, nginx has a certificate of another one."""
    require(web)
    url = f"https://localhost:{free_port()}/"
    authority, certificate, key = certify(desktop)
    said = ANSWERS | {"url": url, "deploy": "folder:../www", "web": web, "kept_by": "cron"}
    said |= {"certificate": str(certificate), "certificate_key": str(key)} if web == "nginx" else {}
    (desktop / "answers.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    # The tests' own table of cron: whoever runs them keeps theirs.
    (desktop / "crontab").write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    (desktop / "crontab").chmod(0o755)
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("ASSISES", "PYTHON", "COV"))
    }
    environ |= {
        "PATH": f"{desktop}:{os.environ['PATH']}",
        "ASSISES_LANGUAGE": "en",
        "SSL_CERT_FILE": str(authority),
    }

    def run(*command: str, **variables: str) -> str:
        done = subprocess.run(
            command, cwd=desktop, env=environ | variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    begun = time.monotonic()
    run(sys.executable, "-m", "venv", "fresh")
    constraints = str(REPOSITORY / "tests" / "constraints.txt")
    # Packages come from wherever pip was told; its certificate is not ours.
    run("fresh/bin/python", "-m", "pip", "--quiet", "install", "--constraint", constraints, str(wheel),
        SSL_CERT_FILE=os.environ.get("SSL_CERT_FILE", ""))  # fmt: skip
    installed = time.monotonic()
    assises = str(desktop / "fresh" / "bin" / "assises")
    try:
        told = run(assises, "launch", "ville", "--answers", "answers.yaml", "--yes")
        online = time.monotonic()
        assert "dropped it before the ledger" in told
        assert f"is online: {url}" in told
        trusted = (
            authority
            if web == "nginx"
            else desktop / "ville/.assises/machine/caddy/pki/authorities/local/root.crt"
        )
        receipt = say(url, trusted, "Des arbres devant l’école.")
        assert asked(receipt, trusted)[0] == 200
        wait_until(lambda: "received" in asked(f"{url}ledger/ledger.jsonl", trusted)[1])
        arrived = time.monotonic()
        with forge(tmp_path, *require("git"), *require("lighttpd"), *require("caddy")) as place:
            address = place.address("pages")
            begun_moving = time.monotonic()
            told = run(assises, "deploy", "--site", "ville", "--move", address, **place.environment)
            moved = time.monotonic()
            assert place.seen("pages")["index.html"] == (desktop / "www" / "index.html").read_bytes()
        assert address in (desktop / "ville" / "site.yaml").read_text(encoding="utf-8")
    finally:
        run(assises, "install", "ville", "--remove")
    print(  # noqa: T201 - figures, for whoever runs it
        f"\n{web}: pip {installed - begun:.0f} s, launch {online - installed:.0f} s, contribution in the ledger that is"
        f" deployed {arrived - online:.0f} s, moved to a forge {moved - begun_moving:.0f} s"
    )
