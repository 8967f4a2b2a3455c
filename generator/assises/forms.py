"""forms.json: what the intake has to know of the site. Public; made at each build."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence

from assises.addresses import Addresses
from assises.content import Choice, Discussed, Item, Page, Question, Text
from assises.contribution import format_time
from assises.markdown import passages
from assises.problems import Message, message
from assises.report_form import REPORT, report_form
from assises.site import Site, address, as_published
from assises.suspensions import is_suspended
from assises.translation import locale

PATH = "forms.json"

STRINGS: Mapping[str, Message] = {
    "instant": message("{day} {month} {year} at {hour}:{minute}"),
    "thousands": message("thousands are parted by: ,"),
    "error_prefix": message("Error:"),
    "error_title": message("To be mended"),
    "error_lead": message("Nothing has been sent. What you wrote is kept below; please mend:"),
    "error_text_empty": message("Write your contribution: the text is empty."),
    "error_text_long": message("Shorten your text: it has {length} characters, and {most} are allowed."),
    "error_of": message("The contribution that you reply to does not exist. Go back to its page."),
    "error_item_required": message("Answer this question: “{title}”"),
    "error_item_choice": message("Choose among the answers given: “{title}”"),
    "error_item_single": message("Choose one answer only: “{title}”"),
    "error_item_long": message("Shorten your answer to “{title}”: at most {most} characters are allowed."),
    "error_survey_empty": message("Answer at least one question."),
    "error_position": message("Choose one of the positions, or none."),
    "error_author_empty": message("Give a name to show: a pseudonym is enough."),
    "error_author_long": message("Shorten the name: it has {length} characters, and {most} are allowed."),
    "form_title": message("Your contribution"),
    "about_page": message("About the page:"),
    "about_reply": message("In reply to contribution number"),
    "about_report": message("You report contribution number"),
    "report_title": message("Report a contribution"),
    "report_intro": message(
        "A moderator reads your report. It is never published, and no name is asked. Opinions that one does not share "
        "are no reason for a contribution to go."
    ),
    "report_text": message("What is wrong with it"),
    "report_hint": message("Up to {most} characters. Say which words you mean, and why."),
    "moderation_report": message(
        "A moderator reads your report as soon as possible. It is never published, and no name is asked."
    ),
    "receipt_title_report": message("Your report has been received"),
    "receipt_next_report": message(
        "A moderator reads your report as soon as possible. It is never published; the moderation log counts it."
    ),
    "about_passage": message("About this passage:"),
    "survey_title": message("Your answers"),
    "survey_intro": message("No name is asked. What you tick is only counted; what you write is read first."),
    "required": message("(to be answered)"),
    "support_title": message("Your support"),
    "support_of": message("You support contribution number"),
    "support_note": message(
        "Supports are declared, without a check of identity: they are no vote, and decide nothing by themselves."
    ),
    "support_confirm": message("Confirm my support"),
    "text": message("Your text"),
    "text_hint": message(
        "Up to {most} characters. Please name no other person, and say nothing of anyone’s health."
    ),
    "author": message("Name to show"),
    "author_hint": message("A pseudonym will do. Leave it empty to remain anonymous."),
    "position": message("Your position"),
    "position_for": message("For"),
    "position_nuanced": message("Nuanced"),
    "position_against": message("Against"),
    "email": message("Your e-mail address, to be told what becomes of it"),
    "email_hint": message(
        "It is never shown. A first letter asks you to confirm it; it serves for nothing else, and after {most} months"
        " nobody can read it any more."
    ),
    "error_email": message("Write one e-mail address, such as name@example.org, or leave the field empty."),
    "email_check": message("You will be told at"),
    "confirm_subscription_title": message("Confirm your address"),
    "confirm_subscription_text": message(
        "You asked to be told by mail what becomes of contribution number {number}. Press the button, and you will be."
    ),
    "confirm_subscription_button": message("Yes, tell me"),
    "confirmed_title": message("Your address is confirmed"),
    "confirmed_text": message("You will be told what becomes of contribution number {number}."),
    "stop_subscription_title": message("No more letters"),
    "stop_subscription_text": message(
        "You were to be told by mail what becomes of contribution number {number}. Press the button, and no letter will"
        " come any more; your address is deleted."
    ),
    "stop_subscription_button": message("Stop the letters"),
    "stopped_letters_title": message("No letter will come any more"),
    "stopped_letters_text": message("Your address is deleted within the hour."),
    "unknown_subscription_title": message("This link is not one of ours"),
    "unknown_subscription_text": message("Check that the address is whole, with nothing missing at its end."),
    "past_subscription_title": message("This link is too old"),
    "past_subscription_text": message(
        "An address can be confirmed for seven days; yours has been deleted. What you sent is not touched by that."
    ),
    "trap": message("Leave this empty"),
    "check": message("Read again before sending"),
    "check_again": message("Read again with my changes"),
    "check_title": message("Not sent yet"),
    "check_lead": message("Read once more what you send, then confirm. Only then is it sent."),
    "check_markdown": message(
        "The site will show **these words** in bold, and lines that begin with - as a list. "
        "Images and HTML are not shown."
    ),
    "charter": message("Moderation charter"),
    "check_expired": message(
        "This form was opened more than a day ago. Your text is here; please confirm once more."
    ),
    "confirm": message("Confirm and send"),
    "edit_title": message("Change something"),
    "moderation_none": message("Your answer is counted at once; it is not shown by itself."),
    "moderation_words": message(
        "What you ticked is counted at once. If you wrote something, a moderator reads your answers first. They are "
        "not shown by themselves."
    ),
    "moderation_before": message(
        "A moderator will read your contribution before it appears on the site, by the rules of the charter."
    ),
    "moderation_after": message(
        "Your contribution will appear on the site at once; a moderator will read it afterwards."
    ),
    "receipt_title": message("Your contribution has been received"),
    "correction_received_title": message("Your correction has been received"),
    "withdrawal_received_title": message("Your withdrawal has been received"),
    "receipt_number": message("Your number, to write down:"),
    "receipt_spelt": message("To read out, sign by sign:"),
    "receipt_keep": message(
        "Keep the address of your receipt: it will always open, and you may show it to anyone."
    ),
    "receipt_address": message("The receipt, on a page of its own"),
    "private_title": message("Your private link"),
    "private_text": message(
        "It is shown this once. Whoever has it can correct or withdraw your contribution: keep it to yourself, among "
        "your bookmarks for instance."
    ),
    "private_link": message("Correct or withdraw your contribution"),
    "receipt_next_correction": message(
        "Your correction takes the place of your first words, under the same moderation."
    ),
    "receipt_next_withdrawal": message("Your words will be gone from the site in a moment."),
    "receipt_next_none": message("Your answer will be counted in a moment."),
    "receipt_next_words": message(
        "Your answers will be counted in a moment or, if you wrote something, once a moderator has read it."
    ),
    "receipt_next_before": message(
        "Your contribution will be read by a moderator before it may appear on the site."
    ),
    "receipt_next_after": message("Your contribution will appear on the site in a moment."),
    "author_title": message("Your contribution number"),
    "author_private": message(
        "The address of this page is private. Whoever has it can do what you can do here."
    ),
    "author_state": message("See in the ledger what has become of it"),
    "correction_title": message("Correct it"),
    "correction_text": message(
        "Write the whole text anew; it takes the place of the first one, and the page will say so. Your first text "
        "cannot be shown here: this form keeps nothing that it could read."
    ),
    "correction_until": message(
        "Your correction takes effect if you send it by {instant}, or before a moderator has decided; later, a "
        "moderator decides whether it does."
    ),
    "correction_note": message(
        "These words will take the place of those that you sent first, under the same moderation."
    ),
    "withdrawal_title": message("Withdraw it"),
    "withdrawal_text": message(
        "Your words will no longer be shown; in their place the page will say that their author has withdrawn them. "
        "The ledger goes on telling that they were received. This cannot be undone."
    ),
    "withdrawal_begin": message("Withdraw my contribution"),
    "withdrawal_check_title": message("Withdraw contribution number"),
    "withdrawal_confirm": message("Withdraw it for good"),
    "withdrawal_back": message("Leave it as it is"),
    "receipt_ledger": message("See what becomes of it in the ledger, once it is entered there"),
    "receipt_not_yet": message(
        "If the ledger does not show it yet, it is still to be entered there: on {instant} at the latest."
    ),
    "receipt_states_title": message("What becomes of it"),
    "receipt_states": message("At this number, the ledger says at any time how it stands:"),
    "state_waiting": message("Waiting to be read:"),
    "state_waiting_means": message("Nobody has decided about it yet."),
    "state_published": message("Published:"),
    "state_published_means": message("It can be read on the site, or is counted there."),
    "state_withheld": message("Not published:"),
    "state_withheld_means": message(
        "The ledger names the rule of the charter by which it was decided, and to whom you can write to contest it."
    ),
    "state_withdrawn": message("Withdrawn by its author:"),
    "state_withdrawn_means": message("Whoever has your private link has taken it back."),
    "state_erased": message("Erased:"),
    "state_erased_means": message("Its words are gone for good; its line stays, so that the count is right."),
    "receipt_promise_title": message("What this receipt promises"),
    "receipt_promise": message(
        "The organiser has signed that your contribution will stand in the public ledger by the instant below, "
        "whatever becomes of it. Anyone can check this signature."
    ),
    "receipt_handed_out": message("Form opened"),
    "receipt_due": message("In the ledger by"),
    "receipt_id": message("Identifier"),
    "receipt_digest": message("SHA-256 digest"),
    "receipt_nonce": message("Nonce"),
    "receipt_text": message("The receipt, to copy"),
    "back_to_site": message("Back to the site"),
    "kept": message("Your text, to copy:"),
    "closed_title": message("Contributions are closed here"),
    "closed_text": message("Your text could not be taken: this page takes no contributions at present."),
    "stopped_title": message("Contributions are suspended here"),
    "stopped_text": message(
        "The organiser has suspended this form for the time being. Nothing has been sent: keep your text, and try "
        "again later."
    ),
    "unavailable_title": message("Your contribution could not be kept"),
    "unavailable_text": message(
        "A fault on our side. Nothing has been sent; please try again in a few minutes. Your text is below."
    ),
    "unknown_form_title": message("This form does not exist"),
    "unknown_form_text": message("The page may have changed. Go back to it and open the form again."),
    "unknown_receipt_title": message("This is no receipt of this consultation"),
    "unknown_receipt_text": message("Check that the address is whole, with nothing missing at its end."),
    "unknown_author_title": message("This link opens nothing"),
    "unknown_author_text": message("Check that the address is whole, with nothing missing at its end."),
    "not_corrected_title": message("This cannot be corrected"),
    "not_corrected_text": message(
        "Only a text can be corrected, and only as long as its page is there. You can still withdraw it."
    ),
    "unsupported_title": message("This kind of message cannot be read"),
    "unsupported_text": message("Send a form, or JSON in UTF-8, uncompressed."),
    "not_acceptable_title": message("There is no answer of the kind asked for"),
    "not_acceptable_text": message("Pages are answered in HTML, and programs in JSON."),
    "too_large_title": message("This is too long"),
    "too_large_text": message("What was sent is larger than any contribution can be. Nothing has been kept."),
    "not_understood_title": message("This request was not understood"),
    "not_understood_text": message("Go back to the site and start from the page that you wish to speak to."),
}
"""Every sentence of the intake; the keys are what its code asks for."""


def forms_json(
    site: Site,
    addresses: Addresses,
    shells: Mapping[str, str],
    translations: Mapping[str, Callable[[str], str]],
    keys: Sequence[str],
) -> bytes:
    """Return the bytes of forms.json.

    Args:
        site: pages, windows and settings.
        addresses: where the site and its intake are reached.
        shells: the page around the intake's own words, by language.
        translations: what translates a sentence, by language.
        keys: the intake's public keys, hexadecimal.
    """
    until, site = site.until, as_published(site)
    settings = site.settings
    charter = next((p for p in site.content.pages if getattr(p, "role", "") == "charter"), None)
    forms = [(page, id) for page in _commented(site) for id in form_ids(page)]
    document = {
        "format": 1,
        "until": format_time(until) if until else None,
        "site": addresses.base,
        "inbox": addresses.inbox,
        "time_zone": settings.time_zone.key,
        "charter": _urls(site, charter, addresses) if charter else {},
        "keys": {"intake": list(keys)},
        "closed": [id for _, id in forms if is_suspended(site.closed, id)],
        "forms": {id: _form(site, page, id, addresses) for page, id in forms}
        | {REPORT: report_form(site, addresses, translations)},
        **_private(site),
        "voices": {
            language: {
                "shell": shells[language],
                "months": list(locale(language).months["format"]["wide"].values()),
                "strings": {key: translations[language](sentence.text) for key, sentence in STRINGS.items()},
            }
            for language in settings.languages
        },
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=False, indent=1).encode() + b"\n"


def _private(site: Site) -> dict[str, object]:
    """Return what is asked of authors and never published, and the keys that seal it; nothing without a key."""
    asked = site.settings.participation.private
    if not site.private_keys:
        return {}
    keys = dict(sorted(site.private_keys.items()))
    private = {"email": asked.email, "address": asked.address, "months": asked.months, "keys": keys}
    return {"private": private | {"letters": list(site.letter_keys)}}


def form_id(page: Page) -> str:
    """Return the id of a page's form: ``topics/housing:comment``."""
    return f"{page.id}:{page.accepts if isinstance(page, Question) else 'comment'}"


def form_ids(page: Discussed) -> tuple[str, ...]:
    """Return the ids of all forms that a page has: its own, and the one that supports what others say there."""
    return (form_id(page), f"{page.id}:support") if page.supports else (form_id(page),)


_COUNTED = frozenset({"survey", "support"})
"""Kinds that are counted, not read out."""


def counted_forms(pages: Iterable[Page]) -> dict[str, frozenset[str]]:
    """Return the forms by which nothing but ticks can come, or may: the ids of their items that are ticked, by form.

    What comes by one of them and answers no other item holds nothing that a moderator could read.
    """
    discussed = [page for page in pages if isinstance(page, Discussed)]
    return {id: _ticked(page) for page in discussed for id in form_ids(page) if _kind(id) in _COUNTED}


def _kind(id: str) -> str:
    return id.partition(":")[2]


def _ticked(page: Discussed) -> frozenset[str]:
    items = page.items if isinstance(page, Question) else ()
    return frozenset(item.id for item in items if item.type != "text")


def _moderation(page: Discussed, id: str, asked: str) -> str:
    """Return when what comes by a form is read: never if it can only be counted, by its words if there may be some."""
    if _kind(id) not in _COUNTED:
        return asked
    if _kind(id) == "support" or len(_ticked(page)) == len(getattr(page, "items", ())):
        return "none"
    return "words" if asked == "before" else "none"


def _commented(site: Site) -> list[Discussed]:
    pages = (page for page in site.content.pages if isinstance(page, Discussed))
    return [page for page in pages if page.language == site.language and page.comments]


def _form(site: Site, page: Discussed, id: str, addresses: Addresses) -> dict[str, object]:
    asked, kind = site.settings.participation, id.partition(":")[2]
    there = site.translations(page)
    items = page.items if isinstance(page, Question) and kind == "survey" else ()
    form: dict[str, object] = {
        "moderation": _moderation(page, id, asked.moderation),
        "author": "none" if kind in ("survey", "support") else asked.author,
        "max_length": asked.max_length,
        "positions": kind != "support" and isinstance(page, Question) and page.positions and not items,
        "windows": [[format_time(opens), format_time(closes)] for opens, closes in site.windows(page)],
        "titles": {language: p.title for language, p in there.items()},
        "addresses": _urls(site, page, addresses),
    }
    if items:
        form["items"] = {
            tag: [_item(item) for item in p.items] for tag, p in there.items() if isinstance(p, Question)
        }
    if isinstance(page, Text) and kind == "comment":
        form["passages"] = {tag: _excerpts(p) for tag, p in there.items()}
    return form


def _item(item: Item) -> dict[str, object]:
    """Return an item of a survey as the intake's form shows it; the ends of a scale say what they mean."""
    return {
        "id": item.id,
        "title": item.title,
        "type": item.type,
        "hint": item.hint,
        "required": item.required,
        "choices": {choice.id: option_label(item, choice) for choice in item.options},
    }


def option_label(item: Item, choice: Choice) -> str:
    """Return what stands beside an option: a scale's ends with their meaning."""
    ends = {str(item.lowest): item.lowest_label, str(item.highest): item.highest_label}
    meaning = ends.get(choice.id, "") if item.type == "scale" else ""
    return f"{choice.label}\u00a0– {meaning}" if meaning else choice.label


def _excerpts(page: Page) -> dict[str, str]:
    return {passage.id: passage.excerpt for passage in passages(page.body, str) if passage.id}


def _urls(site: Site, page: Page, addresses: Addresses) -> dict[str, str]:
    return {
        language: addresses.base + address(p, site.language).lstrip("/")
        for language, p in site.translations(page).items()
    }
