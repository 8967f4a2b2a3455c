"""What is printed: slips with their numbers for those whose words were typed in, and forms to be filled in by hand.

The desk shows it among its own pages, the command line writes it as one file; the templates are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from assises.catalogues import spoken, words
from assises.content import Discussed, Item, Page, Question
from assises.contribution import Contribution, ledger_place
from assises.entering import items_of
from assises.forms import option_label
from assises.problems import Message, message
from assises.schema import LocalisedText
from assises.site import Site, address
from assises.store import Snapshot
from assises.templating import engine

_FILES = files("assises") / "paper"
STYLE = _FILES.joinpath("paper.css").read_text(encoding="utf-8")
"""What slips and forms look like, on a screen and on paper."""

NAMES = {"option_label": option_label}
"""What the templates may call."""

FORM_TITLE = message("Form to print: {title}")
FORM_ADVICE = message("Print this page, on one side. What comes back filled in is entered under “Typing in”.")
SLIPS_ADVICE = message("Print this page: one slip for each person, to be cut out.")


@dataclass(frozen=True, slots=True)
class Slip:
    """What one person gets for what they said: its number, and where to look what became of it."""

    contribution: Contribution
    page: Page | None
    """The page that it stands in; None where the site does not have it any more."""

    url: str
    """Its line in the site's ledger."""

    @property
    def code(self) -> Markup:
        """The address as a QR code."""
        return _qr_code(self.url)


@dataclass(frozen=True, slots=True)
class PaperForm:
    """A page's form, with the same questions as on the site."""

    page: Discussed
    url: str
    closes: datetime | None
    """Until when it may be handed in; None where nothing is open."""

    @property
    def items(self) -> tuple[Item, ...]:
        """The questions of a survey."""
        return items_of(self.page)

    @property
    def positions(self) -> bool:
        """Whether one may say for or against."""
        return isinstance(self.page, Question) and self.page.positions

    @property
    def code(self) -> Markup:
        """The page's address as a QR code."""
        return _qr_code(self.url)


def slips(snapshot: Snapshot, site: Site, ids: Iterable[str], language: str, base: str) -> tuple[Slip, ...]:
    """Return the slips of contributions, without those that the store does not have or has no more.

    Args:
        snapshot: the store.
        site: whose pages they speak to.
        ids: of which contributions.
        language: in which language pages are named.
        base: the site's absolute address, with its final slash.
    """
    found = (snapshot.record(id) for id in dict.fromkeys(ids))
    return tuple(
        Slip(said, site.page(said.page, language), base + ledger_place(said.id))
        for record in found
        if record and record.fate != "erased"
        for said in (record.contribution,)
    )


def slips_title(found: Sequence[Slip]) -> Message:
    """Return what a sheet of slips is called."""
    return message("Slip") if len(found) == 1 else message("Slips")


def paper_form(site: Site, page: Discussed, base: str) -> PaperForm:
    """Return the form of a page; `base` is the site's absolute address, with its final slash."""
    url = base + address(page, site.language).removeprefix("/")
    return PaperForm(page, url, site.closes(page))


def template(name: str) -> str:
    """Return a template by the name that the desk's own templates include it by: ``paper/slips.html``."""
    return _FILES.joinpath(name.removeprefix("paper/")).read_text(encoding="utf-8")


def slips_file(site: Site, language: str, found: tuple[Slip, ...]) -> str:
    """Return slips as one file of HTML that needs nothing else."""
    return _file(site, language, "slips", slips_title(found), SLIPS_ADVICE, slips=found)


def form_file(site: Site, language: str, form: PaperForm) -> str:
    """Return a form as one file of HTML that needs nothing else."""
    title = message(FORM_TITLE.text, title=form.page.title)
    return _file(site, language, "form", title, FORM_ADVICE, form=form)


def _file(site: Site, language: str, sheet: str, title: Message, advice: Message, **names: Any) -> str:
    settings = site.settings
    tag = spoken(language, settings.languages)
    made = engine(template, tag, settings.time_zone, words(tag, "paper"))

    def text(value: LocalisedText) -> str:
        return value.get(language, *settings.languages)

    translate = words(tag).gettext
    return made.get_template("paper/page.html").render(
        NAMES
        | {
            "language": tag,
            "settings": settings,
            "text": text,
            "sheet": sheet,
            "title": title.render(translate),
            "advice": advice.render(translate),
            "style_html": Markup(_FILES.joinpath("page.css").read_text(encoding="utf-8") + STYLE),  # noqa: S704 - our own
        }
        | names
    )


def _qr_code(url: str) -> Markup:
    import segno  # noqa: PLC0415 - what is printed alone needs it

    code = segno.make(url, error="m", micro=False)
    return Markup(code.svg_inline(border=2, omitsize=True, svgclass="qr", lineclass=None))  # noqa: S704
