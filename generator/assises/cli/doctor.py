"""``assises doctor``: what is wrong, in sentences with the mend."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from assises.cli.common import NOW, SITE, command
from assises.cli.words import _, translate
from assises.console import Console
from assises.doctor import Patient, Symptom, examined, keys, machine
from assises.load import instant, look_through, read_site
from assises.problems import Problem, message
from assises.roles import Roles


@click.command(
    help=_(
        "Look at machine, site, keys, store, inbox, mail and address, and say what is wrong and how to mend it."
    ),
    epilog=_("Nothing is changed. Exit code 1: something is wrong."),
)
@SITE
@NOW
@command
def doctor(console: Console, root: Path, now: datetime | None) -> None:
    """Examine everything, and say each thing when it was looked at."""
    settings, _content, _problems = read_site(root)
    patient = Patient(root, settings, os.environ, instant(root, now, settings))
    looked = look_through(root, now)
    found = [_said(console, _site(looked.problems))]
    # What opening the roles would make anew is looked at before: a doctor changes nothing.
    if all((root / place).exists() for place in (settings.store.keys, settings.store.path)):
        roles = Roles.of(root, settings)
        with roles.store:
            found += [_said(console, symptom) for symptom in examined(patient, roles, looked.site)]
    else:
        found += [_said(console, symptom) for symptom in (*machine(patient), *keys(patient))]
    wrong = [symptom for symptom in found if not symptom.holds]
    console.done(
        message("{count} things to mend.", count=len(wrong)) if wrong else message("All is well."),
        ok=not wrong,
        symptoms=[
            {
                "part": each.part.render(),
                "ok": each.holds,
                "what": each.what.render(),
                "mend": each.mend.render(),
            }
            for each in found
        ],
    )
    if wrong:
        sys.exit(1)


def _site(problems: Sequence[Problem]) -> Symptom:
    wrong = sum(problem.severity != "warning" for problem in problems)
    what = message("Errors and unfinished places: {count}.", count=wrong)
    return Symptom(message("site"), not wrong, what, message("assises check lists them."))


def _said(console: Console, symptom: Symptom) -> Symptom:
    part, what = symptom.part.render(translate), symptom.what.render(translate)
    if console.as_json:
        return symptom
    if symptom.holds:
        console.say(message("ok     {part}: {what}", part=part, what=what))
    else:
        console.failed(message("wrong  {part}: {what}", part=part, what=what))
        if mend := symptom.mend.render(translate):
            console.failed(message("       {mend}", mend=mend))
    return symptom
