"""What was probably slipped where a text is no YAML, in the words of somebody who writes and does not program."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from assises.problems import NOTHING, Message, Problem, message
from assises.source import Places

_NO_BREAK = "\u00a0\u2007\u202f\u3000\u2002\u2003\u2009"
_INVISIBLE = re.compile(rf"[ \t]*(?:- )?(?:[{_NO_BREAK}]|[\w-]+[ ]?:[ ]*[{_NO_BREAK}])")
_NO_SPACE_AFTER_COLON = re.compile(r"[ ]*(?:- )?([A-Za-z_][\w-]*):(?!//)([^\s:].*)")
_NO_SPACE_AFTER_DASH = re.compile(r"[ ]*-(?!-)([^\s\d].*)")
_OTHER_SIGN = re.compile(r"([A-Za-z_][\w-]*)[ ]*([=;])[ ]*(.*)")
_BARE = re.compile(r"([a-z_]{3,})[ ]*")
_TEXT_FOLLOWS = re.compile(r".*:[ ]*[|>][-+]?[0-9]?[ ]*$")


UNREADABLE = (
    message("This line cannot be read."),
    message('Put what follows the colon in quotes: "…", and compare the line with those above.'),
)
"""What is told where nothing better is known."""


def slips(text: str, places: Places) -> list[Problem]:
    """Return each line of a text that is no YAML in which a sign is missing, or one stands that is not seen."""
    found, start = [], 0
    for line in _outside_blocks(text):
        for column, what, mend in _slips_of(line):
            found.append(Problem(places.at(start + column), what, mend))
        start += len(line) + 1
    return found


def _outside_blocks(text: str) -> Iterator[str]:
    """Yield each line; those of texts that a “|” or “>” begins without their words, which may be anything."""
    indent = None
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(" "))
        if indent is not None and (not line.strip() or depth > indent):
            yield " " * len(line)
            continue
        indent = depth if _TEXT_FOLLOWS.match(line) else None
        yield line


def _slips_of(line: str) -> Iterator[tuple[int, Message, Message]]:
    if found := _INVISIBLE.match(line):
        yield (
            found.end() - 1,
            message("An invisible no-break space stands here."),
            message("Delete it, and type an ordinary space."),
        )
    elif found := _NO_SPACE_AFTER_COLON.match(line):
        yield (
            found.start(2),
            message("A space is missing after the colon."),
            message("Write “{key}: {value}”.", key=found[1], value=_short(found[2])),
        )
    elif found := _NO_SPACE_AFTER_DASH.match(line):
        yield (
            found.start(1),
            message("A space is missing after the hyphen."),
            message("Write “- {value}”.", value=_short(found[1])),
        )
    elif found := _OTHER_SIGN.fullmatch(line):
        yield (
            found.start(2),
            message("“{sign}” stands where a colon is expected.", sign=found[2]),
            message("Write “{key}: {value}”.", key=found[1], value=_short(found[3])),
        )
    elif found := _BARE.fullmatch(line):
        yield (
            found.end(1),
            message("A colon is missing after “{key}”.", key=found[1]),
            message("Write “{key}: …”.", key=found[1]),
        )


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


_QUOTES = message('Put the whole text in quotes: "…".')
_STRAIGHT = message('Between “ ” or « », quotes are words: put straight ones around them all: "…".')
_CAUSES = (
    (
        ("escape character", "expected hexdecimal"),
        message("Between double quotes, a backslash begins a special sign."),
        message("Write two backslashes, or use single quotes."),
    ),
    (
        ("quoted scalar",),
        message("These quotes are not closed."),
        message("Close them with the same sign."),
    ),
    (
        ("chomping or indentation", "a comment or a line break", "expected comment or line break"),
        message("After “|” or “>”, the text begins on the next line."),
        message("Go to the next line, and begin it with two spaces; or put the whole text in quotes."),
    ),
    (
        ("scanning a tag", "parsing a tag"),
        message("A text cannot begin with “!”."),
        _QUOTES,
    ),
    (
        ("found unexpected ':'",),
        message("A colon cannot stand within a list in one line."),
        message('Put the entry in quotes: ["…", "…"].'),
    ),
    (
        ("%YAML", "%TAG", "a directive"),
        message("A line cannot begin with “%”."),
        _QUOTES,
    ),
    (
        ("cannot start any token", "an alias", "an anchor"),
        message("A text cannot begin with “{sign}”."),
        _QUOTES,
    ),
    (
        ("could not find expected ':'",),
        message("A colon is missing here or on the line above."),
        message("Write “key: value”."),
    ),
    (
        ("are not allowed in this context", "are not allowed here"),
        message("This sign begins a list or a key, which cannot stand here."),
        message("Begin it on a line of its own, or put the whole text in quotes."),
    ),
    (
        ("a flow",),
        message("A bracket is not closed, or a comma is missing."),
        NOTHING,
    ),
    (
        ("a block", "<document start>"),
        message("This line is not in line with those above."),
        message("Begin it with as many spaces as the lines that it belongs to."),
    ),
)
"""What libyaml or PyYAML say, in the words of somebody who writes and does not program."""


def syntax_problem(error: yaml.MarkedYAMLError, text: str, places: Places) -> Problem:
    """Return what a parser, libyaml's or PyYAML's own, could not read, where it is best mended."""
    mark = error.problem_mark or error.context_mark
    index = min(mark.index if mark else 0, len(text))
    why = f"{error.context or ''} {error.problem or ''}".strip()
    line_start = text.rfind("\n", 0, index) + 1
    before = text[line_start:index]
    if text[:line_start].rstrip("\n").endswith("\n..."):
        what, mend = message("“...” ends the description, and more follows."), message("Delete this line.")
        return Problem(places.at(text.rindex("...", 0, line_start)), what, mend)
    if "\t" in text[line_start : index + 1]:
        what, mend = message("A tabulation stands here."), message("Use spaces instead.")
        return Problem(places.at(text.index("\t", line_start)), what, mend)
    if "mapping values are not allowed" in why:
        return Problem(places.at(index), *_colon(before))
    if "a block" in why and (told := _after_a_value(before, text[index : index + 1])):
        return Problem(places.at(index), *told)
    for signs, what, mend in _CAUSES:
        if any(sign in why for sign in signs):
            if error.context_mark and any(
                word in why for word in ("quoted scalar", "an alias", "an anchor", "a flow")
            ):
                index = error.context_mark.index
            return Problem(places.at(index), message(what.text, sign=text[index : index + 1]), mend)
    return Problem(places.at(index), *UNREADABLE)


def _colon(before: str) -> tuple[Message, Message]:
    """Return what is wrong with a colon that cannot be a key's, from what stands before it on its line."""
    if ": " in before:
        mend = _STRAIGHT if re.search("[“«]", before) else _QUOTES
        return message("A second colon in one line is taken for that of a key."), mend
    return (
        message("This line does not follow from the one above."),
        message("Put a space after the colon above, and begin both lines with as many spaces."),
    )


def _after_a_value(before: str, sign: str) -> tuple[Message, Message] | None:
    """Return what is wrong where a line goes on after a value that has ended, or closes what was never opened."""
    if sign in "]}" and sign:
        return (
            message("“{sign}” closes a bracket that nothing opens.", sign=sign),
            message("Delete it, or put the whole text in quotes."),
        )
    if sign == ":":
        return message("The key before this colon is missing."), message("Write “key: value”.")
    value = before.rstrip()
    if value.endswith(("'", '"', "]", "}")):
        return (
            message("The text goes on after “{sign}”, which ends it.", sign=value[-1]),
            message('Put double quotes around the whole of it, and none within: "L’été [2026]".'),
        )
    return None
