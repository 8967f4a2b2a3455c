"""The headers that files are served with, in one place for the preview and every host."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from assises.addresses import Addresses

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",
    ".svg": "image/svg+xml",
    ".avif": "image/avif",
    ".webp": "image/webp",
    ".json": "application/json",
    ".jsonl": "application/jsonl; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".vtt": "text/vtt; charset=utf-8",
}
"""By suffix, where systems do not agree."""

IMMUTABLE = "public, max-age=31536000, immutable"
"""Of assets: another content has another name."""

FRESH = "no-cache"
"""Of everything else: kept, and asked for each time whether it still holds."""


def content_type(path: str) -> str:
    """Return the type that a file is served as."""
    known = TYPES.get(PurePosixPath(path).suffix.lower())
    return known or mimetypes.guess_type(path)[0] or "application/octet-stream"


def cache_control(path: str) -> str:
    """Return how long a file may be kept."""
    return IMMUTABLE if path.startswith("assets/") else FRESH


def page_headers(addresses: Addresses, *, search: bool = False) -> Mapping[str, str]:
    """Return the headers of every page; a search runs WebAssembly in the reader's browser.

    Forms may go to the site itself and to the intake's origin, by hand or by script: where the policy does not
    name it, browsers refuse to send and say nothing (CSP 3, form-action).
    """
    inbox = "{0.scheme}://{0.netloc}".format(urlsplit(addresses.inbox))
    programs = "'self' 'wasm-unsafe-eval'" if search else "'self'"
    policy = (
        f"default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; script-src {programs}; "
        f"connect-src 'self' {inbox}; form-action 'self' {inbox}; base-uri 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": "interest-cohort=(), geolocation=(), camera=(), microphone=()",
    }
