"""The intake's addresses, and what answers each."""

from __future__ import annotations

from collections.abc import Callable

from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response

from assises_inbox.intake import health, receipts, sending

ROUTES = Map(
    [
        Rule("/contributions", endpoint="send", methods=["POST"]),
        Rule("/contributions/new", endpoint="begin", methods=["GET"]),
        Rule("/receipts/<text>", endpoint="receipt", methods=["GET"]),
        Rule("/authors/<link>", endpoint="author", methods=["GET"]),
        Rule("/authors/<link>", endpoint="change", methods=["POST"]),
        Rule("/subscriptions/<letter>", endpoint="subscription", methods=["GET"]),
        Rule("/subscriptions/<letter>", endpoint="say", methods=["POST"]),
        Rule("/health", endpoint="health", methods=["GET"]),
        Rule("/probes", endpoint="probe", methods=["POST"]),
        Rule("/openapi.json", endpoint="document", methods=["GET"]),
    ],
    # An address has one spelling: from another, the relative links of an answer would lead elsewhere.
    merge_slashes=False,
)


_EAGER: dict[str, Callable[..., Response]] = {
    "send": sending.send,
    "begin": sending.begin,
    "receipt": receipts.receipt,
    "health": health.health,
}


def answering(endpoint: str) -> Callable[..., Response]:
    """Return what answers an endpoint. What few ask for is loaded by the first who does: a cold start is quicker."""
    if endpoint in ("author", "change"):
        from assises_inbox.intake import authors  # noqa: PLC0415

        return authors.author if endpoint == "author" else authors.change
    if endpoint in ("subscription", "say"):
        from assises_inbox.intake import subscriptions  # noqa: PLC0415

        return subscriptions.subscription if endpoint == "subscription" else subscriptions.say
    if endpoint == "probe":
        from assises_inbox.intake.probes import probe  # noqa: PLC0415

        return probe
    if endpoint == "document":
        from assises_inbox.intake.document import document  # noqa: PLC0415

        return document
    return _EAGER[endpoint]
