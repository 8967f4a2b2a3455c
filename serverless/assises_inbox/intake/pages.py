"""The intake's own pages, in the site's look: the shell comes from forms.json, what stands in it from here.

There is no template engine: everything that was typed goes through `html.escape`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape, unescape
from urllib.parse import urlencode

from assises.contribution import MAX_AUTHOR, POSITIONS, ledger_place, number
from assises.receipt import Receipt
from assises_inbox.intake.check import ANSWER, TRAP, WORDS, Typed, Wrong
from assises_inbox.intake.forms import Form, Forms, Item, Voice
from assises_inbox.intake.markup import breakable, described, facts, field, hidden, in_textarea, words

_STATES = ("waiting", "published", "withheld", "withdrawn", "erased")
"""What the ledger says of a contribution, as its pages call it."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Every page that the intake can answer with, in one language."""

    forms: Forms
    voice: Voice
    up: str = ""
    """What leads from the request's address to the intake's own: empty, or ``../`` once a level."""

    target: str = "contributions"
    """Where forms are sent, from the intake's own address."""

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
        shown = []
        if typed.author:
            shown.append((self._say("author"), f"<bdi>{escape(typed.author)}</bdi>"))
        if typed.position in POSITIONS:
            shown.append((self._say("position"), self._say(f"position_{typed.position}")))
        if typed.email:
            shown.append((self._say("email_check"), f"<bdi>{escape(typed.email)}</bdi>"))
        shown += self._answered(form, typed)
        support = form.kind == "support"
        button = self._say("support_confirm" if support else "confirm")
        confirm = (
            f"{hidden({'token': token, 'read': typed.digest})}"
            f'<p><button class="button" name="confirm" value="1">{button}</button></p>'
        )
        quoted = f'{words(typed.text)}<p class="hint">{self._say("check_markdown")}</p>' if typed.text else ""
        told = "support_note" if support else f"moderation_{form.moderation}"
        told = "correction_note" if typed.kind else told
        main = (
            f'<h1>{self._say("check_title")}</h1><p class="notice" role="status">{lead}</p>'
            f"{self._about(form, typed)}{facts(shown)}{quoted}"
            f"<p>{self._say(told)}{'' if support else self._charter()}</p>"
        )
        if support:
            main += self._form(confirm, *self._fields(form, typed, ()))
        else:
            again = f'<p><button class="button button-secondary">{self._say("check_again")}</button></p>'
            change = f"<h2>{self._say('edit_title')}</h2>"
            main += self._form(confirm, change, *self._fields(form, typed, ()), again)
        return self._page(self._say("check_title"), main)

    def receipt(
        self, receipt: Receipt, text: str, form: Form | None = None, private: str = "", kind: str = ""
    ) -> str:
        """Return the receipt: the number to write down, and what it promises.

        Args:
            receipt: what was promised.
            text: the signed receipt.
            form: the one that was used, where it still exists: the page leads back to where one came from.
            private: the author's private link, to be shown this once.
            kind: ``correction`` or ``withdrawal``, if it is the receipt of one.
        """
        what = kind if kind in ("correction", "withdrawal") else ""
        report = form is not None and form.kind == "report"
        title = self._say(f"{what}_received_title" if what else f"receipt_title{'_report' if report else ''}")
        ledger = f"{escape(self.forms.site)}{ledger_place(receipt.id)}"
        next_step = f"receipt_next_{what or (form.moderation if form else '')}" if what or form else ""
        site = self._address(form) if form else self.forms.site
        main = (
            f'<h1>{title}</h1><div class="receipt">'
            f'<p>{self._say("receipt_number")}</p><p class="number">{number(receipt.id)}</p>'
            f"<p>{self._say('receipt_spelt')} {self._spelt(receipt)}</p>"
            f"<p>{self._say('receipt_keep')} {self._receipt_link(text, form)}</p></div>"
            f"{self._private(private)}"
            f"{f'<p>{self._say(next_step)}</p>' if next_step else ''}"
            f"{self._states() if not what and not report else ''}"
            f'<p><a href="{ledger}">{self._say("receipt_ledger")}</a></p>'
            f"<p>{self._say('receipt_not_yet', instant=self.instant(receipt.due))}</p>"
            f"<h2>{self._say('receipt_promise_title')}</h2><p>{self._say('receipt_promise')}</p>"
            f"{facts(self._promised(receipt))}"
            f"<details><summary>{self._say('receipt_text')}</summary>"
            f"<p><code>{breakable(text)}</code></p></details>"
            f'<p><a class="button button-secondary" href="{escape(site)}">{self._say("back_to_site")}</a></p>'
        )
        return self._page(title, main)

    def _states(self) -> str:
        """Return what the ledger may say of a contribution, and what each means."""
        rows = [(self._say(f"state_{name}"), self._say(f"state_{name}_means")) for name in _STATES]
        title, lead = self._say("receipt_states_title"), self._say("receipt_states")
        # An older forms.json has none of it.
        return f"<h2>{title}</h2><p>{lead}</p>{facts(rows)}" if title else ""

    def _promised(self, receipt: Receipt) -> list[tuple[str, str]]:
        return [
            (self._say("receipt_handed_out"), self._instant(receipt.time)),
            (self._say("receipt_due"), self._instant(receipt.due)),
            (self._say("receipt_id"), f"<code>{receipt.id}</code>"),
            (self._say("receipt_digest"), f"<code>{breakable(receipt.digest)}</code>"),
            (self._say("receipt_nonce"), f"<code>{breakable(receipt.nonce)}</code>"),
        ]

    def _spelt(self, receipt: Receipt) -> str:
        """Return the number sign by sign, as one reads it out; it holds no I, L, O or U that might be misheard."""
        first, second = number(receipt.id).split("-")
        return f"{' '.join(first)} – {' '.join(second)}"

    def _receipt_link(self, text: str, form: Form | None) -> str:
        asked = {"language": self.voice.language} | ({"form": form.id} if form else {})
        return f'<a class="receipt-link" href="{escape(f"{text}?{urlencode(asked)}")}">{self._say("receipt_address")}</a>'

    def _private(self, link: str) -> str:
        if not link:
            return ""
        return (
            f'<div class="notice private"><h2>{self._say("private_title")}</h2><p>{self._say("private_text")}</p>'
            f'<p><a href="{escape(f"../{link}")}">{self._say("private_link")}</a></p></div>'
        )

    def reason(self, name: str) -> tuple[str, str]:
        """Return why nothing could be taken, as a title and a sentence of plain text."""
        return self.voice.strings[f"{name}_title"], self.voice.strings[f"{name}_text"]

    def wrong(self, wrong: Sequence[Wrong]) -> list[dict[str, str]]:
        """Return each field that cannot be taken, with what to do about it in plain text."""
        return [{"field": item.field, "detail": unescape(self._wrong(item))} for item in wrong]

    def refusal(self, name: str, typed: Typed | None = None) -> str:
        """Return why nothing could be taken (``closed``, ``unavailable``…), with what was typed to copy."""
        title = self._say(f"{name}_title")
        kept = ""
        if typed and typed.text:
            kept = (
                f'<p><label for="kept">{self._say("kept")}</label></p>'
                f'<p class="field"><textarea id="kept" rows="12" readonly>{in_textarea(typed.text)}</textarea></p>'
            )
        back = f'<p><a href="{escape(self.forms.site)}">{self._say("back_to_site")}</a></p>'
        main = f"<h1>{title}</h1><p>{self._say(f'{name}_text')}</p>{kept}{back}"
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
            f"{value:,}".replace(",", self.voice.strings["thousands"][-1:])
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
            place = f"{escape(self.forms.site)}{ledger_place(typed.parent)}"
            about = self._say(
                {"support": "support_of", "report": "about_report"}.get(form.kind, "about_reply")
            )
            page = "" if form.kind == "report" else page
            return f'{page}<p>{about} <a href="{place}">{number(typed.parent)}</a></p>'
        if typed.passage:
            excerpt = form.passages.get(self.voice.language, {}).get(typed.passage, "")
            quoted = f'<blockquote class="passage">{escape(excerpt)}</blockquote>' if excerpt else ""
            return f"{page}<p>{self._say('about_passage')}</p>{quoted}" if excerpt else page
        return page

    def _address(self, form: Form) -> str:
        return form.addresses.get(self.voice.language) or next(iter(form.addresses.values()))

    def _title(self, form: Form) -> str:
        return f"{form.kind}_title" if form.kind in ("survey", "support", "report") else "form_title"

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
        return f'<div class="error-summary" role="alert" tabindex="-1" autofocus><p>{self._say("error_lead")}</p><ul>{rows}</ul></div>'

    def _wrong(self, item: Wrong) -> str:
        return self._say(item.string, **item.arguments)

    def _form(self, *parts: str) -> str:
        action = escape(f"{self.up}{self.target}")
        return f'<form method="post" action="{action}" accept-charset="utf-8">{"".join(parts)}</form>'

    def _charter(self) -> str:
        charter = self.forms.charter.get(self.voice.language) or next(iter(self.forms.charter.values()), "")
        return f' <a href="{escape(charter)}">{self._say("charter")}</a>' if charter else ""

    def _fields(self, form: Form, typed: Typed, wrong: Sequence[Wrong]) -> list[str]:
        errors = {item.field: self._wrong(item) for item in wrong}
        told = {
            "form": form.id,
            "language": self.voice.language,
            "kind": typed.kind,
            "of": typed.parent,
            "passage": typed.passage,
        }
        parts = [hidden({name: value for name, value in told.items() if value})]
        if form.positions:
            parts.append(self._positions(typed, errors))
        if form.items:
            parts.append(f'<p class="hint">{self._say(f"{form.kind}_intro")}</p>')
        parts += (self._item(item, typed, errors) for item in form.items_in(self.voice.language))
        if form.kind in WORDS:
            report = form.kind == "report"
            hint = self._say("report_hint" if report else "text_hint", most=form.max_length)
            label = self._say("report_text" if report else "text")
            control = f'<textarea id="text" name="text" rows="8" required{described("text", errors)}>{in_textarea(typed.text)}</textarea>'
            parts.append(field("text", label, hint, control, errors))
        if form.author != "none":
            required = " required" if form.author == "required" else ""
            control = (
                f'<input id="author" name="author" autocomplete="nickname" maxlength="{MAX_AUTHOR}"'
                f' value="{escape(typed.author)}"{required}{described("author", errors)}>'
            )
            parts.append(field("author", self._say("author"), self._say("author_hint"), control, errors))
        if self.forms.asks_email(form) and not typed.kind:
            hint = self._say("email_hint", most=self.forms.private.months)
            control = (
                f'<input id="email" name="email" type="email" autocomplete="email" maxlength="254"'
                f' value="{escape(typed.email)}"{described("email", errors)}>'
            )
            parts.append(field("email", self._say("email"), hint, control, errors))
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
                f'<textarea id="{name}" name="{name}" rows="4"{described(name, errors)}>'
                f"{in_textarea(given[0] if given else '')}</textarea>"
            )
            return field(name, title, escape(item.hint), control, errors)
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
        by = " ".join(f"{name}-{part}" for part, there in (("error", error), ("hint", item.hint)) if there)
        told = f' aria-describedby="{by}"' if by else ""
        return f'<fieldset class="{css}" id="{name}"{told}><legend>{title}</legend>{hint}{message}{options}</fieldset>'

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
