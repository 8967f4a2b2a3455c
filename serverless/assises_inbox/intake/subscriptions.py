"""What the owner of an address says by a link in a letter: yes, or no more.

Opening a link shows a page and changes nothing, whatever looks through mail; a POST acts, that of a mail
program's own button too (RFC 8058). What is taken is stored for the runner, as everything is.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from werkzeug.wrappers import Response

from assises.subscription import Link, Said, SubscriptionError
from assises_inbox.intake import answer
from assises_inbox.intake.pages import Pages
from assises_inbox.intake.visit import Visit

_PRIVATE = {"Referrer-Policy": "no-referrer"}


@dataclass(frozen=True, slots=True)
class SubscriptionPages(Pages):
    """The pages that a link in a letter opens."""

    def ask(self, link: Link, text: str) -> str:
        """Return what the link does, and the button that does it."""
        name = f"{link.act}_subscription"
        action = escape(f"{text}?language={self.voice.language}")
        main = (
            f"<h1>{self._say(f'{name}_title')}</h1><p>{self._say(f'{name}_text', number=link.number)}</p>"
            f'<form method="post" action="{action}">'
            f'<p><button class="button">{self._say(f"{name}_button")}</button></p></form>'
        )
        return self._page(self._say(f"{name}_title"), main)

    def done(self, link: Link) -> str:
        """Return what was done."""
        name = {"confirm": "confirmed", "stop": "stopped_letters"}[link.act]
        back = f'<p><a href="{escape(self.forms.site)}">{self._say("back_to_site")}</a></p>'
        main = f"<h1>{self._say(f'{name}_title')}</h1><p>{self._say(f'{name}_text', number=link.number)}</p>{back}"
        return self._page(self._say(f"{name}_title"), main)


def subscription(visit: Visit, letter: str) -> Response:
    """Return the page of a link: nothing is changed by it."""
    link = _known(visit, letter)
    if isinstance(link, Response):
        return link
    return answer.html(_pages(visit).ask(link, letter), 200, _PRIVATE)


def say(visit: Visit, letter: str) -> Response:
    """Take what a link says."""
    link = _known(visit, letter)
    if isinstance(link, Response):
        return link
    said = Said(letter, link)
    try:
        visit.storage.put_if_absent(said.id, said.to_bytes())
    except OSError:
        return visit.refuse(_pages(visit), "unavailable", 503, headers={"Retry-After": "60"})
    visit.stored()
    return answer.html(_pages(visit).done(link), 200, _PRIVATE)


def _known(visit: Visit, text: str) -> Link | Response:
    """Return the link, or why it does nothing."""
    try:
        link = Link.from_text(text, tuple(visit.forms.private.letters))
    except SubscriptionError:
        return visit.refuse(_pages(visit), "unknown_subscription", 404)
    return visit.refuse(_pages(visit), "past_subscription", 410) if link.is_past(visit.now) else link


def _pages(visit: Visit) -> SubscriptionPages:
    plain = visit.pages(visit.request.args.get("language", ""), up="../")
    return SubscriptionPages(plain.forms, plain.voice, plain.up)
