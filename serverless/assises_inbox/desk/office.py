"""What all of the desk's answers draw on: the store, the site, who may come in, and the pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from assises.contribution import is_id
from assises.keys import Key
from assises.moderators import Moderator
from assises.sign_in import SignIn
from assises.site import Site
from assises.store import Fate, Store
from assises_inbox.desk.gate import Gate
from assises_inbox.desk.pages import Pages
from assises_inbox.desk.shelves import Shelves
from assises_inbox.desk.view import item
from assises_inbox.desk.visit import Visit
from assises_inbox.desk.waiting import Waiting

SHOWN: tuple[Fate, ...] = ("published", "withheld")
"""The fates that have a list, beside what waits."""


@dataclass(slots=True)
class Office:
    """Everything that the desk touches is given to it here."""

    store: Store
    site: Callable[[], Site]
    key: Key
    """The desk's own; it signs sessions and links."""

    clock: Callable[[], datetime]
    decided: Callable[[], None]
    """Called after each decision, as a hint to the runner."""

    base: str
    """The site's absolute address, with its final slash."""

    url: str
    """The desk's absolute address, with its final slash."""

    local: Moderator | None = None
    """Whoever started the desk on their own machine; they need not be on the list."""

    send_link: Callable[[Moderator, str], None] | None = None
    """Brings a fresh sign-in link to a moderator; where there is none, the page does not offer to."""

    gate: Gate = field(init=False)
    shelves: Shelves = field(init=False, default_factory=Shelves)
    waiting: Waiting = field(init=False, default_factory=Waiting)

    def __post_init__(self) -> None:
        self.gate = Gate(self.store, self.key, self.url, self.local)

    def sign_in_link(self, moderator: Moderator) -> str:
        """Return a fresh link into the desk: good once, for 15 minutes."""
        return SignIn.fresh(moderator.email, self.clock()).url(self.key, self.url)

    def pages(self, visit: Visit) -> Pages:
        """Return the pages, as this visit gets them."""
        return Pages(
            visit,
            self.key,
            self.base,
            offers_link=self.send_link is not None,
            needs_address=self.local is None,
        )

    def inside(self, visit: Visit, template: str, status: int = 200, **names: Any) -> Response:
        """Return a page that only a moderator sees: with what lies where, and what was just done."""
        snapshot = visit.snapshot
        asked = visit.request.args.get("done", "")
        done = item(snapshot, visit.site, asked, visit.language) if is_id(asked) else None
        waiting = self.waiting.everything(snapshot)
        reports = sum(each.is_report for each in waiting)
        counts: dict[str, int] = {fate: len(self.shelves.ids(snapshot, fate)) for fate in SHOWN}
        counts |= {"pending": len(waiting) - reports, "reports": reports}
        return self.pages(visit).page(template, status, **{"counts": counts, "done": done} | names)


def go(place: str) -> Response:
    """Return the answer that leads to another page by GET."""
    return redirect(place, 303, Response)
