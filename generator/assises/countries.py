"""What a country's name says of where data are: within the European Economic Area or not. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from babel import Locale

from assises.slugs import slug

AREA = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IS",
        "IT",
        "LI",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "NO",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
        "GF",
        "GP",
        "MQ",
        "RE",
        "YT",
        "MF",
        "AX",
    ]
)
"""The European Economic Area: no transfer in the sense of the GDPR (articles 44 to 50). With the parts of
France and Finland beyond the seas that belong to the Union and that CLDR names apart."""

_ALSO: Mapping[str, str] = MappingProxyType(
    {"union-europeenne": "FR", "european-union": "FR", "ue": "FR", "eu": "FR", "usa": "US", "uk": "GB"}
    | {"etats-unis-d-amerique": "US", "united-states-of-america": "US", "angleterre": "GB", "pays-bas": "NL"}
)
"""Names in use that CLDR has not."""


def is_in_europe(name: str) -> bool | None:
    """Tell whether a country, by its French or English name, lies in that area; None for a name not known."""
    known = _codes()
    found = known.get(slug(name))
    return None if found is None else found in AREA


@cache
def _codes() -> Mapping[str, str]:
    codes: dict[str, str] = dict(_ALSO)
    for language in ("en", "fr"):
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code not in ("EU", "EZ", "UN", "XA", "XB"):
                codes[slug(name)] = code
    return MappingProxyType(codes)
