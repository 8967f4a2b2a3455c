"""A picture of the site → the same in the sizes and formats that screens need, and the markup that offers them.

Where it was taken, and by which telephone, is not carried over.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from assises.problems import NOTHING, Message, message
from assises.slugs import slug

if TYPE_CHECKING:
    from PIL import Image

WIDTHS = (480, 960, 1600)
"""Pixels. A telephone's width, that of a column, and both on screens of double density."""

MOST_PIXELS = 60_000_000
"""A larger picture is a mistake, or meant to exhaust whoever opens it."""

FORMATS = (("avif", "image/avif", 50), ("webp", "image/webp", 75), ("jpg", "image/jpeg", 78))
"""Ending, type and quality, the lightest first. Browsers take the first that they know."""

RASTER = frozenset({".jpg", ".jpeg", ".png", ".webp"})
FOLDER = "assets/images"
SIZES = "(min-width: 60rem) 42rem, 100vw"
"""How wide the theme shows pictures: the text's column, or the whole screen."""

_ORIENTATION = 0x0112
_LYING = (5, 6, 7, 8)
"""EXIF's orientation, and its values that mean a turn by a quarter."""

_GPS = 0x8825
"""EXIF's pointer to where a photograph was taken."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as pages offer it."""

    width: int
    height: int
    """Pixels of the original, as it is seen."""

    sources: Mapping[str, Sequence[tuple[str, int]]]
    """Addresses within the site and widths, by type, the lightest type first."""

    @property
    def fallback(self) -> str:
        """The address for browsers that know no other format: of a column's width, where there is one."""
        offered = self.sources[FORMATS[-1][1]]
        return next((place for place, width in reversed(offered) if width <= WIDTHS[1]), offered[0][0])


def pictures(
    files: Mapping[PurePosixPath, bytes], kept: MutableMapping[str, bytes]
) -> tuple[Mapping[PurePosixPath, Picture], dict[str, bytes]]:
    """Return each picture of the site by its path, and the files that they are offered as.

    Args:
        files: the site's files; those that are no pictures, or cannot be read as such, are left out.
        kept: what was made before, by names that tell content, width and quality; what is made is put there.
    """
    found, output = dict[PurePosixPath, Picture](), dict[str, bytes]()
    for path, data in files.items():
        if path.suffix.lower() in RASTER and (made := _variants(path, data, kept)):
            found[path], more = made
            output |= more
    return found, output


def markup(picture: Picture, alt: str, url: Callable[[str], str], *, lazy: bool = True) -> str:
    """Return the HTML that offers a picture; `url` makes a link of an address within the site."""
    sources = "".join(
        f'<source type="{kind}" srcset="{_srcset(offered, url)}" sizes="{SIZES}">'
        for kind, offered in picture.sources.items()
        if kind != FORMATS[-1][1]
    )
    jpeg = _srcset(picture.sources[FORMATS[-1][1]], url)
    loading = ' loading="lazy"' if lazy else ""
    return (
        f'<picture>{sources}<img src="{escape(url(picture.fallback))}" srcset="{jpeg}" sizes="{SIZES}"'
        f' alt="{escape(alt)}" width="{picture.width}" height="{picture.height}"{loading} decoding="async"></picture>'
    )


def picture_faults(data: bytes) -> Iterator[tuple[Message, Message, Message]]:
    """Yield what is wrong with a picture: what, the mend, and why."""
    try:
        with _opened(data) as image:
            if image.width * image.height > MOST_PIXELS:
                what = message(
                    "This picture has {count} million pixels.", count=image.width * image.height // 1_000_000
                )
                yield what, message("Make it smaller: 2,000 pixels across are plenty."), NOTHING
                return
            located = bool(image.getexif().get_ifd(_GPS))
            image.load()
    except Exception:  # noqa: BLE001 - whatever a damaged picture makes of its reader
        yield message("This picture cannot be read."), message("Save it anew, as JPEG or PNG."), NOTHING
        return
    if located:
        why = message("Whoever downloads the original learns where the photographer stood.")
        yield message("This picture tells where it was taken."), message("Save it without its location."), why


def _opened(data: bytes) -> Image.Image:
    """Return a picture whose pixels are not decoded yet; how many are too many, `MOST_PIXELS` says."""
    from PIL import Image  # noqa: PLC0415 - costly, and most builds have no picture

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(io.BytesIO(data))


def _srcset(offered: Sequence[tuple[str, int]], url: Callable[[str], str]) -> str:
    return escape(", ".join(f"{url(place)} {width}w" for place, width in offered))


def _variants(
    path: PurePosixPath, data: bytes, kept: MutableMapping[str, bytes]
) -> tuple[Picture, dict[str, bytes]] | None:
    try:
        image = _Opened(data)
        width, height = image.size
    except Exception:  # noqa: BLE001 - `check` says that it cannot be read; pages show it as it is
        return None
    widths = [*(wide for wide in WIDTHS if wide < width), *([width] if width <= WIDTHS[-1] else [])]
    sources, files = dict[str, list[tuple[str, int]]](), dict[str, bytes]()
    for ending, kind, quality in FORMATS:
        made = {wide: _made(image, f"{image.digest}-{wide}-{quality}.{ending}", kept) for wide in widths}
        if all(made.values()):
            stem = f"{FOLDER}/{slug(path.stem) or 'image'}.{image.digest[:8]}"
            files |= {f"{stem}-{wide}.{ending}": data for wide, data in made.items()}
            sources[kind] = [(f"/{stem}-{wide}.{ending}", wide) for wide in made]
    # A picture that opens and is broken further down is shown as it is, too.
    return (Picture(width, height, sources), files) if FORMATS[-1][1] in sources else None


def _made(image: _Opened, name: str, kept: MutableMapping[str, bytes]) -> bytes:
    """Return a picture by its name, which tells width, quality and format; empty where it cannot be made."""
    if name not in kept:
        _, width, end = name.split("-")
        quality, ending = end.split(".")
        try:
            made = image.encoded(int(width), ending, int(quality))
        except Exception:  # noqa: BLE001 - not every Pillow writes every format, and some pictures are broken
            return b""
        kept[name] = made
        return made
    return kept[name]


class _Opened:
    """A picture that is decoded only where something has to be made of it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.digest = hashlib.sha256(data).hexdigest()[:32]
        self._upright: Image.Image | None = None
        with _opened(data) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ValueError("too many pixels")
            turned = image.getexif().get(_ORIENTATION, 1) in _LYING
            self.size = (image.height, image.width) if turned else (image.width, image.height)

    def encoded(self, width: int, ending: str, quality: int) -> bytes:
        """Return the picture at a width, in a format, without anything but its pixels."""
        from PIL import Image  # noqa: PLC0415

        image = self._pixels()
        if width < image.width:
            height = max(1, round(image.height * width / image.width))
            image = image.resize((width, height), Image.Resampling.LANCZOS)
        if ending == "jpg" and image.mode == "RGBA":
            ground = Image.new("RGB", image.size, "white")
            ground.paste(image, mask=image.getchannel("A"))
            image = ground
        buffer = io.BytesIO()
        image.save(buffer, quality=quality, **_OPTIONS[ending])
        return buffer.getvalue()

    def _pixels(self) -> Image.Image:
        from PIL import Image, ImageOps  # noqa: PLC0415

        if self._upright is None:
            with Image.open(io.BytesIO(self._data)) as opened:
                upright = ImageOps.exif_transpose(opened)
                clear = "A" in upright.getbands() or "transparency" in upright.info
                profile = upright.info.get("icc_profile")
                plain = _in_srgb(upright, profile) if profile and not clear else upright
                self._upright = plain.convert("RGBA" if clear else "RGB")
                self._upright.info.clear()
        return self._upright


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return a picture in the colours that browsers take for granted: telephones use wider ones, printers others.

    Its profile goes with everything else that is not pixels; without this, its colours would fade.
    """
    from PIL import ImageCms  # noqa: PLC0415

    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        changed = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a broken profile, or one for another kind of picture
    return changed or image


_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "avif": {"format": "AVIF", "speed": 7, "max_threads": 1},  # threads would make other bytes
    "webp": {"format": "WEBP", "method": 4},
    "jpg": {"format": "JPEG", "optimize": True, "progressive": True},
}
