"""The OpenAPI document: valid, kept in docs/, and true of every answer, whatever is sent."""

from __future__ import annotations

from json import dumps, loads

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from assises.contribution import is_id
from assises.envelope import Envelope
from assises_inbox.intake.author import Author
from assises_inbox.intake.openapi import openapi
from assises_inbox.intake.routes import ROUTES
from assises_inbox.intake.token import Token
from kernel import INTAKE_KEY, NOW, REGENERATE, TOPIC, client, contribution, intake, receipt_text, say
from served import REPOSITORY
from test_intake import Memory

DOCUMENT = REPOSITORY / "docs" / "openapi.json"
SERVER = "https://assises.example/inbox"
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


def test_the_document_is_valid():
    """OpenAPI 3.1, by its own schema."""
    OpenAPIV31SpecValidator(openapi(SERVER)).validate()


def test_the_document_is_kept():
    """docs/openapi.json is what the code says; ``REGENERATE=1`` writes it."""
    text = dumps(openapi(SERVER), indent=2, ensure_ascii=False) + "\n"
    if REGENERATE:
        DOCUMENT.write_text(text, encoding="utf-8", newline="\n")
    assert DOCUMENT.read_text(encoding="utf-8") == text


def test_every_address_is_described():
    """And none that is not there; the operator's own probe apart, which is nobody else's, and what letters link to."""
    described = {(path, method.upper()) for path, item in openapi(SERVER)["paths"].items() for method in item}
    names = {"text": "{receipt}", "link": "{link}"}
    there = {
        ("".join(names.get(name, part) for name, part in _parts(rule.rule)), method)
        for rule in ROUTES.iter_rules()
        for method in rule.methods - {"HEAD"}
    }
    letters = {("/subscriptions/letter", method) for method in ("GET", "POST")}
    assert described == there - letters - {("/probes", "POST")}


def _parts(rule: str) -> list[tuple[str, str]]:
    """Return a rule's parts, each with the name that it has between ``<`` and ``>``."""
    pieces = rule.replace(">", "<").split("<")
    return [(piece if index % 2 else "", piece) for index, piece in enumerate(pieces)]


def test_the_intake_serves_it_with_its_own_address():
    """For whoever finds the intake first."""
    served = loads(client(intake(Memory())).get("/openapi.json").data)
    assert served["servers"] == [{"url": "https://assises.example/ville/inbox"}]
    assert served["paths"].keys() == openapi(SERVER)["paths"].keys()


SCHEMA = schemathesis.openapi.from_dict(openapi("/"))
OPERATIONS = {result.ok().label: result.ok() for result in SCHEMA.get_all_operations()}
QUICK = settings(max_examples=40, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("label", OPERATIONS)
@pytest.mark.parametrize("real", [False, True], ids=["any", "real"])
def test_every_answer_is_one_that_is_described(label, real):
    """Whatever fits the document, with real forms, tokens, receipts and links among it: status, kind and shape."""
    memory = Memory()
    app = intake(memory)
    SCHEMA.app = app
    known = _known(app) if real else {}

    @QUICK
    @given(case=OPERATIONS[label].as_strategy())
    def walk(case):
        for part in (case.query, case.path_parameters, case.body):
            for name in (known.keys() & part.keys()) if isinstance(part, dict) else ():
                part[name] = known[name]
        response = case.call(app=app, base_url="http://localhost")
        case.validate_response(response, checks=list(CHECKS))
        assert b"Traceback" not in response.content
        assert response.status_code != 500

    walk()
    assert all(
        is_id(id) and Envelope.from_bytes(data, (INTAKE_KEY.public,)) for id, data in memory.kept.items()
    )


def _known(app) -> dict[str, str]:
    """Return what a program would have got from the site and from earlier answers."""
    address = say(client(app), "Plus de logements.")
    author = Author(contribution().id, TOPIC)
    return {
        "form": TOPIC,
        "language": "fr",
        "token": Token.issue(INTAKE_KEY, TOPIC, NOW, bytes(16)).text,
        "receipt": receipt_text(address),
        "link": author.link(INTAKE_KEY, "fr").partition("?")[0].removeprefix("authors/"),
        "read": "",
    }
