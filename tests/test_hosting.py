"""docs/hosting.md: its unit, its web servers' configurations and its commands are those that work."""

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

import pytest

from assises.bundle import PLATFORMS
from conftest import require
from kernel import INTAKE_KEY, TOPIC, forms_document
from served import REPOSITORY
from tools.install import TOOLS

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


def test_systemd_takes_the_unit_and_finds_it_tight(tmp_path):
    """No unknown key, and an exposure that systemd itself calls safe: below 1 of 10."""
    analyze = require("systemd-analyze")[0]
    (unit,) = blocks("ini")
    path = tmp_path / "assises-intake@ville.service"
    path.write_text(
        unit.replace("/opt/assises/bin/gunicorn", "/bin/true").replace("User=assises", "User=daemon"),
        encoding="utf-8",
    )
    run = subprocess.run(
        [analyze, "verify", "--man=no", str(path)], capture_output=True, text=True, check=False
    )
    assert path.name not in run.stderr, run.stderr
    security = [analyze, "security", "--offline=yes", "--threshold=10", "--no-pager", str(path)]
    run = subprocess.run(security, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "SAFE" in run.stdout.splitlines()[-1]


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
    """A machine with two consultations: pages, and the intake of each by the unit's own command."""
    require("gunicorn")
    (unit,) = blocks("ini")
    command = re.search("ExecStart=.*?gunicorn (.*)", unit)[1].replace('"', "")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSISES")}
    run = [sys.executable, "-c", "from gunicorn.app.wsgiapp import run; run()"]
    environment["PYTHONPATH"] = str(TOOLS["gunicorn"].folder())
    programs = []
    for town in ("ville", "agglo"):
        (tmp_path / f"assises-{town}").mkdir()
        dist = tmp_path / "srv" / town / "dist"
        dist.mkdir(parents=True)
        (dist / "index.html").write_text(f"<h1>{town}</h1>", encoding="utf-8")
        document = forms_document(site=f"https://{town}.example/")
        (dist / "forms.json").write_text(json.dumps(document), encoding="utf-8")
        variables = {
            "ASSISES_FORMS": str(dist / "forms.json"),
            "ASSISES_STORAGE": f"spool:{dist.parent / 'spool'}",
            "ASSISES_INTAKE_KEY": INTAKE_KEY.seed.hex(),
        }
        arguments = command.replace("/run/", f"{tmp_path}/").replace("%i", town).split()
        programs.append((town, [*run, *arguments], environment | variables))
    with ExitStack() as stack:
        for town, gunicorn, variables in programs:
            process = stack.enter_context(running(*gunicorn, cwd=tmp_path, environment=variables))
            wait_for((tmp_path / f"assises-{town}" / "intake.sock").exists, process, tmp_path / "log")
        yield tmp_path


def fetched(url, body=None):
    """Return status and text of an address."""
    try:
        with urllib.request.urlopen(url, body, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def at_home(text, machine):
    """Return a configuration with the document's folders replaced by the test's."""
    return text.replace("/run/", f"{machine}/").replace("/srv/assises/", f"{machine}/srv/")


@contextmanager
def caddy(machine, port, block):
    """Serve with Caddy, without certificates."""
    program = require("caddy")[0]
    text = at_home(block, machine)
    text = re.sub(r"(?m)^[a-z.]+ \{", f"http://127.0.0.1:{port} {{", text)
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
        assert fetched(f"{base}/inbox/contributions", b"a" * 300_000)[0] == 413


def test_two_towns_on_one_machine_keep_apart(machine, free_port):
    """By path prefix: each its pages, its forms and its spool."""
    with caddy(machine, free_port(), blocks("caddyfile")[1]) as base:
        for town in ("ville", "agglo"):
            assert fetched(f"{base}/{town}/") == (200, f"<h1>{town}</h1>")
            with urllib.request.urlopen(f"{base}/{town}/inbox/health") as answer:
                assert f"https://{town}.example" in answer.headers["Content-Security-Policy"]
