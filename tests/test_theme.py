"""Themes: found file by file, wrong ones told at their line, the shipped one documented; colours that can be read."""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from hypothesis import given, settings
from hypothesis import strategies as st

import site_by_hand as made
from assises import look
from assises.assets import collect, squeezed_css, squeezed_js
from assises.problems import ContentError
from assises.render import render
from assises.settings import Colours, Look
from assises.theme import load_theme
from served import assises, copy_of

SHIPPED = Path(__file__).parents[1] / "themes/assises_themes/default"
HEX = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


def own_theme(
    root: Path, files: dict[str, str], manifest: str = 'format: 1\ntitle: Ours\nversion: "2"\n'
) -> Path:
    for path, text in {"theme.yaml": manifest, **files}.items():
        file = root / "themes/ours" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def problem(root: Path) -> str:
    with pytest.raises(ContentError) as caught:
        render(made.site(), made.theme(root, "ours"), made.ADDRESSES, {})
    return str(caught.value)


def test_a_site_s_own_files_come_before_the_shipped_ones(tmp_path):
    """One template is the town's, all others stay."""
    root = own_theme(tmp_path, {"templates/not_found.html": "<h1>Perdu</h1>"})
    output = render(made.site(), made.theme(root, "ours"), made.ADDRESSES, {})
    assert output["404.html"] == b"<h1>Perdu</h1>"
    assert b"Villeneuve et moi" in output["index.html"]


def test_the_theme_of_the_documents_is_one(tmp_path):
    """docs/theming.md: its files, as they stand there, make the pages of a real site."""
    paper = (SHIPPED.parents[2] / "docs/theming.md").read_text(encoding="utf-8")
    root = copy_of("complete", tmp_path)
    written = set()
    for block in re.findall(r"(?ms)^```(?:yaml|html)\n(.*?)^```$", paper):
        if place := re.search(r"themes/ours/\S+\.(?:yaml|html)", block):
            (root / place[0]).parent.mkdir(parents=True, exist_ok=True)
            (root / place[0]).write_text(block, encoding="utf-8", newline="\n")
            written.add(place[0].rpartition("/")[2])
    assert written == {"theme.yaml", "plain.html", "looked_over.html"}
    settings = (root / "site.yaml").read_text(encoding="utf-8")
    (root / "site.yaml").write_text(
        settings.replace("theme:\n", "theme:\n  name: ours\n", 1), encoding="utf-8", newline="\n"
    )
    done = assises("build", str(root), "-o", str(tmp_path / "out"), "--now", "2017-11-20T20:15")
    assert done.returncode == 0, done.stderr
    assert "Looked over on" in (tmp_path / "out" / "method" / "index.html").read_text(encoding="utf-8")


def test_any_shipped_template_can_be_copied_as_it_is(tmp_path):
    """Whoever begins from one is told of nothing that is not theirs."""
    root = copy_of("complete", tmp_path)
    copied = own_theme(root, {}) / "themes/ours/templates"
    shutil.copytree(SHIPPED / "templates", copied)
    place = root / "site.yaml"
    place.write_text(place.read_text("utf-8").replace("theme:\n", "theme:\n  name: ours\n", 1), "utf-8")
    done = assises("check", str(root), "--now", "2017-11-20T20:15", "--all")
    assert "themes/ours" not in done.stderr + done.stdout
    assert done.returncode == 0


def test_an_unknown_theme_is_told_with_those_that_there_are(tmp_path):
    """At site.yaml, with what to do."""
    found, problems = load_theme(tmp_path, "nowhere")
    assert found is None
    assert "Make themes/nowhere/theme.yaml, or take a shipped theme: default." in problems[0].render()


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        ("format: 2\ntitle: x\nversion: '1'\n", "themes/ours/theme.yaml:1:9:"),
        ("format: 1\ntitle: x\n", "themes/ours/theme.yaml:1:1: “version” is missing."),
        ("format: 1\ntitle: [\n", "themes/ours/theme.yaml:"),
    ],
)
def test_a_wrong_manifest_is_told_at_its_line(tmp_path, manifest, expected):
    """As site.yaml is."""
    found, problems = load_theme(own_theme(tmp_path, {}, manifest), "ours")
    assert found is None
    assert problems[0].render().startswith(expected)


def test_a_template_that_is_not_utf_8_is_told(tmp_path):
    """Not a traceback at the first accent."""
    root = own_theme(tmp_path, {})
    (root / "themes/ours/templates").mkdir()
    (root / "themes/ours/templates/base.html").write_bytes(b"\xe9")
    found, problems = load_theme(root, "ours")
    assert found is None
    assert problems[0].render() == "themes/ours/templates/base.html:1:1: This file is not encoded in UTF-8."


def hostile(root: Path, make: Callable[[Path], object]) -> list[str]:
    """Return what is told of a theme whose style sheet was made by `make`."""
    own_theme(root, {})
    (root / "themes/ours/static").mkdir()
    make(root / "themes/ours/static/style.css")
    found, problems = load_theme(root, "ours")
    assert found is None
    return [problem.render() for problem in problems]


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda file: file.symlink_to("/etc/hostname"), "leads out of the site’s folder"),
        (lambda file: file.symlink_to(file.name), ""),
        (lambda file: file.symlink_to("nowhere.css"), "is not a file"),
        (lambda file: file.symlink_to(file.parent), "is not a file"),
        (lambda file: file.mkdir(), "is not a file"),
        (os.mkfifo, "is not a file"),
    ],
    ids=["outside", "circle", "nowhere", "folder-link", "folder", "fifo"],
)
def test_a_theme_holds_nothing_but_files_of_the_site(tmp_path, make, what):
    """What leads elsewhere would be published, a circle has no end, and a FIFO waits for ever."""
    (line,) = hostile(tmp_path, make)
    assert line.startswith("themes/ours/static/style.css:1:1: ")
    assert what in line


def test_a_manifest_that_is_a_link_in_a_circle_is_told(tmp_path):
    """Not taken for a theme that is not there."""
    (tmp_path / "themes/ours").mkdir(parents=True)
    (tmp_path / "themes/ours/theme.yaml").symlink_to("theme.yaml")
    found, problems = load_theme(tmp_path, "ours")
    assert found is None
    assert problems[0].render().startswith("themes/ours/theme.yaml:1:1: ")


@pytest.mark.parametrize(
    "header",
    ["Content-Type: text/plain; charset=foo", "Plural-Forms: nplurals=zz", "POT-Creation-Date: yesterday"],
)
def test_a_broken_catalogue_is_told(tmp_path, header):
    """At its file, and not by a traceback while pages are made."""
    path = "locales/fr/LC_MESSAGES/theme.po"
    found, problems = load_theme(own_theme(tmp_path, {path: f'msgid ""\nmsgstr ""\n"{header}\\n"\n'}), "ours")
    assert found is None
    assert problems[0].render().startswith(f"themes/ours/{path}:1:1: This catalogue cannot be read (")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("<p>\n{% if %}", "themes/ours/templates/not_found.html:2:1: "),
        ("<p>\n\n{{ nobody }}", "themes/ours/templates/not_found.html:3:1: "),
        ("{{ url(1, 2, 3) }}", "themes/ours/templates/not_found.html:1:1: "),
        ("\n{{ asset('none.png') }}", "themes/ours/templates/not_found.html:2:1: "),
        ("\n{{ 'x'|day }}", "themes/ours/templates/not_found.html:2:1: "),
        ("\n{% include 'none.html' %}", "themes/ours/templates/not_found.html:2:1: "),
    ],
)
def test_a_wrong_template_is_told_at_its_line(tmp_path, template, expected):
    """Syntax, unknown names, wrong calls, lacking files: never a traceback."""
    assert problem(own_theme(tmp_path, {"templates/not_found.html": template})).startswith(expected)


def test_addresses_in_a_style_sheet_are_the_hashed_ones(tmp_path):
    """url() is pointed to the names that the files have in the output; others stay."""
    css = "a{background:url(images/dot.svg)}b{background:url('none.svg')}c{background:url(data:x)}"
    root = own_theme(tmp_path, {"static/style.css": css, "static/images/dot.svg": "<svg/>"})
    assets = collect(made.theme(root, "ours"), Look(), {})
    style = next(data for path, data in assets.files.items() if path.startswith("assets/style.")).decode()
    dot = assets.names["images/dot.svg"].removeprefix("/assets/")
    assert f"url({dot})" in style
    assert "url('none.svg')" in style
    assert "url(data:x)" in style
    assert style.startswith(":root{")


def test_style_sheets_lose_remarks_and_idle_spaces_alone():
    """What stands in quotes, and spaces that mean something, stay."""
    css = """/* a { } */
a > b:hover , .c :not(.d) { margin : 0  auto -0.5em 10.5em ; content: "  } /* x */ " ; width: calc(1px + 2px) ; background: url( "a b.png" ) }

@media (min-width: 48rem) and (color) {
  i::after { content: ' ; ' }
}
"""
    assert squeezed_css(css) == (
        'a>b:hover,.c :not(.d){margin :0 auto -.5em 10.5em;content:"  } /* x */ ";width:calc(1px + 2px);'
        "background:url( \"a b.png\" )}@media (min-width:48rem) and (color){i::after{content:' ; '}}"
    )


def test_scripts_lose_indents_and_remarks_on_lines_of_their_own():
    """Strings stay; a script with template literals is left alone."""
    script = '/* a\n   b */\nvar x = "/* y */";\n  /* z */\n  call(x); /* w */\n'
    assert squeezed_js(script) == 'var x = "/* y */";\ncall(x); /* w */\n'
    assert squeezed_js("  `\n  ${x}`") == "  `\n  ${x}`"


# --- the shipped theme


def messages() -> set[str]:
    options = {"**.html": {"trimmed": "true", "newstyle_gettext": "true"}}
    found = extract_from_dir(SHIPPED / "templates", [("**.html", "jinja2")], options)
    singular = [text if isinstance(text, str) else text[0] for _, _, text, _, _ in found]
    return set(singular)


def test_every_message_of_the_templates_is_in_french():
    """None lacks, none is left over but the words that join dates."""
    po = read_po(io.BytesIO((SHIPPED / "locales/fr/LC_MESSAGES/theme.po").read_bytes()), locale="fr")
    known = {m.id[0] if isinstance(m.id, tuple) else m.id for m in po if m.id}
    joining = {
        "%(day)s at %(time)s",
        "from %(start)s to %(end)s",
        "from %(start)s until %(end)s",
        "the end of %(day)s",
    }
    assert known - joining == messages()
    assert all(m.string and all(m.string) for m in po if m.id)


def test_french_words_have_french_typography():
    """No-break spaces before high marks and inside quotes, and the curly apostrophe."""
    po = read_po(io.BytesIO((SHIPPED / "locales/fr/LC_MESSAGES/theme.po").read_bytes()), locale="fr")
    for message in po:
        for text in (message.string,) if isinstance(message.string, str) else message.string:
            if message.id:
                assert not re.search(r"[ \w][;!?](?:\s|$)|(?<!\u00a0):(?:\s|$)|« | »|'", text), text


def test_everything_that_themes_rely_on_is_documented():
    """Variables, blocks, components and tokens are in the README; what is in the manifest is what there is."""
    readme = (SHIPPED / "README.md").read_text(encoding="utf-8")
    theme = made.theme()
    names = {item.name for item in theme.manifest.variables}
    site = made.site()
    view = made.view(site, theme)
    assert names == set(view.names()) | {
        "page",
        "title",
        "description",
        "address",
        "alternates",
        "indexed",
    }
    base = (SHIPPED / "templates/base.html").read_text(encoding="utf-8")
    assert {item.name for item in theme.manifest.blocks} == set(re.findall(r"{% block (\w+) %}", base))
    macros = [re.search(r"macro (\w+)\(", file.read_text(encoding="utf-8")) for file in components()]
    tokens = {f"--{name}" for name in look.light(Colours())}
    filters = set(made.FORMATS.filters())
    wanted = names | {item.name for item in theme.manifest.blocks} | {macro[1] for macro in macros if macro}
    assert not {
        name for name in wanted | tokens | filters if not re.search(rf"\b{name.strip('-')}\b", readme)
    }


def components() -> list[Path]:
    return sorted((SHIPPED / "templates/components").glob("*.html"))


@pytest.mark.parametrize("file", components(), ids=lambda file: file.stem)
def test_a_component_is_one_macro_whose_arguments_are_documented(file):
    """Named as its file; each argument has its line in the comment above."""
    text = file.read_text(encoding="utf-8")
    comment = re.match(r"\{#-?(.*?)-?#\}", text, re.DOTALL)
    macros = re.findall(r"macro (\w+)\(([^)]*)\)", text)
    assert [name for name, _ in macros] == [file.stem]
    arguments = re.findall(r"(\w+)(?==|,|$)", re.sub(r"=[^,]*", "", macros[0][1]))
    assert comment is not None
    for argument in (name for name in arguments if not name.isdigit()):
        assert f"    {argument}: " in comment[1], argument


def test_colours_of_the_style_sheets_are_tokens():
    """A colour that is not made of the town's own would not be mended."""
    sheets = [
        (SHIPPED / f"static/{name}.css").read_text(encoding="utf-8") for name in ("style", "pages", "home")
    ]
    screen = css = re.sub(r"/\*.*?\*/", "", "".join(sheets), flags=re.DOTALL)
    assert not re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(", screen)
    used = set(re.findall(r"var\((--[\w-]+)", css))
    defined = set(re.findall(r"(--[\w-]+):", css)) | {f"--{name}" for name in look.light(Colours())}
    assert used <= defined


# --- colours


PAIRS = (
    ("ink", "paper"), ("ink", "card"), ("ink", "second-tint"), ("ink", "accent-tint"), ("quiet", "paper"),
    ("quiet", "card"), ("quiet", "accent-tint"), ("accent", "paper"), ("accent", "card"), ("accent", "accent-tint"),
    ("second", "paper"), ("second", "card"), ("second", "second-tint"), ("on-fill", "fill"), ("on-voice", "voice"),
    ("on-second", "second-fill"), ("on-foot", "foot"), ("on-fill", "fill-pressed"), ("on-fill", "glow"),
)  # fmt: skip


@settings(deadline=None)
@given(accent=HEX, second=HEX)
def test_any_colours_of_a_town_can_be_read(accent, second):
    """Every pair of letters and ground that the style sheet makes, in both schemes: 4.5 to 1; edges 3 to 1."""
    for scheme in (look.light, look.dark):
        found = scheme(Colours(accent=accent, second=second))
        tokens = {name: look.parse(value) for name, value in found.items()}
        for letters, ground in PAIRS:
            assert look.contrast(tokens[letters], tokens[ground]) >= look.TEXT, (letters, ground)
        for edge, ground in (("edge", "paper"), ("edge", "card"), ("voice", "fill")):
            assert look.contrast(tokens[edge], tokens[ground]) >= look.LARGE, (edge, ground)


def test_a_colour_that_can_be_read_stays_the_town_s_own():
    """Nothing is mended that need not be; a light surface takes dark letters instead of being darkened."""
    tokens = look.light(Colours(accent="#1d4e89", second="#ffd500"))
    assert (tokens["accent"], tokens["fill"], tokens["on-fill"]) == ("#1d4e89", "#1d4e89", "#ffffff")
    assert tokens["second-fill"] == "#ffd500"
    assert tokens["on-second"] != "#ffffff"


def test_a_mended_colour_keeps_its_hue():
    """Yellow letters become a dark yellow, not grey."""
    red, green, blue = look.parse(look.light(Colours(second="#ffd500"))["second"])
    assert red > green > blue
    assert blue < 0.1


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#ff0000", "#ffffff", 4.0)],
)
def test_contrast_is_wcag_s(one, other, ratio):
    """Values that WCAG's own examples give."""
    assert look.contrast(look.parse(one), look.parse(other)) == pytest.approx(ratio, abs=0.01)


def test_the_icon_is_made_of_the_town_s_colours():
    """A shipped icon would be nobody's."""
    assert "#123456" in look.icon(Colours(accent="#123456"))
