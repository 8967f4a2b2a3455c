"""The sheets for the data-protection officer: every field is there, filled in from the site, and inert in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import site_by_hand as made
from assises.catalogues import sentences
from assises.countries import is_in_europe
from assises.impact import LARGE, questionnaire
from assises.ledger import Event, Ledger, chain
from assises.problems import Message, message
from assises.processing import Row, register
from assises.schema import LocalisedText
from assises.settings import Processor
from assises.tabular import as_csv
from served import assises, copy_of


def french(rows: tuple[Row, ...]) -> list[tuple[str, ...]]:
    """Return each row's cells."""
    translate = sentences("fr")
    return [
        tuple(cell.render(translate) for cell in (row.part, row.field, row.content, row.kept)) for row in rows
    ]


def test_the_register_has_every_field_that_article_30_names() -> None:
    """Controller, officer, purposes, persons, data, recipients, transfers, periods, security."""
    rows = french(register(made.site(), "fr"))
    fields = {field for _, field, _, _ in rows}
    assert {part for part, _, _, _ in rows} == {
        "Le traitement", "Acteurs", "Finalités", "Mesures de sécurité", "Données", "Personnes", "Destinataires",
        "Transferts hors de l’Union européenne",
    }  # fmt: skip
    assert {"Responsable du traitement", "Délégué à la protection des données", "Base légale"} <= fields
    assert any("dpd@ville.example" in row for row in rows)
    assert all(all(cell for cell in row[:3]) for row in rows)
    kept = [row[3] for row in rows if row[0] == "Données"]
    assert kept == ["[à compléter par l’organisateur]"] * len(kept)


def test_without_names_the_register_has_no_identity() -> None:
    """`participation.author: none`."""
    asked = replace(made.SETTINGS.participation, author="none", retention=LocalisedText("Deux ans"))
    rows = french(register(made.site(participation=asked), "fr"))
    assert "État civil, identité" not in {row[1] for row in rows}
    assert {row[3] for row in rows if row[0] == "Données"} == {"Deux ans", "[à compléter par l’organisateur]"}


def test_what_is_kept_in_private_is_in_the_register() -> None:
    """Address and period, and that both are sealed; nothing of it where neither is asked for."""
    none = french(register(made.site(), "fr"))
    assert not {"Contact", "Chiffrement"} & {row[1] for row in none}
    private = replace(made.SETTINGS.participation.private, email=True, address=True, months=3)
    asked = replace(made.SETTINGS.participation, private=private)
    rows = french(register(made.site(participation=asked), "fr"))
    kept = [row[3] for row in rows if row[1] in ("Contact", "Données de connexion") and "3" in row[3]]
    assert len(kept) == 2
    assert "Chiffrement" in {row[1] for row in rows}


def test_transfers_name_each_handler_abroad_with_its_safeguards() -> None:
    """Those in Europe are no transfer; a country that nobody knows is one until somebody says more."""
    processors = tuple(
        Processor(name=name, purpose=LocalisedText("Courriels"), country=LocalisedText(country), safeguards=LocalisedText(safe))
        for name, country, safe in (("Un", "Allemagne", ""), ("Deux", "Suisse", "Adéquation"), ("Trois", "Syldavie", ""))
    )  # fmt: skip
    host = replace(made.SETTINGS.legal.host, country=LocalisedText("France"))
    legal = replace(made.SETTINGS.legal, host=host, processors=processors)
    rows = french(register(made.site(legal=legal), "fr"))
    assert [row[1:] for row in rows if row[0].startswith("Transferts")] == [
        ("Deux", "Suisse", "Adéquation"),
        ("Trois", "Syldavie", "[à compléter par l’organisateur]"),
    ]


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("France", True), ("germany", True), ("Islande", True), ("La Réunion", True), ("États-Unis", False), ("USA", False),
        ("Suisse", False), ("Royaume-Uni", False), ("Union européenne", True), ("Syldavie", None), ("", None),
    ],
)  # fmt: skip
def test_countries_are_known_by_their_french_and_english_names(name: str, inside: bool | None) -> None:
    """The European Economic Area, and the French departments beyond the seas."""
    assert is_in_europe(name) is inside


def test_the_questionnaire_asks_all_criteria_and_the_whole_list() -> None:
    """Nine criteria in their order, fourteen kinds of the CNIL's list, an outcome for the organiser."""
    rows = french(questionnaire(made.site()))
    criteria = [field for part, field, _, _ in rows if part.startswith("Les neuf")]
    assert [int(field[0]) for field in criteria] == list(range(1, 10))
    assert sum(part.startswith("Dans la liste de la CNIL de ce qui requiert") for part, *_ in rows) == 14
    assert [content for _, field, content, _ in rows if field.startswith("4.")] == ["Oui"]


def test_many_contributions_make_the_scale_a_question() -> None:
    """The site does not answer for the town there."""
    joined = made.site()
    ids = (f"01BZ{number:022}".replace("8", "A").replace("9", "B") for number in range(LARGE * 2))
    events = [Event("received", id, "0" * 64, "web") for id in dict.fromkeys(ids)][:LARGE]
    many = replace(joined, ledger=Ledger(tuple(chain(events, None, made.NOW))))
    scale = {field: content for _, field, content, _ in french(questionnaire(many))}
    few = {field: content for _, field, content, _ in french(questionnaire(joined))}
    key = "5. Traitement à grande échelle"
    assert (few[key], scale[key]) == ("Non", "À apprécier par l’organisateur")


@pytest.mark.parametrize(("language", "mark"), [("fr", ";"), ("en", ",")])
def test_a_spreadsheet_opens_it(tmp_path: Path, language: str, mark: str) -> None:
    """With its country's mark between columns and the mark of its letters; a telephone number is no formula."""
    root = copy_of("complete", tmp_path)
    settings = (root / "site.yaml").read_text(encoding="utf-8")
    (root / "site.yaml").write_text(
        settings.replace("data_protection: dpd", 'data_protection: "+33 =1;2"#').replace("#@", " # @"),
        encoding="utf-8",
    )
    file = tmp_path / "register.csv"
    done = assises(
        "export", "register", str(root), "-o", str(file), "--language", language, "--now", "2017-11-20T20:15"
    )
    assert done.returncode == 0, done.stderr
    data = file.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=mark))
    assert {len(row) for row in rows} == {4}
    assert " +33 =1;2" in {row[2] for row in rows}


def test_no_cell_is_a_formula() -> None:
    """Whatever a cell begins with."""
    row = replace(register(made.site(), "fr")[0], content=words("=HYPERLINK(1)"))
    text = as_csv([row], ("a", "b", "c", "d"), str, ",")
    assert ",=HYPERLINK" not in text
    assert ", =HYPERLINK(1)" in text


def words(text: str) -> Message:
    """Return a message of these words."""
    return message("{words}", words=text)


def test_a_page_for_printing_is_valid(tmp_path: Path, nu: Callable[[Path], list[str]]) -> None:
    """Both sheets, in French, without a word of the Nu checker."""
    for name in ("register", "impact-assessment"):
        done = assises(
            "export",
            name,
            str(copy_of("minimal", tmp_path / name)),
            "-o",
            str(tmp_path / f"{name}.html"),
            "--language",
            "fr",
        )
        assert done.returncode == 0, done.stderr
    pages = [tmp_path / "register.html", tmp_path / "impact-assessment.html"]
    assert "Registre des traitements" in pages[0].read_text(encoding="utf-8")
    assert nu(tmp_path) == []


def test_another_form_is_refused(tmp_path: Path) -> None:
    """Wrong usage, with the forms that there are."""
    done = assises("export", "register", str(copy_of("minimal", tmp_path)), "-o", str(tmp_path / "x.doc"))
    assert done.returncode == 2
    assert ".csv or .html" in done.stderr
    assert not (tmp_path / "x.doc").exists()
