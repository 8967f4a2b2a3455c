"""systemd's units for the programs of a consultation, each shut in as far as its work allows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assises.machine.town import Program, Role, Town
from assises.recipes import specified

_FILTERED = """NoNewPrivileges=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM"""
"""What any user's own systemd can forbid (systemd.exec, section 5)."""

_SHUT_IN = """ProtectSystem=strict
CapabilityBoundingSet=
DevicePolicy=closed
PrivateDevices=yes
PrivateTmp=yes
PrivateUsers=yes
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RemoveIPC=yes"""
"""What the machine's systemd can forbid as well."""

_MEMORY: Mapping[Role, str] = {"intake": "512M", "runner": "1G", "desk": "512M", "web": "512M"}
_ANYWHERE = "AF_UNIX AF_INET AF_INET6"
_PLAIN = re.compile(r"[\w@.,:/+=~()-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Terms:
    """As whom, and with what, systemd is to run the programs."""

    user: str
    """Whose the consultation is on this machine; empty: whoever's systemd it is."""

    web_group: str
    """The group that the web server belongs to, and its sockets are for; empty: none but the user."""

    secrets: Path
    """The folder of the files with passwords."""

    version: str
    """Of Assises: another one is another program."""


def unit_name(town: Town, role: Role, kind: str = "service") -> str:
    """Return what a unit is called."""
    return f"assises-{town.name}-{role}.{kind}"


def secrets_file(town: Town, role: Role, folder: Path) -> Path:
    """Return the file that holds a program's passwords and whatever else the machine says to it alone."""
    return folder / f"{town.name}.{role}.env"


def units(town: Town, programs: list[Program], terms: Terms) -> Iterator[tuple[str, str, Role]]:
    """Yield each unit's name and text, and the program that it concerns."""
    for program in programs:
        if program.socket and program.role != "web":
            yield unit_name(town, program.role, "socket"), _socket(town, program, terms), program.role
        yield unit_name(town, program.role), _service(town, program, terms), program.role


def _head(town: Town, role: Role, terms: Terms) -> str:
    about = {"intake": "the intake", "runner": "the runner", "desk": "the desk", "web": "the web server"}[
        role
    ]
    return (
        f"# Written by assises install, version {terms.version}. What is changed here is lost at the next one:"
        f" use systemctl edit.\n[Unit]\nDescription=Assises: {about} of {town.name}\n"
    )


def _socket(town: Town, program: Program, terms: Terms) -> str:
    ownership = (
        f"SocketUser={terms.user}\nSocketGroup={terms.web_group or terms.user}\n" if terms.user else ""
    )
    socket, mode = specified(program.socket or ""), "0660" if terms.user else "0600"
    return (
        f"{_head(town, program.role, terms)}\n[Socket]\nListenStream={socket}\n{ownership}"
        f"SocketMode={mode}\nRemoveOnStop=yes\n\n[Install]\nWantedBy=sockets.target\n"
    )


def _service(town: Town, program: Program, terms: Terms) -> str:
    sealed = program.role == "intake" and program.environ["ASSISES_STORAGE"].startswith("spool:")
    sealed = sealed and not town.forms.startswith("https:")
    network = "" if sealed else "After=network-online.target\nWants=network-online.target\n"
    lines = [
        f"Type={'notify' if program.role in {'intake', 'desk'} else 'exec'}",
        *([f"User={terms.user}"] if terms.user else []),
        f"ExecStart={' '.join(map(_word, program.command))}",
        f"WorkingDirectory={specified(town.folder)}",
        *_environment(town, program, terms),
        "Restart=always",
        "RestartSec=2s",
        "KillMode=mixed",
        "TimeoutStopSec=60",
        f"MemoryMax={_MEMORY[program.role]}",
        "TasksMax=64",
        # Pages are for everyone; what is private lies in a folder that nobody else can enter.
        f"UMask={'0022' if program.role == 'runner' else '0077'}",
        "",
        _FILTERED,
        f"RestrictAddressFamilies={'AF_UNIX' if sealed else _ANYWHERE}",
    ]
    if terms.user:
        lines += [*(["PrivateNetwork=yes"] if sealed else []), _SHUT_IN, *_reach(town, program)]
    wanted = "multi-user.target" if terms.user else "default.target"
    return "\n".join(
        [f"{_head(town, program.role, terms)}{network}", "[Service]", *lines, "", "[Install]", f"WantedBy={wanted}", ""]
    )  # fmt: skip


def _environment(town: Town, program: Program, terms: Terms) -> Iterator[str]:
    for name, value in program.environ.items():
        yield f"Environment={_quoted(specified(f'{name}={value}'))}"
    yield f"EnvironmentFile=-{specified(secrets_file(town, program.role, terms.secrets))}"


def _reach(town: Town, program: Program) -> Iterator[str]:
    """Yield the folders that a program writes to, and those that it must not even read."""
    private = town.keys / "intake.key", town.keys / "ledger.key"
    writes, closed = {
        "intake": ((town.spool,), (town.store,)),
        "runner": ((town.kept, *([town.pages] if town.pages else [])), ()),
        "desk": ((town.kept,), private),
        "web": ((), ()),
    }[program.role]
    if writes:
        yield f"ReadWritePaths={' '.join(_quoted(specified(path)) for path in writes)}"
    if program.role == "intake":
        # Of all keys it sees its own, with its own rights: what systemd would read for it (LoadCredential), it would read
        # as root, wherever a link leads.
        yield f"TemporaryFileSystem={_bound(town.keys)}:ro"
        yield f"BindReadOnlyPaths={_bound(town.keys / 'intake.key')}"
    if closed:
        yield f"InaccessiblePaths={' '.join(_quoted('-' + specified(path)) for path in closed)}"


def _bound(path: Path) -> str:
    return _quoted(specified(path).replace(":", "\\:"))


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text.replace("%", "")):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _word(text: str) -> str:
    """Return a word of a command: variables and specifiers mean nothing in it (systemd.service, section 5)."""
    return _quoted(specified(text).replace("$", "$$"))
