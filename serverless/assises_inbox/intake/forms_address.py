"""forms.json at the site's own address: asked for again every minute, and the last good one serves meanwhile.

The address is the operator's, from the environment; nothing that anybody sends is ever fetched.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from assises_inbox.intake.forms import Forms, FormsError

EVERY = 60.0
"""Seconds for which what was read holds."""

_SOON = 5.0
"""Seconds after which the site is asked again while there is nothing to serve by."""

_TIMEOUT = 3.0
"""Seconds that the site is given: a resident may be waiting."""

_MOST = 16_000_000
"""Bytes of a forms.json: far above a consultation with thousands of pages."""


@dataclass(slots=True)
class FormsAddress:
    """forms.json on the web, and a copy of it for when the site does not answer."""

    url: str
    """``https://`` and the whole address; ``http://`` on this machine alone."""

    copy: Path | None = None
    clock: Callable[[], float] = time.monotonic
    _etag: str = ""
    _asked: float | None = None
    _forms: Forms | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> Forms:
        """Return the forms.

        Raises:
            FormsError: there never was a good file.
        """
        # One request at a time asks; the others go by what is known, and wait only where nothing is.
        if self._is_due() and self._lock.acquire(blocking=self._forms is None):
            try:
                if self._is_due():
                    with suppress(OSError, HTTPException, ValueError, FormsError):
                        self._ask()
                    self._asked = self.clock()
            finally:
                self._lock.release()
        if self._forms is None:
            self._forms = self._bundled()
        return self._forms

    def _is_due(self) -> bool:
        every = _SOON if self._forms is None else EVERY
        return self._asked is None or self.clock() - self._asked >= every

    def _ask(self) -> None:
        """Ask the site for what is new; no redirect is followed.

        Raises:
            OSError, HTTPException, ValueError, FormsError: it does not answer, or not with forms.json.
        """
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port
        connection = (
            HTTPSConnection(host, port, timeout=_TIMEOUT, context=ssl.create_default_context())
            if parts.scheme == "https"
            else HTTPConnection(host, port, timeout=_TIMEOUT)
        )
        try:
            asked = {"Accept": "application/json"} | ({"If-None-Match": self._etag} if self._etag else {})
            connection.request("GET", parts.path or "/", headers=asked)
            response = connection.getresponse()
            if response.status == 200:
                self._forms = Forms.from_json(response.read(_MOST))
                self._etag = response.headers.get("ETag", "")
        finally:
            connection.close()

    def _bundled(self) -> Forms:
        if self.copy is None:
            raise FormsError(f"{self.url} does not answer, and there is no copy")
        try:
            return Forms.from_json(self.copy.read_bytes())
        except OSError as error:
            raise FormsError(str(error)) from error
