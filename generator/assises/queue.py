"""What waits for a decision, and what one may look for in it."""

from __future__ import annotations

from dataclasses import dataclass

from assises.contribution import Contribution


@dataclass(frozen=True, slots=True)
class Known:
    """A contribution that waits."""

    contribution: Contribution
    flags: tuple[str, ...] = ()
    """What machines noticed."""

    @property
    def is_report(self) -> bool:
        """Whether it speaks of another contribution that should go."""
        return self.contribution.kind == "report"


@dataclass(frozen=True, slots=True)
class Filter:
    """What somebody looks for among what waits."""

    of: str = ""
    """A page's id; empty: any."""

    flag: str = ""
    """A flag; empty: any or none."""

    words: str = ""
    """Something that stands in the text or the name, without regard to case."""

    @property
    def is_on(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.of or self.flag or self.words)

    def fits(self, known: Known) -> bool:
        """Tell whether a contribution is looked for."""
        said = known.contribution
        return (
            (not self.of or said.page == self.of)
            and (not self.flag or self.flag in known.flags)
            and (not self.words or self.words.casefold() in f"{said.author}\n{said.text}".casefold())
        )

    def arguments(self) -> dict[str, str]:
        """Return it as an address carries it."""
        return {name: value for name in ("of", "flag", "words") if (value := getattr(self, name))}
