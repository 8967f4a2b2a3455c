"""A built site to its place, as `assises deploy` and `assises launch` bring it there."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from assises.cli.places import failed, place_at, releases_of, said_done
from assises.console import Console
from assises.deploy.along import going_along
from assises.deploy.claimant import claimant_of
from assises.deploy.contract import Target, TargetError
from assises.deploy.plan import Plan
from assises.deploy.publish import Terms, planned, publish
from assises.feeds import MEETINGS
from assises.load import Loaded, kept_in
from assises.meeting_calendar import untold
from assises.problems import message


@dataclass(frozen=True, slots=True)
class Deploying:
    """Where the pages go, and on which terms."""

    console: Console
    root: Path
    address: str
    terms: Terms = field(default_factory=Terms)
    preview: bool = False
    """Whether it is for the elected official's eyes: hidden from search engines, and no release."""

    def show(self, loaded: Loaded, outputs: Mapping[str, bytes]) -> None:
        """Say what would be sent and removed, and change nothing."""
        whole, settings = self._whole(loaded, outputs), loaded.site.settings
        try:
            with closing(place_at(self.address, self.root, settings, preview=self.preview)) as place:
                self._untold(place, loaded, whole)
                _show(self.console, place.address, planned(place, whole, datetime.now(UTC), self.terms))
        except TargetError as error:
            failed(self.console, error)

    def do(self, loaded: Loaded, outputs: Mapping[str, bytes]) -> None:
        """Send and remove, keep the release for `assises rollback`, and say what was done."""
        try:
            self.put(loaded, outputs)
        except TargetError as error:
            failed(self.console, error)

    def put(self, loaded: Loaded, outputs: Mapping[str, bytes]) -> Plan:
        """Do so, and return what was done.

        Raises:
            TargetError: the place cannot be written, or somebody else is at it.
        """
        whole, settings, moment = self._whole(loaded, outputs), loaded.site.settings, datetime.now(UTC)
        with ExitStack() as stack:
            target = place_at(self.address, self.root, settings, preview=self.preview)
            place = stack.enter_context(closing(target))
            claimant = stack.enter_context(claimant_of(kept_in(self.root, settings)))
            self._untold(place, loaded, whole)
            progress = self.console.progress(message("Sending"))
            made = publish(place, whole, moment, replace(self.terms, claimant=claimant), progress)
        releases = releases_of(self.root, settings)
        releases.forget(lambda each: not releases.may_be_shown(each, loaded.evidence))
        if not self.preview and not made.is_empty:
            releases.keep(whole, moment, self.address, settings.deploy.keep)
        said_done(self.console, self.address, made, len(whole))
        return made

    def _untold(self, place: Target, loaded: Loaded, whole: Mapping[str, bytes]) -> None:
        """Warn of meetings whose change calendars would not take over: only what was published tells."""
        published, made = place.read(MEETINGS), whole.get(MEETINGS)
        if published is None or made is None or published == made:
            return
        if found := [*untold(loaded.site, published, made)]:
            self.console.problems(found)

    def _whole(self, loaded: Loaded, outputs: Mapping[str, bytes]) -> Mapping[str, bytes]:
        return going_along(outputs, loaded.site, loaded.addresses, preview=self.preview)


def _show(console: Console, address: str, made: Plan) -> None:
    console.json(ok=True, target=address, send=list(made.send), remove=list(made.remove))
    for path in made.send:
        console.echo(f"+ {path}")
    for path in made.remove:
        console.echo(f"- {path}")
    console.say(
        message(
            "{place}: {sent} files would be sent, {removed} removed. Nothing was changed.",
            place=address,
            sent=len(made.send),
            removed=len(made.remove),
        )
    )
