"""Answers: pages, JSON, problems (RFC 9457), and the headers that every answer has."""

from __future__ import annotations

from collections.abc import Mapping
from json import dumps
from urllib.parse import urlsplit

from werkzeug.exceptions import NotAcceptable
from werkzeug.wrappers import Request, Response

JSON = "application/json"
PROBLEM = "application/problem+json"

_READ_BY_SCRIPT = "Location, Retry-After, Allow"


def html(page: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Return a page."""
    return Response(page, status=status, headers=headers, content_type="text/html; charset=utf-8")


def json(value: Mapping[str, object], status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON document."""
    text = dumps(value, ensure_ascii=False) + "\n"
    return Response(text, status=status, headers=headers, content_type=JSON)


def problem(
    name: str,
    status: int,
    title: str,
    detail: str = "",
    headers: Mapping[str, str] | None = None,
    **more: object,
) -> Response:
    """Return a problem as RFC 9457 has it; `name` is its type for programs, `title` and `detail` are for people."""
    stated: dict[str, object] = {"type": f"urn:assises:problem:{name.replace('_', '-')}", "title": title}
    stated |= {"status": status} | ({"detail": detail} if detail else {}) | more
    text = dumps(stated, ensure_ascii=False) + "\n"
    return Response(text, status=status, headers=headers, content_type=PROBLEM)


def wants_json(request: Request) -> bool:
    """Tell whether whoever asks wants JSON rather than a page; a page, unless they say so.

    Raises:
        NotAcceptable: they take neither.
    """
    accepted = request.accept_mimetypes
    spoken = request.mimetype == JSON
    if not accepted:
        return spoken
    as_json = max(accepted.quality(JSON), accepted.quality(PROBLEM))
    as_page = accepted.quality("text/html")
    if not as_json and not as_page:
        raise NotAcceptable
    return as_json > as_page or (as_json == as_page and spoken)


def origin_of(url: str) -> str:
    """Return the origin of an address, as browsers write it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def preflight(allowed: str) -> Response:
    """Return the answer to OPTIONS: what may be sent to an address (RFC 9110, § 9.3.7), and by scripts (Fetch)."""
    headers = {
        "Allow": allowed,
        "Access-Control-Allow-Methods": allowed,
        "Access-Control-Allow-Headers": "Accept, Content-Type",
        "Access-Control-Max-Age": "86400",
    }
    return Response(status=204, headers=headers)


def secure(response: Response, request: Request, site: str = "") -> Response:
    """Return the answer with the headers that every answer has; styles and images come from the site alone.

    Scripts of the site's own origin may read it, compared to the letter; of no other, and of none called ``null``.
    """
    origin = origin_of(site)
    source = origin or "'none'"
    policy = (
        f"default-src 'none'; style-src {source}; img-src {source}; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "interest-cohort=(), geolocation=(), camera=(), microphone=()"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers["Vary"] = "Origin, Accept, Accept-Language"
    if origin and request.headers.get("Origin") == origin:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = _READ_BY_SCRIPT
    else:
        for name in [name for name in dict(response.headers) if name.startswith("Access-Control-")]:
            del response.headers[name]
    return response
