"""Site → every link that leads nowhere, and every address that two things claim. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from assises import markdown
from assises.content import Discussed, Meeting, Page, Person, Topic
from assises.contribution import is_id
from assises.discussion import FOLDER
from assises.file_names import CONTENT, check_name
from assises.page_links import links
from assises.problems import NOTHING, Location, Message, Problem, Severity, message
from assises.scalars import RefusedError, closest, did_you_mean, shown
from assises.site import Site, address, language_prefix

_ALIAS = re.compile(r"/(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_FILES = ("/404.html", "/forms.json", "/robots.txt", "/sitemap.xml")
_FILES_OF_CONSULTATION = ("/contributions.jsonl",)
_SUBTREES = ("/assets/", "/desk/", "/inbox/")
_HREFS = ("registration", "alternative", "online", "easy_to_read", "sign_language")
"""Keys of front matter that lead somewhere."""


def place(page: Page, key: str) -> Location:
    """Return where a key of a page stands, or else where the page begins."""
    return page.places.get(key, Location(page.path))


def hrefs(page: Page) -> Iterator[tuple[str, str]]:
    """Yield where in the front matter of a page a link stands, and where it leads."""
    for key in _HREFS:
        if href := getattr(page, key, ""):
            yield key, href
    if isinstance(page, Meeting):
        for index, recording in enumerate(page.recordings):
            yield f"recordings.{index}.transcript", recording.transcript
            if recording.url:
                yield f"recordings.{index}.url", recording.url


def named_file(page: Page, href: str) -> PurePosixPath | None:
    """Return the file of the site that a link of a page would lead to, or None where it has no path."""
    path = unquote(parted(href)[0])
    if path.startswith("/"):
        return CONTENT / path.lstrip("/")
    return PurePosixPath(posixpath.normpath(page.path.parent / path)) if path else None


def pictured(site: Site) -> frozenset[PurePosixPath]:
    """Return the files that pages show as pictures."""
    shown = set[PurePosixPath | None]()
    for page in site.content.pages:
        shown |= {named_file(page, link.href) for link in links(page.body) if link.is_image}
        match page:
            case Person():
                shown.add(page.photo)
            case Meeting():
                shown |= {photo.file for photo in page.photos}
    return frozenset(path for path in shown if path)


def too_early(site: Site, source: Page, target: Page) -> Message | None:
    """Return what is wrong with naming `target` in `source`, where the one can be read before the other."""
    appears = site.appears(target)
    if not appears or appears <= max(site.now, site.appears(source) or site.now):
        return None
    day = appears.astimezone(site.settings.time_zone).date()
    return message(
        "“{page}” only appears on {day}; until then this link is broken.", page=target.path, day=day
    )


# --- addresses


def address_problems(site: Site) -> Iterator[Problem]:
    """Yield every page, alias and file whose address is taken, or no address at all."""
    owners: dict[str, PurePosixPath | None] = {_key(taken): None for taken in _own_addresses(site)}
    trees = tuple(_own_subtrees(site))
    for claimed, at in _claims(site):
        if f"{_key(claimed)}/".startswith(trees):
            yield _taken(claimed, at, None)
        elif _key(claimed) in owners:
            yield _taken(claimed, at, owners[_key(claimed)])
        else:
            owners[_key(claimed)] = at.path
    for page in site.content.pages:
        for index, alias in enumerate(page.aliases):
            yield from _alias_problems(alias, place(page, f"aliases.{index}"))


def _claims(site: Site) -> Iterator[tuple[str, Location]]:
    """Yield each address that a file asks for; pages first, so that an alias never hides one."""
    for page in site.content.pages:
        yield address(page, site.language), Location(page.path)
    for file in site.content.files:
        yield _file_address(file), Location(file)
    for page in site.content.pages:
        for index, alias in enumerate(page.aliases):
            if _ALIAS.fullmatch(alias):
                yield alias, place(page, f"aliases.{index}")


def _taken(claimed: str, at: Location, owner: PurePosixPath | None) -> Problem:
    if owner is None:
        what = message("The site itself uses the address “{address}”.", address=claimed)
    else:
        what = message("The address “{address}” is that of “{owner}” too.", address=claimed, owner=owner)
    return Problem(at, what, message("Choose another name."))


def _alias_problems(alias: str, at: Location) -> Iterator[Problem]:
    if not _ALIAS.fullmatch(alias):
        what = message("“{alias}” is not an address within the site.", alias=shown(alias))
        yield Problem(at, what, message("Write it between slashes, such as “/former/”."))
        return
    try:
        check_name(PurePosixPath(alias.strip("/")))
    except RefusedError as refused:
        yield Problem(at, refused.what)


def _own_addresses(site: Site) -> Iterator[str]:
    yield from _FILES
    yield from _FILES_OF_CONSULTATION if site.settings.consults else ()
    for language in site.settings.languages:
        prefix = language_prefix(language, site.language)
        if ("index", language) not in site.pages:
            yield f"{prefix}/"
        yield from (prefix + name for name in _feeds(site))
        yield from (f"{prefix}/{folder}/" for folder in site.sections)
    for page in site.content.pages:
        below = {Topic: ("feed.xml",), Meeting: ("meeting.ics", "poster/")}.get(type(page), ())
        yield from (address(page, site.language) + name for name in below)


def _feeds(site: Site) -> Iterator[str]:
    """Yield what each language has for machines to read."""
    yield "/feed.xml"
    if site.settings.consults:
        yield "/contributions.xml"
    if "meetings" in site.sections:
        yield "/meetings.ics"


def _own_subtrees(site: Site) -> Iterator[str]:
    yield from _SUBTREES
    yield from (
        f"{address(page, site.language)}{FOLDER}/"
        for page in site.content.pages
        if isinstance(page, Discussed)
    )
    for language in site.settings.languages:
        prefix = language_prefix(language, site.language)
        trees = ("/ledger/", "/search/") if site.settings.consults else ("/search/",)
        yield from (_key(prefix + tree) + "/" for tree in trees)


def _key(claimed: str) -> str:
    """Return what two addresses have in common that cannot both exist on every disk and server."""
    return claimed.casefold().rstrip("/")


def _file_address(file: PurePosixPath) -> str:
    return f"/{file.relative_to(CONTENT)}" if file.is_relative_to(CONTENT) else f"/{file}"


def addresses(site: Site) -> frozenset[str]:
    """Return every address that something of the site has."""
    return frozenset(_Targets(site).by_address)


# --- links


def parted(href: str) -> tuple[str, str, str]:
    """Return a link's path, its query with “?” and its fragment with “#”, as they are written."""
    rest, hash, fragment = href.partition("#")
    path, mark, query = rest.partition("?")
    return path, mark + query, hash + fragment


def link_problems(site: Site) -> Iterator[Problem]:
    """Yield every link within a page's Markdown that does not lead where it should."""
    targets = _Targets(site)
    for page in site.content.pages:
        for link in links(page.body):
            at = Location(page.path, page.body_line + link.line - 1, link.column)
            for what, mend, severity in targets.problems(page, link.href):
                yield Problem(at, what, mend, severity)
        for key, href in hrefs(page):
            for what, mend, severity in targets.problems(page, href):
                yield Problem(place(page, key), what, mend, severity)


Finding = tuple[Message, Message, Severity]
"""What is wrong, how to mend it, and how grave it is."""


@dataclass(frozen=True)
class _Targets:
    """Everything that a link can lead to."""

    site: Site

    @cached_property
    def by_address(self) -> dict[str, Page | None]:
        """Pages by their addresses; None for everything else that has one."""
        site = self.site
        others = [*_own_addresses(site), *_own_subtrees(site), *map(_file_address, site.content.files)]
        aliases = [alias for page in site.content.pages for alias in page.aliases]
        found: dict[str, Page | None] = dict.fromkeys([*others, *aliases])
        return found | {address(page, site.language): page for page in site.content.pages}

    @cached_property
    def drafts(self) -> frozenset[str]:
        """Ids of pages that are held back."""
        return frozenset(page.id for page in self.site.content.held_back)

    @cached_property
    def anchors(self) -> dict[PurePosixPath, frozenset[str]]:
        """The anchors of pages that were asked for."""
        return {}

    def problems(self, page: Page, href: str) -> Iterator[Finding]:
        """Yield what is wrong with a link of `page`."""
        path, _, fragment = parted(href)
        path, fragment = unquote(path), unquote(fragment.removeprefix("#"))
        if not href:
            yield message("This link has no address."), NOTHING, "error"
        elif scheme := _SCHEME.match(href):
            yield from _outside(href, scheme[1].lower())
        elif href.startswith("//"):
            yield (
                message("“{href}” lacks its beginning.", href=shown(href)),
                message("Write “https:” first."),
                "error",
            )
        elif beginning := _lacking(path):
            what = message("“{href}” lacks its beginning.", href=shown(href))
            yield what, message("Write “{whole}”.", whole=beginning + shown(href)), "error"
        elif not path:
            yield from self._fragment(page, fragment)
        elif path.startswith("/"):
            yield from self._address(page, path, fragment)
        else:
            yield from self._file(page, path, fragment)

    def _address(self, page: Page, path: str, fragment: str) -> Iterator[Finding]:
        if path not in self.by_address:
            what = message("The site has no address “{address}”.", address=shown(path))
            guess = f"{path}/" if f"{path}/" in self.by_address else closest(path, self.by_address)
            yield what, message("Did you mean “{guess}”?", guess=guess) if guess else _BY_FILE, "error"
        elif target := self.by_address[path]:
            yield from self._page(page, target, fragment)

    def _file(self, page: Page, path: str, fragment: str) -> Iterator[Finding]:
        file = PurePosixPath(posixpath.normpath(page.path.parent / path))
        id, language = _page_name(file)
        if file.suffix == ".md" and (target := self.site.page(id, language or page.language)):
            yield from self._page(page, target, fragment)
        elif file.suffix == ".md" and id in self.drafts:
            mend = message("Publish that page first, or take the link out.")
            yield message("“{href}” is a draft.", href=shown(path)), mend, "error"
        elif file not in self.site.content.files and id not in self.site.content.broken:
            what = message("There is no file “{href}” beside this one.", href=shown(path))
            yield what, self._nearest(page, path), "error"

    def _nearest(self, page: Page, path: str) -> Message:
        files = [*(other.path for other in self.site.content.pages), *self.site.content.files]
        near = [posixpath.relpath(file, page.path.parent) for file in files]
        same_name = [file for file in near if PurePosixPath(file).name == PurePosixPath(path).name]
        guess = same_name[0] if len(same_name) == 1 else closest(path, near)
        return message("Did you mean “{guess}”?", guess=guess) if guess else _BY_FILE

    def _page(self, source: Page, page: Page, fragment: str) -> Iterator[Finding]:
        if what := too_early(self.site, source, page):
            yield what, NOTHING, "warning"
        yield from self._fragment(page, fragment)

    def _fragment(self, page: Page, fragment: str) -> Iterator[Finding]:
        if not fragment or is_id(fragment) or fragment in markdown.THEME_ANCHORS:
            return
        if page.path not in self.anchors:
            self.anchors[page.path] = markdown.anchors(page.body)
        known = self.anchors[page.path]
        if fragment not in known:
            what = message("“{page}” has no heading “#{anchor}”.", page=page.path, anchor=shown(fragment))
            yield what, did_you_mean(fragment, known), "error"


_BY_FILE = message("Put the file there, or write the way to it from this one, such as “../pages/method.md”.")
_DOMAIN = re.compile(
    r"www\.|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:fr|com|org|net|eu|info|gouv|re|bzh|paris)(?:/|$)", re.IGNORECASE
)
_EMAIL = re.compile(r"[^@\s/]+@[^@\s/]+\.[a-z]+", re.IGNORECASE)


def _lacking(path: str) -> str:
    """Return what an address of the web or of a mailbox needs before it; empty where it is neither."""
    if _EMAIL.fullmatch(path):
        return "mailto:"
    return "https://" if _DOMAIN.match(path) else ""


def _outside(href: str, scheme: str) -> Iterator[Finding]:
    try:
        whole = bool(urlsplit(href).hostname) or scheme not in ("http", "https")
    except ValueError:
        whole = False
    if scheme not in _SCHEMES or not whole:
        yield (
            message("“{href}” is not an address that everybody can open.", href=shown(href)),
            NOTHING,
            "error",
        )


def _page_name(file: PurePosixPath) -> tuple[str, str]:
    """Return the id and the language that a Markdown file's path tells."""
    if not file.is_relative_to(CONTENT) or file == CONTENT:
        return "", ""
    stem, _, language = file.name.removesuffix(".md").partition(".")
    return file.relative_to(CONTENT).with_name(stem or "-").as_posix(), language
