"""A proxy on loopback before a real server: it counts what passes, and lets the host fail on demand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

Fault = Literal["", "busy", "late", "cut", "cut-before", "garbled", "stale"] | int
"""What goes wrong with one request.

A number: it never reaches the host, and is answered with this status. ``late``: the host does it, and the answer
comes after the caller gave up. ``cut``: the host does it, and the connection ends within the answer.
``cut-before``: the connection ends before the host hears of it. ``garbled``: bytes of the answer are others.
``stale``: the answer is the one that the same request got first.
"""


@dataclass
class FaultProxy:
    """What stands between."""

    target: int
    """The port of the real server."""

    fault: Callable[[str, str, int], Fault] = lambda _method, _path, _number: ""
    """Told method, path and number of a request; from 0."""

    late: float = 3
    """Seconds that a late answer takes."""

    requests: list[str] = field(default_factory=list)
    received: int = 0
    """Bytes that the caller got, headers counted."""

    sent: int = 0
    """Bytes that the caller sent, headers counted."""

    port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    first: dict[str, tuple[int, list[tuple[str, str]], bytes]] = field(default_factory=dict)

    def forget(self) -> None:
        """Count from nought again."""
        self.requests, self.received, self.sent = [], 0, 0

    def ask(
        self, method: str, path: str, headers: list[tuple[str, str]], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Return what the real server answers."""
        connection = HTTPConnection("127.0.0.1", self.target, timeout=60)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                if name.lower() not in ("connection", "transfer-encoding"):
                    connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: FaultProxy

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _pass(self) -> None:
        proxy = self.proxy
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        with proxy.lock:
            number = len(proxy.requests)
            proxy.requests.append(f"{self.command} {self.path}")
            proxy.sent += len(self.raw_requestline) + len(bytes(self.headers)) + len(body)
        fault = proxy.fault(self.command, self.path, number)
        if fault == "cut-before":
            self.close_connection = True
            return
        if isinstance(fault, int):
            self._answer(fault, [("content-type", "text/plain")], b"not now\n")
            return
        key = f"{self.command} {self.path}"
        if fault == "stale" and key in proxy.first:
            self._answer(*proxy.first[key])
            return
        status, headers, data = proxy.ask(self.command, self.path, self.headers.items(), body)
        proxy.first.setdefault(key, (status, headers, data))
        if fault == "late":
            time.sleep(proxy.late)
        if fault == "garbled":
            data = data[: len(data) // 2] + bytes(byte ^ 0x5A for byte in data[len(data) // 2 :])
        self._answer(status, headers, data, cut=fault == "cut")

    do_GET = do_POST = do_PUT = _pass  # noqa: N815 - http.server's own names

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes, *, cut: bool = False) -> None:
        kept = [
            (name, value)
            for name, value in headers
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "keep-alive")
        ]
        head = "".join([f"HTTP/1.1 {status} X\r\n", *(f"{name}: {value}\r\n" for name, value in kept)])
        head += f"content-length: {len(body)}\r\n\r\n"
        try:
            self.wfile.write(head.encode("latin-1") + (body[: len(body) // 2] if cut else body))
            self.wfile.flush()
        except OSError:  # the caller has given up
            self.close_connection = True
        with self.proxy.lock:
            self.proxy.received += len(head) + len(body)
        if cut:
            self.close_connection = True


@contextmanager
def fault_proxy(target: int) -> Iterator[FaultProxy]:
    """Stand before a server on a port of loopback while the block runs."""
    proxy = FaultProxy(target)
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    proxy.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
