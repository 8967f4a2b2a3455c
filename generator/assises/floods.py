"""What is suspicious in a batch as a whole: too many, too alike, too full of links. Pure.

Nothing here refuses anything: what looks like a flood is read by a person before it may appear.
"""

from __future__ import annotations

import hmac
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from assises.contribution import Contribution
from assises.envelope import Envelope

FROM_ONE_NETWORK = 60
"""Contributions a minute of one network that a person should look at. A school of 300 that takes ten minutes, behind
one address, stays below; a machine that sends ten a second does not."""

TO_ONE_FORM = 200
"""Contributions a minute to one form, from wherever: more than a full hall writes."""

ALIKE = 3
"""How many of the same words a day make them a campaign, or a machine's; each is kept and counted, and read first."""

LINKS = 3
"""Links in one contribution above which it may be there for their sake."""

LEAST_LETTERS = 20
"""Letters from which on words are told by: many residents say “D’accord.”"""

_LINK = re.compile(r"https?://|www\.|\]\(", re.IGNORECASE)
_NO_LETTER = re.compile(r"[\W_]+")


def likeness(contribution: Contribution, key: bytes) -> str:
    """Return what is the same for the same words, whatever their capitals, spaces and signs: 12 hexadecimal digits.

    Keyed, so that it tells nothing of words that are gone; empty where they are too few.
    """
    letters = _NO_LETTER.sub("", contribution.text).casefold()
    return hmac.digest(key, letters.encode(), "sha256")[:6].hex() if len(letters) >= LEAST_LETTERS else ""


def suspicions(
    envelopes: Iterable[Envelope], likenesses: Mapping[str, str], before: Mapping[str, int]
) -> dict[str, tuple[str, ...]]:
    """Return the flags that a batch as a whole gives each of its contributions, by id; none for most.

    Args:
        envelopes: what is new, whoever sent it.
        likenesses: each contribution's likeness, by id.
        before: how often each likeness came earlier that day.
    """
    there = list(envelopes)
    networks = Counter(_minute(item, item.network) for item in there if item.network)
    forms = Counter(_minute(item, item.contribution.form) for item in there)
    alike = Counter(filter(None, (likenesses.get(item.contribution.id, "") for item in there)))
    alike.update({like: before.get(like, 0) for like in alike})
    found = {
        item.contribution.id: tuple(
            flag
            for flag, holds in (
                ("many-from-one-network", networks[_minute(item, item.network)] > FROM_ONE_NETWORK),
                ("flood", forms[_minute(item, item.contribution.form)] > TO_ONE_FORM),
                ("alike", alike[likenesses.get(item.contribution.id, "")] >= ALIKE),
                ("many-links", len(_LINK.findall(item.contribution.text)) > LINKS),
            )
            if holds
        )
        for item in there
    }
    return {id: flags for id, flags in found.items() if flags}


def _minute(item: Envelope, of: str) -> tuple[str, datetime]:
    return of, item.contribution.time.replace(second=0)
