"""`assises import`: what came on paper, at meetings or from elsewhere, as spreadsheets save it."""

from __future__ import annotations

import codecs
import json
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

import site_by_hand as made
from assises.contribution_table import instant, read_rows
from assises.problems import ContentError
from assises.scalars import RefusedError
from assises.spreadsheet import column_letter, read_table
from served import EVENING, assises, copy_of

FILE = PurePosixPath("a.csv")
HEAD = "Page;Date;Canal;Texte;Auteur;Position;Clé\r\n"
ROWS = (
    "Logement;07/11/2017 18:30;réunion;Des logements pour l’été;Zoé;pour;un\r\n"
    'topics/housing;2017-11-08;Papier;"Deux lignes\r\net un ; point-virgule";;;\r\n'
    "un;09/11/2017;courrier;En réponse;;contre;\r\n"
    ";;;;;;\r\n"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The complete test site."""
    return copy_of("complete", tmp_path)


def bring(
    root: Path, data: bytes, *arguments: str, name: str = "a.csv"
) -> tuple[int, dict[str, object], str]:
    """Run the real command with a file of these bytes."""
    (root.parent / name).write_bytes(data)
    done = assises("import", str(root.parent / name), str(root), "--now", EVENING, "--json", *arguments)
    return done.returncode, json.loads(done.stdout) if done.stdout.startswith("{") else {}, done.stderr


def stored(root: Path) -> list[dict[str, object]]:
    """Return the contributions that a build publishes."""
    assert assises("build", str(root), "-o", str(root / "dist"), "--now", EVENING).returncode == 0
    text = (root / "dist" / "contributions.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


ENCODINGS = {
    "utf-8": lambda text: text.encode(),
    "excel": lambda text: codecs.BOM_UTF8 + text.encode(),
    "utf-16": lambda text: text.encode("utf-16"),
    "windows": lambda text: text.encode("cp1252"),
    "unix": lambda text: text.replace("\r\n", "\n").encode(),
    "sep": lambda text: b"sep=;\r\n" + text.encode("cp1252"),
}


@pytest.mark.parametrize("form", ENCODINGS)
def test_a_table_is_read_however_a_spreadsheet_saved_it(form: str) -> None:
    """Encoding, separator and line ends are recognised; empty rows are none."""
    table = read_table(ENCODINGS[form](HEAD + ROWS), FILE)
    reading = read_rows(table, FILE, made.site(), {"language": "fr"})
    assert [problem.render() for problem in reading.problems] == []
    assert [(s.of, s.channel, s.position, s.key) for s in reading.statements] == [
        ("topics/housing", "meeting", "for", "un"),
        ("topics/housing", "paper", "", ""),
        ("un", "letter", "against", ""),
    ]
    assert reading.statements[0].time == datetime(2017, 11, 7, 17, 30, tzinfo=UTC)
    assert reading.statements[0].text == "Des logements pour l’été"
    assert [s.location.line for s in reading.statements] == ([3, 4, 6] if form == "sep" else [2, 3, 5])


@pytest.mark.parametrize("separator", [",", "\t", "|"])
def test_other_separators_are_recognised(separator: str) -> None:
    """From the first line, outside quotes."""
    line = separator.join(['"Page; et"', "x", "y"])
    assert read_table(f"{line}\na{separator}b{separator}c\n".encode(), FILE).separator == separator


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04rest", "spreadsheet’s own file"),
        (b"\xd0\xcf\x11\xe0rest", "spreadsheet’s own file"),
        (b"a;b\0c", "no text"),
        (b"\xff\xfea", "damaged"),
        (b"", "no rows"),
        (b'a;b\n"' + b"x" * 300_000, "cannot be read"),
    ],
)
def test_what_is_no_table_is_told(data: bytes, words: str) -> None:
    """With what to do in the spreadsheet."""
    with pytest.raises(ContentError) as refused:
        read_table(data, FILE)
    assert words in str(refused.value)


def test_every_bad_row_is_told_with_its_line_and_column(root: Path) -> None:
    """All at once, and nothing is entered."""
    rows = (
        "Nulle part;07/11/2017;papier;A;;;\n"
        "Logement;31/02/2017;papier;B;;;\n"
        "Logement;07/11/2017;pigeon;C;;;\n"
        "Logement;07/11/2017;papier;;;;\n"
        "Logement;07/11/2017;papier;D;;peut-être;\n"
        "Logement;07/11/2099;papier;E;;;\n"
        "Logement;07/11/2017;papier;F;;;\n"
    )
    code, told, _ = bring(root, (HEAD.replace("\r\n", "\n") + rows).encode())
    assert code == 1
    found = [(problem["line"], problem["why"]) for problem in told["problems"]]
    assert found == [(2, ""), (3, "Column B."), (4, "Column C."), (5, ""), (6, "Column F."), (7, "")] or {
        line for line, _ in found
    } == {2, 3, 4, 5, 6, 7}
    assert not (root / ".assises").exists()


def test_columns_that_are_not_there_are_told_before_rows(root: Path) -> None:
    """Unknown ones, doubled ones, missing ones; what is the same for all rows may be an option."""
    code, told, _ = bring(root, b"Texte;Couleur;Texte\nA;rouge;B\n")
    assert code == 1
    assert [problem["what"] for problem in told["problems"]] == [
        "Column B: “Couleur” is not known.",
        "Columns A and C are both “text”.",
    ]
    code, told, _ = bring(root, b"Texte\nA\n")
    assert (code, len(told["problems"])) == (1, 3)
    said = ("--of", "topics/housing", "--channel", "paper", "--time", "2017-11-08")
    code, told, _ = bring(root, b"Texte\nA\n", *said)
    assert (code, told["imported"]) == (0, 1)


def test_the_same_row_is_entered_once_however_it_comes_back(root: Path) -> None:
    """Again, in another order, another encoding, twice in a file: its id is made of its content."""
    code, told, _ = bring(root, (HEAD + ROWS).encode())
    assert (code, told["imported"], told["known"]) == (0, 3, 0)
    lines = ROWS.split("\r\nun;")
    again = HEAD + "un;" + lines[1].replace(";;;;;;\r\n", "") + lines[0] + "\r\n"
    code, told, _ = bring(root, again.encode("utf-16"))
    assert (code, told["imported"], told["known"]) == (0, 0, 3)
    code, told, _ = bring(root, (HEAD + "Logement;08/11/2017;papier;X;;;\n" * 2).encode())
    assert (code, told["imported"]) == (0, 1)
    assert assises("build", str(root), "-o", str(root / "dist"), "--now", EVENING).returncode == 0
    assert assises("verify", str(root / "dist")).returncode == 0


def test_what_is_imported_keeps_channel_and_date_and_enters_the_ledger(root: Path) -> None:
    """It stands on its page, and the journal counts it by its channel."""
    bring(root, (HEAD + ROWS).encode(), "--place", "Halle du marché")
    found = {row["text"]: row for row in stored(root)}
    said = found["Des logements pour l’été"]
    assert (said["channel"], said["time"], said["author"], said["place"]) == (
        "meeting",
        "2017-11-07T17:30:00Z",
        "Zoé",
        "Halle du marché",
    )
    assert found["En réponse"]["of"] == said["id"]
    assert "Des logements pour l’été" in (root / "dist" / "topics" / "housing" / "index.html").read_text(
        encoding="utf-8"
    )
    assert any(
        said["id"] in file.read_text(encoding="utf-8") for file in (root / "dist" / "ledger").rglob("*.jsonl")
    )


def test_a_dry_run_does_nothing(root: Path) -> None:
    """It says how many would enter."""
    code, told, _ = bring(root, (HEAD + ROWS).encode(), "--dry-run")
    assert (code, told["would"]) == (0, 3)
    assert not (root / ".assises").exists()


def test_bad_rows_may_be_left_out_and_kept_for_mending(root: Path) -> None:
    """They are written beside, with their head, and the mended file can be imported."""
    data = (HEAD + ROWS + "Logement;hier;papier;Plus tard;;;\r\n").encode("cp1252")
    code, told, _ = bring(root, data, "--skip-bad")
    assert (code, told["imported"]) == (0, 3)
    left = (root.parent / "a.bad.csv").read_text(encoding="utf-8-sig")
    assert left.splitlines() == [HEAD.strip(), "Logement;hier;papier;Plus tard;;;"]
    code, told, _ = bring(root, left.replace("hier", "09/11/2017").encode())
    assert (code, told["imported"]) == (0, 1)


def test_what_shall_be_read_first_waits_for_a_moderator(root: Path) -> None:
    """`--pending`: received, and not published."""
    code, told, _ = bring(root, (HEAD + ROWS).encode(), "--pending")
    assert (code, told["imported"]) == (0, 3)
    assert not any(row["text"] == "En réponse" for row in stored(root))
    assert "En réponse" in assises("moderate", "list", str(root)).stdout


def test_json_lines_are_read_as_they_are_in_content(root: Path) -> None:
    """One object a line."""
    line = {"of": "topics/housing", "time": "2017-11-08T10:00:00Z", "channel": "desk", "text": "Au guichet"}
    code, told, _ = bring(root, json.dumps(line).encode(), name="a.jsonl")
    assert (code, told["imported"]) == (0, 1)
    code, told, _ = bring(root, b"{nothing", name="a.jsonl")
    assert (code, told["problems"][0]["line"]) == (1, 1)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("07/11/2017", "2017-11-06T23:00"),
        ("7.11.2017 18h30", "2017-11-07T17:30"),
        ("07-11-2017 18:30:15", "2017-11-07T17:30"),
        ("2017-11-07T18:30", "2017-11-07T17:30"),
        ("2017-11-07 18:30:00.000", "2017-11-07T17:30"),
        ("2017-11-07T18:30:00+02:00", "2017-11-07T16:30"),
        ("2017-07-07T18:30:00Z", "2017-07-07T18:30"),
    ],
)
def test_days_and_times_are_read_as_people_and_programs_write_them(written: str, expected: str) -> None:
    """Without a zone, in the consultation's own."""
    assert f"{instant(written, made.site()):%Y-%m-%dT%H:%M}" == expected


@pytest.mark.parametrize("written", ["26/03/2017 02:30", "31/02/2017", "demain", "", "99999"])
def test_what_is_no_instant_is_refused(written: str) -> None:
    """The hour that spring leaves out, too."""
    with pytest.raises(RefusedError):
        instant(written, made.site())


def test_columns_have_the_letters_of_spreadsheets() -> None:
    """A to Z, then AA."""
    assert [column_letter(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_a_table_or_told(data: bytes) -> None:
    """Nothing fails, and every problem has a line."""
    try:
        table = read_table(data, FILE)
    except ContentError:
        return
    reading = read_rows(
        table, FILE, made.site(), {"language": "fr", "of": "index", "channel": "paper", "time": "2017-11-08"}
    )
    assert all(problem.location.line >= 1 for problem in reading.problems)
