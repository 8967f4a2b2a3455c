"""The statement of reasons: what the author of a withheld contribution is told.

Which rule, in whose words, by what means, and how to contest it (regulation (EU) 2022/2065, art. 17; for a town,
code des relations entre le public et l'administration, art. L211-2 and L211-5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assises.contribution import number
from assises.decisions import Decision
from assises.duties import is_french
from assises.problems import Message, message
from assises.settings import Settings
from assises.translation import Formats


def withholding(decisions: Sequence[Decision]) -> Decision | None:
    """Return the decision by which a contribution is withheld now; None where it is not."""
    last = next((each for each in reversed(decisions) if each.action in ("publish", "withhold")), None)
    return last if last and last.action == "withhold" else None


def statement(
    id: str,
    decisions: Sequence[Decision],
    settings: Settings,
    language: str,
    translate: Callable[[str], str],
) -> tuple[str, ...]:
    """Return the statement on a contribution, a paragraph each; nothing where it is not withheld.

    It names no moderator: the organiser decides, and answers for it.
    """
    decision = withholding(decisions)
    if decision is None:
        return ()
    formats = Formats(language, settings.time_zone, translate)
    day = formats.day(decision.time)
    was_published = any(each.action == "publish" for each in decisions)
    told = (
        message(
            "Your contribution number {number} is not published any more, since {day}.",
            number=number(id),
            day=day,
        )
        if was_published
        else message(
            "Your contribution number {number} is not published. This was decided on {day}.",
            number=number(id),
            day=day,
        )
    )
    return tuple(
        sentence.render(translate)
        for sentence in (told, *_why(decision, settings, language), *_contest(settings))
    )


def _why(decision: Decision, settings: Settings, language: str) -> list[Message]:
    titles = {rule.id: rule.title.get(language, *settings.languages) for rule in settings.participation.rules}
    found = [
        message("The rule of the moderation charter: {rule}", rule=titles.get(decision.rule, decision.rule))
    ]
    if decision.reason:
        found.append(message("The reason: {reason}", reason=decision.reason))
    if decision.related:
        found.append(
            message(
                "A person took this decision, without any automated means, after somebody had reported the contribution."
            )
        )
    else:
        found.append(message("A person took this decision, without any automated means."))
    return found


def _contest(settings: Settings) -> list[Message]:
    found = [
        message(
            "If you disagree, write to {email} with this number: another person looks at it again, and answers.",
            email=settings.organiser.email,
        )
    ]
    if is_french(settings):
        found.append(
            message("You may also bring the decision before the administrative court within two months.")
        )
    return found
