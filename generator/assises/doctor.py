"""What is wrong with a consultation's machine, site, inbox, store, keys, mail and address, each with its mend.

Nothing is changed, and nothing is sent but questions to the site's own address and greetings to its mail server.
"""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from assises import mail as letters
from assises import verification
from assises.corrections import to_publish
from assises.decisions import entered
from assises.deploy.due import is_told, right_until
from assises.deploy.releases import Releases
from assises.forms import PATH as FORMS
from assises.keys import KeyFileError, load
from assises.last_turn import FILE as TURN
from assises.last_turn import LastTurn
from assises.load import kept_in
from assises.mail import Account, MailError
from assises.moderators import moderators
from assises.problems import NOTHING, Message, message
from assises.roles import Roles
from assises.settings import Settings
from assises.site import Site
from assises.standing import deployed_at, is_behind
from assises.store import StoreError
from assises.verify import Evidence, EvidenceError, verify
from assises.waiting import LATE, look

_ROOM = 500_000_000
"""Bytes that a disk should have free."""

_LAST = 6
"""In the last sixth of its life a certificate should have been renewed, however long that is."""

_KEYS = ("intake.key", "ledger.key", "desk.key")


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing that was looked at."""

    part: Message
    """Of what: machine, site, keys…"""

    holds: bool
    what: Message
    mend: Message = NOTHING


@dataclass(frozen=True, slots=True)
class Patient:
    """A consultation on this machine."""

    root: Path
    settings: Settings
    environ: Mapping[str, str]
    now: datetime


MACHINE, KEYS, STORE, INBOX, PAGES, MAIL, ADDRESS = (
    message("machine"), message("keys"), message("store"), message("inbox"), message("pages"), message("mail"), message("address"),
)  # fmt: skip


def machine(patient: Patient) -> Iterator[Symptom]:
    """Yield how the machine fares: room on the disk, and the right to write."""
    told = message("Python {version}.", version=sys.version.partition(" ")[0])
    yield Symptom(MACHINE, True, told)
    free = shutil.disk_usage(patient.root).free
    what = message("{count} MB free on the disk.", count=free // 1_000_000)
    yield Symptom(
        MACHINE, free > _ROOM, what, message("Make room: a full disk keeps contributions from being stored.")
    )
    if not os.access(patient.root, os.W_OK):
        what = message("{folder} cannot be written by this user.", folder=patient.root)
        yield Symptom(MACHINE, False, what, message("Run it as the user to whom the folder belongs."))


def keys(patient: Patient) -> Iterator[Symptom]:
    """Yield whether each key is there, can be read, and is its owner's alone."""
    for name in _KEYS:
        path = patient.root / patient.settings.store.keys / name
        if not path.exists():
            what = message("{file} is not there yet.", file=path)
            yield Symptom(KEYS, False, what, message("assises drain makes it; or restore it from a backup."))
            continue
        try:
            load(path)
        except KeyFileError as error:
            yield Symptom(KEYS, False, message("{why}.", why=error), message("Restore it from a backup."))
            continue
        open_to_others = os.name == "posix" and path.stat().st_mode & 0o077
        what = message("{file} can be read by others.", file=path) if open_to_others else _good(path)
        mend = message("chmod 600 {file}", file=path)
        yield Symptom(KEYS, not open_to_others, what, mend)


def _good(path: Path) -> Message:
    return message("{file} is in order.", file=path.name)


def store(patient: Patient, roles: Roles) -> Iterator[Symptom]:
    """Yield whether the store can be read, and its ledger holds."""
    try:
        snapshot = roles.store.read()
        ledger = snapshot.ledger()
    except StoreError as error:
        what = message("The store is damaged: {why}.", why=str(error).rstrip("."))
        yield Symptom(STORE, False, what, message("assises restore brings it back from a backup."))
        return
    try:
        shown = to_publish(entered(snapshot), ledger)
        faults = verify(Evidence.of_store(snapshot, ledger, shown), patient.now).faults
    except EvidenceError as error:
        faults = (error.what,)
    for fault in faults:
        yield Symptom(STORE, False, fault, message("assises restore brings the store back from a backup."))
    if not faults:
        yield Symptom(STORE, True, message("The ledger holds: {count} lines.", count=len(ledger.entries)))
    if not moderators(snapshot):
        what = message("Nobody is named who moderates.")
        yield Symptom(STORE, False, what, message("assises moderators add ADDRESS --name NAME"))


def inbox(patient: Patient, roles: Roles) -> Iterator[Symptom]:
    """Yield whether each storage can be read, and nothing waits in it for too long."""
    for waiting in look((roles.spool, *roles.elsewhere)):
        if waiting.trouble:
            what = message(
                "{place} cannot be reached: {why}.", place=waiting.place, why=waiting.trouble.rstrip(".")
            )
            yield Symptom(INBOX, False, what, message("See what ASSISES_STORAGE names, and its password."))
            continue
        late = waiting.oldest is not None and patient.now - waiting.oldest > LATE
        what = message("Waiting for the runner: {count}.", count=waiting.count)
        yield Symptom(INBOX, not late, what, message("The runner seems to stand still: assises drain"))


def pages(patient: Patient, site: Site, asking: verification.Ask = verification.ask) -> Iterator[Symptom]:
    """Yield whether what this machine deployed was deployed since a phase last began or ended."""
    if not patient.settings.deploy.to:
        return
    made = deployed_at(site, Releases(kept_in(patient.root, patient.settings) / "releases").all())
    if made is None:
        if is_told(asking(f"{patient.settings.url}{FORMS}", None).body):
            return  # another machine deploys them; what they say themselves is looked at with the address
        what = message("This machine has not deployed the pages yet.")
        yield Symptom(PAGES, False, what, message("assises launch"))
        return
    time, behind = f"{made:%Y-%m-%d %H:%M} UTC", is_behind(site, made)
    what = message("The pages were deployed at {time}.", time=time)
    if behind:
        what = message("The pages were deployed at {time}; since then something opened or closed.", time=time)
    yield Symptom(
        PAGES, not behind, what, message("assises refresh; a recipe does so by itself: assises recipe")
    )


def turns(patient: Patient) -> Iterator[Symptom]:
    """Yield whether this machine takes the turns that its schedule is for, if it ever took one."""
    folder = kept_in(patient.root, patient.settings)
    if ended := LastTurn.read(folder).ended:
        what = message("The last turn of assises refresh was at {time}.", time=f"{ended:%Y-%m-%d %H:%M} UTC")
        mend = message(
            "See why its schedule stands still. If another machine takes the turns now: delete {file}",
            file=folder / TURN,
        )
        yield Symptom(PAGES, patient.now - ended <= LATE, what, mend)


def freshness(patient: Patient, asking: verification.Ask) -> Iterator[Symptom]:
    """Yield whether the pages that visitors read are right, by what they say themselves, wherever they were built."""
    answer = asking(f"{patient.settings.url}{FORMS}", None)
    if answer.status == 200 and is_told(answer.body) and (until := right_until(answer.body)):
        time = f"{until:%Y-%m-%d %H:%M} UTC"
        right = until > patient.now
        what = (
            message("The pages are right until {time}.", time=time)
            if right
            else message("The pages are out of date: something opened or closed at {time}.", time=time)
        )
        yield Symptom(
            PAGES, right, what, message("assises refresh; a recipe does so by itself: assises recipe")
        )


def mail(patient: Patient) -> Iterator[Symptom]:
    """Yield whether the mail server answers; nothing is sent."""
    try:
        account = Account.from_environment(patient.environ)
    except MailError as error:
        yield Symptom(
            MAIL, False, message("{why}.", why=error), message("See ASSISES_SMTP and ASSISES_MAIL_FROM.")
        )
        return
    if account is None:
        yield Symptom(MAIL, True, message("No mail server is named: nobody is written to."))
        return
    try:
        letters.greet(account)
    except MailError as error:
        what = message("{host} does not take mail: {why}.", host=account.host, why=str(error).rstrip("."))
        yield Symptom(MAIL, False, what, message("See ASSISES_SMTP and ASSISES_SMTP_PASSWORD."))
    else:
        yield Symptom(MAIL, True, message("{host} takes mail.", host=account.host))


def address(patient: Patient, asking: verification.Ask = verification.ask) -> Iterator[Symptom]:
    """Yield whether the site's name, certificate, pages and intake answer."""
    parts = urlsplit(patient.settings.url)
    host = parts.hostname or ""
    try:
        socket.getaddrinfo(host, parts.port or 443)
    except OSError:
        what = message("The name {host} is not known.", host=host)
        mend = message("Enter it with whoever keeps the town’s names (DNS); it takes up to a day.")
        yield Symptom(ADDRESS, False, what, mend)
        return
    if parts.scheme == "https":
        yield certificate(parts, patient.now)
    answer = asking(patient.settings.url, None)
    what = message("{url} answers with status {status}.", url=patient.settings.url, status=answer.status)
    yield Symptom(ADDRESS, answer.status == 200, what, message("assises launch puts the pages there."))
    yield from freshness(patient, asking)
    inbox_url = patient.settings.inbox.url or f"{patient.settings.url}inbox/"
    found = verification.intake(inbox_url, asking)
    mend = message(
        "On a machine of your own, assises install starts it; docs/hosting.md tells of other hosts."
    )
    yield Symptom(INBOX, found.holds, found.what, mend)


def certificate(parts: SplitResult, now: datetime) -> Symptom:
    """Return whether the certificate is trusted, and for how long."""
    host, port = parts.hostname or "", parts.port or 443
    mend = message("Renew it; Caddy and certbot do so by themselves.")
    try:
        with (
            socket.create_connection((host, port), timeout=verification.TIMEOUT) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secure,
        ):
            shown = secure.getpeercert() or {}
            begins, ends = (
                datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown[key])), UTC)
                for key in ("notBefore", "notAfter")
            )
    except (OSError, ValueError, KeyError) as error:
        what = message("{host} has no certificate that is trusted: {why}.", host=host, why=error)
        return Symptom(ADDRESS, False, what, mend)
    what = message(
        "The certificate of {host} holds until {time}.", host=host, time=f"{ends:%Y-%m-%d %H:%M} UTC"
    )
    return Symptom(ADDRESS, ends - now > (ends - begins) / _LAST, what, mend)


def examined(patient: Patient, roles: Roles, site: Site) -> Iterator[Symptom]:
    """Yield everything that was looked at, in the order in which things depend on each other."""
    yield from machine(patient)
    yield from keys(patient)
    yield from store(patient, roles)
    yield from inbox(patient, roles)
    yield from pages(patient, site)
    yield from turns(patient)
    yield from mail(patient)
    yield from address(patient)
