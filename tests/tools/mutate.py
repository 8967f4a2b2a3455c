"""Each line of a site deleted, and garbled, in turn: the build passes, or the file is named.

``make mutate`` runs all of the demonstration; a test takes a sample.
"""

from __future__ import annotations

import functools
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from assises import markdown
from assises.build import build
from assises.load import look_through
from assises.problems import ContentError, Problem, hinders

REPOSITORY = Path(__file__).parents[2]
NOW = datetime(2017, 11, 20, 19, 15, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Mutation:
    """One line of one file, changed."""

    path: str
    line: int
    """From 0."""

    text: str | None
    """What stands there instead; None: nothing, the line is gone."""


def mutations(root: Path) -> list[Mutation]:
    """Return every mutation of a site, always the same."""
    found = []
    for file in [root / "site.yaml", *sorted((root / "content").rglob("*"))]:
        if file.suffix in (".md", ".yaml", ".jsonl"):
            path = file.relative_to(root).as_posix()
            for number, line in enumerate(file.read_text(encoding="utf-8").split("\n")):
                found += [
                    Mutation(path, number, None),
                    Mutation(path, number, garbled(line, f"{path}:{number}")),
                ]
    return found


def garbled(line: str, seed: str) -> str:
    """Return a line as a slipping hand leaves it: signs lost, doubled, changed."""
    chance = random.Random(seed)
    signs = list(line)
    for _ in range(1 + len(signs) // 20):
        place = chance.randrange(len(signs) + 1)
        match chance.randrange(3):
            case 0:
                signs[place : place + 1] = []
            case 1:
                signs[place:place] = [chance.choice("\"'[]{}:#-|>&*!%@`?,\t\u00a0“ée(")]
            case _:
                signs[place : place + 2] = reversed(signs[place : place + 2])
    return "".join(signs)


def trial(root: Path, mutation: Mutation) -> str:
    """Return what is wrong with how a mutation is met; empty where it passes, or its file is named."""
    file = root / mutation.path
    whole = file.read_bytes()
    lines = whole.decode().split("\n")
    lines[mutation.line : mutation.line + 1] = [] if mutation.text is None else [mutation.text]
    try:
        file.write_bytes("\n".join(lines).encode())
        problems = look_through(root, NOW).problems
        if not hinders(problems):
            build(root, NOW)
            return ""
        return _names(problems, mutation)
    except ContentError as error:
        return _names(error.problems, mutation)
    except Exception as error:  # noqa: BLE001 - that nothing ever fails is what is tried
        return f"{mutation}: {error!r}"
    finally:
        file.write_bytes(whole)


def _names(problems: Iterable[Problem], mutation: Mutation) -> str:
    """Return an empty text if an error stands in the file, or names it: a translation that differs from it does."""
    told = [problem.render() for problem in problems if problem.severity == "error"]
    return "" if any(mutation.path in line for line in told) else f"{mutation}: it is not named in {told[:3]}"


def site_copy(folder: Path) -> Path:
    """Return a copy of the demonstration to be spoilt."""
    root = folder / "site"
    shutil.copytree(REPOSITORY / "content", root / "content")
    shutil.copy(REPOSITORY / "site.yaml", root)
    return root


def remembering() -> None:
    """Let pages that are not touched be read once only."""
    markdown._read = functools.lru_cache(maxsize=512)(markdown._read.__wrapped__)


def _share(numbers: tuple[int, int]) -> list[str]:
    part, parts = numbers
    remembering()
    with tempfile.TemporaryDirectory() as folder:
        root = site_copy(Path(folder))
        return [told for mutation in mutations(root)[part::parts] if (told := trial(root, mutation))]


def _run(parts: int) -> Iterator[str]:
    with ProcessPoolExecutor(parts) as pool:
        for found in pool.map(_share, [(part, parts) for part in range(parts)]):
            yield from found


if __name__ == "__main__":
    begun = time.monotonic()
    wrong = list(_run(2))
    print(*wrong, sep="\n")
    print(f"{len(mutations(REPOSITORY))} mutations, {len(wrong)} met badly, {time.monotonic() - begun:.0f} s")
    sys.exit(bool(wrong))
