"""Answers → the files of a new consultation: a site that builds at once, and says what is still to be filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo

import jinja2

from assises.answers import Answers
from assises.settings_reader import is_email
from assises.slugs import slug
from assises.translation import Formats

FORGES = ("github", "gitlab", "forgejo")
_RECIPES = {
    "github": ".github/workflows/assises.yml",
    "gitlab": ".gitlab-ci.yml",
    "forgejo": ".forgejo/workflows/assises.yml",
}
_DOTTED = {
    ".gitignore": "/.assises/\n/dist/\n/apercu/\n",
    ".gitattributes": "* text=auto eol=lf\n*.pdf binary\n*.png binary\n*.jpg binary\n",
    ".editorconfig": "root = true\n\n[*]\ncharset = utf-8\nend_of_line = lf\ninsert_final_newline = true\n"
    "indent_style = space\nindent_size = 2\n",
    ".vscode/settings.json": '{\n  "yaml.schemas": {"./schemas/site.json": "site.yaml"},\n'
    '  "files.eol": "\\n"\n}\n',
}
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~])")


def scaffold(answers: Answers, today: date, forges: tuple[str, ...] = FORGES) -> dict[PurePosixPath, str]:
    """Return the files of a new consultation, by path.

    Args:
        answers: with their dates.
        today: the day of the announcement.
        forges: whose recipes for continuous integration are written.
    """
    names = _names(answers, today)
    found = {PurePosixPath(path): text for path, text in _DOTTED.items()}
    for path, text in _templates(answers).items():
        found[path] = _engine().from_string(text).render(names)
    for forge in forges:
        recipe = files("assises") / "scaffolding" / "forges" / f"{forge}.yml"
        found[PurePosixPath(_RECIPES[forge])] = recipe.read_text(encoding="utf-8")
    return found


def _names(answers: Answers, today: date) -> Mapping[str, Any]:
    opens, closes = answers.opens, answers.closes
    if opens is None or closes is None:
        raise ValueError("answers without dates")
    formats = Formats(answers.language, ZoneInfo("Europe/Paris"))
    after = closes + timedelta(days=1)
    answered = closes + timedelta(weeks=8)
    dates = {
        "today": today,
        "announced": min(today, opens - timedelta(days=1)),
        "opens": opens,
        "opens_eve": opens - timedelta(days=1),
        "middle": opens + (closes - opens) // 2,
        "closes": closes,
        "analysis": after,
        "analysis_end": answered,
        "answers": answered + timedelta(days=1),
        "answers_end": answered + timedelta(weeks=52),
        "decision_date": answers.decision_date or "2026-03-03",
    }
    spoken = (("opens", opens), ("closes", closes), ("answers", answered + timedelta(days=1)))
    words = {f"{name}_words": formats.short_day(day) for name, day in spoken}
    return {**_texts(answers), **dates, **words, "kind": answers.kind, "moderation": answers.moderation}


def _texts(answers: Answers) -> dict[str, str]:
    """Return every text that is asked for; a mark in place of each that is not known yet."""
    french = answers.language == "fr"
    blank, word = ("à compléter", "a-completer") if french else ("to fill in", "to-fill-in")
    labels = _LABELS[answers.language]
    found = {name: getattr(answers, name, "") or f"[{blank} : {label}]" for name, label in labels.items()}
    if not french:
        found = {name: text.replace(f"[{blank} : ", f"[{blank}: ") for name, text in found.items()}
    found["email"] = answers.email or f"{word}@ville.invalid"
    found["data_protection"] = answers.data_protection or f"dpd-{word}@ville.invalid"
    found["url"] = answers.url or f"https://{word}.invalid/"
    found["director"] = answers.director or ("Le maire" if french else "The mayor")
    found |= {name: getattr(answers, name) for name in ("decision", "accent", "deploy", "inbox")}
    found["logo"] = logo_path(answers)
    found["id"] = slug(answers.name) or "consultation"
    return found


def logo_path(answers: Answers) -> str:
    """Return where the logo lies in the site; empty: there is none."""
    return f"content/logo{PurePosixPath(answers.logo).suffix.lower()}" if answers.logo else ""


_LABELS = {
    "fr": {
        "name": "nom de la concertation", "tagline": "de quoi il s’agit, en une phrase", "town": "nom de la ville",
        "address": "adresse postale", "phone": "téléphone", "objectives": "objectifs, dans les termes de l’acte",
        "decided_by": "qui décide", "open": "ce que la parole des habitants peut changer",
        "not_open": "ce qui ne l’est pas, et pourquoi", "host": "nom de l’hébergeur",
        "host_address": "adresse de l’hébergeur", "host_phone": "téléphone de l’hébergeur",
        "decision_number": "numéro de l’acte", "project": "ce qui est prévu, en quelques phrases",
        "logs": "ce que l’hébergeur enregistre des visites, et combien de temps",
        "accessibility_plan": "l’adresse du schéma pluriannuel de mise en accessibilité",
        "accessibility_year": "l’adresse du plan d’action de l’année", "venue": "nom de la salle",
        "venue_address": "adresse de la salle",
        "venue_access": "comment y venir et y entrer, avec un handicap aussi",
    },
    "en": {
        "name": "the consultation’s name", "tagline": "what it is about, in one sentence", "town": "the town’s name",
        "address": "postal address", "phone": "telephone", "objectives": "objectives, in the words of the act",
        "decided_by": "who decides", "open": "what residents’ words can change",
        "not_open": "what they cannot, and why", "host": "the host’s name",
        "host_address": "the host’s address", "host_phone": "the host’s telephone",
        "decision_number": "the act’s number", "project": "what is planned, in a few sentences",
        "logs": "what the host records of visits, and for how long",
        "accessibility_plan": "the address of the accessibility plan of several years",
        "accessibility_year": "the address of this year’s plan", "venue": "the room’s name",
        "venue_address": "the room’s address",
        "venue_access": "how to get there and in, with a disability too",
    },
}  # fmt: skip
"""What is still to be said, where it is not known."""


def _engine() -> jinja2.Environment:
    made = jinja2.Environment(
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        autoescape=False,  # noqa: S701 - YAML and Markdown, each value through a filter of its own
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["yaml"] = lambda text: json.dumps(str(text), ensure_ascii=False)
    made.filters["md"] = _as_markdown
    made.filters["mail"] = lambda text: f"<{text}>" if is_email(text) else _as_markdown(text)
    return made


def _as_markdown(text: str) -> str:
    """Return words as Markdown reads them back; a mark of what is missing keeps its brackets."""
    if text.startswith(("[à compléter", "[to fill in")):
        return text
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def _templates(answers: Answers) -> dict[PurePosixPath, str]:
    """Return what all consultations begin with, and what this kind of them does."""
    of_language = files("assises") / "scaffolding" / answers.language
    folders = (of_language / "common", of_language / answers.kind)
    return dict(sorted(file for folder in folders for file in _files_below(folder, PurePosixPath())))


def _files_below(folder: Traversable, path: PurePosixPath) -> Iterator[tuple[PurePosixPath, str]]:
    for item in folder.iterdir():
        if item.is_dir():
            yield from _files_below(item, path / item.name)
        elif not item.name.startswith((".", "__")):
            yield path / item.name, item.read_text(encoding="utf-8")
