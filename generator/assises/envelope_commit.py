"""One envelope as a parentless commit, the same for the same id and bytes: for refs of its own, here or at a git host."""

from __future__ import annotations

from dulwich.objects import Blob, Commit, Tree

from assises.contribution import ulid_time

FILE = b"envelope.json"
"""The one file of a commit's tree."""

_INTAKE = b"Assises intake <intake@localhost>"
_FILE_MODE = 0o100644


def commit_of(id: str, data: bytes) -> tuple[Commit, Tree, Blob]:
    """Return the commit that stands for what is stored under an id, with its tree and its file."""
    return one_file(f"Receive {id}\n", data, int(ulid_time(id).timestamp()))


def received_by(commit: Commit) -> bytes:
    """Return the id under which something was stored by a commit of `commit_of`; of another one, its message."""
    message: bytes = commit.message
    return message.removeprefix(b"Receive ").rstrip(b"\n")


def one_file(message: str, data: bytes, time: int) -> tuple[Commit, Tree, Blob]:
    """Return a commit of one file, with its tree and that file; `time` is in seconds since 1970."""
    blob = Blob.from_string(data)
    tree = Tree()
    tree.add(FILE, _FILE_MODE, blob.id)
    commit = Commit()
    commit.tree = tree.id
    commit.author = commit.committer = _INTAKE
    commit.author_time = commit.commit_time = time
    commit.author_timezone = commit.commit_timezone = 0
    commit.encoding = b"UTF-8"
    commit.message = message.encode()
    return commit, tree, blob
