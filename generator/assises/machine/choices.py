"""What somebody chose for a consultation on this machine, and what was set up for it."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from assises.files import write_whole
from assises.machine.systemd import Systemd
from assises.machine.town import KeptBy, MachineError, Web, own_folder
from assises.problems import message

_RECORD = "installed.json"


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody chose, and what is derived where nobody did."""

    name: str = ""
    kept_by: KeptBy | None = None
    web: Web | None = None
    certificate: str = ""
    certificate_key: str = ""

    def over(self, former: Choices) -> Choices:
        """Return these, and the former ones where nothing is said now."""
        said = {key: value for key, value in asdict(self).items() if value}
        return replace(former, **said)


@dataclass(frozen=True, slots=True)
class Record:
    """What was set up on this machine."""

    choices: Choices
    files: tuple[Path, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Return what was set up for the consultation that keeps its things in `folder`; None: nothing.

        Raises:
            MachineError: it cannot be read.
        """
        path = _place(folder)
        try:
            document: dict[str, Any] = json.loads(path.read_bytes())
            return cls(Choices(**document["choices"]), tuple(map(Path, document["files"])))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise MachineError(message("{file} cannot be read: {why}.", file=path, why=error)) from error

    def write(self, folder: Path) -> None:
        """Write it down."""
        document = {"format": 1, "choices": asdict(self.choices), "files": [str(path) for path in self.files]}
        place = _place(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, json.dumps(document, indent=1).encode())

    def forget(self, folder: Path) -> None:
        """Let nothing be set up."""
        _place(folder).unlink(missing_ok=True)


def _place(folder: Path) -> Path:
    """Return where it is written down: what root takes away is named where root alone can write."""
    if Systemd().is_there():
        return Systemd().secrets / f"{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}.json"
    return own_folder(folder) / _RECORD
