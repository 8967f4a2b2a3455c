"""The desk for any WSGI server: ``gunicorn 'assises_inbox.desk.wsgi:from_environment()'``."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from assises.keys import Key, load, load_or_create
from assises.letters import Writer
from assises.load import instant
from assises.mail import Account, MailError, send
from assises.moderators import Moderator
from assises.roles import desk_url
from assises.store_address import open_store
from assises_inbox.desk.app import Desk
from assises_inbox.desk.folder import SiteFolder
from assises_inbox.desk.office import Office

_LOG = logging.getLogger("assises.desk")


def from_environment(environ: Mapping[str, str] = os.environ) -> Desk:
    """Return the desk that the environment describes.

    - ``ASSISES_SITE``: the folder that holds site.yaml.
    - ``ASSISES_STORE``: the store's repository, where it does not lie beside the site (see `assises.store_address`).
    - ``ASSISES_DESK_URL``: where moderators reach the desk; empty: ``desk/`` below the site's address.
    - ``ASSISES_DESK_KEY``: the desk's key, 64 hexadecimal digits; or ``ASSISES_DESK_KEY_FILE``; without either,
      the site's own ``desk.key``, which is made where there is none.
    - ``ASSISES_SMTP``, ``ASSISES_SMTP_PASSWORD``, ``ASSISES_MAIL_FROM``: the mail server that brings sign-in links;
      without one, `assises moderators link` makes them.

    Raises:
        KeyError: a variable is missing.
        ContentError: site.yaml cannot be used.
        StoreError: the store is damaged.
        KeyFileError: the key is none.
        MailError: the mail server's address is none.
    """
    root = Path(environ["ASSISES_SITE"])
    site = SiteFolder(root)
    settings = site().settings
    url = desk_url(environ, settings)
    key = _key(environ, root / settings.store.keys / "desk.key")
    return Desk(
        Office(
            store=open_store(root, settings, environ),
            site=site,
            key=key,
            clock=lambda: instant(root, None, site().settings),
            decided=lambda: None,
            base=settings.url,
            url=url,
            send_link=_post(environ, site, key, url),
        )
    )


def _key(environ: Mapping[str, str], own: Path) -> Key:
    if written := environ.get("ASSISES_DESK_KEY"):
        return Key.from_hex(written)
    named = environ.get("ASSISES_DESK_KEY_FILE")
    return load(Path(named)) if named else load_or_create(own)


def _post(
    environ: Mapping[str, str], site: SiteFolder, key: Key, desk: str
) -> Callable[[Moderator, str], None] | None:
    """Return what brings a sign-in link to a moderator by mail; None where there is no mail server."""
    account = Account.from_environment(environ)
    if account is None:
        return None

    def bring(moderator: Moderator, url: str) -> None:
        letter = Writer(moderator, site().settings, desk, key).sign_in(url)
        try:
            send(account, letter, datetime.now(UTC))
        except MailError as error:
            # The answer is on its way already: whoever runs the desk reads it in the server's log.
            _LOG.error("a sign-in link was not sent: %s", error)

    return bring
