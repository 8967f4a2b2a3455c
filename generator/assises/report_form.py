"""The form by which anybody reports a published contribution (« signalement »), without an account. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from assises.addresses import Addresses
from assises.contribution import format_time
from assises.problems import Message, message
from assises.site import Site, language_prefix

REPORT = "index:report"
"""The form's id. One serves all pages: what is reported says itself where it stands."""

WHY = "why"
"""The id of its question."""

RULE = "rule-"
"""How an answer begins that names a rule of the charter."""

_ALWAYS = "9998-12-31T00:00:00Z"
"""When it closes: as long as something can be read, it can be reported (regulation (EU) 2022/2065, art. 16)."""

_TITLE = message("Why should it not stay?")
_LAW = message("It is against the law")
_PERSON = message("It tells something private of a person")
_OTHER = message("For another reason")


def report_form(
    site: Site, addresses: Addresses, translations: Mapping[str, Callable[[str], str]]
) -> dict[str, object]:
    """Return the form as forms.json has it."""
    settings = site.settings
    languages = settings.languages
    opens = min((phase.opens for phase in settings.phases), default=site.now)
    return {
        "moderation": "report",
        "author": "none",
        "max_length": settings.participation.max_length,
        "positions": False,
        "windows": [[format_time(opens), _ALWAYS]],
        "titles": {language: settings.name.get(language, *languages) for language in languages},
        "addresses": {
            language: f"{addresses.base}{language_prefix(language, site.language)}/".replace(
                "//", "/"
            ).replace(":/", "://", 1)
            for language in languages
        },
        "items": {language: [_question(site, language, translations[language])] for language in languages},
    }


def _question(site: Site, language: str, translate: Callable[[str], str]) -> dict[str, object]:
    def say(sentence: Message) -> str:
        return sentence.render(translate)

    rules = site.settings.participation.rules
    titles = {f"{RULE}{rule.id}": rule.title.get(language, *site.settings.languages) for rule in rules}
    return {
        "id": WHY,
        "title": say(_TITLE),
        "type": "single",
        "hint": "",
        "required": True,
        "choices": {"law": say(_LAW), "person": say(_PERSON)} | titles | {"other": say(_OTHER)},
    }
