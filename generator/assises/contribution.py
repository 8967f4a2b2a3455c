"""One contribution: what a resident, or the town, said; its identity and its canonical bytes."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from assises import canonical

FORMAT = 1
KINDS = ("comment", "proposal", "answer", "survey", "support", "report", "correction", "withdrawal", "probe")
CHANNELS = (
    "web",
    "meeting",
    "workshop",
    "cafe",
    "caravan",
    "desk",
    "paper",
    "telephone",
    "letter",
    "mail",
    "town",
)
POSITIONS = ("for", "nuanced", "against")
OUTCOMES = ("answered", "under-study", "passed-on", "not-ours", "in-synthesis")
"""What an answer of the town comes to; passed on, or dealt with in a synthesis: `to` says where."""

MAX_AUTHOR = 80
"""Characters of a shown name."""

MAX_PLACE = 200
"""Characters of the place where something was said."""

NO_ID = "0" * 26
"""Stands where a contribution has no id yet."""

NO_NONCE = "0" * 32
"""Stands where a contribution has no nonce yet."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32, as ULIDs are written in: no I, L, O or U."""

_NUMBER = re.compile(f"[{_ALPHABET}]{{4}}-[{_ALPHABET}]{{4}}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ID = re.compile(f"[0-7][{_ALPHABET}]{{25}}")
_YEAR_9999 = "76E1X6XC00"
"""How ids of the first instant begin that no format writes: a ULID's time reaches beyond any calendar's."""

_PAGE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:/[a-z0-9]+(?:-[a-z0-9]+)*)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-[A-Z]{2})?")
_PASSAGE = re.compile(r"p-[0-9a-f]{8}")
_NONCE = re.compile(r"[0-9a-f]{32}")


class ContributionError(ValueError):
    """A contribution breaks a rule of its format."""

    def __init__(self, field: str, why: str) -> None:
        self.field = field
        self.why = why
        super().__init__(f"{field}: {why}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One contribution, public fields only: nothing here may not be published."""

    id: str
    """ULID: its first ten characters are the time, the other sixteen 80 keyed bits."""

    kind: str
    """One of `KINDS`."""

    of: str
    """What it speaks to: a page's id (``topics/housing``) or another contribution's."""

    form: str
    """The form it came by: ``page id:kind``. For a reply, `of` is a contribution and this names the page."""

    time: datetime
    """When the form was handed out, UTC, whole seconds; for other channels, when it was said."""

    language: str
    """BCP 47 tag of the form that was used."""

    channel: str
    """How it reached the town: one of `CHANNELS`."""

    nonce: str
    """128 keyed bits, hexadecimal: without it, a digest tells nothing of a short text once that is erased."""

    author: str = ""
    """The name to show, as typed; empty: none."""

    position: str = ""
    """One of `POSITIONS`, or empty."""

    text: str = ""
    """The words, in limited Markdown."""

    place: str = ""
    """Where it was said or handed in, for other channels than the web."""

    passage: str = ""
    """The passage of a draft text that it is about: ``p-`` and eight hexadecimal digits of its words' SHA-256."""

    outcome: str = ""
    """An answer's: one of `OUTCOMES`, or empty."""

    to: str = ""
    """Whom it was passed on to, or the synthesis that deals with it: a page's id, or its name."""

    answers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """A survey's: the id of each question that was answered, by id, and what was chosen or written."""

    def __post_init__(self) -> None:
        _check(self)

    @property
    def page(self) -> str:
        """The id of the page that it stands in."""
        return self.form.partition(":")[0]

    @property
    def number(self) -> str:
        """Its short number, to write down or read out: ``7K3Q-9XWM``."""
        return number(self.id)

    def canonical(self) -> bytes:
        """Return the bytes that are stored, published and digested."""
        return canonical.encode(_document(self))

    def digest(self) -> str:
        """Return the SHA-256 of the canonical bytes, hexadecimal."""
        return hashlib.sha256(self.canonical()).hexdigest()

    @classmethod
    def from_canonical(cls, line: bytes) -> Self:
        """Return the contribution that `line` holds.

        Raises:
            canonical.CanonicalError: the line is not canonical JSON.
            ContributionError: a field is missing, unknown or against its rule.
        """
        document = canonical.decode(line)
        if document.pop("format", None) != FORMAT:
            raise ContributionError("format", f"is not {FORMAT}")
        known = {item.name for item in fields(cls)}
        for key in sorted(document.keys() ^ known):
            if key not in known:
                raise ContributionError(key, "is unknown")
            if key not in _OPTIONAL:
                raise ContributionError(key, "is missing")
        answers = _answers(document.pop("answers", None))
        for key, value in document.items():
            if not isinstance(value, str) or not value:
                raise ContributionError(key, "is empty or no text")
        contribution = cls(**(document | {"time": parse_time(document["time"]), "answers": answers}))
        if contribution.canonical() != line:  # `true` is a 1 to Python, and another byte
            raise ContributionError("format", f"is not {FORMAT}")
        return contribution


def _answers(value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if value is None:
        return ()
    if not isinstance(value, dict) or not all(isinstance(given, list) for given in value.values()):
        raise ContributionError("answers", "is no object of lists")
    return tuple((question, tuple(given)) for question, given in sorted(value.items()))


_OPTIONAL = frozenset(item.name for item in fields(Contribution) if item.default in ("", ()))


def ulid(time: datetime, random: bytes) -> str:
    """Return the ULID of an instant and 80 bits (https://github.com/ulid/spec)."""
    value = (int(time.timestamp()) * 1000 << 80) | int.from_bytes(random[:10])
    return "".join(_ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))


def ulid_time(id: str) -> datetime:
    """Return the instant that a ULID carries."""
    value = 0
    for character in id[:10]:
        value = value * 32 + _ALPHABET.index(character)
    # Not `fromtimestamp`, which Windows refuses for years after 3000.
    return _EPOCH + timedelta(seconds=value // 1000)


def ledger_place(id: str) -> str:
    """Return where a contribution stands in the ledger's pages, below the site's address."""
    return f"ledger/{ulid_time(id):%Y-%m-%d}/#{id}"


def is_id(text: str) -> bool:
    """Tell whether `text` has a contribution id's shape."""
    return _ID.fullmatch(text) is not None and text < _YEAR_9999


def is_page_id(text: str) -> bool:
    """Tell whether `text` has a page id's shape."""
    return len(text) <= 200 and _PAGE.fullmatch(text) is not None


def is_passage(text: str) -> bool:
    """Tell whether `text` has the shape of a passage of a draft text."""
    return _PASSAGE.fullmatch(text) is not None


def is_choice(text: str) -> bool:
    """Tell whether `text` has the shape of a survey's choice: a short name."""
    return is_page_id(text) and "/" not in text


def is_language(text: str) -> bool:
    """Tell whether `text` has the shape of a language tag: ``fr``, ``pt-BR``."""
    return _LANGUAGE.fullmatch(text) is not None


def number(id: str) -> str:
    """Return the short number of a contribution's id: its last eight characters, in two groups."""
    return f"{id[-8:-4]}-{id[-4:]}"


def is_number(text: str) -> bool:
    """Tell whether `text` has a short number's shape."""
    return _NUMBER.fullmatch(text) is not None


def identified(draft: Contribution, key: bytes) -> Contribution:
    """Return `draft` with its id and nonce, both a function of its words and of `key` alone.

    `key` is secret and particular to one sending: sending the same again gives the same contribution,
    another text another id.
    """
    words = replace(draft, id=NO_ID, nonce=NO_NONCE).canonical()
    nonce = hmac.digest(key, b"nonce\n" + words, "sha256")[:16].hex()
    return replace(draft, nonce=nonce, id=ulid(draft.time, hmac.digest(key, b"id\n" + words, "sha256")))


def format_time(time: datetime) -> str:
    """Return an instant as the formats write it: ``2017-11-20T19:15:00Z``."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(text: str) -> datetime:
    """Return the instant that `format_time` wrote.

    Raises:
        ContributionError: it is written otherwise.
    """
    try:
        time = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise ContributionError("time", f"{text!r} is no instant like 2017-11-20T19:15:00Z") from None
    if format_time(time) != text or not 1970 <= time.year < 9999:
        raise ContributionError("time", f"{text!r} is no instant like 2017-11-20T19:15:00Z")
    return time


def _document(contribution: Contribution) -> dict[str, Any]:
    values = {item.name: getattr(contribution, item.name) for item in fields(contribution)}
    values["answers"] = {question: list(given) for question, given in contribution.answers}
    stated = {key: value for key, value in values.items() if value}
    return stated | {"time": format_time(contribution.time), "format": FORMAT}


def _is_answer(answer: tuple[str, tuple[str, ...]]) -> bool:
    question, given = answer
    texts = all(isinstance(text, str) and text for text in given)
    return is_page_id(question) and bool(given) and texts


def _check(contribution: Contribution) -> None:
    page, _, kind = contribution.form.partition(":")
    rules = (
        ("id", is_id(contribution.id), "is no ULID"),
        ("kind", contribution.kind in KINDS, "is unknown"),
        ("of", is_page_id(contribution.of) or is_id(contribution.of), "is neither a page nor a contribution"),
        ("form", is_page_id(page) and kind in KINDS, "is no page id and kind"),
        ("time", contribution.time.tzinfo is not None, "has no time zone"),
        ("language", is_language(contribution.language), "is no language tag"),
        ("channel", contribution.channel in CHANNELS, "is unknown"),
        ("nonce", _NONCE.fullmatch(contribution.nonce) is not None, "is not 32 hexadecimal digits"),
        ("author", len(contribution.author) <= MAX_AUTHOR and "\n" not in contribution.author, "is too long"),
        ("position", contribution.position in ("", *POSITIONS), "is unknown"),
        ("place", len(contribution.place) <= MAX_PLACE and "\n" not in contribution.place, "is too long"),
        ("passage", not contribution.passage or is_passage(contribution.passage), "is none"),
        ("outcome", contribution.outcome in ("", *OUTCOMES), "is unknown"),
        ("to", len(contribution.to) <= MAX_PLACE and "\n" not in contribution.to, "is too long"),
        (
            "answers",
            all(map(_is_answer, contribution.answers)),
            "has an empty answer, or one that is no text",
        ),
    )
    for field, holds, why in rules:
        if not holds:
            raise ContributionError(field, why)
