"""What search engines and shared links read of a page: schema.org as JSON-LD. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from assises.addresses import Addresses
from assises.content import Home, Meeting, News, Page
from assises.schema import LocalisedText
from assises.settings import Venue
from assises.site import Site, address, language_prefix

_STATUS = {
    "planned": "https://schema.org/EventScheduled",
    "cancelled": "https://schema.org/EventCancelled",
    "moved": "https://schema.org/EventRescheduled",
}


def json_ld(site: Site, addresses: Addresses, page: Page, section: str) -> str:
    """Return a page's JSON-LD, such that it can stand in a script element; empty where there is none.

    Args:
        site: whose page it is.
        addresses: where the site is reached.
        page: the page.
        section: what the list is called that the page stands in.
    """

    def text(value: LocalisedText) -> str:
        return value.get(page.language, site.language)

    things: list[dict[str, Any]] = []
    match page:
        case Home():
            things.append(_consultation(site, addresses, page, text))
        case Meeting():
            things += [_event(site, addresses, page, text), _trail(site, addresses, page, section)]
        case News():
            things += [_article(site, addresses, page, text), _trail(site, addresses, page, section)]
        case _ if page.folder in site.sections:
            things.append(_trail(site, addresses, page, section))
    if not things:
        return ""
    document = {"@context": "https://schema.org", "@graph": things}
    # Nothing of it may end the element that it stands in.
    return json.dumps(document, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026")


def _organiser(site: Site, text: Callable[[LocalisedText], str]) -> dict[str, Any]:
    organiser = site.settings.organiser
    return _stated(
        {
            "@type": "GovernmentOrganization",
            "name": text(organiser.name),
            "url": organiser.url,
            "email": organiser.email,
            "telephone": organiser.phone,
        }
    )


def _consultation(
    site: Site, addresses: Addresses, page: Page, text: Callable[[LocalisedText], str]
) -> dict[str, Any]:
    settings = site.settings
    return _stated(
        {
            "@type": "WebSite",
            "name": text(settings.name),
            "description": page.summary or text(settings.tagline),
            "url": addresses.absolute(address(page, site.language)),
            "inLanguage": page.language,
            "publisher": _organiser(site, text),
        }
    )


def _event(
    site: Site, addresses: Addresses, page: Meeting, text: Callable[[LocalisedText], str]
) -> dict[str, Any]:
    """Return a meeting as an event (https://developers.google.com/search/docs/appearance/structured-data/event)."""
    zone = site.settings.time_zone
    places = [_place(page.venue)]
    if page.online:
        places.append({"@type": "VirtualLocation", "url": page.online})
    mode = "Mixed" if page.online else "Offline"
    return _stated(
        {
            "@type": "Event",
            "name": page.title,
            "description": page.summary,
            "url": addresses.absolute(address(page, site.language)),
            "startDate": page.starts.astimezone(zone).isoformat(),
            "endDate": page.ends.astimezone(zone).isoformat(),
            "previousStartDate": page.previous_start.astimezone(zone).isoformat()
            if page.previous_start
            else "",
            "eventStatus": _STATUS[page.status],
            "eventAttendanceMode": f"https://schema.org/{mode}EventAttendanceMode",
            "isAccessibleForFree": True,
            "inLanguage": page.language,
            "location": places if len(places) > 1 else places[0],
            "organizer": _organiser(site, text),
        }
    )


def _place(venue: Venue) -> dict[str, Any]:
    located = venue.latitude is not None and venue.longitude is not None
    point = {"@type": "GeoCoordinates", "latitude": venue.latitude, "longitude": venue.longitude}
    return _stated(
        {
            "@type": "Place",
            "name": venue.name,
            "address": ", ".join(venue.address.splitlines()) or venue.name,
            "url": venue.url,
            "geo": point if located else {},
        }
    )


def _article(
    site: Site, addresses: Addresses, page: News, text: Callable[[LocalisedText], str]
) -> dict[str, Any]:
    return _stated(
        {
            "@type": "NewsArticle",
            "headline": page.title,
            "description": page.summary,
            "datePublished": page.date.astimezone(site.settings.time_zone).isoformat(),
            "url": addresses.absolute(address(page, site.language)),
            "inLanguage": page.language,
            "author": _organiser(site, text),
        }
    )


def _trail(site: Site, addresses: Addresses, page: Page, section: str) -> dict[str, Any]:
    """Return the way from the first page to this one."""
    prefix = language_prefix(page.language, site.language)
    steps = (
        (site.settings.name.get(page.language, site.language), f"{prefix}/"),
        (section, f"{prefix}/{page.folder}/"),
        (page.title, address(page, site.language)),
    )
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": name, "item": addresses.absolute(place)}
            for number, (name, place) in enumerate(steps, 1)
        ],
    }


def _stated(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in ("", {}, None)}
