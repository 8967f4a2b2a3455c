"""The documents as a site of Assises, in English and, below it, in French: ``make docs``.

On a forge they are read as they lie, one Markdown file beside the other; here each becomes a page of a site that only
informs. Its first page is the folder's README.md, whose first list is the menu.
"""

from __future__ import annotations

import json
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assises.markdown import tokens

REPOSITORY = Path(__file__).resolve().parent.parent.parent
HOME = PurePosixPath("content/index.md")
_LINK = re.compile(r"(!?)\[([^\[\]]*)\]\(([^()\s]+)\)")
_CODE = re.compile(r"(?ms)^```.*?^```$|`[^`\n]+`")
_OWN_MACHINE = re.compile(r"<(http://127\.0\.0\.1[^>]*)>")
_LIST = re.compile(r"(?m)(?:^- .*\n)+")
OTHERS = {
    "en": (
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CHANGELOG.md",
        "themes/assises_themes/default/README.md",
    ),
    "fr": ("README.fr.md",),
}
"""Documents outside of docs/ that belong to it."""

NAMES = {
    "docs/desk.md": "moderation-desk",
    "README.md": "overview",
    "README.fr.md": "presentation",
    "themes/assises_themes/default/README.md": "default-theme",
}
"""What pages are called whose file says nothing of them, or whose name a site keeps for itself."""


@dataclass(frozen=True, slots=True)
class Half:
    """The documents in one language."""

    language: str
    folder: PurePosixPath
    """Where they lie: ``docs/fr``."""

    below: str
    """Where their site lies below the whole: ``fr/``."""

    @property
    def places(self) -> dict[PurePosixPath, PurePosixPath]:
        """Where each document goes in the site, by its place in the repository."""
        here = [
            PurePosixPath(path.relative_to(REPOSITORY).as_posix())
            for path in (REPOSITORY / self.folder).glob("*.md")
        ]
        found = sorted(path for path in here if path.name != "README.md")
        found += [PurePosixPath(name) for name in OTHERS[self.language]]
        pages = {
            path: HOME.parent / "pages" / f"{NAMES.get(str(path), path.stem.lower())}.md" for path in found
        }
        return {self.folder / "README.md": HOME, **pages}


HALVES = (Half("en", PurePosixPath("docs"), ""), Half("fr", PurePosixPath("docs/fr"), "fr/"))


def main(output: str = "dist-docs", base: str = "https://assises.example/docs/") -> int:
    """Build both halves into `output`, to be read at `base`; return the exit code."""
    for half in HALVES:
        with tempfile.TemporaryDirectory() as folder:
            lay_out(half, Path(folder), base)
            line = ["build", folder, "-o", str(Path(output) / half.below), "--base", f"{base}{half.below}"]
            done = subprocess.run([Path(sys.executable).with_name("assises"), *line], check=False)
        if done.returncode:
            return done.returncode
    return 0


def lay_out(half: Half, root: Path, base: str) -> None:
    """Write a half's documents into `root` as the files of a site."""
    shutil.copy(REPOSITORY / half.folder / "site.yaml", root)
    places = half.places
    menu = listed(half)
    for document, place in places.items():
        text = (REPOSITORY / document).read_text(encoding="utf-8")
        title, body = parted(text)
        front = [f"title: {json.dumps(title, ensure_ascii=False)}"]
        if document in menu:
            front += ["menu: true", f"order: {menu.index(document) + 1}"]
        elif place != HOME:
            front.append(f"order: {len(menu) + 1}")
        lines = "\n".join(["---", *front, "---", moved(fenced(body), document, place, half, base)])
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text(lines, encoding="utf-8", newline="\n")
    for path in files(half):
        (root / HOME.parent / "pages" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / half.folder / path, root / HOME.parent / "pages" / path)


def parted(text: str) -> tuple[str, str]:
    """Return a document's title and what follows it."""
    first, _, body = text.partition("\n")
    return first.removeprefix("# "), body


def listed(half: Half) -> list[PurePosixPath]:
    """Return the documents of the first list of the half's README.md."""
    text = (REPOSITORY / half.folder / "README.md").read_text(encoding="utf-8")
    found = _LIST.search(text)
    links = _LINK.findall(found[0]) if found else []
    return [PurePosixPath(posixpath.normpath(half.folder / link)) for _, _, link in links]


def files(half: Half) -> Iterator[PurePosixPath]:
    """Yield what the half's documents show or offer beside themselves, by its path within their folder."""
    root = REPOSITORY / half.folder
    for path in sorted([*root.glob("images/*"), *root.glob("*.json")]):
        yield PurePosixPath(path.relative_to(root).as_posix())


def moved(text: str, document: PurePosixPath, place: PurePosixPath, half: Half, base: str) -> str:
    """Return a document's text, its links as from its place in the site; code stays as it is."""
    pages = {page: (other, there) for other in HALVES for page, there in other.places.items()}
    offered = {half.folder / path: HOME.parent / "pages" / path for path in files(half)}

    def link(found: re.Match[str]) -> str:
        mark, words, href = found.groups()
        path, hash, fragment = href.partition("#")
        if not path or ":" in path:
            return found[0]
        target = PurePosixPath(posixpath.normpath(document.parent / path))
        if target in offered:
            return f"{mark}[{words}]({_way(place, offered[target])})"
        if target not in pages:
            return words  # a file of the repository that is no document
        other, there = pages[target]
        if other is half:
            return f"[{words}]({_way(place, there)}{hash}{fragment})"
        return f"[{words}]({base}{other.below}{'' if there == HOME else there.stem + '/'}{hash}{fragment})"

    return outside_code(text, lambda part: _OWN_MACHINE.sub(r"`\1`", _LINK.sub(link, part)))


def fenced(text: str) -> str:
    """Return a document's text, code that is told by its indent between fences: staff's pages know no other."""
    lines = text.split("\n")
    for token in reversed(tokens(text)):
        if token.type == "code_block" and token.map:
            begin, end = token.map
            while not lines[end - 1].strip():
                end -= 1
            indent = min(len(line) - len(line.lstrip()) for line in lines[begin:end] if line.strip()) - 4
            fence = f"{' ' * indent}```"
            code = [line[:indent] + line[indent + 4 :] for line in lines[begin:end]]
            lines[begin:end] = [fence, *code, fence]
    return "\n".join(lines)


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """Return the text, changed wherever it is not code."""
    parts, end = [], 0
    for code in _CODE.finditer(text):
        parts += [change(text[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*parts, change(text[end:])])


def _way(place: PurePosixPath, target: PurePosixPath) -> str:
    return posixpath.relpath(target, place.parent)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
