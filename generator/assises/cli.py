"""The command line: ``assises build|serve|check|drain|moderate|verify``.

Exit codes: 0 done; 1 problems in the user's content, or a proof that does not hold; 2 wrong usage.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import click

from assises import build as builder
from assises.catalogues import language_of, sentences
from assises.console import Console
from assises.keys import KeyFileError
from assises.moderation import Decision, ModerationError, decide, decisions_on
from assises.problems import ContentError, Message, message
from assises.roles import Roles, moderator
from assises.settings import Settings
from assises.store import FATES, Record, StoreError
from assises.verify import EvidenceError, Verdict, verify
from assises.write import WriteError, write

P = ParamSpec("P")

_translate = sentences(language_of(os.environ))


def _(text: str) -> str:
    """Return a sentence of the help in the machine's language; catalogues find it by this name."""
    return _translate(text)


class Instant(click.ParamType[datetime]):
    """An instant: ``2017-11-20T20:15`` in the consultation's time zone, or with a zone of its own."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the instant; naive where the consultation's zone is still to be added."""
        try:
            return value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            return self.fail(
                _("“{value}” is no instant like 2017-11-20T20:15").format(value=value), param, ctx
            )


SITE = click.argument("root", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
NOW = click.option("--now", type=Instant(), help=_("Pretend that it is this instant."))


def command(run: Callable[Concatenate[Console, P], None]) -> Callable[..., None]:
    """Give a command its console, ``--quiet`` and ``--json``, and turn what may go wrong into exit codes."""

    @click.option("--quiet", "-q", is_flag=True, help=_("Say nothing but problems."))
    @click.option("--json", "as_json", is_flag=True, help=_("Answer in one JSON document."))
    @wraps(run)
    def wrapped(quiet: bool, as_json: bool, *args: P.args, **kwargs: P.kwargs) -> None:
        console = Console(_translate, quiet, as_json)
        try:
            run(console, *args, **kwargs)
        except ContentError as error:
            console.problems(error.problems)
            sys.exit(1)
        except (StoreError, KeyFileError, WriteError, OSError) as error:
            console.failed(message("{why}", why=error))
            sys.exit(1)

    return wrapped


@click.group(
    help=_("Public consultations from Markdown and YAML: pages, contributions, proof."),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(version("assises"), message="assises %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """Run a command."""
    if os.environ.get("NO_COLOR"):
        context.color = False


@main.command(help=_("Compile the site in DIR to static pages."))
@SITE
@click.option(
    "-o", "--output", default="dist", type=click.Path(path_type=Path), help=_("Folder for the pages.")
)
@NOW
@command
def build(console: Console, root: Path, output: Path, now: datetime | None) -> None:
    """Build."""
    loaded, outputs = builder.build(root, now or datetime.now(UTC))
    written = write(outputs, output, console.progress(message("Writing")))
    if not console.as_json:
        console.problems(loaded.warnings)
    pages = sum(path.endswith(".html") for path in outputs)
    console.done(
        message(
            "{pages} pages in {folder}: {changed} files written, {same} unchanged, {deleted} deleted.",
            pages=pages, folder=output, changed=written.changed, same=written.total - written.changed, deleted=written.deleted,
        ),
        pages=pages, files=written.total, changed=written.changed, deleted=written.deleted,
        held_back=[str(page.path) for page in loaded.site.content.held_back],
    )  # fmt: skip
    for page in loaded.site.content.held_back:
        console.say(message("Held back: {path} is a draft.", path=page.path))
    waiting = len(loaded.site.content.statements) and not loaded.site.records
    if waiting:
        console.next(
            message("assises drain, to enter the statements of content/contributions/ into the store")
        )
    console.next(message("assises serve, or copy {folder} to any host of static files", folder=output))


@main.command(help=_("Find every problem in the files of DIR."))
@SITE
@NOW
@command
def check(console: Console, root: Path, now: datetime | None) -> None:
    """Check."""
    loaded, outputs = builder.build(root, now or datetime.now(UTC))
    if console.as_json:
        console.problems(loaded.warnings)
        return
    console.problems(loaded.warnings)
    console.done(message("All is in order: {count} files would be built.", count=len(outputs)))
    console.next(message("assises build"))


@main.command(help=_("Show the site of DIR on this machine, with forms, runner and desk."))
@SITE
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@NOW
@command
def serve(console: Console, root: Path, port: int, now: datetime | None) -> None:
    """Serve."""
    from assises.serve import serve_until  # noqa: PLC0415 - watchdog, the intake and the desk load only here

    def stop(*_signal: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    serve_until(console, root, port, now)


@main.command(help=_("Carry what was received into the store and the ledger."))
@SITE
@NOW
@command
def drain(console: Console, root: Path, now: datetime | None) -> None:
    """Drain."""
    settings, roles = _roles(root)
    drained = roles.runner(root).drain(_instant(now, settings))
    console.done(
        message(
            "{received} contributions received, {imported} statements imported, {decided} decisions entered.",
            received=drained.received, imported=drained.imported, decided=drained.decided,
        ),
        received=drained.received, imported=drained.imported, known=drained.known, decided=drained.decided,
        set_aside=list(drained.set_aside),
    )  # fmt: skip
    for id in drained.set_aside:
        console.say(
            message("{id} was not signed by this intake: it lies in the spool’s folder “aside”.", id=id)
        )
    console.next(message("assises moderate list"))


@main.group(help=_("Read and decide on contributions."))
def moderate() -> None:
    """Moderate."""


@moderate.command("list", help=_("List contributions, those that wait by default."))
@SITE
@click.option("--state", type=click.Choice(FATES), default="pending", show_default=True)
@command
def list_(console: Console, root: Path, state: str) -> None:
    """List."""
    _settings, roles = _roles(root)
    fate = next(fate for fate in FATES if fate == state)
    records = roles.store.read().records(fate)
    for record in records:
        c = record.contribution
        first = " ".join(c.text.split())[:60]
        console.echo(f"{c.id}  {c.time:%Y-%m-%d %H:%M}  {c.of:<30}  {first}")
    console.done(
        message("{count} contributions.", count=len(records)), contributions=[_facts(r) for r in records]
    )
    if records and state == "pending":
        console.next(message("assises moderate show ID"))


@moderate.command(help=_("Show one contribution whole, with what was decided on it."))
@click.argument("id")
@SITE
@command
def show(console: Console, id: str, root: Path) -> None:
    """Show."""
    _settings, roles = _roles(root)
    snapshot = roles.store.read()
    found = _find(roles, id)
    decisions = decisions_on(snapshot, found.fate, found.contribution.id)
    for name, value in _facts(found).items():
        if name != "text" and value:
            console.echo(f"{name:>10}  {value}")
    console.echo(f"\n{found.contribution.text}\n")
    for decision in decisions:
        console.echo(
            f"{decision.time:%Y-%m-%d %H:%M}  {decision.action} — {decision.who} {decision.rule} {decision.reason} {' '.join(decision.flags)}"
        )
    if console.as_json:
        console.done(message(""), **_facts(found), decisions=[decision.document() for decision in decisions])


@moderate.command(help=_("Publish a contribution."))
@click.argument("id")
@SITE
@NOW
@command
def publish(console: Console, id: str, root: Path, now: datetime | None) -> None:
    """Publish."""
    _decide(console, root, id, now, "publish")


@moderate.command(help=_("Withhold a contribution, by a rule of the charter and with a reason."))
@click.argument("id")
@SITE
@click.option("--rule", required=True, help=_("A rule of site.yaml’s participation.rules, by its id."))
@click.option("--reason", required=True, help=_("Why, in a sentence that its author may read."))
@NOW
@command
def withhold(console: Console, id: str, root: Path, rule: str, reason: str, now: datetime | None) -> None:
    """Withhold."""
    _decide(console, root, id, now, "withhold", rule, reason)


def _decide(
    console: Console, root: Path, id: str, now: datetime | None, action: Any, rule: str = "", reason: str = ""
) -> None:
    settings, roles = _roles(root)
    rules = [item.id for item in settings.participation.rules]
    if rule and rule not in rules:
        raise click.BadParameter(
            _("“{rule}” is no rule of the charter; there are {rules}.").format(
                rule=rule, rules=", ".join(rules)
            ),
            param_hint="--rule",
        )
    instant = _instant(now, settings)
    author = moderator(os.environ)
    id = _find(roles, id).contribution.id
    try:
        decide(roles.store, id, Decision(action, author.name, instant, rule, reason), author)
    except ModerationError as error:
        raise click.UsageError(_REFUSALS[error.reason].render(_translate)) from error
    # On one machine the runner's key lies beside: the decision enters the ledger at once.
    roles.runner(root).drain(instant)
    done = {"publish": message("{id} is published.", id=id), "withhold": message("{id} is withheld.", id=id)}
    console.done(done[action], id=id, action=action)
    console.next(message("assises build"))


_REFUSALS = {
    "unknown": message("There is no such contribution in the store."),
    "already": message("This was decided so already."),
    "erased": message("This contribution was erased."),
}


@main.command(
    "verify",
    help=_("Prove that the ledger is whole: of the site in DIR, or of built pages in DIR or at a URL."),
)
@click.argument("place", metavar="[DIR|URL]", default=".")
@click.option("--receipt", type=click.File(encoding="utf-8"), help=_("A file with a receipt, to look for."))
@click.option(
    "--since",
    type=click.File("rb"),
    help=_("An earlier ledger/head.json, which the ledger must run through."),
)
@NOW
@command
def verify_(console: Console, place: str, receipt: Any, since: Any, now: datetime | None) -> None:
    """Verify."""
    from assises.evidence import evidence_at, head_in  # noqa: PLC0415 - the network's modules load only here

    instant = now.astimezone(UTC) if now else datetime.now(UTC)
    try:
        verdict = verify(evidence_at(place), instant, receipt.read() if receipt else "", head_in(since))
    except EvidenceError as error:
        console.failed(error.what)
        sys.exit(1)
    _tell(console, verdict)
    sys.exit(0 if verdict.holds else 1)


def _tell(console: Console, verdict: Verdict) -> None:
    counts = {
        name: getattr(verdict.counts, name)
        for name in ("received", "published", "waiting", "withheld", "withdrawn", "erased")
    }
    sentence = message(
        "{received} contributions received = {published} published + {waiting} waiting + {withheld} withheld"
        " + {withdrawn} withdrawn + {erased} erased.",
        **counts,
    )
    for fault in (*verdict.faults, *([_PROMISES["broken"]] if verdict.promise == "broken" else [])):
        console.failed(fault) if not console.as_json else None
    console.say(sentence)
    for channel in verdict.ledger.channels:
        console.say(
            message("  by {channel}: {count}", channel=channel, count=verdict.ledger.counts(channel).received)
        )
    for note in verdict.notes:
        console.say(note)
    if verdict.promise and verdict.promise != "broken":
        console.say(_PROMISES[verdict.promise])
    if console.as_json or verdict.holds:
        faults = [fault.render(_translate) for fault in verdict.faults]
        console.done(
            message("The chain of {count} lines is whole and signed.", count=len(verdict.ledger.entries)),
            holds=verdict.holds, promise=verdict.promise, faults=faults, **counts,
        )  # fmt: skip


_PROMISES: dict[str, Message] = {
    "kept": message("The receipt’s promise is kept: its contribution stands in the ledger as it was sent."),
    "not-due": message("The receipt’s promise is not due yet."),
    "broken": message(
        "The receipt’s promise is broken: its contribution is not in the ledger as it was sent."
    ),
}


def _roles(root: Path) -> tuple[Settings, Roles]:
    settings, _content, _problems = builder.read(root)
    return settings, Roles.of(root, settings)


def _instant(now: datetime | None, settings: Settings) -> datetime:
    return builder.localised(now or datetime.now(UTC), settings)


def _find(roles: Roles, id: str) -> Record:
    """Return the contribution with this id, or with this short number."""
    wanted = id.upper()
    record = roles.store.read().find(wanted)
    if record is None:
        raise click.BadParameter(_REFUSALS["unknown"].render(_translate), param_hint="ID")
    return record


def _facts(record: Record) -> dict[str, Any]:
    c = record.contribution
    names = ("id", "number", "kind", "of", "form", "language", "channel", "author", "position", "text")
    return {"state": record.fate, "time": c.time.isoformat()} | {name: getattr(c, name) for name in names}
