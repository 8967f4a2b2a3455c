"""Letters to moderators: the way into the desk, and what waits there. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from assises.action_link import LIFE, ActionLink, Linked
from assises.canonical import normal
from assises.catalogues import sentences
from assises.content import Page
from assises.contribution import Contribution
from assises.decisions import Decision
from assises.keys import Key
from assises.mail import Letter
from assises.moderators import Moderator
from assises.problems import Message, message
from assises.settings import Settings
from assises.translation import Formats

LISTED = 20
"""Contributions that a digest names; the desk has all of them."""

_QUOTED = 5000
"""Characters of a contribution that a letter quotes."""

_JOINERS = "\u200c\u200d"

_KINDS: dict[str, Message] = {
    "comment": message("A comment waits for a decision"),
    "proposal": message("A proposal waits for a decision"),
    "survey": message("Answers to a survey wait for a decision"),
    "report": message("A report waits: somebody says that a contribution should not stay"),
    "correction": message("A correction waits for a decision"),
    "withdrawal": message("A withdrawal waits for a decision"),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A contribution that waits, as a letter tells it."""

    contribution: Contribution
    decisions: tuple[Decision, ...]
    page: Page | None
    why_flagged: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes to one moderator."""

    moderator: Moderator
    settings: Settings
    desk: str
    """The desk's absolute address, with its final slash."""

    key: Key
    """The desk's own: it signs the links."""

    def sign_in(self, url: str) -> Letter:
        """Return the letter that brings a sign-in link."""
        text = self._lines(
            message(
                "Somebody, probably you, has asked for a link into the moderation desk of “{name}”:",
                name=self._name,
            ),
            url,
            message(
                "It is good once, for 15 minutes. If it was not you, there is nothing to do: nobody else has this link."
            ),
        )
        return self._letter(message("Your way into the moderation desk"), text)

    def one(self, waiting: Waiting, now: datetime) -> Letter:
        """Return the letter that tells of one contribution, with links to decide on it."""
        said = waiting.contribution
        kind = _KINDS.get(said.kind, message("A contribution waits for a decision"))
        title = waiting.page.title if waiting.page else said.page
        facts = [
            message("Page: {title}", title=title),
            message("Number: {number}", number=said.number),
            message("Received: {time}", time=self._formats.moment(said.time)),
        ]
        if said.author:
            facts.append(message("Name: {name}", name=shown(said.author)))
        facts += (message("Note: {what}", what=self._say(each)) for each in waiting.why_flagged)
        text = self._lines("\n".join(map(self._say, facts)), quoted(_words(said)), *self._links(waiting, now))
        return self._letter(
            message("{kind} ({number})", kind=self._say(kind), number=said.number), text, said.id
        )

    def digest(self, waiting: Sequence[Waiting], new: int, reports: int) -> Letter:
        """Return the letter that tells of all that waits, `new` of them since the last one, `reports` among all."""
        rows = []
        for each in waiting[:LISTED]:
            said = each.contribution
            first = " ".join(shown(_words(said)).split())[:90]
            rows.append(f"- {said.number}, {each.page.title if each.page else said.page}\n  {first}")
        told = [
            message(
                "Contributions that wait: {count}. New since the last letter: {new}.",
                count=len(waiting),
                new=new,
            )
        ]
        if reports:
            told.append(message("Among them, reports to deal with promptly: {count}.", count=reports))
        if len(waiting) > LISTED:
            rows.append(self._say(message("and {count} more", count=len(waiting) - LISTED)))
        text = self._lines(
            "\n".join(map(self._say, told)),
            "\n".join(rows),
            message("The desk: {url}", url=self.desk),
        )
        return self._letter(message("Waiting for a decision: {count}", count=len(waiting)), text)

    def _links(self, waiting: Waiting, now: datetime) -> Sequence[Message | str]:
        said, until = waiting.contribution, now + LIFE
        page = f"{self.desk}contributions/{said.id}"
        if said.kind == "report":
            return (message("Deal with it at the desk: {url}", url=page),)

        def link(action: Linked) -> str:
            made = ActionLink(said.id, action, self.moderator.email, "pending", len(waiting.decisions), until)
            return f"{self.desk}mail/{made.text(self.key)}"

        return (
            message("To publish it: {url}", url=link("publish")),
            message("To withhold it: {url}", url=link("withhold")),
            message("To read it at the desk: {url}", url=page),
            message(
                "Opening a link decides nothing: a page asks you first. The first two act in your name, until {until}: "
                "do not pass this letter on.",
                until=self._formats.moment(until),
            ),
        )

    def _letter(self, subject: Message, text: str, thread: str = "") -> Letter:
        own = self.moderator
        return Letter(
            own.email, f"[{self._name}] {self._say(subject)}", text, own.language, own.name, thread=thread
        )

    def _lines(self, *parts: Message | str) -> str:
        return (
            "\n\n".join(part if isinstance(part, str) else self._say(part) for part in parts if part) + "\n"
        )

    def _say(self, sentence: Message) -> str:
        return sentence.render(self._translate)

    @property
    def _translate(self) -> Callable[[str], str]:
        return sentences(self.moderator.language)

    @property
    def _formats(self) -> Formats:
        return Formats(self.moderator.language, self.settings.time_zone, self._translate)

    @property
    def _name(self) -> str:
        return self.settings.name.get(self.moderator.language, *self.settings.languages)


def _words(said: Contribution) -> str:
    return said.text or "\n".join(text for _, given in said.answers for text in given)


def quoted(text: str) -> str:
    """Return a resident's words behind a bar at each line, so that none of them passes for one of the letter's own."""
    kept = text[:_QUOTED] + ("…" if len(text) > _QUOTED else "")
    return "\n".join(f"> {line}" for line in shown(kept).split("\n"))


def shown(text: str) -> str:
    """Return a text in which signs that cannot be seen are written by their code: they may hide or turn words."""
    return "".join(
        f"‹U+{ord(sign):04X}›" if unicodedata.category(sign) == "Cf" and sign not in _JOINERS else sign
        for sign in re.sub("\u00ad", "", normal(text))
    )
