"""A page's Markdown → its links and the names that it gives to addresses and notes, where they are written. Pure."""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import unquote

from markdown_it.common.utils import normalizeReference
from markdown_it.token import Token

from assises.markdown import names, tokens, walk

_NAME = re.compile(r"\[([^\[\]]+)\]")
_ADDRESS = re.compile(r"[./:#]")
_DEFINITION = re.compile(r"[ >]*\[([^\[\]]+)\]:")


@dataclass(frozen=True, slots=True)
class Link:
    """A link or an image of a page."""

    href: str
    line: int
    """From 1."""

    column: int
    """From 1, in characters: where the address stands."""

    text: str
    """What is read: a link's words, an image's alternative."""

    words_at: tuple[int, int]
    """Line and column, from 1, of the words, which a reference has elsewhere than its address."""

    is_image: bool = False


@functools.lru_cache(maxsize=1024)
def links(text: str) -> Sequence[Link]:
    """Return the links and images of a page, by the ends that they have, each where its address is written."""
    starts = [0, *(found.end() for found in re.finditer("\n", text)), len(text)]
    found, after, block = list[Link](), 0, (-1, -1)
    defined = _definitions(text, starts)
    for href, words, is_image, lines in _hrefs(tokens(text), len(starts) - 1):
        start, end = starts[lines[0]], starts[min(lines[1], len(starts) - 1)]
        after, block = (after if lines == block else start), lines
        index = _index(href, text, after, end)
        if index is None:
            at, words_at = defined.get(href, start), text.find(f"[{words}", start, end) + 1 or start
        else:
            at, after, words_at = index, index + 1, _words_before(index, text, start)
        found.append(Link(href, *_position(at, starts), words, _position(words_at, starts), is_image))
    return tuple(found)


def unused(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line, from 0, that was read as a note or as an address that nothing refers to, and its name.

    Such lines are not shown. An address that looks like one was meant as such, and is no loss.
    """
    notes, addresses = names(text).get("footnotes", {}).get("refs", {}), names(text).get("references", {})
    code = code_lines(text)
    named = Counter(normalizeReference(found[1]) for found in _NAME.finditer(text))
    for number, line in enumerate(text.split("\n")):
        if number in code or not (found := _DEFINITION.match(line)):
            continue
        name, key = found[1], normalizeReference(found[1])
        if name.startswith("^"):
            lost = notes.get(f":{name[1:]}", 0) < 0
        else:
            lost = key in addresses and named[key] == 1 and not _ADDRESS.search(addresses[key]["href"])
        if lost:
            yield number, name


def twice(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line, from 0, that gives another address to a name that has one, and the name."""
    lines = text.split("\n")
    for repeated in names(text).get("duplicate_refs", ()):
        number = repeated["map"][0]
        found = _DEFINITION.match(lines[number])
        yield number, found[1] if found else repeated["label"]


def code_lines(text: str) -> frozenset[int]:
    """Return the lines, from 0, that are code."""
    return frozenset(
        number
        for token in tokens(text)
        if token.type in ("fence", "code_block") and token.map
        for number in range(*token.map)
    )


def _hrefs(found: Sequence[Token], end: int) -> Iterator[tuple[str, str, bool, tuple[int, int]]]:
    """Yield each link's address and words, whether it is an image, and the lines of its block.

    Lines are from 0, the second not included. A note that is written within a line has no lines of its own:
    it can stand anywhere.
    """
    for token in found:
        first, last = token.map or (0, end)
        opened = list[tuple[str, list[Token]]]()
        for child in walk(token.children or ()):
            if child.type == "link_open":
                opened.append((str(child.attrGet("href") or ""), []))
            elif child.type == "link_close":
                href, inner = opened.pop()
                yield href, _words(inner), False, (first, last)
            elif opened:
                opened[-1][1].append(child)
            if child.type == "image":
                yield str(child.attrGet("src") or ""), child.content, True, (first, last)


def _words(within: Sequence[Token]) -> str:
    """Return what is read of a link, from the tokens between its ends."""
    words = []
    for token in within:
        if token.type in ("text", "code_inline") and token.content:
            words.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            words.append(" ")
    return "".join(words).strip()


def _index(href: str, text: str, start: int, end: int) -> int | None:
    """Return where a link's address stands in its block, or None where it is defined elsewhere."""
    found = [
        index + len(sign)
        for sign in ("](", "](<", "<")
        for spelling in _spellings(href)
        if (index := text.find(sign + spelling, start, end)) >= 0
    ]
    return min(found, default=None)


def _spellings(href: str) -> Sequence[str]:
    """Return the ways in which an address can be written."""
    return tuple(dict.fromkeys((href, unquote(href), escape(href), escape(unquote(href)))))


def _definitions(text: str, starts: Sequence[int]) -> dict[str, int]:
    """Return where each address stands that a name was given to."""
    found = dict[str, int]()
    for reference in names(text).get("references", {}).values():
        first, last = reference["map"]
        colon = text.find("]:", starts[first], starts[last])
        for spelling in _spellings(reference["href"]):
            if (index := text.find(spelling, colon, starts[last])) >= 0:
                found.setdefault(reference["href"], index)
                break
    return found


def _words_before(address: int, text: str, start: int) -> int:
    """Return where the words of a link begin that stand before its address, if it is not shown itself."""
    bracket = text.rfind("[", start, address) if text.endswith(("](", "](<"), start, address) else -1
    return bracket + 1 if bracket >= 0 else address


def _position(index: int, starts: Sequence[int]) -> tuple[int, int]:
    """Return the line and column, from 1, of a place in a text whose lines start at `starts`."""
    line = bisect_right(starts, index, hi=len(starts) - 1)
    return line, index - starts[line - 1] + 1
