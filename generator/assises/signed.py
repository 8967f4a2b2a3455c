"""Short documents under a key of ours, as text for cookies and addresses: links, sessions, forms.

What a key makes for one purpose is good for no other.
"""

from __future__ import annotations

import base64
import hmac
from typing import Any

from assises import canonical
from assises.keys import Key

_SIGNATURE = 32
"""Bytes of an HMAC-SHA-256."""


class SignedError(ValueError):
    """A text was not made by this key for this purpose."""


def seal(key: Key, purpose: str, document: dict[str, Any]) -> str:
    """Return a document as a signed text, which anyone can read and nobody else can make."""
    body = canonical.encode(document)
    return base64.urlsafe_b64encode(_signature(key, purpose, body) + body).decode().rstrip("=")


def unseal(key: Key, purpose: str, text: str) -> dict[str, Any]:
    """Return the document of a signed text.

    Raises:
        SignedError: it is malformed, made by another key, or for another purpose.
    """
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise SignedError("malformed") from None
    body = raw[_SIGNATURE:]
    # The signature first: what a stranger sent is not parsed.
    if not hmac.compare_digest(_signature(key, purpose, body), raw[:_SIGNATURE]):
        raise SignedError("not made here")
    document = canonical.decode(body)
    if seal(key, purpose, document) != text:  # one document, one text: no second spelling in base64
        raise SignedError("malformed")
    return document


def _signature(key: Key, purpose: str, body: bytes) -> bytes:
    return hmac.digest(key.derive(f"desk {purpose}"), body, "sha256")
