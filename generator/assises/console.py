"""What the commands say: sentences for people, or one JSON document for machines."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import click

from assises.problems import Message, Problem, Severity, message

_LABELS: Mapping[Severity, tuple[Message, str]] = {
    "error": (message("error"), "red"),
    "unfinished": (message("unfinished"), "magenta"),
    "warning": (message("warning"), "yellow"),
}
"""What each problem begins with, and in which colour."""

_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(slots=True)
class Console:
    """One command's way of speaking."""

    translate: Callable[[str], str] = str
    quiet: bool = False
    as_json: bool = False
    started: float = field(default_factory=time.perf_counter)

    def say(self, sentence: Message) -> None:
        """Say what was done or what comes next; not when quiet, nor in JSON."""
        if not (self.quiet or self.as_json):
            click.echo(sentence.render(self.translate))

    def echo(self, text: str) -> None:
        """Print what was asked for and needs no translation: rows of a table, a contribution's own words.

        Marks that would turn the letters around the other way are shown by their number.
        """
        if not self.as_json:
            click.echo(_DIRECTION.sub(lambda found: f"<U+{ord(found[0]):04X}>", text))

    def done(self, sentence: Message, **facts: Any) -> None:
        """Say what the command did, with the time that it took; in JSON, give the facts."""
        took = time.perf_counter() - self.started
        self.json(**{"ok": True, **facts, "seconds": round(took, 3)})
        if not (self.quiet or self.as_json):
            text = sentence.render(self.translate)
            click.echo(f"{click.style('✓', fg='green')} {text} ({self.seconds(took)})")

    def json(self, **facts: Any) -> None:
        """Give the facts, where JSON was asked for."""
        if self.as_json:
            click.echo(json.dumps(facts, ensure_ascii=False))

    def next(self, sentence: Message) -> None:
        """Say what a person would do next."""
        self.say(message("Next: {what}", what=sentence.render(self.translate)))

    def problems(self, problems: Iterable[Problem]) -> None:
        """Show problems, each at its place, errors apart from warnings."""
        found = list(problems)
        if self.as_json:
            self.json(ok=all(problem.severity == "warning" for problem in found), problems=self.rows(found))
            return
        for problem in found:
            if not (self.quiet and problem.severity == "warning"):
                word, colour = _LABELS[problem.severity]
                label = click.style(word.render(self.translate), fg=colour, bold=True)
                click.echo(f"{label} {problem.render(self.translate)}", err=True)

    def failed(self, sentence: Message) -> None:
        """Say why the command could not do its work."""
        text = sentence.render(self.translate)
        self.json(ok=False, error=text)
        if not self.as_json:
            click.echo(f"{click.style('✗', fg='red')} {text}", err=True)

    def progress(self, label: Message) -> Callable[[int, int], None] | None:
        """Return what shows how far long work has come; None where nobody watches."""
        if self.quiet or self.as_json or not sys.stderr.isatty():
            return None
        text = label.render(self.translate)

        def show(count: int, total: int) -> None:
            # Short work ends before anyone could read it.
            if time.perf_counter() - self.started > 1 and (count % 50 == 0 or count == total):
                end = "\n" if count == total else "\r"
                click.echo(f"  {text} {count}/{total}{end}", err=True, nl=False)

        return show

    def seconds(self, took: float) -> str:
        """Return a duration as this language writes it: « 0,42 s »."""
        mark = message("decimal point: .").render(self.translate)[-1]
        return f"{took:.2f}".replace(".", mark) + "\u00a0s"

    def rows(self, problems: Iterable[Problem]) -> list[dict[str, Any]]:
        """Return problems as JSON has them."""
        return [
            {
                "path": str(problem.location.path),
                "line": problem.location.line,
                "column": problem.location.column,
                "severity": problem.severity,
                "what": problem.what.render(self.translate),
                "why": problem.why.render(self.translate),
                "mend": problem.mend.render(self.translate),
            }
            for problem in problems
        ]
