"""Whom a request came from: configured proxies alone are believed, and hints name nobody."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assises_inbox.intake.network import Proxies, ProxiesError, hint
from kernel import INTAKE_KEY, NOW, OTHER_KEY

TOWN, FORGED, PROXY = "5.135.7.7", "9.9.9.9", "10.0.0.1"
BEHIND = Proxies.from_text("10.0.0.0/8 2a01:e0a::/32 unix")


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "client"),
    [
        # Nobody is believed unless the operator says so.
        ("", TOWN, None, TOWN),
        ("", TOWN, FORGED, TOWN),
        ("", PROXY, FORGED, None),
        # The right-most address that is no proxy of ours; what stands further left anybody may have written.
        ("10.0.0.0/8", PROXY, TOWN, TOWN),
        ("10.0.0.0/8", PROXY, f"{FORGED}, {TOWN}", TOWN),
        ("10.0.0.0/8", PROXY, f"{FORGED}, {TOWN}, 10.2.3.4", TOWN),
        ("10.0.0.0/8", TOWN, FORGED, TOWN),
        ("10.0.0.0/8", PROXY, f"{FORGED}, nonsense", None),
        ("10.0.0.0/8", PROXY, "", None),
        ("10.0.0.0/8", PROXY, None, None),
        ("10.0.0.0/8", PROXY, "10.1.1.1, 10.2.2.2", None),
        ("10.0.0.0/8", PROXY, "127.0.0.1", None),
        ("unix", "", TOWN, TOWN),
        ("", "", TOWN, None),
        # As proxies write them.
        ("10.0.0.1", PROXY, f"{TOWN}:51234", TOWN),
        ("10.0.0.1", PROXY, '"[2a01:cb00::1]:443"', "2a01:cb00::1"),
        ("10.0.0.1", PROXY, "2a01:cb00::1", "2a01:cb00::1"),
        ("10.0.0.1", "::ffff:10.0.0.1", f"::ffff:{TOWN}", TOWN),
        ("10.0.0.1", PROXY, "fe80::1%eth0", None),
        ("10.0.0.1", PROXY, "5.135.7.7' OR 1=1", None),
        ("10.0.0.1", PROXY, "0x5.0x87.7.7", None),
        ("10.0.0.1", PROXY, "unknown", None),
    ],
)
def test_only_configured_proxies_are_believed(proxies, peer, forwarded, client):
    """Forging the header changes nothing; private addresses are a proxy's that nobody has named."""
    environ = {"REMOTE_ADDR": peer} | ({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded is not None else {})
    found = Proxies.from_text(proxies).client(environ)
    assert (str(found) if found else None) == client


def test_a_long_chain_is_not_walked():
    """Whoever writes thousands of addresses of a proxy's network costs nothing, and is not believed."""
    forwarded = ", ".join([TOWN, *["10.0.0.1"] * 100_000])
    assert BEHIND.client({"REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_FOR": forwarded}) is None


@pytest.mark.parametrize("text", ["10.0.0.0/8,127.0.0.1", "localhost", "10.0.0.1/8", "::1/200", "*"])
def test_what_is_no_network_is_told(text):
    """At the start, not at the first request."""
    with pytest.raises(ProxiesError, match="ASSISES_PROXIES"):
        Proxies.from_text(text)


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_header_is_read(peer, forwarded):
    """Whatever stands there, no fault."""
    BEHIND.client({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded})
    BEHIND.client({"REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_FOR": forwarded})


def hint_of(address: str, now=NOW, key=INTAKE_KEY) -> str:
    """Return the hint of an address."""
    return hint(key, Proxies().client({"REMOTE_ADDR": address}), now)


def test_a_hint_is_a_networks_for_a_day():
    """An IPv4 address whole, an IPv6 /64; another tomorrow, and at another intake."""
    assert hint_of(TOWN) == hint_of(TOWN, NOW + timedelta(hours=4))
    assert hint_of("2a01:cb00:1:2::1") == hint_of("2a01:cb00:1:2:ffff::9")
    different = {
        hint_of(TOWN),
        hint_of("5.135.7.8"),
        hint_of(TOWN, NOW + timedelta(days=1)),
        hint_of(TOWN, key=OTHER_KEY),
        hint_of("2a01:cb00:1:2::1"),
        hint_of("2a01:cb00:1:3::1"),
    }
    assert len(different) == 6
    assert hint_of("127.0.0.1") == hint_of("192.168.1.1") == hint_of("") == ""


def test_thousands_of_networks_share_a_hint():
    """So that not even the key's holder finds an address by it: four digits for four thousand million."""
    addresses = (f"5.{a}.{b}.1" for a in range(100) for b in range(200))
    counts = Counter(map(hint_of, addresses))
    assert all(len(name) == 4 for name in counts)
    assert sum(count > 1 for count in counts.values()) > 1000
