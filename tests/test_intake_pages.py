"""The intake's pages: whatever was typed is shown as text, whole, and becomes nothing else."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from assises.canonical import normal
from assises.forms import STRINGS
from assises.receipt import Receipt, to_text
from assises.report_form import REPORT
from assises.spoken import spoken
from assises.subscription import Link
from assises.theme import load_theme
from assises.translation import catalogue
from assises_inbox.intake.author import Author
from assises_inbox.intake.author_pages import AuthorPages
from assises_inbox.intake.check import TRAP, Typed, check
from assises_inbox.intake.forms import Form
from assises_inbox.intake.pages import Pages
from assises_inbox.intake.subscriptions import SubscriptionPages
from kernel import (
    DRAFT,
    INTAKE_KEY,
    NOW,
    PASSAGE,
    PRIVATE,
    QUESTION,
    SITE,
    SUPPORT,
    SURVEY,
    TOPIC,
    Answer,
    contribution,
    forms,
)  # fmt: skip
from served import REPOSITORY as ROOT

ELEMENTS = {
    "html", "head", "meta", "title", "body", "header", "main", "h1", "h2", "p", "a", "form", "input", "button", "label",
    "textarea", "div", "ul", "li", "dl", "dt", "dd", "bdi", "blockquote", "br", "fieldset", "legend", "details", "summary",
    "code", "wbr",
}  # fmt: skip
"""All that the intake's pages are made of."""

ATTRIBUTES = {
    "autofocus",
    "lang", "charset", "id", "class", "href", "method", "action", "accept-charset", "type", "name", "value", "for", "rows",
    "required", "aria-describedby", "aria-invalid", "role", "tabindex", "autocomplete", "maxlength", "hidden", "readonly",
    "checked", "dir",
}  # fmt: skip

HOSTILE = [
    "<script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</title></head><body onload=alert(1)>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    '"><img src=x onerror=alert(1)>',
    "[x](JaVa&Tab;script:1)",
    "<!-- --><![CDATA[ ]]> <?php ?>",
    "{{main}}",
    "{{title}}",
    "{0} {length} {most} {} {",
    "%s %(x)s $& ${x} \\1 \\g<0>",
    "{{7*7}} {% raw %} ---",
    "&lt;b&gt; &amp;amp; &#60;",
    "\u202egnp.exe\u2066",
    "\n\n\nfirst line",
    "a\n\n\n\nb",
    "\ufeff\u200b\ufffe",
]


REFUSALS = (
    "closed", "stopped", "unavailable", "unknown_form", "unknown_receipt", "unknown_author", "not_corrected",
    "too_large", "unsupported", "not_acceptable", "not_understood",
)  # fmt: skip


def pages(language: str = "fr", up: str = "", **changes: object) -> Pages:
    """Return the pages in one language."""
    known = forms(**changes)
    return Pages(known, known.voice(language), up)


def form(id: str = TOPIC) -> Form:
    """Return an open form."""
    return forms().forms[id]


def read(page: str) -> Answer:
    """Read a page as a browser does, and check that it has no element or attribute but ours."""

    class Response:
        status_code = 200

        def get_data(self, *, as_text: bool) -> str:
            assert as_text
            return page

    answer = Answer(Response())  # type: ignore[arg-type]
    assert {item.tag for item in answer.elements} <= ELEMENTS
    assert {name for item in answer.elements for name in item.attributes} <= ATTRIBUTES
    for item in answer.all("a"):
        assert re.match(
            r"#|https://assises\.example/ville/|\.\./authors/|[\w-]+\.[\w-]+\?language=",
            item.attributes["href"],
        )
    for item in answer.all("form"):
        assert item.attributes["action"] in ("contributions", "../contributions")
    assert answer.html.count("<!DOCTYPE html>") == answer.html.count("</html>") == 1
    return answer


def typed(text: str, name: str = "") -> Typed:
    """Return what a resident typed into every field at once."""
    everywhere = dict.fromkeys(("language", "of", "author", "position", TRAP, "token"), name or text)
    return Typed.from_fields(MultiDict(everywhere | {"form": QUESTION, "text": text}))


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_was_typed_becomes_markup(text):
    """In the form with its errors, on the check page, in a refusal: shown as it was typed."""
    sent = typed(text)
    kept = normal(text).strip()
    for page in (
        pages().form(form(QUESTION), sent, check(sent, form(QUESTION))),
        pages().refusal("closed", sent),
    ):
        assert read(page).kept == kept
    shown = read(pages().check(form(), sent, "token"))
    assert shown.fields["text"] == kept
    assert shown.fields["author"] == sent.author
    assert shown.texts["bdi"] == sent.author
    assert re.sub(r"\s", "", shown.texts["blockquote"]) == re.sub(r"\s", "", kept)


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=()), max_size=80),
    st.text(st.characters(exclude_categories=()), max_size=30),
)
def test_any_text_is_shown_whole(text, name):
    """What comes back from the page's own fields is what came in, in its normal spelling."""
    sent = typed(text, name)
    shown = read(pages().check(form(), sent, "token"))
    assert shown.fields["text"] == normal(text).strip()
    again = Typed.from_fields(MultiDict(shown.fields))
    assert (again.text, again.author, again.read) == (sent.text, sent.author, sent.digest)
    assert read(pages().form(form(QUESTION), sent)).kept == sent.text


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_the_sites_becomes_markup(text):
    """Titles of pages and translated sentences are text too."""
    document = forms()
    named = Form(
        TOPIC,
        "topics/housing",
        "comment",
        "before",
        "optional",
        5000,
        positions=False,
        windows=(),
        titles={"fr": text},
        addresses={"fr": f"{SITE}x/"},
    )
    shown = read(Pages(document, document.voice("fr")).form(named, Typed(form=TOPIC)))
    assert normal(text).strip() in normal(shown.texts["a"])


def test_placeholders_that_were_typed_stay_what_they_are():
    """The shell's own marks are filled once, from the first on."""
    answer = read(pages().check(form(), typed("{{main}} {{title}} {{main}}"), "token"))
    assert "{{main}}" in answer.texts["blockquote"]
    assert "{{" not in answer.texts["title"]
    assert len(answer.all("main")) == 1


def test_long_texts_are_shown_with_their_length():
    """The sentence says how long it is and may be; braces that were typed are no part of it."""
    sent = Typed.from_fields(MultiDict({"form": TOPIC, "text": "{length}" * 1000}))
    answer = read(pages().form(form(), sent, check(sent, form())))
    assert {"8,000", "5,000"} <= set(answer.texts["li"].split())


@pytest.mark.parametrize("up", ["", "../"])
def test_forms_lead_back_to_the_intake(up):
    """From an address one level down, too."""
    answer = read(pages(up=up).form(form(), Typed(form=TOPIC)))
    assert [item.attributes["action"] for item in answer.all("form")] == [f"{up}contributions"]


@pytest.mark.parametrize(("id", "asked"), [(TOPIC, False), (QUESTION, True)])
def test_a_position_is_asked_for_where_it_counts(id, asked):
    """As radio buttons in a fieldset with its legend, and the one that was chosen stays chosen."""
    answer = read(pages().form(form(id), Typed(form=id, position="nuanced")))
    assert bool(answer.all("fieldset")) == asked
    chosen = [
        item.attributes["value"] for item in answer.all("input", type="radio") if "checked" in item.attributes
    ]
    assert chosen == (["nuanced"] if asked else [])


@pytest.mark.parametrize(
    ("author", "there", "required"), [("none", 0, False), ("optional", 1, False), ("required", 1, True)]
)
def test_a_name_is_asked_for_as_the_town_wants(author, there, required):
    """Not at all, perhaps, or surely."""
    shown = pages(author=author)
    fields = read(shown.form(shown.forms.forms[TOPIC], Typed(form=TOPIC))).all("input", id="author")
    assert len(fields) == there
    assert all(("required" in field.attributes) == required for field in fields)


@pytest.mark.parametrize("moderation", ["before", "after", "none"])
def test_the_moderations_mode_is_told(moderation):
    """Before sending and after."""
    receipt = Receipt.of(contribution())
    shown = pages(moderation=moderation)
    used = shown.forms.forms[TOPIC]
    assert (
        STRINGS[f"moderation_{moderation}"].text in read(shown.check(used, Typed(text="a"), "t")).texts["p"]
    )
    page = shown.receipt(receipt, to_text(receipt, receipt.signature(INTAKE_KEY)), used)
    assert STRINGS[f"receipt_next_{moderation}"].text in read(page).texts["p"]


def test_the_receipt_shows_what_it_promises():
    """The number first; id, digest, nonce and both instants in words of the consultation's time zone."""
    receipt = Receipt.of(contribution())
    text = to_text(receipt, receipt.signature(INTAKE_KEY))
    answer = read(pages().receipt(receipt, text))
    assert [item.attributes["class"] for item in answer.all("p", **{"class": "number"})] == ["number"]
    for shown in (receipt.id, receipt.digest, receipt.nonce):
        assert shown in answer.texts["dd"]
    assert "20 November 2017 at 20:15" in answer.texts["dd"]
    assert "22 November 2017 at 20:15" in answer.texts["dd"]
    assert text in answer.texts["code"]
    assert answer.all("a", href=f"{SITE}ledger/2017-11-20/#{receipt.id}")


def test_the_receipt_says_what_the_ledger_may_tell():
    """All five states and what each means, in the words of the ledger's own pages; a report is told otherwise."""
    receipt = Receipt.of(contribution())
    text = to_text(receipt, receipt.signature(INTAKE_KEY))
    answer = read(pages().receipt(receipt, text, form()))
    states = ("waiting", "published", "withheld", "withdrawn", "erased")
    names = [STRINGS[f"state_{name}"].text for name in states]
    assert [term for term in re.findall("<dt>(.*?)</dt>", answer.html) if term in names] == names
    assert all(STRINGS[f"state_{name}_means"].text in answer.texts["dd"] for name in states)
    assert "on 22 November 2017 at 20:15 at the latest" in answer.texts["p"]
    ledger = (ROOT / "themes/assises_themes/default/templates/ledger/day.html").read_text(encoding="utf-8")
    found = re.search("{% set states = ({.*?}) %}", ledger)[1]
    there = dict(re.findall('"(\\w+)": pgettext\\("one contribution", "([^"]+)"\\)', found))
    assert [f"{there[name]}:" for name in states] == names
    theme, _problems = load_theme(ROOT, "default")
    own, here = catalogue(theme.catalogue("fr"), "fr"), spoken(theme, "fr")
    assert [here(name) for name in names] == [
        f"{own.pgettext('one contribution', there[name])}\u00a0:" for name in states
    ]


def test_the_receipt_of_a_report_tells_no_states():
    """It is never published."""
    receipt = Receipt.of(contribution())
    text = to_text(receipt, receipt.signature(INTAKE_KEY))
    answer = read(pages().receipt(receipt, text, form(REPORT)))
    assert STRINGS["state_published"].text not in answer.texts["dt"]
    assert STRINGS["receipt_next_report"].text in answer.texts["p"]


def test_a_reply_links_to_what_it_answers():
    """By its number, in the ledger, which knows where it stands now."""
    parent = contribution()
    answer = read(pages().form(form(), Typed(form=TOPIC, of=parent.id)))
    assert answer.all("a", href=f"{SITE}ledger/2017-11-20/#{parent.id}")
    assert parent.number in answer.texts["a"]


class Asked(dict[str, str]):
    """Sentences that remember which of them were asked for."""

    def __init__(self) -> None:
        super().__init__({key: sentence.text for key, sentence in STRINGS.items()})
        self.keys_asked: set[str] = set()

    def __getitem__(self, key: str) -> str:
        """Return a sentence."""
        self.keys_asked.add(key)
        return super().__getitem__(key)


def _walk_letters(letters: SubscriptionPages, id: str) -> None:
    """Show every page that a link in a letter opens."""
    for act in ("confirm", "stop"):
        letters.ask(Link(id, act, NOW), "x")
        letters.done(Link(id, act, NOW))
    for name in ("unknown_subscription", "past_subscription"):
        letters.refusal(name)


def test_every_sentence_is_used_and_none_is_missing():
    """All pages in all their states ask for exactly what forms.json carries."""
    asked, receipt = Asked(), Receipt.of(contribution())
    for moderation, author in (("before", "required"), ("after", "optional")):
        known = forms(moderation=moderation, author=author, max_length=100)
        used = known.forms
        shown = Pages(known, replace(known.voice("fr"), strings=asked))
        for answers in (
            {},
            {"way": ("foot",)},
            {"way": ("x",)},
            {"way": ("foot", "car"), "wish": ("a" * 101,)},
        ):
            ticked = Typed(form=SURVEY, answers=answers)
            shown.form(used[SURVEY], ticked, wrong := check(ticked, used[SURVEY]))
            if not wrong:
                shown.check(used[SURVEY], ticked, "token")
        optional = tuple(replace(item, required=False) for item in used[SURVEY].items["fr"])
        nothing = Typed(form=SURVEY)
        shown.form(used[SURVEY], nothing, check(nothing, replace(used[SURVEY], items={"fr": optional})))
        shown.form(used[SUPPORT], Typed(form=SUPPORT), check(Typed(form=SUPPORT), used[SUPPORT]))
        shown.check(used[SUPPORT], Typed(form=SUPPORT, of=receipt.id), "token")
        shown.form(used[DRAFT], Typed(form=DRAFT, passage=PASSAGE))
        for survey in (used[SURVEY], replace(used[SURVEY], moderation="words")):
            shown.check(survey, Typed(form=SURVEY, answers={"way": ("foot",)}), "token")
            shown.receipt(receipt, to_text(receipt, b"0" * 64), survey)
        shown.receipt(receipt, to_text(receipt, b"0" * 64), used[QUESTION])
        shown.form(used[REPORT], Typed(form=REPORT, of=receipt.id))
        shown.check(used[REPORT], Typed(form=REPORT, of=receipt.id, text="a"), "token")
        shown.receipt(receipt, to_text(receipt, b"0" * 64), used[REPORT])
        for position in ("", "for", "nuanced", "against", "yes"):
            for text, name in (("", ""), ("a" * 101, "b" * 81), ("a", "b")):
                sent = Typed(
                    form=QUESTION, text=text, author=name, position=position, of="x" if not text else ""
                )
                wrong = check(sent, used[QUESTION])
                shown.form(used[QUESTION], sent, wrong)
                if not wrong:
                    shown.check(used[QUESTION], sent, "token")
        shown.check(used[TOPIC], Typed(text="a", of=receipt.id), "token", expired=True)
        told = replace(shown, forms=forms(private=PRIVATE))
        wrong_one = Typed(form=TOPIC, text="a", author="b", email="zoe@")
        told.form(used[TOPIC], wrong_one, check(wrong_one, used[TOPIC]))
        told.check(used[TOPIC], replace(wrong_one, email="zoe@ville.example"), "token")
        shown.receipt(receipt, to_text(receipt, b"0" * 64))
    _walk_letters(SubscriptionPages(shown.forms, shown.voice, "../"), receipt.id)
    private = AuthorPages(shown.forms, shown.voice, "../", "authors/x", Author(receipt.id, TOPIC))
    private.author(shown.forms.forms[TOPIC])
    private.withdrawal("token")
    private.check(shown.forms.forms[TOPIC], Typed(kind="correction", text="a"), "token")
    for kind in ("correction", "withdrawal"):
        shown.receipt(receipt, to_text(receipt, b"0" * 64), None, "authors/x", kind)
    for name in REFUSALS:
        shown.refusal(name, Typed(text="a"))
    assert asked.keys_asked == set(STRINGS)


def test_instants_are_in_the_consultations_time_zone():
    """Paris is an hour ahead in November, and the minute has two digits."""
    assert pages().instant(NOW.replace(minute=5)) == "20 November 2017 at 20:05"
