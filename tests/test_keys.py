"""Keys: one purpose a signature, one key a file, nothing secret shown."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assises.keys import KeyFileError, load_or_create, verify
from kernel import INTAKE_KEY, OTHER_KEY


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_a_signature_is_good_for_its_message_alone(message, other):
    """The same message gives the same signature, and no other message has it."""
    signature = INTAKE_KEY.sign("receipt", message)
    assert signature == INTAKE_KEY.sign("receipt", message)
    assert verify(INTAKE_KEY.public, "receipt", message, signature)
    assert verify(INTAKE_KEY.public, "receipt", other, signature) == (message == other)


def test_a_signature_is_good_for_its_purpose_and_key_alone():
    """What one thing was signed for is worth nothing for another, nor under another key."""
    signature = INTAKE_KEY.sign("receipt", b"words")
    assert not verify(INTAKE_KEY.public, "ledger head", b"words", signature)
    assert not verify(INTAKE_KEY.public, "envelope", b"words", signature)
    assert not verify(OTHER_KEY.public, "receipt", b"words", signature)


def test_a_purpose_cannot_be_continued_in_the_message():
    """Purpose and message are parted, so that none can lend letters to the other."""
    signature = INTAKE_KEY.sign("receipt", b"words")
    assert not verify(INTAKE_KEY.public, "receip", b"t words", signature)
    assert not verify(INTAKE_KEY.public, "", b"assises receipt 1\nwords", signature)


@pytest.mark.parametrize("bit", range(0, 512, 37))
def test_a_flipped_bit_of_a_signature_is_found(bit):
    """Each byte of a signature counts."""
    signature = bytearray(INTAKE_KEY.sign("receipt", b"words"))
    signature[bit // 8] ^= 1 << bit % 8
    assert not verify(INTAKE_KEY.public, "receipt", b"words", bytes(signature))


@pytest.mark.parametrize("public", ["", "zz", "00" * 31, "00" * 33, "é" * 64, "\0", "00" * 32, "ff" * 32])
def test_no_public_key_is_an_error(public):
    """Whatever stands in keys.json, the answer is no."""
    assert not verify(public, "receipt", b"words", b"\0" * 64)
    assert not verify(public, "receipt", b"words", b"")


def test_derived_secrets_differ_by_purpose_and_tell_nothing():
    """Each use has a secret of its own, and none is the key."""
    found = {INTAKE_KEY.derive(purpose) for purpose in ("token", "sending", "form")}
    assert len(found | {INTAKE_KEY.seed}) == 4
    assert all(len(secret) == 32 for secret in found)


def test_a_key_does_not_show_itself():
    """Neither a traceback nor a log has the seed."""
    assert INTAKE_KEY.seed.hex() not in repr(INTAKE_KEY)
    assert repr(INTAKE_KEY.seed) not in repr(INTAKE_KEY)


def test_a_key_is_made_once(tmp_path):
    """The first call makes the file and its folder, later ones read it."""
    path = tmp_path / "keys" / "intake.key"
    key = load_or_create(path)
    assert load_or_create(path) == key
    assert [file.name for file in path.parent.iterdir()] == ["intake.key"]
    assert path.read_text(encoding="ascii") == key.seed.hex() + "\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_its_owner_reads_a_key(tmp_path):
    """Neither file nor folder is open to others on the machine."""
    path = tmp_path / "keys" / "intake.key"
    load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0


def test_many_starts_at_once_agree_on_one_key(tmp_path):
    """Of several processes that start together, all hold the key that stays on disk."""
    path = tmp_path / "keys" / "intake.key"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: load_or_create(path).seed, range(16)))
    assert found == {load_or_create(path).seed}
    assert [file.name for file in path.parent.iterdir()] == ["intake.key"]


@pytest.mark.parametrize("content", [b"", b"\n", b"00" * 31, b"00" * 33, b"xyz", "é".encode(), b"\xff" * 64])
def test_a_damaged_key_file_is_named(tmp_path, content):
    """Nobody signs with half a key, and the message says which file it is."""
    path = tmp_path / "intake.key"
    path.write_bytes(content)
    with pytest.raises(KeyFileError, match=r"intake\.key"):
        load_or_create(path)
    assert path.read_bytes() == content


def test_a_key_file_that_is_a_folder_is_named(tmp_path):
    """What cannot be read is an error of ours, not of Python's."""
    with pytest.raises(KeyFileError, match=str(tmp_path.name)):
        load_or_create(tmp_path)
