"""Turns of the runner, as `assises drain` and `assises refresh` take them: what was done is told, and who waits for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assises import alarm
from assises.console import Console
from assises.content import Content
from assises.hook import HookError
from assises.load import instant, kept_in, read_site
from assises.mail import Account, Letter, MailError, deliver
from assises.notices import Notified
from assises.postman import Posted
from assises.problems import ContentError, Problem, message
from assises.roles import Roles, notices, postman
from assises.runner import Drained
from assises.settings import Settings
from assises.store import StoreError
from assises.waiting import Lateness, Waiting, look


@dataclass(frozen=True, slots=True)
class Turns:
    """Turns of the runner, each with the files as they are then."""

    console: Console
    root: Path
    now: datetime | None
    rebuild: Callable[[], None] = lambda: None
    """Is called after each batch that changed the store."""

    lists: bool = True
    """Whether problems of the files are listed; whoever builds the pages afterwards does so then."""

    def take_whatever_happens(self) -> bool:
        """Take a turn, and return whether all went well; what went wrong is told, and tried again."""
        try:
            return self.take()
        except ContentError as error:
            if self.lists:
                self.console.problems(error.problems)
        except Exception as error:  # noqa: BLE001 - intakes go on promising, so the runner goes on trying
            self.console.failed(message("{why}", why=error))
        return False

    def take(self) -> bool:
        """Take one turn, and return whether all went well."""
        settings, content, problems = read_site(self.root)
        roles = Roles.of(self.root, settings)
        with roles.store:
            now = instant(self.root, self.now, settings)
            try:
                drained, rebuilt = self._drain(roles, settings, content, problems, now)
            except StoreError:
                self._tell_late(roles, settings, look((roles.spool, *roles.elsewhere)), now)
                raise
            self._tell_late(roles, settings, drained.unreachable, now)
            self._tell_authors(roles, settings, now)
            self._tell_moderators(roles, settings, now)
        return (
            self._tell(drained, [problem for problem in problems if problem.severity == "error"]) and rebuilt
        )

    def _drain(
        self, roles: Roles, settings: Settings, content: Content, problems: list[Problem], now: datetime
    ) -> tuple[Drained, bool]:
        rebuilt = True

        def carried(_batch: Drained) -> None:
            nonlocal rebuilt
            try:
                self.rebuild()
            except HookError as error:
                rebuilt = False
                self.console.failed(message("Nothing was rebuilt: {why}.", why=error))

        return roles.runner(settings, content, problems).drain(now, carried), rebuilt

    def _tell(self, drained: Drained, wrong: list[Problem]) -> bool:
        console = self.console
        well = not (wrong or drained.set_aside or drained.unreachable)
        console.done(
            drained.told(),
            ok=well,
            received=drained.received, imported=drained.imported, known=drained.known, decided=drained.decided,
            set_aside=list(drained.set_aside), problems=console.rows(wrong),
            unreachable=[waiting.trouble for waiting in drained.unreachable],
        )  # fmt: skip
        if console.as_json:
            return well
        if wrong and self.lists:
            console.say(message("Statements of content/contributions/ wait until these problems are mended:"))
            console.problems(wrong)
        if drained.set_aside:
            console.failed(drained.refused())
        if drained.unreachable:
            console.failed(drained.not_reached())
        return well

    def _tell_authors(self, roles: Roles, settings: Settings, now: datetime) -> None:
        """Write to authors who asked for it; a fault is told, and the next turn tries again."""
        try:
            writes = postman(self.root, settings, roles, os.environ)
            posted = writes.go(now) if writes else Posted()
        except MailError as error:
            self.console.failed(message("{why}", why=error))
            return
        for fault in posted.faults:
            self.console.failed(fault)
        if posted.asked or posted.told:
            self.console.say(
                message(
                    "Letters to authors: {asked} that ask, {told} that tell.",
                    asked=posted.asked,
                    told=posted.told,
                )
            )

    def _tell_moderators(self, roles: Roles, settings: Settings, now: datetime) -> None:
        """Write to moderators of what waits; a fault is told, and the next turn tries again."""
        try:
            writes = notices(self.root, settings, roles, os.environ)
            came = writes.tell(now) if writes else Notified()
        except MailError as error:
            self.console.failed(message("{why}", why=error))
            return
        for fault in came.faults:
            self.console.failed(fault)
        if came.sent:
            self.console.say(message("Letters to moderators: {count}.", count=came.sent))

    def _tell_late(self, roles: Roles, settings: Settings, seen: tuple[Waiting, ...], now: datetime) -> None:
        """Mail moderators of what has been waiting too long, once until it is carried."""
        folder = kept_in(self.root, settings)
        lateness = Lateness.read(folder)
        late = lateness.see(seen, now)
        try:
            account = Account.from_environment(os.environ) if late else None
            went = not account or sent(self.console, account, alarm.letters(roles.store, settings, late), now)
        except MailError as error:
            self.console.failed(message("{why}", why=error))
            return
        # Where the mail did not go, the next turn tries again.
        if went:
            lateness.write(folder)


def sent(console: Console, account: Account, letters: tuple[Letter, ...], now: datetime) -> bool:
    """Deliver letters, say which did not go, and return whether all did.

    Raises:
        MailError: the mail server cannot be reached.
    """
    lost = deliver(account, letters, now) if letters else ()
    for undelivered in lost:
        console.failed(message("No mail to {to}: {why}.", to=undelivered.letter.to, why=undelivered.error))
    return not lost
