"""The OpenAPI 3.1 document of the intake: every address, what it takes, and every answer that it gives."""

from __future__ import annotations

from typing import Any

from assises.contribution import MAX_AUTHOR, POSITIONS
from assises_inbox.intake.answer import JSON, PROBLEM

_HTML = "text/html"
_FORM = "application/x-www-form-urlencoded"
_PARTS = "multipart/form-data"
_ID = "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"

_REFUSALS = {
    "400": "Not understood: the body or the address is malformed.",
    "403": "The form takes nothing now: its time is over or not yet come, or the organiser has suspended it.",
    "404": "There is no such form, receipt or private link.",
    "406": "Neither HTML nor JSON is accepted.",
    "413": "The body is longer than 256 KiB; it was not read.",
    "415": "The body is of another kind, or compressed.",
    "422": "Something has to be mended; `errors` names each field.",
    "503": "Nothing was kept, through a fault on the organiser's side. Send the same again after `Retry-After`.",
}


def openapi(server: str) -> dict[str, Any]:
    """Return the document; `server` is the intake's address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Assises: the intake",
            "version": "1",
            "description": (
                "Receives contributions to a public consultation. No account, no cookie, no key. "
                "Pages answer browsers; ask for `application/json` to be answered in JSON, and for what was refused in "
                "`application/problem+json` (RFC 9457). Sending the same again gives the same answer."
            ),
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "servers": [{"url": server.rstrip("/") or "/"}],
        "paths": {
            "/contributions": {"post": _send()},
            "/contributions/new": {"get": _begin()},
            "/receipts/{receipt}": {"get": _receipt()},
            "/authors/{link}": {"get": _author(), "post": _change()},
            "/health": {"get": _health()},
            "/openapi.json": {"get": _document()},
        },
        "components": {"schemas": _schemas()},
    }


def _send() -> dict[str, Any]:
    return {
        "operationId": "send",
        "summary": "Send a contribution",
        "description": (
            "Without a `token`, or without `confirm`, nothing is kept: what was sent is given back to be read over, with "
            "a token. Send it again with the token and `confirm`, and it is stored before the answer says so."
        ),
        "requestBody": _body("Contribution"),
        "responses": {
            "200": _answer("Not sent yet: read it over, then confirm.", "NotSentYet"),
            "201": _answer(
                "Stored. Programs alone are answered so.", "Stored", page=False, headers=_LOCATION
            ),
            "303": {"description": "Stored; the receipt is at `Location`.", "headers": _LOCATION},
            **_refusals("400", "403", "404", "406", "413", "415", "422", "503"),
        },
    }


def _begin() -> dict[str, Any]:
    return {
        "operationId": "begin",
        "summary": "An empty form, or a token",
        "description": "A token is good for 24 hours and one contribution. With it, one request is enough to send.",
        "parameters": [
            _query("form", "The form's id, as forms.json names it.", required=True),
            _query("language", "A language of the site."),
            _query("of", "The contribution that is replied to or supported."),
            _query("passage", "The passage of a draft text."),
        ],
        "responses": {
            "200": _answer("The form, or a token.", "Begun"),
            **_refusals("400", "403", "404", "406", "422", "503"),
        },
    }


def _receipt() -> dict[str, Any]:
    return {
        "operationId": "receipt",
        "summary": "A receipt",
        "description": "The whole receipt stands in its address, signed. It needs no store, and is not logged.",
        "parameters": [
            _path("receipt", "The signed receipt."),
            _query("language", "A language of the site."),
            _query("form", "The form that was used."),
            _query("sent", "Lets the page show the author's private link, for 25 hours."),
            _query("kind", "`correction` or `withdrawal`, if it is the receipt of one."),
        ],
        "responses": {"200": _answer("The receipt.", "Receipt"), **_refusals("400", "404", "406", "503")},
    }


def _author() -> dict[str, Any]:
    return {
        "operationId": "author",
        "summary": "What an author can change",
        "description": "The private link, which the answer to a contribution tells once.",
        "parameters": _AUTHOR,
        "responses": {
            "200": _answer("What may be changed.", "Author"),
            **_refusals("400", "404", "406", "503"),
        },
    }


def _change() -> dict[str, Any]:
    return {
        "operationId": "change",
        "summary": "Correct or withdraw a contribution",
        "description": (
            "Confirmed like a contribution, with a token. A correction holds the whole new text. It takes effect within "
            "24 hours or as long as no moderator has decided; later, a moderator decides."
        ),
        "parameters": _AUTHOR,
        "requestBody": _body("Change"),
        "responses": {
            "200": _answer("Not sent yet: read it over, then confirm.", "NotSentYet"),
            "201": _answer(
                "Stored. Programs alone are answered so.", "Stored", page=False, headers=_LOCATION
            ),
            "303": {"description": "Stored; the receipt is at `Location`.", "headers": _LOCATION},
            **_refusals("400", "403", "404", "406", "413", "415", "422", "503"),
        },
    }


def _health() -> dict[str, Any]:
    return {
        "operationId": "health",
        "summary": "Whether contributions can be stored, and how many wait",
        "responses": {
            "200": _answer("Well.", "Health", page=False),
            "503": _answer("The storage does not answer.", "Health", page=False),
            **_refusals("400", "406"),
        },
    }


def _document() -> dict[str, Any]:
    return {
        "operationId": "document",
        "summary": "This document",
        "responses": {
            "200": {"description": "OpenAPI 3.1.", "content": {JSON: {"schema": {"type": "object"}}}},
            **_refusals("400", "406", "503"),
        },
    }


# --- parts

_LOCATION = {"Location": {"schema": {"type": "string"}, "description": "The receipt's address."}}
_TEXT = {"type": "string"}
_KIND = {"type": "string", "enum": ["correction", "withdrawal"]}
_INSTANT = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"}


def _path(name: str, what: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": what,
        "schema": {"type": "string", "minLength": 1},
    }


def _query(name: str, what: str, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "description": what, "schema": _TEXT}


_AUTHOR = [
    _path("link", "The contribution's id, a full stop, and what proves the author."),
    _query("form", "The form that the contribution came by.", required=True),
    _query("language", "A language of the site."),
]


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _body(name: str) -> dict[str, Any]:
    form = {"schema": _ref(f"{name}Form")}
    return {"required": True, "content": {JSON: {"schema": _ref(name)}, _FORM: form, _PARTS: form}}


def _answer(
    what: str, name: str, *, page: bool = True, headers: dict[str, Any] | None = None
) -> dict[str, Any]:
    pages = {_HTML: {"schema": _TEXT}} if page else {}
    answer: dict[str, Any] = {"description": what, "content": pages | {JSON: {"schema": _ref(name)}}}
    return answer | ({"headers": headers} if headers else {})


def _refusals(*statuses: str) -> dict[str, Any]:
    content = {_HTML: {"schema": _TEXT}, PROBLEM: {"schema": _ref("Problem")}}
    # Before there is any forms.json, there is no page either.
    plain = {"text/plain": {"schema": _TEXT}}
    return {
        status: {"description": _REFUSALS[status], "content": content | (plain if status == "503" else {})}
        for status in statuses
    }


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


def _schemas() -> dict[str, Any]:
    words = {
        "text": _TEXT | {"description": "The words, in limited Markdown. How many: forms.json."},
        "author": _TEXT | {"description": f"The name to show, up to {MAX_AUTHOR} characters."},
        "position": {"type": "string", "enum": ["", *POSITIONS]},
    }
    sending = {
        "token": _TEXT | {"description": "From the answer before, or from `/contributions/new`."},
        "read": _TEXT
        | {"description": "From the answer before: if the words have changed, they are given back."},
    }
    fields = {
        "form": _TEXT | {"description": "The form's id, such as `topics/housing:comment`."},
        "language": _TEXT,
        "of": _TEXT | {"description": "The contribution that is replied to or supported."},
        "passage": _TEXT,
    }
    told = {
        "email": _TEXT
        | {
            "description": "Where to be told what becomes of it, if forms.json has `private.email`; never shown."
        }
    }
    kind = {"kind": _KIND}
    said = {
        "answers": {
            "type": "object",
            "description": "To a survey: each item's id, and what was chosen or written.",
            "additionalProperties": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]},
        },
        "confirm": {"type": "boolean"},
    }
    ticked = {"confirm": {"type": "string", "description": "Anything but an empty text confirms."}}
    return {
        "Contribution": _object(fields | words | told | said | sending, "form"),
        "ContributionForm": _object(fields | words | told | ticked | sending, "form"),
        "Change": _object(kind | words | {"confirm": said["confirm"]} | sending, "kind"),
        "ChangeForm": _object(kind | words | ticked | sending, "kind"),
    } | _told()


def _told() -> dict[str, Any]:
    promised = {
        "id": {"type": "string", "pattern": _ID},
        "number": {"type": "string", "description": "To write down or read out."},
        "digest": _TEXT,
        "nonce": _TEXT,
        "time": _INSTANT,
        "due": _INSTANT | {"description": "When it stands in the public ledger at the latest."},
        "state_url": _TEXT | {"description": "Where the public ledger tells what became of it."},
    }
    links = {
        "receipt": _TEXT,
        "receipt_url": _TEXT,
        "author_url": _TEXT
        | {
            "description": "Private: whoever has it can correct or withdraw. Told here alone; not with a report."
        },
    }
    return {
        "NotSentYet": _object(
            {"state": {"const": "not-sent-yet"}, "token": _TEXT, "read": _TEXT, "form": _TEXT, "kind": _TEXT},
            "state",
            "token",
        ),
        "Begun": _object({"form": _TEXT, "token": _TEXT, "max_length": {"type": "integer"}}, "form", "token"),
        "Stored": _object(promised | links, *promised, "receipt", "receipt_url"),
        "Receipt": _object(promised, *promised),
        "Author": _object(
            {
                "id": promised["id"],
                "form": _TEXT,
                "handed_out": _INSTANT,
                "in_time_until": _INSTANT,
                "may": {"type": "array", "items": _KIND},
                "state_url": _TEXT,
            },
            "id",
            "may",
        ),
        "Health": {"type": "object", "properties": {"status": _TEXT}, "required": ["status"]},
        "Problem": _object(
            {
                "type": _TEXT,
                "title": _TEXT,
                "status": {"type": "integer"},
                "detail": _TEXT,
                "errors": {
                    "type": "array",
                    "items": _object({"field": _TEXT, "detail": _TEXT}, "field", "detail"),
                },
            },
            "type",
            "title",
            "status",
        ),
    }
