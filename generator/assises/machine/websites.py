"""A consultation's site as a web server takes it: pages from their folder, intake and desk by their sockets.

What the pages themselves need comes from `assises.deploy.server`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from assises.addresses import Addresses
from assises.deploy import server as servers
from assises.machine.town import MachineError, Role, Town
from assises.problems import Message, message
from assises.site import Site

_MOST = "256k"
"""As much as the intake takes: of more, nginx would answer 502, for it sends on while the intake has answered."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a web server proves with that it is the town's."""

    chain: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Part:
    """What is answered at an address: a program, or with no socket the pages."""

    path: str
    """From the host's root, with its final slash."""

    socket: Path | None = None
    logged: bool = True


@dataclass(frozen=True, slots=True)
class Host:
    """A name and port, and what is answered there."""

    origin: SplitResult
    parts: tuple[Part, ...]

    @property
    def name(self) -> str:
        """What it is called in an address."""
        return self.origin.hostname or ""

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.origin.port or (443 if self.is_private else 80)

    @property
    def is_private(self) -> bool:
        """Whether it speaks TLS."""
        return self.origin.scheme == "https"

    @property
    def is_own(self) -> bool:
        """Whether nobody but this machine can reach it."""
        try:
            return ipaddress.ip_address(self.name).is_loopback
        except ValueError:
            return self.name == "localhost"


def hosts(town: Town, sockets: Mapping[Role, Path]) -> list[Host]:
    """Return the names under which this machine answers, pages last.

    Raises:
        MachineError: two parts would have one address.
    """
    found = [(town.desk, sockets["desk"]), (town.inbox, sockets["intake"])]
    parted: dict[tuple[str, str], list[Part]] = {}
    for url, socket in [*found, *([(town.url, None)] if town.pages else [])]:
        parts = urlsplit(url)
        of_host = parted.setdefault((parts.scheme, parts.netloc), [])
        if any(part.path == parts.path for part in of_host):
            raise MachineError(message("Two things would be answered at {url}.", url=url))
        # An address below the intake may be a receipt, or an author's private link.
        of_host.append(Part(parts.path, socket, logged=url != town.inbox))
    return [Host(SplitResult(*origin, "/", "", ""), tuple(parts)) for origin, parts in parted.items()]


def root_of(town: Town, folder: Path) -> Path | None:
    """Return the folder below which each page lies at its address; a link has to lead from it to the pages.

    Args:
        town: the consultation.
        folder: one of the machine's own, for a site whose address has a path.
    """
    return folder / "www" if urlsplit(town.url).path != "/" else town.pages


def marks(host: Host, suffix: str) -> set[str]:
    """Return the lines by which a web server's file shows that a host is served; `suffix` is the file's."""
    if suffix == ".caddy":
        return {f"{_caddy_address(host)} {{"}
    return {f"server_name {host.name};", f"listen {_listened(host)};"}


def _caddy_address(host: Host) -> str:
    return f"{host.origin.scheme}://{host.origin.netloc}"


def _listened(host: Host) -> str:
    return f"{'127.0.0.1:' if host.is_own else ''}{host.port}{' ssl' if host.is_private else ''}"


def caddy(
    town: Town, found: list[Host], root: Path | None, site: Site, certificate: Certificate | None
) -> str:
    """Return Caddy's site blocks."""
    return "\n".join(_caddy_block(town, host, root, site, certificate) for host in found)


def _caddy_block(
    town: Town, host: Host, root: Path | None, site: Site, certificate: Certificate | None
) -> str:
    lines = ["request_body {", "\tmax_size 1MB", "}"]
    if host.is_own:
        lines.insert(0, "bind 127.0.0.1")
    if certificate and host.is_private:
        lines.insert(0, f'tls "{certificate.chain}" "{certificate.key}"')
    programs = [part for part in host.parts if part.socket]
    for part in programs:
        proxy = [f"\treverse_proxy unix/{part.socket}", "}"]
        lines += ["handle {" if part.path == "/" else f"handle_path {part.path}* {{", *proxy]
    if len(programs) < len(host.parts):
        text = servers.caddy(
            site, Addresses(town.url, town.inbox), beside=tuple(f"{part.path}*" for part in programs)
        )
        lines += [f'root * "{root}"', *text.rstrip("\n").split("\n")]
    return "\n".join(
        [f"{_caddy_address(host)} {{", *(f"\t{line}" if line else "" for line in lines), "}", ""]
    )


def nginx(
    town: Town, found: list[Host], root: Path | None, site: Site, certificate: Certificate | None
) -> str:
    """Return nginx's server blocks.

    Raises:
        MachineError: TLS is asked for, and there is no certificate.
    """
    return "\n".join(_nginx_block(town, host, root, site, certificate) for host in found)


def _nginx_block(
    town: Town, host: Host, root: Path | None, site: Site, certificate: Certificate | None
) -> str:
    private = host.is_private
    lines = [f"listen {_listened(host)};"]
    if not host.is_own:
        lines += [f"listen [::]:{_listened(host)};"]
    lines += [f"server_name {host.name};", f"client_max_body_size {_MOST};"]
    if private:
        if certificate is None:
            raise MachineError(_no_certificate(host.name))
        lines += [f'ssl_certificate "{certificate.chain}";', f'ssl_certificate_key "{certificate.key}";']
    for part in host.parts:
        inner = _nginx_program(part) if part.socket else _nginx_pages(town, root, site)
        lines += [f"location {part.path} {{", *(f"    {line}" if line else "" for line in inner), "}"]
    block = "\n".join(["server {", *(f"    {line}" if line else "" for line in lines), "}", ""])
    return block + ("" if host.is_own or not private or host.port != 443 else _to_tls(host))


def _no_certificate(name: str) -> Message:
    return message(
        "nginx needs a certificate for {name}: certbot certonly --webroot --webroot-path /var/www/html --domain {name};"
        " or name one with --certificate and --certificate-key; or install Caddy, which gets its own.",
        name=name,
    )


def _nginx_program(part: Part) -> list[str]:
    lines = [
        f'proxy_pass "http://unix:{part.socket}:/";',
        "proxy_set_header Host $http_host;",
        "proxy_set_header X-Forwarded-For $remote_addr;",
        "proxy_set_header X-Forwarded-Proto $scheme;",
    ]
    return lines if part.logged else ["access_log off;", *lines]


def _nginx_pages(town: Town, root: Path | None, site: Site) -> list[str]:
    text = servers.nginx(site, Addresses(town.url, town.inbox))
    return [f'root "{root}";', *text.rstrip("\n").split("\n")]


def _to_tls(host: Host) -> str:
    """Return what leads from http to https, but for what an authority asks of certbot (RFC 8555, 8.3)."""
    return f"""
server {{
    listen 80;
    listen [::]:80;
    server_name {host.name};
    location /.well-known/acme-challenge/ {{ root /var/www/html; }}
    location / {{ return 301 https://{host.name}$request_uri; }}
}}
"""
