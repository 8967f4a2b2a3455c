"""What staff write in Markdown → what a reader would stumble over. Pure.

Rules of accessibility name their criterion (RGAA 4, the French reading of WCAG); all others are about Markdown
that is not read as it was meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markdown_it.token import Token

from assises import markdown
from assises.content import Legal, Page, Plain, Text
from assises.links import place
from assises.problems import Location, Message, Problem, Severity, message
from assises.scalars import shown
from assises.site import Site

_VAGUE = frozenset(
    """ici|cliquez ici|cliquer ici|clic|lien|ce lien|lire la suite|la suite|suite|en savoir plus|plus|plus d’infos|
    plus d’informations|voir|voir plus|voir ici|détails|télécharger|document|page|cette page|site|
    here|click here|click|link|this link|read more|more|learn more|see more|details|download|this page""".replace(
        "\n    ", ""
    ).split("|")
)
"""Words of a link that say nothing where links are read one after the other."""

_FILE_NAME = re.compile(
    r"(?:img|dsc|dscn|image|photo|capture|scan)[ _-]?\d*|.*\.(?:jpe?g|png|gif|svg|webp)", re.IGNORECASE
)
_EMPTY_ALT = frozenset({"image", "photo", "logo", "illustration", "picture", "img"})
_HTML = re.compile(r"</?[a-zA-Z][a-zA-Z0-9-]*(?:\s[^<>]*)?/?>|<!--")
_HEADING_WITHOUT_SPACE = re.compile(r"#{1,6}[^\s#]")
_LINK_WITH_SPACE = re.compile(r"\]\s+\((?=https?:|www\.|mailto:|\.{0,2}/|[\w-]+\.(?:md|pdf))")
_LINK_BACKWARDS = re.compile(r"\([^()]+\)\[(?=https?:|www\.|\.{0,2}/|[\w-]+\.(?:md|pdf))")
_CONFLICT = re.compile(r"(?:<{7}|>{7})(?: |$)")
_LOST = re.compile("[\ufffd\ue000-\uf8ff]|Ã[©¨ª«®´¹»§ ]|â€[™œ“”¦]")
_BULLET = re.compile(r"\s*[•·▪◦‣●]\s*\S")
_TABLE_ROW = re.compile(r"\s*\|.*\|\s*$")
_LEFT_OVER = re.compile(r"\*\*|__")
_REFERENCE = re.compile(r"\[[^\[\]]+\]\[[^\[\]]*\]")
_FOOTNOTE = re.compile(r"\[\^[^\[\]\s]+\]")
_BETWEEN_TICKS = re.compile(r"(`+)[^`].*?\1")
_MARKUP_IN_TEXT = re.compile(r"\*\*|\[[^\[\]]+\]\([^()]+\)|</?[a-zA-Z][^<>]*>")

LONGEST_TITLE = 120
LONGEST_SUMMARY = 300
"""Signs: feeds, search engines and shared links cut longer ones."""


def prose_problems(site: Site) -> Iterator[Problem]:
    """Yield what is wrong with the words of each page."""
    for page in site.content.pages:
        yield from _front_matter(page)
        yield from _Body(page).problems()


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
        code = _code_lines(tokens)
        yield from self._empty()
        yield from self._fences(tokens, lines)
        yield from self._lines(
            ["" if number in code else _BETWEEN_TICKS.sub(_blank, line) for number, line in enumerate(lines)]
        )
        yield from self._headings(tokens, lines)
        yield from self._tables(tokens, lines)
        yield from self._links(lines)
        for token in tokens:
            if token.type == "inline":
                yield from self._inline(token, lines)

    def _at(self, line: int, column: int = 0) -> Location:
        """Return a place of the file, from one of the text, line and column from 0."""
        return Location(self.page.path, self.page.body_line + line, column + 1)

    def _empty(self) -> Iterator[Problem]:
        if self.page.body.strip():
            return
        match self.page:
            case Text():
                yield Problem(self._at(0), message("The draft itself is missing."), _WRITE, "error")
            case Legal():
                yield Problem(self._at(0), message("This page says nothing yet."), _WRITE, "unfinished")
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
            if _HEADING_WITHOUT_SPACE.match(line):
                what = message("This is no heading: a space is missing after “#”.")
                yield Problem(self._at(number), what, message("Write “# Title”."), "warning")
            if _BULLET.match(line):
                what = message("This sign makes no list.")
                mend = message("Begin the line with “- ”.")
                yield Problem(self._at(number, len(line) - len(line.lstrip())), what, mend, "warning")
            for pattern, what, mend in _PATTERNS:
                for found in pattern.finditer(line):
                    yield Problem(self._at(number, found.start()), what, mend, "warning")

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
                mend = message("Write “{signs}” before it.", signs="#" * (before + 1 - shift))
                why = message("Who listens to the page takes a part for missing (RGAA 9.1).")
                yield Problem(self._at(line), what, mend, "warning", why)
            if token.markup == "-" and len(lines[line]) > 60:
                what = message("The line “---” below makes a heading of this paragraph.")
                yield Problem(self._at(line), what, message("Put an empty line before “---”."), "warning")
            before = level

    def _tables(self, tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[Problem]:
        for token in tokens:
            if token.type == "table_open" and token.map:
                first, last = token.map
                width = _cells(lines[first])
                for number in range(first + 2, last):
                    if _cells(lines[number]) > width:
                        what = message(
                            "This row has more cells than the table has columns: the rest is not shown."
                        )
                        mend = message("Write “\\|” for a bar that parts no cells.")
                        yield Problem(self._at(number), what, mend, "warning")
            elif token.type == "paragraph_open" and token.map:
                first, last = token.map
                if last - first > 1 and all(_TABLE_ROW.match(line) for line in lines[first:last]):
                    what = message("This is not read as a table.")
                    yield Problem(
                        self._at(first),
                        what,
                        message("Below its first line, add one such as “|---|---|”."),
                        "warning",
                    )

    def _links(self, lines: Sequence[str]) -> Iterator[Problem]:
        for link in markdown.links(self.page.body):
            found = _image(link.text) if link.is_image else _link(link.text)
            if found:
                what, mend, severity, why = found
                # The words are meant, and stand before the address.
                words = lines[link.line - 1].rfind("[", 0, link.column - 1) + 2
                yield Problem(
                    self._at(link.line - 1, (words if words > 1 else link.column) - 1),
                    what,
                    mend,
                    severity,
                    why,
                )

    def _inline(self, inline: Token, lines: Sequence[str]) -> Iterator[Problem]:
        first, last = inline.map or [0, 0]
        text = "".join(
            child.content if child.type == "text" else "\n" if child.type == "softbreak" else "\0"
            for child in inline.children or ()
        )
        for pattern, what, mend in _SIGNS:
            if found := pattern.search(text):
                line, column = _place(found[0], lines[first:last])
                told = Message(what.text, {"signs": shown(found[0])} if "{signs}" in what.text else {})
                yield Problem(self._at(first + line, column), told, mend, "warning")


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

_SIGNS = (
    (
        _HTML,
        message("HTML is not read: “{signs}” is shown as it is typed."),
        message("Write it in Markdown, or take it out."),
    ),
    (
        re.compile(r"\]\("),
        message("This is not read as a link."),
        message("Write “[words](address)”, the address without spaces (“%20” stands for one)."),
    ),
    (
        _FOOTNOTE,
        message("The footnote “{signs}” is nowhere written."),
        message("Add a line “[^1]: …” with the same name at the end of the page."),
    ),
    (
        _REFERENCE,
        message("“{signs}” names an address that is nowhere written."),
        message("Write “[words](address)”."),
    ),
    (
        _LEFT_OVER,
        message("“{signs}” is shown as it is typed."),
        message("Put no space between these signs and the words that they mark, and close them."),
    ),
)
"""What is looked for in words that were read as nothing but words."""

Finding = tuple[Message, Message, Severity, Message]


def _image(text: str) -> Finding | None:
    words = text.strip()
    if not words:
        return (
            message("This image has no text for those who do not see it."),
            message("Write between the brackets what it shows: “![The market hall](hall.jpg)”."),
            "error",
            message("Screen readers read it aloud (RGAA 1.1)."),
        )
    if words.casefold() in _EMPTY_ALT or _FILE_NAME.fullmatch(words):
        return (
            message("“{words}” does not say what the image shows.", words=shown(words)),
            message("Describe it in a few words."),
            "warning",
            message("Screen readers read it aloud (RGAA 1.3)."),
        )
    return None


def _link(text: str) -> Finding | None:
    words = text.strip()
    if not words:
        return (
            message("This link has no words."),
            message("Write between the brackets where it leads."),
            "error",
            message("Nobody can see, hear or touch it (RGAA 6.2)."),
        )
    if words.casefold().replace("'", "’").strip(" .…:!?>»→\u00a0\u202f") in _VAGUE:
        return (
            message("“{words}” does not say where the link leads.", words=shown(words)),
            message("Put the name of what is found there between the brackets."),
            "warning",
            message("Many people hear the links of a page without the words around them (RGAA 6.1)."),
        )
    if re.match(r"https?://|www\.", words):
        return (
            message("This link shows its address in place of words."),
            message("Put the name of what is found there between the brackets."),
            "warning",
            message("Screen readers spell it sign by sign (RGAA 6.1)."),
        )
    return None


def _code_lines(tokens: Sequence[Token]) -> frozenset[int]:
    """Return the lines, from 0, that are code."""
    return frozenset(
        number
        for token in tokens
        if token.type in ("fence", "code_block") and token.map
        for number in range(*token.map)
    )


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _cells(line: str) -> int:
    plain = re.sub(r"\\\||`[^`]*`", "", line).strip()
    return len(plain.strip("|").split("|"))


def _place(signs: str, lines: Sequence[str]) -> tuple[int, int]:
    """Return the line and column, from 0, of signs within a block."""
    for number, line in enumerate(lines):
        if (column := line.find(signs)) >= 0:
            return number, column
    return 0, 0
