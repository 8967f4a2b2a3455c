"""The intake for any WSGI server: ``gunicorn 'assises_inbox.intake.wsgi:from_environment()'``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from assises.keys import Key, load
from assises.storage import from_environment as storage_from
from assises_inbox.intake.app import Intake
from assises_inbox.intake.forms import FormsFile


def from_environment(environ: Mapping[str, str] = os.environ) -> Intake:
    """Return the intake that the environment describes.

    - ``ASSISES_FORMS``: the built site's forms.json.
    - ``ASSISES_STORAGE``: where it stores, in the order of preference; `assises.storage` tells the addresses.
    - ``ASSISES_INTAKE_KEY``: the signing key, 64 hexadecimal digits; or ``ASSISES_INTAKE_KEY_FILE``.

    Raises:
        KeyError: a variable is missing.
        AddressError: a storage's address is none, or lacks its password.
        KeyFileError: the key is none. None is made here: a path that leads nowhere would else sign receipts
            that nobody honours.
    """
    written = environ.get("ASSISES_INTAKE_KEY")
    key = Key.from_hex(written) if written else load(Path(environ["ASSISES_INTAKE_KEY_FILE"]))
    return Intake(FormsFile(Path(environ["ASSISES_FORMS"])), storage_from(environ), key)
