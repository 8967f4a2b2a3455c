"""A page's words → signs left in them that were meant to do something, and are shown as they are typed. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from markdown_it.token import Token

from assises import markdown
from assises.content import Page
from assises.problems import Location, Message, Problem, message
from assises.scalars import shown

_MOST = 20
"""Signs of one kind that are told of a paragraph."""

_AROUND = 12
"""Signs before and after, by which one is found again where it is written."""

_BETWEEN_TICKS = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")


@dataclass(frozen=True, slots=True)
class _Sign:
    """A kind of sign that is looked for in words that were read as nothing but words."""

    pattern: re.Pattern[str]
    """What it looks like."""

    what: Message
    """What is wrong with it; may name `{signs}`."""

    mend: Callable[[str], Message]
    """How to mend one."""

    paired: bool = False
    """Whether two of them are one slip."""


def stray_sign_problems(page: Page) -> Iterator[Problem]:
    """Yield each sign of Markdown, HTML or another tool that a page shows as it is typed."""
    lines = [without_code(line) for line in page.body.split("\n")]
    for token in markdown.tokens(page.body):
        if token.type == "inline":
            first, last = token.map or (0, len(lines))
            for sign, text, at in _found(_read_as_words(token), lines[first:last]):
                what = Message(sign.what.text, {"signs": shown(text)} if "{signs}" in sign.what.text else {})
                line, column = at
                place = Location(page.path, page.body_line + first + line, column + 1)
                yield Problem(place, what, sign.mend(text), "warning")


def without_code(line: str) -> str:
    """Return a line with spaces in place of the code within it."""
    return _BETWEEN_TICKS.sub(lambda found: " " * len(found[0]), line)


def _read_as_words(inline: Token) -> str:
    """Return what is neither link, image nor code; a NUL stands for each of these."""
    depth, parts = 0, list[str]()
    for child in inline.children or ():
        depth += child.nesting if child.type in ("link_open", "link_close") else 0
        if child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        else:
            parts.append(child.content if child.type == "text" and depth == 0 else "\0")
    return "".join(parts)


def _found(text: str, lines: Sequence[str]) -> Iterator[tuple[_Sign, str, tuple[int, int]]]:
    """Yield each sign, what it is in this text, and its line and column in the block, from 0."""
    written = "\n".join(lines)
    taken = set[int]()
    for sign in _SIGNS:
        for found in islice(sign.pattern.finditer(text), 0, _MOST, 2 if sign.paired else 1):
            index = None if _closes(found[0], text) else _index(found, text, written)
            if index is not None and index not in taken:
                taken.add(index)
                before = written[:index]
                yield sign, found[0], (before.count("\n"), index - before.rfind("\n") - 1)


def _index(found: re.Match[str], text: str, written: str) -> int | None:
    """Return where a sign is written, or None where it was written so that it is shown: ``\\*``, ``&lt;``."""
    sign = found[0].partition("\n")[0]
    before = re.split("[\0\n]", text[max(0, found.start() - _AROUND) : found.start()])[-1]
    after = re.split("[\0\n]", text[found.start() + len(sign) : found.start() + len(sign) + _AROUND])[0]
    for left, right in ((before, after), ("", after), (before, ""), ("", "")):
        start = -1
        while (start := written.find(left + sign + right, start + 1)) >= 0:
            index = start + len(left)
            if written[index - 1 : index] != "\\":
                return index
    return None


def _closes(signs: str, text: str) -> bool:
    """Return whether a tag only closes what another began that is told already."""
    return signs.startswith("</") and f"<{signs[2:-1]}" in text


def _always(mend: Message) -> Callable[[str], Message]:
    return lambda _: mend


def _html(tag: str) -> Message:
    """Return what stands for an HTML tag in Markdown."""
    name = re.split(r"[^a-z0-9]", tag.casefold().lstrip("</"))[0]
    return next((mend for names, mend in _TAGS if name in names), _NO_TAG)


_NO_TAG = message("Write it in Markdown, or take it out.")
_TAGS: tuple[tuple[Sequence[str], Message], ...] = (
    (("",), message("Take the whole remark out: everybody would read it.")),
    (("b", "strong"), message("Write “**words**” for bold.")),
    (("i", "em"), message("Write “*words*” for italics.")),
    (("a",), message("Write “[words](address)”.")),
    (("img",), message("Write “![what it shows](file.jpg)”.")),
    (("br", "p", "div"), message("Leave an empty line where a new paragraph begins.")),
    (("iframe", "video", "audio", "script", "embed", "object"), message("Put a link to it in its place.")),
)

_LINK = message("Write “[words](address)”, the address without spaces (“%20” stands for one).")

_SIGNS = (
    _Sign(
        re.compile(r"</?[a-zA-Z][a-zA-Z0-9-]*(?:\s[^<>]*)?/?>|<!--"),
        message("HTML is not read: “{signs}” is shown as it is typed."),
        _html,
    ),
    _Sign(re.compile(r"\]\("), message("This is not read as a link."), _always(_LINK)),
    _Sign(
        re.compile(r"\[\^[^\[\]\s]+\]"),
        message("The footnote “{signs}” is nowhere written."),
        lambda signs: message("Add a line “{signs}: …” at the end of the page.", signs=shown(signs)),
    ),
    _Sign(
        re.compile(r"\[[^\[\]]+\]\[[^\[\]]*\]"),
        message("“{signs}” names an address that is nowhere written."),
        _always(message("Write “[words](address)”.")),
    ),
    _Sign(
        re.compile(
            r"\{\{[^{}\n]{0,200}\}\}|\{%[^{}\n]{0,200}%\}|\{[.#][\w-]+\}|^:::.*|\[\[[^\[\]\n]+\]\]|\[/[a-z]+\]"
            r"|\[_?TOC_?\]|==[^\s=][^=\n]*==|\A\[[ xX]\](?=\s)",
            re.MULTILINE,
        ),
        message("“{signs}” means something to another tool, and is shown here as it is typed."),
        _always(message("Take it out, or write plain words in its place.")),
    ),
    _Sign(
        re.compile(r"(?<!\*)\*{2,3}(?!\*)|(?<![_\w])__(?!_)|(?<!_)__(?![_\w])"),
        message("“{signs}” is shown as it is typed."),
        lambda signs: message(
            "For bold, write “**words**”, with spaces outside of the signs and none inside; to show them, “{escaped}”.",
            escaped="\\" + "\\".join(signs),
        ),
        paired=True,
    ),
    _Sign(
        re.compile(
            r"&[a-zA-Z]{2,31}[0-9]{0,2};|&(?:nbsp|amp|quot|[lg]t|euro|[lr]aquo|[aeiouc](?:acute|grave|circ|uml|cedil))\b"
        ),
        message("“{signs}” is no sign that a page can show."),
        _always(message("Type the sign itself.")),
    ),
    _Sign(
        re.compile(
            r"Erreur\s?! (?:Source|Signet|Référence)[^.\n]*|Error! (?:Reference|Bookmark|Hyperlink)[^.\n]*"
        ),
        message("“{signs}” came with words pasted from Word."),
        _always(message("Write the name or the number that stood there.")),
    ),
    _Sign(
        re.compile(
            r"(?<![\w@/.=\"'])(?<!\]\()(?<!\] \()(?<!\)\[)(?:https?://|www\.)[^\s<>()\[\]«»\"]+[^\s<>()\[\]«»\".,;:!?…]"
        ),
        message("“{signs}” is no link: nobody can follow it."),
        _always(message("Write “[words](address)”, with the name of what is found there as words.")),
    ),
    _Sign(
        re.compile(r"(?<![\w@/.+-])\w[\w.+-]{0,63}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}\.[a-z]{2,15}\b"),
        message("“{signs}” is no link: nobody can follow it."),
        lambda signs: message("Write “<{address}>”.", address=shown(signs)),
    ),
)
