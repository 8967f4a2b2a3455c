"""The author's private link: whoever holds it may correct or withdraw one contribution, and nothing else.

It comes by HMAC from the intake's key, so nothing is kept for it, and stands in no receipt: whoever is shown a
receipt's address can follow what became of a contribution, and do nothing to it.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from urllib.parse import urlencode

from assises.contribution import KINDS, is_id, is_page_id, ulid_time
from assises.keys import Key

IN_TIME = timedelta(hours=24)
"""How long after the form was handed out a correction takes effect even if a moderator has decided."""

SHOWN = timedelta(hours=25)
"""How long after the form was handed out the page of its receipt goes on to show the private link, to whoever has
just sent: a form may be confirmed for 24 hours. A receipt's address found later in a history shows it no more."""


class AuthorError(ValueError):
    """A link was not made by this intake."""


@dataclass(frozen=True, slots=True)
class Author:
    """Whoever holds the private link to one contribution."""

    id: str
    """The contribution's."""

    form: str
    """The form that it came by."""

    @classmethod
    def of_link(cls, key: Key, link: str, form: str) -> Self:
        """Return the author that a link and the form in its address stand for.

        Raises:
            AuthorError: this intake made no such link.
        """
        id, _, proof = link.partition(".")
        page, _, kind = form.partition(":")
        author = cls(id, form)
        if not (is_id(id) and is_page_id(page) and kind in KINDS and author._proves(key, "author", proof)):
            raise AuthorError(link[:100])
        return author

    @property
    def page(self) -> str:
        """The page that was spoken to."""
        return self.form.partition(":")[0]

    @property
    def kind(self) -> str:
        """What kind of contribution it is."""
        return self.form.partition(":")[2]

    @property
    def in_time_until(self) -> datetime:
        """Until when a correction takes effect whatever a moderator decided."""
        return ulid_time(self.id) + IN_TIME

    def link(self, key: Key, language: str) -> str:
        """Return the private link's address, relative to the intake's own."""
        return f"authors/{self.id}.{self._proof(key, 'author')}?{urlencode({'language': language, 'form': self.form})}"

    def ticket(self, key: Key) -> str:
        """Return what lets the page of the receipt show the private link for a while."""
        return self._proof(key, "sent")

    def has_just_sent(self, key: Key, ticket: str, now: datetime) -> bool:
        """Tell whether a ticket is this author's, and not too old."""
        return self._proves(key, "sent", ticket) and now < ulid_time(self.id) + SHOWN

    def _proves(self, key: Key, purpose: str, proof: str) -> bool:
        # As bytes: `compare_digest` takes no text but ASCII.
        return hmac.compare_digest(self._proof(key, purpose).encode(), proof.encode("utf-8", "replace"))

    def _proof(self, key: Key, purpose: str) -> str:
        mac = hmac.digest(key.derive(purpose), f"{self.id}\n{self.form}".encode(), "sha256")
        return urlsafe_b64encode(mac[:18]).decode()
