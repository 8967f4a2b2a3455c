"""The handler for Google Cloud Functions and Cloud Run functions, which hand over werkzeug's requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def handler_of(application: WSGIApplication) -> Callable[[Request], Response]:
    """Return the function that the platform calls with a request."""

    def handler(request: Request) -> Response:
        return Response.from_app(application, request.environ)

    return handler
