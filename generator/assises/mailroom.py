"""Mail of a consultation that is being served: sign-in links at once, and what waits, told every minute at most."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from assises.console import Console
from assises.letters import Writer
from assises.mail import Account, MailError, deliver
from assises.moderators import Moderator
from assises.notices import Notices
from assises.postman import Postman
from assises.problems import message
from assises.roles import Roles, moderator, notices, postman
from assises.settings import Settings

_BETWEEN = timedelta(minutes=1)
"""How often moderators are written to at most: what comes together is told together."""


@dataclass(slots=True)
class Mailroom:
    """Sends what goes to moderators and authors; without a mail server, links stand in the terminal."""

    console: Console
    settings: Settings
    roles: Roles
    desk: str
    """The desk's absolute address, with its final slash."""

    _account: Account | None
    _notices: Notices | None
    _postman: Postman | None
    _last: datetime | None = field(default=None)

    @classmethod
    def of(cls, console: Console, root: Path, settings: Settings, roles: Roles, base: str) -> Mailroom:
        """Return the mailroom that the environment describes, of the site at `base`.

        Raises:
            OSError: a variable of the environment cannot be used.
        """
        desk = f"{base}desk/"
        environ = dict(os.environ) | {"ASSISES_DESK_URL": desk}
        try:
            account = Account.from_environment(environ)
            to_moderators = notices(root, settings, roles, environ)
            to_authors = postman(root, settings, roles, environ, base)
            return cls(console, settings, roles, desk, account, to_moderators, to_authors)
        except MailError as error:
            raise OSError(str(error)) from error

    def bring(self, to: Moderator, url: str) -> None:
        """Bring a sign-in link to a moderator: whoever serves reads it in the terminal."""
        if self._account is None or to == moderator(os.environ):
            self.console.say(message("The desk:  {url}", url=url))
            return
        letter = Writer(to, self.settings, self.desk, self.roles.desk_key).sign_in(url)
        for left in deliver(self._account, [letter], datetime.now(UTC)):
            self.console.failed(message("{name} did not get a letter: {why}.", name=to.name, why=left.error))

    def tell(self, clock: Callable[[], datetime]) -> None:
        """Write to moderators of what waits, and to authors of what is new, if it is time."""
        now = clock()
        if self._notices is None or (self._last and now - self._last < _BETWEEN):
            return
        self._last = now
        faults = [*self._notices.tell(now).faults, *(self._postman.go(now).faults if self._postman else ())]
        for fault in faults:
            self.console.failed(fault)
