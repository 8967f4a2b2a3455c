"""A host on loopback that shows built pages and has the intake below them, as a town's does."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def answering(
    application: Callable[..., Any], port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Yield the address of an application on a port of its own."""
    server = make_server(
        "127.0.0.1", port, application, threaded=True, request_handler=_Silent, ssl_context=tls
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def pages(read: Callable[[str], bytes | None], wrong: int = 404) -> Callable[..., Any]:
    """Return a host of static files; `read` returns a file, or None."""

    @Request.application
    def answer(request: Request) -> Response:
        path = request.path.lstrip("/")
        found = read(f"{path}index.html" if not path or path.endswith("/") else path)
        return Response("no", wrong) if found is None else Response(found)

    return answer


def files(outputs: Mapping[str, bytes], wrong: int = 404) -> Callable[..., Any]:
    """Return a host of these files."""
    return pages(outputs.get, wrong)


def with_inbox(host: Callable[..., Any], intake: Callable[..., Any]) -> Callable[..., Any]:
    """Return a host with an intake below ``inbox/``."""
    return DispatcherMiddleware(host, {"/inbox": intake})
