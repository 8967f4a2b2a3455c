"""The few answers of S3 that the intake and the runner need, in memory: quick, and able to fail on demand.

It stands in for a real store in the quick tests alone; ``make faults`` runs the same tests against Ceph's.
"""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import md5
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from assises.sigv4 import Request as Signed
from assises.sigv4 import Signer

BUCKET, KEY, SECRET = "received", "AK", "SK"
PAGE = 3
"""Keys that one listing tells."""


@dataclass
class S3Double:
    """A bucket; where it is empty, its one user is AK and the password SK."""

    objects: dict[str, bytes] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    """What each object is served with."""

    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ, start_response):
        """Answer a request."""
        request = Request(environ)
        body = request.get_data()
        if not self._signed(request, body):
            return Response("<Error><Code>SignatureDoesNotMatch</Code></Error>", 403)(environ, start_response)
        _, bucket, key = f"{request.path}/".split("/", 2)
        assert bucket == BUCKET
        with self.lock:
            answer = getattr(self, f"_{request.method.lower()}")(request, key.rstrip("/"), body)
        return answer(environ, start_response)

    def _signed(self, request: Request, body: bytes) -> bool:
        names = request.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
        own = {
            name: request.headers[name] for name in names if name != "host" and not name.startswith("x-amz-")
        }
        own |= {name: request.headers[name] for name in names if name == "x-amz-copy-source"}
        now = datetime.strptime(request.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        asked = Signed(request.method, request.path, body, own, request.args.to_dict())
        headers = Signer(KEY, SECRET, "us-east-1").headers(asked, request.host, now)
        return headers["authorization"] == request.headers["authorization"]

    def _put(self, request: Request, key: str, body: bytes) -> Response:
        if source := unquote(request.headers.get("x-amz-copy-source", "")):
            source = source.removeprefix(f"/{BUCKET}/")
            if source not in self.objects:
                return Response("<Error><Code>NoSuchKey</Code></Error>", 404)
            self.objects[key] = self.objects[source]
            return Response("<CopyObjectResult/>")
        if request.headers.get("if-none-match") == "*" and key in self.objects:
            return Response("<Error><Code>PreconditionFailed</Code></Error>", 412)
        self.objects[key] = body
        self.headers[key] = {
            name: request.headers.get(name, "") for name in ("content-type", "cache-control")
        }
        return Response()

    def _delete(self, _request: Request, key: str, _body: bytes) -> Response:
        self.objects.pop(key, None)
        return Response(status=204)

    def _get(self, request: Request, key: str, _body: bytes) -> Response:
        if key:
            return Response(self.objects[key]) if key in self.objects else Response("<Error/>", 404)
        after = request.args.get("continuation-token", "")
        keys = sorted(k for k in self.objects if k.startswith(request.args["prefix"]) and k > after)
        rows = "".join(f"<Contents><Key>{k}</Key></Contents>" for k in keys[:PAGE])
        more = f"<NextContinuationToken>{keys[PAGE - 1]}</NextContinuationToken>" if keys[PAGE:] else ""
        space = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
        return Response(f"<ListBucketResult {space}>{rows}{more}</ListBucketResult>")

    def _post(self, request: Request, _key: str, body: bytes) -> Response:
        assert "delete" in request.args
        assert request.headers["content-md5"] == b64encode(md5(body).digest()).decode()
        for item in ET.fromstring(body).iter("Key"):
            self.objects.pop(item.text or "", None)
        return Response("<DeleteResult/>")


class _Silent(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: object) -> None:  # type: ignore[override]
        """Say nothing."""


@contextmanager
def s3_double() -> Iterator[tuple[S3Double, str]]:
    """Serve a bucket while the block runs; give it with its address."""
    double = S3Double()
    server = make_server("127.0.0.1", 0, double, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield double, f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
