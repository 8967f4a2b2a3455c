"""What a moderator chose, and whether it can be done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from assises.canonical import normal
from assises.moderation import Decision
from assises.settings import Rule
from assises.store import FATES, Fate

MAX_REASON = 2000
"""Characters of a reason."""

_KEPT = 50_000
"""Characters of a reason that are given back; a longer one is cut, far above any limit."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The fields of the decision's form as they were typed."""

    action: Literal["publish", "withhold"] = "publish"
    seen: Fate = "pending"
    """The fate that the page showed."""

    rule: str = ""
    reason: str = ""

    @classmethod
    def from_fields(cls, fields: Mapping[str, str]) -> Choice | None:
        """Return what the fields of a request say; None where no form of the desk sends that."""
        action, seen = fields.get("action", ""), fields.get("seen", "")
        if action not in ("publish", "withhold") or seen not in FATES:
            return None
        return cls(
            cast('Literal["publish", "withhold"]', action),
            seen,
            fields.get("rule", "")[:200] if action == "withhold" else "",
            normal(fields.get("reason", "")[:_KEPT]).strip() if action == "withhold" else "",
        )

    def wrong(self, rules: Iterable[Rule]) -> tuple[str, ...]:
        """Return what keeps it from being done: ``rule``, ``reason``, ``reason-long``."""
        if self.action == "publish":
            return ()
        length = "reason" if not self.reason else "reason-long" if len(self.reason) > MAX_REASON else ""
        unknown = "" if self.rule in {rule.id for rule in rules} else "rule"
        return tuple(fault for fault in (unknown, length) if fault)

    def decision(self, who: str, now: datetime) -> Decision:
        """Return the decision that it becomes."""
        return Decision(self.action, who, now, self.rule, self.reason)
