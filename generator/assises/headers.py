"""The headers that pages are served with, in one place for the preview and every host."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from assises.addresses import Addresses


def page_headers(addresses: Addresses) -> Mapping[str, str]:
    """Return the headers of every page.

    Forms may go to the site itself and to the intake's origin, by hand or by script: where the policy does not
    name it, browsers refuse to send and say nothing (CSP 3, form-action).
    """
    inbox = "{0.scheme}://{0.netloc}".format(urlsplit(addresses.inbox))
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; script-src 'self'; "
        f"connect-src 'self' {inbox}; form-action 'self' {inbox}; base-uri 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": "interest-cohort=(), geolocation=(), camera=(), microphone=()",
    }
