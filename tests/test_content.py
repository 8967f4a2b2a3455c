"""content/ is read by folder, name and language; wrong files are in sites/invalid."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest

from assises.content import Content, Home, Meeting, Plain, Topic
from assises.content_reader import load_content
from assises.file_names import check_name, identify
from assises.scalars import RefusedError
from assises.settings_reader import load_settings
from assises.slugs import slug
from assises.statements import read_statements

MINIMAL = Path(__file__).parent / "sites" / "minimal"
MEETING = "---\ntitle: Réunion\nstarts: 2017-11-07 18:30\nends: 2017-11-07 21:00\nvenue: {name: Salle}\nsummary: Un résumé.\n---\n\nOrdre du jour.\n"


@pytest.fixture
def root(tmp_path):
    shutil.copytree(MINIMAL, tmp_path / "site")
    with (tmp_path / "site" / "site.yaml").open("a", encoding="utf-8") as file:
        file.write("languages: [fr, en]\n")
    return tmp_path / "site"


def write(root: Path, name: str, text: str) -> None:
    path = root / "content" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def load(root: Path) -> tuple[Content, list[str]]:
    settings, problems = load_settings(root)
    assert settings, problems
    content, problems = load_content(root, settings)
    return content, [problem.render() for problem in problems]


def good(root: Path) -> Content:
    content, problems = load(root)
    assert problems == []
    return content


def test_the_folder_is_the_kind_and_the_path_the_id(root):
    """Each page knows its file, its body and the line that this starts on."""
    write(root, "topics/housing.md", "---\ntitle: Logement\norder: 2\n---\n# Un\n")
    write(root, "pages/method.md", "---\ntitle: Méthode\nmenu: true\n---\n")
    pages = {page.id: page for page in good(root).pages}
    housing = pages["topics/housing"]
    assert isinstance(housing, Topic)
    assert (housing.slug, housing.language, housing.body, housing.body_line) == ("housing", "fr", "# Un\n", 5)
    assert housing.path == PurePosixPath("content/topics/housing.md")
    assert str(housing.places["order"]) == "content/topics/housing.md:3:8"
    assert isinstance(pages["index"], Home)
    assert isinstance(pages["pages/method"], Plain)


def test_a_translation_takes_facts_from_the_first_language_and_words_from_itself(root):
    """Dates are written once; a summary in French is none in English."""
    write(root, "meetings/un.md", MEETING)
    write(root, "meetings/un.en.md", "---\ntitle: Meeting\n---\n\nAgenda.\n")
    french, english = (page for page in good(root).pages if isinstance(page, Meeting))
    assert (french.language, english.language) == ("fr", "en")
    assert english.starts == french.starts == datetime(2017, 11, 7, 17, 30, tzinfo=UTC)
    assert (english.title, english.summary, english.venue.name) == ("Meeting", "", "Salle")


def test_a_translation_is_not_told_its_original_s_mistakes_again(root):
    """One wrong date is one line, and the page is known to exist."""
    write(root, "meetings/un.md", MEETING.replace("2017-11-07 21:00", "plus tard"))
    write(root, "meetings/un.en.md", "---\ntitle: Meeting\n---\n")
    content, problems = load(root)
    assert [line.split(" ")[0] for line in problems] == ["content/meetings/un.md:4:7:"]
    assert content.broken == {"meetings/un"}


def test_drafts_are_held_back_with_their_translations(root):
    """A page whose first language is a draft is not published in another."""
    write(root, "topics/a.md", "---\ntitle: A\ndraft: true\n---\n")
    write(root, "topics/a.en.md", "---\ntitle: A\n---\n")
    write(root, "topics/b.md", "---\ntitle: B\n---\n")
    write(root, "topics/b.en.md", "---\ntitle: B\ndraft: true\n---\n")
    content = good(root)
    assert [str(page.path) for page in content.held_back] == [
        "content/topics/a.en.md",
        "content/topics/a.md",
        "content/topics/b.en.md",
    ]
    assert [page.id for page in content.pages if isinstance(page, Topic)] == ["topics/b"]


def test_pages_are_in_one_order(root):
    """By id, and the first language first, whatever the disk's order is."""
    for name in ("topics/b.md", "topics/a.en.md", "topics/a.md", "topics/a-b.md"):
        write(root, name, "---\ntitle: A\n---\n")
    found = [(page.id, page.language) for page in good(root).pages if isinstance(page, Topic)]
    assert found == [("topics/a", "fr"), ("topics/a", "en"), ("topics/a-b", "fr"), ("topics/b", "fr")]


def test_other_files_are_attachments(root):
    """Images and documents lie where they like; leftovers do not count."""
    for name in ("logo.svg", "meetings/plan d’accès.odg", "images/a.SVG", ".hidden", "images/Thumbs.db"):
        write(root, name, "x")
    files = [str(path) for path in good(root).files]
    assert files == ["content/images/a.SVG", "content/logo.svg", "content/meetings/plan d’accès.odg"]


@pytest.mark.skipif(os.name == "nt", reason="Windows users may not make links")
def test_an_attachment_does_not_lead_out_of_the_site(root, tmp_path):
    """What would be published must lie in the site."""
    (tmp_path / "secret").write_text("x")
    (root / "content" / "secret.pdf").symlink_to(tmp_path / "secret")
    content, problems = load(root)
    assert content.files == ()
    assert problems == [
        "content/secret.pdf:1:1: This file leads out of the site’s folder. Put a copy of it here instead of a link."
    ]


@pytest.mark.skipif(os.name == "nt", reason="Windows has one file for both names")
def test_names_that_differ_in_case_only_are_told(root):
    """They would be one file on many computers."""
    write(root, "images/a.svg", "x")
    write(root, "images/A.svg", "y")
    if len(list((root / "content" / "images").iterdir())) < 2:
        pytest.skip("this disk has one file for both names")
    _, problems = load(root)
    assert [line.partition(" ")[2] for line in problems] == [
        "“A.svg” has the same name in other letters. Rename one of the two: many computers take them for one file."
    ]


@pytest.mark.parametrize(
    "name",
    [
        "CON",
        "aux.md",
        "com1.en.md",
        "a?b.pdf",
        "a:b",
        "a\\b",
        "a.",
        "a ",
        "a\nb",
        "a" * 201,
        "é" * 101,
        "e\u0301",
    ],
)
def test_names_that_some_system_cannot_hold_are_refused(name):
    """Devices of Windows, signs that NTFS does not take, lengths, and accents in pieces."""
    with pytest.raises(RefusedError):
        check_name(PurePosixPath("content") / name)


def test_good_names_pass():
    """Letters with accents, spaces and dots are fine in attachments."""
    check_name(PurePosixPath("content/comptes-rendus/Compte rendu n° 1.été.pdf"))
    check_name(PurePosixPath("content/console/com10.md"))


@pytest.mark.skipif(os.name == "nt" or os.uname().sysname == "Darwin", reason="names are Unicode here")
def test_a_name_of_any_bytes_is_told(root):
    """What is no Unicode can still be shown."""
    Path(os.fsdecode(os.fsencode(root / "content" / "logo") + b"\xe9.svg")).write_text("x")
    content, problems = load(root)
    assert content.files == ()
    assert len(problems) == 1
    assert problems[0].encode()


@pytest.mark.parametrize("language", ["pt-BR", "en"])
def test_languages_are_suffixes(language):
    """Tags with a region too."""
    page = identify(PurePosixPath(f"content/topics/a.{language}.md"), ("fr", "pt-BR", "en"))
    assert page
    assert (page.id, page.language, page.stem) == ("topics/a", language, "a")


@pytest.mark.parametrize(
    "name", ["a.en.fr.md", "A.md", "a_b.md", "é.md", "a..md", "-a.md", "a.EN.md", "a.MD"]
)
def test_page_names_are_those_of_addresses(name):
    """Small letters without accents, digits and hyphens; the ending too is small."""
    with pytest.raises(RefusedError):
        identify(PurePosixPath("content/topics") / name, ("fr", "en"))


def test_slugs_are_ascii():
    """Ligatures are taken apart, apostrophes divide."""
    assert slug("L’œuvre d'Ægir : où ça ?") == "l-oeuvre-d-aegir-ou-ca"
    assert slug("住宅") == ""


LINE = '{"of":"topics/housing","time":"2017-11-07T20:10:00Z","channel":"meeting","text":"Des \\"of\\": logements \\ud83c\\udfe0."}'


def test_statements_are_read_line_by_line():
    """Blank lines count; text is what JSON says."""
    statements, problems = read_statements(f"{LINE}\n\n{LINE}\n", PurePosixPath("a.jsonl"))
    assert problems == []
    assert [statement.location.line for statement in statements] == [1, 3]
    assert statements[0].text == 'Des "of": logements 🏠.'
    assert statements[0].time == datetime(2017, 11, 7, 20, 10, tzinfo=UTC)


def test_null_is_the_same_as_nothing_said():
    """Programs that write JSON like to fill every key."""
    line = LINE.replace("{", '{"author":null,"key":null,', 1)
    statements, problems = read_statements(line, PurePosixPath("a.jsonl"))
    assert problems == []
    assert (statements[0].author, statements[0].key) == ("", "")


@pytest.mark.parametrize(
    "bad", ["[" * 100_000, '{"a":' * 50_000, "NaN", "{", "1" * 5000, '"x"', "\ufeff{}", '{"of": {"a": [1]}}']
)
def test_no_line_harms_the_reader(bad):
    """A bad line is told, and those around it are read."""
    statements, problems = read_statements(f"{LINE}\n{bad}\n{LINE}", PurePosixPath("a.jsonl"))
    assert len(statements) == 2
    assert problems
    assert {problem.location.line for problem in problems} == {2}
