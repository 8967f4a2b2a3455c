"""Markdown becomes HTML that cannot be misused: staff's in full, residents' in little."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assises.markdown import LONGEST_WORDS, THEME_ANCHORS, anchors, render_page, render_words
from assises.page_links import links

THEME = Path(__file__).parents[1] / "themes" / "assises_themes" / "default" / "templates"

# --- staff's pages


def page(text: str) -> str:
    return render_page(text, lambda href: f"<{href}>")


def test_links_and_images_lead_where_the_site_says():
    """The resolver's answer is escaped; titles and alternative texts stay."""
    assert page('[La *méthode*](../pages/method.md#a "Titre") ![Plan](plan.svg)') == (
        '<p><a href="&lt;../pages/method.md#a&gt;" title="Titre">La <em>méthode</em></a> '
        '<img src="&lt;plan.svg&gt;" alt="Plan" loading="lazy"></p>\n'
    )


def test_raw_html_is_shown_and_does_nothing():
    """In blocks and within lines."""
    html = page("<script>alert(1)</script>\n\nUn <b onclick=x>mot</b> {{7*7}}")
    assert "<script" not in html
    assert "<b" not in html
    assert "&lt;script&gt;" in html


def test_headings_have_anchors_and_leave_the_first_level_to_the_title():
    """The same words twice get a number; where level 1 is used, all go down."""
    assert page("## Où ça ?\n\n## Où ça ?\n\n### 住宅") == (
        '<h2 id="ou-ca">Où ça ?</h2>\n<h2 id="ou-ca-1">Où ça ?</h2>\n<h3 id="section">住宅</h3>\n'
    )
    assert page("# A\n\n## B") == '<h2 id="a">A</h2>\n<h3 id="b">B</h3>\n'
    assert anchors("# A\n\n## B\n\n### B") == {"a", "b", "b-1"}


def test_typography_is_left_alone():
    """Quotes, dots and dashes are what was typed."""
    assert page("\"Oui\" -- non... (c) 'été'") == "<p>&quot;Oui&quot; -- non... (c) 'été'</p>\n"


def test_tables_scroll_within_themselves():
    """A wide table can be reached by keyboard."""
    html = page("|a|b|\n|-|-|\n|1|~~2~~|\n")
    assert html.startswith('<div class="table-scroll" tabindex="0">\n<table>')
    assert html.endswith("</table>\n</div>\n")
    assert "<s>2</s>" in html


def test_footnotes_are_linked_both_ways():
    """A note and the way back."""
    html = page("Texte[^1].\n\n[^1]: Source.\n")
    assert '<a href="#fn1" id="fnref1">[1]</a>' in html
    assert '<div class="footnotes">\n<hr>\n<ol>\n<li id="fn1"' in html
    assert html.count("<div") == html.count("</div")


def places(text: str) -> list[tuple[str, int, int]]:
    return [(link.href, link.line, link.column) for link in links(text)]


def test_links_say_what_is_read_of_them():
    """A link's words without their marks, an image's alternative."""
    text = "[La **grande** `halle`\nneuve](a.md) [![Plan](b.svg)](c.md) [](d.md)"
    assert [(link.text, link.is_image) for link in links(text)] == [
        ("La grande halle neuve", False),
        ("Plan", True),
        ("Plan", False),
        ("", False),
    ]


def test_headings_do_not_take_the_theme_s_ids():
    """No page has an id twice, and a link to the form leads to the form."""
    assert anchors("## Contribute\n\n## Rule 1\n\n## News\n\n## Logement\n") == {
        "contribute-section",
        "rule-1-section",
        "news-section",
        "logement",
    }


def test_every_id_of_the_theme_is_kept_from_headings():
    """What a template names itself, no heading takes."""
    ids = {
        found[1]
        for template in THEME.rglob("*.html")
        for found in re.finditer(r'\sid="([^"]*)"', template.read_text(encoding="utf-8"))
    }
    fixed = {id for id in ids if "{" not in id}
    assert fixed >= THEME_ANCHORS
    assert fixed
    for id in fixed:
        assert id not in anchors(f"## {id}\n"), id


def test_headings_do_not_take_the_ids_of_notes():
    """A heading may be named as the reader names notes."""
    assert anchors("## Fn1\n\na[^1]\n\n[^1]: b\n") == {"fn1-section"}


def test_links_are_found_at_their_place():
    """In lines, tables, lists, images, definitions; a label that looks like an address misleads nobody."""
    text = (
        "Voir [a](../x.md) et [b.md](b.md),\n[par renvoi][r] ![i](<a b.png>) <https://x.example>\n\n"
        '| [q](é.md) |\n|-|\n| [z](b.md) |\n\n- l [b](b.md) [e](a&amp;b.md)\n\n[r]: ../r.md "x"\n'
    )
    assert places(text) == [
        ("../x.md", 1, 10),
        ("b.md", 1, 29),
        ("../r.md", 10, 6),
        ("a%20b.png", 2, 23),
        ("https://x.example", 2, 34),
        ("%C3%A9.md", 4, 7),
        ("b.md", 6, 7),
        ("b.md", 8, 9),
        ("a&b.md", 8, 19),
    ]


def test_an_address_that_is_spelt_otherwise_is_found_by_its_block():
    """Backslashes change the spelling; the line is right all the same."""
    assert places("Un.\n\nDeux [a](b\\_c.md).") == [("b_c.md", 3, 1)]


@given(st.text(alphabet="ab[]()<>!|-\n\\&é#:/^ *", max_size=80))
def test_links_lie_within_the_text(text):
    """Whatever is written, a place exists."""
    lines = text.split("\n")
    for link in links(text):
        assert 1 <= link.line <= len(lines)
        assert 1 <= link.column <= len(lines[link.line - 1]) + 1


# --- residents' words


@pytest.mark.parametrize(
    ("words", "html"),
    [
        ("a\nb", '<p dir="auto">a<br>\nb</p>\n'),
        ("# Un *titre*", '<p dir="auto"><strong>Un <em>titre</em></strong></p>\n'),
        ("Titre\n---", '<p dir="auto">Titre<br>\n---</p>\n'),
        ("![Le **parc**](http://a.example/x.png) !", '<p dir="auto">Le <strong>parc</strong> !</p>\n'),
        ("<b onclick='x'>A & B</b>", "<p dir=\"auto\">&lt;b onclick='x'&gt;A &amp; B&lt;/b&gt;</p>\n"),
        ("|a|\n|-|", '<p dir="auto">|a|<br>\n|-|</p>\n'),
        ("```\nx\n```", '<p dir="auto">```<br>\nx<br>\n```</p>\n'),
        (
            "> Oui\n\n- a\n- b\n\n3. c",
            '<blockquote dir="auto">\n<p>Oui</p>\n</blockquote>\n<ul dir="auto">\n<li>a</li>\n<li>b</li>\n</ul>\n<ol start="3" dir="auto">\n<li>c</li>\n</ol>\n',
        ),
        ("مرحبا", '<p dir="auto">مرحبا</p>\n'),
        ("", ""),
    ],
)
def test_words_keep_what_a_comment_needs(words, html):
    """Everything else is shown as it was typed."""
    assert render_words(words) == html


LINK = '<a href="{0}" rel="nofollow ugc noopener">{1}</a>'


@pytest.mark.parametrize(
    ("words", "href", "label"),
    [
        ("[là](https://a.example/b?c=d&e)", "https://a.example/b?c=d&amp;e", "là"),
        ("<https://a.example/b?c>", "https://a.example/b?c", "https://a.example/b?c"),
        ("<mailto:a@a.example>", "mailto:a@a.example", "mailto:a@a.example"),
        ("https://a.example/b-c/d.html", "https://a.example/b-c/d.html", "https://a.example/b-c/d.html"),
        ("[https://b.example](https://a.example)", "https://a.example", "https://b.example"),
        ("[![logo](https://b.example/x.png)](https://a.example)", "https://a.example", "logo"),
        ('[x](https://a.example/"onmouseover=1)', "https://a.example/%22onmouseover=1", "x"),
    ],
)
def test_words_link_to_the_web_and_to_mail(words, href, label):
    """Every link tells search engines not to follow it."""
    assert render_words(words) == f'<p dir="auto">{LINK.format(href, label)}</p>\n'


@pytest.mark.parametrize(
    "words",
    [
        "[x](JaVa&Tab;script:1)", "[x](javascript:1)", "[x](data:text/html,x)", "[x](//evil.example)", "[x](/topics/)",
        "[x](#main)", "[x](http:evil)", "[x](https:///evil)", "[x](mailto:)", "[x][r]\n\n[r]: ftp://a.example",
        "<javascript:1>", "<ftp://a.example>", "www.a.example", "http://user@a.example", "https://a.example/?q=1", "https://a.example/é",
        "https://localhost", "[x](vbscript:1)", "[x](&#106;avascript:1)", f"https://{'a' * 64}.example",
        f"<https://www.{'a' * 64}/>", "[x](https://www.a.exampleUne%20phrase)", "[x](https://a..example)", '[x](https://a.example"onmouseover=1)', "[x](https://a.example@b.example)",
    ],
)  # fmt: skip
def test_words_link_to_nothing_else(words):
    """What is no plain web address stays words."""
    assert "<a" not in render_words(words)


def test_a_bare_address_ends_before_the_sentence_does():
    """Full stops and brackets are not part of it."""
    found = re.findall(
        'href="([^"]*)"', render_words("Voir https://a.example/b. (https://b.example), https://c.example !")
    )
    assert found == ["https://a.example/b", "https://b.example", "https://c.example"]


HOSTILE = [
    "![", "[", "*", "**a ", "_a", "*_", "> ", ">", "- ", "1. ", "`", "<", "<http://a", "&", "&#", "](", "[](", "[a](<",
    "[[a](", "![[", "[a]((", '[x](y "', "\\", "a\n", "- a\n", ">\n", "# ", "http://a.", "http://a.b/.", "\t", "\u202e", "\n ",
    "[a](http://b)", "|", "~", "x",
]  # fmt: skip


@pytest.mark.parametrize("sign", HOSTILE)
def test_no_words_cost_much_time(sign):
    """Twenty thousand characters of anything are shown within seconds, a million too."""
    words = (sign * LONGEST_WORDS)[:LONGEST_WORDS]
    began = time.process_time()
    render_words(words)
    assert render_words(words * 50) == "" or "<p" in render_words(words * 50)
    assert time.process_time() - began < 5


def test_beyond_the_limit_words_are_plain():
    """Paragraphs and line ends stay, nothing else."""
    assert (
        render_words("*a*\nb\n\n<c>" + " " * LONGEST_WORDS)
        == '<p dir="auto">*a*<br>\nb</p>\n<p dir="auto">&lt;c&gt;</p>\n'
    )


class Checker(HTMLParser):
    """Fails on any tag or attribute that words may not have."""

    ALLOWED: ClassVar = {
        "p": {"dir"}, "br": set(), "strong": set(), "em": set(), "ul": {"dir"}, "ol": {"dir", "start"}, "li": set(),
        "blockquote": {"dir"}, "a": {"href", "title", "rel"},
    }  # fmt: skip

    def handle_starttag(self, tag, attrs):
        assert {name for name, _ in attrs} <= self.ALLOWED[tag]
        if tag == "a":
            assert dict(attrs)["rel"] == "nofollow ugc noopener"
            assert re.match("(?i)https?://[^/]|mailto:.", dict(attrs)["href"] or "")

    def handle_comment(self, data):
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


FRAGMENTS = [
    "<script>",
    "<!--",
    "]]>",
    "<?x",
    "![a](http://b.c)",
    "[a](javascript:1)",
    "<http://a.b>",
    "http://a.b/c",
    '"onx="',
    "# ",
    "> ",
    "- ",
    "1. ",
    "*",
    "_",
    "`",
    "\n",
    "\n\n",
    "&lt;",
    "&#60;",
    "\\",
    "\x00",
    "é",
    "    ",
    "[",
    "](",
    ")",
    "|",
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join) | st.text(max_size=60))
def test_words_never_become_other_tags(words):
    """Any mixture of signs gives a few known tags and attributes, and nothing is raised."""
    checker = Checker()
    checker.feed(render_words(words))
    checker.close()
