"""Every key is documented once, and everything that is made of that is up to date.

``REGENERATE=1 pytest tests/test_reference.py`` writes docs/ anew.
"""

from __future__ import annotations

import json
import os
import re
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from babel.messages.pofile import read_po
from jsonschema import Draft202012Validator

from assises import tree
from assises.catalogues import sentences
from assises.content import KINDS, Page, Statement, Venue
from assises.json_schema import schemas
from assises.page_file import page_file, path_of
from assises.reference import FILES, Key, keys, meaning_of
from assises.reference_page import page
from assises.schema import Context, read
from assises.settings import Settings
from served import REPOSITORY, assises

DOCS = {"en": REPOSITORY / "docs" / "reference.md", "fr": REPOSITORY / "docs" / "fr" / "reference.md"}
SCHEMAS = REPOSITORY / "docs" / "schemas"
PO = REPOSITORY / "generator" / "assises" / "locales" / "fr" / "LC_MESSAGES" / "reference.po"
FRENCH = sentences("fr", "reference")
TODAY = date(2026, 11, 24)
EVERY = [(name, key) for name, cls in FILES.items() for key in keys(cls)]


def plain(node: tree.Node | None) -> Any:
    """Return a tree of YAML as a JSON Schema sees it: an editor knows numbers, truths and nothing else."""
    match node:
        case tree.Mapping(entries=entries):
            return {entry.key: plain(entry.value) for entry in entries}
        case tree.Sequence(items=items):
            return [plain(item) for item in items]
        case tree.Scalar(text=text, kind=kind):
            made = {"int": int, "float": float, "null": lambda _: None}
            truths = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
            return truths[text.lower()] if kind == "bool" else made.get(kind, str)(text)
    return None


def context() -> Context:
    """Return what reading needs: every file exists, and every venue is known."""

    class Everything(dict):
        def __contains__(self, key: object) -> bool:
            return True

        def __missing__(self, key: str) -> Venue:
            return Venue(name=key)

    return Context(
        start=tree.Location(PurePosixPath("a.md")), languages=("fr", "en"), known={"venues": Everything()}
    )


@pytest.mark.parametrize(("name", "key"), EVERY, ids=lambda value: getattr(value, "path", value))
def test_every_key_has_a_meaning_and_an_example(name: str, key: Key) -> None:
    """In English and in French; groups of keys have theirs below them."""
    assert key.meaning
    assert (
        FRENCH(key.meaning) != key.meaning
        or "«" in key.meaning
        or not re.search("[a-z]{4}", key.meaning)
        or key.meaning.startswith("Réunion")
    )
    assert key.example or key.group
    assert re.fullmatch(r"\d+\.\d+", key.since)


def test_the_french_of_keys_is_whole_and_nothing_is_left_over() -> None:
    """The catalogue holds exactly what the classes say, as the French print it."""
    with PO.open("rb") as file:
        catalogue = read_po(file, locale="fr", abort_invalid=True)
    translated = {entry.id for entry in catalogue if entry.id and entry.string}
    said = {key.meaning for _, key in EVERY} | {meaning_of(cls) for cls in FILES.values()}
    assert said == translated
    for entry in catalogue:
        text = re.sub(r"`[^`]*`", "", entry.string) if entry.id else ""
        assert not re.search(
            r"[^\u202f][;!?](?:\s|$)|[^\u00a0]:(?=\s|$)|[^\u00a0]»|«[^\u00a0]|\w'\w", text
        ), text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_reference_pages_are_up_to_date(language: str) -> None:
    """docs/ says what the program does."""
    text = page(sentences(language), sentences(language, "reference"))
    if os.environ.get("REGENERATE"):
        DOCS[language].parent.mkdir(parents=True, exist_ok=True)
        DOCS[language].write_text(text, encoding="utf-8", newline="\n")
    assert DOCS[language].read_text(encoding="utf-8") == text


def test_the_schemas_are_up_to_date_and_are_schemas() -> None:
    """One a kind of file, in French, for the editors of towns."""
    for name, schema in schemas(FRENCH).items():
        Draft202012Validator.check_schema(schema)
        text = json.dumps(schema, ensure_ascii=False, indent=1) + "\n"
        if os.environ.get("REGENERATE"):
            SCHEMAS.mkdir(parents=True, exist_ok=True)
            (SCHEMAS / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")
        assert (SCHEMAS / f"{name}.json").read_text(encoding="utf-8") == text
    assert {path.stem for path in SCHEMAS.iterdir()} == set(FILES)


def front_matters(root: Path) -> list[tuple[str, Any]]:
    """Return what each file of a site says, by the name of its kind."""
    found = [
        ("site", plain(tree.parse((root / "site.yaml").read_text(encoding="utf-8"), PurePosixPath("s"))[0]))
    ]
    names = {cls.folder: name for name, cls in FILES.items() if issubclass(cls, Page)}
    for path in sorted((root / "content").rglob("*.md")):
        if len(path.name.split(".")) == 2:  # a translation takes most keys from elsewhere
            front = path.read_text(encoding="utf-8").split("---\n")[1]
            folder = path.parent.relative_to(root / "content").as_posix().replace(".", "")
            found.append((names[folder], plain(tree.parse(front, PurePosixPath("p"))[0])))
    return found


@pytest.mark.parametrize(
    "root", [REPOSITORY, REPOSITORY / "tests/sites/complete"], ids=["demonstration", "complete"]
)
def test_editors_accept_what_the_program_accepts(root: Path) -> None:
    """No line of a site in order is underlined."""
    made = schemas(FRENCH)
    for name, stated in front_matters(root):
        assert [error.message for error in Draft202012Validator(made[name]).iter_errors(stated)] == []


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("topic", {}),
        ("topic", {"title": "A", "titel": "B"}),
        ("topic", {"title": "A", "order": "premier"}),
        ("meeting", {"title": "A", "starts": "demain", "ends": "2026-11-20 20:30", "venue": "halle"}),
        ("meeting", {"title": "A", "starts": "2026-11-20", "ends": "2026-11-20", "venue": {"nom": "x"}}),
        ("legal", {"title": "A", "role": "autre"}),
        ("site", {"format": 2}),
    ],
)
def test_editors_refuse_what_the_program_refuses(name: str, stated: dict[str, Any]) -> None:
    """Unknown keys, missing ones, values that none of the choices is."""
    assert list(Draft202012Validator(schemas(FRENCH)[name]).iter_errors(stated))


GIVEN = {"id": "a", "language": "fr", "path": PurePosixPath("a.md"), "body": "", "body_line": 1, "places": {}}


def told(cls: type[Page], front: str) -> list[str]:
    """Return what the reader says of a front matter."""
    node, problems = tree.parse(front, PurePosixPath("a.md"))
    found = context()
    read(node, cls, context=found, given=GIVEN)
    return [problem.render() for problem in [*problems, *found.problems]]


@pytest.mark.parametrize("cls", KINDS, ids=lambda cls: cls.__name__)
def test_a_new_page_is_read_with_each_of_its_remarks_taken_away(cls: type[Page]) -> None:
    """Every key stands there once, explained; without its “# ” it is a line that the program takes."""
    text = page_file(cls, 'Une « page » : "essai" \\ n° 3 #4', TODAY, sentences("fr"), FRENCH)
    front = text.split("---\n")[1]
    assert told(cls, front) == []
    lines = front.split("\n")
    remarks = [index for index, line in enumerate(lines) if re.match(r" *# (?: *- )?\s*\w+:", line)]
    for index in remarks:
        if lines[index].startswith("#   ") or (re.fullmatch(r"# \w+:", lines[index])):
            continue  # a line of a group: the group is one
        changed = [*lines[:index], lines[index].replace("# ", "", 1), *lines[index + 1 :]]
        assert told(cls, "\n".join(changed)) == [], lines[index]
    whole = re.sub(r"^( *)# (?=(?: *- | {4}| {8})?\w+:( |$))", r"\1", front, flags=re.MULTILINE)
    assert told(cls, whole) == []
    assert {key.name for key in keys(cls)} <= set(re.findall(r"(\w+):", whole))


def test_new_files_are_named_by_what_they_are() -> None:
    """Meetings and news by their day; all by their title."""
    by_name = {kind.__name__: kind for kind in KINDS}
    assert str(path_of(by_name["Topic"], "L’école & la rue", TODAY)) == "content/topics/l-ecole-la-rue.md"
    assert str(path_of(by_name["News"], "Ça !", TODAY)) == "content/news/2026-11-24-ca.md"
    assert str(path_of(by_name["Topic"], "中文", TODAY)) == "content/topics/page.md"


def test_the_command_explains_one_kind_or_all(tmp_path: Path) -> None:
    """And says which there are when it is asked for another."""
    one = assises("reference", "meeting", "--language", "fr")
    assert "**`starts`** (obligatoire" in one.stdout
    assert "## `topic`" not in one.stdout
    wrong = assises("reference", "meting")
    assert (wrong.returncode, "meeting" in wrong.stderr) == (2, True)
    assert assises("reference", "--schemas", str(tmp_path / "s")).returncode == 0
    assert {path.stem for path in (tmp_path / "s").iterdir()} == set(FILES)


def test_examples_of_site_yaml_are_read() -> None:
    """Each example of a key without group is a value that its key takes."""
    for name, cls in FILES.items():
        for key in keys(cls):
            if key.depth == 0 and not key.group and cls is not Statement:
                node, problems = tree.parse(f"{key.name}: {key.example}\n", PurePosixPath("a"))
                found = context()
                read(node, cls, context=found, given=GIVEN if cls is not Settings else {})
                about = [p for p in found.problems if "is missing" not in p.what.text]
                assert [*problems, *about] == [], (name, key.path)
