"""Pictures: lighter, in every format that screens need, upright, in their own colours, and telling nothing more."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageCms

from assises.images import WIDTHS, markup, picture_faults, pictures
from served import Served, copy_of, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

PHOTO = PurePosixPath("content/Été à la gare.jpg")
KINDS = {"avif": "AVIF", "webp": "WEBP", "jpg": "JPEG"}


def encoded(image: Image.Image, format: str = "JPEG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def gradient(width: int, height: int) -> Image.Image:
    return Image.linear_gradient("L").resize((width, height)).convert("RGB")


def made(data: bytes, path: PurePosixPath = PHOTO) -> dict[str, Image.Image]:
    """Return what a picture is offered as, opened, by width and ending."""
    _, output = pictures({path: data}, {})
    return {
        re.search(r"-(\d+\.\w+)$", name)[1]: Image.open(io.BytesIO(file)) for name, file in output.items()
    }


def test_a_photograph_comes_in_three_formats_and_in_the_widths_that_screens_need():
    """Never larger than it was; every one of them is what its name says, and of its width."""
    found = made(encoded(gradient(2400, 1600)))
    assert found.keys() == {f"{width}.{ending}" for width in WIDTHS for ending in KINDS}
    for name, image in found.items():
        width, ending = name.split(".")
        assert (image.width, image.height) == (int(width), round(int(width) * 2 / 3))
        assert image.format == KINDS[ending]
    assert made(encoded(gradient(600, 400))).keys() == {f"{width}.{e}" for width in (480, 600) for e in KINDS}


def test_the_markup_sets_dimensions_formats_and_when_to_load():
    """The lightest format first; the room that it takes is known before it comes; an alternative is escaped."""
    found, _ = pictures({PHOTO: encoded(gradient(2400, 1600))}, {})
    html = markup(found[PHOTO], 'La "gare" <en été>', lambda place: f"/assises{place}")
    assert re.findall(r'<source type="([^"]+)"', html) == ["image/avif", "image/webp"]
    assert 'width="2400" height="1600" loading="lazy"' in html
    assert 'alt="La &quot;gare&quot; &lt;en été&gt;"' in html
    assert "loading" not in markup(found[PHOTO], "", str, lazy=False)
    assert re.search(r'src="/assises/assets/images/[\w.-]+-960\.jpg"', html)


def test_what_is_made_is_the_same_each_time_and_made_once():
    """Builds compare bytes; AVIF takes its time."""
    data = encoded(gradient(500, 300))
    kept: dict[str, bytes] = {}
    first = pictures({PHOTO: data}, kept)[1]
    assert first == pictures({PHOTO: data}, {})[1]
    kept_before = dict(kept)
    assert pictures({PHOTO: data}, kept)[1] == first
    assert kept == kept_before


def test_a_photograph_taken_upright_stands_upright_and_tells_neither_place_nor_telephone():
    """EXIF's turn is made, EXIF itself is left out."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Telephone"
    exif.get_ifd(0x8825)[1] = "N"
    image = Image.new("RGB", (400, 200), "white")
    image.paste("red", (0, 0, 200, 200))
    data = encoded(image, exif=exif)
    for name, found in made(data).items():
        assert found.height == 2 * found.width, name
        assert not dict(found.getexif()), name
        assert found.convert("RGB").getpixel((100, 20))[1] < 60, "what was left is at the top"
    assert [str(what.text) for what, _, _ in picture_faults(encoded(image, exif=exif))] == [
        "This picture tells where it was taken."
    ]


def test_colours_of_a_wider_space_stay_what_they_were():
    """Telephones save Display P3; without its profile a picture would fade."""
    wide = ImageCms.createProfile("LAB")
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    lab = ImageCms.profileToProfile(Image.new("RGB", (64, 64), (200, 40, 40)), srgb, wide, outputMode="LAB")
    data = encoded(lab, "TIFF", icc_profile=ImageCms.ImageCmsProfile(wide).tobytes())
    # A PNG cannot hold LAB: the same turn is tried where the reader finds it.
    from assises.images import _in_srgb  # noqa: PLC0415

    with Image.open(io.BytesIO(data)) as opened:
        turned = _in_srgb(opened, opened.info["icc_profile"])
    assert turned.mode == "RGB"
    assert all(abs(a - b) <= 3 for a, b in zip(turned.getpixel((30, 30)), (200, 40, 40), strict=True))


@pytest.mark.parametrize("profile", [b"", b"no profile", b"\0" * 4000])
def test_a_broken_colour_profile_breaks_no_picture(profile: bytes):
    """The picture is taken as it is."""
    image = Image.new("RGB", (64, 64), (200, 40, 40))
    (*_, jpeg) = made(encoded(image, icc_profile=profile)).values()
    assert all(
        abs(a - b) <= 6 for a, b in zip(jpeg.convert("RGB").getpixel((30, 30)), (200, 40, 40), strict=True)
    )


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_picture_that_offices_save_is_taken(mode: str):
    """Grey, indexed, clear, for print: a JPEG of it is never black where it was clear."""
    image = Image.new("RGBA", (64, 64), (255, 255, 255, 0)) if mode in ("LA", "RGBA") else gradient(64, 64)
    if mode == "I;16":
        image = Image.new("I;16", (64, 64), 40_000)
    elif mode != image.mode:
        image = image.convert(mode)
    data = encoded(image, "JPEG" if mode == "CMYK" else "PNG")
    found = made(data)
    if mode in ("LA", "RGBA"):
        assert found["64.jpg"].convert("RGB").getpixel((5, 5)) == (255, 255, 255)
        assert found["64.webp"].convert("RGBA").getpixel((5, 5))[3] == 0
    assert "64.jpg" in found or mode == "I;16"


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xd8\xff", encoded(gradient(300, 200))[:900], b"GIF89a" + b"\0" * 30, b"<svg/>", b"\x89PNG\r\n\x1a\n" + b"\0" * 60],
    ids=["empty", "beginning", "cut off", "another kind", "no picture", "garbage"],
)  # fmt: skip
def test_what_is_no_picture_stops_no_build(data: bytes):
    """`check` tells it; the build shows the file as it is."""
    found, output = pictures({PHOTO: data}, {})
    assert (found, output) == ({}, {})


def test_a_picture_of_too_many_pixels_is_never_opened():
    """Ten thousand by ten thousand: a few kilobytes that would fill 400 MB."""
    data = encoded(Image.new("1", (10_000, 10_000)), "PNG")
    assert len(data) < 50_000
    assert pictures({PurePosixPath("content/bomb.png"): data}, {}) == ({}, {})
    ((what, _, _),) = picture_faults(data)
    assert what.text.startswith("This picture has")


# --- in the page


class Media(HTMLParser):
    """Finds what a page would load by itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("img", "video", "audio", "track", "iframe", "embed", "object"):
            self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = copy_of("complete", tmp_path_factory.mktemp("images"))
    page = root / "content" / "pages" / "method.md"
    text = page.read_text("utf-8")
    long = "Un paragraphe qui dit longuement ce qui se passe ici. " * 12
    page.write_text(f"{text}\n\n{long}\n\n![La salle](../meetings/hall.png)\n", "utf-8")
    with serving(root) as served:
        yield served


def test_every_picture_of_a_page_has_its_dimensions_and_waits_below_the_fold(served: Served):
    """A portrait, which is seen at once, does not wait."""
    for path, lazy in (
        ("meetings/2017-11-07-centre/", "lazy"),
        ("method/", "lazy"),
        ("people/martin/", None),
    ):
        images = [attrs for tag, attrs in Media(served.get(path)).found if tag == "img" and "srcset" in attrs]
        assert images, path
        for attrs in images:
            assert attrs["width"]
            assert attrs["height"]
            assert attrs.get("loading") == lazy
            assert attrs["alt"]


def test_films_and_sounds_load_nothing_before_they_are_asked_for(
    served: Served, new_page: Callable[..., Page]
) -> None:
    """Neither film nor captions; pressing play loads them, and a transcript stands beside each."""
    page = new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    page.goto(f"{served.url}meetings/2017-11-07-centre/")
    page.locator(".recordings").scroll_into_view_if_needed()
    assert not {"evening.webm", "mayor.ogg", "evening.vtt"} & set(asked)
    assert (
        page.locator(".recordings figure").count()
        == page.get_by_role("link", name="Tout ce qui est dit").count()
    )
    box = page.locator("video").bounding_box()
    assert box is not None
    assert abs(box["width"] / box["height"] - 16 / 9) < 0.02, "its room is kept"
    with page.expect_request("**/evening.webm"):
        page.evaluate(
            "document.querySelector('video').load(), document.querySelector('video').play().catch(() => 0)"
        )
    assert page.locator("track[kind=captions]").get_attribute("srclang") == "fr"


def test_a_modern_browser_takes_the_lightest_picture(served: Served, new_page: Callable[..., Page]) -> None:
    """AVIF, at the width of the column and of the screen's density."""
    page = new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{served.url}meetings/2017-11-07-centre/")
    image = page.locator(".photos img")
    image.scroll_into_view_if_needed()
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=image.element_handle())
    assert re.search(r"-480\.avif$", image.evaluate("image => image.currentSrc"))
    assert isinstance(served.root, Path)
