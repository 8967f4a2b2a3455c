"""Proof: whether a published ledger is whole, its head signed, and a receipt's promise kept. Offline, pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Self

from assises import canonical, receipt
from assises.attestation import AUTHORITIES, WITNESSES, Attested, attestations
from assises.author_changes import KINDS
from assises.contribution import Contribution, ContributionError
from assises.decisions import due
from assises.keys import KeyFileError, PublishedKeys, keys_file, published_keys
from assises.ledger import BEGINNING, Counts, Entry, Head, Ledger, LedgerError
from assises.problems import Message, message
from assises.stamps import Stamp, StampError
from assises.store import KEYS_FILE, Snapshot, StoreError

LEDGER = "ledger/ledger.jsonl"
HEAD = "ledger/head.json"
KEYS = "ledger/keys.json"
DUE = "ledger/due.jsonl"
PUBLISHED = "contributions.jsonl"

STAMPS = "witnesses"
"""Folder of the store in which stamps and certificates are kept."""

Promise = Literal["kept", "late", "not-due", "broken"]


class EvidenceError(Exception):
    """A file that is needed cannot be read or is malformed."""

    def __init__(self, what: Message) -> None:
        self.what = what
        super().__init__(what.render())


@dataclass(frozen=True, slots=True)
class Evidence:
    """The files that a site publishes for anyone to check."""

    ledger: bytes
    head: bytes
    """Empty, and no file, where nothing was received yet."""

    keys: bytes
    published: bytes
    """The canonical bytes of published contributions, one a line."""

    due: bytes = b""
    """Decisions that are taken and not yet in the ledger, one a line; empty, and no file, where there are none."""

    witnesses: bytes = b""
    """Outside authorities' time-stamps over heads, one a line; empty, and no file, where there are none."""

    authorities: bytes = b""
    """The certificates (PEM) by which those can be checked."""

    @classmethod
    def of_store(cls, snapshot: Snapshot, ledger: Ledger, published: tuple[Contribution, ...]) -> Self:
        """Return what a store has to show."""
        keys = snapshot.get(KEYS_FILE) or keys_file((), ())
        head = ledger.head.to_bytes() if ledger.head else b""
        decided = (path for path, event in due(snapshot).items() if event.event != "received")
        waiting = b"".join(snapshot.get(path) or b"" for path in decided)
        shown = b"".join(c.canonical() for c in published)
        return cls(ledger.lines(), head, keys, shown, waiting, *kept_stamps(snapshot))

    @classmethod
    def of_site(cls, read: Callable[[str], bytes | None]) -> Self:
        """Return what a built site shows; `read` returns a file's bytes by its path within the site.

        Raises:
            EvidenceError: a file is missing.
        """
        files = {path: read(path) for path in (LEDGER, KEYS, PUBLISHED)}
        for path, data in files.items():
            if data is None:
                raise EvidenceError(message("{path} is missing here: is this a built site?", path=path))
        ledger, keys, published = (files[path] or b"" for path in (LEDGER, KEYS, PUBLISHED))
        optional = (read(path) or b"" for path in (DUE, WITNESSES, AUTHORITIES))
        return cls(ledger, read(HEAD) or b"", keys, published, *optional)

    def files(self) -> dict[str, bytes]:
        """Return the outputs that publish this evidence."""
        optional = {
            HEAD: self.head,
            DUE: self.due,
            WITNESSES: self.witnesses,
            AUTHORITIES: self.authorities,
        }
        files = {LEDGER: self.ledger, KEYS: self.keys, PUBLISHED: self.published}
        return files | {path: data for path, data in optional.items() if data}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found."""

    ledger: Ledger
    faults: tuple[Message, ...]
    """What is wrong; none: all holds."""

    notes: tuple[Message, ...] = ()
    """What is right but worth knowing."""

    promise: Promise | None = None
    """Of the receipt that was given."""

    attested: tuple[Attested, ...] = ()
    """What outside authorities attest, by time."""

    trusted: bool = False
    """Whether that was checked with certificates that did not come from the site."""

    runs_through: int = 0
    """How many earlier heads were given."""

    changes: Mapping[str, str] = field(default_factory=dict)
    """Authors' corrections and withdrawals that took effect: ``correction`` or ``withdrawal``, by id."""

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults and self.promise not in ("late", "broken")

    @property
    def counts(self) -> Counts:
        """The sum that has to come out."""
        return self.counted()

    def counted(self, channel: str = "") -> Counts:
        """Return that sum of one channel alone."""
        taken = {id for id, kind in self.changes.items() if kind == "withdrawal"}
        return self.ledger.counts(channel, taken)


def kept_stamps(snapshot: Snapshot) -> tuple[bytes, bytes]:
    """Return the stamps that a store keeps, one a line, by the place of their heads; and the certificates."""
    files = dict(snapshot.files(STAMPS))
    stamps = b"".join(data for path, data in files.items() if path.endswith(".json"))
    return stamps, b"".join(data for path, data in files.items() if path.endswith(".pem"))


def stamps_of(snapshot: Snapshot) -> tuple[Stamp, ...]:
    """Return the stamps that a store keeps, by the place of their heads.

    Raises:
        StoreError: one is malformed.
    """
    try:
        return tuple(Stamp.from_line(line) for line in canonical.lines(kept_stamps(snapshot)[0]))
    except StampError as error:
        raise StoreError(f"{STAMPS}: {error}") from error


def verify(
    evidence: Evidence,
    now: datetime,
    receipt_text: str = "",
    since: Sequence[Head] = (),
    trusted: bytes = b"",
) -> Verdict:
    """Return whether the evidence holds together.

    Args:
        evidence: what the site publishes.
        now: decides whether a promise is due.
        receipt_text: a resident's signed receipt, to be looked for.
        since: earlier heads, which the chain must run through.
        trusted: certificates (PEM) of time-stamp authorities, got from themselves.

    Raises:
        EvidenceError: a file or the receipt is malformed.
    """
    keys = _keys(evidence.keys)
    entries = tuple(_entries(evidence.ledger))
    ledger = Ledger(entries, _head(evidence.head))
    faults = [*_chain(entries), *_signed(ledger, keys.ledger), *_runs_through(entries, since, keys.ledger)]
    witnessed = attestations(evidence.witnesses, evidence.authorities, entries, keys.ledger, trusted)
    found, notes, changes = _published(evidence, ledger)
    promise = None
    if receipt_text:
        promise = _promise(receipt_text, keys.intake, ledger, now)
    return Verdict(
        ledger,
        (*faults, *witnessed.faults, *found),
        (*notes, *witnessed.notes),
        promise,
        witnessed.attested,
        bool(trusted),
        len(since),
        changes,
    )


def _keys(data: bytes) -> PublishedKeys:
    try:
        return published_keys(data)
    except KeyFileError as error:
        raise EvidenceError(message("{path} is malformed: {why}.", path=KEYS, why=error)) from error


def _entries(data: bytes) -> Iterator[Entry]:
    for number, line in enumerate(canonical.lines(data), 1):
        try:
            yield Entry.from_line(line)
        except LedgerError as error:
            raise EvidenceError(_malformed(number, LEDGER, error)) from error


def _head(data: bytes) -> Head | None:
    try:
        return Head.from_bytes(data) if data else None
    except LedgerError as error:
        raise EvidenceError(message("{path} is malformed: {why}.", path=HEAD, why=error)) from error


def _chain(entries: tuple[Entry, ...]) -> Iterator[Message]:
    previous, time = BEGINNING, None
    seen: set[str] = set()
    for seq, entry in enumerate(entries, 1):
        if entry.seq != seq:
            yield message(
                "Line {number} has the number {seq}: a line is missing or out of order.",
                number=seq,
                seq=entry.seq,
            )
        if entry.previous != previous:
            yield message(
                "Line {number} does not follow from the line above: the ledger was altered there.", number=seq
            )
        if time and entry.time < time:
            yield message("Line {number} is older than the line above.", number=seq)
        if (entry.what.event == "received") == (entry.what.id in seen):
            yield message(
                "Line {number} speaks of a contribution that was received twice or never.", number=seq
            )
        seen.add(entry.what.id)
        previous, time = entry.hash(), entry.time


def _signed(ledger: Ledger, keys: tuple[str, ...]) -> Iterator[Message]:
    if not ledger.head:
        if ledger.entries:
            yield message("The ledger has no signed head.")
        return
    if not ledger.head.is_signed(keys):
        yield message("The head’s signature is not the organiser’s.")
    if not ledger.entries or (ledger.head.seq, ledger.head.hash) != (
        ledger.entries[-1].seq,
        ledger.entries[-1].hash(),
    ):
        yield message("The signed head is not the ledger’s last line: lines were dropped or added.")


def _runs_through(
    entries: tuple[Entry, ...], since: Sequence[Head], keys: tuple[str, ...]
) -> Iterator[Message]:
    if not all(head.is_signed(keys) for head in since):
        yield message("The earlier head was not signed by a key that the site lists: the keys were replaced.")
    lines = {(entry.seq, entry.hash()) for entry in entries} if since else set()
    if any((head.seq, head.hash) not in lines for head in since):
        yield message("The ledger does not run through the earlier head: it was rewritten since.")


def _published(evidence: Evidence, ledger: Ledger) -> tuple[list[Message], list[Message], Mapping[str, str]]:
    """Return what is wrong with what is shown, what is worth knowing, and which of it changes something else."""
    faults: list[Message] = []
    shown: dict[str, str] = {}
    for number, line in enumerate(canonical.lines(evidence.published), 1):
        try:
            contribution = Contribution.from_canonical(line)
        except (canonical.CanonicalError, ContributionError) as error:
            faults.append(_malformed(number, PUBLISHED, error))
            continue
        if contribution.id in shown:
            faults.append(message("{id} is shown twice.", id=contribution.id))
        shown[contribution.id] = contribution.kind
        received = next(iter(ledger.by_id.get(contribution.id, ())), None)
        if received is None:
            faults.append(message("{id} is shown and not in the ledger.", id=contribution.id))
        elif received.what.digest != contribution.digest():
            what = message("{id} is not what was received: its words were altered.", id=contribution.id)
            faults.append(what)
    decided = _decided(evidence.due)
    faults += _against_the_ledger(set(shown), ledger, decided)
    changes = {id: kind for id, kind in shown.items() if kind in KINDS}
    return faults, list(_notes(ledger, len(decided), len(changes))), changes


def _notes(ledger: Ledger, decided: int, changes: int) -> Iterator[Message]:
    if changes:
        yield message(
            "Among them are requests by which authors corrected or withdrew their words: {count}.",
            count=changes,
        )
    if ledger.counts().withheld:
        yield message(
            "Withheld counts reports too, once they are dealt with: the site’s moderation log tells them apart."
        )
    if decided:
        yield message("Decisions that are not entered in the ledger yet: {count}.", count=decided)


def _against_the_ledger(shown: set[str], ledger: Ledger, decided: set[str]) -> Iterator[Message]:
    """Yield what is shown against the ledger's word, or hidden against it, without a decision that says why."""
    corrections = ledger.corrections
    for id in ledger.by_id:
        published = ledger.state(id) == "published"
        # What was corrected is shown by its correction, and by that alone.
        if id in shown and corrections.get(id) in shown:
            yield message("{id} is shown with words that its author has corrected.", id=id)
        if id not in decided and published != (corrections.get(id, id) in shown):
            if published:
                yield message("{id} is published by the ledger, and not shown.", id=id)
            else:
                yield message("{id} is shown, and not published by the ledger.", id=id)


def _decided(data: bytes) -> set[str]:
    found = set()
    for number, line in enumerate(canonical.lines(data), 1):
        try:
            found.add(str(canonical.decode(line)["id"]))
        except (canonical.CanonicalError, KeyError) as error:
            raise EvidenceError(_malformed(number, DUE, error)) from error
    return found


def _malformed(number: int, path: str, why: Exception) -> Message:
    return message("Line {number} of {path} is malformed: {why}.", number=number, path=path, why=why)


def _promise(text: str, keys: tuple[str, ...], ledger: Ledger, now: datetime) -> Promise:
    try:
        # The receipt's page is the receipt: its address will do.
        word = text.strip().rpartition("/receipts/")[2].partition("?")[0]
        promised = receipt.from_text(word, keys)
    except receipt.ReceiptError as error:
        raise EvidenceError(
            message("This is no receipt of this consultation, or not the whole of it.")
        ) from error
    entries = ledger.by_id.get(promised.id, ())
    for entry in entries:
        if entry.what.event == "received" and entry.what.digest == promised.digest:
            return "kept" if entry.time <= promised.due else "late"
    return "not-due" if now < promised.due and not entries else "broken"
