"""Mail by SMTP (RFC 5321), through the server that the environment names.

Whatever a letter says, its header has the fields that stand here and no other: line ends, control signs and
marks of direction never reach it, and an address is checked whole before it is used.
"""

from __future__ import annotations

import base64
import re
import smtplib
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Literal, Self
from urllib.parse import unquote, urlsplit

from assises.canonical import normal

Security = Literal["none", "starttls", "tls"]

MAX_ADDRESS = 254
"""Characters of an address (RFC 5321, § 4.5.3.1.3, with its angle brackets)."""

MAX_SUBJECT = 200
"""Characters of a subject or of a name; the rest is cut."""

TIMEOUT = 20
"""Seconds to wait for the server, at each step."""

_SCHEMES: Mapping[str, tuple[Security, int]] = {
    "smtp": ("none", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("tls", 465),
}
"""How an address of a server begins → how the way there is kept secret, and the port where none is named."""

_SIGNED_IN = 235
"""What a server answers to the right password (RFC 4954, § 6)."""

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_UNFIT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+"
)
"""What no header needs: controls, line ends of every kind, and signs that turn or hide what stands around them."""


class MailError(Exception):
    """Mail cannot be sent; `passing` tells whether it may go well another time."""

    def __init__(self, what: str, *, passing: bool) -> None:
        self.passing = passing
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class Account:
    """Who sends, and through which server."""

    host: str
    port: int
    security: Security
    sender: Address
    user: str = ""
    password: str = field(default="", repr=False)
    authority: str = ""
    """File of the certificates that vouch for the server, where the system's own do not."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self | None:
        """Return the account that the environment describes; None where it describes none.

        - ``ASSISES_SMTP``: ``smtp+starttls://user@host:587``, ``smtps://user@host`` or, within one machine,
          ``smtp://localhost:25``.
        - ``ASSISES_SMTP_PASSWORD``: the user's password.
        - ``ASSISES_MAIL_FROM``: the sender, ``Assises de Villeneuve <assises@ville.example>``.
        - ``ASSISES_SMTP_CA``: a file of certificates, for a server with one of the town's own.

        Raises:
            MailError: a variable cannot be used.
        """
        written = environ.get("ASSISES_SMTP", "").strip()
        if not written:
            return None
        parts = urlsplit(written)
        try:
            security, port = _SCHEMES[parts.scheme]
            account = cls(
                parts.hostname or "",
                parts.port or port,
                security,
                sender(environ.get("ASSISES_MAIL_FROM", "")),
                unquote(parts.username or ""),
                environ.get("ASSISES_SMTP_PASSWORD", ""),
                environ.get("ASSISES_SMTP_CA", ""),
            )
        except (KeyError, ValueError):
            schemes = ", ".join(f"{scheme}://" for scheme in _SCHEMES)
            raise MailError(f"ASSISES_SMTP is no address that begins with {schemes}", passing=False) from None
        if parts.password:
            raise MailError(
                "the password belongs in ASSISES_SMTP_PASSWORD, not in ASSISES_SMTP", passing=False
            )
        if not account.host:
            raise MailError("ASSISES_SMTP names no server", passing=False)
        if account.user and security == "none" and account.host not in _LOOPBACK:
            raise MailError(
                "ASSISES_SMTP would send a password in clear: use smtp+starttls:// or smtps://", passing=False
            )
        return account


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one person."""

    to: str
    """The address alone."""

    subject: str
    text: str
    language: str = "fr"
    name: str = ""
    """The person's name, as typed; it may be anything."""

    reply_to: str = ""
    """The address that answers go to, where it is not the sender's."""

    unsubscribe: str = ""
    """The address that ends this mail by one POST (RFC 8058); empty: this mail does not go to subscribers."""

    thread: str = ""
    """What letters on one subject have in common, so that readers' programs show them together."""

    enclosed: tuple[tuple[str, bytes], ...] = ()
    """JSON files that go with it, each by its name."""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A letter that the server did not take."""

    letter: Letter
    error: MailError


def is_address(text: str) -> bool:
    """Tell whether `text` is an address that mail can be sent to, and nothing but one."""
    try:
        checked(text)
    except MailError:
        return False
    return True


def checked(text: str) -> str:
    """Return an address as a header may hold it, a domain with accents in its ASCII form (RFC 5891).

    Raises:
        MailError: it is none. Quoted and non-ASCII local parts, which RFC 6531 allows, are not taken.
    """
    local, _, domain = text.rpartition("@")
    try:
        # Not looked at any closer once it is longer than an address can be.
        ascii_domain = domain.encode("idna").decode() if len(text) <= MAX_ADDRESS else ""
    except UnicodeError:
        ascii_domain = ""
    fits = len(local) <= 64 and len(local) + 1 + len(ascii_domain) <= MAX_ADDRESS
    if not fits or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(ascii_domain):
        raise MailError(f"{one_line(text)[:60]!r} is no mail address", passing=False)
    return f"{local}@{ascii_domain}"


def sender(text: str) -> Address:
    """Return ``Name <address>`` or an address alone in its parts.

    Raises:
        MailError: there is none in it.
    """
    name, angle, rest = text.strip().rpartition("<")
    spec = checked(rest.removesuffix(">") if angle else text.strip())
    return Address(one_line(name.strip().strip('"')), addr_spec=spec)


def one_line(text: str) -> str:
    """Return `text` as a header may hold it: on one line, without signs that hide or turn what stands around."""
    # An encoded word (RFC 2047) would be read back as what it hides, line ends included.
    words = _UNFIT.sub(" ", normal(text)).replace("=?", "= ?")
    # Plain spaces alone are made fewer: no-break ones are part of how French is written.
    return re.sub(" +", " ", words).strip(" ")[:MAX_SUBJECT].rstrip(" ")


def composed(letter: Letter, account: Account, now: datetime) -> EmailMessage:
    """Return the letter as it goes to the server.

    Raises:
        MailError: an address is none.
    """
    domain = account.sender.domain
    message = EmailMessage(policy=SMTP)
    message["From"] = account.sender
    message["To"] = Address(one_line(letter.name), addr_spec=checked(letter.to))
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=domain)
    # No out-of-office answers (RFC 3834), and no receipts that tell of who reads when.
    message["Auto-Submitted"] = "auto-generated"
    if letter.reply_to:
        message["Reply-To"] = Address(addr_spec=checked(letter.reply_to))
    if letter.thread:
        message["References"] = f"<{re.sub('[^A-Za-z0-9.-]', '', letter.thread)}@{domain}>"
    if letter.unsubscribe:
        message["List-Unsubscribe"] = f"<{_url(letter.unsubscribe)}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    # Quoted-printable keeps lines short and what is mostly French readable in the raw message.
    message.set_content(normal(letter.text), cte="quoted-printable")
    message["Content-Language"] = one_line(letter.language)
    for name, data in letter.enclosed:
        message.add_attachment(data, maintype="application", subtype="json", filename=one_line(name))
    return message


def deliver(account: Account, letters: Iterable[Letter], now: datetime) -> tuple[Undelivered, ...]:
    """Hand letters to the server over one connection, and return those that it did not take."""
    waiting = tuple(letters)
    left: list[Undelivered] = []
    sent = 0
    try:
        if not waiting:
            return ()
        with _connection(account) as server:
            for letter in waiting:
                if error := _hand_over(server, account, letter, now):
                    left.append(Undelivered(letter, error))
                sent += 1
    except (OSError, smtplib.SMTPException, MailError) as error:
        trouble = _told(error)
        left += (Undelivered(letter, trouble) for letter in waiting[sent:])
    return tuple(left)


def greet(account: Account) -> None:
    """Sign in at the server, and leave again without a word.

    Raises:
        MailError: it does not answer, or refuses.
    """
    try:
        with _connection(account) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        raise _told(error) from error


def send(account: Account, letter: Letter, now: datetime) -> None:
    """Send one letter.

    Raises:
        MailError: the server did not take it.
    """
    for undelivered in deliver(account, [letter], now):
        raise undelivered.error


def _hand_over(server: smtplib.SMTP, account: Account, letter: Letter, now: datetime) -> MailError | None:
    """Return why the server refused this letter, if it did; raise what ends the connection."""
    try:
        server.send_message(composed(letter, account, now), account.sender.addr_spec, [checked(letter.to)])
    except MailError as error:
        return error
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        server.rset()
        return _told(error)
    return None


def _connection(account: Account) -> smtplib.SMTP:
    context = ssl.create_default_context(cafile=account.authority or None)
    if account.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(account.host, account.port, timeout=TIMEOUT, context=context)
    else:
        server = smtplib.SMTP(account.host, account.port, timeout=TIMEOUT)
    try:
        if account.security == "starttls":
            server.starttls(context=context)
        if account.user:
            _sign_in(server, account)
    except BaseException:
        server.close()
        raise
    return server


def _sign_in(server: smtplib.SMTP, account: Account) -> None:
    if (account.user + account.password).isascii():
        server.login(account.user, account.password)
        return
    # smtplib writes ASCII only (https://github.com/python/cpython/issues/73936); RFC 4616 wants UTF-8.
    server.ehlo_or_helo_if_needed()
    secret = base64.b64encode(f"\0{account.user}\0{account.password}".encode()).decode()
    code, words = server.docmd("AUTH", f"PLAIN {secret}")
    if code != _SIGNED_IN:
        raise smtplib.SMTPAuthenticationError(code, words)


def _told(error: Exception) -> MailError:
    """Return a fault with the server's own words; codes from 500 on are for good (RFC 5321, § 4.2.1)."""
    if isinstance(error, MailError):
        return error
    words: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, words = error.smtp_code, error.smtp_error
    else:
        return MailError(one_line(str(error)) or type(error).__name__, passing=True)
    answer = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return MailError(f"{code} {one_line(answer)}", passing=code < 500)


def _url(text: str) -> str:
    """Return an address of the web that stands between angle brackets.

    Raises:
        MailError: it holds signs that no address holds.
    """
    if not re.fullmatch(r"https?://[!-;=?-~]+", text):
        raise MailError(f"{one_line(text)[:60]!r} is no address of the web", passing=False)
    return text
