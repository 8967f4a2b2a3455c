"""``assises launch``: from nothing to a site that residents read, and whose words arrive, in one command.

Each step looks at what is there and does what is missing, so that the same command goes on where it stopped.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import getaddresses
from pathlib import Path
from typing import Any, NoReturn

import click

from assises import build as builder
from assises import probe, verification
from assises.answers import NAMES, Answers, read_answers
from assises.catalogues import sentences
from assises.cli.begin import files_in, write_new
from assises.cli.common import SITE, command
from assises.cli.deploying import Deploying
from assises.cli.machine import CERTIFICATE, CERTIFICATE_KEY, KEPT_BY, WEB, Machine, Running
from assises.cli.questions import as_options, asked, own_language
from assises.cli.words import _, translate
from assises.console import Console
from assises.deploy.publish import Terms
from assises.load import Loaded, load, read_site
from assises.machine.answering import until
from assises.machine.town import MachineError, name_of
from assises.moderators import Moderator, ModeratorError, add, moderators
from assises.poster import PosterError, as_pdf, poster
from assises.problems import Message, message
from assises.roles import Roles, moderator
from assises.settings_reader import SITE as SITE_FILE
from assises.translation import Formats
from assises.verification import Finding

POSTER = "poster.pdf"


@dataclass(frozen=True, slots=True)
class _Launch:
    """What every step needs."""

    console: Console
    root: Path
    patience: int
    """Seconds that a probe may take."""

    machine: Machine
    """What this machine is to run for it."""

    def step(self, title: Message) -> None:
        """Say what is done next."""
        self.console.say(message("— {step}", step=title.render(translate)))


@click.command(
    help=_(
        "Put a consultation online: create it if DIR holds none, check, build, deploy, verify. Run it again and it "
        "goes on where it stopped."
    ),
    epilog=_(
        "Example: assises launch assises-2027 --answers answers.yaml --yes. What the answers may say: assises launch "
        "--help, under the names of the options."
    ),
)
@SITE
@click.option("--yes", is_flag=True, help=_("Ask nothing; what is missing is listed."))
@click.option(
    "--answers",
    "file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help=_("Read the answers from a file in YAML, with the names of these options."),
)
@click.option("--dry-run", is_flag=True, help=_("Show what would be done, and change nothing."))
@click.option(
    "--patience",
    default=60,
    metavar="SECONDS",
    type=click.IntRange(min=0),
    help=_("How long a probe may take from the intake to the store."),
)
@click.option(
    "--install/--no-install",
    "here",
    default=None,
    help=_(
        "Whether this machine receives the contributions; by default, whether the site’s name leads to it."
    ),
)
@KEPT_BY
@WEB
@CERTIFICATE
@CERTIFICATE_KEY
@as_options
@command
def launch(
    console: Console,
    /,
    root: Path,
    yes: bool,
    file: Path | None,
    dry_run: bool,
    patience: int,
    here: bool | None,
    **flags: Any,
) -> None:
    """Take the steps in their order; the first that cannot be taken ends it."""
    said = {name: value for name, value in flags.items() if value is not None}
    given = replace(read_answers(file) if file else Answers(language=own_language()), **said)
    machine = Machine.of(given, here=here)
    with ExitStack() as stack:
        answers = None
        if not (root / SITE_FILE).exists():
            answers = given if yes else asked(given, _named(given, file, said), NAMES)
            if dry_run:
                machine = replace(machine, choices=replace(machine.choices, name=name_of(root.resolve())))
                root = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "site"
        doing = _Launch(console, root, patience, machine)
        if answers:
            _create(doing, answers, dry_run=dry_run)
        _check(doing)
        if dry_run:
            loaded, outputs = _built(doing)
            _deploying(doing, loaded).show(loaded, outputs)
            machine.show(doing.console.aside, doing.root, loaded)
            return
        roles = _prepared(doing, answers)
        with roles.store:
            loaded, outputs = _built(doing)
            _deploying(doing, loaded).do(loaded, outputs)
            runs = _installed(doing, loaded)
            findings = list(_verified(doing, loaded, outputs, roles, runs))
        _ended(doing, loaded, findings, runs)


def _named(given: Answers, file: Path | None, said: dict[str, Any]) -> set[str]:
    """Return the names of the answers that somebody gave, and that are not asked for."""
    return {name for name in NAMES if getattr(given, name) not in ("", None)} if file else set(said)


def _create(doing: _Launch, answers: Answers, *, dry_run: bool) -> None:
    doing.step(message("Creating the site"))
    if files_in(doing.root):
        _fail(
            doing,
            message("{folder} holds other files than a site’s. Choose another folder.", folder=doing.root),
        )
    count = write_new(doing.root, answers)
    doing.console.say(
        message("{count} files would be written.", count=count)
        if dry_run
        else message("{count} files written in {folder}.", count=count, folder=doing.root)
    )


def _check(doing: _Launch) -> None:
    """End where anything is unfinished: a concertation without its act is not launched."""
    doing.step(message("Checking"))
    loaded = load(doing.root, None)
    unfinished = [problem for problem in loaded.problems if problem.severity == "unfinished"]
    if unfinished:
        doing.console.problems(unfinished)
        _fail(
            doing,
            message(
                "Not launched: {count} places are unfinished. Fill them in, then: assises launch {folder}",
                count=len(unfinished),
                folder=doing.root,
            ),
        )
    if not loaded.site.settings.deploy.to:
        told = message(
            "site.yaml does not say where the pages go: add “to: …” below “deploy”; assises reference site."
        )
        _fail(doing, told)
    doing.console.say(message("Nothing is wrong or unfinished."))


def _fail(doing: _Launch, why: Message) -> NoReturn:
    doing.console.failed(why)
    sys.exit(1)


def _built(doing: _Launch) -> tuple[Loaded, Mapping[str, bytes]]:
    doing.step(message("Building"))
    loaded, outputs = builder.build(doing.root, None)
    pages = sum(path.endswith(".html") for path in outputs)
    doing.console.say(
        message("Pages: {pages}; other files: {others}.", pages=pages, others=len(outputs) - pages)
    )
    return loaded, outputs


def _prepared(doing: _Launch, answers: Answers | None) -> Roles:
    """Return the keys and the store, made where they are missing, with the moderators and statements in it."""
    doing.step(message("Preparing keys, store and moderators"))
    settings, content, problems = read_site(doing.root)
    roles = Roles.of(doing.root, settings)
    now, author = datetime.now(UTC), moderator(os.environ).author
    for person in _moderators(doing, answers.moderators if answers else ""):
        add(roles.store, person, author, now)
    if not moderators(roles.store.read()):
        doing.console.say(message("Nobody moderates yet: assises moderators add ADDRESS --name NAME"))
    doing.console.say(roles.runner(settings, content, problems).drain(now).told())
    return roles


def _moderators(doing: _Launch, listed: str) -> Iterable[Moderator]:
    for name, address in getaddresses([listed]) if listed else ():
        try:
            yield Moderator.of(address, name or address.partition("@")[0])
        except ModeratorError:
            _fail(doing, message("“{address}” is no e-mail address.", address=address or name))


def _deploying(doing: _Launch, loaded: Loaded) -> Deploying:
    doing.step(message("Deploying"))
    deploy = loaded.site.settings.deploy
    return Deploying(doing.console.aside, doing.root, deploy.to, Terms(most_deletions=deploy.most_deletions))


def _installed(doing: _Launch, loaded: Loaded) -> Running | None:
    """Set up this machine if it is the one that receives contributions, and return what runs by itself, if anything."""
    if not doing.machine.is_meant(doing.root, loaded):
        return None
    doing.step(message("Setting up this machine"))
    try:
        return doing.machine.install(doing.console.aside, doing.root, loaded)
    except MachineError as error:
        doing.console.aside.failed(error.what)
        return None


def _verified(
    doing: _Launch, loaded: Loaded, outputs: Mapping[str, bytes], roles: Roles, runs: Running | None
) -> Iterable[Finding]:
    """Yield what the public address shows, each thing said when it is seen.

    `runs`: what was just set up may need a moment, and the runner is no longer ours to play.
    """
    doing.step(message("Verifying the public address"))
    asking = _asking(runs)
    if runs:
        until(doing.patience, lambda: verification.intake(loaded.addresses.inbox, asking).holds)
    for finding in _looked_at(doing, loaded, outputs, roles, runs):
        if finding.holds:
            doing.console.say(finding.what)
        elif not doing.console.as_json:
            doing.console.failed(finding.what)
        yield finding


def _looked_at(
    doing: _Launch, loaded: Loaded, outputs: Mapping[str, bytes], roles: Roles, runs: Running | None
) -> Iterable[Finding]:
    asking = _asking(runs)
    yield from verification.pages(loaded.addresses.base, outputs, asking)
    inbox = loaded.addresses.inbox
    answers = verification.intake(inbox, asking)
    yield answers
    if not answers.holds:
        return
    id, stored = verification.send_probe(inbox, probe.make(roles.intake_key, datetime.now(UTC)), asking)
    yield stored
    if stored.holds:
        yield verification.carried(_carried(doing, roles, id, runs=bool(runs)), doing.patience)


def _asking(runs: Running | None) -> verification.Ask:
    authority = runs.authority if runs else None
    return lambda url, body: verification.ask(url, body, authority)


def _carried(doing: _Launch, roles: Roles, id: str, *, runs: bool) -> bool:
    """Wait until a probe is in the store, and tell whether it came; where no runner runs, this machine takes turns."""

    def came() -> bool:
        if not runs:
            settings, content, problems = read_site(doing.root)
            roles.runner(settings, content, problems).drain(datetime.now(UTC))
        last = probe.arrived(roles.store.read().get(probe.PATH))
        return bool(last and last.id >= id)

    return until(doing.patience, came)


def _ended(doing: _Launch, loaded: Loaded, findings: list[Finding], runs: Running | None) -> None:
    """Say where the site is, what could not be seen, and what comes next."""
    console, base = doing.console, loaded.addresses.base
    wrong = [finding for finding in findings if not finding.holds]
    seen = [{"ok": finding.holds, "what": finding.what.render()} for finding in findings]
    for unseen in verification.not_seen(base, os.environ, runs.authority if runs else None):
        console.say(message("Not verified: {what}", what=unseen.render(translate)))
    if wrong:
        console.json(ok=False, url=base, findings=seen)
        if not console.as_json:
            console.failed(
                message(
                    "Not everything answers yet. Mend it, then: assises launch {folder}", folder=doing.root
                )
            )
        sys.exit(1)
    _put_up(doing, loaded)
    console.done(message("{name} is online: {url}", name=_name(loaded), url=base), url=base, findings=seen)
    console.next(message("assises doctor {folder}", folder=doing.root))


def _name(loaded: Loaded) -> str:
    settings = loaded.site.settings
    return settings.name.get(settings.languages[0], *settings.languages)


def _put_up(doing: _Launch, loaded: Loaded) -> None:
    language = loaded.site.settings.languages[0]
    translate: Callable[[str], str] = sentences(language)
    formats = Formats(language, loaded.site.settings.time_zone, translate)
    words = poster(loaded.site, language, formats, translate)
    try:
        sheet = as_pdf(words, loaded.site.settings.theme.colours)
    except PosterError:
        return
    (doing.root / POSTER).write_bytes(sheet)
    doing.console.say(message("A poster to print: {file}", file=doing.root / POSTER))
