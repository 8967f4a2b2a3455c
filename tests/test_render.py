"""Site → pages: what stands in them, where links lead, what stays hidden."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import PurePosixPath

import pytest

import site_by_hand as made
from assises.content import Discussed, Page
from assises.contribution import CHANNELS
from assises.discussion import POSTS
from assises.forms import forms_json
from assises.render import MAIN_MARK, TITLE_MARK, render, shell
from assises.settings import Look
from assises.site import as_published
from assises.theme import environment

PLAN = PurePosixPath("content/documents/plan bleu.pdf")
LOGO = PurePosixPath("content/logo.svg")
FILES = {PLAN: b"%PDF", LOGO: b"<svg/>"}


@pytest.fixture(scope="module")
def output() -> dict[str, bytes]:
    return render(made.site(theme=Look(logo=LOGO)), made.theme(), made.ADDRESSES, FILES)


def html(output: dict[str, bytes], path: str) -> str:
    return output[path].decode()


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_two_renderings_of_one_site_are_the_same_bytes(output):
    """Nothing of the clock, of the machine or of an order of chance is in the pages."""
    assert render(made.site(theme=Look(logo=LOGO)), made.theme(), made.ADDRESSES, FILES) == output


def test_every_kind_of_page_has_its_file(output):
    """Pages, lists, ledger and machines' files stand at the addresses that design.md gives."""
    expected = """index.html en/index.html topics/index.html en/topics/index.html topics/housing/index.html
        en/topics/housing/index.html meetings/first/index.html method/index.html legal/charter/index.html
        news/opening/index.html commitments/housing/index.html questions/first/index.html ledger/index.html
        ledger/2017-11-09/index.html en/ledger/2017-11-09/index.html 404.html feed.xml en/feed.xml meetings.ics
        en/meetings.ics sitemap.xml robots.txt logement/index.html documents/plan\u00a0bleu.pdf"""
    assert {path.replace("\u00a0", " ") for path in expected.replace("\n", " ").split(" ") if path} <= set(
        output
    )


def test_every_page_has_one_heading_a_title_and_its_language(output):
    """One h1, a title, lang and dir: on each page of the site."""
    for path, data in output.items():
        if not path.endswith(".html"):
            continue
        tags = Tags(data.decode())
        language = "en" if path.startswith("en/") else "fr"
        assert tags.named("html") == [{"lang": language, "dir": "ltr"}], path
        assert len(tags.named("h1")) == 1, path
        assert len(tags.named("title")) == 1, path


def test_ids_are_unique_and_headings_go_down_by_one(output):
    """What assistive tools lean on: ids once, no level of headings left out."""
    for path, data in output.items():
        if path.endswith(".html"):
            tags = Tags(data.decode())
            ids = [attributes["id"] for _, attributes in tags.found if "id" in attributes]
            assert len(ids) == len(set(ids)), path
            levels = [int(tag[1]) for tag, _ in tags.found if re.fullmatch(r"h[1-6]", tag)]
            steps = pairwise(levels)
            assert all(after <= before + 1 for before, after in steps), (path, levels)


def test_no_leaf_of_a_long_thread_leaves_out_a_level_of_headings(monkeypatch):
    """From the second on they begin with a reply."""
    said = [made.contribution(seed, made.FIRST.id, made.FIRST.form) for seed in range(100, 100 + POSTS)]
    monkeypatch.setattr(made, "FATES", (*made.FATES, *((reply, "published") for reply in said)))
    found = render(made.site(), made.theme(), made.ADDRESSES, {})
    page = html(found, f"topics/housing/contributions/{made.FIRST.id}/2/index.html")
    levels = re.findall(r"<h([1-6])", page.partition('<footer class="site-footer"')[0])
    assert levels[:2] == ["1", "2"]
    assert set(levels) == {"1", "2"}


def test_links_inside_the_site_lead_to_files(output):
    """Every root-relative link of every page carries the sub-path and has a file behind it."""
    later = {"ledger/ledger.jsonl", "ledger/head.json", "ledger/keys.json", "contributions.jsonl"}
    for path, data in output.items():
        if not path.endswith(".html"):
            continue
        for _, attributes in Tags(data.decode()).found:
            link = attributes.get("href") or attributes.get("src") or ""
            if not link.startswith("/"):
                continue
            place = link.partition("#")[0].removeprefix("/assises/").replace("%20", " ")
            assert link.startswith("/assises/"), (path, link)
            assert {place, f"{place}index.html"} & {*output, *later}, (path, link)


def test_canonical_and_alternates_are_whole_addresses(output):
    """A translated page names all its languages; an untranslated one only itself."""
    page = html(output, "en/topics/housing/index.html")
    assert '<link rel="canonical" href="https://ville.example/assises/en/topics/housing/">' in page
    assert 'hreflang="fr" href="https://ville.example/assises/topics/housing/"' in page
    assert 'rel="alternate" hreflang' not in html(output, "topics/youth/index.html")


def test_markdown_links_lead_to_pages_files_and_elsewhere(output):
    """Links to .md files become addresses in the page's language; files and other sites stay what they are."""
    page = html(output, "topics/housing/index.html")
    assert 'href="/assises/method/#pas"' in page
    assert 'href="/assises/documents/plan%20bleu.pdf"' in page
    assert 'href="https://x.example/"' in page
    assert 'href="/assises/feed.xml"' in page


def test_an_untranslated_page_is_listed_in_its_own_language(output):
    """The English list shows the French page, says so in words and marks its language."""
    page = html(output, "en/topics/index.html")
    assert (
        'lang="fr" hreflang="fr">Jeunesse &lt;script&gt;</a> <span class="tongue" lang="fr">(Français)'
        in page
    )


def test_a_link_to_a_file_keeps_its_query():
    """Town's sites mark versions of their documents by one; a question mark of the name itself is escaped."""
    seen = made.view(made.site(), made.theme())
    home = made.PAGES[0]
    assert seen.resolve(home, "documents/plan%20bleu.pdf?v=2#page=3") == (
        "/assises/documents/plan%20bleu.pdf?v=2#page=3"
    )
    assert seen.resolve(home, "topics/housing.md?a=1#x") == "/assises/topics/housing/?a=1#x"


def test_two_things_of_one_path_are_refused():
    """Validation has told them by then; where it fails, nothing is lost in silence."""
    with pytest.raises(ValueError, match=r"written twice: topics/index\.html"):
        render(made.site(), made.theme(), made.ADDRESSES, {PurePosixPath("content/topics/index.html"): b""})


def test_the_organiser_s_answers_are_not_counted_as_contributions():
    """Neither in the page's number nor in that of replies."""
    site = made.site()
    found = site.discussion("topics/housing")
    (first,) = (thread for thread in found.threads if thread.id == made.FIRST.id)
    assert (site.counts["topics/housing"], found.size) == (2, 2)
    assert (first.size, first.first.replies, first.answered) == (1, 0, True)


def test_every_channel_has_its_words():
    """In the language of the page; an answer of the organiser is « La collectivité »."""
    seen = made.view(made.site(), made.theme())
    engine = environment(made.theme(), made.FORMATS, seen.names())
    name = engine.get_template("components/channel_name.html").module.channel_name
    assert len({str(name(channel)) for channel in CHANNELS}) == len(CHANNELS)
    assert str(name("town")) == "La collectivité"


def test_what_is_dated_later_does_not_appear(output):
    """Neither tomorrow's news nor tomorrow's promises are in any file."""
    everything = b"".join(output.values()).decode(errors="ignore")
    assert "Secret de demain" not in everything
    assert "Promesse future" not in everything
    assert "Étape future" not in everything
    assert "Promesse tenue" in everything


def test_a_link_to_what_is_dated_later_leads_to_its_list():
    """A page may already link to a piece of news that is not out yet."""
    site = made.site()
    home = made.page(made.content.Home, "index", body="[Demain](news/later.md)\n")
    pages = (home, *made.PAGES[1:])
    site = made.replace(site, content=made.Content(pages=pages))
    page = render(site, made.theme(), made.ADDRESSES, FILES)["index.html"].decode()
    assert '<a href="/assises/news/">Demain</a>' in page


def test_settings_and_titles_are_escaped(output):
    """Markup in site.yaml or in a title is shown as it was typed."""
    page = html(output, "topics/youth/index.html")
    assert "Ceci est un exemple &lt;b&gt;inventé&lt;/b&gt;." in page
    assert "<h1>Jeunesse &lt;script&gt;</h1>" in page
    assert not [tag for tag in Tags(page).named("script") if "src" not in tag and "type" not in tag]


def test_the_form_says_everything_that_the_intake_asks_for(output):
    """Address, hidden fields, limits, trap: what is posted is what forms.json declares."""
    tags = Tags(html(output, "questions/first/index.html"))
    (form,) = tags.named("form")
    assert form["action"] == "https://ville.example/assises/inbox/contributions"
    assert form["method"] == "post"
    inputs = {(field["name"], field.get("value")) for field in tags.named("input")}
    assert inputs == {
        ("form", "questions/first:comment"),
        ("language", "fr"),
        ("position", "for"),
        ("position", "nuanced"),
        ("position", "against"),
        ("author", None),
        ("website", None),
    }
    # Browsers would cut what is pasted, without a word; the intake says how much is too much.
    assert [area.get("maxlength") for area in tags.named("textarea")] == [None]
    trap = next(field for field in tags.named("input") if field["name"] == "website")
    assert (trap["tabindex"], trap["autocomplete"]) == ("-1", "off")


def test_each_form_that_the_intake_knows_stands_in_its_page():
    """Of every kind of page that may have one, in the middle of its window."""
    content = made.Content(pages=tuple(commented(page) for page in made.PAGES))
    site = as_published(made.replace(made.site(), content=content))
    output = render(site, made.theme(), made.ADDRESSES, FILES)
    languages = dict.fromkeys(("fr", "en"), "")
    forms = json.loads(forms_json(site, made.ADDRESSES, languages, dict.fromkeys(languages, str), ()))[
        "forms"
    ]
    # One form for all that is published: each contribution leads to it.
    forms.pop("index:report")
    kinds = {site.page(id.partition(":")[0]).kind for id in forms}
    assert kinds == {"topic", "meeting", "question", "plain", "news", "commitment"}
    for id, form in forms.items():
        for address in form["addresses"].values():
            path = f"{address.removeprefix(made.ADDRESSES.base)}index.html"
            is_open = any(opens <= "2017-11-20T19:15:00Z" < closes for opens, closes in form["windows"])
            assert (f'name="form" value="{id}"' in html(output, path)) == is_open, id


def commented(page: Page) -> Page:
    return made.replace(page, comments=True) if isinstance(page, Discussed) else page


def test_a_closed_page_says_since_when_and_has_no_form(output):
    """With the instant at which its window closed."""
    page = html(output, "questions/closed/index.html")
    assert "<form" not in page
    assert "Contributions closes depuis le mercredi 15 novembre 2017 à 18\u00a0h." in page


def test_before_the_window_a_page_says_when_it_opens():
    """Its form is there and not shown: the script shows it at the instant, without a new build."""
    site = made.site(now=made.at(11, 1, 12) - timedelta(days=5))
    page = render(site, made.theme(), made.ADDRESSES, FILES)["topics/housing/index.html"].decode()
    assert "Les contributions ouvriront le mardi 7 novembre 2017 à 0\u00a0h." in page
    assert re.search(r'data-starts="2017-11-07T00:00\+01:00" [^>]*data-only="under-way" hidden>\n<form', page)


def test_without_names_the_form_asks_for_none():
    """`participation.author: none`."""
    site = made.site(participation=made.replace(made.SETTINGS.participation, author="none"))
    page = render(site, made.theme(), made.ADDRESSES, FILES)["topics/housing/index.html"].decode()
    assert 'name="author"' not in page


def test_the_thread_shows_words_answers_and_tombstones(output):
    """Published words, the town's answer marked, the withheld one's place without its words."""
    page = html(output, "topics/housing/index.html")
    assert f'id="{made.FIRST.id}"' in page
    assert "<strong>Plus</strong>" in page
    assert not [tag for tag in Tags(page).named("script") if "src" not in tag and "type" not in tag]
    assert "La collectivité répond" in page
    assert "Direction de l’habitat" in page
    assert "Contribution non publiée" in page
    assert made.HIDDEN.text not in page
    assert made.WAITING.id not in page
    assert "A reply" in page
    assert "2 contributions" in page


def test_replies_go_to_the_form_of_the_page(output):
    """An answer of the town came by a form that no page has; the reply to it takes the page's."""
    page = html(output, "topics/housing/index.html")
    for said in (made.FIRST, made.ANSWER):
        asked = f"form=topics%2Fhousing%3Acomment&amp;of={said.id}&amp;language=fr"
        assert f'href="https://ville.example/assises/inbox/contributions/new?{asked}"' in page


def test_once_closed_nobody_is_asked_to_reply():
    """The thread stays, the links to reply go; what must not stay can be reported for ever."""
    site = made.site(now=made.at(1, 5, year=2018))
    page = render(site, made.theme(), made.ADDRESSES, FILES)["topics/housing/index.html"].decode()
    assert f'id="{made.FIRST.id}"' in page
    asked = f"form=index%3Areport&amp;of={made.FIRST.id}&amp;language=fr"
    assert re.findall(r"contributions/new\?([^\"]*)", page)[0] == asked
    assert "%3Acomment" not in page


def test_a_meeting_says_its_state_in_words(output):
    """Under way, over, cancelled, to come."""
    states = {"first": "Passée", "second": "En cours", "third": "Annulée", "fourth": "À venir"}
    for slug, words in states.items():
        assert f">{words}</span>" in html(output, f"meetings/{slug}/index.html"), slug
    assert "de 18\u00a0h\u00a030 à 21\u00a0h" in html(output, "meetings/second/index.html")
    assert "En ce moment\u00a0: <a" in html(output, "index.html")


def test_the_home_page_says_the_phase_and_until_when(output):
    """In both languages, in words."""
    assert "jusqu’au dimanche 10 décembre 2017 inclus" in html(output, "index.html")
    assert "until the end of Sunday 10 December 2017" in html(output, "en/index.html").replace(",", "")
    assert 'aria-current="step"' in html(output, "index.html")


@pytest.mark.parametrize(
    ("month", "year", "words"),
    [
        (10, 2017, "Les contributions ouvriront le mardi 7 novembre 2017 à 0\u00a0h."),
        (3, 2018, "closes depuis le lundi 11 décembre 2017 à 0\u00a0h."),
    ],
)
def test_outside_all_phases_the_home_page_says_so(month, year, words):
    """Before the first phase and after the last."""
    site = made.site(now=made.at(month, 1, year=year))
    assert words in render(site, made.theme(), made.ADDRESSES, FILES)["index.html"].decode()


@pytest.mark.parametrize(
    ("month", "year", "words"),
    [
        (10, 2017, "Commence le lundi 16 octobre 2017"),
        (12, 2017, "Analyse</strong> jusqu’au jeudi 1er février 2018 inclus"),
        (3, 2018, "Terminée depuis"),
    ],
)
def test_without_contributions_the_home_page_says_which_phase_it_is(month, year, words):
    """A consultation held in rooms alone has its phases too."""
    phases = tuple(made.replace(phase, contributions=False) for phase in made.SETTINGS.phases)
    site = made.site(phases=phases, now=made.at(month, 12 if month == 12 else 1, year=year))
    page = render(site, made.theme(), made.ADDRESSES, FILES)["index.html"].decode()
    assert words in page
    assert "Ce site ne recueille pas de contributions" in page
    topic = render(site, made.theme(), made.ADDRESSES, FILES)["topics/housing/index.html"].decode()
    assert ('<p class="site-state"><span>Analyse</span></p>' in topic) == (month == 12)


def test_the_ledger_counts_everything_received(output):
    """Received is the sum of the states, by channel, waiting and withheld ones included."""
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html(output, "ledger/index.html")))
    assert "6 contributions reçues" in text
    assert "Sur le site 5 3 1 1 0 0" in text
    assert "Dit en réunion publique 1 1 0 0 0 0" in text
    assert "Ensemble 6 4 1 1 0 0" in text


def test_a_day_of_the_ledger_gives_each_contribution_its_anchor(output):
    """Published ones lead to their place; the others say their state and nothing more."""
    page = html(output, "ledger/2017-11-09/index.html")
    assert f'id="{made.FIRST.id}"' in page
    assert made.SHORT in page
    assert f'href="/assises/topics/housing/contributions/#{made.FIRST.id}"' in page
    hidden = html(output, "ledger/2017-11-11/index.html")
    assert "Non publiée" in hidden
    assert "topics/housing/#" not in hidden
    assert "En attente de lecture" in html(output, "ledger/2017-11-13/index.html")


def test_a_former_address_leads_on(output):
    """Refresh, canonical address and a link, kept out of search engines."""
    page = html(output, "logement/index.html")
    assert '<meta http-equiv="refresh" content="0; url=/assises/topics/housing/">' in page
    assert '<link rel="canonical" href="https://ville.example/assises/topics/housing/">' in page
    assert "noindex" in page


def test_the_site_map_names_every_page_once(output):
    """Neither redirects nor the error page are in it."""
    found = re.findall(r"<loc>(.*?)</loc>", html(output, "sitemap.xml"))
    assert len(found) == len(set(found))
    assert "https://ville.example/assises/en/topics/housing/" in found
    assert not [place for place in found if "404" in place or "logement" in place]


def test_assets_are_named_by_their_content(output):
    """Style, icon and logo can be kept for ever."""
    names = [path for path in output if path.startswith("assets/")]
    assert all(re.search(r"\.[0-9a-f]{8}\.\w+$", name) for name in names)
    logo = next(name for name in names if name.startswith("assets/logo."))
    assert output[logo] == FILES[LOGO]
    assert f'src="/assises/{logo}"' in html(output, "index.html")


def test_the_shell_links_with_whole_addresses_only():
    """Shown from the intake's own address, it must find everything; the marks stand once each."""
    page = shell(made.site(), made.theme(), made.ADDRESSES, "en", FILES)
    assert page.count(TITLE_MARK) == 1
    assert page.count(MAIN_MARK) == 1
    for _, attributes in Tags(page).found:
        link = attributes.get("href") or attributes.get("src") or ""
        assert re.match(r"https?://|mailto:|tel:|#|$", link), link
    assert "canonical" not in page
    assert '<meta name="robots" content="noindex">' in page
    assert '<html lang="en"' in page


def test_the_shell_is_nowhere_in_the_menu():
    """What the intake answers is no page of the site: the home page's link does not say that one is there."""
    for language in ("en", "fr"):
        page = shell(made.site(), made.theme(), made.ADDRESSES, language, FILES)
        assert 'class="brand"' in page
        assert "aria-current" not in page


def test_pages_ask_nothing_of_others(output):
    """No script but the site's own file, which waits; no style of its own, no request to another host."""
    for path, data in output.items():
        if path.endswith(".html"):
            tags = Tags(data.decode())
            scripts = [
                script for script in tags.named("script") if script.get("type") != "application/ld+json"
            ]
            assert all(
                "defer" in script and re.match(r"/assises/assets/(site|time|leaves|number)\.", script["src"])
                for script in scripts
            )
            assert not tags.named("style"), path
            assert not [a for _, a in tags.found if "style" in a or any(key.startswith("on") for key in a)]
            fetched = [link["href"] for link in tags.named("link") if link["rel"] in ("stylesheet", "icon")]
            fetched += [image["src"] for image in tags.named("img")]
            assert all(link.startswith("/assises/assets/") for link in fetched), path


def test_a_page_that_is_right_to_left_says_so():
    """An Arabic site: direction and words of dates."""
    pages = tuple(made.replace(page, language="ar") for page in made.PAGES if page.language == "fr")
    site = made.site(languages=("ar",))
    site = made.replace(site, content=made.Content(pages=pages))
    page = render(site, made.theme(), made.ADDRESSES, FILES)["index.html"].decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert "نوفمبر" in page


NOTICES = (
    "Ne citez personne, et ne dites rien de la santé de quiconque",
    "Ce que devient votre contribution",
    "non une démarche administrative",
    "Participer autrement",
)
"""What each form says; the intake's own forms say the first in their field's hint."""


def form_pages(site: made.Site) -> dict[str, str]:
    """Return every page that has a form, the intake's shell among them."""
    output = render(site, made.theme(), made.ADDRESSES, FILES)
    pages = {path: data.decode() for path, data in output.items() if b'class="contribution-form"' in data}
    return pages | {"the intake": shell(site, made.theme(), made.ADDRESSES, "fr", FILES)}


def test_each_form_says_what_whoever_writes_has_to_know():
    """What becomes of it and when, what it is not, where that goes, and how to take part without the site."""
    asked = made.replace(
        made.SETTINGS.participation,
        what_next=made.TEXT("La ville répond le 2 février."),
        requests=made.TEXT("Logement : au guichet."),
        other_ways=made.TEXT("À l’accueil, au 01 23 45 67 89, par lettre."),
    )
    pages = form_pages(made.site(participation=asked))
    assert len(pages) > 4
    for path, page in pages.items():
        if path.startswith("en/"):
            continue
        for told in NOTICES[path == "the intake" :]:
            assert told in page, path
        for told in (
            "La ville répond le 2 février.",
            "Logement : au guichet.",
            "À l’accueil, au 01 23 45 67 89",
        ):
            assert told in page, path


def test_a_form_says_it_too_where_the_town_wrote_nothing():
    """The phases to come, the organiser's own telephone and address."""
    phases = tuple(
        made.replace(phase, stage="analysis" if phase.id == "after" else "") for phase in made.SETTINGS.phases
    )
    organiser = made.replace(made.SETTINGS.organiser, phone="01 23 45 67 89")
    pages = form_pages(made.site(phases=phases, organiser=organiser))
    for page in (pages["topics/housing/index.html"], pages["the intake"]):
        assert "La suite\u00a0: Analyse (11 déc. 2017\u2009–\u20091er févr. 2018)." in page
        assert "par téléphone au 01 23 45 67 89, par courriel à a@ville.example" in page
    without = form_pages(made.site())["topics/housing/index.html"]
    assert "lors d’une rencontre, par courriel à a@ville.example, ou par lettre" in without


def test_versions_easy_to_read_and_signed_stand_at_each_form():
    """A page's own; else those of the first page, which stand at its head too."""
    site = made.site()
    pages = tuple(
        made.replace(page, easy_to_read="/facile/", sign_language="https://video.example/lsf")
        if page.id == "index" and page.language == "fr"
        else made.replace(page, easy_to_read="/facile-logement/")
        if page.id == "topics/housing" and page.language == "fr"
        else page
        for page in site.content.pages
    )
    site = made.replace(site, content=made.replace(site.content, pages=pages))
    found = form_pages(site)
    own = found["topics/housing/index.html"].partition('class="form-notes"')[2]
    assert "/assises/facile-logement/" in own
    assert 'href="https://video.example/lsf"' in own
    for page in (found["questions/first/index.html"], found["the intake"]):
        assert "/assises/facile/" in page
        assert 'href="https://video.example/lsf"' in page
    home = render(site, made.theme(), made.ADDRESSES, FILES)["index.html"].decode()
    assert 'href="/assises/facile/"' in home.partition("</header>")[2]


def test_a_shared_link_shows_a_picture_of_the_page(output):
    """Each page that is shared has its own; the others show the home page's; each picture is there."""
    shown = {}
    for path, page in output.items():
        if path.endswith(".html") and (
            found := re.search(rb'<meta property="og:image" content="([^"]+)">', page)
        ):
            name = found[1].decode().removeprefix("https://ville.example/assises/")
            assert output[name].startswith(b"\x89PNG"), path
            shown[path] = name
    assert shown["topics/housing/index.html"] != shown["index.html"]
    assert shown["ledger/index.html"] == shown["index.html"] != shown["en/index.html"]
    assert shown["topics/housing/contributions/index.html"] == shown["topics/housing/index.html"]


def test_feeds_are_found_from_the_page(output):
    """News, all contributions, and on a topic's page its own: browsers and readers are told of each."""
    page = html(output, "topics/housing/index.html")
    found = re.findall(
        r'<link rel="alternate" type="application/atom\+xml"[^>]* href="/assises/([^"]+)">', page
    )
    assert found == ["feed.xml", "contributions.xml", "topics/housing/feed.xml"]
    assert all(path in output for path in found)
