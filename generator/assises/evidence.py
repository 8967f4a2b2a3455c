"""Where evidence is fetched from: a store beside a site, built pages in a folder, or a site on the web."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from assises import canonical
from assises.attestation import WITNESSES
from assises.corrections import to_publish
from assises.decisions import entered
from assises.ledger import Head, LedgerError
from assises.load import read_site
from assises.problems import message
from assises.stamps import Stamp, StampError
from assises.store import StoreError
from assises.store_address import VARIABLE as STORE
from assises.store_address import read_store
from assises.verify import LEDGER, Evidence, EvidenceError

_TIMEOUT = 30
"""Seconds to wait for a site."""

_DEPTHS = range(1, 5)
"""How far below the folder that is named a downloaded site may begin."""

_MAIL = re.compile(rb"(?:[!-9;-~]+:.*\r?\n(?:[ \t].*\r?\n)*)+\r?\n")
"""How a saved mail begins: its headers, then an empty line."""


def evidence_at(place: str) -> Evidence:
    """Return the evidence at a URL or in a folder (of built pages, or of a site with its store).

    Raises:
        EvidenceError: there is none.
        ContentError: the folder's site.yaml cannot be used.
        StoreError: the store is damaged.
    """
    if _is_url(place):
        base = place if place.endswith("/") else f"{place}/"
        return Evidence.of_site(lambda path: _fetch(f"{base}{path}"))
    folder = Path(place)
    if (folder / "site.yaml").exists():
        return _of_store(folder)
    built = _built_pages(folder)
    return Evidence.of_site(lambda path: _read(built / path))


def _is_url(place: str) -> bool:
    return place.lower().startswith(("http://", "https://"))


def _built_pages(folder: Path) -> Path:
    """Return where the site begins: a program that downloads one puts it below folders named by its address."""
    if not (folder / LEDGER).exists():
        found = [path.parents[1] for depth in _DEPTHS for path in folder.glob(f"{'*/' * depth}{LEDGER}")]
        if len(found) == 1:
            return found[0]
    return folder


def heads_at(place: str) -> tuple[Head, ...]:
    """Return the earlier heads at a URL, in a folder (an earlier copy of the site), or in a file.

    The file may be ``head.json``, a mail in which it was sent, or any text with its line.

    Raises:
        EvidenceError: there is none.
    """
    if _is_url(place) or Path(place).is_dir():
        evidence = evidence_at(place)
        heads = [*_heads_in(evidence.head), *_stamped(evidence.witnesses)]
    else:
        heads = _heads_in(_read(Path(place)) or b"")
    if not heads:
        raise EvidenceError(message("{path} holds no signed head of a ledger.", path=place))
    return tuple(dict.fromkeys(heads))


def _heads_in(data: bytes) -> list[Head]:
    parts = message_from_bytes(data).walk() if _MAIL.match(data) else ()
    texts = [data, *(part.get_payload(decode=True) for part in parts)]
    lines = (line.strip() for text in texts if isinstance(text, bytes) for line in text.split(b"\n"))
    found = []
    for line in lines:
        if line.startswith(b"{"):
            with suppress(LedgerError):
                found.append(Head.from_bytes(line + b"\n"))
    return found


def _stamped(witnesses: bytes) -> Iterator[Head]:
    for line in canonical.lines(witnesses):
        try:
            yield Stamp.from_line(line).head
        except StampError as error:
            raise EvidenceError(message("{path} is malformed: {why}.", path=WITNESSES, why=error)) from error


def _of_store(folder: Path) -> Evidence:
    settings, _content, _problems = read_site(folder)
    if not os.environ.get(STORE) and not (folder / settings.store.path).exists():
        # An empty ledger would hold, and say nothing of what was meant to be looked at.
        raise StoreError(f"{folder / settings.store.path}: no git store")
    snapshot = read_store(folder, settings, os.environ)
    ledger = snapshot.ledger()
    return Evidence.of_store(snapshot, ledger, to_publish(entered(snapshot, "published"), ledger))


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        why = error.strerror or error
        raise EvidenceError(message("{path} cannot be read: {why}.", path=path, why=why)) from error


def _fetch(url: str) -> bytes | None:
    try:
        # The user's own words name the address; http and https alone come here.
        with urlopen(Request(url, headers={"User-Agent": "assises"}), timeout=_TIMEOUT) as answer:  # noqa: S310
            data: bytes = answer.read()
            return data
    except HTTPError as error:
        if error.code == HTTPStatus.NOT_FOUND:
            return None
        raise EvidenceError(message("{path} cannot be read: {why}.", path=url, why=error)) from error
    except (HTTPException, OSError, ValueError) as error:
        raise EvidenceError(message("{path} cannot be read: {why}.", path=url, why=error)) from error
