"""`assises launch`: from nothing to a site over TLS through which a contribution comes, in one command."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from assises import probe
from assises.keys import load
from assises.load import read_site
from assises.roles import Roles
from assises.spool import Spool
from assises_inbox.intake.app import Intake
from assises_inbox.intake.forms import FormsFile
from certificates import certify
from kernel import client, confirm, post
from newcomer import ANSWERS
from public_host import answering, pages, with_inbox
from served import assises


@dataclass(frozen=True, slots=True)
class Town:
    """A town's host, its folder of pages, and where its site is written."""

    folder: Path
    url: str
    environ: dict[str, str]

    @property
    def site(self) -> Path:
        """The site's folder."""
        return self.folder / "site"

    def launch(self, *arguments: str, **answers: object):
        """Launch without asking."""
        file = self.folder / "answers.yaml"
        said = {"url": self.url} | ANSWERS | answers
        file.write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
        more = ["--yes", "--answers", str(file), "--patience", "5", *arguments]
        return assises("launch", str(self.site), *more, **self.environ)

    def intake(self) -> Intake:
        """Return the intake, once keys and pages are there."""
        settings, _content, _problems = read_site(self.site)
        key = load(self.site / settings.store.keys / "intake.key")
        spool = Spool(self.site / settings.store.spool)
        return Intake(FormsFile(self.folder / "www" / "forms.json"), spool, key)

    @contextmanager
    def online(self, *, inbox: bool = True) -> Iterator[None]:
        """Serve what was deployed while the block runs, over TLS."""

        def read(path: str) -> bytes | None:
            file = self.folder / "www" / path
            return file.read_bytes() if file.is_file() else None

        def lately(environ: object, start_response: object) -> object:
            return self.intake()(environ, start_response)  # type: ignore[arg-type]

        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.folder / "certificate.pem", self.folder / "key.pem")
        host = pages(read)
        port = int(self.url.rstrip("/").rpartition(":")[2])
        with answering(with_inbox(host, lately) if inbox else host, port, tls):
            yield


@pytest.fixture
def town(tmp_path: Path, free_port: Callable[[], int]) -> Town:
    """A town that has a host, and nothing on it."""
    authority, certificate, key = certify(tmp_path)
    (tmp_path / "certificate.pem").write_bytes(certificate.read_bytes())
    (tmp_path / "key.pem").write_bytes(key.read_bytes())
    return Town(tmp_path, f"https://127.0.0.1:{free_port()}/", {"SSL_CERT_FILE": str(authority)})


def test_from_nothing_to_a_site_through_which_a_contribution_comes(town: Town):
    """One command; the pages answer over TLS, a probe came through and is counted nowhere, and then a resident's words."""
    with town.online():
        done = town.launch()
        assert done.returncode == 0, done.stdout + done.stderr
    assert f"Assises de Villeneuve is online: {town.url}" in done.stdout
    assert "dropped it before the ledger" in done.stdout
    assert (town.site / "poster.pdf").read_bytes().startswith(b"%PDF")
    settings, content, problems = read_site(town.site)
    roles = Roles.of(town.site, settings)
    with roles.store:
        assert roles.store.read().get(probe.PATH)
        assert not roles.store.read().ledger().entries
        browser = client(town.intake())
        form = post(browser, form="topics/logement:comment", of="topics/logement", text="Des bancs.")
        confirm(browser, form)
        assert roles.runner(settings, content, problems).drain(datetime.now(UTC)).received == 1


def test_it_goes_on_where_it_stopped(town: Town):
    """Without an intake all but that is done, and said; once it is there, the same command ends well and sends nothing anew."""
    with town.online(inbox=False):
        first = town.launch("--no-install")
    assert first.returncode == 1
    assert "no intake answers (status 404)" in first.stderr
    assert "assises launch" in first.stderr
    with town.online():
        again = town.launch("--json")
    assert again.returncode == 0, again.stdout + again.stderr
    told = json.loads(again.stdout)
    assert (told["ok"], told["url"]) == (True, town.url)
    assert all(finding["ok"] for finding in told["findings"])


def test_a_dry_run_changes_nothing(town: Town):
    """It shows the files that would be sent, and leaves no folder."""
    done = town.launch("--dry-run")
    assert done.returncode == 0, done.stderr
    assert "+ index.html" in done.stdout
    assert not town.site.exists()
    assert not (town.folder / "www").exists()


def test_a_concertation_is_not_launched_without_its_act(town: Town):
    """Nothing is deployed; what is missing is told at its line."""
    done = town.launch(kind="concertation", objectives="Refaire la place", project="Une place sans voitures")
    assert done.returncode == 1
    assert "The act that opens the concertation is not named." in done.stderr
    assert "Not launched: 1 places are unfinished." in done.stderr
    assert not (town.folder / "www").exists()


def test_what_is_unfinished_is_not_launched(town: Town):
    """Marks of what is missing never reach residents."""
    done = town.launch(phone="", moderators="")
    assert done.returncode == 1
    assert "still to be filled in" in done.stderr
    assert not (town.folder / "www").exists()


def test_answers_that_cannot_be_used_are_told(town: Town):
    """A moderator's address, a place for the pages, a logo that is not there."""
    assert "is no e-mail address" in town.launch(moderators="Anne").stderr
    wrong = assises("launch", str(town.folder / "b"), "--yes", "--logo", str(town.folder / "none.svg"))
    assert wrong.returncode == 1
    assert "The logo cannot be read" in wrong.stderr
    (town.folder / "c").mkdir()
    (town.folder / "c" / "letter.txt").write_text("x", encoding="utf-8")
    full = assises("launch", str(town.folder / "c"), "--yes")
    assert full.returncode == 1
    assert "holds other files" in full.stderr


def test_an_address_that_is_none_stops_before_anything_is_sent(town: Town):
    """`ftp://` is no place: passwords would travel in clear."""
    done = town.launch(deploy="ftp://ville@hebergeur.example/www")
    assert done.returncode == 1
    assert "is no place for pages" in done.stderr
