"""What pages are dressed with: the theme's static files, the town's colours and logo, named by their content."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from assises import look
from assises.images import Picture, pictures
from assises.settings import Look
from assises.theme import Theme

FOLDER = "assets"
STYLE = "style.css"
ICON = "favicon.svg"
LOGO = "logo"

_KEPT = re.compile(r"""(/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|url\([^)]*\))""", re.DOTALL)
"""What spaces may not be taken from; remarks go as a whole."""

_LINES = re.MULTILINE | re.DOTALL

_URL = re.compile(r"""url\((["']?)(?!data:|https?:|//|#)([^"')]+)\1\)""")


@dataclass(frozen=True, slots=True)
class Assets:
    """Files that may be kept for ever, since another content has another name."""

    files: Mapping[str, bytes]
    """By path in the output: ``assets/style.0123abcd.css``."""

    names: Mapping[str, str]
    """The theme's name of each (``style.css``, ``logo``) → its address within the site."""

    pictures: Mapping[PurePosixPath, Picture] = field(default_factory=dict)
    """The site's own pictures, in the sizes and formats that they are offered in."""

    cards: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """The address within the site of the picture that stands beside a shared link, by the page's id and language."""


def collect(theme: Theme, settings: Look, files: Mapping[PurePosixPath, bytes]) -> Assets:
    """Return all assets of a site.

    Args:
        theme: whose static files they are.
        settings: the town's colours, put before the theme's style sheet, and its logo.
        files: the site's own files, by path; the logo is one of them.
    """
    static = {ICON: look.icon(settings.colours).encode(), **theme.static}
    if settings.logo is not None:
        static[LOGO + settings.logo.suffix] = files[PurePosixPath(settings.logo)]
    hashed: dict[str, str] = {}
    output: dict[str, bytes] = {}
    for name in sorted(static, key=lambda name: (name.endswith(".css"), name)):
        data = static[name]
        if name == STYLE:
            data = look.stylesheet(settings.colours).encode() + data
        if name.endswith(".css"):
            data = _pointed(squeezed_css(data.decode()), name, hashed).encode()
        if name.endswith(".js"):
            data = squeezed_js(data.decode()).encode()
        hashed[name] = _hashed(name, data)
        output[f"{FOLDER}/{hashed[name]}"] = data
    names = {name: f"/{FOLDER}/{path}" for name, path in hashed.items()}
    if settings.logo is not None:
        names[LOGO] = names[LOGO + settings.logo.suffix]
    return Assets(output, names)


def with_pictures(
    assets: Assets, files: Mapping[PurePosixPath, bytes], kept: MutableMapping[str, bytes]
) -> Assets:
    """Return the assets with the site's pictures among them; `kept` spares making again what was made before."""
    found, more = pictures(files, kept)
    return replace(assets, files={**assets.files, **more}, pictures=found)


def _hashed(name: str, data: bytes) -> str:
    path = PurePosixPath(name)
    return str(path.with_name(f"{path.stem}.{hashlib.sha256(data).hexdigest()[:8]}{path.suffix}"))


def squeezed_css(css: str) -> str:
    """Return a style sheet without remarks and idle spaces; what stands in quotes stays as it is."""
    parts = _KEPT.split(css)
    for number in range(0, len(parts), 2):
        text = re.sub(r"\s+", " ", parts[number])
        text = re.sub(r"\s*([{};,>])\s*", r"\1", text)
        text = re.sub(r"(?<=[\s:,(])(-?)0(\.\d)", r"\1\2", re.sub(r":\s+", ":", text))
        parts[number] = text.replace(";}", "}")
    return "".join(part for part in parts if not part.startswith("/*")).strip()


def squeezed_js(script: str) -> str:
    """Return a script without indents and the remarks that stand on lines of their own.

    A script with template literals stays as it is: their spaces count, and telling them apart takes a parser.
    """
    if "`" in script:
        return script
    return re.sub(r"^\s+", "", re.sub(r"^\s*/\*.*?\*/\s*?$", "", script, flags=_LINES), flags=re.MULTILINE)


def _pointed(css: str, name: str, hashed: Mapping[str, str]) -> str:
    """Return a style sheet whose ``url()`` point to the hashed names; paths are relative to the sheet."""

    def target(match: re.Match[str]) -> str:
        path = str(PurePosixPath(name).parent / match[2])
        if path not in hashed:
            return match[0]
        up = "../" * len(PurePosixPath(name).parent.parts)
        return f"url({up}{hashed[path]})"

    return _URL.sub(target, css)
