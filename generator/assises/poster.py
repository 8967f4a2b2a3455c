"""The consultation on one sheet of A4, to be printed and put up: what, until when, where, and a code that leads there."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assises import look
from assises.content import Meeting
from assises.problems import message
from assises.schema import LocalisedText
from assises.settings import Colours
from assises.site import Site
from assises.translation import Formats, last_instant

if TYPE_CHECKING:
    from collections.abc import Callable

    from reportlab.pdfgen.canvas import Canvas

_WIDTH, _HEIGHT = 595.28, 841.89
"""A4 in points, 72 to the inch."""

_MARGIN = 48.0
_BAND, _BAND_ALONE = 390.0, 560.0
"""Height of the coloured surface at the top, with meetings below it and without."""

_CODE = 150.0
"""Side of the QR code: read from two metres by the rule of one to ten."""

_MEETINGS = 4
"""Meetings that are named at most."""

_LETTERS = "cp1252"
"""What the fonts that every printer has can write; they need not be embedded."""


class PosterError(ValueError):
    """The poster's words have letters that its fonts lack."""


@dataclass(frozen=True, slots=True)
class Poster:
    """The words of a poster, in one language."""

    name: str
    tagline: str
    organiser: str
    call: str
    """What one is asked to do, and until when."""

    meetings: tuple[tuple[str, str], ...]
    """When, and what and where."""

    meetings_title: str
    address: str
    """Where the code leads."""

    how: str
    """How little it takes."""

    otherwise: str
    """How else one can take part."""


def poster(site: Site, language: str, formats: Formats, translate: Callable[[str], str]) -> Poster:
    """Return what the poster says at the instant that the site is shown at."""
    settings = site.settings

    def text(localised: LocalisedText) -> str:
        return localised.get(language, *settings.languages)

    return Poster(
        name=text(settings.name),
        tagline=text(settings.tagline),
        organiser=text(settings.organiser.name),
        call=_call(site, formats, translate),
        meetings=tuple(_line(meeting, formats) for meeting in site.meetings_to_come(language)[:_MEETINGS]),
        meetings_title=message("Come and speak").render(translate),
        address=settings.url,
        how=message("On your telephone, without an account, in a minute.").render(translate),
        otherwise=text(settings.participation.other_ways),
    )


def _call(site: Site, formats: Formats, translate: Callable[[str], str]) -> str:
    for opens, closes in site.settings.windows:
        if opens <= site.now < closes:
            last = formats.day(last_instant(closes))
            return message("Have your say until {day}.", day=last).render(translate)
        if site.now < opens:
            day = formats.day(opens)
            return message("Have your say from {day}.", day=day).render(translate)
    return message("What was said, and what becomes of it.").render(translate)


def _line(meeting: Meeting, formats: Formats) -> tuple[str, str]:
    when = f"{formats.day_month(meeting.starts)}, {formats.time(meeting.starts)}"
    return when, ", ".join(filter(None, (meeting.title, meeting.venue.name)))


def as_pdf(words: Poster, colours: Colours) -> bytes:
    """Return the poster as PDF, the same bytes for the same words.

    Raises:
        PosterError: its fonts lack letters that it needs.
    """
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415 - only posters need it

    _found_writable(words)
    kept = io.BytesIO()
    canvas = Canvas(kept, pagesize=(_WIDTH, _HEIGHT), invariant=1)
    canvas.setTitle(words.name)
    canvas.setAuthor(words.organiser)
    _draw_head(canvas, words, look.light(colours))
    _draw_meetings(canvas, words, look.light(colours))
    _draw_foot(canvas, words, look.light(colours))
    canvas.save()
    return kept.getvalue()


def _found_writable(words: Poster) -> None:
    texts = [words.name, words.tagline, words.organiser, words.call, words.otherwise]
    for text in (*texts, *(part for line in words.meetings for part in line)):
        try:
            _written(text).encode(_LETTERS)
        except UnicodeEncodeError as error:
            raise PosterError(text[error.start]) from None


def _written(text: str) -> str:
    """Return a text with the spaces that the fonts have."""
    return " ".join(text.replace("\u202f", "\u00a0").split(" "))


@dataclass(frozen=True, slots=True)
class _Block:
    """How a text is set."""

    sizes: tuple[float, ...]
    """The largest at which it keeps to its lines is taken."""

    lines: int = 1
    bold: bool = False
    left: float = _MARGIN
    right: float = _MARGIN

    @property
    def font(self) -> str:
        """One of those that every printer has."""
        return "Helvetica-Bold" if self.bold else "Helvetica"

    def is_narrow(self, line: str, size: float) -> bool:
        """Tell whether a line has room."""
        from reportlab.pdfbase.pdfmetrics import stringWidth  # noqa: PLC0415 - only posters need it

        return stringWidth(line, self.font, size) <= _WIDTH - self.left - self.right

    def wrapped(self, text: str, size: float) -> list[str]:
        """Return the lines of a text; reportlab's own way would break lines at no-break spaces."""
        lines: list[str] = []
        for word in _written(text).split(" "):
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.is_narrow(longer, size):
                lines[-1] = longer
            else:
                lines.append(word)
        return lines

    def draw(self, canvas: Canvas, text: str, top: float) -> float:
        """Draw a text below `top`, and return where it ends."""
        for size in self.sizes:
            lines = self.wrapped(text, size)
            if len(lines) <= self.lines and all(self.is_narrow(line, size) for line in lines):
                break
        canvas.setFont(self.font, size)
        for line in lines[: self.lines]:
            top -= size * 1.18
            canvas.drawString(self.left, top, line)
        return top


def _draw_head(canvas: Canvas, words: Poster, tokens: dict[str, str]) -> None:
    band = _BAND if words.meetings else _BAND_ALONE
    canvas.setFillColor(tokens["fill"])
    canvas.rect(0, _HEIGHT - band, _WIDTH, band, stroke=0, fill=1)
    canvas.setFillColor(tokens["voice"])
    canvas.circle(_WIDTH - _MARGIN, _HEIGHT - band, 34, stroke=0, fill=1)
    canvas.setFillColor(tokens["on-fill"])
    top = _Block((14, 11), bold=True).draw(canvas, words.organiser, _HEIGHT - _MARGIN - 14)
    top = _Block((64, 54, 46, 38, 30, 24), 3, bold=True).draw(canvas, words.name, top - 26)
    _Block((22, 19, 16), 3).draw(canvas, words.tagline, top - 18)
    call = _Block((26, 22, 18), 2, bold=True, right=_MARGIN + 60)
    call.draw(canvas, words.call, _HEIGHT - band + 88)


def _draw_meetings(canvas: Canvas, words: Poster, tokens: dict[str, str]) -> None:
    if not words.meetings:
        return
    canvas.setFillColor(tokens["ink"])
    top = _Block((17,), bold=True).draw(canvas, words.meetings_title, _HEIGHT - _BAND - 30)
    for when, what in words.meetings:
        canvas.setFillColor(tokens["accent"])
        top = _Block((12,), bold=True).draw(canvas, when, top - 8)
        canvas.setFillColor(tokens["ink"])
        top = _Block((13, 11, 9)).draw(canvas, what, top)


def _draw_foot(canvas: Canvas, words: Poster, tokens: dict[str, str]) -> None:
    canvas.setFillColor(tokens["paper"])
    canvas.rect(0, 0, _WIDTH, _CODE + _MARGIN * 1.5, stroke=0, fill=1)
    _draw_code(canvas, words.address, _MARGIN, _MARGIN * 0.75)
    left = _MARGIN + _CODE + 24
    canvas.setFillColor(tokens["ink"])
    shown = words.address.removeprefix("https://").removesuffix("/")
    top = _Block((20, 17, 14, 11), 2, bold=True, left=left).draw(canvas, shown, _MARGIN * 0.75 + _CODE - 16)
    top = _Block((14, 12), 2, left=left).draw(canvas, words.how, top - 4)
    canvas.setFillColor(tokens["quiet"])
    _Block((10.5, 9, 8), 5, left=left).draw(canvas, words.otherwise, top - 6)


def _draw_code(canvas: Canvas, address: str, left: float, bottom: float) -> None:
    import segno  # noqa: PLC0415 - only posters need it

    rows = [list(row) for row in segno.make(address, error="m", micro=False).matrix_iter(border=4)]
    side = _CODE / len(rows)
    canvas.setFillColor("#ffffff")
    canvas.rect(left, bottom, _CODE, _CODE, stroke=0, fill=1)
    canvas.setFillColor("#000000")
    for row, modules in enumerate(reversed(rows)):
        for column, dark in enumerate(modules):
            if dark:
                # A hair more than its side, so that no seam shows between two.
                place = (left + column * side, bottom + row * side)
                canvas.rect(*place, side + 0.05, side + 0.05, stroke=0, fill=1)
