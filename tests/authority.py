"""A time-stamp authority (RFC 3161) of our own: openssl signs, a server on loopback answers."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

_CONFIGURATION = """
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[tsa]
basicConstraints = CA:FALSE
extendedKeyUsage = critical,timeStamping
[tsa_config]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass
class Authority:
    """An authority with a root, a certificate for time-stamps, and what it answers."""

    openssl: str
    folder: Path
    name: str = "Horodateur"
    kept: bytes = b""
    """An answer given again and again, if there is any."""

    def __post_init__(self) -> None:
        """Make root and certificate."""
        self.folder.mkdir(parents=True)
        self.configuration = self.folder / "openssl.cnf"
        self.configuration.write_text(_CONFIGURATION.format(folder=self.folder), encoding="utf-8")
        self._certificate("ca", f"/CN={self.name} root", "-x509", "-extensions", "ca", "-days", "3650")
        signed = ("-x509", "-CA", str(self.root), "-CAkey", str(self.folder / "ca.key"))
        self._certificate("tsa", f"/CN={self.name}", *signed, "-extensions", "tsa", "-days", "365")

    @property
    def root(self) -> Path:
        """The certificate that whoever believes this authority has (PEM)."""
        return self.folder / "ca.pem"

    def _certificate(self, name: str, subject: str, *arguments: str) -> None:
        self.run(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject,
            "-keyout", f"{name}.key", "-out", f"{name}.pem", "-config", self._request_configuration(), *arguments,
        )  # fmt: skip

    def _request_configuration(self) -> str:
        place = self.folder / "request.cnf"
        bare = self.configuration.read_text(encoding="utf-8")
        place.write_text("[req]\ndistinguished_name = name\n[name]\n" + bare, encoding="utf-8")
        return str(place)

    def run(self, *arguments: str) -> bytes:
        """Run openssl in the authority's folder, and return what it says."""
        done = subprocess.run([self.openssl, *arguments], cwd=self.folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def answer(self, query: bytes) -> bytes:
        """Return the answer to a query."""
        if self.kept:
            return self.kept
        (self.folder / "query").write_bytes(query)
        self.run(
            "ts", "-reply", "-queryfile", "query", "-out", "response", "-config", str(self.configuration),
            "-section", "tsa_config", "-signer", "tsa.pem", "-inkey", "tsa.key",
        )  # fmt: skip
        return (self.folder / "response").read_bytes()

    @contextmanager
    def on_the_web(self) -> Iterator[str]:
        """Answer on loopback while the block runs, and give the address."""

        @Request.application
        def app(request: Request) -> Response:
            if request.content_type != "application/timestamp-query":
                return Response(status=415)
            return Response(self.answer(request.get_data()), content_type="application/timestamp-reply")

        class Quiet(WSGIRequestHandler):
            def log(self, type: str, message: str, *args: object) -> None:
                """Say nothing."""

        server = make_server("127.0.0.1", 0, app, request_handler=Quiet)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.port}/tsr"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
