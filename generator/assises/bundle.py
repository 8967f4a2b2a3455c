"""The intake as one file for a function host: our own modules, the packages that they use, and where to begin.

The same versions give the same bytes on any machine: nothing in the file tells when or where it was made.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from assises.own_modules import own_modules
from assises.wheels import fetched, unpacked

PACKAGES = ("cffi", "dulwich", "markupsafe", "pynacl", "typing-extensions", "tzdata", "urllib3", "werkzeug")
"""What the intake uses on every platform, theirs included: git over HTTP, signatures, time zones, requests."""

MOST_BYTES = 15_000_000
"""Consoles of function hosts take no larger file than some tens of megabytes, and a cold start reads it all."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first instant that a ZIP file can tell."""

_FROM_EVENTS = """from assises_inbox.handlers.gateway import handler_of
from assises_inbox.intake.wsgi import from_environment

{name} = handler_of(from_environment())
"""

_CGI = """#!/usr/bin/env python3
import sys
from pathlib import Path
from wsgiref.handlers import CGIHandler

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "inbox-code"))

from assises_inbox.intake.wsgi import from_environment  # noqa: E402

CGIHandler().run(from_environment())
"""


@dataclass(frozen=True, slots=True)
class Platform:
    """A kind of host: what it calls, and by which name."""

    entry: str
    """Path of the file that it loads."""

    code: str
    """What stands in that file."""

    below: str = ""
    """Folder that holds everything else, with its final slash."""

    packages: tuple[str, ...] = ()
    """What this platform's handler uses beside `PACKAGES`."""

    roots: tuple[str, ...] = ("assises_inbox.intake.wsgi",)
    """The modules of ours that the entry imports."""

    texts: Mapping[str, str] = field(default_factory=dict)
    """Other files that the platform asks for, by path."""

    executable: bool = False


_EVENTS = ("assises_inbox.handlers.gateway", "assises_inbox.intake.wsgi")

PLATFORMS = {
    "wsgi": Platform(
        "wsgi.py",
        "from assises_inbox.intake.wsgi import from_environment\n\napplication = from_environment()\n",
    ),
    "lambda": Platform(
        "lambda_function.py",
        _FROM_EVENTS.format(name="lambda_handler"),
        packages=("apig-wsgi",),
        roots=_EVENTS,
    ),
    "scaleway": Platform(
        "handler.py", _FROM_EVENTS.format(name="handle"), packages=("apig-wsgi",), roots=_EVENTS
    ),
    "google": Platform(
        "main.py",
        _FROM_EVENTS.replace("gateway", "google").format(name="inbox"),
        roots=("assises_inbox.handlers.google", "assises_inbox.intake.wsgi"),
        # What it installs itself; everything else is in the file already.
        texts={"requirements.txt": "functions-framework==3.*\n"},
    ),
    "cgi": Platform("cgi-bin/inbox.cgi", _CGI, below="inbox-code/", executable=True),
}


def bundle(platform: Platform, python: str, architecture: str, wheels: Path, forms: bytes | None) -> bytes:
    """Return the ZIP file to hand to the platform.

    Args:
        platform: one of `PLATFORMS`.
        python: the platform's, such as ``3.13``.
        architecture: the platform's, ``x86_64`` or ``arm64``.
        wheels: a folder that keeps the packages, so that the next bundle needs no network.
        forms: a copy of forms.json, for when the site itself does not answer.

    Raises:
        WheelsError: the packages cannot be had.
    """
    requirements = _folder("assises_inbox") / "handlers" / "requirements.txt"
    names = (*PACKAGES, *platform.packages)
    files = dict(unpacked(fetched(requirements, names, python, architecture, wheels)))
    files |= _own(platform)
    if forms is not None:
        files["forms.json"] = forms
    files = {f"{platform.below}{path}": data for path, data in files.items()}
    files |= {path: text.encode() for path, text in platform.texts.items()}
    files[platform.entry] = platform.code.encode()
    return _zipped(files, {platform.entry} if platform.executable else set())


def _own(platform: Platform) -> Iterator[tuple[str, bytes]]:
    """Yield our own modules, by the path that they are imported from."""
    packages = {name: _folder(name) for name in ("assises", "assises_inbox")}
    for name, file in own_modules(platform.roots, packages).items():
        package = name.partition(".")[0]
        # An editable install reads from a working copy, where git on Windows may have changed the line ends.
        data = file.read_bytes().replace(b"\r\n", b"\n")
        yield f"{package}/{file.relative_to(packages[package]).as_posix()}", data


def _folder(package: str) -> Path:
    """Return where a package of ours lies, without importing it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(package)
    return Path(spec.submodule_search_locations[0])


def _zipped(files: Mapping[str, bytes], executable: set[str]) -> bytes:
    """Return a ZIP file whose bytes follow from `files` alone: in order, at one time, readable by all."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, data in sorted(files.items()):
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.create_system = 3  # Unix, wherever it is made
            entry.external_attr = (0o100755 if path in executable else 0o100644) << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()
