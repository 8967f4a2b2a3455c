"""Markdown → HTML: staff's pages in full, residents' words in the little that a comment needs. No disk.

Raw HTML is escaped in both. Typography is left as it is typed: French has rules of its own.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.footnote import footnote_plugin

from assises.problems import Message, message
from assises.slugs import slug

LONGEST_WORDS = 20_000
"""Residents' words beyond this length are shown as plain paragraphs, so that no input costs much time."""

MOST_SIGNS = 300_000
MOST_BRACKETS = 5_000
MOST_BRACKETS_IN_BLOCK = 2_000
MOST_HEADINGS = 1_000
"""What a page of staff may hold: no town writes so much, and more would take seconds to read."""

_HEADING = re.compile(r" {0,3}(?:#{1,6}(?:\s|$)|=+\s*$|-+\s*$)")

EXCERPT = 200
"""Signs of a passage that tell which one is meant."""

_UNSPOKEN = frozenset({"heading_open", "hr", "footnote_block_open"})
"""Blocks of a draft that nobody speaks to."""

THEME_ANCHORS = frozenset({"main", "contribute", "contributions"})
"""Parts of the theme's pages that links may lead to."""

_TAKEN = THEME_ANCHORS | frozenset(
    [
        "about",
        "answer",
        "answers",
        "blocks",
        "by-number",
        "by-topic",
        "classes",
        "colours",
        "commitments",
        "components",
        "counts",
        "days",
        "decisions",
        "essentials",
        "former-passages",
        "head",
        "heard",
        "history",
        "lists",
        "news",
        "origin",
        "pages",
        "phases",
        "photos",
        "procedure",
        "proof",
        "questions",
        "reasons",
        "recordings",
        "reports",
        "results",
        "sizes",
        "topics",
        "use",
        "variables",
        "witnesses",
        "words",
    ]
)
_TAKEN_PREFIX = re.compile(r"(?:contribution|rule|p|item)-|fn(?:ref)?\d")
"""Ids that the theme's own parts and notes have: a heading gets another, so that no page has an id twice."""

_BLOCKS = frozenset({"paragraph_open", "bullet_list_open", "ordered_list_open", "blockquote_open"})
_SAFE_LINK = re.compile(
    r"https?://(?:[^\s/?#@:%.\[\]]{1,63}\.)*[^\s/?#@:%.\[\]]{1,63}\.?(?::\d*)?(?:[/?#]|$)|mailto:.",
    re.IGNORECASE,
)
"""A host's parts have 63 signs at most (RFC 1035, 2.3.4): a sentence stuck to an address makes no link."""

_BARE_URL = re.compile(
    r"https?://[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+(?:/[A-Za-z0-9_./~%-]*)?(?<![.%])(?=[.,;:!?)»”]*(?:\s|$))"
)
"""A bare address is linked where its end is beyond doubt; others stay words."""

_REL = "nofollow ugc noopener"


# --- staff's pages

Show = Callable[[str, str], str]
"""An image's address and alternative → the HTML that shows it, or an empty text."""


def render_page(text: str, resolve_link: Callable[[str], str], picture: Show = lambda *_: "") -> str:
    """Return a page's HTML.

    Args:
        text: the page's Markdown.
        resolve_link: says where each link and image without a scheme leads.
        picture: the HTML that shows an image, by its address and its alternative; empty: as any image.
    """
    parser = _page_parser()
    env: dict[str, Any] = {}
    found = _resolved(parser.parse(text, env), resolve_link, picture)
    html: str = parser.renderer.render(found, parser.options, env)
    return html


def _resolved(found: Sequence[Token], resolve_link: Callable[[str], str], picture: Show) -> Sequence[Token]:
    for token in walk(found):
        if token.type == "image" and (html := picture(str(token.attrGet("src") or ""), token.content)):
            token.type, token.content, token.children = "html_inline", html, None
        name = "src" if token.type == "image" else "href"
        if token.type in ("link_open", "image"):
            token.attrSet(name, resolve_link(str(token.attrGet(name) or "")))
        if token.type == "image":
            token.attrSet("loading", "lazy")
    _lower_headings(found)
    return found


@dataclass(frozen=True, slots=True)
class Passage:
    """One block of a draft text."""

    id: str
    """``p-`` and eight hexadecimal digits of the SHA-256 of its words, so that it is known again wherever it goes;
    empty for a heading, a rule, notes."""

    html: str
    excerpt: str
    """Its first words, plain."""


def passages(
    text: str, resolve_link: Callable[[str], str], picture: Show = lambda *_: ""
) -> tuple[Passage, ...]:
    """Return a page's text block by block, so that each can be spoken to; together they are `render_page`."""
    parser = _page_parser()
    env: dict[str, Any] = {}
    found = _resolved(parser.parse(text, env), resolve_link, picture)
    blocks, block, seen = list[Passage](), list[Token](), set[str]()
    depth = 0
    for token in found:
        block.append(token)
        depth += token.nesting
        if depth == 0:
            html: str = parser.renderer.render(block, parser.options, env)
            words = " ".join(" ".join(_plain_text(block)).split())
            id = "" if block[0].type in _UNSPOKEN else f"p-{hashlib.sha256(words.encode()).hexdigest()[:8]}"
            # Of two that are alike to the letter, the first stands for both.
            blocks.append(Passage("" if id in seen or not words else id, html, words[:EXCERPT]))
            seen.add(id)
            block = []
    return tuple(blocks)


def _plain_text(block: Sequence[Token]) -> Iterator[str]:
    for token in walk(block):
        if token.type in ("text", "code_inline", "fence", "code_block", "image"):
            yield token.content


def tokens(text: str) -> Sequence[Token]:
    """Return what a page's text is read as, to be looked at and not to be changed."""
    return _read(text)[0]


def names(text: str) -> Mapping[str, Any]:
    """Return what the reader keeps of a page's names: ``references``, ``duplicate_refs`` and ``footnotes``."""
    return _read(text)[1]


@functools.lru_cache(maxsize=256)
def _read(text: str) -> tuple[Sequence[Token], dict[str, Any]]:
    env: dict[str, Any] = {}
    return _page_parser().parse(text, env), env


def excess(text: str) -> tuple[int, Message, Message] | None:
    """Return the line from which on a page is too much to be read, what is wrong with it and the mend, or None.

    Reading takes a time that grows with the square of some signs: within these limits it stays below a second.
    """
    if len(text) > MOST_SIGNS:
        what = message("This page is longer than {most} signs.", most=MOST_SIGNS)
        return 1, what, message("Divide it into several.")
    brackets = headings = in_block = 0
    for number, line in enumerate(text.split("\n"), 1):
        in_block = in_block + line.count("[") if line.strip() else 0
        brackets += line.count("[")
        headings += _HEADING.match(line) is not None
        if brackets > MOST_BRACKETS or in_block > MOST_BRACKETS_IN_BLOCK:
            return (
                number,
                message("Too many square brackets stand here."),
                message("Divide the page into several."),
            )
        if headings > MOST_HEADINGS:
            return (
                number,
                message("Too many headings stand on this page."),
                message("Divide the page into several."),
            )
    return None


def anchors(text: str) -> frozenset[str]:
    """Return the ids that a link to a page can name after ``#``."""
    return frozenset(str(token.attrGet("id")) for token in tokens(text) if token.attrGet("id"))


@functools.cache
def _page_parser() -> MarkdownIt:
    parser = MarkdownIt("js-default", {"typographer": False, "linkify": False})
    parser.use(anchors_plugin, min_level=1, max_level=6, slug_func=_heading_id)
    parser.use(footnote_plugin)
    parser.add_render_rule("footnote_block_open", _footnotes_open)
    parser.add_render_rule("footnote_block_close", _footnotes_close)
    # Wide tables scroll within themselves, by keyboard too, and keep being tables for assistive tools.
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", _table_close)
    return parser


def _heading_id(title: str) -> str:
    """Return a heading's id, other than those that the theme uses itself."""
    id = slug(title) or "section"
    return f"{id}-section" if id in _TAKEN or _TAKEN_PREFIX.match(id) else id


def _footnotes_open(*_: object) -> str:
    return '<div class="footnotes">\n<hr>\n<ol>\n'


def _footnotes_close(*_: object) -> str:
    return "</ol>\n</div>\n"


def _table_open(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return f'<div class="table-scroll" tabindex="0">\n{self.renderToken(tokens, index, options, env)}'


def _table_close(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return f"{self.renderToken(tokens, index, options, env)}</div>\n"


def walk(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield tokens, each before those within it."""
    for token in tokens:
        yield token
        yield from walk(token.children or ())


def _lower_headings(tokens: Sequence[Token]) -> None:
    """Keep level 1 for the page's title: where the text uses it, all its headings go down by one."""
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    if any(token.tag == "h1" for token in headings):
        for token in headings:
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"


# --- residents' words


@functools.lru_cache(maxsize=2048)
def render_words(text: str) -> str:
    """Return the HTML of a resident's words; never fails.

    Emphasis, lists, quotations and links to the web are kept; headings become paragraphs in bold, images
    their alternative text, everything else what was typed. Each block finds its own writing direction.
    """
    if len(text) > LONGEST_WORDS:
        return _plain(text)
    html: str = _words_parser().render(text)
    return html


def beginning(text: str, most: int) -> str:
    """Return the first paragraphs of a resident's words, `most` characters at most; of a longer first one, its beginning."""
    if len(text) <= most:
        return text
    # At least half of it: a heading by itself tells nothing.
    end = text.rfind("\n\n", most // 2, most)
    end = end if end > 0 else text.rfind(" ", most // 2, most)
    return f"{text[: end if end > 0 else most].rstrip()}\u00a0…"


@functools.cache
def _words_parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"breaks": True, "maxNesting": 20})
    parser.enable(["heading", "list", "blockquote"])
    parser.enable(["autolink", "emphasis", "entity", "escape", "image", "link", "newline"])
    parser.validateLink = lambda url: _SAFE_LINK.match(url) is not None  # type: ignore[method-assign]
    parser.core.ruler.push("plain_headings", _plain_headings)
    parser.core.ruler.push("plain_images", _plain_images)
    parser.core.ruler.push("bare_urls", _bare_urls)
    parser.core.ruler.push("empty_links", _without_empty_links)
    parser.core.ruler.push("attributes", _attributes)
    return parser


def _plain(text: str) -> str:
    paragraphs = (part.strip() for part in re.split(r"\n\s*\n", text))
    return "".join(
        f'<p dir="auto">{escape(part).replace(chr(10), "<br>" + chr(10))}</p>\n'
        for part in paragraphs
        if part
    )


def _plain_headings(state: StateCore) -> None:
    inside = False
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            inside = token.type == "heading_open"
            token.type, token.tag = token.type.replace("heading", "paragraph"), "p"
        elif inside and token.children:
            token.children = [
                Token("strong_open", "strong", 1),
                *token.children,
                Token("strong_close", "strong", -1),
            ]


def _plain_images(state: StateCore) -> None:
    for token in state.tokens:
        if token.children:
            token.children = list(_without_images(token.children))


def _without_images(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.type == "image":
            yield from _without_images(token.children or ())
        else:
            yield token


def _without_empty_links(state: StateCore) -> None:
    """Take out links without an address, which Markdown's grammar allows, and those without words."""
    for block in state.tokens:
        kept, opened = list[Token](), list[int]()
        for token in block.children or ():
            kept.append(token)
            if token.type == "link_open":
                opened.append(len(kept) - 1)
            elif token.type == "link_close":
                first = opened.pop()
                if not kept[first].attrGet("href") or not any(
                    inner.content.strip() for inner in kept[first:-1]
                ):
                    kept = [*kept[:first], *kept[first + 1 : -1]]
        if block.children:
            block.children = kept


def _bare_urls(state: StateCore) -> None:
    for block in state.tokens:
        depth, children = 0, list[Token]()
        for token in block.children or ():
            depth += token.nesting if token.type in ("link_open", "link_close") else 0
            children += _linked(token) if token.type == "text" and depth == 0 else (token,)
        if block.children:
            block.children = children


def _linked(token: Token) -> Iterator[Token]:
    """Yield a text's parts, its bare web addresses as links."""
    end = 0
    for found in _BARE_URL.finditer(token.content):
        yield Token("text", "", 0, content=token.content[end : found.start()])
        yield Token("link_open", "a", 1, attrs={"href": found[0]})
        yield Token("text", "", 0, content=found[0])
        yield Token("link_close", "a", -1)
        end = found.end()
    yield Token("text", "", 0, content=token.content[end:])


def _attributes(state: StateCore) -> None:
    for token in state.tokens:
        if token.type in _BLOCKS and token.level == 0:
            token.attrSet("dir", "auto")
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("rel", _REL)
