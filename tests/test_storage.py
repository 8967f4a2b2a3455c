"""Which storages the environment names, and what becomes of what one of them refuses."""

from __future__ import annotations

import pytest

from assises.git_remote import Remote
from assises.inbox_refs import InboxRefs
from assises.remote_address import AddressError
from assises.s3 import S3
from assises.sigv4 import Signer
from assises.spool import Spool
from assises.storage import Fallback, SeldomListed, from_environment, storages_in
from assises.storage_contract import StorageError
from kernel import INTAKE_KEY, contribution, envelope

ID = contribution().id
DATA = envelope().to_bytes(INTAKE_KEY)


# --- addresses


def test_a_spool_is_named_by_its_folder(tmp_path):
    """The simplest of all: one machine."""
    named = from_environment({"ASSISES_STORAGE": f"spool:{tmp_path / 'spool'}"})
    assert named == Spool(tmp_path / "spool")


def test_several_are_tried_in_their_order(tmp_path):
    """Parted by spaces or line ends, as a settings file has them."""
    variables = {"ASSISES_STORAGE": f" spool:{tmp_path / 'one'}\n  spool:{tmp_path / 'two'}\n"}
    named = from_environment(variables)
    assert named.storage == Fallback((Spool(tmp_path / "one"), Spool(tmp_path / "two")))


def test_none_named_is_told():
    """An intake without a storage does not start; a runner asks what there is."""
    assert storages_in({}) == ()
    with pytest.raises(AddressError, match="ASSISES_STORAGE is missing"):
        from_environment({})


@pytest.mark.parametrize("address", ["spool:", "spool", "ftp://host/x", "/folder"])
def test_what_is_no_address_is_told(address):
    """With the kinds that there are."""
    with pytest.raises(AddressError, match="is no kind of storage; there are spool:"):
        from_environment({"ASSISES_STORAGE": address})


S3_SECRETS = {"ASSISES_S3_KEY": "AK", "ASSISES_S3_SECRET": "SK"}


def named(address: str, **variables: str):
    """Return the one storage that an address names to an intake."""
    return from_environment({"ASSISES_STORAGE": address} | variables).storage


def test_inbox_refs_are_named_by_their_repository():
    """Below refs/inbox unless told otherwise; forges look at the token, whoever sends it."""
    plain = named("git+https://forge.example/ville/depot.git", ASSISES_GIT_PASSWORD="token")
    assert plain == InboxRefs(
        Remote("https://forge.example/ville/depot.git", "git", "token", 4), "refs/inbox"
    )
    other = named("git+https://bot@forge.example:8443/d.git#refs/heads/inbox", ASSISES_GIT_PASSWORD="token")
    assert other == InboxRefs(
        Remote("https://forge.example:8443/d.git", "bot", "token", 4), "refs/heads/inbox"
    )


def test_a_bucket_is_named_by_its_address():
    """With a prefix and a region where they are needed."""
    plain = named("s3+https://s3.example/recus", **S3_SECRETS)
    assert plain == S3("https://s3.example", "recus", "", Signer("AK", "SK", "us-east-1"), 4)
    lent = S3_SECRETS | {"ASSISES_S3_TOKEN": "lent"}
    other = named("s3+https://s3.fr-par.example:444/recus/ville/2026?region=fr-par", **lent)
    signer = Signer("AK", "SK", "fr-par", "lent")
    assert other == S3("https://s3.fr-par.example:444", "recus", "ville/2026/", signer, 4)


def test_each_address_has_a_password_of_its_own(tmp_path):
    """One host never hears another's; a file can hold it, as services' managers have it."""
    (tmp_path / "second").write_text("two\n", encoding="utf-8")
    variables = {
        "ASSISES_STORAGE": "git+https://one.example/a.git git+https://two.example/a.git git+https://three.example/a.git",
        "ASSISES_GIT_PASSWORD": "one",
        "ASSISES_GIT_PASSWORD_2_FILE": str(tmp_path / "second"),
    }
    assert [storage.remote.password for storage in storages_in(variables)] == ["one", "two", ""]
    assert "one" not in repr(storages_in(variables)).replace("one.example", "")


@pytest.mark.parametrize(
    ("address", "variables", "told"),
    [
        ("git+https://bot:token@forge.example/d.git", {}, "a password has a variable of its own"),
        ("git+http://forge.example/d.git", {}, "without TLS, everybody on the way reads the password"),
        ("s3+http://192.0.2.1/bucket", S3_SECRETS, "without TLS"),
        ("git+https://forge.example", {}, "host and path are needed"),
        ("git+https:///d.git", {}, "host and path are needed"),
        ("git+https://forge.example:x/d.git", {}, "[Pp]ort"),
        ("git+https://[forge/d.git", {}, "IPv6"),
        ("git+https://forge.example/d.git#refs/heads/main", {}, "is no place for refs; there are refs/inbox"),
        (
            "git+https://forge.example/d.git",
            {"ASSISES_GIT_PASSWORD_FILE": "/nowhere"},
            "PASSWORD_FILE: .*nowhere",
        ),
        ("s3+https://s3.example/bucket", {}, "ASSISES_S3_KEY is missing"),
        ("s3+https://s3.example/bucket", {"ASSISES_S3_KEY": "AK"}, "ASSISES_S3_SECRET is missing"),
        ("s3+https://s3.example/B", S3_SECRETS, "names no bucket"),
        ("s3+https://s3.example/bucket/a%20b", S3_SECRETS, "names no bucket"),
        ("s3+https://s3.example/bucket?style=path", S3_SECRETS, "only \\?region=… may follow"),
    ],
)
def test_a_mistake_in_an_address_is_told(address, variables, told):
    """Before anything is received; never with the password in it."""
    with pytest.raises(AddressError, match=told) as caught:
        named(address, **variables)
    assert "token" not in str(caught.value)


# --- fallback


class Refusing:
    """A storage whose host is down."""

    def put_if_absent(self, id: str, data: bytes) -> bool:
        """Refuse."""
        raise StorageError("down")

    def list(self):
        """Refuse."""
        raise StorageError("down")


def test_what_one_refuses_the_next_one_takes(tmp_path):
    """Nothing is asked of the second while the first takes."""
    first, second = Spool(tmp_path / "one"), Spool(tmp_path / "two")
    assert Fallback((Refusing(), second)).put_if_absent(ID, DATA)
    assert list(second.list()) == [ID]
    assert Fallback((first, Refusing())).put_if_absent(ID, DATA)
    assert list(Fallback((first, second)).list()) == [ID]


def test_with_none_left_it_is_told():
    """Every reason is given: it is for whoever reads the log."""
    with pytest.raises(StorageError, match="down; down"):
        Fallback((Refusing(), Refusing())).put_if_absent(ID, DATA)


def test_what_waits_is_told_while_one_storage_answers(tmp_path):
    """Health is that of the whole: with a host down, contributions are still taken."""
    spool = Spool(tmp_path / "spool")
    spool.put_if_absent(ID, DATA)
    assert list(Fallback((Refusing(), spool)).list()) == [ID]
    with pytest.raises(StorageError, match="down; down"):
        list(Fallback((Refusing(), Refusing())).list())


def test_a_host_is_not_asked_what_waits_at_each_look(tmp_path):
    """Anybody may look at /health as often as they like."""
    spool = Spool(tmp_path / "spool")
    seldom = SeldomListed(spool, seconds=60)
    assert list(seldom.list()) == []
    assert seldom.put_if_absent(ID, DATA)
    assert list(seldom.list()) == []
    often = SeldomListed(spool, seconds=0)
    assert list(often.list()) == [ID]
    spool.delete(ID)
    assert list(often.list()) == []
    with pytest.raises(StorageError, match="down"):
        list(SeldomListed(Refusing()).list())
