"""What somebody answers who begins a consultation, and a resident who says something on its site, over TLS."""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

from resident import TYPE, hidden

TODAY = datetime.now(UTC).date()
ANSWERS = {
    "name": "Assises de Villeneuve", "tagline": "Dites ce qui compte pour vous", "town": "Ville de Villeneuve",
    "address": "1, place de la Mairie, 00000 Villeneuve", "email": "assises@villeneuve.example",
    "phone": "01 23 45 67 89", "decided_by": "Le conseil municipal", "open": "Les priorités", "not_open": "Les impôts",
    "host": "Hébergeur", "host_address": "2, rue des Serveurs, 00000 Villeneuve", "host_phone": "01 98 76 54 32",
    "director": "La maire", "data_protection": "dpd@villeneuve.example", "logs": "Aucun journal",
    "accessibility_plan": "https://ville.example/schema", "accessibility_year": "https://ville.example/plan",
    "venue": "Salle des fêtes", "venue_address": "3, rue des Fêtes, 00000 Villeneuve", "venue_access": "De plain-pied",
    "accent": "#7a1f5c", "moderators": "Anne Martin <anne@villeneuve.example>", "deploy": "folder:../www",
    "opens": TODAY - timedelta(days=3), "closes": TODAY + timedelta(days=30), "language": "fr",
}  # fmt: skip


def asked(url: str, authority: Path, fields: dict[str, str] | None = None) -> tuple[int, str, dict[str, str]]:
    """Return status, body and headers of what a site answers; `fields` are posted."""
    parts = urlsplit(url)
    trusted = ssl.create_default_context(cafile=str(authority))
    connection = http.client.HTTPSConnection(parts.hostname, parts.port or 443, context=trusted, timeout=30)
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(
            "POST" if fields else "GET", path, urlencode(fields) if fields else None, TYPE if fields else {}
        )
        answer = connection.getresponse()
        return (
            answer.status,
            answer.read().decode("utf-8", "replace"),
            {k.lower(): v for k, v in answer.getheaders()},
        )
    finally:
        connection.close()


def say(site: str, authority: Path, text: str) -> str:
    """Read over and send a contribution on a site, and return its receipt's address."""
    typed = {"form": "topics/logement:comment", "language": "fr", "text": text}
    status, page, _headers = asked(f"{site}inbox/contributions", authority, typed)
    assert status == 200, page
    status, page, headers = asked(
        f"{site}inbox/contributions", authority, typed | hidden(page) | {"confirm": "1"}
    )
    assert status == 303, page
    return urljoin(f"{site}inbox/contributions", headers["location"])


def wait_until(what: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.1)
