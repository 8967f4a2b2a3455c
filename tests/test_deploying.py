"""docs/deploying.md and its French: every option, key and variable that they name is one, and none is left out."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from assises.cli import main
from assises.deploy.targets import KINDS, Secrets, target_at
from assises.settings import Deployment
from served import REPOSITORY

ENGLISH = (REPOSITORY / "docs" / "deploying.md").read_text(encoding="utf-8")
FRENCH = (REPOSITORY / "docs" / "fr" / "mettre-en-ligne.md").read_text(encoding="utf-8")
OPTIONS = {
    option
    for name in ("deploy", "install", "refresh", "rollback")
    for parameter in main.commands[name].params
    for option in parameter.opts
}


@pytest.mark.parametrize("text", [ENGLISH, FRENCH], ids=["en", "fr"])
def test_options_that_are_named_exist(text):
    """No command fails for a reader."""
    assert set(re.findall(r"--[a-z][a-z-]+", text)) <= OPTIONS
    assert set(re.findall(r"assises ([a-z]+)", text)) - {"ftps"} <= set(main.commands)
    keys = set(re.findall(r"(?m)^  ([a-z_]+):", text)) | set(re.findall(r"deploy\.([a-z_]+)", text))
    assert keys <= {field.name for field in fields(Deployment)}


def test_every_key_and_every_kind_of_place_is_told():
    """Whoever looks for one finds it."""
    for field in fields(Deployment):
        assert re.search(rf"\b{field.name}\b", ENGLISH), field.name
    for kind in KINDS.split(", "):
        assert kind in ENGLISH
        assert kind in FRENCH


def test_the_addresses_of_the_table_are_places(tmp_path):
    """Each can be used as it is written."""
    addresses = re.findall(r"(?m)^\| `([a-z0-9+]+:[^`]+)` \|", ENGLISH)
    assert len(addresses) == 6
    secrets = Secrets({"ASSISES_DEPLOY_KEY": "k", "ASSISES_DEPLOY_SECRET": "s"})
    for address in addresses:
        assert target_at(address, tmp_path, secrets).address
