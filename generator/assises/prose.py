"""What staff write in Markdown → what a reader would stumble over. Pure.

Rules of accessibility name their criterion (RGAA 4, the French reading of WCAG); all others are about Markdown
that is not read as it was meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from markdown_it.token import Token

from assises import markdown
from assises.content import Page, Plain, Text
from assises.link_words import link_word_problems
from assises.links import place
from assises.page_links import code_lines, twice, unused
from assises.problems import Location, Problem, message
from assises.scalars import shown
from assises.site import Site
from assises.stray_signs import stray_sign_problems, without_code

_HEADING_WITHOUT_SPACE = re.compile(r"(#{1,6})[^\s#]")
_HASHTAG = re.compile(r"(?:^|\s)#\w")
_LINK_WITH_SPACE = re.compile(r"\]\s+\((?=https?:|www\.|mailto:|\.{0,2}/|[\w-]+\.(?:md|pdf))")
_LINK_BACKWARDS = re.compile(r"\([^()]+\)\[(?=https?:|www\.|\.{0,2}/|[\w-]+\.(?:md|pdf))")
_CONFLICT = re.compile(r"(?:<{7}|>{7})(?: |$)")
_LOST = re.compile("[\ufffd\ue000-\uf8ff]|Ã[©¨ª«®´¹»§ ]|â€[™œ“”¦]|Â[«»°·\u00a0]|Å“")
_BULLET = re.compile(r"\s*[•·▪◦‣●]\s*\S")
_TABLE_ROW = re.compile(r"\s*\|.*\|\s*$")
_DASH = re.compile(r"\s*[–—−]\s+\S")
_NO_SPACE = re.compile(r"\s*([-+]|\d{1,2}[.)])[^\W\d_]")
_STAR_NO_SPACE = re.compile(r"\s*\*[^\W\d_][^*]*$")
_KEY = re.compile(r"[a-z_]+:(?:\s|$)")
_MARKUP_IN_TEXT = re.compile(r"\*\*|\[[^\[\]]+\]\([^()]+\)|</?[a-zA-Z][^<>]*>")

_YEAR = 1000
"""Nobody numbers so far: a list that begins there is a sentence that begins with a year."""

LONGEST_TITLE = 120
LONGEST_SUMMARY = 300
"""Signs: feeds, search engines and shared links cut longer ones."""


def prose_problems(site: Site) -> Iterator[Problem]:
    """Yield what is wrong with the words of each page."""
    for page in site.content.pages:
        yield from _front_matter(page)
        yield from _Body(page).problems()
        yield from link_word_problems(page)
        yield from stray_sign_problems(page)


# --- front matter


def _front_matter(page: Page) -> Iterator[Problem]:
    for key, most in (("title", LONGEST_TITLE), ("summary", LONGEST_SUMMARY)):
        text, at = getattr(page, key), place(page, key)
        if key not in page.places:
            continue  # taken from the page that it translates
        if _MARKUP_IN_TEXT.search(text):
            what = message("“{key}” is shown as it is typed, signs of Markdown and HTML included.", key=key)
            yield Problem(at, what, message("Write plain words there."), "warning")
        if len(text) > most:
            what = message("“{key}” has {length} signs.", key=key, length=len(text))
            why = message("Feeds and shared links cut it after some {most}.", most=most)
            yield Problem(at, what, message("Say it in fewer words."), "warning", why)
        if key == "title" and len(text) > 12 and text.isupper():
            what = message("This title is all in capitals.")
            why = message("It is hard to read, and some screen readers spell it letter by letter.")
            mend = message("Write it as in a sentence: the theme gives titles their look.")
            yield Problem(at, what, mend, "warning", why)


# --- the text


@dataclass(slots=True)
class _Body:
    """One page's Markdown, looked through line by line and token by token."""

    page: Page

    def problems(self) -> Iterator[Problem]:
        """Yield everything that is wrong with it."""
        tokens = markdown.tokens(self.page.body)
        lines = self.page.body.split("\n")
        code = code_lines(self.page.body)
        words = ["" if number in code else without_code(line) for number, line in enumerate(lines)]
        yield from self._empty()
        yield from self._front_matter(words)
        yield from self._fences(tokens, lines)
        yield from self._lines(words)
        yield from self._lists(tokens, words)
        yield from self._headings(tokens, lines)
        yield from self._bold(tokens)
        yield from self._tables(tokens, lines)
        yield from self._names()

    def _at(self, line: int, column: int = 0) -> Location:
        """Return a place of the file, from one of the text, line and column from 0."""
        return Location(self.page.path, self.page.body_line + line, column + 1)

    def _empty(self) -> Iterator[Problem]:
        if self.page.body.strip():
            return
        match self.page:
            case Text():
                yield Problem(self._at(0), message("The draft itself is missing."), _WRITE, "error")
            case Plain():
                yield Problem(self._at(0), message("This page says nothing yet."), _WRITE, "warning")

    def _fences(self, tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[Problem]:
        for token in tokens:
            if token.type == "fence" and token.map:
                first, last = token.map
                if last - first < 2 or not lines[last - 1].strip(" >").startswith(token.markup):
                    what = message("“{signs}” begins a block of code that has no end.", signs=token.markup)
                    mend = message("Close it with the same signs on a line of their own, or take them out.")
                    yield Problem(self._at(first), what, mend, "warning")
            elif token.type == "code_block" and token.map:
                what = message("Four spaces or a tabulation at its beginning make code of this line.")
                yield Problem(self._at(token.map[0]), what, message("Take the spaces away."), "warning")

    def _lines(self, lines: Sequence[str]) -> Iterator[Problem]:
        for number, line in enumerate(lines):
            if _CONFLICT.match(line):
                what = message("Two versions of this text were put together and not yet made one.")
                mend = message(
                    "Keep one of the two, and delete the lines “<<<<<<<”, “=======” and “>>>>>>>”."
                )
                yield Problem(self._at(number), what, mend, "error")
            if (found := _HEADING_WITHOUT_SPACE.match(line)) and len(_HASHTAG.findall(line)) < 2:
                what = message("This is no heading: a space is missing after “{signs}”.", signs=found[1])
                mend = message(
                    "Write “{signs} Title”; or “\\#” where a word with “#” is meant.", signs=found[1]
                )
                yield Problem(self._at(number), what, mend, "warning")
            if _BULLET.match(line) or (_DASH.match(line) and _beside(lines, number, _DASH)):
                what = message("This sign makes no list.")
                mend = message("Begin the line with “- ”.")
                yield Problem(self._at(number, _indent(line)), what, mend, "warning")
            for pattern, what, mend in _PATTERNS:
                for found in pattern.finditer(line):
                    yield Problem(self._at(number, found.start()), what, mend, "warning")

    def _front_matter(self, lines: Sequence[str]) -> Iterator[Problem]:
        """Yield a second front matter, which begins the text."""
        first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
        below = next((line for line in lines[first + 1 :] if line.strip()), "")
        if first < len(lines) and lines[first].strip() == "---" and _KEY.match(below):
            what = message(
                "These lines are shown as text: those between “---” are only read at the beginning of the file."
            )
            mend = message("Put them between the two “---” there, or take them out.")
            yield Problem(self._at(first), what, mend, "warning")

    def _lists(self, tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[Problem]:
        for token in tokens:
            if token.type == "ordered_list_open" and token.map and int(token.attrGet("start") or 1) >= _YEAR:
                what = message("“{year}.” makes a numbered list of this line.", year=token.attrGet("start"))
                mend = message("Write “{year}\\.”.", year=token.attrGet("start"))
                yield Problem(self._at(token.map[0]), what, mend, "warning")
            elif token.type == "paragraph_open" and token.map:
                for number in range(*token.map):
                    yield from self._no_space(number, lines)

    def _no_space(self, number: int, lines: Sequence[str]) -> Iterator[Problem]:
        line = lines[number]
        if found := _NO_SPACE.match(line):
            sign = found[1]
        elif _STAR_NO_SPACE.match(line) and _beside(lines, number, _STAR_NO_SPACE):
            sign = "*"
        else:
            return
        what = message("This is no list: a space is missing after “{sign}”.", sign=sign)
        yield Problem(
            self._at(number, _indent(line)),
            what,
            message("Put a space after “{sign}”.", sign=sign),
            "warning",
        )

    def _headings(self, tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[Problem]:
        found = [
            (token, inline)
            for token, inline in pairwise(tokens)
            if token.type == "heading_open" and token.map
        ]
        shift = 1 if any(token.tag == "h1" for token, _ in found) else 0
        before = 1
        for token, inline in found:
            line = token.map[0] if token.map else 0
            level = int(token.tag[1]) + shift
            if not inline.content.strip():
                yield Problem(
                    self._at(line), message("This heading has no words."), message("Take it out."), "warning"
                )
                continue
            if level > before + 1:
                what = message("This heading leaves out a level.")
                signs = "#" * (before + 1 - shift)
                mend = message("Write “{signs}” in place of “{now}”.", signs=signs, now=token.markup)
                why = message("Who listens to the page takes a part for missing (RGAA 9.1).")
                yield Problem(self._at(line), what, mend, "warning", why)
            if token.markup == "-" and len(lines[line]) > 60:
                what = message("The line “---” below makes a heading of this paragraph.")
                yield Problem(self._at(line), what, message("Put an empty line before “---”."), "warning")
            before = level
        yield from self._title_again(found)

    def _title_again(self, headings: Sequence[tuple[Token, Token]]) -> Iterator[Problem]:
        for heading, inline in headings[:1]:
            if heading.map and inline.content.strip().casefold() == self.page.title.strip().casefold():
                what = message("The page’s title is shown twice.")
                mend = message("Take this line out: what follows “title:” is shown already.")
                yield Problem(self._at(heading.map[0]), what, mend, "warning")

    def _bold(self, tokens: Sequence[Token]) -> Iterator[Problem]:
        """Yield paragraphs in bold that stand for headings: one alone may be a remark."""
        found = [
            inline
            for opening, inline in pairwise(tokens)
            if opening.type == "paragraph_open" and opening.level == 0 and _is_bold(inline)
        ]
        for inline in found if len(found) > 1 else ():
            what = message("These words in bold look like a heading, and are none.")
            mend = message("Write “## {words}”.", words=shown(inline.content.strip(" *_")))
            why = message("Who listens to the page cannot go from part to part (RGAA 9.1).")
            yield Problem(self._at(inline.map[0] if inline.map else 0), what, mend, "warning", why)

    def _names(self) -> Iterator[Problem]:
        for number, name in unused(self.page.body):
            what = message(
                "This line is not shown: nothing on the page refers to “[{name}]”.", name=shown(name)
            )
            mend = message(
                "Write “[{name}]” where it belongs, or the line without its brackets.", name=shown(name)
            )
            yield Problem(self._at(number), what, mend, "warning")
        for number, name in twice(self.page.body):
            what = message("“[{name}]” has an address already: this one is not used.", name=shown(name))
            yield Problem(
                self._at(number), what, message("Give it another name, or take the line out."), "warning"
            )

    def _tables(self, tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[Problem]:
        for index, token in enumerate(tokens):
            if token.type == "table_open" and token.map:
                yield from self._table(token.map, lines, (tokens[at] for at in range(index, len(tokens))))
            elif token.type == "paragraph_open" and token.map:
                first, last = token.map
                rows = [_TABLE_ROW.match(line) for line in lines[first:last]]
                # A lone line between bars is one too where it has several cells, and empty lines part it from others.
                if all(rows) and (last - first > 1 or _cells(lines[first]) > 1):
                    what = message("This is not read as a table.")
                    mend = message(
                        "Below its first line, add one such as “|---|---|” with as many cells; leave no empty lines."
                    )
                    yield Problem(self._at(first), what, mend, "warning")

    def _table(
        self, place: Sequence[int], lines: Sequence[str], tokens: Iterator[Token]
    ) -> Iterator[Problem]:
        first, last = place
        width = _cells(lines[first])
        for number in range(first + 2, last):
            if _cells(lines[number]) > width:
                what = message("This row has more cells than the table has columns: the rest is not shown.")
                mend = message("Write “\\|” for a bar that parts no cells.")
                yield Problem(self._at(number), what, mend, "warning")
        head = list(takewhile(lambda token: token.type != "thead_close", tokens))
        if not any(token.content.strip() for token in head if token.type == "inline"):
            what = message("The columns of this table have no names.")
            why = message("Who listens to it cannot tell what a cell is about (RGAA 5.6).")
            yield Problem(
                self._at(first), what, message("Name each column in the first line."), "warning", why
            )


_WRITE = message("Write it below the second “---”.")

_PATTERNS = (
    (
        _LINK_WITH_SPACE,
        message("A space keeps this from being a link."),
        message("Write “[words](address)” without a space between “]” and “(”."),
    ),
    (
        _LINK_BACKWARDS,
        message("This link is written the wrong way round."),
        message("Write “[words](address)”."),
    ),
    (
        _LOST,
        message("A sign was lost here, or came from a font that readers do not have."),
        message("Type it anew; it often comes with words pasted from elsewhere."),
    ),
)
"""What is looked for in each line that is no code."""


def _cells(line: str) -> int:
    plain = re.sub(r"\\\||`[^`]*`", "", line).strip()
    return len(plain.strip("|").split("|"))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _beside(lines: Sequence[str], number: int, pattern: re.Pattern[str]) -> bool:
    """Return whether the line before or after looks so too."""
    return any(
        pattern.match(line) for line in (*lines[max(0, number - 1) : number], *lines[number + 1 : number + 2])
    )


def _is_bold(inline: Token) -> bool:
    """Return whether a paragraph is a few words, all in bold, that are no sentence."""
    children = [child for child in inline.children or () if child.content or child.nesting]
    words = inline.content.strip(" *_")
    return (
        len(children) > 2
        and children[0].type == "strong_open"
        and children[-1].type == "strong_close"
        and sum(child.type == "strong_open" for child in children) == 1
        and len(words) <= LONGEST_TITLE
        and not words.endswith((".", "!", "?", ",", ";", "…"))
    )
