"""Every mistake in a site is told at its line and column. One small site a message, in ``sites/invalid``.

A site there holds only what differs from ``sites/minimal``; ``absent.txt`` names what it lacks. After a change
of words, ``REGENERATE=1 pytest tests/test_validate.py`` writes all ``expected.txt`` and ``expected.fr.txt`` anew: read the difference.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest

import site_by_hand as made
from assises.catalogues import sentences
from assises.content import Content
from assises.load import look_through
from assises.problems import Problem
from assises.settings_reader import load_settings
from assises.site import Site
from assises.statements import read_statements
from assises.store import Snapshot
from assises.validate import validate

SITES = Path(__file__).parent / "sites"
INVALID = sorted((SITES / "invalid").iterdir())
EXPECTED = {"en": "expected.txt", "fr": "expected.fr.txt"}
"""What a site's folder says that is told of it, by language."""

NOW = datetime(2017, 11, 20, 19, 15, tzinfo=UTC)
PACKAGE = Path(__file__).parents[1] / "generator" / "assises"
MODULES = (
    "source",
    "tree",
    "yaml_slips",
    "scalars",
    "schema",
    "settings_reader",
    "file_names",
    "content_reader",
    "statements",
    "links",
    "validate",
    "duties",
    "mentions",
    "orphans",
    "template_rules",
    "unfinished",
    "attachments",
    "prose",
    "link_words",
    "stray_signs",
    "markdown",
    "references",
    "survey_rules",
    "media_rules",
    "images",
)
ELSEWHERE = {
    "This folder is a link, and what is in it is not read.",
    "This file weighs {size} MB; forges take no more than 100.",
    "Publish it elsewhere, and put a link here.",
    "This file weighs {size} MB.",
    "Many residents read on a telephone, and pay for what they load.",
    "Make it smaller before you publish it.",
    "This line cannot be read.",
    'Put what follows the colon in quotes: "…", and compare the line with those above.',
    "This cannot be kept as a contribution ({why}).",
    "Published contributions that speak to this page, which is gone: {count}.",
    "Put the page back under this name.",
    "No published contribution has the number {number}.",
    "This file cannot be read ({why}).",
    "This file is larger than 1 MB.",
    "This file leads out of the site’s folder.",
    "Divide it into several, or offer it for download as a PDF.",
    "Put a copy of it here instead of a link.",
    "“{twin}” has the same name in other letters.",
    "Rename one of the two: many computers take them for one file.",
    "“{name}” has an accent written as a sign of its own.",
    "“{name}” has a sign that Windows does not take.",
    "The name “{name}” is too long.",
    "Rename the file or folder, best with small letters, digits and hyphens only.",
}
"""Messages about stores, and files that no repository can hold on all systems; tests of their own provoke them."""


def problems_of(root: Path) -> list[Problem]:
    return list(look_through(root, NOW).problems)


def told(problems: list[Problem], language: str) -> str:
    """Return problems a line each, in a language; what is no error says so."""
    marks = {"error": "", "unfinished": "unfinished ", "warning": "warning "}
    lines = (f"{marks[problem.severity]}{problem.render(sentences(language))}\n" for problem in problems)
    return "".join(lines)


def invalid_site(difference: Path, root: Path) -> Path:
    shutil.copytree(SITES / "minimal", root)
    absent = difference / "absent.txt"
    for name in absent.read_text().split() if absent.exists() else ():
        if (root / name).is_dir():
            shutil.rmtree(root / name)
        else:
            (root / name).unlink()
    ours = shutil.ignore_patterns("absent.txt", *EXPECTED.values())
    shutil.copytree(difference, root, dirs_exist_ok=True, ignore=ours)
    return root


@pytest.mark.parametrize("difference", INVALID, ids=lambda path: path.name)
def test_each_mistake_is_told_where_it_stands(difference, tmp_path):
    """A site with a mistake gets the expected lines, in both languages, and no other."""
    problems = problems_of(invalid_site(difference, tmp_path / "site"))
    assert problems
    for language, name in EXPECTED.items():
        found = told(problems, language)
        expected = difference / name
        if os.environ.get("REGENERATE"):
            expected.write_text(found, encoding="utf-8", newline="\n")
        assert found == expected.read_text(encoding="utf-8")


def test_the_smallest_site_has_no_problem():
    """The site that all invalid ones derive from is in order."""
    assert problems_of(SITES / "minimal") == []


def test_the_demonstration_has_no_problem():
    """The repository's own site is in order on its evening."""
    assert [problem.render() for problem in problems_of(Path(__file__).parents[1])] == []


def messages() -> set[str]:
    """Return every sentence that the loading modules can say."""
    found = set()
    for module in MODULES:
        for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "message":
                found |= {argument.value for argument in node.args if isinstance(argument, ast.Constant)}
    return found


def test_every_message_has_its_site(tmp_path):
    """No sentence is written that no site provokes."""
    said = set()
    for difference in INVALID:
        for problem in problems_of(invalid_site(difference, tmp_path / difference.name)):
            said |= {problem.what.text, problem.mend.text, problem.why.text}
    assert messages() - said == ELSEWHERE


def test_every_message_is_in_french():
    """Each sentence has a translation with the same arguments, in French typography."""
    french = sentences("fr")
    for text in sorted(messages()):
        told = french(text)
        assert told != text
        assert sorted(re.findall(r"\{\w+\}", told)) == sorted(re.findall(r"\{\w+\}", text))
        assert not re.search(r"« | »| [;:!?]|'|“", told)


def test_a_page_that_could_not_be_read_makes_nothing_else_wrong(tmp_path):
    """What points to a broken page is not blamed for it."""
    root = invalid_site(SITES / "invalid" / "broken-page-is-not-missing", tmp_path / "site")
    wrong = {str(problem.location.path) for problem in problems_of(root) if problem.severity == "error"}
    assert wrong == {"content/topics/housing.md"}


def test_validation_takes_what_loading_gives_even_when_empty(tmp_path):
    """A site without any page has the missing pages told, and nothing fails."""
    settings, _ = load_settings(SITES / "minimal")
    assert settings
    empty = Snapshot.empty()
    problems = validate(Site(settings, Content(), empty.records(), empty.ledger(), NOW))
    assert [str(problem.location.path) for problem in problems] == [
        "content/index.md",
    ]


def test_a_page_that_published_words_speak_to_must_not_go():
    """They would be in the ledger and on no page. Drafts and broken pages are not gone."""
    joined = made.site()
    kept = tuple(page for page in made.PAGES if page.id != "topics/housing")
    (draft,) = (page for page in made.PAGES if page.id == "topics/housing" and page.language == "fr")

    def lines(**changes: object) -> list[str]:
        content = replace(joined.content, pages=kept, **changes)
        return [
            line.render() for line in validate(replace(joined, content=content)) if "gone" in line.what.text
        ]

    (line,) = lines()
    assert line == (
        "content/topics/housing.md:1:1: Published contributions that speak to this page, which is gone: 3. "
        "Put the page back under this name."
    )
    assert lines(held_back=(draft,)) == []
    assert lines(broken=frozenset({"topics/housing"})) == []


def test_a_statement_that_no_contribution_can_hold_is_told():
    """Normal form C makes three signs of one: within the file's limit, and beyond a contribution's."""
    said = {
        "of": "topics/housing",
        "time": "2017-11-20T19:15:00Z",
        "channel": "meeting",
        "text": "\U0001d160" * 90_000,
    }
    statements, problems = read_statements(json.dumps(said, ensure_ascii=False), PurePosixPath("a.jsonl"))
    assert statements == []
    assert [problem.render() for problem in problems] == [
        "a.jsonl:1:80: This cannot be kept as a contribution (longer than 1048576 bytes)."
    ]
