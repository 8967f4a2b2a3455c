"""Which storages the environment names, and what becomes of what one of them refuses."""

from __future__ import annotations

import pytest

from assises.spool import Spool
from assises.storage import AddressError, Fallback, from_environment, storages_in
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
    assert from_environment(variables) == Fallback((Spool(tmp_path / "one"), Spool(tmp_path / "two")))


def test_none_named_is_told():
    """An intake without a storage does not start; a runner asks what there is."""
    assert storages_in({}) == ()
    with pytest.raises(AddressError, match="ASSISES_STORAGE is missing"):
        from_environment({})


@pytest.mark.parametrize("address", ["spool:", "spool", "ftp://host/x", "/folder"])
def test_what_is_no_address_is_told(address):
    """With the kinds that there are."""
    with pytest.raises(AddressError, match=r"is no storage; there are spool:"):
        from_environment({"ASSISES_STORAGE": address})


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
