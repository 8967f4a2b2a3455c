"""`assises doctor`: each thing that may be wrong is told in a sentence, with its mend, and nothing is changed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assises import doctor, moderators
from assises.build import build
from assises.contribution import ulid
from assises.deploy.releases import Releases
from assises.load import load, read_site
from assises.moderators import Moderator
from assises.roles import Roles
from assises.store import RUNNER
from assises_inbox.intake.app import Intake
from assises_inbox.intake.forms import Forms
from kernel import envelope, receive
from public_host import answering, files, with_inbox
from served import assises, copy_of

NOW = datetime(2017, 11, 20, 19, 15, tzinfo=UTC)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The smallest site, with its keys and a moderator."""
    made = copy_of("minimal", tmp_path)
    settings, content, problems = read_site(made)
    roles = Roles.of(made, settings)
    with roles.store:
        moderators.add(roles.store, Moderator.of("anne@ville.example", "Anne"), RUNNER, NOW)
        roles.runner(settings, content, problems).drain(NOW)
    return made


def patient(root: Path, now: datetime = NOW, **environ: str) -> doctor.Patient:
    """Return what is examined."""
    return doctor.Patient(root, read_site(root)[0], environ, now)


@pytest.fixture
def roles(root: Path) -> Iterator[Roles]:
    """The site's roles."""
    found = Roles.of(root, read_site(root)[0])
    with found.store:
        yield found


def wrong(symptoms) -> list[tuple[str, str]]:
    """Return what is wrong, and its mend."""
    return [(each.what.render(), each.mend.render()) for each in symptoms if not each.holds]


def test_what_is_well_is_well(root: Path, roles: Roles):
    """Machine, keys, store and an inbox in which nothing waits."""
    one = patient(root)
    for found in (doctor.machine(one), doctor.keys(one), doctor.store(one, roles), doctor.inbox(one, roles)):
        assert wrong(found) == []
    assert [each.holds for each in doctor.mail(one)] == [True]


def test_a_key_that_is_missing_open_or_none(root: Path):
    """Each is told by its name."""
    keys = root / ".assises" / "keys"
    (keys / "desk.key").unlink()
    (keys / "ledger.key").chmod(0o644)
    (keys / "intake.key").write_text("no key", encoding="ascii")
    told = dict(wrong(doctor.keys(patient(root))))
    assert len(told) == (3 if os.name == "posix" else 2)
    assert any("desk.key is not there yet." in what for what in told)
    assert any("hexadecimal" in what for what in told)
    if os.name == "posix":
        assert f"chmod 600 {keys / 'ledger.key'}" in told.values()


def test_a_ledger_that_was_altered(root: Path, roles: Roles):
    """The fault is the one that `verify` would tell."""
    receive(roles.spool, envelope(), key=roles.intake_key)
    settings, content, problems = read_site(root)
    roles.runner(settings, content, problems).drain(NOW)
    assert wrong(doctor.store(patient(root), roles)) == []
    snapshot = roles.store.read()
    path, line = next(iter(snapshot.files("ledger")))
    while not path.endswith(".jsonl"):
        path, line = next(item for item in snapshot.files("ledger") if item[0].endswith(".jsonl"))
    roles.store.commit(RUNNER, "Alter", NOW, lambda _: {path: line.replace(b'"web"', b'"paper"')})
    ((what, mend),) = wrong(doctor.store(patient(root), roles))
    assert "ledger" in what
    assert "backup" in mend


def test_pages_that_are_behind(root: Path):
    """Not deployed yet, deployed, and deployed before contributions closed."""
    one = patient(root)
    settings = replace(one.settings, deploy=replace(one.settings.deploy, to="folder:../www"))
    one = replace(one, settings=settings)
    site = replace(load(root, NOW).site, settings=settings)
    assert [what for what, _ in wrong(doctor.pages(one, site))] == [
        "This machine has not deployed the pages yet."
    ]
    Releases(root / ".assises" / "releases").keep({"index.html": b""}, NOW, "folder:../www", 3)
    assert wrong(doctor.pages(one, site)) == []
    ((what, mend),) = wrong(doctor.pages(one, replace(site, now=NOW + timedelta(days=60))))
    assert "since then something opened or closed" in what
    assert mend.startswith("assises refresh")


def test_nobody_moderates(root: Path, roles: Roles):
    """Then nothing would ever be read."""
    moderators.remove(roles.store, "anne@ville.example", RUNNER, NOW)
    assert wrong(doctor.store(patient(root), roles)) == [
        ("Nobody is named who moderates.", "assises moderators add ADDRESS --name NAME")
    ]


def test_what_waits_too_long(root: Path, roles: Roles):
    """After two hours the runner seems to stand still."""
    roles.spool.put_if_absent(ulid(NOW, bytes(10)), b"{}")
    assert wrong(doctor.inbox(patient(root, NOW + timedelta(hours=1)), roles)) == []
    ((what, mend),) = wrong(doctor.inbox(patient(root, NOW + timedelta(hours=3)), roles))
    assert (what, mend) == ("Waiting for the runner: 1.", "The runner seems to stand still: assises drain")


def test_a_mail_server_that_is_none_or_silent(root: Path, free_port):
    """Misspelt, or not there."""
    bad = patient(root, ASSISES_SMTP="http://x", ASSISES_MAIL_FROM="a@b.example")
    assert len(wrong(doctor.mail(bad))) == 1
    silent = patient(root, ASSISES_SMTP=f"smtp://127.0.0.1:{free_port()}", ASSISES_MAIL_FROM="a@b.example")
    ((what, _),) = wrong(doctor.mail(silent))
    assert "127.0.0.1 does not take mail" in what


def test_an_address_that_nobody_knows(root: Path):
    """Names below .example never exist (RFC 2606)."""
    ((what, _),) = wrong(doctor.address(patient(root)))
    assert what == "The name assises.example is not known."


def test_an_address_that_answers(root: Path, roles: Roles):
    """Pages and intake; and an intake that is gone."""
    outputs = dict(build(root, NOW)[1])
    forms = Forms.from_json(outputs["forms.json"])
    app = Intake(lambda: forms, roles.spool, roles.intake_key, lambda: NOW)
    one = patient(root)
    with answering(with_inbox(files(outputs), app)) as url:
        there = replace(one, settings=replace(one.settings, url=url))
        assert wrong(doctor.address(there)) == []
    with answering(files(outputs)) as url:
        there = replace(one, settings=replace(one.settings, url=url))
        assert [what for what, _ in wrong(doctor.address(there))] == [
            f"At {url}inbox/ no intake answers (status 404)."
        ]


def test_a_certificate_that_nobody_vouches_for(root: Path):
    """A server that speaks no TLS, or with a certificate of its own, is told with the reason."""
    with answering(files({})) as url:
        from urllib.parse import urlsplit  # noqa: PLC0415

        found = doctor.certificate(urlsplit(url.replace("http:", "https:")), NOW)
    assert not found.holds
    assert "no certificate that is trusted" in found.what.render()


def test_the_command_changes_nothing_and_tells_everything(tmp_path: Path):
    """Before the first drain there are no keys, and none are made."""
    site = copy_of("minimal", tmp_path)
    done = assises("doctor", str(site), "--json", "--now", "2017-11-20T20:15")
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert not told["ok"]
    assert {each["part"] for each in told["symptoms"]} == {"site", "machine", "keys"}
    assert not (site / ".assises").exists()


def test_the_command_in_words(root: Path):
    """A line each, with the mend below what is wrong."""
    done = assises("doctor", str(root), "--now", "2017-11-20T20:15")
    assert done.returncode == 1
    assert "ok     store: The ledger holds" in done.stdout
    assert "wrong  address: The name assises.example is not known." in done.stderr
    assert "things to mend" in done.stdout
