"""Meetings → what is wrong with their photographs, films and sounds. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from assises.content import Meeting, Recording
from assises.images import RASTER
from assises.links import place
from assises.problems import Message, Problem, message
from assises.scalars import shown
from assises.site import Site

FILMS = frozenset({".mp4", ".webm"})
SOUNDS = frozenset({".mp3", ".ogg", ".m4a"})
"""Formats that browsers play."""


def media_problems(site: Site) -> Iterator[Problem]:
    """Yield photographs that are no pictures, recordings that are nowhere, and what browsers do not play."""
    for page in site.content.pages:
        if not isinstance(page, Meeting):
            continue
        for index, photo in enumerate(page.photos):
            if photo.file.suffix.lower() not in RASTER:
                what = message("“{value}” is no picture in JPEG, PNG or WebP.", value=shown(photo.file.name))
                yield Problem(place(page, f"photos.{index}.file"), what, message("Save it as one of these."))
        for index, recording in enumerate(page.recordings):
            for key, what, mend in _recording(recording):
                yield Problem(place(page, f"recordings.{index}.{key}"), what, mend)
            if recording.file and recording.file.suffix.lower() in FILMS and not recording.captions:
                what = message("This film has no captions.")
                mend = message("Add “captions”, a file in WebVTT; many programs make a first draft of it.")
                why = message("Whoever does not hear it is left out (RGAA 4.3).")
                yield Problem(place(page, f"recordings.{index}.file"), what, mend, "warning", why)


def _recording(recording: Recording) -> Iterator[tuple[str, Message, Message]]:
    if not (recording.file or recording.url):
        what = message("Nothing says where this recording is.")
        yield "title", what, message("Add “file”, if it lies in the site, or “url”.")
    if recording.file and recording.file.suffix.lower() not in FILMS | SOUNDS:
        what = message("“{value}” is no film or sound that browsers play.", value=shown(recording.file.name))
        yield "file", what, message("Save it as MP4 or WebM; as MP3, OGG or M4A if it is sound alone.")
    if recording.captions and recording.captions.suffix.lower() != ".vtt":
        what = message("Captions are no WebVTT.")
        yield "captions", what, message("Save them as WebVTT, in a file that ends in “.vtt”.")
