"""What each part may load, read from the code and seen in a fresh process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import grimp
import pytest

INTAKE = Path(__file__).resolve().parent.parent / "serverless/assises_inbox/intake"
KERNEL = {
    "marks",
    "git_remote",
    "hook",
    "partial_fetch",
    "remote_address",
    "envelope_commit",
    "inbox_refs",
    "retry",
    "s3",
    "s3_endpoint",
    "sealing",
    "subscription",
    "sigv4",
    "storage",
    "storage_contract",
    "canonical",
    "contribution",
    "envelope",
    "keys",
    "probe",
    "problems",
    "receipt",
    "spool",
}
"""The modules of `assises` that the intake may import. A new one is closed to it until it is named here."""

HEAVY = {"babel", "click", "dulwich", "jinja2", "markdown_it", "mdit_py_plugins", "watchdog", "yaml"}
"""What a function that only receives has no use for; it would be loaded at each cold start."""


def loaded_by(*modules: str) -> set[str]:
    """Return the modules that importing these adds to a fresh interpreter."""
    code = (
        "import sys; before = set(sys.modules)\n"
        f"import {', '.join(modules)}\n"
        "print(*sorted(set(sys.modules) - before), sep='\\n')"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_the_packages_themselves_load_nothing():
    """`import assises` costs nothing: a command loads what it uses, no more."""
    assert loaded_by("assises") == {"assises"}
    assert loaded_by("assises_inbox") == {"assises_inbox"}
    assert loaded_by("assises_themes") == {"assises_themes"}


def test_the_intake_imports_the_kernel_only():
    """The public function reaches nothing else of ours, be it by a detour or by an import within a function."""
    graph = grimp.build_graph("assises", "assises_inbox", cache_dir=None)
    reached = graph.find_upstream_modules("assises_inbox.intake", as_package=True)
    assert reached <= {"assises", "assises_inbox"} | {f"assises.{name}" for name in KERNEL}
    assert "assises.contribution" in reached


def test_the_intake_loads_no_engine():
    """Every module of the intake together loads no template engine, Markdown, YAML, git or command line."""
    modules = [f"assises_inbox.intake.{path.stem}" for path in INTAKE.glob("*.py") if path.stem != "__init__"]
    loaded = loaded_by("assises_inbox.intake", *modules)
    assert "werkzeug.wrappers" in loaded
    assert {name.partition(".")[0] for name in loaded} & HEAVY == set()
    assert not {name for name in loaded if name.startswith(("assises_themes", "assises_inbox.desk"))}


@pytest.mark.parametrize(
    ("address", "loads"),
    [
        ("spool:{folder}", set()),
        ("git+https://forge.example/inbox.git", {"dulwich", "urllib3"}),
        ("s3+https://s3.example/bucket", {"urllib3"}),
    ],
)
def test_the_intake_loads_the_storage_that_is_named(tmp_path, address, loads):
    """Git and S3 cost a function's cold start only where it stores there; nothing is asked of them yet."""
    variables = {
        "ASSISES_STORAGE": address.format(folder=tmp_path),
        "ASSISES_S3_KEY": "AK",
        "ASSISES_S3_SECRET": "SK",
    }
    code = (
        "import sys, assises.storage\n"
        f"assises.storage.from_environment({variables!r})\n"
        "print(*sys.modules, sep='\\n')"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"dulwich", "urllib3", "boto3", "botocore"} & set(run.stdout.split()) == loads


def test_the_intake_loads_crypto_and_storages_only_when_they_are_used():
    """A cold start pays for neither; a signature, a bucket or a host over the network does when its time comes."""
    loaded = {name.partition(".")[0] for name in loaded_by("assises_inbox.intake.wsgi")}
    assert loaded & {"nacl", "cffi", "_cffi_backend", "urllib3", "xml", "dulwich", "cryptography"} == set()
    seldom = {"authors", "author_pages", "document", "openapi", "probes", "forms_address"}
    assert not seldom & {
        name.rpartition(".")[2]
        for name in loaded_by("assises_inbox.intake.wsgi")
        if name.startswith("assises_inbox")
    }
