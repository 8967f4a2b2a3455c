"""Where evidence is fetched from: a store beside a site, built pages in a folder, or a site on the web."""

from __future__ import annotations

from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import BinaryIO
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from assises.corrections import to_publish
from assises.ledger import Head, LedgerError
from assises.load import read_site
from assises.problems import message
from assises.store import Store
from assises.verify import HEAD, Evidence, EvidenceError

_TIMEOUT = 30
"""Seconds to wait for a site."""


def evidence_at(place: str) -> Evidence:
    """Return the evidence at a URL or in a folder (of built pages, or of a site with its store).

    Raises:
        EvidenceError: there is none.
        ContentError: the folder's site.yaml cannot be used.
        StoreError: the store is damaged.
    """
    if place.lower().startswith(("http://", "https://")):
        base = place if place.endswith("/") else f"{place}/"
        return Evidence.of_site(lambda path: _fetch(f"{base}{path}"))
    folder = Path(place)
    if (folder / "site.yaml").exists():
        return _of_store(folder)
    return Evidence.of_site(lambda path: _read(folder / path))


def head_in(file: BinaryIO | None) -> Head | None:
    """Return the earlier head that a file holds.

    Raises:
        EvidenceError: it holds none.
    """
    try:
        return Head.from_bytes(file.read()) if file else None
    except LedgerError as error:
        raise EvidenceError(message("{path} is malformed: {why}.", path=HEAD, why=error)) from error


def _of_store(folder: Path) -> Evidence:
    settings, _content, _problems = read_site(folder)
    with Store.open(folder / settings.store.path) as store:
        snapshot = store.read()
        ledger = snapshot.ledger()
        return Evidence.of_store(snapshot, ledger, to_publish(snapshot.records("published"), ledger))


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
