"""What the documents say can be done: each command and option is there, each link and picture leads somewhere."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest

from assises.cli import main

ROOT = Path(__file__).resolve().parent.parent
PAPERS = sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md")])
_LINE = re.compile(r"(?m)^    (?:\S*/)?(assises [a-z][^\n#|&]*)")
_INLINE = re.compile(r"`(?:\S*/)?(assises [a-z][^`\n]*)`")
_LINK = re.compile(r"\]\(([^()\s]+)\)")


def said(paper: Path) -> Iterator[str]:
    """Yield every command that a paper tells people to run."""
    text = paper.read_text(encoding="utf-8")
    for found in (*_LINE.findall(text), *_INLINE.findall(text)):
        # What keys sign begins with the program's name as well.
        if "\\n" not in found:
            yield found.strip().rstrip("\\…").strip()


def meant(command: str) -> tuple[click.Command, list[str]]:
    """Return the command that a line runs, and what follows its name."""
    words = shlex.split(command)
    here: click.Command = main
    words = words[1:]
    while isinstance(here, click.Group) and words and words[0] in here.commands:
        here, words = here.commands[words[0]], words[1:]
    # `assises new FOLDER`
    return (here.commands.get("<DIR>", here) if isinstance(here, click.Group) else here), words


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: str(paper.relative_to(ROOT)))
def test_each_command_and_option_exists(paper: Path):
    """A paper never tells of a command that the program does not know."""
    wrong = []
    for line in said(paper):
        try:
            command, rest = meant(line)
        except ValueError:
            continue  # half a sentence between two code marks
        known = {
            option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
        }
        known |= {"--help", "-h", "--version"}
        named = {word.partition("=")[0] for word in rest if re.fullmatch(r"--?[a-z][a-z-]*(=.*)?", word)}
        if command is main and rest and not rest[0].startswith("-") and not rest[0].isupper():
            wrong.append(f"{line}: no command {rest[0]}")
        wrong += [f"{line}: no option {option}" for option in named - known]
    assert not wrong


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: str(paper.relative_to(ROOT)))
def test_each_link_and_picture_leads_somewhere(paper: Path):
    """Within the repository, that is; the web is asked for on request only."""
    text = re.sub(r"(?s)```.*?```|`[^`\n]*`", "", paper.read_text(encoding="utf-8"))
    there = [
        urlsplit(link).path
        for link in _LINK.findall(text)
        if not urlsplit(link).scheme and not link.startswith("#")
    ]
    missing = [link for link in there if not (paper.parent / link).exists()]
    assert not missing
