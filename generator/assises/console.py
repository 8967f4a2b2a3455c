"""What the commands say: sentences for people, or one JSON document for machines."""

from __future__ import annotations

import json
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click

from assises.excerpt import Excerpts
from assises.problems import Message, Problem, Severity, message
from assises.reports import counts, rows

_LABELS: Mapping[Severity, tuple[Message, str]] = {
    "error": (message("error"), "red"),
    "unfinished": (message("unfinished"), "magenta"),
    "warning": (message("warning"), "yellow"),
}
"""What each problem begins with, and in which colour."""

MOST = 50
"""Problems that a person is shown at once."""

_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(slots=True)
class Console:
    """One command's way of speaking."""

    translate: Callable[[str], str] = str
    quiet: bool = False
    as_json: bool = False
    root: Path = field(default_factory=Path)
    """The site's folder, as it was named: what problems are told from, and quoted from."""

    most: int = MOST
    """Problems that are shown at most."""

    started: float = field(default_factory=time.perf_counter)

    @property
    def aside(self) -> Console:
        """The console for a part of the work: the whole answers with one JSON document, so a part gives none."""
        return replace(self, quiet=True, as_json=False) if self.as_json else self

    def say(self, sentence: Message) -> None:
        """Say what was done or what comes next; not when quiet, nor in JSON."""
        if not (self.quiet or self.as_json):
            click.echo(sentence.render(self.translate))

    def echo(self, text: str, end: str = "\n") -> None:
        """Print what was asked for and needs no translation: rows of a table, a contribution's own words.

        Marks that would turn the letters around the other way are shown by their number.
        """
        if not self.as_json:
            click.echo(_DIRECTION.sub(lambda found: f"<U+{ord(found[0]):04X}>", text) + end, nl=False)

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
        """Show problems, each at its place with the line that stands there, and count them."""
        found = list(problems)
        if self.as_json:
            ok = all(problem.severity == "warning" for problem in found)
            self.json(ok=ok, problems=self.rows(found), counts=dict(counts(found)))
            return
        shown = [problem for problem in found if not (self.quiet and problem.severity == "warning")]
        excerpts = Excerpts(self.root)
        for problem in shown[: self.most]:
            click.echo(self._told(problem, excerpts), err=True)
        if len(shown) > self.most:
            more = message("… and {count} more; --all shows them.", count=len(shown) - self.most)
            click.echo(more.render(self.translate), err=True)

    def counted(self, problems: Iterable[Problem]) -> None:
        """Say how many problems there are of each severity."""
        number = counts(problems)
        told = message(
            "Errors: {errors}. Unfinished: {unfinished}. Warnings: {warnings}.",
            errors=number["error"],
            unfinished=number["unfinished"],
            warnings=number["warning"],
        )
        if not self.as_json:
            click.echo(told.render(self.translate), err=True)

    def _told(self, problem: Problem, excerpts: Excerpts) -> str:
        """Return a problem in several lines: where and what, the line quoted with a mark, why, and the mend."""
        word, colour = _LABELS[problem.severity]
        at = problem.location
        label = click.style(word.render(self.translate), fg=colour, bold=True)
        place = click.style(f"{(self.root / at.path).as_posix()}:{at.line}:{at.column}:", bold=True)
        what, *rest = problem.sentences(self.translate)
        lines = [f"{label} {place} {what}"]
        width = shutil.get_terminal_size((100, 24)).columns
        if quote := excerpts.quote(at, width - 10):
            mark = click.style(quote.mark, fg=colour, bold=True)
            lines += [f"{at.line:>6} | {quote.line}", f"{'':6} | {mark}"]
        return "\n".join([*lines, *(f"{'':6} = {sentence}" for sentence in rest)])

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
        return rows(list(problems), self.translate)
