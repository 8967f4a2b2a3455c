"""What the documents say can be done is there, and what can be done they say: commands, options, keys, variables.

``REGENERATE=1 pytest tests/test_docs.py`` writes docs/commands.md and docs/fr/commandes.md anew.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest

from assises import action_link, sign_in
from assises.addresses import Addresses
from assises.cli import main
from assises.headers import page_headers
from assises.reference import keys
from assises.settings import Settings
from assises_inbox.desk import session
from assises_inbox.intake.visit import MAX_BODY, LimitedRequest
from served import assises, copy_of

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


COMMANDS = {"en": ROOT / "docs" / "commands.md", "fr": ROOT / "docs" / "fr" / "commandes.md"}
VARIABLES = ROOT / "docs" / "environment.md"
_VARIABLE = re.compile(r"\bASSISES_[A-Z0-9]+(?:_[A-Z0-9]+)*")
_KEY = re.compile(r"`([a-z_]+(?:\.[a-z_]+)+)(?:: [^`]*)?`")
_PROPERTIES = ("_PASSWORD", "_KEY", "_SECRET", "_TOKEN")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_command_and_option_is_documented(language: str):
    """In both languages, in the words of the program's own help: a command that is new has to be written anew."""
    made = subprocess.run(
        [sys.executable, ROOT / "tests" / "tools" / "commands.py"],
        env={**os.environ, "ASSISES_LANGUAGE": language},
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout
    if os.environ.get("REGENERATE"):
        COMMANDS[language].write_text(made, encoding="utf-8", newline="\n")
    assert COMMANDS[language].read_text(encoding="utf-8") == made


def test_every_variable_of_the_environment_is_documented_and_read():
    """docs/environment.md knows each name that the program or a recipe reads, and no other."""
    places = [
        path
        for folder in ("generator", "serverless")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".yml")
    ]
    read = {name for path in places for name in _VARIABLE.findall(path.read_text(encoding="utf-8"))}
    read -= {"ASSISES_COMPLETE"}  # click's own, by which a shell asks
    told = set(_VARIABLE.findall(VARIABLES.read_text(encoding="utf-8")))
    # Places for pages have variables of their own, made of a name before and what it is.
    built = {f"{place}{what}" for place in ("ASSISES_DEPLOY", "ASSISES_PREVIEW") for what in _PROPERTIES[:3]}
    built |= {f"{hook}_SECRET" for hook in ("ASSISES_DRAIN_HOOK", "ASSISES_REBUILD_HOOK")}
    built |= {"ASSISES_GIT_PASSWORD_2"}
    read = {name.removesuffix("_FILE") for name in read} - {"ASSISES_DEPLOY", "ASSISES_PREVIEW"} | built
    assert told == read


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: str(paper.relative_to(ROOT)))
def test_variables_that_a_paper_names_are_documented(paper: Path):
    """Whoever meets one can look it up."""
    told = set(_VARIABLE.findall(VARIABLES.read_text(encoding="utf-8"))) | {"ASSISES_TEST_WITHOUT"}
    told |= {f"{name}_FILE" for name in told} | {"ASSISES_S3", "ASSISES_PREVIEW"}
    assert set(_VARIABLE.findall(paper.read_text(encoding="utf-8"))) <= told


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: str(paper.relative_to(ROOT)))
def test_keys_of_site_yaml_that_a_paper_names_exist(paper: Path):
    """`participation.private.months` is one; `settings.name` is a template's."""
    known = {key.path.replace("[]", "") for key in keys(Settings)}
    groups = {path for path in known if "." not in path}
    text = re.sub(r"(?s)```.*?```", "", paper.read_text(encoding="utf-8"))
    named = {name for name in _KEY.findall(text) if name.partition(".")[0] in groups}
    assert {
        name for name in named if name not in known and not name.endswith((".json", ".yaml", ".bundle"))
    } == set()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["check", "minimal", "--now", "2017-11-20"], 0),
        (["check", "nothing"], 1),
        (["check", "--no-such-option"], 2),
    ],
)
def test_exit_codes_are_those_that_are_documented(words: list[str], code: int, tmp_path: Path):
    """What a script goes by."""
    copy_of("minimal", tmp_path)  # it keeps its pictures beside the site
    (tmp_path / "nothing").mkdir()
    assert assises(*words, cwd=tmp_path).returncode == code
    for paper in COMMANDS.values():
        assert f"| {code} |" in paper.read_text(encoding="utf-8")


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let programs that begin now be ended by Ctrl-C: a shell's background jobs ignore it, and so do their children."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)


@pytest.mark.skipif(os.name == "nt", reason="Windows ends processes without a signal")
def test_an_interruption_ends_with_its_own_exit_code(tmp_path: Path):
    """130, as shells say it of what Ctrl-C ended; and without a traceback."""
    assert assises("new", str(tmp_path / "site"), "--yes").returncode == 0
    lines = tmp_path / "lines.jsonl"
    os.mkfifo(lines)
    with _interruptible():
        running = subprocess.Popen(
            [Path(sys.executable).with_name("assises"), "import", lines, tmp_path / "site"],
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
    with lines.open("w"):  # it has opened the file, and waits for what will be in it
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)
    assert (running.returncode, "Traceback" in said) == (130, False), said
    assert all("| 130 |" in paper.read_text(encoding="utf-8") for paper in COMMANDS.values())


@pytest.mark.parametrize("folder", ["docs", "docs/fr"])
def test_every_document_is_listed(folder: str):
    """The folder's README.md leads to each."""
    listed = set(_LINK.findall((ROOT / folder / "README.md").read_text(encoding="utf-8")))
    assert {path.name for path in (ROOT / folder).glob("*.md")} - {"README.md"} <= listed


def test_the_paper_on_security_says_what_holds():
    """The headers to the letter, and each limit and life."""
    paper = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"(?ms)^```\n(Content-Security.*?)^```$", paper)
    told = dict(line.split(": ", 1) for line in block.replace("\n  ", " ").splitlines())
    addresses = Addresses("https://ville.example/", "https://INBOX/")
    assert {name: text.replace("INBOX", "https://INBOX") for name, text in told.items()} == page_headers(
        addresses
    )
    words = " ".join(paper.split())
    assert f"A body of {MAX_BODY // 1024} kB at most" in words
    assert f"{LimitedRequest.max_form_parts} parts" in words
    assert f"holds for {sign_in.LINK_LIFE.seconds // 60} minutes" in words
    assert f"ends {session.IDLE.seconds // 60} minutes after the last request" in words
    assert f"after {session.LONGEST.seconds // 3600} hours" in words
    assert action_link.LIFE.days == 5
    assert "holds for five days" in words
