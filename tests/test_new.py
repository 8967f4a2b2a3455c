"""`assises new`: a consultation and its pages, from nothing; and the recipes that come with them, run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import Any, get_args, get_type_hints

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assises.answers import NAMES, Answers, completed
from assises.load import look_through
from assises.scaffold import scaffold
from served import assises

TODAY = date(2026, 11, 24)
WHOLE = {
    "name": "Assises de Villeneuve", "tagline": "Dites ce qui compte", "town": "Ville de Villeneuve",
    "address": "1, place de la Mairie, 00000 Villeneuve", "email": "assises@villeneuve.example",
    "phone": "01 23 45 67 89", "url": "https://assises.villeneuve.example/", "decided_by": "Le conseil municipal",
    "open": "Les priorités", "not_open": "Les impôts", "host": "Hébergeur", "director": "La maire",
    "host_address": "2, rue des Serveurs", "host_phone": "01 98 76 54 32", "data_protection": "dpd@villeneuve.example",
}  # fmt: skip


def write(root: Path, answers: Answers) -> None:
    """Write a new consultation without its schemas."""
    for path, text in scaffold(answers, TODAY).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8", newline="\n")


def options(**more: str) -> list[str]:
    """Return the options that answer everything."""
    return [part for name, text in (WHOLE | more).items() for part in (f"--{name.replace('_', '-')}", text)]


def environment(**variables: str) -> dict[str, str]:
    """Return a shell's environment in which `assises` is the command."""
    return os.environ | {"PYTHONUTF8": "1", "ASSISES_LANGUAGE": "fr"} | variables


KINDS = get_args(get_type_hints(Answers)["kind"])


@pytest.mark.parametrize("language", ["fr", "en"])
def test_with_nothing_said_only_names_are_left_to_fill_in(tmp_path: Path, language: str) -> None:
    """It builds at once, and `check` fails for the town's own names and for nothing else."""
    made = assises("new", str(tmp_path / "a"), "--yes", "--language", language)
    assert made.returncode == 0, made.stderr
    told = json.loads(assises("check", str(tmp_path / "a"), "--json").stdout)
    assert {problem["severity"] for problem in told["problems"]} == {"unfinished"}
    assert {problem["what"].partition("”")[2] for problem in told["problems"]} == {
        " is still to be filled in."
    }
    assert assises("build", str(tmp_path / "a"), "-o", str(tmp_path / "dist")).returncode == 0


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_words_of_its_own(tmp_path: Path, kind: Any, language: Any) -> None:
    """A whole site for each kind of consultation: nothing wrong in it, and no home page like another's."""
    write(tmp_path, completed(Answers(kind=kind, language=language), TODAY))
    told = look_through(tmp_path, datetime(2026, 12, 1, tzinfo=UTC)).problems
    assert {problem.severity for problem in told} == {"unfinished"}
    others = [
        scaffold(completed(Answers(kind=other, language=language), TODAY), TODAY)
        for other in KINDS
        if other != kind
    ]
    for page in ("content/index.md", f"content/pages/{'methode' if language == 'fr' else 'method'}.md"):
        mine = (tmp_path / page).read_text(encoding="utf-8")
        assert mine not in {files[PurePosixPath(page)] for files in others}


@pytest.mark.parametrize(("kind", "folder", "key"), [
    ("ideas", "questions", "accepts: proposal"),
    ("survey", "questions", "accepts: survey"),
    ("draft", "texts", "version:"),
    ("concertation", "meetings", "type: drop-in"),
])  # fmt: skip
def test_each_kind_asks_in_its_own_way(kind: Any, folder: str, key: str) -> None:
    """Ideas are proposals, a survey is ticked, a draft is commented on, a concertation has its open desk."""
    files = scaffold(completed(Answers(kind=kind), TODAY), TODAY)
    found = [text for path, text in files.items() if path.parts[:2] == ("content", folder)]
    assert any(key in text for text in found)


def test_with_everything_said_only_rooms_are_left(tmp_path: Path) -> None:
    """What nobody is asked for stands in the two meetings, and among the facts that the law wants."""
    assert assises("new", str(tmp_path / "a"), "--yes", *options()).returncode == 0
    told = json.loads(assises("check", str(tmp_path / "a"), "--json").stdout)
    assert {Path(problem["path"]).parent.name for problem in told["problems"]} == {"", "meetings"}
    facts = tmp_path / "a" / "site.yaml"
    text = re.sub(
        r'(accessibility_\w+): "\[.*', r"\1: https://ville.example/plan", facts.read_text(encoding="utf-8")
    )
    facts.write_text(re.sub(r'logs: "\[.*', "logs: Aucun journal", text), encoding="utf-8")
    for file in (tmp_path / "a" / "content" / "meetings").iterdir():
        text = re.sub(r'"\[[^"]*\]"', "Salle des fêtes", file.read_text(encoding="utf-8"))
        file.write_text(text, encoding="utf-8")
    done = assises("check", str(tmp_path / "a"))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_a_person_is_asked_in_plain_words(tmp_path: Path) -> None:
    """One question an answer, days as the French write them, a wrong one asked again; Enter takes the default."""
    said = [
        "Assises",
        "",
        "Ville",
        "",
        "",
        "",
        "",
        "autre",
        "assises",
        "",
        "",
        "",
        "32/01/2027",
        "11/01/2027",
        *[""] * 12,
    ]
    done = subprocess.run(
        [sys.executable, "-c", "from assises.cli import main; main()", "new", str(tmp_path / "a")],
        input="\n".join(said), env=environment(), capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Comment s’appelle la concertation" in done.stdout
    assert "n’est pas un jour" in done.stdout + done.stderr
    text = (tmp_path / "a" / "site.yaml").read_text(encoding="utf-8")
    assert "opens: 2027-01-11" in text
    assert 'name: "Assises"' in text


def test_a_concertation_is_asked_for_its_act(tmp_path: Path) -> None:
    """With it nothing is missing; without it `check` fails, as the law wants."""
    act = options(
        kind="concertation", objectives="Le quartier", decision="Délibération", decision_date="03/03/2026"
    )
    assert assises("new", str(tmp_path / "a"), "--yes", *act).returncode == 0
    assert assises("new", str(tmp_path / "b"), "--yes", *options(kind="concertation")).returncode == 0
    told = [assises("check", str(tmp_path / name)).stderr for name in "ab"]
    assert ["The act that opens the concertation is not named." in text for text in told] == [False, True]


def test_answers_come_from_a_file_and_options_win(tmp_path: Path) -> None:
    """The names are those of the options; a slip is told at its line."""
    (tmp_path / "r.yaml").write_text("name: Un\ntown: Ville\nopens: 2027-01-11\n", encoding="utf-8")
    done = assises("new", str(tmp_path / "a"), "--answers", str(tmp_path / "r.yaml"), "--name", "Deux")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "a" / "site.yaml").read_text(encoding="utf-8")
    assert 'name: "Deux"' in text
    assert "closes: 2027-02-21" in text
    (tmp_path / "r.yaml").write_text("nam: Un\nopens: demain\n", encoding="utf-8")
    wrong = assises("new", str(tmp_path / "b"), "--answers", str(tmp_path / "r.yaml"))
    assert wrong.returncode == 1
    assert "r.yaml:1:1: “nam” is not known here." in wrong.stderr
    assert "r.yaml:2:8:" in wrong.stderr
    (tmp_path / "r.yaml").write_text("opens: 2027-01-11\ncloses: 2027-01-10\n", encoding="utf-8")
    assert (
        "close before they open"
        in assises("new", str(tmp_path / "b"), "--answers", str(tmp_path / "r.yaml")).stderr
    )
    assert not (tmp_path / "b").exists()


def test_nothing_is_ever_written_over(tmp_path: Path) -> None:
    """A folder with files is refused; an empty one, or a fresh clone, is taken."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "lettre.txt").write_text("x", encoding="utf-8")
    refused = assises("new", str(tmp_path / "a"), "--yes")
    assert refused.returncode == 1
    assert "lettre.txt" in refused.stderr
    (tmp_path / "b" / ".git").mkdir(parents=True)
    assert assises("new", ".", "--yes", cwd=tmp_path / "b").returncode == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".assises-new")] == []


def test_a_new_page_is_a_draft_in_its_place(tmp_path: Path) -> None:
    """It passes `check` as it is, and is never written over."""
    root = tmp_path / "a"
    assert assises("new", str(root), "--yes", *options()).returncode == 0
    before = len(json.loads(assises("check", str(root), "--json").stdout)["problems"])
    for kind in ("topic", "meeting", "news", "text", "person", "commitment", "plain"):
        made = assises("new", kind, "Une page : l’essai", str(root))
        assert made.returncode == 0, made.stderr
    told = json.loads(assises("check", str(root), "--json").stdout)
    assert len(told["problems"]) == before
    assert len(told["held_back"]) >= 7
    again = assises("new", "topic", "Une page : l’essai", str(root))
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    assert assises("new", "topic", "A", str(tmp_path)).returncode == 1


def test_a_word_that_is_almost_a_kind_is_asked_about(tmp_path: Path) -> None:
    """`assises new topics` is a slip; `assises new ./topics` is a folder."""
    slip = assises("new", "topics", "--yes", cwd=tmp_path)
    assert (slip.returncode, "“topic”" in slip.stderr) == (2, True)
    assert assises("new", "./topics", "--yes", cwd=tmp_path).returncode == 0
    assert assises("new", "site", "--yes", cwd=tmp_path).returncode == 0
    assert (tmp_path / "site" / "site.yaml").is_file()


TEXT = st.text(max_size=40) | st.sampled_from(
    ['Ville d"Ô: #1', "'", "- a", "[x](y)", "*a*", "a\nb: c", "{{ x }}", "[[ x ]]", "<b>", "no", "12", "---"]
)


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "name",
                "tagline",
                "town",
                "address",
                "phone",
                "decided_by",
                "open",
                "not_open",
                "host",
                "director",
            ]
        ),
        TEXT,
    )
)
def test_any_answers_make_a_site_that_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, said: dict[str, str]
) -> None:
    """Quotes, colons, Markdown and YAML in a name stay words."""
    said = {name: "".join(sign for sign in text if sign.isprintable()) for name, text in said.items()}
    root = tmp_path_factory.mktemp("new")
    write(root, completed(replace(Answers(), **{k: v.strip() for k, v in said.items()}), TODAY))
    found = look_through(root, datetime(2026, 11, 24, tzinfo=UTC))
    assert [problem.render() for problem in found.problems if problem.severity == "error"] == []
    if name := said.get("name", "").strip():
        assert found.site.settings.name.get("fr") == name


def test_dates_are_far_enough_and_long_enough() -> None:
    """From a Monday, two weeks from now at least, for six weeks: no warning of the law's appears."""
    for day in range(20, 27):
        answers = completed(Answers(), date(2026, 11, day))
        assert answers.opens is not None
        assert answers.closes is not None
        assert (answers.opens.weekday(), (answers.closes - answers.opens).days) == (0, 41)
        assert (answers.opens - date(2026, 11, day)).days >= 14
    assert set(NAMES) >= {"name", "opens", "moderation"}


# --- recipes


def steps(recipe: Path) -> list[str]:
    """Return the shell lines of a recipe's first job, without those that install."""
    made = yaml.safe_load(recipe.read_text(encoding="utf-8"))
    if recipe.name == ".gitlab-ci.yml":
        lines = [*made["verifier"]["script"], *made["apercu"]["script"]]
    else:
        lines = [step["run"] for step in made["jobs"]["verifier"]["steps"] if "run" in step]
    return [line for line in lines if "pip install" not in line]


@pytest.mark.parametrize(
    ("path", "place", "variables"),
    [
        (".github/workflows/assises.yml", "::error file=content/topics/logement.md,line=2,col=1,title=« titel »", {}),
        (".forgejo/workflows/assises.yml", "content/topics/logement.md:2:1: « titel »", {}),
        (".gitlab-ci.yml", "content/topics/logement.md:2:1: « titel »", {"CI_PROJECT_ROOT_NAMESPACE": "ville", "CI_PAGES_DOMAIN": "pages.example", "CI_PROJECT_NAME": "assises", "CI_JOB_ID": "7"}),
    ],
)  # fmt: skip
def test_recipes_answer_a_mistake_at_its_line_and_show_the_site_without(
    tmp_path: Path, path: str, place: str, variables: dict[str, str]
) -> None:
    """Their own shell lines, run in a real clone: in French, with a preview where nothing is wrong."""
    origin, clone, tools = tmp_path / "origin", tmp_path / "clone", tmp_path / "bin"
    assert assises("new", str(origin), "--yes", *options(), "--language", "fr").returncode == 0
    for command in (
        ["init", "--quiet"],
        ["add", "--all"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "Début"],
    ):
        subprocess.run(["git", "-C", str(origin), *command], check=True, capture_output=True)
    subprocess.run(["git", "clone", "--quiet", str(origin), str(clone)], check=True, capture_output=True)
    tools.mkdir()
    (tools / "assises").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "from assises.cli import main; main()" "$@"\n',
        encoding="utf-8",
    )
    (tools / "assises").chmod(0o755)

    def run() -> tuple[list[int], str]:
        ended, said = [], ""
        for line in steps(clone / path):
            env = environment(
                PATH=f"{tools}:{os.environ['PATH']}",
                GITHUB_WORKSPACE=str(clone) if "gitlab" not in path else "",
                **variables,
            )
            done = subprocess.run(
                ["bash", "-e", "-c", line],
                cwd=clone,
                env=env,
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=60,
                check=False,
            )
            ended.append(done.returncode)
            said += done.stdout + done.stderr
        return ended, said.replace("\u00a0", " ").replace("./content", "content")

    ended, _ = run()
    assert ended == [1, 0]  # rooms are still to be filled in; the preview is built all the same
    assert (clone / "apercu" / "index.html").exists()
    topic = clone / "content" / "topics" / "logement.md"
    topic.write_text(topic.read_text(encoding="utf-8").replace("title:", "titel:"), encoding="utf-8")
    ended, said = run()
    assert ended == [1, 1]
    assert place in said
    if "gitlab" in path:
        report = json.loads((clone / "gl-code-quality-report.json").read_text(encoding="utf-8"))
        assert any(found["location"]["path"] == "content/topics/logement.md" for found in report)
        page = (clone / "apercu" / "index.html").read_text(encoding="utf-8")
        assert "https://ville.pages.example/-/assises/-/jobs/7/artifacts/apercu/" in page
