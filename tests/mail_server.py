"""A mail server on loopback: real SMTP, whose letters can be read."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

PASSWORD = "öäü secret"


class _Controller(Controller):
    """A server at a port of the system's choice."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@dataclass
class Box:
    """What came in, and what is to be refused."""

    letters: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    to: list[list[str]] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    """What to answer to a recipient, by address."""

    users: list[str] = field(default_factory=list)
    address: str = ""
    """What ASSISES_SMTP may be."""

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if answer := self.refused.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.raw.append(envelope.content)
        self.letters.append(message_from_bytes(envelope.content, policy=SMTP))
        self.to.append(envelope.rcpt_tos)
        self.senders.append(envelope.mail_from)
        return "250 OK"

    def auth(self, server, session, envelope, mechanism, given):
        good = isinstance(given, LoginPassword) and given.password == PASSWORD.encode()
        if good:
            self.users.append(given.login.decode())
        return AuthResult(success=good, handled=False)

    def environ(self, **more: str) -> dict[str, str]:
        return {"ASSISES_SMTP": self.address, "ASSISES_MAIL_FROM": "Assises <assises@ville.example>"} | more


@contextmanager
def mail_server(certificate: Path | None = None, *, implicit: bool = False) -> Iterator[Box]:
    """Run a server; with a certificate it wants TLS and a password."""
    box = Box()
    options: dict = {"enable_SMTPUTF8": False}
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        options |= {"authenticator": box.auth, "auth_required": True}
        if implicit:
            options |= {"ssl_context": context, "auth_require_tls": False}
        else:
            options |= {"tls_context": context, "require_starttls": True}
    controller = _Controller(box, hostname="127.0.0.1", port=0, **options)
    controller.start()
    scheme = {(True, True): "smtps", (True, False): "smtp+starttls"}.get(
        (certificate is not None, implicit), "smtp"
    )
    box.address = f"{scheme}://{'anne%40ville.example@' if certificate else ''}localhost:{controller.port}"
    try:
        yield box
    finally:
        controller.stop()


def certificate_in(folder: Path) -> Path:
    """Make a key and a certificate for localhost, in one file."""
    both = folder / "localhost.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    both.write_bytes((folder / "key.pem").read_bytes() + (folder / "certificate.pem").read_bytes())
    return both
