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
from assises_inbox.intake.check import ANSWER, TRAP, WORDS, Typed, Wrong
from assises_inbox.intake.forms import Form, Forms, Item, Voice


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
        title = self._say(self._title(form))
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
        facts += self._answered(form, typed)
        support = form.kind == "support"
        button = self._say("support_confirm" if support else "confirm")
        confirm = (
            f"{_hidden({'token': token, 'read': typed.digest})}"
            f'<p><button class="button" name="confirm" value="1">{button}</button></p>'
        )
        words = f'{_words(typed.text)}<p class="hint">{self._say("check_markdown")}</p>' if typed.text else ""
        told = "support_note" if support else f"moderation_{form.moderation}"
        main = (
            f'<h1>{self._say("check_title")}</h1><p class="notice" role="status">{lead}</p>'
            f"{self._about(form, typed)}{_facts(facts)}{words}"
            f"<p>{self._say(told)}{'' if support else self._charter()}</p>"
        )
        if support:
            main += self._form(confirm, *self._fields(form, typed, ()))
        else:
            again = f'<p><button class="button button-secondary">{self._say("check_again")}</button></p>'
            change = f"<h2>{self._say('edit_title')}</h2>"
            main += self._form(confirm, change, *self._fields(form, typed, ()), again)
        return self._page(self._say("check_title"), main)

    def receipt(self, receipt: Receipt, text: str, form: Form | None = None) -> str:
        """Return the receipt: the number to write down, and what it promises.

        `form` is the one that was used, where it still exists: the page leads back to where one came from.
        """
        ledger = f"{escape(self.forms.site)}ledger/{ulid_time(receipt.id):%Y-%m-%d}/#{receipt.id}"
        facts = [
            (self._say("receipt_handed_out"), self._instant(receipt.time)),
            (self._say("receipt_due"), self._instant(receipt.due)),
            (self._say("receipt_id"), f"<code>{receipt.id}</code>"),
            (self._say("receipt_digest"), f"<code>{_breakable(receipt.digest)}</code>"),
            (self._say("receipt_nonce"), f"<code>{_breakable(receipt.nonce)}</code>"),
        ]
        next_step = f"<p>{self._say('receipt_next_' + form.moderation)}</p>" if form else ""
        site = self._address(form) if form else self.forms.site
        main = (
            f'<h1>{self._say("receipt_title")}</h1><div class="receipt">'
            f'<p>{self._say("receipt_number")}</p><p class="number">{number(receipt.id)}</p>'
            f"<p>{self._say('receipt_keep')}</p></div>"
            f"{next_step}"
            f'<p><a href="{ledger}">{self._say("receipt_ledger")}</a></p>'
            f"<h2>{self._say('receipt_promise_title')}</h2><p>{self._say('receipt_promise')}</p>{_facts(facts)}"
            f"<details><summary>{self._say('receipt_text')}</summary>"
            f"<p><code>{_breakable(text)}</code></p></details>"
            f'<p><a class="button button-secondary" href="{escape(site)}">{self._say("back_to_site")}</a></p>'
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
        page = f'<p>{self._say("about_page")} <a href="{escape(self._address(form))}">{escape(title)}</a></p>'
        if typed.parent:
            # The ledger knows where it stands now: a page shows the newest only.
            place = f"{escape(self.forms.site)}ledger/{ulid_time(typed.parent):%Y-%m-%d}/#{typed.parent}"
            about = self._say("support_of" if form.kind == "support" else "about_reply")
            return f'{page}<p>{about} <a href="{place}">{number(typed.parent)}</a></p>'
        if typed.passage:
            words = form.passages.get(self.voice.language, {}).get(typed.passage, "")
            quoted = f'<blockquote class="passage">{escape(words)}</blockquote>' if words else ""
            return f"{page}<p>{self._say('about_passage')}</p>{quoted}" if words else page
        return page

    def _address(self, form: Form) -> str:
        return form.addresses.get(self.voice.language) or next(iter(form.addresses.values()))

    def _title(self, form: Form) -> str:
        return {"survey": "survey_title", "support": "support_title"}.get(form.kind, "form_title")

    def _answered(self, form: Form, typed: Typed) -> list[tuple[str, str]]:
        """Return a survey's items that were answered, with what was ticked or written."""
        return [
            (
                escape(item.title),
                "<br>".join(escape(item.choices.get(value, value)) for value in typed.answers[item.id]),
            )
            for item in form.items_in(self.voice.language)
            if item.id in typed.answers
        ]

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
        hidden = {
            "form": form.id,
            "language": self.voice.language,
            "of": typed.parent,
            "passage": typed.passage,
        }
        parts = [_hidden({name: value for name, value in hidden.items() if value})]
        if form.positions:
            parts.append(self._positions(typed, errors))
        if form.items:
            parts.append(f'<p class="hint">{self._say("survey_intro")}</p>')
        parts += (self._item(item, typed, errors) for item in form.items_in(self.voice.language))
        if form.kind in WORDS:
            hint = self._say("text_hint", most=form.max_length)
            control = f'<textarea id="text" name="text" rows="8" required{_described("text", errors)}>{_in_textarea(typed.text)}</textarea>'
            parts.append(_field("text", self._say("text"), hint, control, errors))
        if form.author != "none":
            required = " required" if form.author == "required" else ""
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

    def _item(self, item: Item, typed: Typed, errors: Mapping[str, str]) -> str:
        """Return the fields of one item of a survey."""
        name, given = f"{ANSWER}{item.id}", typed.answers.get(item.id, ())
        title = f"{escape(item.title)} {self._say('required')}" if item.required else escape(item.title)
        if item.type == "text":
            control = (
                f'<textarea id="{name}" name="{name}" rows="4"{_described(name, errors)}>'
                f"{_in_textarea(given[0] if given else '')}</textarea>"
            )
            return _field(name, title, escape(item.hint), control, errors)
        kind = "checkbox" if item.type == "multiple" else "radio"
        options = "".join(
            f'<label><input type="{kind}" name="{name}" value="{escape(value)}"{" checked" if value in given else ""}>'
            f" {escape(label)}</label>"
            for value, label in item.choices.items()
        )
        error = errors.get(name, "")
        message = f'<p class="error-message" id="{name}-error">{error}</p>' if error else ""
        hint = f'<p class="hint" id="{name}-hint">{escape(item.hint)}</p>' if item.hint else ""
        css = "field options field-error" if error else "field options"
        described = " ".join(
            f"{name}-{part}" for part, there in (("error", error), ("hint", item.hint)) if there
        )
        described = f' aria-describedby="{described}"' if described else ""
        return f'<fieldset class="{css}" id="{name}"{described}><legend>{title}</legend>{hint}{message}{options}</fieldset>'

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
    hint = f'<p class="hint" id="{name}-hint">{hint}</p>'
    return f'<div class="{css}"><label for="{name}">{label}</label>{hint}{message}{control}</div>'


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
