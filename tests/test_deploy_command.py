"""assises deploy and assises rollback, as members of staff run them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

import places
from assises.deploy.plan import MANIFEST
from assises.envelope import Envelope
from assises.keys import load
from assises.spool import Spool
from conftest import require
from kernel import contribution
from served import assises, copy_of


@pytest.fixture
def root(tmp_path):
    """A site that can be deployed into the folder beside it, and read over in another."""
    root = copy_of("minimal", tmp_path)
    text = (root / "site.yaml").read_text(encoding="utf-8")
    deploy = "deploy:\n  to: folder:../www\n  preview: folder:../relecture\n  preview_url: https://assises.example/relecture-7f3k/\n"
    (root / "site.yaml").write_text(f"{text}\n{deploy}", encoding="utf-8")
    return root


def run(root, *arguments, **variables):
    """Run a command on the site."""
    return assises(*arguments, "--site", str(root), **variables)


def files(folder: Path) -> dict[str, bytes]:
    """Return what a folder holds."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def edited(root, text):
    """Change the home page."""
    page = root / "content" / "index.md"
    page.write_text(
        re.sub(r"(?s)\A(---.*?---\n).*", rf"\g<1>\n{text}\n", page.read_text(encoding="utf-8")),
        encoding="utf-8",
    )


def test_deploy_shows_first_and_then_does(root, tmp_path):
    """--dry-run lists what would be done and changes nothing; then it is done, and then there is nothing to do."""
    shown = run(root, "deploy", "--dry-run")
    assert shown.returncode == 0, shown.stderr
    assert "+ index.html" in shown.stdout
    assert not (tmp_path / "www").exists()
    done = run(root, "deploy", "--unfinished", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sent"] == shown.stdout.count("\n+ ") + 1
    assert b"<h1" in (tmp_path / "www" / "index.html").read_bytes()
    again = run(root, "deploy", "--unfinished", "--json")
    assert (json.loads(again.stdout)["sent"], json.loads(again.stdout)["removed"]) == (0, 0)
    one = json.loads(run(root, "deploy", "--dry-run", "--json", f"folder:{tmp_path}/elsewhere").stdout)
    assert "index.html" in one["send"]


def test_what_is_unfinished_is_not_published_by_oversight(root, tmp_path):
    """It is listed, and only --unfinished publishes it; the preview shows it."""
    page = root / "content" / "pages" / "new.md"
    page.parent.mkdir(exist_ok=True)
    page.write_text("---\ntitle: Nouvelle page\n---\n\n[à compléter : le texte]\n", encoding="utf-8")
    refused = run(root, "deploy")
    assert refused.returncode == 1
    assert "new.md" in refused.stderr
    assert "--unfinished" in refused.stderr
    assert not (tmp_path / "www").exists()
    assert run(root, "deploy", "--preview").returncode == 0
    assert run(root, "deploy", "--unfinished").returncode == 0


def test_a_meeting_that_calendars_would_not_follow_is_told(tmp_path):
    """Its hour was changed since it was published, and nothing says so; with an entry under “changes” all is well."""
    root = copy_of("complete", tmp_path)
    meeting = root / "content" / "meetings" / "2017-12-09-parc.md"
    told = ("--unfinished", f"folder:{tmp_path}/www", "--now", "2017-11-20T12:00")
    first = run(root, "deploy", *told)
    assert first.returncode == 0, first.stderr
    assert "changes" not in first.stderr
    text = meeting.read_text(encoding="utf-8")
    later = re.sub(r"(?m)^(ends: \S+ ).*$", r"\g<1>23:30", text)
    assert later != text
    meeting.write_text(later, encoding="utf-8")
    for arguments in (("--dry-run", *told), told):
        done = run(root, "deploy", *arguments)
        assert done.returncode == 0, done.stderr
        assert "2017-12-09-parc.md:" in done.stderr
        assert "“changes” has no entry more" in done.stderr
    meeting.write_text(text, encoding="utf-8")
    assert "no entry more" in run(root, "deploy", "--dry-run", *told).stderr
    one, two = "  - {date: 2017-11-18}\n", "  - {date: 2017-11-18}\n  - {date: 2017-11-20}\n"
    assert one in text
    meeting.write_text(text.replace(one, two), encoding="utf-8")
    last = run(root, "deploy", *told)
    assert last.returncode == 0, last.stderr
    assert "no entry more" not in last.stderr


def test_the_preview_stands_apart_and_out_of_search(root, tmp_path):
    """Its addresses are its own, robots are kept off, and the public pages stay as they are."""
    assert run(root, "deploy", "--unfinished").returncode == 0
    before = files(tmp_path / "www")
    edited(root, "Une nouvelle page d’accueil.")
    told = run(root, "deploy", "--preview")
    assert told.returncode == 0, told.stderr
    assert "https://assises.example/relecture-7f3k/" in told.stdout
    preview = files(tmp_path / "relecture")
    assert preview["robots.txt"] == b"User-agent: *\nDisallow: /\n"
    assert b"Une nouvelle page" in preview["index.html"]
    assert b"https://assises.example/relecture-7f3k/" in preview["sitemap.xml"]
    assert files(tmp_path / "www") == before


def test_a_release_is_put_back(root, tmp_path):
    """The deployment before the last, or one by its name; the next deployment goes on from there."""
    assert "keeps no release" in run(root, "rollback", "--list").stdout
    assert run(root, "rollback").returncode == 1
    edited(root, "Première version.")
    assert run(root, "deploy", "--unfinished").returncode == 0
    first = files(tmp_path / "www")
    time.sleep(1.1 - time.time() % 1)  # releases are named by the second
    edited(root, "Deuxième version.")
    assert run(root, "deploy", "--unfinished").returncode == 0
    names = [
        each["name"] for each in json.loads(run(root, "rollback", "--list", "--json").stdout)["releases"]
    ]
    assert len(names) == 2
    back = run(root, "rollback")
    assert back.returncode == 0, back.stderr
    now = files(tmp_path / "www")
    assert {path: data for path, data in first.items() if path != MANIFEST}.items() <= now.items()
    assert "nothing" in run(root, "rollback", "nothing").stderr
    assert run(root, "rollback", names[0]).returncode == 0
    assert "Deuxième".encode() in (tmp_path / "www" / "index.html").read_bytes()


def test_a_password_in_the_address_is_refused_and_not_repeated(root):
    """It would stand in files and logs."""
    told = run(root, "deploy", "sftp://ville:tr0ub4dor@host.example/www", "--dry-run")
    assert told.returncode == 1
    assert "environment" in told.stderr
    assert "tr0ub4dor" not in told.stderr + told.stdout
    assert "no place for pages" in run(root, "deploy", "gopher://host/", "--dry-run").stderr
    assert "TLS" in run(root, "deploy", "git+http://forge.example/x.git", "--dry-run").stderr


def test_a_deployment_that_is_killed_goes_on(root, tmp_path):
    """Kill -9 in the midst of it over SFTP: visitors see whole pages, and the next run, unasked, finishes."""
    for number in range(150):
        (root / "content" / "pages").mkdir(exist_ok=True)
        (root / "content" / "pages" / f"p{number}.md").write_text(
            f"---\ntitle: Page {number}\n---\n\nTexte.\n", encoding="utf-8"
        )
    folder = tmp_path / "ssh"
    folder.mkdir()
    with places.sftp(folder, require("ssh")[0]) as place:
        code = "from assises.cli import main; main()"
        command = [
            sys.executable,
            "-c",
            code,
            "deploy",
            place.address("x"),
            "--unfinished",
            "--site",
            str(root),
        ]
        environment = os.environ | place.environment | {"ASSISES_LANGUAGE": "en"}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        site = folder / "sites" / "x"
        while process.poll() is None and not (site / "p20" / "index.html").exists():
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        cut = place.seen("x")
        assert len(cut) > 20
        assert "index.html" not in cut  # the home page comes last
        linked = set(
            re.findall(
                rb'(?:href|src)="/villeneuve/(assets/[^"]+)"',
                b"".join(d for p, d in cut.items() if p.endswith(".html")),
            )
        )
        assert linked
        assert all(asset.decode() in cut for asset in linked)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert len([path for path in place.seen("x") if re.fullmatch(r"p\d+/index.html", path)]) == 150
        assert not any(path.endswith(".part") or "lock" in path for path in place.seen("x"))


def test_two_deployments_on_one_machine_do_not_meet(root):
    """The second is told so at once."""
    from assises.deploy.claimant import claimant_of  # noqa: PLC0415

    with claimant_of(root / ".assises"):
        told = run(root, "deploy", "--unfinished")
    assert told.returncode == 1
    assert "under way on this machine" in told.stderr
    assert run(root, "deploy", "--unfinished").returncode == 0


@pytest.mark.parametrize("server", ["nginx", "caddy", "apache"])
def test_the_lines_for_a_server_are_printed(root, server):
    """As they are, to be put into a file."""
    run = assises("server", server, str(root))
    assert run.returncode == 0, run.stderr
    assert "Content-Security-Policy" in run.stdout


def test_an_erasure_leaves_no_release(root):
    """What is forgotten is forgotten in what this machine keeps, too."""
    (root / "content/topics").mkdir(exist_ok=True)
    (root / "content/topics/housing.md").write_text("---\ntitle: Se loger\n---\n\nTexte.\n", encoding="utf-8")
    assert assises("drain", str(root)).returncode == 0
    said = contribution("Mon nom est Personne.", time=datetime.now(UTC).replace(microsecond=0))
    key = load(root / ".assises/keys/intake.key")
    Spool(root / ".assises/spool").put_if_absent(said.id, Envelope(said, "5e" * 16).to_bytes(key))
    assert assises("drain", str(root)).returncode == 0
    assert assises("moderate", "publish", said.id, str(root)).returncode == 0
    assert run(root, "deploy", "--unfinished").returncode == 0
    assert len(json.loads(run(root, "rollback", "--list", "--json").stdout)["releases"]) == 1
    forgotten = assises("privacy", "forget", said.id, str(root), "--yes")
    assert forgotten.returncode == 0, forgotten.stderr
    assert json.loads(run(root, "rollback", "--list", "--json").stdout)["releases"] == []
    assert not any((root / ".assises/releases/bytes").glob("*/*"))
