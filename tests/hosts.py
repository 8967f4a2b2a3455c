"""Function hosts as programs of their own: each runs a bundle as its platform does, with nothing of ours beside it.

The Python that runs is this machine's, without the packages of our environment (``-S``): what a bundle lacks, it
lacks here too.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tools.install import TOOLS

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
VISITOR = "198.51.100.7"


@dataclass
class Reply:
    """What a host answered."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def __getitem__(self, name: str) -> str:
        """Return a header, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


Call = Callable[..., Reply]
"""Sends ``(method, path, body=b"", headers={})`` and returns the reply."""


@dataclass
class Host:
    """A bundle that runs somewhere."""

    call: Call
    log: Path
    below: str = ""
    """What stands before the intake's own paths."""

    def __call__(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = {}) -> Reply:
        """Send a request to one of the intake's own paths."""
        return self.call(method, f"{self.below}{path}", body, dict(headers))


@dataclass
class Place:
    """Where a bundle lies, and what it is given."""

    bundle: Path
    """Unpacked."""

    environment: dict[str, str]
    folder: Path
    """For logs and the host's own files."""

    port: int = 0
    path: list[Path] = field(default_factory=list)

    @contextmanager
    def running(self, *command: str, environment: Mapping[str, str] = {}) -> Iterator[Path]:
        """Run a program in the bundle's folder until the block ends; yield its log."""
        log = self.folder / "log"
        variables = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
        variables |= {"PYTHONPATH": os.pathsep.join(map(str, [self.bundle, *self.path]))}
        with log.open("wb") as out:
            process = subprocess.Popen(
                command,
                cwd=self.bundle,
                env=variables | self.environment | environment,
                stdout=out,
                stderr=out,
            )
            try:
                _wait(self.port, process, log)
                yield log
            finally:
                process.terminate()
                process.wait(30)


def bare(*arguments: str) -> list[str]:
    """Return the command of this machine's Python, without a single package."""
    return [os.path.realpath(sys.executable), "-S", *arguments]


def over_http(port: int) -> Call:
    """Return how one calls a host that speaks HTTP."""

    def call(method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = {}) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request(method, path, body or None, dict(headers))
            answer = connection.getresponse()
            return Reply(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    return call


# --- the hosts


@contextmanager
def gunicorn(place: Place) -> Iterator[Host]:
    """One small machine: gunicorn."""
    place.path = [TOOLS["gunicorn"].folder()]
    serve = bare(
        "-m", "gunicorn", "wsgi:application", "--bind", f"127.0.0.1:{place.port}", "--no-control-socket"
    )
    with place.running(*serve) as log:
        yield Host(over_http(place.port), log)


@contextmanager
def google(place: Place) -> Iterator[Host]:
    """Google Cloud Functions: their functions framework, which brings Flask."""
    place.path = [TOOLS["google"].folder()]
    code = "from functions_framework._cli import _cli; _cli()"
    serve = bare("-c", code, "--target", "inbox", "--host", "127.0.0.1", "--port", str(place.port))
    with place.running(*serve) as log:
        yield Host(over_http(place.port), log)


@contextmanager
def scaleway(place: Place) -> Iterator[Host]:
    """Scaleway Functions: their local server."""
    place.path = [TOOLS["scaleway"].folder()]
    code = "import handler, sys; from scaleway_functions_python import local; "
    code += "local.serve_handler(handler.handle, port=int(sys.argv[1]), debug=False)"
    with place.running(*bare("-c", code, str(place.port))) as log:
        yield Host(over_http(place.port), log)


@contextmanager
def lighttpd(place: Place) -> Iterator[Host]:
    """Any web server that knows CGI."""
    variables = ", ".join(f'"{name}" => "{value}"' for name, value in place.environment.items())
    python = place.folder / "python3"
    python.symlink_to(os.path.realpath(sys.executable))
    configuration = place.folder / "lighttpd.conf"
    configuration.write_text(
        f"""server.modules = ("mod_setenv", "mod_alias", "mod_cgi")
server.document-root = "{place.folder}/nothing"
server.bind = "127.0.0.1"
server.port = {place.port}
server.errorlog = "{place.folder}/errors"
alias.url = ("/cgi-bin/" => "{place.bundle}/cgi-bin/")
cgi.assign = (".cgi" => "")
setenv.add-environment = ({variables}, "PATH" => "{place.folder}:{os.environ["PATH"]}")
""",
        encoding="utf-8",
    )
    program = TOOLS["lighttpd"].programs[0].path() or "lighttpd"
    with place.running(program, "-D", "-f", str(configuration)) as log:
        yield Host(over_http(place.port), log, "/cgi-bin/inbox.cgi")


@contextmanager
def aws(place: Place, event_of: Callable[..., dict[str, Any]] | None = None) -> Iterator[Host]:
    """AWS Lambda: Amazon's emulator and its runtime client, called with the events of the gateway before it."""
    tool = TOOLS["lambda"].folder()
    place.path = [tool]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        api = free.getsockname()[1]
    emulator = [
        str(tool / "aws-lambda-rie"),
        "--runtime-interface-emulator-address",
        f"127.0.0.1:{place.port}",
    ]
    emulator += ["--runtime-api-address", f"127.0.0.1:{api}"]
    function = {"AWS_LAMBDA_FUNCTION_NAME": "inbox", "AWS_LAMBDA_FUNCTION_TIMEOUT": "30"}
    function |= {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "LAMBDA_TASK_ROOT": str(place.bundle)}
    start = [*emulator, *bare("-m", "awslambdaric", "lambda_function.lambda_handler")]
    invoke = over_http(place.port)

    def call(method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = {}) -> Reply:
        event = (event_of or function_url)(method, path, body, headers)
        answer = invoke("POST", "/2015-03-31/functions/function/invocations", json.dumps(event).encode())
        return reply_of(json.loads(answer.body))

    with place.running(*start, environment=function) as log:
        yield Host(call, log)


# --- what stands before AWS Lambda


def function_url(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the event of a function URL, or of API Gateway's HTTP API.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html: names in lower case; a form's body comes in
    base64, as everything does that is not known to be text.
    """
    parts = urlsplit(path)
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": unquote(parts.path, errors="surrogateescape").encode("utf-8", "replace").decode(),
        "rawQueryString": parts.query,
        "headers": {name.lower(): value for name, value in headers.items()}
        | {
            "host": "abc.lambda-url.eu-west-3.on.aws",
            "x-forwarded-proto": "https",
            "x-forwarded-port": "443",
        },
        "requestContext": {
            "stage": "$default",
            "http": {"method": method, "path": parts.path, "protocol": "HTTP/1.1", "sourceIp": VISITOR},
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def staged(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the event of an HTTP API with a stage of its own, whose name begins the path."""
    event = function_url(method, f"/prod{path}", body, headers)
    event["requestContext"]["stage"] = "prod"
    return event


def rest_api(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the event of API Gateway's REST API: version 1, every header and parameter given twice.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    """
    parts = urlsplit(path)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    many: dict[str, list[str]] = {}
    for name, value in pairs:
        many.setdefault(name, []).append(value)
    sent = {**headers, "Host": "abc.execute-api.eu-west-3.amazonaws.com", "X-Forwarded-Proto": "https"}
    return {
        "resource": "/{proxy+}",
        "path": parts.path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": dict(pairs) or None,
        "multiValueQueryStringParameters": many or None,
        "pathParameters": {"proxy": parts.path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {"stage": "prod", "path": f"/prod{parts.path}", "identity": {"sourceIp": VISITOR}},
        "body": base64.b64encode(body).decode() if body else None,
        "isBase64Encoded": bool(body),
    }


def reply_of(result: dict[str, Any]) -> Reply:
    """Return what a gateway makes of a function's result, of either version."""
    assert "statusCode" in result, result
    headers = [
        (name, value) for name, values in result.get("multiValueHeaders", {}).items() for value in values
    ]
    headers += list(result.get("headers", {}).items())
    headers += [("Set-Cookie", cookie) for cookie in result.get("cookies", ())]
    body = result["body"]
    return Reply(
        result["statusCode"], headers, base64.b64decode(body) if result["isBase64Encoded"] else body.encode()
    )


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until somebody listens."""
    for _ in range(1200):
        assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(log.read_text(encoding="utf-8", errors="replace"))
