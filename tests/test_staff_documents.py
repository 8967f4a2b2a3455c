"""docs/fr, done: every command that staff are told to type, on a consultation launched by the answers that they are shown."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from assises.answers import QUESTIONS
from assises.catalogues import sentences
from served import REPOSITORY, assises

FRENCH = REPOSITORY / "docs" / "fr"
SITE = "assises-2027"
WORDS = "un cheval correct agrafé"
TOLD = "texte;page;date;canal\nIl manque un banc.;topics/logement;2017-11-15;papier\nUn propos.;topics/logement;2017-11-15;papier\n"
FIRST_ONCE = {
    "verify https://assises.villeneuve.fr/": f"verify {SITE}",  # there is no such address
    f"witness {SITE}": "",  # no witness is named
    f"deploy --preview --site {SITE}": "",  # no preview is named
}
"""What needs something of the world: what stands for it here, or nothing."""

CODES = {f"launch {SITE}": 1, f"launch {SITE} --yes --answers reponses.yaml": 1, f"doctor {SITE}": 1}
"""The address is nobody's: launch and doctor say so, after everything else."""


def commands(name: str) -> list[str]:
    """Return the commands of a document, in their order, without the program's name."""
    text = (FRENCH / f"{name}.md").read_text(encoding="utf-8")
    lines = re.findall(r"(?m)^    assises ([^#\n]+)|`assises ([^`]+)`", text)
    found = [" ".join((shown or inline).split()) for shown, inline in lines]
    return [line for line in found if SITE in line or "verify https" in line]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A consultation, launched as docs/fr/lancer.md says, into a folder instead of the host's."""
    folder = tmp_path_factory.mktemp("town")
    (answers,) = re.findall(
        r"(?ms)^```yaml\n(name: .*?)^```$", (FRENCH / "lancer.md").read_text(encoding="utf-8")
    )
    local = re.sub(r"(?m)^deploy: .*$", "deploy: folder:../www", answers)
    (folder / "reponses.yaml").write_text(local, encoding="utf-8", newline="\n")
    (folder / "notes.csv").write_text(TOLD, encoding="utf-8", newline="\n")
    (folder / "reponse.txt").write_text("Trois bancs seront posés.", encoding="utf-8", newline="\n")
    (folder / "note.txt").write_text("Une fontaine sur la place.", encoding="utf-8", newline="\n")
    done = assises("launch", SITE, "--yes", "--answers", "reponses.yaml", "--patience", "1", cwd=folder)
    assert "folder:../www" in done.stdout, (done.stdout, done.stderr)
    assert (folder / "www" / "index.html").is_file()
    done = assises("import", "notes.csv", SITE, "--pending", cwd=folder)
    assert done.returncode == 0, done.stderr
    waiting = json.loads(assises("moderate", "list", SITE, "--json", cwd=folder).stdout)["contributions"]
    (folder / "id.txt").write_text(waiting[0]["id"], encoding="utf-8", newline="\n")
    return folder


def test_the_answers_that_staff_are_shown_launch_a_consultation(town: Path) -> None:
    """Nothing is left to fill in."""
    done = assises("check", SITE, cwd=town)
    assert done.returncode == 0, done.stderr


def test_the_questions_that_staff_are_shown_are_asked() -> None:
    """To the letter, but for the space before the question mark, which a document cannot always keep."""
    text = (FRENCH / "lancer.md").read_text(encoding="utf-8").replace("\u202f", " ")
    (block,) = re.findall(r"(?ms)^```\n(Comment.*?)^```$", text)
    asked = {question.render(sentences("fr")).replace("\u202f", " ") for question in QUESTIONS.values()}
    shown = [line[: line.rindex(" ? ") + 2] for line in block.splitlines()]
    assert shown
    assert set(shown) <= asked


@pytest.mark.parametrize("name", ["lancer", "moderer", "repondre", "clore"])
def test_every_command_that_staff_are_told_does_what_it_says(town: Path, name: str) -> None:
    """In the order of the document; `ID` is a contribution's."""
    found, id = commands(name), (town / "id.txt").read_text(encoding="utf-8")
    assert found
    for line in found:
        shown = FIRST_ONCE.get(line, line)
        if not shown:
            continue
        words = [id if word == "ID" else word for word in shlex.split(shown)]
        done = assises(*words, cwd=town, ASSISES_PASSPHRASE=WORDS)
        assert "Traceback" not in done.stderr
        assert done.returncode == CODES.get(line, 0), (line, done.stdout, done.stderr)
