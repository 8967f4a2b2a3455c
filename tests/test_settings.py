"""site.yaml is read whole; wrong files are in sites/invalid."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from assises.schema import LocalisedText
from assises.settings import Inbox, Settings
from assises.settings_reader import load_settings, read_outline

MINIMAL = (Path(__file__).parent / "sites" / "minimal" / "site.yaml").read_text(encoding="utf-8")


def load(root: Path, text: str) -> Settings:
    (root / "site.yaml").write_text(text, encoding="utf-8")
    settings, problems = load_settings(root)
    assert [problem.render() for problem in problems] == []
    assert settings
    return settings


def told(root: Path, text: str) -> list[str]:
    (root / "site.yaml").write_text(text, encoding="utf-8")
    settings, problems = load_settings(root)
    assert settings is None
    return [problem.render() for problem in problems]


def test_the_smallest_file_leaves_all_else_to_defaults(tmp_path):
    """A site's address ends in a slash, its time is that of Paris, its language French."""
    settings = load(tmp_path, MINIMAL)
    assert settings.url == "https://assises.example/villeneuve/"
    assert settings.time_zone == ZoneInfo("Europe/Paris")
    assert settings.languages == ("fr",)
    assert settings.inbox.url == ""
    assert settings.windows == (
        (datetime(2017, 11, 6, 23, tzinfo=UTC), datetime(2017, 12, 10, 23, tzinfo=UTC)),
    )


def test_languages_and_time_zone_hold_above_the_line_that_names_them(tmp_path):
    """Both are known before any other key is read."""
    text = MINIMAL.replace("name: Assises de Villeneuve", "name: {fr: Assises, en: Forum}")
    settings = load(tmp_path, text + "languages: [fr, en]\ntime_zone: Indian/Reunion\n")
    assert settings.name == LocalisedText({"fr": "Assises", "en": "Forum"})
    assert settings.phases[0].opens.astimezone(UTC) == datetime(2017, 11, 6, 20, tzinfo=UTC)


def test_an_intake_elsewhere_gets_its_final_slash(tmp_path):
    """The address is then joined with what comes after it."""
    settings = load(tmp_path, MINIMAL + "inbox:\n  url: https://inbox.example/assises\n")
    assert settings.inbox.url == "https://inbox.example/assises/"


def test_the_keys_of_intakes_elsewhere_are_kept(tmp_path):
    """They say whose contributions the runner takes."""
    settings = load(tmp_path, MINIMAL + f"inbox:\n  url: https://inbox.example\n  keys: [{'ab' * 32}]\n")
    assert settings.inbox == Inbox(url="https://inbox.example/", keys=("ab" * 32,))


def test_the_legal_basis_is_that_of_the_kind(tmp_path):
    """Unless the town names another."""
    assert load(tmp_path, MINIMAL).procedure.legal_basis == "CRPA, art. L131-1"
    concertation = MINIMAL.replace("procedure:\n", "procedure:\n  kind: concertation\n")
    assert load(tmp_path, concertation).procedure.legal_basis == "Code de l’urbanisme, art. L103-2"
    other = MINIMAL.replace("procedure:\n", "procedure:\n  legal_basis: Charte municipale\n")
    assert load(tmp_path, other).procedure.legal_basis == "Charte municipale"


def test_each_key_knows_its_place_or_that_of_its_group(tmp_path):
    """What is missing is told where it should stand."""
    settings = load(tmp_path, MINIMAL)
    assert str(settings.place("phases.0.closes")) == "site.yaml:17:13"
    assert str(settings.place("procedure.decision.date")) == "site.yaml:10:3"
    assert str(settings.place("districts")) == "site.yaml:1:1"


@pytest.mark.parametrize(
    ("text", "unread", "languages"),
    [
        ("name: [", "name", ("fr", "en")),
        (MINIMAL.replace("2017-11-07", "demain"), "phases", ("fr",)),
        (MINIMAL + "languages: [fr, en, en]\n", "languages", ("fr", "en")),
        ("", "", ("fr",)),
    ],
)
def test_an_outline_is_there_whatever_is_wrong(tmp_path, text, unread, languages):
    """What can be read is read, so that content/ can be looked through beside it."""
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "index.en.md").write_text("---\ntitle: Home\n---\n", encoding="utf-8")
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    outline = read_outline(tmp_path)
    assert outline.problems
    assert not unread or unread in outline.unread
    assert outline.settings.languages == languages


def test_phases_may_follow_one_another_without_a_gap_and_in_any_order(tmp_path):
    """A day's end is the next day's beginning."""
    phase = "  - id: announced\n    title: Annonce\n    opens: 2017-10-16\n    closes: 2017-11-06\n"
    settings = load(tmp_path, MINIMAL.replace("participation:", f"{phase}participation:"))
    assert [phase.id for phase in settings.phases] == ["open", "answers", "announced"]


def test_rules_are_checked_although_another_key_is_wrong(tmp_path):
    """A missing name does not hide a phase that closes before it opens."""
    text = MINIMAL.replace("name: Assises de Villeneuve\n", "").replace("2017-12-10", "2017-11-01")
    assert [line.split(" ")[0] for line in told(tmp_path, text)] == ["site.yaml:1:1:", "site.yaml:16:13:"]


def test_addresses_that_break_the_parser_are_told(tmp_path):
    """What urllib refuses by an exception is a problem like any other."""
    for url in (
        '"https://[::1"',
        "https://",
        "http://a b/",
        "javascript:alert(1)",
        "//ville.example/",
        "ftp://a.example/",
    ):
        text = MINIMAL.replace("https://assises.example/villeneuve", url)
        assert told(tmp_path, text)[0].startswith("site.yaml:3:6: ")


def test_the_decision_can_be_read_where_its_address_says(tmp_path):
    """An address that is none is told within its group."""
    decision = "procedure:\n  decision:\n    title: Délibération\n    date: 2017-10-05\n    url: "
    text = MINIMAL.replace("procedure:\n", f"{decision}https://ville.example/12\n")
    assert load(tmp_path, text).procedure.decision
    assert told(tmp_path, text.replace("https://ville", "ville"))[0].startswith("site.yaml:13:10: ")


def test_a_logo_is_a_file_of_the_site(tmp_path):
    """A path with a dot in front is the same file."""
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "logo.svg").write_text("<svg/>")
    settings = load(tmp_path, MINIMAL + "theme:\n  logo: ./content/logo.svg\n")
    assert str(settings.theme.logo) == "content/logo.svg"
    told_lines = told(tmp_path, MINIMAL + "theme:\n  logo: content\n")
    assert "has no file" in told_lines[0]
