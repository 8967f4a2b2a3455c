"""A title, a name and a few dates → the picture that stands beside a shared link, in the town's colours. Pure."""

from __future__ import annotations

import functools
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assises.look import Colour, light, mix, parse
from assises.settings import Colours

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageFont import FreeTypeFont

WIDTH, HEIGHT = 1200, 630
"""Pixels: what the places where links are shared ask for (https://ogp.me, 1.91 to 1)."""

_FONT = Path(__file__).with_name("fonts") / "Manrope-ExtraBold.ttf"
_MARGIN = 72
_SIZES = (148, 124, 104, 92, 80, 70, 60, 52)
"""Of the title, in pixels, the largest that fits first."""

_SMALL = 34
_TITLE_TOP, _TITLE_HEIGHT = 148, 330
_LEVELS = 16
"""Shades between the surface and its letters: a PNG of four bits."""

_GLOW = 2
"""The shade of the ornament."""

_NO_LETTER = "\uffff"
_SPACES = str.maketrans({"\u2009": "\u00a0", "\u202f": "\u00a0", "\n": " ", "\t": " "})
"""Thin spaces, which the font does not have, are drawn as no-break ones; what ends a line ends none here."""


@dataclass(frozen=True, slots=True)
class Card:
    """What is written on the picture."""

    above: str
    """What it is part of; a small line."""

    title: str
    below: str
    """Who, and when; a small line."""


def name_of(card: Card, colours: Colours) -> str:
    """Return a name that tells what is on the picture: another one for other words or colours."""
    told = "\0".join(("1", *astuple(card), colours.accent))
    return f"card.{hashlib.sha256(told.encode()).hexdigest()[:8]}.png"


def can_be_written(card: Card) -> bool:
    """Tell whether the font has a letter for each sign: it writes Latin, Greek and Cyrillic."""
    return all(map(_has_letter, "".join(astuple(card)).translate(_SPACES)))


@functools.lru_cache(maxsize=256)
def draw(card: Card, colours: Colours) -> bytes:
    """Return the picture as PNG."""
    from PIL import ImageDraw  # noqa: PLC0415 - only a build that has not kept it needs it

    image = _ground().copy()
    pen = ImageDraw.Draw(image)
    small, full = _font(_SMALL), 255
    above, title, below = (text.translate(_SPACES) for text in astuple(card))
    pen.text((_MARGIN, _MARGIN - 8), _shortened(above, small), fill=full, font=small)
    pen.text((_MARGIN, HEIGHT - _MARGIN - _SMALL), _shortened(below, small), fill=full, font=small)
    rows, size = _fitted(title)
    height = size * 1.12
    for number, row in enumerate(rows):
        pen.text((_MARGIN, _TITLE_TOP + number * height), row, fill=full, font=_font(size))
    return _png(image, colours)


def _png(image: Image.Image, colours: Colours) -> bytes:
    """Return a picture of shades as PNG, from the town's surface to the letters on it."""
    shades = image.point(lambda value: round(value * (_LEVELS - 1) / 255))
    shades.putpalette(_palette(colours))
    output = io.BytesIO()
    # A tenth of the time that the smallest file takes, for a ninth more bytes.
    shades.save(output, "PNG", bits=4, compress_level=6)
    return output.getvalue()


@functools.cache
def _palette(colours: Colours) -> list[int]:
    """Return red, green and blue of each shade; to mend the town's colours takes longer than to draw a picture."""
    tokens = light(colours)
    surface, letters = parse(tokens["fill"]), parse(tokens["on-fill"])
    steps = (mix(surface, letters, step / (_LEVELS - 1)) for step in range(_LEVELS))
    return [part for colour in steps for part in _eight_bit(colour)]


def _eight_bit(colour: Colour) -> tuple[int, ...]:
    return tuple(round(part * 255) for part in colour)


@functools.cache
def _ground() -> Image.Image:
    """Return the surface with its ornament, an assembly's rows in the corner, in shades of grey."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - as above

    shade, finer = _GLOW * 255 // (_LEVELS - 1), 2
    image = Image.new("L", (WIDTH * finer, HEIGHT * finer), 0)
    pen = ImageDraw.Draw(image)
    for radius, colour in ((460, shade), (345, 0), (287, shade), (172, 0), (115, shade)):
        around = (WIDTH - radius, HEIGHT - radius, WIDTH + radius, HEIGHT + radius)
        pen.ellipse([finer * edge for edge in around], fill=colour)
    return image.resize((WIDTH, HEIGHT), Image.Resampling.BOX)


def _fitted(title: str) -> tuple[Sequence[str], int]:
    """Return a title's rows, and the size at which they fit; of one that is far too long, its beginning."""
    for size in _SIZES:
        rows = list(_rows(title, _font(size)))
        most = int(_TITLE_HEIGHT // (size * 1.12))
        if len(rows) <= most:
            return rows, size
    return [*rows[: most - 1], _shortened(" ".join(rows[most - 1 :]), _font(size))], size


def _rows(text: str, font: FreeTypeFont) -> Iterator[str]:
    """Yield a text in rows that the picture is wide enough for; a no-break space breaks no row."""
    row = ""
    for word in text.split(" "):
        longer = f"{row} {word}".strip()
        if row and font.getlength(longer) > WIDTH - 2 * _MARGIN:
            yield _shortened(row, font)
            longer = word
        row = longer
    yield _shortened(row, font)


def _shortened(text: str, font: FreeTypeFont) -> str:
    if font.getlength(text) <= WIDTH - 2 * _MARGIN:
        return text
    text = text[:200]
    while text and font.getlength(f"{text}…") > WIDTH - 2 * _MARGIN:
        text = text[:-1].rstrip()
    return f"{text}…"


@functools.cache
def _font(size: int) -> FreeTypeFont:
    from PIL import ImageFont  # noqa: PLC0415 - as above

    # The plain engine: the other one is not everywhere, and pictures have to be the same.
    return ImageFont.truetype(str(_FONT), size, layout_engine=ImageFont.Layout.BASIC)


@functools.lru_cache(maxsize=4096)
def _has_letter(sign: str) -> bool:
    return sign in " \u00a0" or _mask(sign) != _mask(_NO_LETTER)


def _mask(sign: str) -> bytes:
    return bytes(_font(_SMALL).getmask(sign))
