"""The intake as one file: its bytes, and a contribution's way through it on each platform's own runtime."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from urllib.parse import urlencode, urljoin

import pytest

import hosts
import places
from assises.bundle import MOST_BYTES, PACKAGES, PLATFORMS
from assises.contribution import format_time
from assises.envelope import Envelope
from assises.receipt import from_text
from assises.spool import Spool
from conftest import require
from git_host import PASSWORD, USER, git_host
from hosts import FORM, VISITOR, Place
from kernel import INTAKE_KEY, TOPIC, Answer, forms_document
from s3_double import BUCKET, KEY, SECRET, s3_double
from served import REPOSITORY, assises
from tools import pin_bundle

WHEELS = REPOSITORY / ".tools" / "wheels"
PYTHON = ".".join(map(str, sys.version_info[:2]))
TEXT = "Où planter ?\nIci, « là » – 🌳 & <b>partout</b> ; 100 % d’accord…"

RUNTIMES = {
    "gunicorn": ("wsgi", "gunicorn", hosts.gunicorn),
    "function URL": ("lambda", "lambda", hosts.aws),
    "HTTP API with a stage": ("lambda", "lambda", partial(hosts.aws, event_of=hosts.staged)),
    "REST API": ("lambda", "lambda", partial(hosts.aws, event_of=hosts.rest_api)),
    "scaleway": ("scaleway", "scaleway", hosts.scaleway),
    "google": ("google", "google", hosts.google),
    "cgi": ("cgi", "lighttpd", hosts.lighttpd),
}


def made(platform, place, *options):
    """Make a bundle with the real command, and return its bytes and what was said."""
    run = assises("bundle", platform, "-o", str(place), "--wheels", str(WHEELS), "--json", *options)
    assert run.returncode == 0, run.stdout + run.stderr
    return place.read_bytes(), json.loads(run.stdout)


@pytest.fixture(scope="module")
def zipped(tmp_path_factory):
    """Call it for the file of a bundle, made for this machine's Python; each is made once."""

    @cache
    def of(platform):
        place = tmp_path_factory.mktemp(platform) / "bundle.zip"
        made(platform, place, "--python", PYTHON)
        return place

    return of


@pytest.fixture(scope="module")
def bundled(zipped):
    """Call it for the folder of a bundle, unpacked as its host does."""

    @cache
    def of(platform):
        folder = zipped(platform).parent / "bundle"
        with zipfile.ZipFile(zipped(platform)) as archive:
            for entry in archive.infolist():
                Path(archive.extract(entry, folder)).chmod(entry.external_attr >> 16)
        return folder

    return of


@pytest.fixture(scope="module", params=RUNTIMES)
def host(request, bundled, tmp_path_factory):
    """The intake as it runs on one platform, and the spool that it stores in."""
    platform, tool, run = RUNTIMES[request.param]
    require(tool)
    folder = tmp_path_factory.mktemp("host")
    now = datetime.now(UTC)
    document = forms_document()
    for form in document["forms"].values():
        form["windows"] = [[format_time(now - timedelta(days=1)), format_time(now + timedelta(days=1))]]
    (folder / "forms.json").write_text(json.dumps(document), encoding="utf-8")
    environment = {
        "ASSISES_FORMS": str(folder / "forms.json"),
        "ASSISES_STORAGE": f"spool:{folder / 'spool'}",
        "ASSISES_INTAKE_KEY": INTAKE_KEY.seed.hex(),
    }
    with hosts.socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with run(Place(bundled(platform), environment, folder, port)) as running:
        yield running, Spool(folder / "spool")
        log = running.log.read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in log, log
    assert INTAKE_KEY.seed.hex() not in log


class Page(Answer):
    """A page that a host answered with."""

    def __init__(self, reply):
        reply.status_code, reply.get_data = reply.status, lambda **_: reply.body.decode()
        super().__init__(reply)


def posted(host, fields, headers=FORM):
    """Send a form as a browser does."""
    return host("POST", "/contributions", urlencode(fields).encode(), headers)


# --- on each platform


def test_a_contribution_goes_through_and_is_stored_to_the_letter(host):
    """Read over, confirmed twice as a double click does, stored once, and its receipt can be read at its address."""
    intake, spool = host
    reply = posted(intake, {"form": TOPIC, "language": "fr", "author": "Zoé", "text": TEXT})
    page = Page(reply)
    assert (reply.status, page.kept) == (200, TEXT)
    before = set(spool.list())
    confirmed = [posted(intake, page.fields) for _ in range(2)]
    assert [each.status for each in confirmed] == [303, 303]
    assert confirmed[0]["Location"] == confirmed[1]["Location"]
    address = urljoin("/contributions", confirmed[0]["Location"])
    assert intake("GET", address).status == 200
    (id,) = set(spool.list()) - before
    contribution = Envelope.from_bytes(spool.get(id), (INTAKE_KEY.public,)).contribution
    assert (contribution.text, contribution.author) == (TEXT, "Zoé")
    signed = address.partition("?")[0].rpartition("/")[2]
    assert from_text(signed, (INTAKE_KEY.public,)).id == id


def test_every_answer_is_without_cookie_and_with_its_policy(host):
    """The headers come through, pages and refusals alike."""
    intake, _ = host
    for reply in (
        intake("GET", f"/contributions/new?{urlencode({'form': TOPIC})}"),
        intake("GET", "/nowhere"),
        intake("GET", "/health"),
    ):
        assert reply["Set-Cookie"] == ""
        assert reply["Content-Security-Policy"].startswith("default-src 'none'")
        assert reply["X-Content-Type-Options"] == "nosniff"
    assert intake("GET", "/nowhere").status == 404


def test_head_tells_what_get_does_without_a_body(host):
    """Machines that watch ask so."""
    intake, _ = host
    reply = intake("HEAD", "/health")
    assert (reply.status, reply.body) == (200, b"")
    assert intake("GET", "/health").body.startswith(b"{")


def test_too_much_is_refused_with_413(host):
    """A body beyond the limit is not read."""
    intake, spool = host
    before = list(spool.list())
    reply = posted(intake, {"form": TOPIC, "text": "a" * 300_000})
    assert reply.status == 413
    assert list(spool.list()) == before


def test_a_wrong_method_is_told_the_right_one(host):
    """405 with its Allow header."""
    intake, _ = host
    reply = intake("GET", "/contributions")
    assert (reply.status, reply["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("body", "type"),
    [
        (bytes(range(256)) * 8, "application/x-www-form-urlencoded"),
        (bytes(range(256)) * 8, "application/octet-stream"),
        (b"\xff\xfe\x00", "multipart/form-data; boundary=x"),
        (b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n\xff\x00\xfe\r\n--x--\r\n', "multipart/form-data; boundary=x"),
        (b"form=dGVzdA", "application/x-www-form-urlencoded"),
        (b"dGVzdA==", "application/x-www-form-urlencoded"),
        (b"", "application/x-www-form-urlencoded"),
    ],
)  # fmt: skip
def test_bytes_that_are_no_form_are_refused_calmly(host, body, type):
    """Whatever is sent: an answer of ours, never a fault."""
    intake, _ = host
    reply = intake("POST", "/contributions", body, {"Content-Type": type})
    assert reply.status in {400, 404, 415, 422}
    assert reply["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path", ["/receipts/%ff%fe", "/receipts/%00", "/%2e%2e/%2e%2e/etc/passwd", "/receipts/%c3%a9%E2%82%AC"]
)
def test_addresses_that_are_no_text_are_refused_calmly(host, path):
    """Broken escapes and climbing paths end in a refusal of ours, or of the web server itself."""
    intake, _ = host
    assert 400 <= intake("GET", path).status < 500


# --- the file


def test_the_same_versions_make_the_same_bytes(zipped, tmp_path):
    """Made twice, from one folder and from another, in another place and time zone: not a byte differs."""
    first = zipped("lambda").read_bytes()
    shutil.copytree(WHEELS, tmp_path / "elsewhere")
    options = ("-o", "2.zip", "--wheels", "elsewhere", "--python", PYTHON)
    run = assises("bundle", "lambda", *options, cwd=tmp_path, TZ="Asia/Tokyo", PYTHONHASHSEED="7")
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "2.zip").read_bytes() == first
    assert hashlib.sha256(first).hexdigest() in run.stdout


@pytest.mark.parametrize("platform", ["wsgi", "scaleway", "google", "cgi"])
def test_a_bundle_is_small_and_in_order(zipped, platform):
    """Far below the limit, one time for all, readable by all, and licences as they ask."""
    assert zipped(platform).stat().st_size < MOST_BYTES / 4
    with zipfile.ZipFile(zipped(platform)) as archive:
        entries = archive.infolist()
    modes = {entry.filename: stat.S_IMODE(entry.external_attr >> 16) for entry in entries}
    assert [entry.filename for entry in entries] == sorted(modes)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert modes.pop(PLATFORMS[platform].entry) == (0o755 if platform == "cgi" else 0o644)
    assert set(modes.values()) == {0o644}
    names = {name.removeprefix(PLATFORMS[platform].below) for name in modes}
    licences = {name.partition("-")[0] for name in names if re.search("LICEN[CS]E|COPYING", name)}
    assert {"werkzeug", "dulwich", "pynacl", "urllib3"} <= licences
    packages = {name.partition("/")[0] for name in names}
    assert not packages & {"jinja2", "click", "yaml", "babel", "markdown_it", "assises_themes", "PIL"}
    assert "assises/site.py" not in names


def test_a_bundle_is_of_its_platforms_architecture_and_python(tmp_path):
    """Compiled parts are for ARM where that was asked for; a copy of the forms goes along."""
    (tmp_path / "forms.json").write_text('{"format":1}', encoding="utf-8")
    forms = ("--forms", str(tmp_path / "forms.json"))
    data, said = made("lambda", tmp_path / "x.zip", "--architecture", "arm64", "--python", "3.13", *forms)
    assert said["sha256"] == hashlib.sha256(data).hexdigest()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        compiled = {name: archive.read(name) for name in archive.namelist() if ".so" in name}
        assert archive.read("forms.json") == b'{"format":1}'
    assert len(compiled) == 3
    assert all("cpython-313-" in name or ".abi3." in name for name in compiled)
    # ELF's e_machine: 62 is x86-64, 183 AArch64.
    assert {int.from_bytes(each[18:20], "little") for each in compiled.values()} == {183}


def test_packages_that_cannot_be_had_are_told(tmp_path):
    """No index and nothing kept: a sentence, exit 1, and no file."""
    run = assises(
        "bundle",
        "lambda",
        "-o",
        "x.zip",
        "--wheels",
        "none",
        cwd=tmp_path,
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(tmp_path),
    )
    assert run.returncode == 1
    assert "could not be fetched" in run.stderr
    assert not (tmp_path / "x.zip").exists()


def test_a_wheel_that_was_changed_is_not_taken(tmp_path):
    """What lies in the folder counts by its digest, not by its name."""
    shutil.copytree(WHEELS, tmp_path / "wheels")
    for wheel in (tmp_path / "wheels").glob("werkzeug-*.whl"):
        with zipfile.ZipFile(wheel, "a") as archive:
            archive.writestr("werkzeug/evil.py", "")
    run = assises(
        "bundle",
        "lambda",
        "-o",
        "x.zip",
        "--wheels",
        "wheels",
        cwd=tmp_path,
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(tmp_path),
    )
    assert run.returncode == 1
    assert not (tmp_path / "x.zip").exists()


def test_bundles_are_made_of_the_versions_that_tests_pass_with():
    """The list of packages, their versions and digests is the one that tests/constraints.txt gives."""
    versions = pin_bundle.pinned()
    listed = dict(re.findall(r"(?m)^([a-z0-9-]+)==([0-9.]+) ", pin_bundle.LIST.read_text(encoding="utf-8")))
    assert listed == {name: versions[name] for name in pin_bundle.names()}
    assert set(PACKAGES) <= listed.keys()


# --- who called


@pytest.mark.parametrize("event_of", [hosts.function_url, hosts.rest_api])
def test_the_caller_is_the_one_that_the_gateway_saw(event_of):
    """What a caller writes into X-Forwarded-For counts for nothing."""
    from assises_inbox.handlers.gateway import handler_of  # noqa: PLC0415

    seen = []

    def application(environ, start_response):
        seen.append(environ["REMOTE_ADDR"])
        start_response("200 OK", [])
        return [b""]

    handler_of(application)(event_of("GET", "/", b"", {"X-Forwarded-For": "192.0.2.66"}), None)
    assert seen == [VISITOR]


# --- where functions store


@pytest.fixture
def shown(tmp_path, free_port):
    """The forms at an address, as a site shows them."""
    document = forms_document()
    now = datetime.now(UTC)
    for form in document["forms"].values():
        form["windows"] = [[format_time(now - timedelta(days=1)), format_time(now + timedelta(days=1))]]
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "forms.json").write_text(json.dumps(document), encoding="utf-8")
    port = free_port()
    serve = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", "public"]
    with subprocess.Popen(
        serve, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        places.wait_for(port)
        yield f"http://127.0.0.1:{port}/forms.json"
        process.terminate()


def sent_through(host, text):
    """Send a contribution as a browser does, and return its id."""
    page = Page(posted(host, {"form": TOPIC, "language": "fr", "text": text}))
    reply = posted(host, page.fields)
    assert reply.status == 303, reply.body
    signed = urljoin("/contributions", reply["Location"]).partition("?")[0].rpartition("/")[2]
    return from_text(signed, (INTAKE_KEY.public,)).id


@pytest.mark.parametrize("platform", ["lambda", "scaleway"])
def test_a_function_stores_in_git_and_reads_the_forms_from_the_site(
    bundled, tmp_path, free_port, shown, platform
):
    """From the bundle: a commit of its own at the git host, over HTTP, with a password from the environment."""
    run = {"lambda": hosts.aws, "scaleway": hosts.scaleway}[platform]
    require(platform)
    (tmp_path / "git").mkdir()
    with git_host(tmp_path / "git", *require("git-host")) as forge:
        environment = {
            "ASSISES_FORMS": shown,
            "ASSISES_STORAGE": forge.make().replace("http://", f"git+http://{USER}@"),
            "ASSISES_GIT_PASSWORD": PASSWORD,
            "ASSISES_INTAKE_KEY": INTAKE_KEY.seed.hex(),
        }
        with run(Place(bundled(platform), environment, tmp_path, free_port())) as host:
            id = sent_through(host, TEXT)
            assert PASSWORD not in host.log.read_text(encoding="utf-8", errors="replace")
        assert forge.refs() == [f"refs/inbox/{id}"]


def test_a_function_stores_in_s3(bundled, tmp_path, free_port, shown):
    """From the bundle, signed."""
    require("google")
    with s3_double() as (double, url):
        environment = {
            "ASSISES_FORMS": shown,
            "ASSISES_STORAGE": f"s3+{url}/{BUCKET}/inbox",
            "ASSISES_S3_KEY": KEY,
            "ASSISES_S3_SECRET": SECRET,
            "ASSISES_INTAKE_KEY": INTAKE_KEY.seed.hex(),
        }
        with hosts.google(Place(bundled("google"), environment, tmp_path, free_port())) as host:
            id = sent_through(host, TEXT)
        assert list(double.objects) == [f"inbox/waiting/{id}.json"]
