"""The town's two colours → every colour of a page, in the light and in the dark, readable in all of them.

Contrast is WCAG 2.2's (success criteria 1.4.3 and 1.4.11). A surface keeps the town's own colour and takes
black or white letters, whichever reads better; letters and lines in the town's colour are darkened or
lightened, at the same hue, until they reach the ratio that they need.
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from assises.settings import Colours

TEXT = 4.5
"""Ratio that text needs (1.4.3)."""

LARGE = 3.0
"""Ratio that large text and the edges of controls need (1.4.11)."""

_STEPS = 200
_NIGHT_SURFACE = 0.09
"""Relative luminance above which a large surface dazzles in the dark."""

Colour = tuple[float, float, float]
"""Red, green and blue of sRGB, each from 0 to 1."""

WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)
_INK = "#17181c"
_NIGHT = "#121318"
_NIGHT_INK = "#eceef2"


def parse(text: str) -> Colour:
    """Return the colour that ``#rrggbb`` names."""
    red, green, blue = (int(text[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue


def hexadecimal(colour: Colour) -> str:
    """Return a colour as ``#rrggbb``."""
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)


def luminance(colour: Colour) -> float:
    """Return the relative luminance, from 0 (black) to 1 (white)."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of two colours, from 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mix(colour: Colour, other: Colour, share: float) -> Colour:
    """Return `colour` with a share (0 to 1) of `other` in it."""
    red, green, blue = (a + (b - a) * share for a, b in zip(colour, other, strict=True))
    return red, green, blue


def mend(colour: Colour, grounds: Iterable[Colour], ratio: float) -> Colour:
    """Return the colour of the same hue, nearest in lightness, that reaches `ratio` on every ground.

    Where the grounds leave no such colour, the one that comes nearest to the ratio.
    """
    grounds = tuple(grounds)
    hue, lightness, saturation = colorsys.rgb_to_hls(*colour)

    def reached(candidate: Colour) -> float:
        return min(contrast(_rounded(candidate), ground) for ground in grounds)

    ladder = [colorsys.hls_to_rgb(hue, step / _STEPS, saturation) for step in range(_STEPS + 1)]
    ladder.sort(key=lambda candidate: abs(colorsys.rgb_to_hls(*candidate)[1] - lightness))
    candidates = [colour, *ladder]
    found = next((candidate for candidate in candidates if reached(candidate) >= ratio), None)
    return _rounded(found or max(candidates, key=reached))


def letters_on(surface: Colour) -> Colour:
    """Return the colour of letters on a coloured surface: white if that can be read, or else dark."""
    return WHITE if contrast(WHITE, surface) >= TEXT else mend(parse(_INK), [surface], TEXT)


def light(colours: Colours) -> dict[str, str]:
    """Return every token of the light scheme."""
    accent, second = parse(colours.accent), parse(colours.second)
    paper = _rounded(mix(WHITE, accent, 0.035))
    return _tokens(accent, second, _Ground(paper, WHITE, parse(_INK), 0.1))


def dark(colours: Colours) -> dict[str, str]:
    """Return every token of the dark scheme."""
    accent, second = _dimmed(parse(colours.accent)), _dimmed(parse(colours.second))
    paper = _rounded(mix(parse(_NIGHT), accent, 0.06))
    card = _rounded(mix(paper, WHITE, 0.06))
    return _tokens(accent, second, _Ground(paper, card, parse(_NIGHT_INK), 0.3))


def stylesheet(colours: Colours) -> str:
    """Return the tokens as CSS custom properties, for both schemes."""
    return (
        f":root{{color-scheme:light dark;{_declarations(light(colours))}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{_declarations(dark(colours))}}}}}\n"
    )


def icon(colours: Colours) -> str:
    """Return the site's small icon as SVG: an assembly's three rows in the town's colours."""
    surface = parse(colours.accent)
    voice = hexadecimal(mend(parse(colours.second), [surface], LARGE))
    rows = hexadecimal(letters_on(surface))
    arcs = "".join(
        f'<path d="M{16 - radius} 25a{radius} {radius} 0 0 1 {2 * radius} 0"/>' for radius in (12, 7.5)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="7" fill="{hexadecimal(surface)}"/>'
        f'<g fill="none" stroke="{rows}" stroke-width="2.6" stroke-linecap="round">{arcs}</g>'
        f'<circle cx="16" cy="23.5" r="3" fill="{voice}"/></svg>\n'
    )


class _Ground(NamedTuple):
    """What a scheme is made on."""

    paper: Colour
    card: Colour
    ink: Colour
    tint: float
    """The share of the town's colour in a tinted surface."""


def _tokens(accent: Colour, second: Colour, ground: _Ground) -> dict[str, str]:
    paper, card, ink, tint = ground
    accent_tint = _rounded(mix(card, accent, tint))
    second_tint = _rounded(mix(card, second, tint))
    grounds = (paper, card, accent_tint, second_tint)
    fill, second_fill = _rounded(accent), _rounded(second)
    voice = mend(second, [fill], LARGE)
    foot = _rounded(mix(parse(_INK), accent, 0.12))
    tokens = {
        "paper": paper,
        "card": card,
        "ink": ink,
        "quiet": mend(mix(ink, paper, 0.35), grounds, TEXT),
        "line": _rounded(mix(paper, ink, 0.16)),
        "edge": mend(mix(ink, paper, 0.5), grounds, LARGE),
        "accent": mend(accent, grounds, TEXT),
        "accent-tint": accent_tint,
        "fill": fill,
        "on-fill": letters_on(fill),
        "fill-pressed": _rounded(mix(fill, letters_on(letters_on(fill)), 0.25)),
        "voice": voice,
        "on-voice": letters_on(voice),
        "glow": _rounded(mix(fill, letters_on(letters_on(fill)), 0.12)),
        "second": mend(second, grounds, TEXT),
        "second-tint": second_tint,
        "second-fill": second_fill,
        "on-second": letters_on(second_fill),
        "foot": foot,
        "on-foot": letters_on(foot),
    }
    return {name: hexadecimal(colour) for name, colour in tokens.items()}


def _dimmed(colour: Colour) -> Colour:
    """Return the colour darkened, at the same hue, until a large surface of it no longer dazzles."""
    while luminance(colour) > _NIGHT_SURFACE:
        colour = mix(colour, BLACK, 0.04)
    return colour


def _declarations(tokens: Mapping[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in tokens.items())


def _rounded(colour: Colour) -> Colour:
    """Return the colour as ``#rrggbb`` can hold it, so that what is checked is what is shown."""
    return parse(hexadecimal(colour))
