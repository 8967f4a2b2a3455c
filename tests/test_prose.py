"""The words of staff; each sentence has its site in sites/invalid."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import site_by_hand as made
from assises import markdown
from assises.content import Content, Topic
from assises.prose import prose_problems

PIECES = st.sampled_from(
    [
        "[", "]", "(", ")", "![", "](", "`", "```\n", "~~~", "# ", "#", "##### ", "- ", "• ", "> ", "|", "|---|\n",
        "\n", "\n\n", "    ", "\t", "**", "_", "<b>", "<!--", "[^1]", "[^1]: ", "[a]: b\n", "---\n", "===\n", "\\", "é",
        "\u00a0", "\u202e", "中", "ici", "a.md", "https://x.example", "&amp;", "\ufffd", "<<<<<<< ", "1. ", "\x85",
    ]
)  # fmt: skip


def told(body: str, **values: object) -> list[str]:
    """Return what is told of a page with this text, each by its place and its first words."""
    page = made.page(Topic, "topics/a", body=body, **values)
    joined = replace(made.site(), content=Content(pages=(page,)))
    return [problem.render() for problem in prose_problems(joined)]


@pytest.mark.parametrize(
    "body",
    [
        "Un [plan du quartier](plan.pdf) et ![La halle](a.svg).",
        "## Un\n\n### Deux\n\n## Trois\n",
        "# Un\n\n## Deux\n\n### Trois\n",
        "```\n#sans espace\n[x] (y.md)\n<b>\n```\n",
        "Un prix < 10 € et > 5 €, 3*4 = 12, snake_case, a__b, ______, \\*\\*, &lt;b>, R&D.",
        "Une note[^1].\n\n[^1]: La voici.\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 |\n",
        "- un\n- deux\n\n1. un\n2. deux\n",
        "Le [règlement][r].\n\n[r]: reglement.pdf\n",
        "Un titre\n---\n\nPuis du texte.\n\n---\n\nEt une ligne.\n",
        "Crochets [entre nous] et (parenthèses).",
        "> Une citation\n>\n> - avec une liste\n",
        "Un prix de 3 – 5 €.\n– Une réplique seule.\n",
        "**Une seule remarque en gras**\n\nUn texte.\n",
        "Écrivez à <a@ville.example> ou sur [le site de la ville](https://ville.example).\n",
        "#Ivry2030 et #Assises : deux mots-dièse.\n",
        "[Le plan](plan.pdf), et encore [le plan](./plan.pdf).\n",
        "Un appel[^1], un autre[^1] et un ^[dans la ligne, vers [le plan](plan.pdf)].\n\n[^1]: Une note.\n",
        "|  | Halle |\n|---|---|\n| Lundi | oui |\n",
        "1984\\. Un livre.\n\n12. Un douzième point\n",
        "[![Le plan du quartier](a.svg)](plan.pdf)\n",
        "*Ceci\net cela*, puis -5 °C.\n",
    ],
)
def test_what_is_in_order_is_left_alone(body: str) -> None:
    """Nobody is told anything of a text that is read as it was meant."""
    assert told(body) == []


def test_places_are_those_of_the_file() -> None:
    """Line and column count from the file's beginning, front matter included."""
    (line,) = told("Un.\n\nDeux, voyez [ici](a.md).\n")
    assert line.startswith("content/topics/a.md:6:14: ")


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ("**un** et ** deux **", ["4:11"]),
        ("`<b>` puis <b>trois</b>", ["4:12"]),
        ("> a\n> <b>", ["5:3"]),
        ("| a | b |\n|---|---|\n| 1 | **deux |\n", ["6:7"]),
        ("Une note ^[avec [ici](a.md)].", ["4:18"]),
        ("Un [ici][r] par renvoi.\n\n[r]: a.md\n", ["4:5"]),
        ("a[^1] [le plan](b.md)\n\n[^1]: voir [ici](a.md)\n\nUn texte.\n", ["6:13"]),
        ("[![](a.svg)](b.md)", ["4:4"]),
        ("Un](a) et deux](b)", ["4:3", "4:15"]),
        ("[Le plan](a.md)\n\n[le plan](b.md)", ["6:2"]),
    ],
)
def test_each_slip_is_told_where_it_is_written(body: str, places: list[str]) -> None:
    """What looks the same elsewhere, in code or read as it was meant, misleads nobody."""
    assert [":".join(line.split(":")[1:3]) for line in told(body)] == places


def test_a_translation_is_not_told_of_what_it_takes_over() -> None:
    """A title that stands in the other language's file is told there."""
    assert told("Un.", title="UNE RÉUNION PUBLIQUE", places={}) == []


@given(st.lists(PIECES | st.text(max_size=5), max_size=60).map("".join))
def test_any_text_can_be_looked_through(body: str) -> None:
    """Nothing fails, and every place lies within the text."""
    body = body.replace("\r", "")
    page = made.page(Topic, "topics/a", body=body)
    joined = replace(made.site(), content=Content(pages=(page,)))
    lines = body.split("\n")
    for problem in prose_problems(joined):
        line = problem.location.line - page.body_line
        assert 0 <= line < len(lines)
        assert 1 <= problem.location.column <= len(lines[line]) + 1


@pytest.mark.parametrize(
    "body",
    ["![" * 150_000, "[" * 299_000, "# a\n" * 70_000, "[^1] " * 50_000, "a\n---\n" * 40_000],
    ids=["images", "brackets", "headings", "footnotes", "underlined"],
)
def test_what_would_take_minutes_is_refused_before_it_is_read(body: str) -> None:
    """Markdown's readers take the square of some signs' number."""
    assert markdown.excess(body)


@pytest.mark.parametrize(
    "pattern", ["![", "[", "*a ", "<a ", "> ", "`", "[a](", "&#x", "~~a ", "| a ", "[a]: b\n", "- a\n"]
)
def test_what_is_read_is_read_in_its_time(pattern: str) -> None:
    """Ten times the text does not take a hundred times the time, up to what is accepted."""
    text = (pattern * 400_000)[: markdown.MOST_SIGNS - 1]
    if markdown.excess(text):
        text = (pattern * 1_900)[: markdown.MOST_SIGNS - 1]
        text = "\n\n".join(text[: len(pattern) * 1_900] for _ in range(2))
    assert markdown.excess(text) is None
    begun = time.process_time()
    told(text)
    # Not a measure: what this guards against takes minutes.
    assert time.process_time() - begun < 30
