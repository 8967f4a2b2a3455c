"""Objects of a git repository in one request, without what they refer to: protocol version 2, stateless.

https://git-scm.com/docs/protocol-v2. dulwich's client asks what a host can do and which refs it has before each
fetch: three requests, where walking down some folders of a store needs one for each level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from dulwich.errors import HangupException
from dulwich.objects import ObjectID
from dulwich.protocol import Protocol, pkt_line

PATH = "git-upload-pack"
HEADERS = {
    "Content-Type": f"application/x-{PATH}-request",
    "Accept": f"application/x-{PATH}-result",
    "Git-Protocol": "version=2",
}

_DELIMITER, _FLUSH = b"0001", b"0000"
_DATA, _PROGRESS = 1, 2
"""Channels of the multiplexed answer (gitprotocol-common, ``sideband-all``)."""


class PartialFetchError(ValueError):
    """A host answered something else than a pack."""


def asking(wanted: Iterable[ObjectID], *, root: bool = False) -> bytes:
    """Return the request for objects alone; for commits, with `root`, without those before, with their folder."""
    arguments = [b"no-progress\n", b"ofs-delta\n", b"filter tree:1\n" if root else b"filter tree:0\n"]
    if root:
        arguments.append(b"deepen 1\n")
    arguments += (b"want " + id + b"\n" for id in wanted)
    arguments.append(b"done\n")
    lines = b"".join(map(pkt_line, arguments))
    return pkt_line(b"command=fetch\n") + pkt_line(b"object-format=sha1\n") + _DELIMITER + lines + _FLUSH


def answered(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Yield the pack that a host answers with, in parts.

    Raises:
        PartialFetchError: it answers something else.
    """
    protocol = Protocol(read, lambda _data: None)
    try:
        line = protocol.read_pkt_line()
    except HangupException as error:
        raise PartialFetchError(
            "no answer to a partial fetch: is uploadpack.allowFilter set there?"
        ) from error
    if line == b"shallow-info\n":  # how deep it goes is known
        for _ in protocol.read_pkt_seq():
            pass
        line = protocol.read_pkt_line()
    if line != b"packfile\n":
        raise PartialFetchError((line or b"nothing").decode(errors="replace").strip())
    for line in protocol.read_pkt_seq():
        channel, data = line[0], line[1:]
        if channel == _DATA:
            yield data
        elif channel != _PROGRESS:
            raise PartialFetchError(data.decode(errors="replace").strip())
