"""What one kind of place has beside the contract of all: keys of hosts, certificates, types, history, passwords."""

from __future__ import annotations

import subprocess
from contextlib import closing
from datetime import UTC, datetime

import pytest
from keyring.backend import KeyringBackend

import places
from assises.deploy.contract import TargetError
from assises.deploy.publish import Terms, publish
from assises.deploy.targets import Secrets, target_at
from assises.headers import FRESH, IMMUTABLE
from conftest import require
from git_host import git_host
from s3_double import BUCKET, KEY, SECRET, s3_double

NOW, ME = datetime(2026, 11, 25, tzinfo=UTC), Terms("me")
PAGES = {
    "index.html": b"<h1>Bonjour</h1>",
    "assets/style.0a1b2c3d.css": b"a{}",
    "calendar.ics": b"BEGIN:VCALENDAR",
}


def deployed(address, root, secrets=None, host_key="", outputs=PAGES):
    """Deploy to an address."""
    with closing(target_at(address, root, Secrets(secrets or {}), host_key)) as target:
        publish(target, outputs, NOW, ME)


# --- SFTP


def test_an_sftp_host_is_known_by_its_key_or_gets_nothing(tmp_path, monkeypatch):
    """Unknown, its fingerprint is shown; pinned, it is trusted; with another key than was pinned, it is not."""
    with places.sftp(tmp_path, require("ssh")[0]) as place:
        keygen = ["ssh-keygen", "-l", "-f", str(tmp_path / "host.pub")]
        fingerprint = subprocess.run(keygen, capture_output=True, text=True, check=True).stdout.split()[1]
        monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
        with pytest.raises(TargetError) as told:
            deployed(place.address("x"), tmp_path, place.environment)
        assert fingerprint in str(told.value)
        assert place.seen("x") == {}
        deployed(place.address("x"), tmp_path, place.environment, fingerprint)
        assert PAGES.items() <= place.seen("x").items()
        with pytest.raises(TargetError, match="which nothing here knows"):
            deployed(place.address("x"), tmp_path, place.environment, f"SHA256:{'A' * 43}")
        monkeypatch.setenv("HOME", str(tmp_path))
        deployed(place.address("y"), tmp_path, place.environment)
        known = tmp_path / ".ssh" / "known_hosts"
        other = (tmp_path / "user.pub").read_text(encoding="utf-8").split()[1]
        name, kind, _key = known.read_text(encoding="utf-8").split()
        known.write_text(f"{name} {kind} {other}\n", encoding="utf-8")
        with pytest.raises(TargetError, match="does not match"):
            deployed(place.address("y"), tmp_path, place.environment)


# --- FTPS


def test_an_ftp_host_whose_certificate_nobody_vouches_for_gets_no_password(tmp_path, monkeypatch):
    """The system's authorities do not know it."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with places.ftps(tmp_path) as place:
        with pytest.raises(TargetError, match="certificate"):
            deployed(place.address("x"), tmp_path, place.environment)
        assert "USER" not in (tmp_path / "log").read_text(encoding="utf-8")
        assert place.seen("x") == {}


# --- S3


def test_objects_have_their_type_and_may_be_kept_as_long_as_they_hold(tmp_path):
    """An asset for a year, a page until it is asked after; and a change of headers sends a file again."""
    with s3_double() as (double, url):
        secrets = {"ASSISES_DEPLOY_KEY": KEY, "ASSISES_DEPLOY_SECRET": SECRET}
        deployed(f"s3+{url}/{BUCKET}/x", tmp_path, secrets)
        assert double.headers["x/index.html"] == {
            "content-type": "text/html; charset=utf-8",
            "cache-control": FRESH,
        }
        assert double.headers["x/assets/style.0a1b2c3d.css"]["cache-control"] == IMMUTABLE
        assert double.headers["x/calendar.ics"]["content-type"] == "text/calendar; charset=utf-8"
        assert ".assises-lock" not in "".join(double.objects)
        with pytest.raises(TargetError, match="ASSISES_DEPLOY_KEY, ASSISES_DEPLOY_SECRET"):
            deployed(f"s3+{url}/{BUCKET}/x", tmp_path)


# --- git


def test_a_branch_has_no_history(tmp_path):
    """One commit without parents, whole for git itself; what was replaced can be reached from nowhere."""
    folder = tmp_path / "git"
    folder.mkdir()
    with git_host(folder, *require("git-host")) as host:
        address = host.make("x.git").replace("http://", "git+http://intake@") + "#pages"
        secrets = {"ASSISES_DEPLOY_PASSWORD": "a secret"}
        for number in range(3):
            deployed(address, tmp_path, secrets, outputs=PAGES | {"index.html": b"<h1>%d</h1>" % number})
        assert host.run("x.git", "rev-list", "--count", "--all").strip() == "1"
        assert host.run("x.git", "show", "pages:index.html") == "<h1>2</h1>"
        assert host.run("x.git", "show", "pages:.nojekyll") == ""
        host.run("x.git", "fsck", "--strict", "--full")
        host.run("x.git", "gc", "-q", "--prune=now")
        objects = host.run("x.git", "cat-file", "--batch-all-objects", "--batch-check")
        former, newest = (
            host.run("x.git", "hash-object", "--stdin", given=f"<h1>{n}</h1>").strip() for n in (1, 2)
        )
        assert former not in objects
        assert newest in objects


# --- passwords


class Kept(KeyringBackend):
    """A keyring that holds one password."""

    priority = 10

    def get_password(self, service: str, username: str) -> str | None:
        """Return it."""
        return (
            "from the keyring"
            if (service, username) == ("assises ftps://ville@host/www", "password")
            else None
        )

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep none."""

    def delete_password(self, service: str, username: str) -> None:
        """Delete none."""


def test_passwords_come_from_the_environment_a_file_or_the_keyring(tmp_path, monkeypatch):
    """In this order; and a preview's place has variables of its own."""
    monkeypatch.setattr("keyring.core._keyring_backend", Kept())
    (tmp_path / "password").write_text("from a file\n", encoding="utf-8")
    here, there = "ftps://ville@host/www", "ftps://ville@other/www"
    file = {"ASSISES_DEPLOY_PASSWORD_FILE": str(tmp_path / "password")}
    assert Secrets({"ASSISES_DEPLOY_PASSWORD": "said"}).get("PASSWORD", here) == "said"
    assert Secrets(file).get("PASSWORD", here) == "from a file"
    assert Secrets({}).get("PASSWORD", here) == "from the keyring"
    assert Secrets({}).get("PASSWORD", there) == ""
    assert Secrets({"ASSISES_DEPLOY_PASSWORD": "said"}, "ASSISES_PREVIEW").get("PASSWORD", there) == ""
    with pytest.raises(TargetError, match="ASSISES_DEPLOY_PASSWORD_FILE"):
        Secrets({"ASSISES_DEPLOY_PASSWORD_FILE": str(tmp_path / "none")}).get("PASSWORD", here)
    assert "said" not in repr(target_at(here, tmp_path, Secrets({"ASSISES_DEPLOY_PASSWORD": "said"})))


@pytest.mark.parametrize(
    "address",
    ["", "www", "folder:", "http://host/", "sftp:///www", "s3+https://host", "git+https://forge/x.git#../x", "sftp://[::1/www",
     "ftp://host/www", "s3+https://host/bucket?acl=public", "git+http://forge.example/x.git", "sftp://u:p@host/"],
)  # fmt: skip
def test_what_is_no_place_is_told(tmp_path, address):
    """In a sentence, and nothing is sent anywhere."""
    secrets = Secrets({"ASSISES_DEPLOY_KEY": "k", "ASSISES_DEPLOY_SECRET": "s"})
    with pytest.raises(TargetError):
        target_at(address, tmp_path, secrets)
