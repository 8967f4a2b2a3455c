"""The roles that one machine plays for a consultation: intake, runner and desk, with their keys and storage."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Self

from assises.canonical import normal
from assises.content import Content
from assises.forms import counted_forms
from assises.keyring import Keyring
from assises.keys import Key, load, load_or_create, published_keys
from assises.load import read_site
from assises.mail import Account, Letter, Undelivered, deliver
from assises.moderators import Moderator
from assises.notices import Notices
from assises.postman import Postman
from assises.privacy import Keeping
from assises.problems import Problem, hinders
from assises.quoted import passages_now
from assises.runner import Runner
from assises.settings import Settings
from assises.site import Site
from assises.spool import Spool
from assises.storage import storages_in
from assises.storage_contract import Storage
from assises.store import KEYS_FILE, Store
from assises.store_address import open_store


@dataclass(frozen=True, slots=True)
class Roles:
    """Everything that the embedded default keeps on this machine, beside the site's own files."""

    store: Store
    spool: Spool
    keys: Path
    """Folder of the private keys."""

    ledger_key: Key
    """Signs the ledger's heads."""

    desk_key: Key
    """Signs moderators' sessions."""

    ring: Keyring
    """The months' keys for private data."""

    elsewhere: tuple[Storage, ...] = ()
    """Storages of intakes that run on other machines, or that this one's falls back to."""

    import_key: Key | None = None
    """What statements' ids are made with, once the ledger's key is another than it was at first."""

    @classmethod
    def of(cls, root: Path, settings: Settings) -> Self:
        """Return the roles of the consultation in `root`; what does not exist yet is made.

        Raises:
            StoreError: the store is damaged.
            KeyFileError: a key cannot be read or made.
            AddressError: the environment names a storage or a store that is none.
        """
        folder = root / settings.store.keys
        spool = Spool(root / settings.store.spool)
        return cls(
            open_store(root, settings, os.environ),
            spool,
            folder,
            load_or_create(folder / "ledger.key"),
            load_or_create(folder / "desk.key"),
            Keyring(folder / "private"),
            tuple(storage for storage in storages_in(os.environ) if storage != spool),
            load(folder / "import.key") if (folder / "import.key").exists() else None,
        )

    @property
    def intake_key(self) -> Key:
        """Signs receipts; made when it is first asked for.

        Raises:
            KeyFileError: it cannot be read or made.
        """
        return load_or_create(self.keys / "intake.key")

    def _believed(self, settings: Settings) -> tuple[str, ...]:
        """Return the public keys of all intakes; where they all run elsewhere, none is made here."""
        if settings.inbox.keys and not (self.keys / "intake.key").exists():
            return settings.inbox.keys
        return (*settings.inbox.keys, self.intake_key.public)

    def runner(self, settings: Settings, content: Content, problems: Iterable[Problem] = ()) -> Runner:
        """Return the runner.

        What residents sent is carried whatever state the files are in; statements wait until they are in order.
        """
        in_order = not hinders(problems)
        return Runner(
            self.store,
            (self.spool, *self.elsewhere),
            self.ledger_key,
            self._believed(settings),
            settings.participation.moderation == "after",
            content.statements if in_order else (),
            counted_forms(content.pages),
            passages=passages_now(content.pages),
            keeping=self.keeping(settings),
            import_key=self.import_key,
            former_keys=published_keys(self.store.read().get(KEYS_FILE)).ledger,
        )

    def keeping(self, settings: Settings) -> Keeping:
        """Return the months' keys that this machine keeps, and for how long."""
        asked = settings.participation.private
        return Keeping(self.ring, asked.months, asked.email or asked.address)


def moderator(environ: Mapping[str, str]) -> Moderator:
    """Return in whose name decisions are made here: git's own variables, or the machine's user."""
    user = environ.get("USER") or environ.get("USERNAME") or "moderator"
    name = " ".join(normal(environ.get("GIT_AUTHOR_NAME") or user).split()) or "moderator"
    return Moderator((environ.get("GIT_AUTHOR_EMAIL") or f"{user}@localhost").lower(), name)


def desk_url(environ: Mapping[str, str], settings: Settings) -> str:
    """Return where moderators reach the desk: ``ASSISES_DESK_URL``, or ``desk/`` below the site."""
    url = environ.get("ASSISES_DESK_URL") or f"{settings.url}desk/"
    return f"{url.rstrip('/')}/"


def notices(root: Path, settings: Settings, roles: Roles, environ: Mapping[str, str]) -> Notices | None:
    """Return what writes to moderators; None where the environment names no mail server.

    Raises:
        MailError: a variable of the environment cannot be used.
    """
    account = Account.from_environment(environ)
    if account is None:
        return None

    def site() -> Site:
        return Site.unspoken(settings, read_site(root)[1], datetime.now(UTC))

    def sent(letters: Sequence[Letter]) -> tuple[Undelivered, ...]:
        return deliver(account, letters, datetime.now(UTC))

    return Notices(roles.store, cache(site), roles.desk_key, desk_url(environ, settings), sent)


def postman(
    root: Path, settings: Settings, roles: Roles, environ: Mapping[str, str], base: str = ""
) -> Postman | None:
    """Return what writes to authors; None where the environment names no mail server.

    Args:
        root: the site's folder.
        settings: what site.yaml says.
        roles: the roles of this machine.
        environ: names the mail server.
        base: the site's address, where it is another than site.yaml's.

    Raises:
        MailError: a variable of the environment cannot be used.
    """
    account = Account.from_environment(environ)
    if account is None:
        return None
    place = f"{(base or settings.url).rstrip('/')}/"
    inbox = settings.inbox.url if settings.inbox.url and not base else f"{place}inbox/"

    def site(now: datetime) -> Site:
        return Site.unspoken(settings, read_site(root)[1], now)

    def sent(letters: Sequence[Letter]) -> tuple[Undelivered, ...]:
        return deliver(account, letters, datetime.now(UTC))

    return Postman(roles.store, roles.ring, roles.ledger_key, site, place, f"{inbox.rstrip('/')}/", sent)
