"""Contributions: identity, canonical bytes, and every rule of the format."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assises.canonical import CanonicalError, encode, normal
from assises.contribution import (
    CHANNELS,
    KINDS,
    POSITIONS,
    Contribution,
    ContributionError,
    format_time,
    identified,
    is_id,
    is_language,
    is_page_id,
    number,
    parse_time,
    ulid,
    ulid_time,
)
from kernel import NOW, contribution, golden

TEXT = st.text(st.characters(exclude_categories=()), max_size=60).map(normal)
INSTANTS = st.integers(0, 253_370_764_799).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
"""Up to the end of the year 9998."""
CONTRIBUTIONS = st.builds(
    contribution,
    TEXT,
    st.binary(max_size=40),
    kind=st.sampled_from(KINDS),
    of=st.sampled_from(["index", "topics/housing", contribution().id]),
    time=INSTANTS,
    language=st.sampled_from(["fr", "pt-BR", "zh-Hant-TW"]),
    channel=st.sampled_from(CHANNELS),
    author=TEXT.map(lambda text: text.replace("\n", "")),
    position=st.sampled_from(["", *POSITIONS]),
)


@given(CONTRIBUTIONS)
def test_a_contribution_goes_there_and_back(item):
    """The canonical line holds the whole contribution and nothing else."""
    line = item.canonical()
    assert Contribution.from_canonical(line) == item
    assert Contribution.from_canonical(line).canonical() == line
    assert is_id(item.id)
    assert ulid_time(item.id) == item.time


@given(st.binary(min_size=1, max_size=32), TEXT, TEXT)
def test_identity_is_a_function_of_key_and_words(key, text, other):
    """The same twice gives the same bytes; another text or key gives another id and another nonce."""
    assume(text != other)
    first, second = contribution(text, key), contribution(other, key)
    assert contribution(text, key).canonical() == first.canonical()
    elsewhere = contribution(text, key + b"!")
    assert len({first.id, second.id, elsewhere.id}) == 3
    assert len({first.nonce, second.nonce, elsewhere.nonce}) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"author": "Anne"},
        {"position": "for"},
        {"of": "topics/parks"},
        {"form": "topics/parks:comment"},
        {"kind": "proposal"},
        {"language": "en"},
        {"channel": "paper"},
        {"time": NOW + timedelta(seconds=1)},
    ],
)
def test_every_field_counts_for_the_identity(change):
    """What differs in any public field is another contribution."""
    assert contribution(**change).id != contribution().id
    assert contribution(**change).nonce != contribution().nonce


def test_id_and_nonce_reveal_nothing_equal():
    """Neither holds a part of the other, though one key makes both."""
    item = contribution()
    keyed = int.from_bytes(bytes.fromhex(item.nonce)[:10])
    assert ulid(item.time, bytes.fromhex(item.nonce)) != item.id
    assert keyed != sum(
        "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(c) << 5 * n for n, c in enumerate(reversed(item.id[10:]))
    )


def test_identity_does_not_depend_on_what_stood_in_its_place():
    """To identify again what was identified changes nothing."""
    item = contribution()
    assert identified(item, b"one sending") == item


def test_the_canonical_line_is_kept():
    """The bytes of format 1, as they are stored and published for ever."""
    whole = contribution(
        'Des logements « pour tous »\u202f!\n\nEt des arbres : 1 < 2 & "3" \\ 4 \N{EVERGREEN TREE}',
        kind="proposal",
        form="questions/square:proposal",
        of="questions/square",
        author="Anne d’Ivry",
        position="nuanced",
    )
    reply = contribution("D’accord.", kind="answer", of=whole.id, channel="meeting", language="en")
    golden("contributions.jsonl", whole.canonical() + reply.canonical())
    assert whole.digest() == hashlib.sha256(whole.canonical()).hexdigest()


def without(field: str) -> bytes:
    """Return the canonical line of a contribution that lacks a field."""
    document = json.loads(contribution().canonical())
    del document[field]
    return encode(document)


def with_(**fields: object) -> bytes:
    """Return the canonical line of a contribution with other fields."""
    return encode(json.loads(contribution().canonical()) | fields)


@pytest.mark.parametrize(
    "field", ["format", "id", "kind", "of", "form", "time", "language", "channel", "nonce"]
)
def test_a_missing_field_is_named(field):
    """Each field that every contribution has is asked for."""
    with pytest.raises(ContributionError) as raised:
        Contribution.from_canonical(without(field))
    assert raised.value.field == field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", 2),
        ("format", "1"),
        ("format", True),
        ("id", "../../../etc/passwd"),
        ("id", "01BZDG2EN08WDXRWZNZ2XTQC5Z\n"),
        ("id", "81BZDG2EN08WDXRWZNZ2XTQC5Z"),
        ("id", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"),
        ("id", "01bzdg2en08wdxrwznz2xtqc5z"),
        ("kind", "vote"),
        ("of", "../topics"),
        ("of", "/topics/housing"),
        ("of", "topics//housing"),
        ("of", "topics/Housing"),
        ("of", ".git/config"),
        ("of", "a" * 201),
        ("form", "topics/housing"),
        ("form", "topics/housing:vote"),
        ("form", "../x:comment"),
        ("form", "topics/housing:comment:comment"),
        ("time", "2017-11-20T19:15:00+00:00"),
        ("time", "2017-11-20T19:15:00.5Z"),
        ("time", "2017-11-20 19:15:00Z"),
        ("time", "2017-11-31T19:15:00Z"),
        ("time", "２０１７-11-20T19:15:00Z"),
        ("time", "2017-1-2T3:4:5Z"),
        ("time", "1969-12-31T23:59:59Z"),
        ("time", "9999-01-01T00:00:00Z"),
        ("language", "français"),
        ("language", "fr\n"),
        ("channel", "pigeon"),
        ("nonce", "0" * 31),
        ("nonce", "G" * 32),
        ("nonce", "A" * 32),
        ("author", "a" * 81),
        ("author", "two\nlines"),
        ("author", ""),
        ("author", 5),
        ("author", None),
        ("author", ["Anne"]),
        ("position", "yes"),
        ("text", ""),
        ("text", {}),
        ("status", "published"),
        ("votes", 3),
    ],
    ids=str,
)
def test_a_field_against_its_rule_is_named(field, value):
    """What a stranger may have written into a store is never taken for a contribution."""
    with pytest.raises(ContributionError) as raised:
        Contribution.from_canonical(with_(**{field: value}))
    assert raised.value.field == field


@given(st.binary(max_size=60), st.integers(0, 300))
def test_a_damaged_line_is_refused(junk, at):
    """Whatever is put into the line, it is refused, or it is another contribution in its own right."""
    line = contribution().canonical()
    damaged = line[:at] + junk + line[at:]
    try:
        item = Contribution.from_canonical(damaged)
    except (CanonicalError, ContributionError):
        return
    assert item.canonical() == damaged
    assert (item == contribution()) == (damaged == line)


@given(INSTANTS, st.binary(min_size=10, max_size=32))
def test_an_id_carries_its_instant_and_sorts_by_it(time, random):
    """Ids are ULIDs: the oldest first, whatever the random end."""
    id = ulid(time, random)
    assert is_id(id)
    assert ulid_time(id) == time
    if time.year < 9998:
        assert ulid(time + timedelta(seconds=1), b"\0" * 10) > id


def test_a_ulid_is_that_of_the_specification():
    """The example of https://github.com/ulid/spec was made at 2016-07-30T23:54:10.259Z."""
    example = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
    assert ulid_time(example) == datetime(2016, 7, 30, 23, 54, 10, tzinfo=UTC)
    made = ulid(datetime(2016, 7, 30, 23, 54, 10, tzinfo=UTC), b"\xff" * 10)
    assert (made[:8], made[10:]) == (example[:8], "Z" * 16)


@given(INSTANTS)
def test_instants_go_there_and_back(time):
    """An instant has one spelling, of twenty characters."""
    assert parse_time(format_time(time)) == time
    assert len(format_time(time)) == 20


def test_instants_are_written_in_universal_time():
    """The hour of the wall clock never enters the format."""
    assert format_time(NOW.astimezone(timezone(timedelta(hours=1)))) == "2017-11-20T19:15:00Z"


def test_an_instant_without_zone_is_refused():
    """A naive instant could be any hour."""
    with pytest.raises(ContributionError, match="time zone"):
        replace(contribution(), time=NOW.replace(tzinfo=None))


@pytest.mark.parametrize("text", ["fr\n", "topics/housing\n", "", " fr", "FR", "e\u0301"])
def test_shapes_end_where_they_end(text):
    """A newline at the end does not pass for nothing, as `$` would let it."""
    assert not is_language(text)
    assert not is_page_id(text)
    assert not is_id(contribution().id + "\n")


def test_the_number_is_the_end_of_the_id():
    """Eight characters in two groups, to read out over the telephone."""
    assert number("01BZDG2EN08WDXRWZNZ2XTQC5Z") == "Z2XT-QC5Z"
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", contribution().number)
    assert contribution().number.replace("-", "") == contribution().id[-8:]


def test_a_page_is_the_one_of_the_form():
    """A reply points to a contribution, and its form names the page that it stands in."""
    assert contribution(of=contribution().id).page == "topics/housing"
