"""A port of this machine that answers, on the loopback address only."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HOST = "127.0.0.1"
_PORTS = 20
"""How many ports after a busy one are tried."""


class _Silent(WSGIRequestHandler):
    """Writes no log: a resident's address has no place in a terminal."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


def _not_yet(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return Response("503", 503, headers={"Retry-After": "1"})(environ, start_response)


def bind(port: int) -> BaseWSGIServer:
    """Return a server on `port`, or on the next one that is free (0: on any).

    Raises:
        OSError: none is.
    """
    for candidate in range(port, min(port + _PORTS, 65536)) if port else (0,):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
            # werkzeug ends the process where a port is taken, so it is asked for here first.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name != "nt")
            try:
                trial.bind((HOST, candidate))
            except OSError:
                continue
            trial.listen()
            return make_server(
                HOST, candidate, _not_yet, threaded=True, request_handler=_Silent, fd=trial.detach()
            )
    raise OSError(f"no port from {port} to {port + _PORTS - 1} is free")


@contextmanager
def answering(server: BaseWSGIServer) -> Iterator[threading.Thread]:
    """Let a server answer in a thread of its own, which is given, while the block runs."""
    thread = threading.Thread(target=server.serve_forever, name="server")
    try:
        thread.start()
        yield thread
    finally:
        if thread.is_alive():
            server.shutdown()
            thread.join()
        server.server_close()
