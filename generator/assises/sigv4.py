"""AWS Signature Version 4: what an S3-compatible store knows its users by.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html. Written here, with the standard
library: the signing libraries are asleep or bring a whole client, and a function has to load what they bring.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a store, without what signing adds."""

    method: str
    path: str
    """Unescaped, with its slash."""

    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """Path and query as they stand in the request."""
        query = query_string(self.query)
        return f"{escaped(self.path)}?{query}" if query else escaped(self.path)


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs, and for which region's S3."""

    key: str
    """The access key's id."""

    secret: str = field(repr=False)
    region: str
    token: str = field(default="", repr=False)
    """Of credentials that a platform lends for a while."""

    def headers(self, request: Request, host: str, now: datetime) -> dict[str, str]:
        """Return all headers of a request, signed."""
        moment = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        digest = hashlib.sha256(request.body).hexdigest()
        signed = {name.lower(): value for name, value in request.headers.items()}
        signed |= {"host": host, "x-amz-content-sha256": digest, "x-amz-date": moment}
        if self.token:
            signed["x-amz-security-token"] = self.token
        names = ";".join(sorted(signed))
        lines = [f"{name}:{signed[name]}" for name in sorted(signed)]
        parts = [request.method, escaped(request.path), query_string(request.query)]
        canonical = "\n".join([*parts, *lines, "", names, digest])
        scope = f"{moment[:8]}/{self.region}/s3/aws4_request"
        text = "\n".join([_ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        signature = hmac.new(self._key(moment[:8]), text.encode(), "sha256").hexdigest()
        credential = f"Credential={self.key}/{scope}"
        authorization = f"{_ALGORITHM} {credential},SignedHeaders={names},Signature={signature}"
        return signed | {"authorization": authorization}

    def _key(self, day: str) -> bytes:
        key = f"AWS4{self.secret}".encode()
        for part in (day, self.region, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return key


def escaped(path: str) -> str:
    """Return a path as it stands in the request and under the signature."""
    return quote(path, safe="/-_.~")


def query_string(query: Mapping[str, str]) -> str:
    """Return a query as it stands in the request and under the signature: sorted, a space as %20."""
    return urlencode(sorted(query.items()), quote_via=quote, safe="-_.~")
