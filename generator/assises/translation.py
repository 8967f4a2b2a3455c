"""Words, dates and numbers in the reader's language: gettext catalogues and Unicode's CLDR, through Babel."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import (
    format_date,
    format_datetime,
    format_interval,
    format_skeleton,
    format_time,
    format_timedelta,
)
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations
from babel.units import format_unit

_REGIONS = MappingProxyType({"en": "en_GB"})
"""CLDR's bare ``en`` is American: month before day."""


JOINING = (
    "%(day)s at %(time)s",
    "from %(start)s to %(end)s",
    "from %(start)s until %(end)s",
    "the end of %(day)s",
)
"""The few words that join dates and times, which catalogues translate."""

_FIRST = re.compile(r"(?<!\d)1(?=[\s–])")
"""A date's first day of the month."""


def catalogue(po: bytes | None, language: str) -> NullTranslations:
    """Return the translations that a ``.po`` file holds; without one, every message stays as it is."""
    if po is None:
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(po), locale=language.replace("-", "_")))
    compiled.seek(0)
    return Translations(compiled)


def locale(language: str) -> Locale:
    """Return the locale of a BCP 47 tag; British English where CLDR does not know the language."""
    return _known(language) or Locale.parse("en_GB")


def own_name(language: str) -> str:
    """Return a language's name in itself: ``Français``; the tag where CLDR does not know it."""
    found = _known(language)
    # Without its region: nobody looks for « British English » in a list of languages.
    name = Locale(found.language, script=found.script).get_display_name() if found else None
    return name[0].upper() + name[1:] if name else language


def direction(language: str) -> str:
    """Return ``ltr`` or ``rtl``."""
    return locale(language).text_direction


def last_instant(end: datetime) -> datetime:
    """Return the last instant before `end`: of a phase that closes at midnight, one of its last day."""
    return end - timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Formats:
    """How one language writes dates, times and numbers, in the consultation's time zone."""

    language: str
    zone: ZoneInfo
    gettext: Callable[[str], str] = str
    """Translates the few words that join a date and a time."""

    def day(self, value: date) -> str:
        """Return « lundi 20 novembre 2017 »."""
        return self._date(value, "full")

    def short_day(self, value: date) -> str:
        """Return « 20 novembre 2017 »."""
        return self._date(value, "long")

    def weekday(self, value: datetime) -> str:
        """Return « lundi »."""
        return format_datetime(value, "EEEE", tzinfo=self.zone, locale=locale(self.language))

    def month(self, value: datetime) -> str:
        """Return « nov. »."""
        return format_datetime(value, "LLL", tzinfo=self.zone, locale=locale(self.language))

    def month_year(self, value: datetime) -> str:
        """Return « novembre 2017 »."""
        return str(format_skeleton("yMMMM", value, tzinfo=self.zone, locale=locale(self.language)))

    def day_number(self, value: datetime) -> str:
        """Return the day of the month: « 20 »."""
        return str(value.astimezone(self.zone).day)

    def day_month(self, value: datetime) -> str:
        """Return « 20 novembre »."""
        text = format_skeleton("MMMMd", value, tzinfo=self.zone, locale=locale(self.language))
        return self._ordinal(text)

    def days(self, start: datetime, end: datetime) -> str:
        """Return the days from `start` to just before `end`: « 7 nov. – 5 déc. 2017 »."""
        first, last = (instant.astimezone(self.zone).date() for instant in (start, last_instant(end)))
        if first == last:
            return self.short_day(first)
        return self._ordinal(format_interval(first, last, "yMMMd", locale=locale(self.language)))

    def time(self, value: datetime) -> str:
        """Return « 18 h 30 », and « 18 h » on the hour; other languages as they write it."""
        if self.language.partition("-")[0] != "fr":
            return format_time(value, "short", tzinfo=self.zone, locale=locale(self.language))
        local = value.astimezone(self.zone)
        return f"{local.hour}\u00a0h\u00a0{local:%M}" if local.minute else f"{local.hour}\u00a0h"

    def moment(self, value: datetime) -> str:
        """Return « lundi 20 novembre 2017 à 18 h 30 »."""
        joined = self.gettext("%(day)s at %(time)s")
        return joined % {"day": self.day(value), "time": self.time(value)}

    def short_moment(self, value: datetime) -> str:
        """Return « 20 novembre 2017 à 18 h 30 »."""
        joined = self.gettext("%(day)s at %(time)s")
        return joined % {"day": self.short_day(value), "time": self.time(value)}

    def until(self, end: datetime) -> str:
        """Return the end of a stretch of time: « dimanche 10 décembre 2017 inclus » where it is midnight."""
        local = end.astimezone(self.zone)
        if (local.hour, local.minute) != (0, 0):
            return self.moment(end)
        return self.gettext("the end of %(day)s") % {"day": self.day(last_instant(end))}

    def span(self, start: datetime, end: datetime) -> str:
        """Return « de 18 h 30 à 21 h »; over more than one day « du 20 novembre 2017 à 18 h 30 au… »."""
        if start.astimezone(self.zone).date() == end.astimezone(self.zone).date():
            joined, write = self.gettext("from %(start)s to %(end)s"), self.time
        else:
            joined, write = self.gettext("from %(start)s until %(end)s"), self.short_moment
        return joined % {"start": write(start), "end": write(end)}

    def iso(self, value: date) -> str:
        """Return the value for ``<time datetime>``: RFC 3339, in the consultation's time zone."""
        if isinstance(value, datetime):
            return value.astimezone(self.zone).isoformat(timespec="minutes")
        return value.isoformat()

    def number(self, value: int) -> str:
        """Return a number with its language's separators."""
        return str(format_decimal(value, locale=locale(self.language)))

    def percent(self, value: float) -> str:
        """Return a share of 1 in percent: « 42 % »."""
        return str(format_percent(round(value, 2), locale=locale(self.language)))

    def duration(self, value: timedelta) -> str:
        """Return how long something took: « 3 heures »; what took less than a minute took one."""
        value = max(value, timedelta(minutes=1))
        return str(format_timedelta(value, granularity="minute", threshold=1.5, locale=locale(self.language)))

    def size(self, value: int) -> str:
        """Return a file's size: « 640 ko », « 2,4 Mo »."""
        unit, factor = ("digital-megabyte", 1_000_000) if value >= 950_000 else ("digital-kilobyte", 1000)
        count = value / factor
        shown = f"{count:.1f}" if count < 10 else f"{count:.0f}"
        return format_unit(
            max(Decimal(shown).normalize(), Decimal("0.1")), unit, "short", locale=locale(self.language)
        )

    def filters(self) -> Mapping[str, Callable[..., object]]:
        """Return all of the above by name, for templates."""
        names = "day short_day days weekday month month_year day_number day_month time moment short_moment until span iso number percent duration size"
        return {name: getattr(self, name) for name in names.split()} | {"last_instant": last_instant}

    def _date(self, value: date, width: str) -> str:
        if isinstance(value, datetime):
            value = value.astimezone(self.zone).date()
        return self._ordinal(format_date(value, width, locale=locale(self.language)))

    def _ordinal(self, text: str) -> str:
        """Return a French date with its first day as French writes it: « 1er décembre »."""
        if self.language.partition("-")[0] != "fr":
            return text
        return _FIRST.sub("1er", text)


def _known(language: str) -> Locale | None:
    try:
        return Locale.parse(_REGIONS.get(language, language.replace("-", "_")))
    except (ValueError, UnknownLocaleError):
        return None
