"""The machine's web server, or one of the consultation's own: where each is configured, and with what."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from assises.machine import accounts
from assises.machine.choices import Choices
from assises.machine.systemd import Systemd
from assises.machine.town import MachineError, Program, Town, Web
from assises.machine.websites import Certificate, Host
from assises.problems import message

_ADMIN = ":/usr/local/sbin:/usr/sbin:/sbin"
"""Where programs lie that neither cron nor an ordinary user's shell looks for."""

_GROUPS = {"caddy": ("caddy",), "nginx": ("www-data", "nginx", "http")}


def program_of(name: str) -> str | None:
    """Return where one of the machine's programs lies; None: it has none of that name."""
    return shutil.which(name, path=os.environ.get("PATH", os.defpath) + _ADMIN)


def installed() -> Web:
    """Return which web server this machine has."""
    return "caddy" if program_of("caddy") else "nginx" if program_of("nginx") else "none"


def group_of(web: Web) -> str:
    """Return the group that the machine's web server belongs to; empty: none that is known."""
    return next(filter(accounts.group_is_there, _GROUPS.get(web, ())), "")


def site_file(name: str, web: Web) -> Path:
    """Return where the machine's web server is told of a site."""
    if web == "caddy":
        return Path(f"/etc/caddy/assises/{name}.caddy")
    return Path(f"/etc/nginx/conf.d/assises-{name}.conf")


def reload(web: str) -> None:
    """Have the machine's web server read its files anew, and begin with the machine.

    Raises:
        MachineError: it does not run with them.
    """
    keeper = Systemd()
    keeper.do("enable", "--quiet", web)
    if keeper.order("reload-or-restart", web).returncode:
        raise MachineError(keeper.fails(web))


def own_server(town: Town, web: Web, found: list[Host], text: str) -> tuple[Program, Path, str]:
    """Return a web server of the consultation's own, its configuration's file, and what stands in that."""
    port = found[-1].port
    if web == "caddy":
        path, whole = town.own / "Caddyfile", _caddyfile(town, text)
        environ = {"XDG_DATA_HOME": str(town.own), "XDG_CONFIG_HOME": str(town.own)}
        command: tuple[str, ...] = (
            str(program_of("caddy")),
            "run",
            "--config",
            str(path),
            "--adapter",
            "caddyfile",
        )
    else:
        path, whole, environ = town.own / "nginx.conf", _nginx_conf(town, text), {}
        command = (str(program_of("nginx")), "-c", str(path), "-p", str(town.own), "-e", "stderr")
    return Program("web", command, environ, port=port), path, whole


def _caddyfile(town: Town, text: str) -> str:
    return (
        "{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n"
        f'\tstorage file_system "{town.own}/caddy"\n}}\n{text}'
    )


def _nginx_conf(town: Town, text: str) -> str:
    folders = "\n".join(
        f'    {kind}_temp_path "{town.own}/{kind}";'
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # As root it would give its rights away, and with them the sockets.
    user = f"user {accounts.own().name};\n" if accounts.is_root() else ""
    return (
        f'{user}daemon off;\npid "{town.own}/nginx.pid";\nerror_log stderr;\nworker_processes 2;\nevents {{}}\n'
        f"http {{\n{folders}\n    access_log off;\n{text}}}\n"
    )


def certificate_of(choices: Choices, found: list[Host]) -> Certificate | None:
    """Return the certificate that was named, or that certbot keeps for the first of the names.

    Raises:
        MachineError: only half of it is named, or it is not there.
    """
    if choices.certificate or choices.certificate_key:
        named = Certificate(Path(choices.certificate).absolute(), Path(choices.certificate_key).absolute())
        if not (choices.certificate and choices.certificate_key):
            raise MachineError(
                message("A certificate goes with its key: --certificate and --certificate-key.")
            )
        for path in (named.chain, named.key):
            if not path.is_file():
                raise MachineError(message("There is no file {file}.", file=path))
        return named
    kept = Path("/etc/letsencrypt/live") / found[-1].name
    with suppress(OSError):
        if choices.web == "nginx" and (kept / "fullchain.pem").exists():
            return Certificate(kept / "fullchain.pem", kept / "privkey.pem")
    return None
