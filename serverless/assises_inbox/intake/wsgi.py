"""The intake for any WSGI server: ``gunicorn 'assises_inbox.intake.wsgi:from_environment()'``."""

from __future__ import annotations

import gc

# Next to nothing that loading modules makes is garbage, and looking for it takes a sixth of a cold start.
_COLLECTING = gc.isenabled()
gc.disable()

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from assises.keys import Key, load
from assises.storage import from_environment as storage_from
from assises_inbox.intake.app import Intake
from assises_inbox.intake.forms import Forms, FormsFile
from assises_inbox.intake.log import json_lines
from assises_inbox.intake.network import VARIABLE as PROXIES
from assises_inbox.intake.network import Proxies

if _COLLECTING:
    # It stays for as long as the process: later collections need not look through it again.
    gc.freeze()
    gc.enable()

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_COPY = Path(__file__).resolve().parents[2] / "forms.json"
"""Where a bundle keeps its copy: beside the packages."""


class FormsAddressError(ValueError):
    """`ASSISES_FORMS` is an address that would be read in clear."""


def from_environment(environ: Mapping[str, str] = os.environ) -> Intake:
    """Return the intake that the environment describes.

    - ``ASSISES_FORMS``: the built site's forms.json, its path or its ``https://`` address.
    - ``ASSISES_FORMS_COPY``: a copy of it, for when the site does not answer; by default that of the bundle.
    - ``ASSISES_STORAGE``: where it stores, in the order of preference; `assises.storage` tells the addresses.
    - ``ASSISES_INTAKE_KEY``: the signing key, 64 hexadecimal digits; or ``ASSISES_INTAKE_KEY_FILE``.
    - ``ASSISES_PROXIES``: the web servers in front of it, whose word on a sender's address is believed: addresses,
      networks, and ``unix`` for a socket; none by default.
    - ``ASSISES_DRAIN_HOOK``: what is called after storing, so that the runner begins; may be left out.

    Raises:
        KeyError: a variable is missing.
        AddressError: a storage's address is none, or lacks its password.
        FormsAddressError, ProxiesError: those variables are wrong.
        KeyFileError: the key is none. None is made here: a path that leads nowhere would else sign receipts
            that nobody honours.
    """
    written = environ.get("ASSISES_INTAKE_KEY")
    key = Key.from_hex(written) if written else load(Path(environ["ASSISES_INTAKE_KEY_FILE"]))
    proxies = Proxies.from_text(environ.get(PROXIES, ""))
    return Intake(
        _forms(environ),
        storage_from(environ),
        key,
        stored=_drain_hook(environ),
        proxies=proxies,
        log=json_lines(),
    )


def _forms(environ: Mapping[str, str]) -> Callable[[], Forms]:
    place = environ["ASSISES_FORMS"]
    if not place.lower().startswith(("http://", "https://")):
        return FormsFile(Path(place))
    parts = urlsplit(place)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise FormsAddressError(f"ASSISES_FORMS: {place} has to begin with https://")
    # Loaded only where it is used: the web's modules cost more than all of ours.
    from assises_inbox.intake.forms_address import FormsAddress  # noqa: PLC0415

    copy = Path(environ.get("ASSISES_FORMS_COPY") or _COPY)
    return FormsAddress(place, copy if copy.exists() else None)


def _drain_hook(environ: Mapping[str, str]) -> Callable[[], None]:
    if not environ.get("ASSISES_DRAIN_HOOK"):
        return lambda: None
    # A function that calls nobody need not load an HTTP client.
    from assises.hook import Hook  # noqa: PLC0415
    from assises_inbox.intake.drain_hook import DrainHook  # noqa: PLC0415

    hook = Hook.from_environment(environ, "ASSISES_DRAIN_HOOK")
    return DrainHook(hook) if hook else lambda: None
