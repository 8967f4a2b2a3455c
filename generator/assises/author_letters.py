"""Letters to authors: one that asks whether they want any, and those that tell what is new. Pure.

Nothing that a resident typed stands in them: an address may have been given by somebody who wants to annoy its owner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from assises.catalogues import sentences
from assises.contribution import Contribution, ledger_place, number
from assises.decisions import Decision, decisions_on
from assises.keys import Key
from assises.ledger import Entry
from assises.mail import Letter
from assises.problems import Message, message
from assises.reasons import statement
from assises.site import Site, language_prefix
from assises.store import Snapshot
from assises.subscribers import Subscriber
from assises.subscription import LIFE, Act, Link

_ANSWERS = frozenset({"answer"})
_REPLIES = frozenset({"comment", "proposal"})
_STATES = frozenset({"published", "withheld", "erased"})


@dataclass(frozen=True, slots=True)
class News:
    """What is new of one contribution since its author was told last."""

    id: str
    language: str
    page: str
    line: int
    """The ledger's line up to which this tells."""

    state: str = ""
    """``published``, ``withheld`` or ``erased``, if that is new."""

    decisions: tuple[Decision, ...] = ()
    """If it is withheld: everything that was decided, from which the statement of reasons comes."""

    replies: int = 0
    answers: int = 0
    report: bool = False
    """Whether the report can be read since."""

    report_told: bool = False


def news_of(snapshot: Snapshot, site: Site, confirmed: Sequence[Subscriber]) -> dict[str, News]:
    """Return what is new, by contribution; nothing for those of whom nothing is."""
    entries = snapshot.ledger().entries
    first = min((one.told for one in confirmed), default=0)
    since = entries[first:]
    said = {
        entry.what.id: record.contribution for entry in since if (record := snapshot.record(entry.what.id))
    }
    reported = any(phase.stage == "report" and phase.opens <= site.now for phase in site.settings.phases)
    found = {}
    for one in confirmed:
        record = snapshot.record(one.id)
        if record is None:
            continue
        new = [entry for entry in since if entry.seq > one.told]
        own = [entry.what.event for entry in new if entry.what.id == one.id and entry.what.event in _STATES]
        shown = [said[entry.what.id] for entry in new if _is_shown(entry) and entry.what.id in said]
        beside = [other.kind for other in shown if other.of == one.id]
        state = own[-1] if own else ""
        news = News(
            one.id,
            record.contribution.language,
            record.contribution.page,
            len(entries),
            state,
            decisions_on(snapshot, "withheld", one.id) if state == "withheld" else (),
            sum(kind in _REPLIES for kind in beside),
            sum(kind in _ANSWERS for kind in beside),
            reported and not one.report,
            reported or one.report,
        )
        if news.state or news.replies or news.answers or news.report:
            found[one.id] = news
    return found


def _is_shown(entry: Entry) -> bool:
    return entry.what.event == "published"


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes to authors."""

    site: Site
    base: str
    """The site's absolute address, with its final slash."""

    inbox: str
    """The intake's."""

    key: Key
    now: datetime

    def ask(self, to: str, contribution: Contribution) -> Letter:
        """Return the letter that asks the owner of an address to confirm."""
        language = self._language(contribution.language)
        text = self._text(
            language,
            message(
                "Somebody, probably you, has asked that this address be told what becomes of contribution {number} to"
                " “{name}”.",
                number=contribution.number,
                name=self._name(language),
            ),
            message("To confirm, open this page and press its button:"),
            self._link(contribution.id, "confirm", language),
            message(
                "If it was not you, there is nothing to do: no other letter will come, and this address is deleted after"
                " {days} days.",
                days=LIFE.days,
            ),
        )
        subject = message("Confirm your address: contribution {number}", number=contribution.number)
        return self._letter(to, language, subject, text, contribution.id)

    def tell(self, to: str, several: Sequence[News]) -> Letter:
        """Return the letter that tells what is new of one or several contributions of one address."""
        language = self._language(several[0].language)
        parts: list[Message | str] = []
        for news in several:
            parts += self._news(news, language)
        stop = self._link(several[0].id, "stop", language)
        text = self._text(
            language,
            *parts,
            message("You have confirmed this address to be told of this. To receive no more letters:"),
            stop,
        )
        numbers = ", ".join(number(news.id) for news in several[:3])
        subject = message("What has become of your contribution {numbers}", numbers=numbers)
        return self._letter(to, language, subject, text, several[0].id)

    def _news(self, news: News, language: str) -> list[Message | str]:
        page = self.site.page(news.page, language)
        title = page.title if page else news.page
        place = self._place(news.id, language)
        parts: list[Message | str] = [
            message("Contribution {number}, on the page “{title}”:", number=number(news.id), title=title)
        ]
        match news.state:
            case "published":
                parts.append(message("It is published."))
            case "withheld":
                settings = self.site.settings
                parts += statement(news.id, news.decisions, settings, language, sentences(language))
            case "erased":
                parts.append(message("It is erased: its words are gone for good."))
        if news.answers:
            parts.append(message("The organiser has answered."))
        if news.replies:
            parts.append(message("New replies: {count}.", count=news.replies))
        if news.report:
            parts.append(message("The report of the consultation can be read on the site."))
        return [*parts, place]

    def _place(self, id: str, language: str) -> str:
        prefix = language_prefix(language, self.site.language).lstrip("/")
        return f"{self.base}{prefix}{'/' if prefix else ''}{ledger_place(id)}"

    def _link(self, id: str, act: Act, language: str) -> str:
        return f"{self.inbox}subscriptions/{Link(id, act, self.now.replace(microsecond=0)).text(self.key)}?language={language}"

    def _letter(self, to: str, language: str, subject: Message, text: str, id: str) -> Letter:
        return Letter(
            to,
            subject.render(sentences(language)),
            text,
            language,
            reply_to=self.site.settings.organiser.email,
            unsubscribe=self._link(id, "stop", language),
            thread=id,
        )

    def _text(self, language: str, *parts: Message | str) -> str:
        translate = sentences(language)
        rows = [part if isinstance(part, str) else part.render(translate) for part in parts]
        organiser = self.site.settings.organiser.name.get(language, *self.site.settings.languages)
        return "\n\n".join([*rows, f"{self._name(language)}\n{organiser}"]) + "\n"

    def _name(self, language: str) -> str:
        return self.site.settings.name.get(language, *self.site.settings.languages)

    def _language(self, wanted: str) -> str:
        return wanted if wanted in self.site.settings.languages else self.site.language
