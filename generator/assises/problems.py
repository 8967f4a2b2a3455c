"""What is wrong with a user's input, where it stands, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

Severity = Literal["error", "unfinished", "warning"]
"""``error``: nothing is built. ``unfinished``: the site can be built and looked at, but is not yet fit to be
launched, so `assises check` fails. ``warning``: shown, and nothing else."""


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence for a person: an English template that catalogues translate, and what fills it."""

    text: str
    """The sentence in English, with ``{name}`` where an argument goes; also the catalogue's key."""

    arguments: dict[str, object] = field(default_factory=dict, hash=False)

    def render(self, translate: Callable[[str], str] = str) -> str:
        """Return the sentence, translated, with its arguments in place."""
        template = translate(self.text) if self.text else ""
        return template.format(**self.arguments) if self.arguments else template


def message(text: str, **arguments: object) -> Message:
    """Return a `Message`; the name by which catalogues find the sentences to translate."""
    return Message(text, arguments)


NOTHING = Message("")


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file of the site."""

    path: PurePosixPath
    """Relative to the site's folder."""

    line: int = 1
    """From 1."""

    column: int = 1
    """From 1, in characters."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the user's files that keeps the site from being built, or that deserves a look."""

    location: Location
    what: Message
    """What is wrong."""

    mend: Message = NOTHING
    """What to do about it."""

    severity: Severity = "error"
    why: Message = NOTHING
    """Why it matters, where that is not plain."""

    def sentences(self, translate: Callable[[str], str] = str) -> list[str]:
        """Return what is wrong, why it matters and how to mend it: those that are said."""
        return [part.render(translate) for part in (self.what, self.why, self.mend) if part.text]

    def render(self, translate: Callable[[str], str] = str) -> str:
        """Return one line for a terminal: ``path:line:column: what is wrong. Why. How to mend it.``."""
        return f"{self.location}: {' '.join(self.sentences(translate))}"


def hinders(problems: Iterable[Problem]) -> bool:
    """Tell whether any of these problems keeps the site from being built."""
    return any(problem.severity == "error" for problem in problems)


class ContentError(Exception):
    """The user's files have problems; all of them are listed."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.render() for problem in self.problems))
