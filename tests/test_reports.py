"""Problems as forges read them."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath

from assises import reports
from assises.catalogues import sentences
from assises.problems import Location, Problem, message

FOLDER = PurePosixPath("assises, 2026: ville")
FRENCH = sentences("fr")
WORDS = "A 50 % share,\nand more: “x”"


def problem(line: int = 3, severity: str = "error", value: str = "titel") -> Problem:
    """Return a problem that is in the catalogue."""
    what = message("“{key}” is not known here.", key=value)
    return Problem(
        Location(PurePosixPath("content/é.md"), line, 7), what, message("Put it in quotes."), severity
    )


def test_a_rule_is_the_same_for_every_file_and_language() -> None:
    """It is made of the sentence's template, and no two sentences share one."""
    assert reports.rule(problem().what) == reports.rule(problem(value="other").what)
    assert re.fullmatch(r"[a-z0-9-]+", reports.rule(problem().what))
    assert reports.rule(message("A")) != reports.rule(message("a"))


def test_sarif_has_what_its_standard_asks_for() -> None:
    """Each result names a rule of the driver, a level and a place."""
    text = reports.sarif(
        [problem(), problem(9, "warning"), problem(2, "unfinished")], FRENCH, FOLDER, "1.2.3"
    )
    document = json.loads(text)
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} == rules
    assert [result["level"] for result in run["results"]] == ["error", "warning", "error"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 3, "startColumn": 7}
    assert place["artifactLocation"]["uri"] == "assises%2C%202026%3A%20ville/content/%C3%A9.md"
    assert (
        run["results"][0]["message"]["text"]
        == "«\u00a0titel\u00a0» n’est pas connu ici. Mettez-le entre guillemets droits."
    )


def test_github_s_commands_are_escaped_as_it_documents() -> None:
    """A line each, whatever a writer typed: no words can begin a command of their own."""
    text = reports.github([problem(value="x%\n::set-output name=a::b,c")], str, FOLDER)
    (line,) = text.splitlines()
    head, _, told = line.removeprefix("::").partition("::")
    assert head.startswith("error file=assises%2C 2026%3A ville/content/é.md,line=3,col=7,title=")
    assert "x%25%0A%3A%3Aset-output name=a%3A%3Ab%2Cc" in head
    assert told == "Put it in quotes."


def test_gitlab_s_fingerprints_last_and_differ() -> None:
    """A problem that only moved is the same; two of a kind in one file are two."""
    first = json.loads(reports.gitlab([problem(3), problem(8)], FRENCH, FOLDER))
    moved = json.loads(reports.gitlab([problem(4), problem(9)], FRENCH, FOLDER))
    prints = [found["fingerprint"] for found in first]
    assert len(set(prints)) == 2
    assert prints == [found["fingerprint"] for found in moved]
    assert first[0]["location"]["positions"]["begin"] == {"line": 3, "column": 7}
    assert [found["severity"] for found in first] == ["critical", "critical"]
    for found in first:
        assert found.keys() >= {"description", "check_name", "fingerprint", "severity", "location"}
