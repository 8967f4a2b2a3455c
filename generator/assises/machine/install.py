"""Writes and starts what a consultation needs on this machine; what is so already is left alone."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Container
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from assises.deploy.plan import MANIFEST
from assises.files import write_whole
from assises.machine import accounts, removal, secrets, web_server
from assises.machine.answering import comes_to_answer
from assises.machine.choices import Record
from assises.machine.setup import File, Setup, held
from assises.machine.systemd import Systemd
from assises.machine.town import MachineError, Program, here
from assises.machine.units import secrets_file, unit_name
from assises.problems import Message, message

_IMPORT = "import assises/*.caddy"
"""The line by which Caddy reads our sites, beside its own file."""

_PATIENCE = 15.0
"""Seconds that a program may take until it answers."""

_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
"""Where programs without systemd find others: the same whoever starts them."""


@dataclass(slots=True)
class Installed:
    """What was done, and what could not be."""

    written: list[Path] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    """Programs that were started, or started anew."""

    lacking: list[Message] = field(default_factory=list)
    """What somebody else has to do."""

    notes: list[Message] = field(default_factory=list)


def install(made: Setup) -> Installed:
    """Write what is not there yet or is otherwise, and start what that concerns.

    Raises:
        MachineError: a program does not run.
        OSError: a file cannot be written.
    """
    done = Installed()
    _make_ready(made)
    changed = [file for file in made.files if not file.is_there()]
    web = [file for file in changed if file.concerns == "web"]
    former = {file.path: held(file.path) for file in web}
    for file in changed:
        _write(file)
    done.written = [file.path for file in changed]
    for link, to in made.links.items():
        _link(link, to)
    _note_down(made)
    if keeper := made.systemd:
        _start_units(made, keeper, changed, done)
    else:
        _start_in_background(made, changed, done)
    if not made.runs_web and made.choices.web != "none":
        _tell_web_server(made, former, done)
    if made.choices.web == "none":
        told = message(
            "No web server was set up: with Caddy or nginx on this machine, run it again; docs/hosting.md tells what"
            " others have to be told."
        )
        done.lacking.append(told)
    return done


def _make_ready(made: Setup) -> None:
    """Make the user and the folders that units name."""
    town = made.town
    if made.user:
        _make_user(made.user, town.folder)
    if link := next((path for path in (town.kept, town.own, town.spool) if path.is_symlink()), None):
        raise MachineError(message("{path} is a link: put a folder in its place.", path=link))
    town.own.mkdir(parents=True, exist_ok=True)
    town.kept.chmod(0o700)
    town.spool.mkdir(parents=True, exist_ok=True)
    if town.pages:
        town.pages.mkdir(parents=True, exist_ok=True)


def _make_user(name: str, home: Path) -> None:
    if accounts.user_is_there(name):
        return
    command = ["useradd", "--system", "--user-group", "--home-dir", str(home), "--no-create-home"]
    done = subprocess.run(  # noqa: S603
        [*command, "--shell", "/usr/sbin/nologin", name], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise MachineError(message("useradd {name}: {why}", name=name, why=done.stderr.strip()))


def _write(file: File) -> None:
    file.path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file.path, file.text.encode(), secret=file.secret)


def _link(link: Path, to: Path) -> None:
    if link.is_symlink() and link.readlink() == to:
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(to)


def _note_down(made: Setup) -> None:
    """Write down what is there, take away what no longer has to be, and give all to the consultation's own user."""
    town, files = made.town, (*(file.path for file in made.files), *made.links)
    former = Record.read(town.kept)
    if former:
        if made.choices.kept_by != former.choices.kept_by:
            removal.stop_in_background(town.kept, town.folder)
        removal.take_away(former, [path for path in former.files if path not in files])
    Record(made.choices, files).write(town.kept)
    if not made.user:
        return
    ours = town.pages and (not any(town.pages.iterdir()) or (town.pages / MANIFEST).exists())
    places = [town.folder, *([town.pages] if town.pages and ours else [])]
    owner = ["chown", "--recursive", "--no-dereference", f"{made.user}:", *map(str, places)]
    done = subprocess.run(owner, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise MachineError(message("chown: {why}", why=done.stderr.strip().splitlines()[0]))
    # Other consultations of the machine have users of their own: what is not public yet is not theirs to read.
    inside = town.pages is not None and town.pages.is_relative_to(town.folder)
    town.folder.chmod(0o751 if inside else 0o750)


def _start_units(made: Setup, keeper: Systemd, changed: list[File], done: Installed) -> None:
    names = made.unit_names()
    if made.runs_web and (why := _port_taken(made, keeper.runs(unit_name(made.town, "web")))):
        done.lacking.append(why)
        names = [name for name in names if "-web." not in name]
    concerned, otherwise = {file.concerns for file in changed}, {file.path.name for file in changed}
    # Its socket stays open while a program begins anew: who comes meanwhile waits, and is not refused.
    again = [name for name in names if name in otherwise or _is_service_of(name, concerned)]
    idle = [name for name in names if not keeper.runs(name)]
    keeper.start(names, again)
    done.begun = [name for name in names if name in {*again, *idle}]
    for program in made.programs:
        if program.socket and not comes_to_answer(program.socket, _PATIENCE):
            raise MachineError(keeper.fails(unit_name(made.town, program.role)))
    if not keeper.lingers():
        told = message("The programs end when you log out, until somebody with the right runs: {command}",
                       command=f"loginctl enable-linger {accounts.own().name}")  # fmt: skip
        done.lacking.append(told)


def _is_service_of(name: str, roles: Container[str]) -> bool:
    return name.endswith(".service") and name.rpartition("-")[2].removesuffix(".service") in roles


def _start_in_background(made: Setup, changed: list[File], done: Installed) -> None:
    town = made.town
    background = removal.background_of(town.kept, town.folder)
    concerned = {file.concerns for file in changed}
    if accounts.is_root():
        done.notes.append(message("The programs run as root: a user of their own would be safer."))
    for program in made.programs:
        if program.role == "web" and (why := _port_taken(made, background.runs("web"))):
            done.lacking.append(why)
            continue
        if background.start(program, _variables(made, program), again=program.role in concerned):
            done.begun.append(program.role)
    cron, assises = removal.cron_of(town.folder), here("assises")
    if not cron.is_there():
        told = message(
            "This machine has neither systemd nor cron that we could use: after a restart, run assises install {folder}",
            folder=town.folder,
        )
        done.lacking.append(told)
    elif assises and cron.keep([str(assises), "install", "--quiet", str(town.folder)]):
        done.notes.append(message("cron starts them again whenever they do not run (crontab -l)."))


def _variables(made: Setup, program: Program) -> dict[str, str]:
    """Return what a program without systemd is told."""
    me = accounts.own()
    found = {"PATH": _PATH, "HOME": me.home, "USER": me.name, "LANG": "C.UTF-8"}
    with suppress(FileNotFoundError):
        text = secrets_file(made.town, program.role, made.secrets).read_text(encoding="utf-8")
        found |= secrets.read(text)
    return found


def _port_taken(made: Setup, runs: bool) -> Message | None:
    """Return why a web server of the consultation's own could not listen; None: it can."""
    for host in made.hosts:
        place = "127.0.0.1" if host.is_own else ""
        with socket.socket() as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind((place, host.port))
            except PermissionError:
                return message(
                    "Port {port} is root’s alone here: run it as root, or let an administrator lower"
                    " net.ipv4.ip_unprivileged_port_start.",
                    port=host.port,
                )
            except OSError:
                if not runs:
                    return message(
                        "Port {port} is taken. If that is the machine’s web server, it has to be told of this site:"
                        " run assises install as root where there is systemd, or hand on what stands in {file}.",
                        port=host.port,
                        file=next(file.path for file in made.files if file.concerns == "web"),
                    )
    return None


def _tell_web_server(made: Setup, former: dict[Path, str | None], done: Installed) -> None:
    """Have the machine's web server look at what it was told; what it does not take is taken back."""
    web, program = made.choices.web or "none", web_server.program_of(made.choices.web or "")
    if program is None:
        done.lacking.append(message("{program} is not on this machine.", program=web))
        return
    if web == "caddy":
        file = Path("/etc/caddy/Caddyfile")
        there = held(file) or ""
        if _IMPORT not in there:
            former[file] = there
            write_whole(file, f"{there.rstrip()}\n\n{_IMPORT}\n".lstrip().encode())
            file.chmod(0o644)
        check = [program, "validate", "--config", str(file), "--adapter", "caddyfile"]
    else:
        check = [program, "-t"]
    for path in former:
        path.chmod(0o644)
    try:
        _check(web, check)
        if former:
            web_server.reload(web)
            done.begun.append(web)
    except MachineError:
        # It serves others too: for them all is as it was.
        for path, text in former.items():
            path.unlink() if text is None else write_whole(path, text.encode())
        with suppress(MachineError):
            web_server.reload(web)
        raise


def _check(web: str, command: list[str]) -> None:
    seen = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if seen.returncode:
        why = (seen.stderr.strip().splitlines() or ["–"])[-1]
        raise MachineError(message("{program} does not take the site: {why}", program=web, why=why))
