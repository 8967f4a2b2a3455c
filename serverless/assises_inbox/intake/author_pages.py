"""The pages that an author's private link opens."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from assises.contribution import ledger_place, number
from assises_inbox.intake.author import Author
from assises_inbox.intake.check import WORDS, Typed
from assises_inbox.intake.forms import Form
from assises_inbox.intake.markup import hidden
from assises_inbox.intake.pages import Pages

_NOBODY = Author("", "")


@dataclass(frozen=True, slots=True)
class AuthorPages(Pages):
    """What an author is shown, in one language."""

    who: Author = _NOBODY

    def author(self, form: Form | None) -> str:
        """Return what can be done with a contribution; `form` is the one it came by, where it still exists."""
        title = f"{self._say('author_title')} {number(self.who.id)}"
        about = self._about(form, Typed()) if form else ""
        state = f'<p><a href="{self._state()}">{self._say("author_state")}</a></p>'
        main = (
            f'<h1>{title}</h1><p class="notice">{self._say("author_private")}</p>{about}{state}'
            f"{self._correction(form)}{self._withdrawal()}"
        )
        return self._page(title, main)

    def withdrawal(self, token: str) -> str:
        """Return the question whether a contribution is to be withdrawn."""
        title = f"{self._say('withdrawal_check_title')} {number(self.who.id)}"
        confirm = (
            f"{hidden({'kind': 'withdrawal', 'token': token})}"
            f'<p><button class="button" name="confirm" value="1">{self._say("withdrawal_confirm")}</button></p>'
        )
        back = f'<p><a href="{escape(self.up + self.target)}">{self._say("withdrawal_back")}</a></p>'
        main = f"<h1>{title}</h1><p>{self._say('withdrawal_text')}</p>{self._form(confirm)}{back}"
        return self._page(title, main)

    # --- their parts

    def _correction(self, form: Form | None) -> str:
        if form is None or form.kind not in WORDS:
            return ""
        until = self._say("correction_until", instant=self.instant(self.who.in_time_until))
        button = f'<p><button class="button">{self._say("check")}</button></p>'
        fields = self._form(*self._fields(form, Typed(kind="correction"), ()), button)
        return (
            f"<h2>{self._say('correction_title')}</h2><p>{self._say('correction_text')} {until}</p>{fields}"
        )

    def _withdrawal(self) -> str:
        button = (
            f"{hidden({'kind': 'withdrawal'})}"
            f'<p><button class="button button-secondary">{self._say("withdrawal_begin")}</button></p>'
        )
        return f"<h2>{self._say('withdrawal_title')}</h2><p>{self._say('withdrawal_text')}</p>{self._form(button)}"

    def _state(self) -> str:
        return f"{escape(self.forms.site)}{ledger_place(self.who.id)}"
