"""A language that nobody speaks, made of a real one: what a translation has to reach, and what mirroring has to turn.

Each Latin letter becomes a letter of another alphabet, so that whatever was not translated stands out, and so that a
right-to-left language's letters really run to the left. Texts grow by a fifth, as translations do.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from babel.messages.pofile import read_po, write_po

ARABIC = "اببتثجحخدذرزسشصضطظعغفقكلمنهوي"
_KEPT = re.compile(
    r"%\(\w+\)s|\{\w*\}|&\w+;|\]\([^)]*\)|<[^>]*>|`[^`]*`|https?://\S+|[\w.+-]+@[\w.-]+|\[[\w ]*\]:|^:::.*$",
    re.MULTILINE,
)
_TEXTS = {"title", "summary", "label", "hint", "text", "name"}
"""Keys of front matter whose values residents read."""


def arabic(text: str) -> str:
    """Return a text in Arabic letters and a fifth longer; what is no word of it stays."""
    parts, end = [], 0
    for found in _KEPT.finditer(text):
        parts += [_letters(text[end : found.start()]), found[0]]
        end = found.end()
    return "".join((*parts, _letters(text[end:])))


def bracketed(text: str) -> str:
    """Return a text in marks by which one sees that it was translated."""
    return f"⟦{text}⟧"


def translate_catalogue(po: bytes, language: str, translate: Any) -> bytes:
    """Return a catalogue whose every sentence is translated, its plural forms too."""
    found = read_po(io.BytesIO(po), locale=language)
    for entry in found:
        if entry.id:
            plural = isinstance(entry.id, tuple)
            entry.string = (
                tuple(translate(entry.id[1]) for _ in range(found.num_plurals))
                if plural
                else translate(entry.id)
            )
    text = io.BytesIO()
    write_po(text, found, width=0)
    return text.getvalue()


def translate_site(root: Path, language: str) -> None:
    """Turn a site's files into those of a site in one pseudo-language alone."""
    settings = yaml.safe_load((root / "site.yaml").read_text(encoding="utf-8"))
    settings = _localised(settings)
    settings["languages"] = [language]
    (root / "site.yaml").write_text(
        yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    for file in sorted((root / "content").rglob("*.md")):
        if file.name.removesuffix(".md").endswith(".en"):
            file.unlink()
        else:
            file.write_text(_page(file.read_text(encoding="utf-8")), encoding="utf-8")


def _localised(value: Any) -> Any:
    """Return settings whose texts by language are in the pseudo-language."""
    if isinstance(value, Mapping):
        if set(value) <= {"fr", "en"} and value:
            return arabic(value.get("fr", value.get("en")))
        return {key: _localised(inner) for key, inner in value.items()}
    return [_localised(inner) for inner in value] if isinstance(value, list) else value


def _page(text: str) -> str:
    _, front, body = re.split(r"^---\n", text, maxsplit=2, flags=re.MULTILINE)
    lines = []
    for line in front.splitlines():
        key = re.match(r"(\s*(?:- )?(\w+): )([^\s\[{|>&*#].*)$", line)
        if key and key[2] in _TEXTS:
            lines.append(
                f"{key[1]}{yaml.safe_dump(arabic(yaml.safe_load(key[3])), allow_unicode=True, width=9999).splitlines()[0]}"
            )
        else:
            lines.append(line)
    return "---\n" + "\n".join(lines) + "\n---\n" + arabic(body)


def _letters(text: str) -> str:
    def word(found: re.Match[str]) -> str:
        letters = "".join(ARABIC[ord(sign.lower()) % len(ARABIC)] for sign in found[0])
        return letters + "ـ" * (len(letters) // 5)

    return re.sub(r"[^\W\d_]+", word, text)
