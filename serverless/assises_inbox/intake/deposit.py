"""How a contribution is stored, and how its author is told: a receipt at once, the private link beside it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from werkzeug.wrappers import Response

from assises.contribution import Contribution, format_time, ledger_place
from assises.envelope import Envelope
from assises.receipt import Receipt, to_text
from assises.sealing import Private, Sealed, SealError, month_of
from assises_inbox.intake import answer
from assises_inbox.intake.author import Author
from assises_inbox.intake.check import Typed
from assises_inbox.intake.pages import Pages
from assises_inbox.intake.token import Token
from assises_inbox.intake.visit import Visit


@dataclass(frozen=True, slots=True)
class Deposit:
    """What is to be stored."""

    contribution: Contribution
    token: Token
    typed: Typed
    """What it was made from, to be given back should storing fail."""

    author: Author
    """Whoever may change it, or has just changed something by it."""

    @property
    def changes(self) -> bool:
        """Whether it changes another contribution."""
        return self.author.id != self.contribution.id


def deposit(visit: Visit, pages: Pages, what: Deposit) -> Response:
    """Store a contribution, and return what leads to its receipt. A resend gets the same."""
    flags = tuple(_flags(visit, what))
    visit.entry.reason = " ".join(flags)
    private = _private(visit, what)
    envelope = Envelope(what.contribution, what.token.sending, flags, visit.network, private)
    try:
        absent = visit.storage.put_if_absent(what.contribution.id, envelope.to_bytes(visit.key))
    except OSError:
        visit.entry.storage = "failed"
        return visit.refuse(pages, "unavailable", 503, what.typed, {"Retry-After": "60"})
    visit.entry.storage = "stored" if absent else "known"
    visit.stored()
    return _led(visit, pages, what)


def _private(visit: Visit, what: Deposit) -> Sealed | None:
    """Return what is known of the author in a sealed box; None where nothing is asked, or nobody could open it."""
    asked, said = visit.forms.private, what.contribution
    key = asked.keys.get(month_of(said.time), "")
    known = Private(said.id, what.typed.email, visit.address if asked.address else "")
    if not key or not (known.email or known.address):
        return None
    try:
        return known.seal(key, what.token.secret)
    except SealError:  # no key that anything could be sealed to: what was said counts all the same
        return None


def _flags(visit: Visit, what: Deposit) -> list[str]:
    found = {
        "trap": bool(what.typed.trap),
        "too-fast": visit.now - what.token.time < visit.too_fast,
        "many-from-one-network": visit.many(),
    }
    return [flag for flag, holds in found.items() if holds]


def _led(visit: Visit, pages: Pages, what: Deposit) -> Response:
    """Return what leads to the receipt, and this once to the private link."""
    receipt, language = Receipt.of(what.contribution), pages.voice.language
    text = to_text(receipt, receipt.signature(visit.key))
    place = f"receipts/{text}?{urlencode({'language': language, 'form': what.author.form})}"
    # Nobody is to be found by what they reported: there is no private link to it.
    reported = what.contribution.kind == "report"
    if visit.as_json:
        links = {"receipt": text, "receipt_url": f"{visit.forms.inbox}{place}"}
        private = (
            {} if reported else {"author_url": f"{visit.forms.inbox}{what.author.link(visit.key, language)}"}
        )
        return answer.json(
            promised(visit, receipt) | links | private, 201, {"Location": links["receipt_url"]}
        )
    once = {"kind": what.contribution.kind} if what.changes else {"sent": what.author.ticket(visit.key)}
    # Relative, so that it holds behind any proxy and below any path.
    address = f"{pages.up}{place}" if reported else f"{pages.up}{place}&{urlencode(once)}"
    return Response(status=303, headers={"Location": address})


def promised(visit: Visit, receipt: Receipt) -> dict[str, str]:
    """Return what a receipt promises, as programs are told."""
    return {
        "id": receipt.id,
        "number": receipt.number,
        "digest": receipt.digest,
        "nonce": receipt.nonce,
        "time": format_time(receipt.time),
        "due": format_time(receipt.due),
        "state_url": f"{visit.forms.site}{ledger_place(receipt.id)}",
    }
