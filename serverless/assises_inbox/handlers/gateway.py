"""The handler for AWS Lambda (API Gateway v1 and v2, function URL, load balancer) and for Scaleway Functions.

Event → environ → application → response is apig-wsgi's work, base64 bodies both ways included. What it takes on
trust is set right here: who called, and below which path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from apig_wsgi import make_lambda_handler

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Event = dict[str, Any]
Handler = Callable[[Event, Any], dict[str, Any]]


def handler_of(application: WSGIApplication) -> Handler:
    """Return the function that the platform calls with an event and a context."""

    def placed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        event = environ["apig_wsgi.full_event"]
        environ["REMOTE_ADDR"] = _caller(event)
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = _parted(event)
        return application(environ, start_response)

    # Off by default for the events of version 1, where any answer that is no text would raise.
    handle = make_lambda_handler(placed, binary_support=True)

    def handler(event: Event, context: Any) -> dict[str, Any]:
        # Scaleway names what it does not use, with null; taken as given, a request would lose all its headers:
        # https://github.com/scaleway/serverless-functions-python/blob/main/scaleway_functions_python/local/event.py
        return handle({name: value for name, value in event.items() if value is not None}, context)

    return handler


def _caller(event: Event) -> str:
    """Return the address that the platform saw; the first of X-Forwarded-For is whatever the caller wrote there."""
    context = event.get("requestContext", {})
    seen = context.get("http", {}).get("sourceIp") or context.get("identity", {}).get("sourceIp")
    # A load balancer and Scaleway add whom they saw at the end.
    return str(seen or _header(event, "x-forwarded-for").rpartition(",")[2].strip() or "127.0.0.1")


def _header(event: Event, name: str) -> str:
    many = event.get("multiValueHeaders", {})
    headers = event.get("headers") or {key: ",".join(values) for key, values in many.items()}
    return next((str(value) for key, value in headers.items() if key.lower() == name), "")


def _parted(event: Event) -> tuple[str, str]:
    """Return what stands before the intake's own path, and that path: a stage's name begins it in version 2.

    Some gateways have decoded the path already, even where it is no text; WSGI wants its bytes (PEP 3333).
    """
    given = str(event.get("rawPath") or event["path"])
    path = unquote_to_bytes(given.encode("utf-8", "replace")).decode("latin-1")
    stage = f"/{event.get('requestContext', {}).get('stage') or '$default'}"
    if event.get("version") == "2.0" and (path == stage or path.startswith(f"{stage}/")):
        return stage, path.removeprefix(stage)
    return "", path
