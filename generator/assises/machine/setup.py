"""Everything that is written and started for a consultation on this machine, derived from its site and a few choices."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from assises.load import Loaded, kept_in
from assises.machine import accounts, secrets, web_server, websites
from assises.machine.choices import Choices, Record
from assises.machine.systemd import Systemd
from assises.machine.town import KeptBy, MachineError, Program, Role, Town, programs, town_of
from assises.machine.units import Terms, secrets_file, units
from assises.machine.websites import Host
from assises.problems import message
from assises.recipes import specified

_UNSEEN = tuple(Path(path) for path in ("/home", "/root", "/run/user", "/tmp", "/var/tmp"))  # noqa: S108 - named, not used
"""What units of the machine's systemd do not see (`ProtectHome` and `PrivateTmp`, systemd.exec, section 5)."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that is written."""

    path: Path
    text: str
    concerns: Role
    """The program that begins anew when it changes."""

    secret: bool = False

    def is_there(self) -> bool:
        """Tell whether it is there, and the same."""
        try:
            return self.path.read_text(encoding="utf-8") == self.text
        except (OSError, UnicodeDecodeError):
            return False


@dataclass(frozen=True, slots=True)
class Setup:
    """A consultation on this machine, and how its programs are kept running."""

    town: Town
    choices: Choices
    """With nothing left open."""

    user: str
    """Whose the consultation is, where the machine's systemd runs it; empty: whoever asks."""

    programs: tuple[Program, ...]
    files: tuple[File, ...] = ()
    hosts: tuple[Host, ...] = ()
    links: Mapping[Path, Path] = field(default_factory=dict)
    """Links that have to be there, and where they lead."""

    @property
    def systemd(self) -> Systemd | None:
        """Who keeps the programs running; None: nobody but cron."""
        kept_by = self.choices.kept_by
        return None if kept_by == "cron" else Systemd(user=kept_by == "systemd-user")

    @property
    def sockets(self) -> Path:
        """The folder of the sockets by which the web server reaches the programs."""
        keeper = self.systemd
        return keeper.sockets / f"assises-{self.town.name}" if keeper else self.town.own

    @property
    def secrets(self) -> Path:
        """The folder of the files with passwords."""
        keeper = self.systemd
        return keeper.secrets if keeper else self.town.own

    @property
    def runs_web(self) -> bool:
        """Whether the web server is this consultation's own: the machine's is not everybody's to change."""
        return self.choices.kept_by != "systemd" and self.choices.web != "none"

    def unit_names(self) -> list[str]:
        """Return systemd's units, sockets first."""
        names = [file.path.name for file in self.files if file.path.suffix in {".socket", ".service"}]
        return sorted(names, key=lambda name: not name.endswith(".socket"))


def setup(root: Path, loaded: Loaded, said: Choices, environ: Mapping[str, str]) -> Setup:
    """Return what has to be set up for a consultation.

    Args:
        root: the site's folder.
        loaded: the site.
        said: what is chosen now; what was chosen before holds where nothing is.
        environ: this process's variables: some go along with the programs.

    Raises:
        MachineError: it cannot be set up here.
    """
    settings = loaded.site.settings
    former = Record.read(kept_in(root.resolve(), settings))
    choices = said.over(former.choices if former else Choices())
    town = town_of(root, settings, choices.name)
    kept_by, web = choices.kept_by or _kept_by(), choices.web or web_server.installed()
    user = _user(town) if kept_by == "systemd" else ""
    made = Setup(town, replace(choices, name=town.name, kept_by=kept_by, web=web), user, ())
    if keeper := made.systemd:
        _check(town, keeper)
    told = secrets.read(held(secrets_file(town, "intake", made.secrets)) or "") | dict(environ)
    made = replace(made, programs=tuple(programs(town, told, made.sockets, by_socket_unit=bool(keeper))))
    made = replace(made, files=tuple(_secrets(made, environ)))
    made = _with_web(made, loaded)
    if keeper:
        terms = Terms(user, web_server.group_of(web), made.secrets, version("assises"))
        written = units(town, list(made.programs), terms)
        of_systemd = [File(keeper.folder / name, text, role) for name, text, role in written]
        _check_name(town, of_systemd)
        made = replace(made, files=(*made.files, *of_systemd))
    return made


def can_keep() -> bool:
    """Tell whether this machine is one on which programs can be kept running."""
    return os.name == "posix"


def _kept_by() -> KeptBy:
    """Return who can keep programs running here, for whoever asks."""
    if Systemd().is_there():
        return "systemd"
    return "systemd-user" if not accounts.is_root() and Systemd(user=True).is_there() else "cron"


def _check(town: Town, keeper: Systemd) -> None:
    """End where systemd could not run the programs."""
    if not keeper.is_there():
        told = message(
            "systemd takes no orders here: run it as root, or with --kept-by systemd-user or cron."
        )
        raise MachineError(told)
    # Python itself may lie in a home where pyenv or uv brought it.
    program = [Path(__file__).resolve(), Path(sys.executable).absolute(), Path(sys.executable).resolve()]
    places = [town.folder, *([town.pages] if town.pages else []), *program]
    hidden = next((place for place in places if any(map(place.is_relative_to, _UNSEEN))), None)
    if hidden and not keeper.user:
        told = message(
            "{place} lies in a home or in a temporary folder, which the machine’s programs do not see: use /srv and"
            " /opt, or --kept-by systemd-user or cron.",
            place=hidden,
        )
        raise MachineError(told)


def _check_name(town: Town, files: list[File]) -> None:
    """End where another consultation of the machine has this name."""
    for file in files:
        there = held(file.path)
        if (
            file.path.suffix == ".service"
            and there
            and f"WorkingDirectory={specified(town.folder)}\n" not in there
        ):
            told = message(
                "Another consultation of this machine is called {name}: choose --name.", name=town.name
            )
            raise MachineError(told)


def _check_hosts(found: list[Host], place: Path) -> None:
    """End where the machine's web server answers for another consultation under one of these names."""
    for other in sorted(place.parent.glob(f"*{place.suffix}")):
        lines = {line.strip() for line in (held(other) or "").splitlines()} if other != place else set()
        taken = next((host for host in found if lines.issuperset(websites.marks(host, place.suffix))), None)
        if taken:
            told = message(
                "{host} is served already, as {file} says: give each consultation a name of its own, or join"
                " their lines by hand (docs/hosting.md).",
                host=taken.name,
                file=other,
            )
            raise MachineError(told)


def _user(town: Town) -> str:
    """Return whose the consultation is: its folder's owner, or a user of its own where that is root."""
    owner = accounts.owner(town.folder)
    return owner.name if owner and owner.number else f"assises-{town.name}"


def _secrets(made: Setup, environ: Mapping[str, str]) -> list[File]:
    found = []
    for role in (program.role for program in made.programs):
        path = secrets_file(made.town, role, made.secrets)
        found.append(File(path, secrets.written(role, held(path) or "", environ), role, secret=True))
    return found


def _with_web(made: Setup, loaded: Loaded) -> Setup:
    """Return the same with its web server."""
    town, choices = made.town, made.choices
    web = choices.web or "none"
    reached = {program.role: program.socket for program in made.programs if program.socket}
    found = websites.hosts(town, reached)
    if web == "none":
        return replace(made, hosts=tuple(found))
    root = websites.root_of(town, town.own if made.runs_web else Path("/var/lib/assises") / town.name)
    below = loaded.addresses.root.strip("/")
    links = {root / below: town.pages} if root and town.pages and below else {}
    write = websites.caddy if web == "caddy" else websites.nginx
    text = write(town, found, root, loaded.site, web_server.certificate_of(choices, found))
    path = web_server.site_file(town.name, web)
    if not made.runs_web:
        _check_hosts(found, path)
    else:
        program, path, text = web_server.own_server(town, web, found, text)
        made = replace(made, programs=(*made.programs, program))
    return replace(made, hosts=tuple(found), links=links, files=(*made.files, File(path, text, "web")))


def held(path: Path) -> str | None:
    """Return what stands in a file; None: there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
