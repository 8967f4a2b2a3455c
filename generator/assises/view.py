"""What templates may call, in one language: addresses, words, states of meetings and phases, the ledger."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from html import unescape
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlencode

import jinja2
from markupsafe import Markup

from assises import content, images, markdown, translation
from assises.addresses import Addresses, escaped
from assises.assets import Assets
from assises.attachments import Facts
from assises.content import Commitment, Document, Home, Legal, Meeting, Page, Person, Plain, Question
from assises.contribution import Contribution, number
from assises.discussion import LONG, Discussion
from assises.duties import is_french
from assises.figures import Figures, figures
from assises.forms import form_id, option_label
from assises.links import named_file, parted
from assises.report_form import REPORT
from assises.schema import LocalisedText
from assises.site import Site, address, language_prefix
from assises.stages import Stage, changes, stage
from assises.structured import json_ld
from assises.surveys import Tally, tallies

FOLDERS: Mapping[str, type[Page]] = MappingProxyType({kind.folder: kind for kind in content.KINDS})
"""Each kind of page by its folder."""


_FIRST_VIEW = 300
"""Characters of a page's own text: what stands among them is seen at once, and must not wait to be loaded."""

_TAG = re.compile(r"<[^>]*>")
_BREAKS = re.compile(r"[ \n]+")


@dataclass(frozen=True, slots=True)
class View:
    """The site as one language's templates see it."""

    site: Site
    addresses: Addresses
    assets: Assets
    language: str
    absolute_links: bool = False
    """Whether links carry the site's whole URL, for pages that are shown elsewhere."""

    # --- addresses

    def url(self, target: Page | str) -> str:
        """Return what a link to a page, or to an address within the site, points to."""
        place = target if isinstance(target, str) else address(target, self.site.language)
        return self.addresses.absolute(place) if self.absolute_links else self.addresses.path(place)

    def absolute(self, target: Page | str) -> str:
        """Return the whole URL of a page, or of an address within the site."""
        place = target if isinstance(target, str) else address(target, self.site.language)
        return self.addresses.absolute(place)

    def localised(self, place: str, language: str = "") -> str:
        """Return an address in this language: ``/topics/`` gives ``/en/topics/``."""
        return language_prefix(language or self.language, self.site.language) + place

    def asset(self, name: str) -> str:
        """Return what a link to one of the theme's static files points to."""
        if name not in self.assets.names:
            raise jinja2.TemplateRuntimeError(f"the theme has no static file {name!r}")
        return self.url(self.assets.names[name])

    def reply_url(self, contribution: Contribution) -> str:
        """Return the address of the form that replies to a contribution."""
        page = self.site.page(contribution.page, self.language)
        # Not the contribution's own form: an answer came by one that no page has.
        form = form_id(page) if page else contribution.form
        asked = {"form": form, "of": contribution.id, "language": self.language}
        return f"{self.addresses.inbox}contributions/new?{urlencode(asked)}"

    def support_url(self, contribution: Contribution) -> str:
        """Return the address of the form that supports a contribution."""
        asked = {"form": f"{contribution.page}:support", "of": contribution.id, "language": self.language}
        return f"{self.addresses.inbox}contributions/new?{urlencode(asked)}"

    def report_url(self, contribution: Contribution) -> str:
        """Return the address of the form that reports a contribution."""
        asked = {"form": REPORT, "of": contribution.id, "language": self.language}
        return f"{self.addresses.inbox}contributions/new?{urlencode(asked)}"

    def leaf_url(self, page: Page, place: str) -> str:
        """Return what a link to a leaf of a page's contributions points to, by its place below the page."""
        return self.url(address(page, self.site.language) + place)

    def contribution_url(self, contribution: Contribution) -> str:
        """Return what a link to a published contribution points to."""
        page = self.site.page(contribution.page, self.language)
        return self.url(self.site.permalink(contribution, page)) if page else ""

    # --- words

    def text(self, value: LocalisedText) -> str:
        """Return a setting's text in this language, or else in the first."""
        return value.get(self.language, *self.site.settings.languages)

    def body(self, page: Page) -> Markup:
        """Return a page's Markdown as HTML."""
        return self.markdown(page.body, page)

    def passages(self, page: Page) -> tuple[markdown.Passage, ...]:
        """Return a draft text block by block; those with an id can be spoken to."""
        found = markdown.passages(page.body, *self._shown_on(page))
        return tuple(replace(passage, html=Markup(passage.html)) for passage in found)  # noqa: S704 - raw HTML is off

    def has_passage(self, page: Page, passage: str) -> bool:
        """Tell whether a draft text still has a passage, or was changed there."""
        return any(found.id == passage for found in self.passages(page))

    def passage_url(self, page: Page, passage: str) -> str:
        """Return the address of the form that comments on one passage of a draft text."""
        asked = {"form": form_id(page), "passage": passage, "language": self.language}
        return f"{self.addresses.inbox}contributions/new?{urlencode(asked)}"

    def markdown(self, text: str, page: Page) -> Markup:
        """Return staff's Markdown as HTML, its links resolved as from `page`."""
        return Markup(markdown.render_page(text, *self._shown_on(page)))  # noqa: S704 - raw HTML is off

    def _shown_on(self, page: Page) -> tuple[Callable[[str], str], Callable[[str, str], str]]:
        """Return what says where links of a page lead, and how its images are shown."""

        def show(href: str, alt: str) -> str:
            file = named_file(page, href)
            lazy = href not in page.body[:_FIRST_VIEW]
            return str(self.picture(file, alt, lazy=lazy)) if file in self.assets.pictures and file else ""

        return lambda href: self.resolve(page, href), show

    def picture(self, path: PurePosixPath, alt: str, *, lazy: bool = True) -> Markup:
        """Return the HTML of a picture of the site in the sizes and formats that screens need."""
        if found := self.assets.pictures.get(path):
            return Markup(images.markup(found, alt, self.url, lazy=lazy))  # noqa: S704 - escaped there
        return Markup('<img src="{}" alt="{}" loading="{}" decoding="async">').format(
            self.file_url(path), alt, "lazy" if lazy else "eager"
        )

    def words(self, contribution: Contribution, whole: bool = True) -> Markup:
        """Return a contribution's words as HTML; of a long one, unless it is wanted whole, its beginning."""
        text = contribution.text if whole else markdown.beginning(contribution.text, LONG)
        return Markup(markdown.render_words(text))  # noqa: S704 - raw HTML is off

    def is_long(self, contribution: Contribution) -> bool:
        """Tell whether there is more of a contribution than its beginning."""
        return len(contribution.text) > LONG

    def url_of_whole(self, contribution: Contribution) -> str:
        """Return what a link to the leaf that shows a contribution to its end points to."""
        page = self.site.page(contribution.page, self.language)
        place = self.site.discussion(contribution.page).whole(contribution.id)
        return f"{self.leaf_url(page, place)}#{contribution.id}" if page else ""

    def excerpt(self, contribution: Contribution, length: int) -> str:
        """Return the beginning of a contribution's words as plain text, cut between two words."""
        plain = unescape(_TAG.sub("", markdown.render_words(contribution.text)))
        # Only what may break a line becomes a space: French puts spaces that may not before its marks.
        plain = _BREAKS.sub(" ", plain).strip(" ")
        if len(plain) <= length:
            return plain
        cut = plain[: length + 1].rfind(" ")
        return plain[: cut if cut > 0 else length].rstrip(" ,;:.") + "\u00a0…"

    def resolve(self, page: Page, href: str) -> str:
        """Return where a link of a page's Markdown leads: to a page by its file, to a file, or as it stands."""
        path, query, fragment = parted(href)
        if not path or ":" in path.partition("/")[0] or path.startswith("//"):
            return href
        if path.startswith("/"):
            return self.url(path) + query + fragment
        file = PurePosixPath(posixpath.normpath(page.path.parent / unquote(path)))
        if file.suffix == ".md":
            target = self._page_of(file, page.language)
            return self.url(target) + query + fragment if target else self._not_yet(file)
        return self.url(escaped(f"/{below_content(file)}")) + query + fragment

    def _not_yet(self, file: PurePosixPath) -> str:
        """Return where a link to a page leads that is dated later than now: to the list that it will stand in."""
        folder = below_content(file).parts[0]
        return self.url(self.localised(f"/{folder}/" if folder in self.site.sections else "/"))

    def _page_of(self, file: PurePosixPath, language: str) -> Page | None:
        id = str(below_content(file).with_suffix(""))
        stem, _, tag = id.rpartition(".")
        return self.site.page(stem, tag) if stem else self.site.page(id, language)

    # --- pages

    def listed(self, folder: str) -> tuple[Page, ...]:
        """Return all pages of a folder, in the order of lists."""
        return self.site.listed(FOLDERS[folder], self.language)

    def by_topic(self, folder: str, slug: str) -> tuple[Page, ...]:
        """Return the pages of a folder that name a topic."""
        return self.site.by_topic(FOLDERS[folder], slug, self.language)

    def topic(self, slug: str) -> Page | None:
        """Return a topic by its slug."""
        return self.site.page(f"topics/{slug}", self.language)

    def documents_of(self, slugs: Iterable[str]) -> tuple[Document, ...]:
        """Return documents by their slugs: those that can be read now."""
        found = (self.site.page(f"{Document.folder}/{slug}", self.language) for slug in slugs if slug)
        return tuple(page for page in found if isinstance(page, Document))

    def people_of(self, slugs: Iterable[str]) -> tuple[Person, ...]:
        """Return people in charge by their slugs."""
        found = (self.site.page(f"{Person.folder}/{slug}", self.language) for slug in slugs)
        return tuple(page for page in found if isinstance(page, Person))

    def naming(self, folder: str, key: str, slug: str) -> tuple[Page, ...]:
        """Return the pages of a folder that name a slug under a key: meetings by the people who will be there."""
        named = ((page, getattr(page, key, ())) for page in self.listed(folder))
        return tuple(page for page, names in named if slug in ((names,) if isinstance(names, str) else names))

    def facts(self, page: Document) -> Facts:
        """Return what is known of a document's file: its format, its size in bytes, its pages."""
        return self.site.content.facts[page.file]

    def file_url(self, path: PurePosixPath) -> str:
        """Return what a link to one of the site's files points to."""
        return self.url(escaped(f"/{below_content(path)}"))

    def districts_of(self, page: Meeting) -> tuple[str, ...]:
        """Return the names of the districts that a meeting is held for."""
        names = {district.id: self.text(district.name) for district in self.site.settings.districts}
        return tuple(names[id] for id in page.districts if id in names)

    def menu(self) -> tuple[Page, ...]:
        """Return the plain pages that the menu shows."""
        return tuple(page for page in self.site.listed(Plain, self.language) if page.menu)

    def sections(self) -> tuple[str, ...]:
        """Return the folders that have pages, in the menu's order."""
        return tuple(folder for folder in self.site.sections if self.listed(folder))

    def legal(self, role: str) -> Page | None:
        """Return the legal page of a role."""
        return next((page for page in self.site.listed(Legal, self.language) if page.role == role), None)

    def discussion(self, page: Page) -> Discussion:
        """Return what is said on a page, and the leaves that show it."""
        return self.site.discussion(page.id)

    def results(self, page: Question) -> tuple[Tally, ...]:
        """Return the figures of a survey; none while it is open, unless the town shows them meanwhile."""
        closed = self.closed_since(page) and not self.site.is_open(page)
        shown = page.accepts == "survey" and (page.results == "during" or closed)
        return tallies(page, self.site.published) if shown else ()

    def answers(self, contribution: Contribution) -> tuple[Contribution, ...]:
        """Return the town's published answers to a contribution."""
        return tuple(c for c in self.site.published if c.of == contribution.id and c.kind == "answer")

    def heard(self, count: int) -> tuple[Contribution, ...]:
        """Return the newest contributions; if the town has answered any, at least one that has its answer."""
        newest = self.site.latest(count)
        answered = {said.of for said in self.site.published if said.kind == "answer"}
        if not answered or any(said.id in answered for said in newest):
            return newest
        latest = next((said for said in reversed(self.site.published) if said.id in answered), None)
        return (*newest[: count - 1], latest) if latest else newest

    def structured(self, page: Page, section: str = "") -> Markup:
        """Return what search engines read of a page (JSON-LD), for a script element; empty where there is nothing."""
        return Markup(json_ld(self.site, self.addresses, page, section))  # noqa: S704 - escaped there

    def card(self, page: Page | None) -> str:
        """Return the whole URL of the picture beside a shared link of a page: its own, or the home page's, or empty."""
        found = self.assets.cards
        own = found.get((page.id, self.language)) if page else None
        place = own or found.get((Home.folder, self.language))
        return self.addresses.absolute(place) if place else ""

    def qr_code(self, page: Page) -> Markup:
        """Return a page's whole address as a QR code, in SVG."""
        import segno  # noqa: PLC0415 - posters alone need it

        code = segno.make(self.absolute(page), error="m", micro=False)
        return Markup(code.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None))  # noqa: S704

    def commitments_of(self, contribution: Contribution) -> tuple[Page, ...]:
        """Return the commitments that say that they answer a contribution."""
        return self.site.commitments_of(contribution, self.language)

    def contributions_of(self, page: Commitment) -> tuple[Contribution, ...]:
        """Return the contributions that a commitment says it answers: those that can be read."""
        known = self.site.by_number
        return tuple(known[number] for number in page.contributions if number in known)

    def figures(self) -> Figures:
        """Return what the first page counts."""
        return figures(self.site)

    # --- states

    def stage(self, page: Page | None = None) -> Stage:
        """Return where a page, or the whole consultation, stands."""
        return stage(self.site, page)

    def stage_changes(self, page: Page | None = None) -> tuple[tuple[datetime, Stage], ...]:
        """Return the next instants at which that becomes another, and which."""
        return tuple(changes(self.site, page))

    def meeting_state(self, page: Meeting) -> str:
        """Return ``cancelled``, ``to-come``, ``under-way`` or ``over``."""
        return "cancelled" if page.status == "cancelled" else self.time_state(page.starts, page.ends)

    def time_state(self, starts: datetime, ends: datetime) -> str:
        """Return whether a stretch of time is ``to-come``, ``under-way`` or ``over``."""
        if self.site.now < starts:
            return "to-come"
        return "under-way" if self.site.now < ends else "over"

    def next_window(self, page: Page | None = None) -> tuple[datetime, datetime] | None:
        """Return when contributions are taken, by a page or at all: now, or the next time; none where it is over."""
        windows = self.site.windows(page) if page else self.site.settings.windows
        return min((window for window in windows if window[1] > self.site.now), default=None)

    def closed_since(self, page: Page) -> datetime | None:
        """Return when the page's last window closed."""
        return max((end for _, end in self.site.windows(page) if end <= self.site.now), default=None)

    def names(self) -> dict[str, Any]:
        """Return everything that templates find by its name."""
        site = self.site
        functions: Iterable[Callable[..., object]] = (
            self.url, self.absolute, self.localised, self.asset, self.reply_url, self.support_url, self.report_url, self.leaf_url, self.contribution_url,
            self.text, self.body, self.passages, self.has_passage, self.passage_url, self.markdown, self.words, self.is_long, self.url_of_whole, self.excerpt, self.listed, self.by_topic, self.topic, self.menu,
            self.documents_of, self.people_of, self.naming, self.facts, self.file_url, self.districts_of, self.resolve,
            self.sections, self.legal, self.discussion, self.structured, self.card, self.qr_code, self.commitments_of, self.contributions_of, self.stage, self.stage_changes, self.results, self.picture, self.answers, self.heard, self.meeting_state, self.time_state, self.next_window, self.figures,
            self.closed_since, form_id, option_label, translation.own_name, translation.direction,
        )  # fmt: skip
        return {function.__name__: function for function in functions} | {
            "site": site,
            "settings": site.settings,
            "language": self.language,
            "now": site.now,
            "live": site.live,
            "french_law": is_french(site.settings),
            "base": self.url("/"),
            "inbox": self.addresses.inbox,
            "logo": self.assets.names.get("logo", ""),
            "number_of": number,
            "dir": translation.direction(self.language),
        }


def below_content(path: PurePosixPath) -> PurePosixPath:
    """Return a file's path below ``content/``."""
    return path.relative_to("content") if path.is_relative_to("content") else path
