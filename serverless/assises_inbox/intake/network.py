"""Where a request came from, as far as that can be known, and hints at networks that say nothing of persons."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self

from assises.keys import Key

Address = IPv4Address | IPv6Address

VARIABLE = "ASSISES_PROXIES"
UNIX = "unix"
"""Stands in `ASSISES_PROXIES` for a web server that reaches the intake by a socket, and so has no address."""

_MOST = 50
"""Addresses of a forwarded header that are looked at, from the right; a chain of proxies is short."""


class ProxiesError(ValueError):
    """`ASSISES_PROXIES` names something that is no network."""


@dataclass(frozen=True, slots=True)
class Proxies:
    """The web servers in front of the intake: what they say of a request's origin is believed, and nobody else."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    by_socket: bool = False

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the proxies that addresses or networks (``10.0.0.0/8``), parted by spaces, stand for.

        Raises:
            ProxiesError: one is neither.
        """
        words = text.split()
        try:
            networks = tuple(ip_network(word) for word in words if word != UNIX)
        except ValueError as error:
            raise ProxiesError(f"{VARIABLE}: {error}") from error
        return cls(networks, UNIX in words)

    def client(self, environ: Mapping[str, object]) -> Address | None:
        """Return who sent a request: the nearest address that is no proxy of ours; None where it cannot be known.

        An address of this machine or of a private network is that of a proxy that nobody has named: taken for the
        sender's, it would make one network of a whole town.
        """
        found = self._nearest(environ)
        return found if found is not None and found.is_global else None

    def _nearest(self, environ: Mapping[str, object]) -> Address | None:
        peer = str(environ.get("REMOTE_ADDR") or "")
        nearest = _address(peer)
        if not self._trusts(nearest, peer):
            return nearest
        forwarded = str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",")[-_MOST:]
        for written in reversed(forwarded):
            # What is no address was not written by a proxy of ours; neither is anything to its left.
            found = _address(written.strip())
            if found is None or not self._trusts(found, ""):
                return found
        return None

    def _trusts(self, address: Address | None, peer: str) -> bool:
        if address is None:
            return self.by_socket and not peer
        return any(address in network for network in self.networks)


def hint(key: Key, address: Address | None, now: datetime) -> str:
    """Return four hexadecimal digits that are the same for a network all day, and for thousands of others.

    A network is an IPv4 address or an IPv6 /64. The key is derived for the day and the digits are few: who holds
    the key cannot find an address by them, and nobody can follow one from day to day.
    """
    if address is None:
        return ""
    network = address.packed if isinstance(address, IPv4Address) else address.packed[:8]
    day = hmac.digest(key.derive("network"), f"{now:%Y-%m-%d}".encode(), "sha256")
    return hmac.digest(day, network, "sha256")[:2].hex()


def _address(written: str) -> Address | None:
    """Return an address as proxies write it: bare, with a port, in brackets, IPv4 within IPv6."""
    text = written.strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
