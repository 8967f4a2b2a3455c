"""What a moderator chose, and whether it can be done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, cast, get_args

from assises.canonical import normal
from assises.moderation import Decision, Seen
from assises.settings import Rule
from assises.store import FATES, Fate

MAX_REASON = 2000
"""Characters of a reason."""

KEPT = 50_000
"""Characters of a field that are given back; a longer one is cut, far above any limit."""

Chosen = Literal["publish", "withhold", "dismiss"]
_REASONED = ("withhold", "dismiss")


@dataclass(frozen=True, slots=True)
class Choice:
    """The fields of the decision's form as they were typed."""

    action: Chosen = "publish"
    fate: Fate = "pending"
    """The fate that the page showed."""

    count: int | None = None
    """How many decisions the page showed; None: the form does not say."""

    rule: str = ""
    reason: str = ""

    @classmethod
    def from_fields(cls, fields: Mapping[str, str]) -> Choice | None:
        """Return what the fields of a request say; None where no form of the desk sends that."""
        action, fate, count = (fields.get(name, "") for name in ("action", "seen", "count"))
        if action not in get_args(Chosen) or fate not in FATES or not (count.isdecimal() or not count):
            return None
        return cls(
            cast("Chosen", action),
            fate,
            int(count[:9]) if count else None,
            fields.get("rule", "")[:200] if action == "withhold" else "",
            normal(fields.get("reason", "")[:KEPT]).strip() if action in _REASONED else "",
        )

    @property
    def seen(self) -> Seen:
        """The state on which it was made."""
        return Seen(self.fate, self.count)

    def wrong(self, rules: Iterable[Rule]) -> tuple[str, ...]:
        """Return what keeps it from being done: ``rule``, ``reason``, ``reason-long``."""
        if self.action == "publish":
            return ()
        length = "reason" if not self.reason else "reason-long" if len(self.reason) > MAX_REASON else ""
        unruled = self.action == "withhold" and self.rule not in {rule.id for rule in rules}
        return tuple(fault for fault in ("rule" if unruled else "", length) if fault)

    def decision(self, who: str, now: datetime, related: tuple[str, ...] = ()) -> Decision:
        """Return the decision that it becomes."""
        return Decision(self.action, who, now, self.rule, self.reason, related=related)


@dataclass(frozen=True, slots=True)
class Again:
    """What a decision's form is shown with: fresh, or once more because something keeps the decision from being taken."""

    status: int = 200
    choice: Choice = field(default_factory=Choice)
    wrong: tuple[str, ...] = ()

    @property
    def names(self) -> dict[str, object]:
        """What its template has to know."""
        return {"choice": self.choice, "wrong": self.wrong, "longest": MAX_REASON}
