"""A file's path below content/ → what it is: a page's kind, id and language, or an attachment."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

from assises.content import KINDS, Home, Page
from assises.contribution import is_page_id
from assises.problems import message
from assises.scalars import RefusedError, did_you_mean, shown
from assises.slugs import slug

CONTENT = PurePosixPath("content")
CONTRIBUTIONS = CONTENT / "contributions"

_KINDS: dict[str, type[Page]] = {kind.folder: kind for kind in KINDS}
_MARKUP = frozenset({".html", ".htm", ".markdown", ".mdx", ".rst"})

_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
"""Windows opens a device under these names: https://learn.microsoft.com/windows/win32/fileio/naming-a-file."""

_ILLEGAL = re.compile(r"[<>:\"|?*\\\x00-\x1f]|[. ]$")
"""What NTFS does not take in a name."""


@dataclass(frozen=True, slots=True)
class PageFile:
    """A Markdown file, by what its path tells."""

    kind: type[Page]
    id: str
    language: str
    path: PurePosixPath

    @property
    def stem(self) -> str:
        """The file's name without language and ending."""
        return self.path.name.partition(".")[0]


def identify(path: PurePosixPath, languages: tuple[str, ...]) -> PageFile | None:
    """Return which page a file is, or None for statements and attachments.

    Raises:
        RefusedError: it lies in the wrong place or is wrongly named.
    """
    ending = path.suffix.lower()
    if (ending == ".jsonl") != (path.parent == CONTRIBUTIONS):
        raise RefusedError(
            message("Files “.jsonl”, and only they, lie in “{folder}”.", folder=CONTRIBUTIONS),
            message("Move this file."),
        )
    if ending in _MARKUP:
        raise RefusedError(
            message("Pages in “{ending}” are not read.", ending=ending),
            message("Write the page in Markdown, in a file whose name ends in “.md”."),
        )
    if ending != ".md":
        return None
    stem, language = _language(path, languages)
    kind, id = _kind(path, stem)
    if not is_page_id(id) or not path.name.endswith((f"{stem}.md", f"{stem}.{language}.md")):
        raise RefusedError(
            message("“{name}” cannot be part of a web address.", name=shown(path.name)),
            message(
                "Rename the file to “{name}”.", name=f"{slug(stem) or 'page'}{path.name[len(stem) :].lower()}"
            ),
        )
    return PageFile(kind, id, language, path)


def check_name(path: PurePosixPath) -> None:
    """Check that every system can hold a file of this name.

    Raises:
        RefusedError: one cannot.
    """
    for name in path.parts:
        if _RESERVED.fullmatch(name):
            raise RefusedError(message("Windows keeps the name “{name}” for itself.", name=name), _RENAME)
        if _ILLEGAL.search(name) or not name.isprintable():
            raise RefusedError(
                message("“{name}” has a sign that Windows does not take.", name=shown(name)), _RENAME
            )
        if len(name.encode()) > 200:
            raise RefusedError(message("The name “{name}” is too long.", name=shown(name)), _RENAME)
        if not unicodedata.is_normalized("NFC", name):
            raise RefusedError(
                message("“{name}” has an accent written as a sign of its own.", name=name), _RENAME
            )


_RENAME = message("Rename the file or folder, best with small letters, digits and hyphens only.")


def shown_path(path: PurePosixPath) -> PurePosixPath:
    """Return a path that can be printed, whatever bytes its names are made of."""
    return PurePosixPath(str(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def _language(path: PurePosixPath, languages: tuple[str, ...]) -> tuple[str, str]:
    stem, _, language = path.name[: -len(".md")].partition(".")
    if language == languages[0]:
        raise RefusedError(
            message("The site’s first language, “{language}”, needs no mark.", language=language),
            message("Rename the file to “{name}”.", name=f"{stem}.md"),
        )
    if language and language not in languages:
        raise RefusedError(
            message("“{language}” is not a language of this site.", language=shown(language)),
            did_you_mean(language, languages[1:]) if len(languages) > 1 else _ADD_LANGUAGE,
        )
    return stem, language or languages[0]


_ADD_LANGUAGE = message(
    "Name it under “languages” in site.yaml, or take the full stop out of the file’s name."
)


FRENCH_FOLDERS = {
    "themes": "topics", "sujets": "topics", "rencontres": "meetings", "reunions": "meetings",
    "actualites": "news", "actus": "news", "engagements": "commitments", "textes": "texts", "personnes": "people",
    "elus": "people", "mentions-legales": "legal", "pages-legales": "legal",
}  # fmt: skip
"""What French writers call some folders, by slug."""


def _kind(path: PurePosixPath, stem: str) -> tuple[type[Page], str]:
    folder = path.parent.relative_to(CONTENT).as_posix()
    if folder == "." and stem == "index":
        return Home, stem
    folders = ", ".join(sorted(_KINDS))
    if folder == ".":
        raise RefusedError(
            message("This page lies in no folder."),
            message("Move it into one of these: {folders}.", folders=folders),
        )
    first, _, below = folder.partition("/")
    if first not in _KINDS:
        raise RefusedError(
            message("Pages cannot lie in “{folder}”.", folder=shown(folder)),
            message("Did you mean “{guess}”?", guess=FRENCH_FOLDERS[slug(first)])
            if slug(first) in FRENCH_FOLDERS
            else did_you_mean(first, _KINDS),
        )
    if below:
        raise RefusedError(
            message("Pages cannot lie in folders within “{folder}”.", folder=first),
            message("Move the file into “{folder}” itself.", folder=first),
        )
    if stem == "index":
        raise RefusedError(
            message("The list of “{folder}” is made by itself.", folder=first),
            message("Give the page another name."),
        )
    return _KINDS[first], f"{folder}/{stem}"
