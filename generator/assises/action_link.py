"""Links in moderators' letters: one moderator's, for one action on one contribution in one state, for some days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Self, cast, get_args

from assises.contribution import format_time, is_id, parse_time
from assises.keys import Key
from assises.signed import SignedError, seal, unseal
from assises.store import FATES, Fate

LIFE = timedelta(days=5)
"""How long a link is good for: over a long weekend."""

Linked = Literal["publish", "withhold"]

_PURPOSE = "letter"


class ActionLinkError(ValueError):
    """A link is not good; `reason` is one of ``malformed``, ``expired``."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class ActionLink:
    """What one link may do."""

    id: str
    action: Linked
    who: str
    """The moderator's address."""

    fate: Fate
    count: int
    """How many decisions there were: whatever was decided since, the link does nothing any more."""

    until: datetime

    def text(self, key: Key) -> str:
        """Return what the address carries."""
        document = {
            "id": self.id,
            "action": self.action,
            "who": self.who,
            "fate": self.fate,
            "count": self.count,
        }
        return seal(key, _PURPOSE, document | {"until": format_time(self.until)})

    @classmethod
    def read(cls, key: Key, text: str, now: datetime) -> Self:
        """Return the link that a text is.

        Raises:
            ActionLinkError: it was not made by this key, is too old, or is dated ahead.
        """
        try:
            document = unseal(key, _PURPOSE, text)
            link = cls(
                document["id"],
                cast("Linked", document["action"]),
                document["who"],
                cast("Fate", document["fate"]),
                document["count"],
                parse_time(document["until"]),
            )
        except (SignedError, KeyError, TypeError) as error:
            raise ActionLinkError("malformed") from error
        if not is_id(link.id) or link.action not in get_args(Linked) or link.fate not in FATES:
            raise ActionLinkError("malformed")
        # One that lasts longer than any can was dated ahead, by a clock that was wrong.
        if not now < link.until <= now + LIFE + timedelta(minutes=5):
            raise ActionLinkError("expired")
        return link
