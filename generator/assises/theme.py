"""A theme: templates, static files and catalogues, found and read once; what they are wrong in, at its line."""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import jinja2
from babel import UnknownLocaleError
from babel.messages.pofile import PoFileError
from jinja2.bccache import Bucket

from assises import tree
from assises.problems import ContentError, Location, Problem, message
from assises.schema import Context, read
from assises.source import check_inside, files_below, read_files, refuse
from assises.templating import engine
from assises.translation import Formats, catalogue

DEFAULT = "default"
MANIFEST = "theme.yaml"
_SHIPPED = "assises_themes"
_TEXT = (".html", ".css", ".yaml", ".po", ".svg")
_CATALOGUE = re.compile(r"locales/([^/]+)/LC_MESSAGES/theme\.po")
_UNREADABLE = (ValueError, LookupError, RecursionError, PoFileError, UnknownLocaleError)
"""What Babel raises on a broken catalogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Documented:
    """A name that themes may rely on, and what it stands for."""

    name: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """theme.yaml."""

    format: Literal[1]
    title: str
    version: str
    variables: tuple[Documented, ...] = ()
    """What every template may use."""

    blocks: tuple[Documented, ...] = ()
    """What a page may fill in the frame."""

    classes: tuple[Documented, ...] = ()
    """What pages made elsewhere write in their HTML."""

    tokens: tuple[Documented, ...] = ()
    """What the style sheet takes colours, letters, sizes and spaces from."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file of a theme."""

    data: bytes
    path: PurePosixPath
    """Where it was found, as problems show it."""


@dataclass(frozen=True)
class Theme:
    """All files of a theme: the site's own laid over the shipped ones, file by file."""

    name: str
    manifest: Manifest
    files: Mapping[str, Source]
    """By path within the theme: ``templates/base.html``."""

    covered: Mapping[str, Source] = field(default_factory=dict)
    """Shipped files that the site's own took the place of, by path within the theme."""

    @cached_property
    def static(self) -> Mapping[str, bytes]:
        """The files of ``static/``, by path below it."""
        return self._below("static/")

    @cached_property
    def templates(self) -> tuple[str, ...]:
        """The names of all templates."""
        return tuple(sorted(name for name in self._below("templates/") if name.endswith(".html")))

    def catalogue(self, language: str) -> bytes | None:
        """Return the ``.po`` file of a language."""
        source = self.files.get(f"locales/{language.replace('-', '_')}/LC_MESSAGES/theme.po")
        return source.data if source else None

    def _below(self, folder: str) -> dict[str, bytes]:
        found = self.files.items()
        return {path.removeprefix(folder): file.data for path, file in found if path.startswith(folder)}


class _Compiled(jinja2.BytecodeCache):
    """Templates compiled once a process, by their source: each language has an engine of its own."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket, where its source was compiled before."""
        if code := self._code.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._code[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def load_theme(root: Path, name: str) -> tuple[Theme | None, list[Problem]]:
    """Return the theme that a site asks for, and what is wrong with it.

    The files of the site's own ``themes/<name>/`` come before those of the shipped theme of that name, and
    these before the default theme's.
    """
    shipped = files(_SHIPPED)
    own = PurePosixPath("themes", name)
    has_own = os.path.lexists(root / own / MANIFEST)
    layers = [layer for layer in dict.fromkeys((DEFAULT, name)) if (shipped / layer / MANIFEST).is_file()]
    if name not in layers and not has_own:
        names = ", ".join(sorted(item.name for item in shipped.iterdir() if (item / MANIFEST).is_file()))
        what = message('There is no theme "{name}".', name=name)
        mend = message(
            "Make themes/{name}/theme.yaml, or take a shipped theme: {names}.", name=name, names=names
        )
        return None, [Problem(Location(PurePosixPath("site.yaml")), what, mend)]
    merged: dict[str, Source] = {}
    for layer in layers:
        merged |= _read(shipped / layer, PurePosixPath(_SHIPPED, layer))
    shipped_files = dict(merged)
    problems = _lay_over(merged, root, own) if has_own else []
    if problems := problems or _encoding_problems(merged) or _catalogue_problems(merged):
        return None, problems
    manifest, problems = _manifest(merged)
    if manifest is None:
        return None, problems
    covered = {path: source for path, source in shipped_files.items() if merged[path] is not source}
    return Theme(name, manifest, dict(sorted(merged.items())), covered), problems


def environment(theme: Theme, formats: Formats, names: Mapping[str, Any]) -> jinja2.Environment:
    """Return the template engine for one language.

    Args:
        theme: whose templates and catalogue it reads.
        formats: how the language writes dates and numbers.
        names: what every template and component may use.
    """
    words = catalogue(theme.catalogue(formats.language), formats.language)
    made = engine(lambda name: _template(theme, name), formats.language, formats.zone, words, _COMPILED)
    made.globals.update(names)
    return made


def template_problem(theme: Theme, error: Exception) -> ContentError:
    """Return what is wrong with a template, at its line: the last one that was at work."""
    places = {str(source.path) for source in theme.files.values()}
    if isinstance(error, jinja2.TemplateSyntaxError):
        where = Location(PurePosixPath(error.filename or error.name or "templates"), error.lineno)
    else:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in places]
        where = Location(PurePosixPath(frames[-1].filename), frames[-1].lineno or 1) if frames else _NOWHERE
    what = message("The template cannot be used: {error}.", error=str(error).rstrip("."))
    return ContentError([Problem(where, what)])


_NOWHERE = Location(PurePosixPath("templates"))


def _template(theme: Theme, name: str) -> tuple[str, str, None] | None:
    source = theme.files.get(f"templates/{name}")
    return (source.data.decode(), str(source.path), None) if source else None


def _read(folder: Traversable, shown: PurePosixPath) -> dict[str, Source]:
    found: dict[str, Source] = {}
    waiting = [(folder, PurePosixPath())]
    while waiting:
        parent, path = waiting.pop()
        for item in parent.iterdir():
            below = path / item.name
            if item.name.startswith((".", "__")):
                continue
            if item.is_dir():
                waiting.append((item, below))
            else:
                found[str(below)] = Source(item.read_bytes(), shown / below)
    return found


def _lay_over(merged: dict[str, Source], root: Path, own: PurePosixPath) -> list[Problem]:
    """Add the files of the site's own theme to the shipped ones, and return what is wrong with them.

    Nothing but a file within the site is read: a theme that is fetched from elsewhere must not publish this
    machine's files, nor hold up a build for ever.
    """
    problems: list[Problem] = []
    for path in (*_own_folders(root, own, merged), *files_below(root, str(own))):
        below = path.relative_to(own)
        if any(part.startswith("__") for part in below.parts):
            continue
        try:
            check_inside(root, path)
            if not (root / path).is_file():
                raise refuse(Location(path), message("This is not a file, nor a link to a file."))
            merged[str(below)] = Source(read_files(root, [path])[path], path)
        except ContentError as error:
            problems += error.problems
    return problems


def _own_folders(root: Path, own: PurePosixPath, merged: Mapping[str, Source]) -> list[PurePosixPath]:
    """Return folders that are but links, which are not entered, and those that stand where a file should."""
    found = (
        PurePosixPath(path.relative_to(root).as_posix()) for path in (root / own).rglob("*") if path.is_dir()
    )
    return sorted(
        path for path in found if (root / path).is_symlink() or str(path.relative_to(own)) in merged
    )


def _encoding_problems(files: Mapping[str, Source]) -> list[Problem]:
    return [
        Problem(Location(found.path), message("This file is not encoded in UTF-8."))
        for path, found in files.items()
        if path.endswith(_TEXT) and not _is_utf8(found.data)
    ]


def _catalogue_problems(files: Mapping[str, Source]) -> list[Problem]:
    problems = []
    for path, found in files.items():
        if language := _CATALOGUE.fullmatch(path):
            try:
                catalogue(found.data, language[1])
            except _UNREADABLE as error:
                what = message("This catalogue cannot be read ({why}).", why=str(error).rstrip("."))
                problems.append(Problem(Location(found.path), what))
    return problems


def _manifest(files: Mapping[str, Source]) -> tuple[Manifest | None, list[Problem]]:
    found = files[MANIFEST]
    node, problems = tree.parse(found.data.decode("utf-8-sig"), found.path)
    context = Context(start=Location(found.path), problems=problems)
    return read(node, Manifest, context=context), context.problems


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
