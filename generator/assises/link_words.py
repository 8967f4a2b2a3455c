"""A page → its links and images whose words say nothing to those who do not see what is around them. Pure.

Criteria are those of RGAA 4, the French reading of WCAG.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assises.content import Page
from assises.page_links import Link, links
from assises.problems import Location, Message, Problem, Severity, message
from assises.scalars import shown

_VAGUE = frozenset(
    """ici|ici même|par ici|c’est ici|là|cliquez|cliquez ici|cliquer ici|cliquez sur ce lien|clic|lien|ce lien|le lien|
    suivez ce lien|lire la suite|la suite|suite|en savoir plus|en savoir +|savoir plus|plus|plus d’info|plus d’infos|
    plus d’informations|voir|voir plus|voir ici|voir le lien|consulter|accéder|détail|détails|télécharger|téléchargez|
    télécharger ici|document|le document|ce document|fichier|pdf|page|cette page|la page|site|le site|url|web|
    here|click|click here|right here|link|the link|this link|read more|read on|more|learn more|find out more|see more|
    see here|more info|more information|info|details|download|download here|this page|file|website""".replace(
        "\n    ", ""
    ).split("|")
)
"""Words of a link that say nothing where links are read one after the other."""

_FILE_NAME = re.compile(
    r"(?:img|dscn?|image|photo|capture|scan|screenshot)[ _-]?[\d _-]*|\S*\.(?:jpe?g|png|gif|svg|webp)",
    re.IGNORECASE,
)
_EMPTY_ALT = frozenset({"image", "photo", "logo", "illustration", "picture", "img", "alt", "texte", "text"})
_ADDRESS = re.compile(r"https?://|www\.", re.IGNORECASE)
_OWN_COMPUTER = re.compile(
    r"https?://(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?=[:/]|$)", re.IGNORECASE
)  # what the preview is read at

Finding = tuple[Message, Message, Severity, Message]
"""What is wrong, how to mend it, how grave it is, and why it matters."""


def link_word_problems(page: Page) -> Iterator[Problem]:
    """Yield what is wrong with the words of a page's links and images, and links to the writer's own computer."""
    found = links(page.body)
    first: dict[str, Link] = {}
    for before, link in zip((None, *found), found, strict=False):
        at = Location(page.path, page.body_line + link.words_at[0] - 1, link.words_at[1])
        if _OWN_COMPUTER.match(link.href):
            yield Problem(at, *_OWN)
        if not link.text.strip() and _is_within(before, link):
            continue  # one slip: what is told of the image is enough
        if said := _image(link.text) if link.is_image else _link(link.text):
            what, mend, severity, why = said
            yield Problem(at, what, mend, severity, why)
        elif not link.is_image:
            other = first.setdefault(_plain(link.text), link)
            if _target(other) != _target(link):
                yield _two_targets(at, link, page.body_line + other.words_at[0] - 1)


def _is_within(inner: Link | None, link: Link) -> bool:
    """Return whether an image is all that a link shows."""
    return inner is not None and inner.is_image and not link.is_image and inner.words_at == link.words_at


_OWN = (
    message("This address is that of your own computer: nobody else can open it."),
    message("Write the way to the page’s file, such as “../pages/method.md”."),
)


def _two_targets(at: Location, link: Link, line: int) -> Problem:
    what = message(
        "“{words}” leads elsewhere here than the same words in line {line}.",
        words=shown(link.text),
        line=line,
    )
    mend = message("Say in each what is found there.")
    why = message("Many people hear the links of a page without the words around them (RGAA 6.1).")
    return Problem(at, what, mend, "warning", why)


def _target(link: Link) -> str:
    return link.href.removeprefix("./")


def _plain(words: str) -> str:
    return words.casefold().replace("'", "’").strip(' .…:!?»«<>→➜➔►“”"()[]\u00a0\u202f')


def _image(text: str) -> Finding | None:
    words = text.strip()
    if not words:
        return (
            message("This image has no text for those who do not see it."),
            message("Write between the brackets what it shows: “![The market hall](hall.jpg)”."),
            "error",
            message("Screen readers read it aloud (RGAA 1.1)."),
        )
    if words.casefold() in _EMPTY_ALT or _FILE_NAME.fullmatch(words):
        return (
            message("“{words}” does not say what the image shows.", words=shown(words)),
            message("Describe it in a few words."),
            "warning",
            message("Screen readers read it aloud (RGAA 1.3)."),
        )
    return None


def _link(text: str) -> Finding | None:
    words = text.strip()
    if not words:
        return (
            message("This link has no words."),
            message("Write between the brackets where it leads."),
            "error",
            message("Nobody can see, hear or touch it (RGAA 6.2)."),
        )
    if _ADDRESS.match(words):
        return (
            message("This link shows its address in place of words."),
            message("Write “[words](address)”, with the name of what is found there as words."),
            "warning",
            message("Screen readers spell it sign by sign (RGAA 6.1)."),
        )
    if _plain(words) in _VAGUE or not any(sign.isalnum() for sign in words):
        return (
            message("“{words}” does not say where the link leads.", words=shown(words)),
            message("Put the name of what is found there between the brackets."),
            "warning",
            message("Many people hear the links of a page without the words around them (RGAA 6.1)."),
        )
    return None
