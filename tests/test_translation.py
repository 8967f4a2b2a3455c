"""Dates, times and words in the reader's language."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from assises.translation import Formats, catalogue, direction, locale, own_name

PARIS = ZoneInfo("Europe/Paris")
UTC = ZoneInfo("UTC")
EVENING = datetime(2017, 11, 20, 17, 30, tzinfo=UTC)
PO = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

msgid "%(day)s at %(time)s"
msgstr "%(day)s à %(time)s"

msgid "from %(start)s to %(end)s"
msgstr "de %(start)s à %(end)s"

msgid "from %(start)s until %(end)s"
msgstr "du %(start)s au %(end)s"

msgid "the end of %(day)s"
msgstr "%(day)s inclus"

msgid "one"
msgid_plural "many"
msgstr[0] "un"
msgstr[1] "plusieurs"
""".encode()

FRENCH = Formats("fr", PARIS, catalogue(PO, "fr").gettext)
ENGLISH = Formats("en", PARIS)


def test_french_writes_an_instant_as_a_town_would():
    """In the consultation's zone, whatever zone the instant is in."""
    assert FRENCH.moment(EVENING) == "lundi 20 novembre 2017 à 18\u00a0h\u00a030"
    assert FRENCH.short_moment(EVENING) == "20 novembre 2017 à 18\u00a0h\u00a030"
    assert FRENCH.span(EVENING, EVENING.replace(hour=20, minute=0)) == "de 18\u00a0h\u00a030 à 21\u00a0h"


def test_english_is_british():
    """Day before month, twenty-four hours."""
    assert ENGLISH.short_moment(EVENING) == "20 November 2017 at 18:30"


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2017, 12, 1), "1er décembre 2017"), (date(2017, 12, 11), "11 décembre 2017"), (date(2017, 12, 21), "21 décembre 2017")],
)  # fmt: skip
def test_french_orders_the_first_of_a_month_alone(day, expected):
    """1er, but 11 and 21."""
    assert FRENCH.short_day(day) == expected


def test_an_end_at_midnight_is_the_day_before_included():
    """« Jusqu’au 10 décembre inclus », since nobody reads « le 11 à 0 h » as that."""
    assert FRENCH.until(datetime(2017, 12, 11, tzinfo=PARIS)) == "dimanche 10 décembre 2017 inclus"
    assert FRENCH.until(datetime(2017, 12, 10, 18, tzinfo=PARIS)) == "dimanche 10 décembre 2017 à 18\u00a0h"


def test_days_name_a_year_and_month_once():
    """A phase's days as one writes them."""
    first, last = datetime(2017, 12, 6, tzinfo=PARIS), datetime(2017, 12, 11, tzinfo=PARIS)
    assert FRENCH.days(first, last).replace("\u2009", " ") == "6–10 déc. 2017"
    assert FRENCH.days(first, datetime(2017, 12, 7, tzinfo=PARIS)) == "6 décembre 2017"
    across = FRENCH.days(first, datetime(2018, 2, 2, tzinfo=PARIS))
    assert across.replace("\u2009", " ") == "6 déc. 2017 – 1er févr. 2018"


def test_a_span_over_more_than_a_day_gives_both_moments():
    """Not only two times of different days."""
    later = datetime(2017, 11, 21, 9, tzinfo=PARIS)
    assert (
        FRENCH.span(EVENING, later)
        == "du 20 novembre 2017 à 18\u00a0h\u00a030 au 21 novembre 2017 à 9\u00a0h"
    )


def test_machines_get_the_zone_s_own_instant():
    """RFC 3339, for <time datetime>."""
    assert FRENCH.iso(EVENING) == "2017-11-20T18:30+01:00"
    assert FRENCH.iso(date(2017, 11, 20)) == "2017-11-20"


def test_numbers_have_their_language_s_separators():
    """A narrow no-break space in French, a comma in English."""
    assert FRENCH.number(5000) == "5\u202f000"
    assert ENGLISH.number(5000) == "5,000"


def test_parts_of_a_day_for_the_calendar_leaf():
    """Weekday, number and month stand apart in a meeting's entry."""
    parts = (
        FRENCH.weekday(EVENING),
        FRENCH.day_number(EVENING),
        FRENCH.month(EVENING),
        FRENCH.day_month(EVENING),
    )
    assert parts == ("lundi", "20", "nov.", "20 novembre")


def test_a_catalogue_knows_plurals_and_a_lacking_one_changes_nothing():
    """French counts nought as one."""
    words = catalogue(PO, "fr")
    assert [words.ngettext("one", "many", n) for n in (0, 1, 2)] == ["un", "un", "plusieurs"]
    assert catalogue(None, "fr").gettext("one") == "one"


def test_languages_by_their_own_names_and_directions():
    """Unknown ones keep their tag and are shown as English is."""
    assert [own_name(tag) for tag in ("fr", "en", "ar", "qqq")] == ["Français", "English", "العربية", "qqq"]
    assert [direction(tag) for tag in ("fr", "ar", "qqq")] == ["ltr", "rtl", "ltr"]
    assert str(locale("not a tag")) == "en_GB"
