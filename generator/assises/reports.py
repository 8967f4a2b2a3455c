"""Problems as continuous integration shows them at their lines: SARIF, GitHub's commands, GitLab's report."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from assises.problems import Message, Problem, Severity
from assises.slugs import slug

Translate = Callable[[str], str]

_SARIF = MappingProxyType({"error": "error", "unfinished": "error", "warning": "warning"})
_GITHUB = _SARIF
_GITLAB = MappingProxyType({"error": "critical", "unfinished": "major", "warning": "minor"})


def rule(what: Message) -> str:
    """Return a name for a kind of problem that stays the same in every language and for every file."""
    digest = hashlib.sha256(what.text.encode()).hexdigest()[:6]
    words = slug(what.text.replace("{", " ").replace("}", " ")).split("-")
    return f"{'-'.join(words[:6])}-{digest}"


def sarif(problems: Iterable[Problem], translate: Translate, folder: PurePosixPath, version: str) -> str:
    """Return the problems as SARIF 2.1.0 (OASIS), columns in characters.

    Args:
        problems: what to tell.
        translate: into the language of those who read it.
        folder: the site's, from the repository's root.
        version: of this program.
    """
    found = list(problems)
    rules = {rule(problem.what): problem for problem in found}
    run = {
        "tool": {
            "driver": {
                "name": "Assises",
                "version": version,
                "rules": [_rule(id, problem, translate) for id, problem in sorted(rules.items())],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, translate, folder) for problem in found],
    }
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _rule(id: str, problem: Problem, translate: Translate) -> dict[str, Any]:
    return {
        "id": id,
        "shortDescription": {"text": translate(problem.what.text)},
        "defaultConfiguration": {"level": _SARIF[problem.severity]},
    }


def _result(problem: Problem, translate: Translate, folder: PurePosixPath) -> dict[str, Any]:
    at = problem.location
    return {
        "ruleId": rule(problem.what),
        "level": _SARIF[problem.severity],
        "message": {"text": " ".join(problem.sentences(translate))},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(str(folder / at.path)), "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": at.line, "startColumn": at.column},
                }
            }
        ],
    }


def github(problems: Iterable[Problem], translate: Translate, folder: PurePosixPath) -> str:
    """Return the problems as workflow commands, a line each, which GitHub shows at the line of a change.

    https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
    """
    lines = []
    for problem in problems:
        at = problem.location
        title, *rest = problem.sentences(translate)
        facts = {
            "file": str(folder / at.path),
            "line": str(at.line),
            "col": str(at.column),
            "title": title,
        }
        named = ",".join(f"{key}={_escaped(value, ',:')}" for key, value in facts.items())
        lines.append(f"::{_GITHUB[problem.severity]} {named}::{_escaped(' '.join(rest) or title)}\n")
    return "".join(lines)


def _escaped(text: str, also: str = "") -> str:
    for sign in f"%\r\n{also}":
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text


def gitlab(problems: Iterable[Problem], translate: Translate, folder: PurePosixPath) -> str:
    """Return the problems as GitLab's code quality report, which merge requests show at the line.

    https://docs.gitlab.com/ci/testing/code_quality/
    """
    seen: Counter[str] = Counter()
    report = []
    for problem in problems:
        path = str(folder / problem.location.path)
        told = " ".join(problem.sentences(translate))
        # Without its line: a problem that only moved is not a new one.
        same = f"{path}\n{rule(problem.what)}\n{problem.what.render()}"
        seen[same] += 1
        report.append(
            {
                "description": told,
                "check_name": rule(problem.what),
                "fingerprint": hashlib.sha256(f"{same}\n{seen[same]}".encode()).hexdigest(),
                "severity": _GITLAB[problem.severity],
                "location": {
                    "path": path,
                    "positions": {
                        "begin": {"line": problem.location.line, "column": problem.location.column}
                    },
                },
            }
        )
    return json.dumps(report, ensure_ascii=False, indent=1) + "\n"


def rows(problems: Sequence[Problem], translate: Translate) -> list[dict[str, Any]]:
    """Return problems as our own JSON has them."""
    return [
        {
            "path": str(problem.location.path),
            "line": problem.location.line,
            "column": problem.location.column,
            "severity": problem.severity,
            "rule": rule(problem.what),
            "what": problem.what.render(translate),
            "why": problem.why.render(translate),
            "mend": problem.mend.render(translate),
        }
        for problem in problems
    ]


def document(problems: Sequence[Problem], translate: Translate) -> str:
    """Return problems as one JSON document, for a file."""
    ok = all(problem.severity == "warning" for problem in problems)
    found = {"ok": ok, "problems": rows(problems, translate), "counts": dict(counts(problems))}
    return json.dumps(found, ensure_ascii=False) + "\n"


def counts(problems: Iterable[Problem]) -> Mapping[Severity, int]:
    """Return how many problems there are of each severity."""
    found = Counter(problem.severity for problem in problems)
    return {severity: found[severity] for severity in ("error", "unfinished", "warning")}
