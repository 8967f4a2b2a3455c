"""``assises refresh``: what a schedule runs, so that store and pages keep themselves up to date.

What there is to do is found in the store and at the pages' place, so a schedule that came late, or not for days, is made
up for by the next turn.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import click

from assises import alarm
from assises import build as builder
from assises.cli.common import NOW, SITE, command
from assises.cli.deploying import Deploying
from assises.cli.every import EVERY, LISTEN, check_listening, go_on
from assises.cli.places import address_of, place_at
from assises.cli.turns import Turns, sent
from assises.cli.words import _, translate
from assises.console import Console
from assises.deploy.contract import BusyError, Target, TargetError
from assises.deploy.due import Seen, look, sources
from assises.deploy.plan import Plan
from assises.deploy.publish import Terms
from assises.deploy.releases import shows_nothing_gone
from assises.evidence import evidence_at
from assises.keys import KeyFileError
from assises.last_turn import LastTurn
from assises.load import instant, kept_in
from assises.mail import Account, Letter, MailError
from assises.problems import ContentError, Message, Problem, hinders, message
from assises.remote_address import AddressError
from assises.settings import Settings
from assises.settings_reader import read_outline
from assises.store import Store, StoreError
from assises.store_address import open_store
from assises.verify import LEDGER, PUBLISHED, EvidenceError
from assises.waiting import LATE

State = Literal["up-to-date", "deployed", "held", "busy", "stopped"]
"""What became of the pages: nothing was due; they were deployed; a rollback holds; another turn is at it; they stay."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one turn did with the pages."""

    state: State
    seen: Seen | None = None
    made: Plan | None = None
    why: Message | None = None
    """Why they stay as they are."""

    first: str = ""
    """The first problems that keep them so, for whoever does not see the list."""

    at_once: bool = False
    """Whether only a person can mend that, so that nothing is gained by waiting before they are told."""


@click.command(
    help=_(
        "Keep a consultation up to date: drain, then check, build and deploy if its pages would say something else than "
        "those that are deployed. A schedule runs this; see “assises recipe”."
    ),
    epilog=_(
        "Exit codes: 0 all is up to date, or another turn is at it; 1 something could not be carried or deployed; 2 "
        "wrong usage."
    ),
)
@SITE
@EVERY
@LISTEN
@click.option("--unfinished", is_flag=True, help=_("Publish although something is unfinished."))
@NOW
@command
def refresh(
    console: Console,
    root: Path,
    every: float | None,
    listen: int | None,
    unfinished: bool,
    now: datetime | None,
) -> None:
    """Take one turn, or one after the other until it is interrupted."""
    check_listening(every, listen)
    outline = read_outline(root)
    if not hinders(outline.problems):
        address_of(outline.settings, "", preview=False)
    turn = _Turn(console, root, now, unfinished)
    if every is not None:
        go_on(console, turn.take_whatever_happens, every, listen)
    elif not turn.take():
        sys.exit(1)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One turn, with the files as they are then."""

    console: Console
    root: Path
    now: datetime | None
    unfinished: bool

    def take_whatever_happens(self) -> bool:
        """Take a turn, and return whether all went well; what went wrong is told, and tried again."""
        try:
            return self.take()
        except Exception as error:  # noqa: BLE001 - intakes go on promising, so turns go on
            self.console.failed(message("{why}", why=error))
        return False

    def take(self) -> bool:
        """Drain, bring the pages up to date, tell whoever has to know, and return whether all went well."""
        carried = Turns(self.console.aside, self.root, self.now, lists=False).take_whatever_happens()
        # Whatever is wrong in site.yaml: as much of it as can be read says where the store is, and whom to tell.
        outline = read_outline(self.root)
        settings = outline.settings
        now, folder = instant(self.root, self.now, settings), kept_in(self.root, settings)
        before = LastTurn.read(folder)
        wrong = hinders(outline.problems)
        outcome = self._kept_back(None, outline.problems) if wrong else self._brought(settings, now)
        stopped = (before.stopped or now) if outcome.state == "stopped" else None
        LastTurn(now, stopped).write(folder)
        self._tell_moderators(settings, before, outcome, now)
        well = carried and outcome.state != "stopped"
        self._say(outcome, settings, well)
        return well

    # --- pages

    def _brought(self, settings: Settings, now: datetime) -> Outcome:
        """Bring the pages up to date where they are not, and tell what kept them from it."""
        seen = None
        try:
            # Before the build: what changes meanwhile counts as changed afterwards.
            built_from = sources(self.root, settings, os.environ)
            with closing(place_at(_target(settings), self.root, settings)) as place:
                seen = look(place, built_from, now)
                stays = seen.due == "rollback" and self._may_stay(place)
            return self._held(seen) if stays else self._looked_after(_target(settings), built_from, seen)
        except BusyError as error:
            return Outcome("busy", seen, why=error.what)
        except TargetError as error:
            return Outcome("stopped", seen, why=error.what)
        except ContentError as error:
            return self._kept_back(seen, error.problems)
        except (StoreError, KeyFileError, AddressError, EvidenceError, OSError, ValueError) as error:
            return Outcome("stopped", seen, why=message("{why}", why=error))

    @staticmethod
    def _held(seen: Seen) -> Outcome:
        why = message("A former release was put back. assises deploy puts the present pages there.")
        return Outcome("held", seen, why=why, at_once=True)

    def _looked_after(self, address: str, built_from: str, seen: Seen) -> Outcome:
        if not seen.due:
            return Outcome("up-to-date", seen)
        loaded, outputs = builder.build(self.root, self.now)
        left = [problem for problem in loaded.problems if problem.severity == "unfinished"]
        if left and not self.unfinished:
            return self._kept_back(seen, left)
        most = loaded.site.settings.deploy.most_deletions
        terms = Terms(most_deletions=most, claims_last=LATE, sources=built_from)
        made = Deploying(self.console.aside, self.root, address, terms).put(loaded, outputs)
        return Outcome("deployed", seen, made)

    def _may_stay(self, place: Target) -> bool:
        """Tell whether pages that were put back show nothing that was erased, withdrawn or withheld since."""
        shown = place.read(PUBLISHED) or b"", place.read(LEDGER) or b""
        return shows_nothing_gone(*shown, evidence_at(str(self.root)))

    def _kept_back(self, seen: Seen | None, problems: Iterable[Problem]) -> Outcome:
        """Return that the pages stay because of what `assises check` finds."""
        hindering = [problem for problem in problems if problem.severity != "warning"]
        self.console.aside.problems(hindering)
        first = "\n".join(f"    {problem.render(translate)}" for problem in hindering[:5])
        why = message(
            "Files have to be mended first (assises check): {count} problems.", count=len(hindering)
        )
        return Outcome("stopped", seen, why=why, first=first, at_once=True)

    # --- telling

    def _say(self, outcome: Outcome, settings: Settings, well: bool) -> None:
        made, why = outcome.made, outcome.why.render(translate) if outcome.why else ""
        if outcome.state == "stopped" and not self.console.as_json:
            self.console.failed(message("The pages stay as they are. {why}", why=why))
        elif outcome.state in ("held", "busy"):
            self.console.say(message("The pages stay as they are. {why}", why=why))
        elif outcome.state == "up-to-date":
            self.console.say(message("{place}: the pages are up to date.", place=settings.deploy.to))
        self.console.json(
            ok=well,
            pages=outcome.state,
            due=outcome.seen.due if outcome.seen else None,
            sent=len(made.send) if made else 0,
            removed=len(made.remove) if made else 0,
            why=why,
        )

    def _tell_moderators(self, settings: Settings, before: LastTurn, outcome: Outcome, now: datetime) -> None:
        """Write to moderators of what nobody would see by itself; a fault is told, and the next turn tries again."""
        try:
            account = Account.from_environment(os.environ)
            if account is None or outcome.state == "busy":
                return
            with open_store(self.root, settings, os.environ) as store:
                told = alarm.were_told(store)
                written = _letters(store, settings, before, outcome, now, told=told)
                if not sent(self.console.aside, account, written, now):
                    return
                stays = outcome.state in ("stopped", "held")
                alarm.remember(store, now, told=stays and (told or bool(written)))
        except (MailError, StoreError, AddressError) as error:
            self.console.aside.failed(message("{why}", why=error))


def _target(settings: Settings) -> str:
    """Return where the pages go.

    Raises:
        TargetError: nobody says where.
    """
    if not settings.deploy.to:
        raise TargetError(message("site.yaml does not say where the pages go (deploy.to)."))
    return settings.deploy.to


def _letters(
    store: Store, settings: Settings, before: LastTurn, outcome: Outcome, now: datetime, *, told: bool
) -> tuple[Letter, ...]:
    """Return what moderators have to be told."""
    late = outcome.seen.late(now) if outcome.seen else None
    if outcome.why and not told:
        lasting = now - before.stopped if before.stopped else None
        if outcome.at_once or any(each is not None and each > LATE for each in (late, lasting)):
            return alarm.pages_stay(store, settings, outcome.why, outcome.first)
        return ()
    # A machine knows of its own turns; a forge's machine forgets them, and sees how late the pages were.
    since = before.ended or (outcome.seen.until if outcome.seen and outcome.state == "deployed" else None)
    if since and now - since > LATE and not told and not outcome.why:
        return alarm.came_late(store, settings, since, now)
    return ()
