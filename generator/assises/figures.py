"""What the first page counts: of residents' words, answers, commitments and meetings. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from assises.content import Commitment, Meeting
from assises.site import RESIDENTS, Site


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts at the site's instant: each of things, none of persons."""

    received: int
    """Contributions of residents, whatever became of them; supports and the town's answers are not among them."""

    published: int
    waiting: int
    """For a moderator to read them."""

    answers: int
    """Published answers of the organiser: to single contributions, and to whole pages."""

    commitments: int
    kept: int
    """Commitments that are done."""

    meetings: int
    """Meetings that were held."""

    @property
    def withheld(self) -> int:
        """Contributions that cannot be read: not published, or erased."""
        return self.received - self.published - self.waiting


def figures(site: Site) -> Figures:
    """Return the counts of a site as it is published."""
    fates = Counter(record.fate for record in site.records if record.contribution.kind in RESIDENTS)
    commitments = site.listed(Commitment, site.language)
    held = [m for m in site.listed(Meeting, site.language) if m.ends <= site.now and m.status != "cancelled"]
    originals = (page for page in site.content.pages if page.language == site.language)
    return Figures(
        received=fates.total(),
        published=fates["published"],
        waiting=fates["pending"],
        answers=sum(said.kind == "answer" for said in site.published)
        + sum(getattr(page, "answer", None) is not None for page in originals),
        commitments=len(commitments),
        kept=sum(page.status == "done" for page in commitments),
        meetings=len(held),
    )
