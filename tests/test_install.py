"""`assises install`: what a town's machine runs, with a real systemd and without, behind real nginx and Caddy."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from assises.deploy.moving import moved
from assises.load import read_site
from assises.machine import secrets
from assises.machine.town import MachineError, programs, town_of
from assises.machine.units import Terms, units
from assises.roles import Roles
from certificates import certify
from conftest import require
from newcomer import ANSWERS, asked, say, wait_until
from public_host import answering, pages
from served import REPOSITORY, assises, copy_of
from systemd_room import Room, systemd_room

_CRONTAB = """#!/bin/sh
# The table of whoever runs the tests is theirs: this one is a file.
case "$1" in
-l) cat "$TABLE" ;;
*) cat >"$TABLE" ;;
esac
"""


@dataclass(frozen=True)
class Home:
    """Where somebody without an administrator's rights launches a consultation."""

    folder: Path
    """With a short path: sockets lie below it."""

    authority: Path
    environ: dict[str, str]

    def launch(self, name: str, port: int, *arguments: str, **answers: object):
        """Launch a consultation without asking."""
        file = self.folder / f"{name}.yaml"
        said = ANSWERS | {"url": self.url(port), "deploy": f"folder:../{name}-www"} | answers
        said |= {
            "certificate": str(self.folder / "certificate.pem"),
            "certificate_key": str(self.folder / "key.pem"),
        }
        file.write_text(yaml.safe_dump(said | {"kept_by": "cron"}, allow_unicode=True), encoding="utf-8")
        return self("launch", name, "--yes", "--answers", str(file), *arguments)

    def __call__(self, command: str, name: str, *arguments: str, **variables: str):
        """Run a command on a consultation."""
        return assises(command, str(self.folder / name), *arguments, **self.environ | variables)

    def install(self, name: str, *arguments: str, **variables: str) -> dict[str, object]:
        """Set up a consultation, and return what was done."""
        done = self("install", name, "--json", *arguments, **variables)
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    @staticmethod
    def url(port: int) -> str:
        """Return the address of a site."""
        return f"https://localhost:{port}/"

    def number(self, name: str, role: str) -> int:
        """Return the number of a program that runs."""
        return int(
            json.loads((self.folder / name / ".assises/machine" / f"{role}.json").read_text("utf-8"))[
                "number"
            ]
        )


@pytest.fixture
def home() -> Iterator[Home]:
    """A folder with a short path; at the end nothing runs any more."""
    folder = Path(tempfile.mkdtemp(prefix="a-"))
    try:
        authority, _certificate, _key = certify(folder)
        (folder / "bin").mkdir()
        crontab = folder / "bin" / "crontab"
        crontab.write_text(_CRONTAB, encoding="utf-8")
        crontab.chmod(0o755)
        (folder / "table").touch()
        environ = {
            "PATH": f"{folder}/bin:{os.environ['PATH']}",
            "TABLE": str(folder / "table"),
            "SSL_CERT_FILE": str(authority),
        }
        yield Home(folder, authority, environ)
        for site in folder.glob("*/.assises/machine"):
            assises("install", "--remove", str(site.parents[1]), **environ)
    finally:
        shutil.rmtree(folder)


def lines(site: Path) -> int:
    """Return how many lines a consultation's ledger has."""
    settings, _content, _problems = read_site(site)
    roles = Roles.of(site, settings)
    with roles.store:
        return len(roles.store.read().ledger().entries)


@pytest.mark.parametrize("web", ["caddy", "nginx"])
def test_a_town_without_systemd_is_launched_lives_and_is_taken_down(home, free_port, web):
    """One command: a site over TLS, through which a resident's words come; nothing of it is left at the end but what was said."""
    require(web)
    site, port = home.folder / "ville", free_port()
    done = home.launch("ville", port, web=web)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "dropped it before the ledger" in done.stdout
    receipt = say(home.url(port), home.authority, "Des bancs à l’ombre.")
    assert asked(receipt, home.authority)[0] == 200
    wait_until(lambda: lines(site) == 1)
    # The runner deploys what it carried.
    wait_until(lambda: "received" in asked(f"{home.url(port)}ledger/ledger.jsonl", home.authority)[1])
    status, page, headers = asked(f"{home.url(port)}nothing/", home.authority)
    assert (status, "<h1" in page) == (404, True)
    assert "script-src 'self'" in headers["content-security-policy"]
    assert (
        "script-src"
        not in asked(f"{home.url(port)}inbox/health", home.authority)[2]["content-security-policy"]
    )
    assert home.install("ville")["started"] == []
    table = (home.folder / "table").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^(\S+) .*assises install --quiet .*$", table) == ["@reboot", "*/5"]
    numbers = [home.number("ville", role) for role in ("intake", "runner", "desk", "web")]
    gone = home("install", "ville", "--remove")
    assert gone.returncode == 0, gone.stderr
    assert [number for number in numbers if Path(f"/proc/{number}").exists() and _lives(number)] == []
    assert (home.folder / "table").read_text(encoding="utf-8").strip() == ""
    assert not list((site / ".assises/machine").glob("*.env"))
    assert lines(site) == 1


def _lives(number: int) -> bool:
    return Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"


def test_only_what_ended_or_changed_is_started(home, free_port):
    """A program that was killed; then two whose passwords are other ones; then all that serve another address."""
    require("caddy")
    port = free_port()
    assert home.launch("ville", port, web="caddy").returncode == 0
    os.kill(home.number("ville", "intake"), signal.SIGKILL)
    assert home.install("ville")["started"] == ["intake"]
    mail = {
        "ASSISES_SMTP": "smtp://localhost:9",
        "ASSISES_MAIL_FROM": "a@ville.example",
        "ASSISES_SMTP_PASSWORD": 'p "$\\',
    }
    assert home.install("ville", **mail)["started"] == ["runner", "desk"]
    kept = home.folder / "ville/.assises/machine/ville.desk.env"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert secrets.read(kept.read_text(encoding="utf-8"))["ASSISES_SMTP_PASSWORD"] == 'p "$\\'
    # They were told once, and are kept.
    assert home.install("ville")["started"] == []
    file = home.folder / "ville/site.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace(f":{port}/", f":{(other := free_port())}/"), encoding="utf-8"
    )
    assert assises("deploy", "--site", str(home.folder / "ville"), **home.environ).returncode == 0
    assert set(home.install("ville")["started"]) == {"runner", "desk", "web"}
    assert asked(f"{home.url(other)}inbox/health", home.authority)[0] == 200


def small(home: Home, port: int) -> Path:
    """Return a small consultation whose site is this machine's."""
    root = copy_of("minimal", home.folder).rename(home.folder / "bourg")
    file = root / "site.yaml"
    text = re.sub("(?m)^url: .*", f"url: {home.url(port)}", file.read_text(encoding="utf-8"))
    file.write_text(moved(text, "folder:../www"), encoding="utf-8")
    return root


def test_what_cannot_be_done_is_said(home, free_port):
    """A port that somebody has; no web server; a name that is none; half a certificate; no place for the pages."""
    port = free_port()
    root = small(home, port)
    certificate = ("--certificate", str(home.folder / "certificate.pem"))
    with answering(pages(lambda _path: None), port):
        done = home("install", "bourg", "--kept-by", "cron", "--web", "nginx", *certificate)
        assert "goes with its key" in done.stderr
        key = ("--certificate-key", str(home.folder / "key.pem"))
        done = home("install", "bourg", "--kept-by", "cron", "--web", "nginx", *certificate, *key)
    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr
    assert _lives(home.number("bourg", "intake"))
    alone = home.install("bourg", "--web", "none")
    assert alone["ok"] is False
    assert "No web server" in alone["lacking"][0]
    assert "cannot be a name" in home("install", "bourg", "--name", "Ma Ville").stderr
    assert (
        "There is no file" in home("install", "bourg", "--web", "caddy", "--certificate-key", "/none").stderr
    )
    (root / "site.yaml").write_text(
        (REPOSITORY / "tests/sites/minimal/site.yaml").read_text("utf-8"), encoding="utf-8"
    )
    assert "where the pages go" in home("install", "bourg").stderr


def test_a_dry_run_shows_everything_and_no_password(home, free_port):
    """Files with what would stand in them, and nothing written."""
    root = small(home, free_port())
    shown = home(
        "install", "bourg", "--dry-run", "--kept-by", "cron", "--web", "caddy", ASSISES_SMTP_PASSWORD="geheim"
    )
    assert shown.returncode == 0, shown.stderr
    assert "reverse_proxy unix/" in shown.stdout
    assert "geheim" not in shown.stdout
    assert not (root / ".assises/machine").exists()


# --- systemd


@pytest.fixture(scope="module")
def room(tmp_path_factory) -> Iterator[Room]:
    """A machine that systemd began, with an authority's certificate for localhost."""
    require("nginx")
    require("caddy")
    folder = tmp_path_factory.mktemp("room")
    certify(folder)
    with systemd_room(folder) as made:
        if made is None:
            pytest.skip("systemd cannot be started here: that takes root and namespaces")
        made("rm", "/etc/nginx/sites-enabled/default")
        made("install", "-D", "--target-directory=/srv/tls", "/srv/room/certificate.pem")
        made("install", "--owner=caddy", "--mode=0600", "--target-directory=/srv/tls", "/srv/room/key.pem")
        for name, url, web in (
            ("ville", "https://localhost/", "nginx"),
            ("agglo", "https://localhost:8443/", "caddy"),
        ):
            said = ANSWERS | {"url": url, "web": web, "deploy": f"folder:../{name}-www"}
            said |= {"certificate": "/srv/tls/certificate.pem", "certificate_key": "/srv/tls/key.pem"}
            said |= {"moderators": f"Anne Martin <anne@{name}.example>"}
            (folder / f"{name}.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
        yield made


TRUST = {"SSL_CERT_FILE": "/srv/room/authority.pem"}
TOWNS = ("ville", "agglo")


def installed(room: Room, town: str, *arguments: str, **variables: str) -> dict[str, object]:
    """Set up a consultation of the room, and return what was done."""
    done = room(
        "/opt/assises/bin/assises", "install", f"/srv/{town}", "--json", *arguments, **TRUST, **variables
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


@pytest.mark.timeout(600)
def test_two_towns_live_on_one_machine_and_neither_reads_the_other(room):
    """Launched as root, each has a user, programs, store, keys and moderators of its own, by nginx and by Caddy."""
    for town in TOWNS:
        launch = ["assises", "launch", f"/srv/{town}", "--yes", "--answers", f"/srv/room/{town}.yaml"]
        done = room(*launch, **TRUST)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "The runner carried the probe" in done.stdout
    keys, people = set(), set()
    for town, other in (TOWNS, TOWNS[::-1]):
        user = f"assises-{town}"
        keys.add(room("cat", f"/srv/{town}/.assises/keys/intake.key", user=user).stdout)
        people.add(room("assises", "moderators", "list", f"/srv/{town}", user=user).stdout)
        for place in (".assises/keys/intake.key", ".assises/store.git/HEAD", "site.yaml", "content/index.md"):
            assert room("cat", f"/srv/{town}/{place}", user=user).returncode == 0
            refused = room("cat", f"/srv/{other}/{place}", user=user)
            assert "Permission denied" in refused.stderr
        assert "Permission denied" in room("cat", f"/etc/assises/{other}.runner.env", user=user).stderr
        connect = "import socket; socket.socket(socket.AF_UNIX).connect"
        for who in TOWNS:
            tried = room("python3", "-c", f"{connect}('/run/assises-{who}/desk.sock')", user=user)
            assert (tried.returncode == 0) == (who == town), tried.stderr
    assert (len(keys), len(people)) == (2, 2)
    assert all("anne@" in listed for listed in people)
    for town in TOWNS:
        assert installed(room, town)["started"] == []
    changed = installed(room, "ville", ASSISES_SMTP="smtp://localhost:9", ASSISES_MAIL_FROM="a@ville.example")
    assert changed["started"] == ["assises-ville-runner.service", "assises-ville-desk.service"]
    # What would take another's place is refused.
    room("cp", "--archive", "/srv/ville", "/srv/bourg")
    assert "choose --name" in installed(room, "bourg", "--name", "ville")["error"]
    tls = ("--certificate", "/srv/tls/certificate.pem", "--certificate-key", "/srv/tls/key.pem")
    assert "is served already" in installed(room, "bourg", "--web", "nginx", *tls)["error"]
    # The other web server takes its place over.
    assert "nginx" in installed(room, "agglo", "--web", "nginx")["started"]
    look = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).headers['Server'])"
    assert room("python3", "-c", look, "https://localhost:8443/", **TRUST).stdout.startswith("nginx")
    for town in TOWNS:
        exposed = room("systemd-analyze", "security", "--no-pager", "--threshold=20", *_services(town))
        assert exposed.returncode == 0, exposed.stdout
        checked = room(
            "systemd-analyze",
            "verify",
            "--man=no",
            *[f"/etc/systemd/system/{unit}" for unit in _services(town)],
        )
        assert checked.returncode == 0, checked.stderr
    gone = room("assises", "install", "/srv/ville", "--remove")
    assert gone.returncode == 0, gone.stderr
    assert room("sh", "-c", "ls /etc/systemd/system /etc/nginx/conf.d /etc/assises | grep ville").stdout == ""
    assert room("assises", "verify", "/srv/ville", user="assises-ville").returncode == 0
    active = [
        room("systemctl", "is-active", unit).stdout.strip()
        for unit in (*_services("ville"), *_services("agglo"))
    ]
    assert active == ["inactive"] * 3 + ["active"] * 3


def _services(town: str) -> list[str]:
    return [f"assises-{town}-{role}.service" for role in ("intake", "runner", "desk")]


@pytest.mark.timeout(600)
def test_a_user_without_rights_has_systemd_of_their_own(room):
    """It keeps the programs and Caddy, which is its own authority; nothing is written outside of the user's home."""
    room("useradd", "--create-home", "--home-dir=/srv/anne", "anne")
    number = room("id", "--user", "anne").stdout.strip()
    room("mkdir", "--parents", "/run/dbus")
    room("systemctl", "start", "dbus.socket", f"user@{number}.service")
    assert room("systemctl", "is-active", f"user@{number}.service").stdout.strip() == "active"
    said = ANSWERS | {"url": "https://localhost:9443/", "web": "caddy", "deploy": "folder:../www"}
    answers = yaml.safe_dump(said, allow_unicode=True)
    room("python3", "-c", f"open('/srv/anne/answers.yaml', 'w').write({answers!r})")
    mine = {"HOME": "/srv/anne", "XDG_RUNTIME_DIR": f"/run/user/{number}"}
    launch = ("assises", "launch", "/srv/anne/ville", "--yes", "--answers", "/srv/anne/answers.yaml")
    done = room(*launch, user="anne", **mine)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The runner carried the probe" in done.stdout
    assert "this machine’s own authority" in done.stdout
    units = room("sh", "-c", "ls /srv/anne/.config/systemd/user/*.service | wc -l").stdout.strip()
    assert units == "4"
    assert room("sh", "-c", "stat --format=%a /srv/anne/.config/assises/*").stdout.split() == ["600"] * 3
    again = room("assises", "install", "/srv/anne/ville", "--json", user="anne", **mine)
    assert json.loads(again.stdout)["started"] == []
    assert room("assises", "install", "/srv/anne/ville", "--remove", user="anne", **mine).returncode == 0
    left = room(
        "systemctl", "--user", "list-units", "--plain", "--no-legend", "assises-*", user="anne", **mine
    )
    assert "running" not in left.stdout


@pytest.mark.parametrize("user", ["daemon", ""])
def test_systemd_takes_units_of_a_folder_with_any_name(tmp_path, user):
    """Spaces, percent and dollar signs and quotes mean themselves; and each unit is shut in tightly."""
    analyze = require("systemd-analyze")[0]
    root = copy_of("minimal", tmp_path).rename(tmp_path / "ma ville 100% $HOME")
    settings, _content, _problems = read_site(root)
    file = root / "site.yaml"
    file.write_text(moved(file.read_text(encoding="utf-8"), "folder:../les pages"), encoding="utf-8")
    settings, _content, _problems = read_site(root)
    town = town_of(root, settings, "ville")
    started = programs(town, {}, Path("/run/assises-ville"), by_socket_unit=True)
    terms = Terms(user, "", Path("/etc/assises"), "1")
    names = []
    for name, text, _role in units(town, started, terms):
        names.append(tmp_path / name)
        names[-1].write_text(text, encoding="utf-8")
    checked = subprocess.run(
        [analyze, "verify", "--man=no", *names], capture_output=True, text=True, check=False
    )
    assert not re.search(r"assises-ville-\w+\.(service|socket):\d", checked.stderr), checked.stderr
    for name in names:
        if user and name.suffix == ".service":
            most = 10 if "intake" in name.name else 20
            shut = [analyze, "security", "--offline=yes", f"--threshold={most}", "--no-pager", str(name)]
            run = subprocess.run(shut, capture_output=True, text=True, check=False)
            assert run.returncode == 0, run.stdout + run.stderr


def test_a_path_that_is_too_long_for_a_socket_is_refused(tmp_path):
    """Rather than a program that cannot begin."""
    root = copy_of("minimal", tmp_path)
    file = root / "site.yaml"
    file.write_text(moved(file.read_text(encoding="utf-8"), "folder:../www"), encoding="utf-8")
    settings, _content, _problems = read_site(root)
    town = town_of(root, settings)
    with pytest.raises(MachineError, match="too long for a socket"):
        programs(town, {}, Path("/" + "a" * 110), by_socket_unit=False)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("deploy:\n  to: folder:../www  # here\n  keep: 3\n", 'deploy:\n  to: "TO"  # here\n  keep: 3\n'),
        ("name: x\ndeploy:\n  keep: 3\n", 'name: x\ndeploy:\n  to: "TO"\n  keep: 3\n'),
        ("name: x\n", 'name: x\n\ndeploy:\n  to: "TO"\n'),
        ("deploy:\n  to: 'it''s # there'\n", 'deploy:\n  to: "TO"\n'),
        ("deploy:\n  to: git+https://a/b.git#pages # x\n", 'deploy:\n  to: "TO" # x\n'),
    ],
)
def test_the_line_of_the_place_is_changed_and_no_other(before: str, after: str):
    """Remarks and order stay as they were written."""
    assert moved(before, "TO") == after
