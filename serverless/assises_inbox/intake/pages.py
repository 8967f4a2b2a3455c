"""The intake's own pages, in the site's look: the shell comes from forms.json, what stands in it from here.

There is no template engine: everything that was typed goes through `html.escape`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from assises.contribution import MAX_AUTHOR, POSITIONS, number, ulid_time
from assises.receipt import Receipt
from assises_inbox.intake.check import TRAP, Typed, Wrong
from assises_inbox.intake.forms import Form, Forms, Voice


@dataclass(frozen=True, slots=True)
class Pages:
    """Every page that the intake can answer with, in one language."""

    forms: Forms
    voice: Voice
    up: str = ""
    """What leads from the request's address to the intake's own: empty, or ``../`` once a level."""

    # --- whole pages

    def form(self, form: Form, typed: Typed, wrong: Sequence[Wrong] = ()) -> str:
        """Return the form to fill in, with what was typed and what is wrong with it."""
        title = self._say("form_title")
        summary = self._summary(wrong)
        about = self._about(form, typed)
        heading = self._say("error_title") if wrong else title
        page_title = f"{self._say('error_prefix')} {title}" if wrong else title
        send = f'<p><button class="button">{self._say("check")}</button></p>'
        fields = self._form(*self._fields(form, typed, wrong), send)
        return self._page(page_title, f"<h1>{heading}</h1>{summary}{about}{fields}")

    def check(self, form: Form, typed: Typed, token: str, *, expired: bool = False) -> str:
        """Return what was typed, to be read once more and confirmed."""
        lead = self._say("check_expired" if expired else "check_lead")
        facts = []
        if typed.author:
            facts.append((self._say("author"), f"<bdi>{escape(typed.author)}</bdi>"))
        if typed.position in POSITIONS:
            facts.append((self._say("position"), self._say(f"position_{typed.position}")))
        confirm = (
            f"{_hidden({'token': token, 'read': typed.digest})}"
            f'<p><button class="button" name="confirm" value="1">{self._say("confirm")}</button></p>'
            f"<h2>{self._say('edit_title')}</h2>"
        )
        again = f'<p><button class="button button-secondary">{self._say("check_again")}</button></p>'
        main = (
            f'<h1>{self._say("check_title")}</h1><p class="notice" role="status">{lead}</p>'
            f"{self._about(form, typed)}{_facts(facts)}{_words(typed.text)}"
            f'<p class="hint">{self._say("check_markdown")}</p>'
            f"<p>{self._say('moderation_' + self.forms.moderation)}{self._charter()}</p>"
            f"{self._form(confirm, *self._fields(form, typed, ()), again)}"
        )
        return self._page(self._say("check_title"), main)

    def receipt(self, receipt: Receipt, text: str) -> str:
        """Return the receipt: the number to write down, and what it promises."""
        ledger = f"{escape(self.forms.site)}ledger/{ulid_time(receipt.id):%Y-%m-%d}/#{receipt.id}"
        facts = [
            (self._say("receipt_handed_out"), self._instant(receipt.time)),
            (self._say("receipt_due"), self._instant(receipt.due)),
            (self._say("receipt_id"), f"<code>{receipt.id}</code>"),
            (self._say("receipt_digest"), f"<code>{_breakable(receipt.digest)}</code>"),
            (self._say("receipt_nonce"), f"<code>{_breakable(receipt.nonce)}</code>"),
        ]
        main = (
            f'<h1>{self._say("receipt_title")}</h1><div class="receipt">'
            f'<p>{self._say("receipt_number")}</p><p class="number">{number(receipt.id)}</p>'
            f"<p>{self._say('receipt_keep')}</p></div>"
            f"<p>{self._say('receipt_next_' + self.forms.moderation)}</p>"
            f'<p><a href="{ledger}">{self._say("receipt_ledger")}</a></p>'
            f"<h2>{self._say('receipt_promise_title')}</h2><p>{self._say('receipt_promise')}</p>{_facts(facts)}"
            f"<details><summary>{self._say('receipt_text')}</summary>"
            f"<p><code>{_breakable(text)}</code></p></details>"
            f'<p><a class="button button-secondary" href="{escape(self.forms.site)}">{self._say("back_to_site")}</a></p>'
        )
        return self._page(self._say("receipt_title"), main)

    def refusal(self, name: str, typed: Typed | None = None, **arguments: object) -> str:
        """Return why nothing could be taken (``closed``, ``unavailable``…), with what was typed to copy."""
        title = self._say(f"{name}_title")
        kept = ""
        if typed and typed.text:
            kept = (
                f'<p><label for="kept">{self._say("kept")}</label></p>'
                f'<p class="field"><textarea id="kept" rows="12" readonly>{_in_textarea(typed.text)}</textarea></p>'
            )
        back = f'<p><a href="{escape(self.forms.site)}">{self._say("back_to_site")}</a></p>'
        main = f"<h1>{title}</h1><p>{self._say(f'{name}_text', **arguments)}</p>{kept}{back}"
        return self._page(f"{self._say('error_prefix')} {title}", main)

    def instant(self, time: datetime) -> str:
        """Return an instant in words, in the consultation's time zone."""
        local = time.astimezone(self.forms.zone)
        pattern = self.voice.strings["instant"]
        month = self.voice.months[local.month - 1]
        return pattern.format(
            day=local.day, month=month, year=local.year, hour=local.hour, minute=f"{local.minute:02}"
        )

    # --- their parts

    def _page(self, title: str, main: str) -> str:
        # The title first: what a resident typed stands in `main` alone and is never searched for marks.
        return self.voice.shell.replace("{{title}}", title, 1).replace("{{main}}", main, 1)

    def _say(self, key: str, **arguments: object) -> str:
        sentence = escape(self.voice.strings[key])
        return sentence.format(**{name: escape(self._written(value)) for name, value in arguments.items()})

    def _written(self, value: object) -> str:
        """Return an argument as the language writes it: « 5 000 »."""
        return (
            f"{value:,}".replace(",", self.voice.strings["thousands"][-1])
            if isinstance(value, int)
            else str(value)
        )

    def _instant(self, time: datetime) -> str:
        return escape(self.instant(time))

    def _about(self, form: Form, typed: Typed) -> str:
        title = form.titles.get(self.voice.language) or next(iter(form.titles.values()))
        address = form.addresses.get(self.voice.language) or next(iter(form.addresses.values()))
        page = f'<p>{self._say("about_page")} <a href="{escape(address)}">{escape(title)}</a></p>'
        if not typed.parent:
            return page
        link = f'<a href="{escape(address)}#{typed.parent}">{number(typed.parent)}</a>'
        return f"{page}<p>{self._say('about_reply')} {link}</p>"

    def _summary(self, wrong: Sequence[Wrong]) -> str:
        if not wrong:
            return ""
        rows = "".join(f'<li><a href="#{item.field}">{self._wrong(item)}</a></li>' for item in wrong)
        return f'<div class="error-summary" role="alert" tabindex="-1"><p>{self._say("error_lead")}</p><ul>{rows}</ul></div>'

    def _wrong(self, item: Wrong) -> str:
        return self._say(item.string, **item.arguments)

    def _form(self, *parts: str) -> str:
        action = f"{self.up}contributions"
        return f'<form method="post" action="{action}" accept-charset="utf-8">{"".join(parts)}</form>'

    def _charter(self) -> str:
        charter = self.forms.charter.get(self.voice.language) or next(iter(self.forms.charter.values()), "")
        return f' <a href="{escape(charter)}">{self._say("charter")}</a>' if charter else ""

    def _fields(self, form: Form, typed: Typed, wrong: Sequence[Wrong]) -> list[str]:
        errors = {item.field: self._wrong(item) for item in wrong}
        hidden = {"form": form.id, "language": self.voice.language, "of": typed.parent}
        parts = [_hidden({name: value for name, value in hidden.items() if value})]
        if form.positions:
            parts.append(self._positions(typed, errors))
        hint = self._say("text_hint", most=self.forms.max_length)
        control = f'<textarea id="text" name="text" rows="8" required{_described("text", errors)}>{_in_textarea(typed.text)}</textarea>'
        parts.append(_field("text", self._say("text"), hint, control, errors))
        if self.forms.author != "none":
            required = " required" if self.forms.author == "required" else ""
            control = (
                f'<input id="author" name="author" autocomplete="nickname" maxlength="{MAX_AUTHOR}"'
                f' value="{escape(typed.author)}"{required}{_described("author", errors)}>'
            )
            parts.append(_field("author", self._say("author"), self._say("author_hint"), control, errors))
        parts.append(
            f'<p hidden><label for="{TRAP}">{self._say("trap")}</label>'
            f'<input id="{TRAP}" name="{TRAP}" tabindex="-1" autocomplete="off" value="{escape(typed.trap)}"></p>'
        )
        return parts

    def _positions(self, typed: Typed, errors: Mapping[str, str]) -> str:
        error = errors.get("position", "")
        radios = "".join(
            f'<label><input type="radio" name="position" value="{value}"{" checked" if typed.position == value else ""}>'
            f" {self._say(f'position_{value}')}</label>"
            for value in POSITIONS
        )
        message = f'<p class="error-message" id="position-error">{error}</p>' if error else ""
        css = "field positions field-error" if error else "field positions"
        return f'<fieldset class="{css}" id="position"><legend>{self._say("position")}</legend>{message}{radios}</fieldset>'


def _field(name: str, label: str, hint: str, control: str, errors: Mapping[str, str]) -> str:
    error = errors.get(name, "")
    message = f'<p class="error-message" id="{name}-error">{error}</p>' if error else ""
    css = "field field-error" if error else "field"
    return f'<div class="{css}"><label for="{name}">{label}</label><p class="hint" id="{name}-hint">{hint}</p>{message}{control}</div>'


def _described(name: str, errors: Mapping[str, str]) -> str:
    if name in errors:
        return f' aria-invalid="true" aria-describedby="{name}-error {name}-hint"'
    return f' aria-describedby="{name}-hint"'


def _hidden(values: Mapping[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in values.items()
    )


def _facts(facts: Iterable[tuple[str, str]]) -> str:
    rows = "".join(f"<div><dt>{term}</dt><dd>{value}</dd></div>" for term, value in facts)
    return f'<dl class="facts">{rows}</dl>' if rows else ""


def _words(text: str) -> str:
    """Return what was typed, as it was typed: Markdown is for the site to show."""
    paragraphs = (
        escape(part.strip("\n")).replace("\n", "<br>") for part in text.split("\n\n") if part.strip()
    )
    return (
        f'<blockquote class="words">{"".join(f"<p dir=auto>{part}</p>" for part in paragraphs)}</blockquote>'
    )


def _in_textarea(text: str) -> str:
    """Return text for a textarea, which drops a newline that it begins with."""
    return "\n" + escape(text)


def _breakable(text: str) -> str:
    return "<wbr>".join(escape(text[start : start + 16]) for start in range(0, len(text), 16))
