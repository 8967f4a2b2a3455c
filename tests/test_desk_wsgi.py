"""The desk by itself: served by gunicorn in two processes, its moderators from the command line, its links by mail."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest

from assises.mail import MailError
from assises.moderators import Moderator, add
from assises.settings_reader import load_settings
from assises.store import Author, Store, path_of
from assises_inbox.desk.wsgi import from_environment
from conftest import require
from desk_room import NOW, said
from mail_server import mail_server
from served import assises, copy_of
from tools.install import TOOLS


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small site, its address on this machine, with a contribution that waits."""
    root = copy_of("minimal", tmp_path)
    (root / "content/topics").mkdir()
    (root / "content/topics/housing.md").write_text("---\ntitle: Le logement\n---\n", encoding="utf-8")
    return root


def store_of(root: Path) -> Store:
    settings, _ = load_settings(root)
    return Store.create(root / settings.store.path)


@contextmanager
def gunicorn(port: int, log: Path, variables: dict[str, str]) -> Iterator[None]:
    """Run the desk as README says, in two processes."""
    require("gunicorn")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSISES")}
    environment["PYTHONPATH"] = str(TOOLS["gunicorn"].folder())
    command = [
        sys.executable, "-c", "from gunicorn.app.wsgiapp import run; run()", "assises_inbox.desk.wsgi:from_environment()",
        "--bind", f"127.0.0.1:{port}", "--workers", "2", "--no-control-socket",
    ]  # fmt: skip
    with log.open("wb") as file:
        process = subprocess.Popen(command, env=environment | variables, stdout=file, stderr=file)
    try:
        end = time.monotonic() + 30
        while not _answers(port):
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < end, log.read_text(encoding="utf-8")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
    except urllib.error.HTTPError as error:
        error.close()
        return True
    except OSError:
        return False
    return True


class Visitor:
    """A browser without script."""

    def __init__(self) -> None:
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def open(self, url: str, **fields: str) -> tuple[int, str]:
        body = urlencode(fields).encode() if fields else None
        try:
            with self._opener.open(url, body, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


def test_the_desk_stands_by_itself(root: Path, tmp_path: Path, free_port: Callable[[], int]):
    """Add a moderator, ask for a link, get it by mail, come in by either process, decide; the runner enters it."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    told = assises("moderators", "add", "anne@ville.example", str(root), "--name", "Anne Martin", "--json")
    assert json.loads(told.stdout)["moderator"]["name"] == "Anne Martin", told.stderr
    contribution = said(minutes=0)
    with store_of(root) as store:
        changes = {path_of("pending", contribution.id): contribution.canonical()}
        store.commit(Author("Test", "test@localhost"), "Put", NOW, lambda _: changes)
    with mail_server() as box:
        variables = box.environ(ASSISES_SITE=str(root), ASSISES_DESK_URL=url)
        with gunicorn(port, tmp_path / "log", variables):
            visitor = Visitor()
            assert visitor.open(url)[0] == 403
            assert visitor.open(f"{url}sign-in/link", email="anne@ville.example")[0] == 200
            assert visitor.open(f"{url}sign-in/link", email="stranger@ville.example")[0] == 200
            end = time.monotonic() + 20
            while not box.letters and time.monotonic() < end:
                time.sleep(0.02)
            (letter,) = box.letters
            link = re.search(rf"{re.escape(url)}sign-in/\S+", letter.get_content())[0]
            page = visitor.open(link)[1]
            key = re.search(r'name="key" value="([^"]+)"', page)[1]
            assert "Le logement" in visitor.open(f"{url}sign-in", key=key)[1]
            # Both processes know the session, and that the link is spent.
            for _ in range(6):
                assert visitor.open(url)[0] == 200
                assert Visitor().open(f"{url}sign-in", key=key)[0] == 403
            token = re.search(r'name="token" value="(\w+)"', visitor.open(url)[1])[1]
            place = f"{url}contributions/{contribution.id}"
            assert visitor.open(place, token=token, action="publish", seen="pending")[0] == 200
            assert assises("moderators", "remove", "anne@ville.example", str(root)).returncode == 0
            assert visitor.open(url)[0] == 403
    with store_of(root) as store:
        assert store.read().fate(contribution.id) == "published"
    drained = assises("drain", str(root), "--json")
    assert json.loads(drained.stdout)["decided"] == 1


def test_a_site_that_changes_is_read_again(root: Path, monkeypatch: pytest.MonkeyPatch):
    """New pages and rules reach the desk; a mistake in site.yaml leaves the last good state."""
    desk = from_environment({"ASSISES_SITE": str(root), "ASSISES_DESK_KEY": "6b" * 32})
    site = desk.office.site
    with desk.office.store:
        monkeypatch.setattr("assises_inbox.desk.folder._LOOK", -1.0)
        assert site().page("topics/care") is None
        (root / "content/topics/care.md").write_text("---\ntitle: Se soigner\n---\n", encoding="utf-8")
        assert site().page("topics/care").title == "Se soigner"
        settings = root / "site.yaml"
        whole = settings.read_text(encoding="utf-8")
        settings.write_text(whole + "nonsense: [\n", encoding="utf-8")
        assert site().page("topics/care").title == "Se soigner"
        settings.write_text(whole.replace("Assises de Villeneuve", "Assises d’ailleurs"), encoding="utf-8")
        assert "ailleurs" in site().settings.name.get("fr")


def test_an_environment_that_cannot_be_used_is_told_at_once(root: Path):
    """No site, a key that is none, a mail server that is none: not at the first request."""
    with pytest.raises(KeyError):
        from_environment({})
    with pytest.raises(MailError):
        from_environment({"ASSISES_SITE": str(root), "ASSISES_SMTP": "nonsense"})


def test_moderators_from_the_command_line(root: Path):
    """Add, change, list, link and remove; what is wrong is said, and JSON tells the same."""
    where = str(root)
    refused = assises("moderators", "add", "anne@ville.example\nBcc: x", where, "--name", "Anne")
    assert refused.returncode == 2
    assert "no e-mail address" in refused.stderr
    assert assises("moderators", "add", "anne@ville.example", where, "--name", " ").returncode == 2
    for name, mail in (("Anne", "each"), ("Anne Martin", "daily")):
        added = assises("moderators", "add", "Anne@Ville.example", where, "--name", name, "--mail", mail)
        assert added.returncode == 0, added.stderr
    listed = json.loads(assises("moderators", "list", where, "--json").stdout)["moderators"]
    assert listed == [
        {
            "email": "anne@ville.example",
            "name": "Anne Martin",
            "function": "",
            "mail": "daily",
            "language": "fr",
        }
    ]
    assert "Anne Martin" in assises("moderators", "list", where).stdout
    link = assises(
        "moderators", "link", "anne@ville.example", where, ASSISES_DESK_URL="https://bureau.example"
    ).stdout
    assert link.startswith("https://bureau.example/sign-in/")
    assert assises("moderators", "link", "karim@ville.example", where).returncode == 2
    assert assises("moderators", "notify", where).returncode == 1
    assert assises("moderators", "remove", "karim@ville.example", where).returncode == 2
    assert assises("moderators", "remove", "anne@ville.example", where).returncode == 0
    assert json.loads(assises("moderators", "list", where, "--json").stdout)["moderators"] == []


def test_a_changed_moderator_is_one_still(root: Path):
    """Whoever is added twice stands once, under the newest name."""
    with store_of(root) as store:
        author = Author("Test", "test@localhost")
        assert add(store, Moderator.of("a@b.example", "A"), author, NOW)
        assert not add(store, Moderator.of("A@B.example", "Aa"), author, NOW)


def test_a_turn_of_the_runner_tells_moderators_what_waits(root: Path):
    """With a mail server, `drain` writes to them; the next turn has nothing new to tell."""
    where = str(root)
    assert assises("moderators", "add", "anne@ville.example", where, "--name", "Anne").returncode == 0
    words = root / "words.txt"
    words.write_text("Un banc.", encoding="utf-8")
    typed = assises("moderate", "type-in", where, "--of", "topics/housing", "--text", str(words), "--wait")
    assert typed.returncode == 0, typed.stderr
    with mail_server() as box:
        for _ in range(2):
            drained = assises("drain", where, **box.environ(ASSISES_DESK_URL="https://bureau.example/"))
            assert drained.returncode == 0, drained.stderr
        (letter,) = box.letters
        assert letter["To"].addresses[0].addr_spec == "anne@ville.example"
        assert "https://bureau.example/" in letter.get_content()
