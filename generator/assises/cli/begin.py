"""A new consultation's files, written at once or not at all."""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from assises.answers import Answers, answer_problems, completed
from assises.cli.reference import write_schemas
from assises.console import Console
from assises.problems import ContentError, Location, Problem, message
from assises.scaffold import FORGES, logo_path, scaffold


def check_empty(console: Console, folder: Path) -> None:
    """End where a folder has files: nothing is ever written over."""
    if there := files_in(folder):
        names = ", ".join(there[:5]) + (", …" if len(there) > 5 else "")
        console.failed(
            message("{folder} is not empty: {names}. Choose another folder.", folder=folder, names=names)
        )
        sys.exit(1)


def files_in(folder: Path) -> list[str]:
    """Return the names of what a folder holds, but for git's own: a fresh clone is as good as empty."""
    return sorted(path.name for path in folder.iterdir() if path.name != ".git") if folder.is_dir() else []


def write_new(folder: Path, answers: Answers, forges: tuple[str, ...] = FORGES) -> int:
    """Write a new consultation's files, and return how many there are.

    Raises:
        ContentError: the answers do not go together, or the logo is not there.
    """
    today = datetime.now(UTC).date()
    answers = completed(answers, today)
    if problems := answer_problems(answers):
        raise ContentError(problems)
    files = {str(path): text.encode() for path, text in scaffold(answers, today, forges).items()}
    if answers.logo:
        files[logo_path(answers)] = _logo(answers)
    _write(folder, files, answers.language)
    return len(files)


def _logo(answers: Answers) -> bytes:
    try:
        return Path(answers.logo).read_bytes()
    except OSError as error:
        place = answers.places.get("logo", Location(PurePosixPath("logo")))
        what = message("The logo cannot be read: {why}.", why=error.strerror or error)
        raise ContentError(
            [Problem(place, what, message("Write the path of an SVG or PNG file."))]
        ) from error


def _write(folder: Path, files: dict[str, bytes], language: str) -> None:
    """Write all files beside, and put them into place only when they are whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".assises-new-") as draft:
        for path, data in files.items():
            place = Path(draft) / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        write_schemas(Path(draft) / "schemas", language)
        folder.mkdir(exist_ok=True)
        for item in sorted(Path(draft).iterdir()):
            shutil.move(item, folder / item.name)
