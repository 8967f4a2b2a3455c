"""Outside witnesses: each asked to say, in a way that the organiser cannot, that the ledger's head is what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from urllib.request import Request, urlopen

from assises.ledger import Head
from assises.mail import Account, Letter, deliver
from assises.problems import Message, message
from assises.settings import Authority, Correspondent, Settings
from assises.stamps import MAX_RESPONSE, Stamp, StampError, answers, request
from assises.store import RUNNER, Snapshot, Store
from assises.verify import STAMPS

MAILED = f"{STAMPS}/mailed.txt"
"""Which head was mailed last, and which correspondents got it: a line `seq name` for each."""

_TIMEOUT = 30
"""Seconds that an authority may take."""


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What came of asking the authorities."""

    head: Head | None
    """The head that they were asked about; None: the ledger is empty."""

    stamped: tuple[str, ...] = ()
    """Names of the authorities that stamped it just now."""

    known: tuple[str, ...] = ()
    """Names of those that had stamped it before."""

    faults: tuple[Message, ...] = field(default=())
    """Why others did not."""


def stamp_head(store: Store, root: Path, authorities: Sequence[Authority], now: datetime) -> Witnessed:
    """Ask each authority for a stamp over the newest head unless it gave one, keep the stamps, return what came of it.

    Raises:
        OSError: a file of certificates cannot be read.
        StampsUnreadableError: the library is missing.
        StoreError: the store cannot be written.
    """
    snapshot = store.read()
    head = snapshot.head()
    if head is None:
        return Witnessed(None)
    stamped, known, faults = [], [], []
    changes: dict[str, bytes | None] = {}
    for authority in authorities:
        path = f"{STAMPS}/{head.seq:09}-{authority.id}.json"
        if snapshot.exists(path):
            known.append(authority.name)
            continue
        certificates = (root / authority.certificates).read_bytes().replace(b"\r\n", b"\n")
        try:
            stamp = _asked(authority, head)
            # What cannot be checked today will convince nobody later.
            stamp.time((certificates,))
        except (StampError, OSError, HTTPException) as error:
            faults.append(
                message("{authority} gave no time-stamp: {why}.", authority=authority.name, why=error)
            )
            continue
        stamped.append(authority.name)
        changes[path] = stamp.line()
        changes[f"{STAMPS}/{authority.id}.pem"] = b"".join(
            _once(snapshot, f"{STAMPS}/{authority.id}.pem", certificates)
        )
    if changes:
        store.commit(RUNNER, "Witness", now, lambda _: changes)
    return Witnessed(head, tuple(stamped), tuple(known), tuple(faults))


def head_letters(
    site: Settings, head: Head, translate: Callable[[str], str], correspondents: Sequence[Correspondent]
) -> tuple[Letter, ...]:
    """Return a letter with the head for each correspondent, in the site's first language."""
    language = site.languages[0]
    name = site.name.get(language)
    text = message(
        "This is the head of the public ledger of “{name}”, line {seq}.\n\n"
        "You are a witness of this consultation: keep this message. With it, anyone can show later whether the lines"
        " up to here were altered, dropped or slipped in, be it by the organiser itself:\n\n"
        "    assises verify {url} --since head.json\n\n"
        "The same head, to be printed and signed: {url}ledger/head/\n\n"
        "SHA-256 of line {seq}: {hash}\n",
        name=name, seq=head.seq, url=site.url.rstrip("/") + "/", hash=head.hash,
    ).render(translate)  # fmt: skip
    subject = message("Ledger of “{name}”: line {seq}", name=name, seq=head.seq).render(translate)
    return tuple(
        Letter(
            correspondent.email,
            subject,
            text,
            language,
            correspondent.name,
            reply_to=site.organiser.email,
            thread="ledger",
            enclosed=(("head.json", head.to_bytes()),),
        )
        for correspondent in correspondents
    )


def mail_head(
    store: Store, account: Account, site: Settings, translate: Callable[[str], str], now: datetime
) -> tuple[int, tuple[Message, ...]]:
    """Send the newest head to each correspondent who does not have it; return how many did get it, and the faults.

    Raises:
        StoreError: the store cannot be written.
    """
    snapshot = store.read()
    head = snapshot.head()
    if head is None:
        return 0, ()
    # A file a head and no list of addresses: the store tells which head was sent, site.yaml to whom.
    told = (snapshot.get(MAILED) or b"").decode().splitlines()
    have = {line.partition(" ")[2] for line in told if line.startswith(f"{head.seq} ")}
    waiting = [one for one in site.witnesses.correspondents if one.name not in have]
    letters = head_letters(site, head, translate, waiting)
    failed = {lost.letter.to: lost.error for lost in deliver(account, letters, now)}
    got = [one.name for one in waiting if one.email not in failed]
    if got:
        lines = [f"{head.seq} {name}" for name in (*sorted(have), *got)]
        after = "".join(f"{line}\n" for line in lines).encode()
        store.commit(RUNNER, "Mail the head", now, lambda _: {MAILED: after})
    faults = (
        message("{name} did not get the head: {why}.", name=one.name, why=failed[one.email])
        for one in waiting
        if one.email in failed
    )
    return len(got), tuple(faults)


def _once(snapshot: Snapshot, path: str, certificates: bytes) -> Iterator[bytes]:
    """Yield the certificates kept so far and those of now: a root that is renewed leaves older stamps to be checked."""
    kept = snapshot.get(path) or b""
    yield kept
    if certificates not in kept:
        yield certificates if certificates.endswith(b"\n") else certificates + b"\n"


def _asked(authority: Authority, head: Head) -> Stamp:
    asked, nonce = request(head)
    headers = {"Content-Type": "application/timestamp-query", "User-Agent": "assises"}
    # site.yaml names the address, and only http and https are let through there.
    with urlopen(Request(authority.url, asked, headers), timeout=_TIMEOUT) as answer:  # noqa: S310
        response: bytes = answer.read(MAX_RESPONSE + 1)
    if len(response) > MAX_RESPONSE:
        raise StampError("the answer is larger than any time-stamp")
    if not answers(response, nonce):
        raise StampError("the answer is to another request")
    return Stamp(authority.id, head, response)
