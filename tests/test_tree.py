"""YAML becomes a tree of located values; no file harms the reader."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assises import tree
from assises.tree import MAX_DEPTH, Mapping, Node, Scalar, Sequence, parse

FILE = PurePosixPath("a.yaml")


def plain(node: Node | None) -> object:
    match node:
        case Mapping(entries=entries):
            return {entry.key: plain(entry.value) for entry in entries}
        case Sequence(items=items):
            return [plain(item) for item in items]
        case Scalar(text=text):
            return text
        case None:
            return None


def test_every_key_and_value_knows_its_place():
    """Lines from the given one on, columns in characters, whatever the alphabet."""
    node, problems = parse("😀: {é: à}\nb:\n- c\u2028  d\n- e\n", FILE, first_line=3)
    assert problems == []
    assert isinstance(node, Mapping)
    smile, b = node.entries
    assert isinstance(smile.value, Mapping)
    assert isinstance(b.value, Sequence)
    inner = smile.value.entries[0]
    assert [str(at) for at in (smile.at, inner.at, inner.value.at, b.at, b.value.items[1].at)] == [
        "a.yaml:3:1",
        "a.yaml:3:5",
        "a.yaml:3:8",
        "a.yaml:4:1",
        "a.yaml:6:3",
    ]


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("no", "bool"),
        ("2017-11-20", "timestamp"),
        ("12", "int"),
        ("1.5", "float"),
        ("~", "null"),
        ('"no"', "str"),
        ("x", "str"),
        ("=", "str"),
        ("!!str 12", "str"),
    ],
)
def test_what_yaml_takes_a_word_for_is_kept_beside_the_word(written, kind):
    """The text stays as it was written."""
    node, _ = parse(f"a: {written}", FILE)
    assert isinstance(node, Mapping)
    value = node.entries[0].value
    assert isinstance(value, Scalar)
    assert value.kind == kind
    assert value.text in written


def test_aliases_and_merge_keys_bring_what_they_name():
    """What a mapping says itself comes before what is merged into it; a key is merged in once."""
    node, problems = parse("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: {<<: [{y: 4}, *a]}\nd: *a\n", FILE)
    assert problems == []
    a = {"x": "1", "y": "2"}
    assert plain(node) == {"a": a, "b": {"y": "3", "x": "1"}, "c": {"y": "4", "x": "1"}, "d": a}


def test_an_empty_file_is_nothing_and_no_problem():
    """Comments alone are empty too."""
    assert parse("# rien\n", FILE) == (None, [])


@pytest.mark.parametrize("sign", ["[", "{a: ", "- ", "? "])
def test_no_depth_harms_the_reader(sign):
    """A hundred thousand levels are refused at the first that is too deep."""
    node, problems = parse(sign * 100_000, FILE)
    assert node is None
    assert len(problems) == 1
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH, FILE)[1] == []


def test_several_mistakes_of_a_file_are_told_at_once():
    """A key said twice does not hide the next one."""
    _, problems = parse("a: 1\na: 2\nb: !x y\nb: 3\n", FILE)
    assert sorted(str(problem.location) for problem in problems) == ["a.yaml:2:1", "a.yaml:3:4", "a.yaml:4:1"]


def test_what_the_parser_cannot_even_read_is_told():
    """Signs that reading the file should have refused end in a problem too."""
    node, problems = parse("a: \x07", FILE)
    assert node is None
    assert [str(problem.location) for problem in problems] == ["a.yaml:1:1"]


@given(st.text(alphabet="ab: -\n[]{}#&*!|>'\"%@`,?~<\\é\t0", max_size=60))
def test_every_text_is_a_tree_or_a_problem_within_the_file(text):
    """Nothing is raised, and no problem lies beyond the text's end."""
    _, problems = parse(text, FILE)
    assert all(1 <= problem.location.line <= text.count("\n") + 1 for problem in problems)
    assert all(problem.render() for problem in problems)


SIGNS = [
    *"\"'[]{}:#-|>&*!%@`?,\t\n ",
    "\u00a0",
    "“",
    "- ",
    ": ",
    "---\n",
    "...\n",
    '"\\',
    "<<: ",
    "\u202f",
    "=",
    ";",
]
WRITTEN = "title: Une réunion\nstarts: 2017-11-20 18:30\nvenue:\n  name: Halle\n  access: |\n    De plain-pied\ntopics: [a, b]\n"


@pytest.mark.parametrize("loader", [yaml.SafeLoader, tree._LOADER], ids=["python", "libyaml"])
@given(st.lists(st.tuples(st.integers(0, len(WRITTEN)), st.sampled_from(SIGNS)), min_size=1, max_size=4))
def test_whatever_slips_is_told_in_plain_words(
    loader: type[yaml.SafeLoader], slipped: list[tuple[int, str]]
) -> None:
    """Both parsers' own reasons are put into ours, at a place within the file; nothing ever fails."""
    text = WRITTEN
    for index, sign in slipped:
        text = text[:index] + sign + text[index:]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tree, "_LOADER", loader)
        _node, problems = parse(text, FILE, 2)
    lines = text.split("\n")
    for problem in problems:
        assert 0 <= problem.location.line - 2 <= len(lines)
        assert not re.search(r"while|token|scalar|mapping|indicat", problem.render())
