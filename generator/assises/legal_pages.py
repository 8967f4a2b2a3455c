"""The pages that the law asks for: every site has them all, whether the town writes words of its own or not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace

from assises.content import Content, Legal
from assises.file_names import CONTENT
from assises.problems import Message, message

TITLES: Mapping[str, Message] = {
    "notice": message("Legal notice"),
    "privacy": message("Personal data"),
    "charter": message("Moderation charter"),
    "accessibility": message("Accessibility"),
    "ecodesign": message("Ecodesign"),
    "cookies": message("Cookies"),
}
"""What each is called where the town gives it no title, in the order of the footer."""

SUMMARIES: Mapping[str, Message] = {
    "notice": message("Who publishes this site, who hosts it, whom to write to."),
    "privacy": message("What is recorded, why, for how long, and what you can ask for."),
    "charter": message("By which rules contributions are read, and what you can do about a decision."),
    "accessibility": message("How far this site can be read by everybody, and whom to tell when it cannot."),
    "ecodesign": message("What keeps this site light."),
    "cookies": message("None: so there is nothing to accept."),
}


def with_legal_pages(
    content: Content, translations: Mapping[str, Callable[[str], str]], needless: Collection[str] = ()
) -> Content:
    """Return the content with a page of each role in each language.

    Where the town wrote a page in one language, the others are made under that page's address.

    Args:
        content: what stands in the site's files.
        translations: what translates an English sentence, by language; the first is the site's own.
        needless: roles without which such a site does well, unless somebody writes them.
    """
    made = tuple(page for page in _missing(content, translations) if page.role not in needless)
    pages = sorted((*content.pages, *made), key=lambda page: (page.id, page.language))
    return replace(content, pages=tuple(pages)) if made else content


def _missing(content: Content, translations: Mapping[str, Callable[[str], str]]) -> Iterator[Legal]:
    held_back = (page for page in content.held_back if isinstance(page, Legal))
    written = [*(page for page in content.pages if isinstance(page, Legal)), *held_back]
    taken = {page.id for page in (*content.pages, *content.held_back)} | content.broken
    for number, role in enumerate(TITLES, 1):
        of_role = [page for page in written if page.role == role]
        id = of_role[0].id if of_role else f"{Legal.folder}/{role}"
        if not of_role and id in taken:
            continue
        for language, translate in translations.items():
            if not any(page.language == language for page in of_role):
                suffix = "" if language == next(iter(translations)) else f".{language}"
                yield Legal(
                    title=translate(TITLES[role].text),
                    summary=translate(SUMMARIES[role].text),
                    order=of_role[0].order if of_role else number,
                    role=role,  # type: ignore[arg-type]
                    id=id,
                    language=language,
                    path=CONTENT / f"{id}{suffix}.md",
                    body="",
                    body_line=1,
                    places={},
                )
