"""docs/hosting.md: its web servers' configurations and its commands are those that work."""

from __future__ import annotations

import getpass
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assises.bundle import PLATFORMS
from assises.deploy.moving import moved
from assises.envelope import Envelope
from assises.keys import load
from assises.load import read_site
from assises.machine.town import programs, town_of
from assises.spool import Spool
from conftest import require
from kernel import INTAKE_KEY, TOPIC, contribution, forms_document
from served import REPOSITORY, assises, copy_of

DOCUMENT = (REPOSITORY / "docs" / "hosting.md").read_text(encoding="utf-8")


def blocks(language):
    """Return the blocks of one language."""
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)


def test_every_platform_has_its_lines():
    """No bundle without a word on where it goes."""
    for name in PLATFORMS:
        assert f"assises bundle {name} " in DOCUMENT
    for entry in (
        "lambda_function.lambda_handler",
        "handler.handle",
        "--entry-point inbox",
        "wsgi:application",
    ):
        assert entry in DOCUMENT


def town_of_programs(root, sockets=Path("/run")):
    """Return the programs of a consultation, as they run without systemd."""
    settings, _content, _problems = read_site(root)
    return {each.role: each for each in programs(town_of(root, settings), {}, sockets, by_socket_unit=False)}


def test_the_runner_does_what_its_unit_says(tmp_path):
    """It drains, brings the pages up to date after that, and ends when it is told to."""
    root = copy_of("minimal", tmp_path)
    file = root / "site.yaml"
    file.write_text(moved(file.read_text(encoding="utf-8"), "folder:dist"), encoding="utf-8")
    assert assises("drain", str(root)).returncode == 0
    arguments = [word.replace("15s", "1s") for word in town_of_programs(root)["runner"].command[1:]]
    program = [sys.executable, "-c", "from assises.cli import main; main()"]
    now = datetime.now(UTC).replace(microsecond=0)
    with running(*program, *arguments, cwd=root) as process:
        said = contribution("Plus de bancs.", time=now, channel="web")
        key = load(root / ".assises/keys/intake.key")
        Spool(root / ".assises/spool").put_if_absent(said.id, Envelope(said, "5e" * 16, ()).to_bytes(key))
        wait_for((root / "dist" / "index.html").exists, process, root / "log")
        wait_for(
            lambda: said.id in (root / "dist/ledger/ledger.jsonl").read_text(encoding="utf-8"),
            process,
            root / "log",
        )


@contextmanager
def running(*command, cwd, environment=None):
    """Run a program until the block ends; it must not end by itself before."""
    with (cwd / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def wait_for(what, process, log):
    """Wait until something is so, while the program runs."""
    for _ in range(600):
        assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")
        try:
            if what():
                return
        except (OSError, urllib.error.URLError):
            pass
        time.sleep(0.05)
    raise AssertionError(log.read_text(encoding="utf-8", errors="replace"))


@pytest.fixture
def machine(tmp_path):
    """A machine with two consultations: pages, intake and desk of each by the units' own commands."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSISES")}
    environment["ASSISES_INTAKE_KEY"] = INTAKE_KEY.seed.hex()
    environment |= {"ASSISES_SMTP": "smtp://localhost", "ASSISES_MAIL_FROM": "assises@ville.example"}
    with ExitStack() as stack:
        for town in ("ville", "agglo"):
            root = copy_of("minimal", tmp_path / "srv" / "new").rename(tmp_path / "srv" / town)
            file = root / "site.yaml"
            file.write_text(
                moved(file.read_text(encoding="utf-8"), f"folder:../{town}-www"), encoding="utf-8"
            )
            www = tmp_path / "srv" / f"{town}-www"
            www.mkdir()
            (www / "index.html").write_text(f"<h1>{town}</h1>", encoding="utf-8")
            document = forms_document(site=f"https://{town}.example/")
            (www / "forms.json").write_text(json.dumps(document), encoding="utf-8")
            assert assises("drain", str(root)).returncode == 0
            sockets = tmp_path / f"assises-{town}"
            sockets.mkdir()
            for program in town_of_programs(root, sockets).values():
                if program.socket:
                    told = {**program.environ, "ASSISES_DESK_URL": URLS[town]}
                    process = stack.enter_context(
                        running(*program.command, cwd=tmp_path, environment=environment | told)
                    )
                    wait_for(program.socket.exists, process, tmp_path / "log")
        yield tmp_path


URLS = {"ville": "https://assises.ville.example/desk/", "agglo": "https://consultations.example/agglo/desk/"}
"""Where moderators reach each desk."""


def fetched(url, body=None, host="assises.ville.example"):
    """Return status and text of an address."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, {"Host": host}), timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def at_home(text, machine):
    """Return a configuration with the document's folders replaced by the test's."""
    return text.replace("/run/", f"{machine}/").replace("/srv/", f"{machine}/srv/")


@contextmanager
def caddy(machine, port, block):
    """Serve with Caddy, without certificates."""
    program = require("caddy")[0]
    text = at_home(block, machine)
    text = re.sub(r"(?m)^[a-z.]+ \{", f"http://:{port} {{\n\tbind 127.0.0.1", text)
    (machine / "Caddyfile").write_text(f"{{\n\tadmin off\n}}\n{text}", encoding="utf-8")
    environment = os.environ | {
        "HOME": str(machine),
        "XDG_DATA_HOME": str(machine),
        "XDG_CONFIG_HOME": str(machine),
    }
    with running(program, "run", "--config", "Caddyfile", cwd=machine, environment=environment) as process:
        wait_for(lambda: fetched(f"http://127.0.0.1:{port}/")[0], process, machine / "log")
        yield f"http://127.0.0.1:{port}"


@contextmanager
def nginx(machine, port, block):
    """Serve with nginx, without TLS."""
    program = require("nginx")[0]
    text = at_home(block, machine).replace("443 ssl", f"127.0.0.1:{port}")
    text = re.sub(r"(?m)^\s*ssl_certificate.*\n", "", text)
    (machine / "nginx.conf").write_text(
        f"daemon off; pid {machine}/nginx.pid; error_log {machine}/log; user {getpass.getuser()};\n"
        f"events {{}}\nhttp {{ access_log off; client_body_temp_path {machine}/body; proxy_temp_path {machine}/proxy;\n"
        f"types {{ text/html html; }}\n{text} }}\n",
        encoding="utf-8",
    )
    with running(program, "-c", str(machine / "nginx.conf"), "-p", str(machine), cwd=machine) as process:
        wait_for(lambda: fetched(f"http://127.0.0.1:{port}/")[0], process, machine / "log")
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(("serve", "language"), [(caddy, "caddyfile"), (nginx, "nginx")])
def test_one_town_is_served_as_the_document_says(machine, free_port, serve, language):
    """Pages from the folder, the intake below inbox/, and a body too large for the web server is refused."""
    with serve(machine, free_port(), blocks(language)[0]) as base:
        assert fetched(f"{base}/") == (200, "<h1>ville</h1>")
        status, page = fetched(f"{base}/inbox/contributions/new?form={TOPIC}")
        assert status in {200, 403}  # the evening of the test's forms is over
        assert "<main>" in page
        assert fetched(f"{base}/inbox/health")[0] == 200
        assert fetched(f"{base}/inbox/nothing")[0] == 404
        assert 'type="email"' in fetched(f"{base}/desk/")[1]
        assert 'type="email"' not in fetched(f"{base}/desk/", host="evil.example")[1]
        assert fetched(f"{base}/inbox/contributions", b"a" * 300_000)[0] == 413


def test_two_towns_on_one_machine_keep_apart(machine, free_port):
    """By path prefix: each its pages, its forms, its spool and its desk."""
    with caddy(machine, free_port(), blocks("caddyfile")[1]) as base:
        for town in ("ville", "agglo"):
            assert fetched(f"{base}/{town}/") == (200, f"<h1>{town}</h1>")
            with urllib.request.urlopen(f"{base}/{town}/inbox/health", timeout=20) as answer:
                assert f"https://{town}.example" in answer.headers["Content-Security-Policy"]
        assert 'type="email"' in fetched(f"{base}/agglo/desk/", host="consultations.example")[1]
    keys = {(machine / "srv" / town / ".assises/keys/intake.key").read_bytes() for town in ("ville", "agglo")}
    assert len(keys) == 2
