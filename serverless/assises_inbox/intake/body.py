"""What a request carries: a form as browsers send it, or the same fields as a JSON object."""

from __future__ import annotations

import json
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, UnsupportedMediaType
from werkzeug.wrappers import Request

from assises_inbox.intake.answer import JSON
from assises_inbox.intake.check import ANSWER

TYPES = ("application/x-www-form-urlencoded", "multipart/form-data", JSON)
"""Kinds of bodies that are read."""


def fields(request: Request) -> MultiDict[str, str]:
    """Return the fields that a request carries.

    Raises:
        UnsupportedMediaType: the body is of another kind, compressed, or JSON in another charset than UTF-8.
        RequestEntityTooLarge: it is longer than is read.
        BadRequest: it is not what it says.
    """
    coding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if request.mimetype not in TYPES or coding != "identity":
        raise UnsupportedMediaType
    if request.mimetype != JSON:
        form = request.form
        _refuse_cut(request)
        return form
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise UnsupportedMediaType
    body = request.get_data()
    _refuse_cut(request)
    try:
        # Decoded first: what is given bytes would take UTF-16 as well.
        document = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadRequest("not JSON") from error
    if not isinstance(document, dict):
        raise BadRequest("not a JSON object")
    found: MultiDict[str, str] = MultiDict()
    for name, value in document.items():
        if name == "answers" and isinstance(value, dict):
            for item, given in value.items():
                _add(found, f"{ANSWER}{item}", given)
        elif name == "confirm" and not isinstance(value, bool | None):
            # Any text would count as yes, "false" too, and what is stored cannot be taken back by sending again.
            raise BadRequest("confirm is neither true nor false")
        else:
            _add(found, name, value)
    return found


def _refuse_cut(request: Request) -> None:
    """See to it that a body that has been read is whole.

    Of one that announces no length (chunked), werkzeug reads as much as is allowed and leaves the rest, without a word
    unless somebody reads on.

    Raises:
        RequestEntityTooLarge: there is more of it, or exactly as much as is allowed.
    """
    if request.content_length is None:
        request.stream.read(1)


def _add(found: MultiDict[str, str], name: str, value: Any) -> None:
    """Add a field: a text, several texts, or yes or no.

    Raises:
        BadRequest: it is something else.
    """
    match value:
        case str():
            found.add(name, value)
        case list() if all(isinstance(item, str) for item in value):
            found.setlist(name, value)
        case True:
            found.add(name, "1")
        case False | None:
            pass
        case _:
            raise BadRequest(f"{name[:100]} is neither text nor a list of texts")
