"""Answers: pages, JSON, and the headers that every answer has."""

from __future__ import annotations

from collections.abc import Mapping
from json import dumps
from urllib.parse import urlsplit

from werkzeug.wrappers import Response


def html(page: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Return a page."""
    return Response(page, status=status, headers=headers, content_type="text/html; charset=utf-8")


def json(value: Mapping[str, object], status: int) -> Response:
    """Return a JSON document."""
    return Response(dumps(value) + "\n", status=status, content_type="application/json")


def secure(response: Response, site: str = "") -> Response:
    """Return the answer with the headers that every answer has; styles and images come from the site alone."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(site)) if site else "'none'"
    policy = (
        f"default-src 'none'; style-src {origin}; img-src {origin}; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    if site:
        # The site's own script may read the answer, which holds nothing but what was just typed.
        response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response
