"""One written value → what it means: text, number, day, instant, time zone.

Each function returns the value or raises `RefusedError`. What YAML 1.1 makes of words behind a writer's back
(``no`` is false, ``2017-11-20`` a date, ``010`` eight) is undone or named.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from assises.contribution import ContributionError, parse_time
from assises.problems import NOTHING, Message, message
from assises.tree import Scalar

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,8})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,12})?")
_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_INSTANT = re.compile(_DAY.pattern + r"(?:[Tt]|[ \t]+)([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_FRENCH_DAY = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What an escape such as ``"\\x01"`` brings past the check of the file: no XML can hold it, nor can UTF-8 all of it."""

_TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class RefusedError(Exception):
    """A value is not what its key takes."""

    def __init__(self, what: Message, mend: Message = NOTHING) -> None:
        self.what = what
        self.mend = mend
        super().__init__(what.render())


def shown(text: str) -> str:
    """Return a value short enough to stand within a sentence, and such that it can be printed."""
    line = _INVISIBLE.sub("\ufffd", " ".join(text.split()))
    return line if len(line) <= 60 else f"{line[:59]}…"


def closest(word: str, known: Iterable[str]) -> str:
    """Return the known word that was probably meant, or an empty text."""
    by_shape = {name.casefold().replace("_", "-"): name for name in known}
    found = get_close_matches(word.casefold().replace("_", "-"), by_shape, n=1)
    return by_shape[found[0]] if found else ""


def did_you_mean(word: str, known: Iterable[str]) -> Message:
    """Return what to write instead of an unknown word."""
    words = sorted(known)
    if guess := closest(word, words):
        return message("Did you mean “{guess}”?", guess=guess)
    return message("Known here: {words}.", words=", ".join(words)) if words else NOTHING


def text(scalar: Scalar) -> str:
    """Return the words as they are written; numbers and dates are words too."""
    if scalar.kind == "bool":
        raise RefusedError(
            message("“{value}” is read as yes or no, and not as a word.", value=scalar.text),
            message("Put it in quotes."),
        )
    if found := _INVISIBLE.search(scalar.text):
        raise RefusedError(
            message("The invisible character U+{code} cannot stand in a text.", code=f"{ord(found[0]):04X}"),
            message("Delete it; it often comes with words pasted from elsewhere."),
        )
    return scalar.text.strip()


def integer(scalar: Scalar) -> int:
    """Return a whole number."""
    if scalar.kind != "int" or not _NUMBER.fullmatch(scalar.text):
        raise RefusedError(
            message("“{value}” is not a whole number.", value=shown(scalar.text)),
            message("Write digits only, without quotes and without a zero in front."),
        )
    return int(scalar.text)


def decimal(scalar: Scalar) -> float:
    """Return a number, whole or with a decimal point."""
    if scalar.kind not in ("int", "float") or not _DECIMAL.fullmatch(scalar.text):
        raise RefusedError(
            message("“{value}” is not a number.", value=shown(scalar.text)),
            message("Write digits and a decimal point, without quotes, such as 48.81."),
        )
    return float(scalar.text)


def truth(scalar: Scalar) -> bool:
    """Return yes or no."""
    if scalar.kind != "bool":
        raise RefusedError(
            message("“{value}” is neither true nor false.", value=shown(scalar.text)),
            message("Write “true” for yes or “false” for no, without quotes."),
        )
    return _TRUTHS[scalar.text.lower()]


def day(scalar: Scalar) -> date:
    """Return a day."""
    written = scalar.text.strip()
    if found := _DAY.fullmatch(written):
        return _calendar_day(written, *found.groups())
    raise RefusedError(message("“{value}” is not a day.", value=shown(written)), _day_mend(written))


def start(scalar: Scalar, zone: ZoneInfo) -> datetime:
    """Return an instant in `zone`; a day alone begins at midnight."""
    return _local(scalar, zone, days=0)


def end(scalar: Scalar, zone: ZoneInfo) -> datetime:
    """Return an instant in `zone`; a day alone lasts to the next midnight."""
    return _local(scalar, zone, days=1)


def instant(scalar: Scalar) -> datetime:
    """Return an instant written in universal time: ``2017-11-20T19:15:00Z``."""
    try:
        return parse_time(scalar.text)
    except ContributionError:
        raise RefusedError(
            message("“{value}” is not an instant in universal time.", value=shown(scalar.text)),
            message("Write it like “2017-11-20T19:15:00Z”."),
        ) from None


def time_zone(scalar: Scalar) -> ZoneInfo:
    """Return the time zone of an IANA name."""
    try:
        return ZoneInfo(scalar.text)
    except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError):
        guess = closest(scalar.text, zoneinfo.available_timezones())
        raise RefusedError(
            message("“{value}” is not the name of a time zone.", value=shown(scalar.text)),
            message("Did you mean “{guess}”?", guess=guess)
            if guess
            else message("Write it like “Europe/Paris”."),
        ) from None


def _local(scalar: Scalar, zone: ZoneInfo, days: int) -> datetime:
    written = scalar.text.strip()
    if found := _DAY.fullmatch(written):
        whole = _calendar_day(written, *found.groups()) + timedelta(days=days)
        # A midnight that a change of clocks leaves out becomes the first instant after it.
        return datetime.combine(whole, time(), zone).astimezone(UTC).astimezone(zone)
    found = _INSTANT.fullmatch(written)
    if not found:
        raise RefusedError(
            message("“{value}” is not a day, nor a day and time.", value=shown(written)), _day_mend(written)
        )
    local = datetime.combine(
        _calendar_day(written, *found.groups()[:3]), _clock(written, *found.groups()[3:])
    )
    # Of the two instants that an hour given back in autumn has, a stretch of time takes the wider.
    local = local.replace(tzinfo=zone, fold=days)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise RefusedError(
            message("“{value}” does not exist: clocks go forward that night.", value=written),
            message("Write the time an hour later."),
        )
    return local


def _calendar_day(written: str, year: str, month: str, day: str) -> date:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        found = date.min
    if not 1900 <= found.year <= 2999:
        raise RefusedError(message("“{value}” is not a day of the calendar.", value=written), _CALENDAR)
    return found


def _clock(written: str, hour: str, minute: str, second: str | None) -> time:
    try:
        return time(int(hour), int(minute), int(second or 0))
    except ValueError:
        raise RefusedError(
            message("“{value}” is not a time of the day.", value=written),
            message("Hours go from 00 to 23, minutes from 00 to 59."),
        ) from None


def _day_mend(written: str) -> Message:
    """Return how to write what was probably meant: a French date, a time with an h."""
    clock = _FRENCH_CLOCK.search(written)
    time_of_day = f" {int(clock[1]):02}:{clock[2] or '00'}" if clock else ""
    if found := _FRENCH_DAY.match(written):
        day, month, year = (int(part) for part in found.groups())
    elif found := _DAY.match(written):
        year, month, day = (int(part) for part in found.groups())
    elif found := _DAY_IN_WORDS.match(written):
        day, month, year = int(found[1]), _month(found[2]), int(found[3])
    else:
        return _AS_A_DAY
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return _AS_A_DAY
    return message("Write {day}, year first.", day=f"{year}-{month:02}-{day:02}{time_of_day}")


def _month(name: str) -> int:
    """Return a month's number by its name, or 0."""
    plain = name.casefold().translate(str.maketrans("éèûùôâ", "eeuuoa"))
    return next((number for begin, number in _MONTHS.items() if plain.startswith(begin)), 0)


_CALENDAR = message("Write year, month and day: months go from 01 to 12, days to the month’s last.")
_AS_A_DAY = message("Write it like 2017-11-20, or with a time like 2017-11-20 18:30.")
_FRENCH_CLOCK = re.compile(r"(?<![\d-])([01]?\d|2[0-3])\s*[hH:](?:\s*([0-5]\d))?")
_DAY_IN_WORDS = re.compile(r"(?:\w+\s+)?(\d{1,2})(?:er)?\s+([^\W\d]{3,})\.?\s+(\d{4})")
_MONTHS = {
    "jan": 1, "fev": 2, "feb": 2, "mar": 3, "avr": 4, "apr": 4, "mai": 5, "may": 5, "juin": 6, "jun": 6, "juil": 7,
    "jul": 7, "aou": 8, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
"""Months by how their names begin, without accents."""
