"""content/ → pages, statements and files, or every problem among them.

The folder tells a page's kind, the file's name its address and language. A translation says what it
translates; dates, places and all other facts it takes from the page in the first language.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from assises import markdown, source, tree
from assises.attachments import Facts, document_faults, facts, file_problems
from assises.content import Content, Document, Page, Statement
from assises.file_names import CONTENT, CONTRIBUTIONS, PageFile, check_name, identify, shown_path
from assises.problems import ContentError, Location, Problem, message
from assises.scalars import RefusedError
from assises.schema import Context, read
from assises.settings import Settings
from assises.source import (
    check_inside,
    files_below,
    is_inside,
    linked_folders,
    read_files,
    read_text,
    sorted_problems,
)
from assises.statements import read_statements

_OWN = frozenset({"title", "summary", "aliases", "draft"})
"""Keys that a translation does not take from the page that it translates."""


def load_content(
    root: Path, settings: Settings, unread: frozenset[str] = frozenset()
) -> tuple[Content, list[Problem]]:
    """Return all that could be read below content/, and every problem, by file and line.

    `unread` are the keys of site.yaml that could not be read.
    """
    reader = _Reader(root, settings, unread)
    if not (root / CONTENT).is_dir():
        what, mend = message("This folder is missing."), message("Create it, with a file “index.md” in it.")
        return Content(), [Problem(Location(CONTENT), what, mend)]
    for path in linked_folders(root, str(CONTENT)):
        what = message("This folder is a link, and what is in it is not read.")
        mend = message("Put a copy of it here instead of a link.")
        reader.problems.append(Problem(Location(shown_path(path)), what, mend))
    for path in files_below(root, str(CONTENT)):
        reader.take(path)
    return reader.content(), sorted_problems(reader.problems)


@dataclass(slots=True)
class _Reader:
    root: Path
    settings: Settings
    unread: frozenset[str]
    problems: list[Problem] = field(default_factory=list)
    _pages: defaultdict[str, dict[str, PageFile]] = field(default_factory=lambda: defaultdict(dict))
    _statements: list[Statement] = field(default_factory=list)
    _files: list[PurePosixPath] = field(default_factory=list)
    _broken: set[str] = field(default_factory=set)
    _names: dict[str, PurePosixPath] = field(default_factory=dict)

    def take(self, path: PurePosixPath) -> None:
        """Read a statements' file; remember any other."""
        try:
            self._check_name(path)
            page = identify(path, self.settings.languages)
            if page:
                self._pages[page.id][page.language] = page
            elif path.parent == CONTRIBUTIONS:
                self._take_statements(path)
            else:
                check_inside(self.root, path)
                self._files.append(path)
        except RefusedError as refused:
            self.problems.append(Problem(Location(shown_path(path)), refused.what, refused.mend))
        except ContentError as error:
            self.problems += error.problems

    def content(self) -> Content:
        """Return everything that was taken, its pages read."""
        pages, held_back = list[Page](), list[Page]()
        for id in sorted(self._pages):
            for page in self._read_languages(id):
                (held_back if page.draft else pages).append(page)
        known = self._facts([*pages, *held_back])
        self.problems += file_problems(self.root, tuple(self._files))
        drafts = {page.id for page in held_back if page.language == self.settings.languages[0]}
        held_back += [page for page in pages if page.id in drafts]
        return Content(
            pages=tuple(page for page in pages if page.id not in drafts),
            held_back=tuple(sorted(held_back, key=lambda page: page.path)),
            statements=tuple(self._statements),
            files=tuple(self._files),
            facts=known,
            broken=frozenset(self._broken),
            unread=self.unread,
        )

    def _check_name(self, path: PurePosixPath) -> None:
        check_name(path)
        twin = self._names.setdefault(str(path).casefold(), path)
        if twin != path:
            what = message("“{twin}” has the same name in other letters.", twin=twin.name)
            raise RefusedError(what, message("Rename one of the two: many computers take them for one file."))

    def _take_statements(self, path: PurePosixPath) -> None:
        statements, problems = read_statements(read_text(self.root, path), path)
        self._statements += statements
        self.problems += problems

    def _read_languages(self, id: str) -> list[Page]:
        """Return the page in each of its languages, the first language first."""
        files = self._pages[id]
        first, *others = self.settings.languages
        if first not in files:
            file = next(iter(files.values()))
            what = message(
                "This page does not exist in the site’s first language, “{language}”.", language=first
            )
            mend = message("Write “{name}” too.", name=f"{file.stem}.md")
            self.problems.append(Problem(Location(file.path), what, mend))
            self._broken.add(id)
            return []
        original = self._parse(files[first])
        found = [self._read(files[first], original, None)] if original else []
        found += [
            self._read(files[language], parsed, original.front)
            for language in others
            if original and language in files and (parsed := self._parse(files[language]))
        ]
        pages = [page for page in found if page]
        if len(pages) < len(files):
            self._broken.add(id)
        return pages

    def _parse(self, file: PageFile) -> _Parsed | None:
        try:
            parts = source.split(read_text(self.root, file.path), file.path)
        except ContentError as error:
            self.problems += error.problems
            return None
        front, problems = tree.parse(parts.front, file.path, parts.front_line)
        if found := markdown.excess(parts.body):
            line, what, mend = found
            problems.append(Problem(Location(file.path, parts.body_line + line - 1), what, mend))
        self.problems += problems
        return None if problems else _Parsed(front, parts.body, parts.body_line)

    def _read(self, file: PageFile, parsed: _Parsed, original: tree.Node | None) -> Page | None:
        context = Context(
            start=Location(file.path),
            zone=self.settings.time_zone,
            languages=self.settings.languages,
            is_file=lambda path: is_inside(self.root, path) and (self.root / path).is_file(),
            folder=file.path.parent,
            known=self._known(),
        )
        page = read(
            _with_facts(parsed.front, original),
            file.kind,
            context=context,
            given={
                "id": file.id,
                "language": file.language,
                "path": file.path,
                "body": parsed.body,
                "body_line": parsed.body_line,
                "places": context.places,
            },
        )
        self.problems += context.problems
        return page

    def _facts(self, pages: Iterable[Page]) -> dict[PurePosixPath, Facts]:
        """Return what is known of the files that documents offer."""
        found: dict[PurePosixPath, Facts] = {}
        for page in pages:
            if not isinstance(page, Document):
                continue
            try:
                known = facts(page.file, read_files(self.root, [page.file])[page.file])
            except ContentError as error:
                self.problems += error.problems
                continue
            found[page.file] = known
            at = page.places.get("file", Location(page.path))
            for what, mend, severity, why in document_faults(known, bool(page.alternative)):
                self.problems.append(Problem(at, what, mend, severity, why))
        return found

    def _known(self) -> dict[str, dict[str, object]]:
        """Return what pages may name by id; nothing of a list that could not be read."""
        lists = {"venues": self.settings.venues}
        return {
            key: {item.id: item for item in items} for key, items in lists.items() if key not in self.unread
        }


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A page's file, its front matter read as YAML."""

    front: tree.Node | None
    body: str
    body_line: int


def _with_facts(front: tree.Node | None, original: tree.Node | None) -> tree.Node | None:
    """Return a translation's front matter with the facts of the page that it translates."""
    if not isinstance(front, tree.Mapping) or not isinstance(original, tree.Mapping):
        return front
    stated = {entry.key for entry in front.entries} | _OWN
    facts = tuple(entry for entry in original.entries if entry.key not in stated)
    return tree.Mapping(front.entries + facts, front.at)
