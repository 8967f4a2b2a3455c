"""The passages of draft texts that residents spoke to, in the words that they then had: a draft is edited, and comments stay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from assises.content import Page, Text
from assises.contribution import Contribution, is_passage
from assises.markdown import passages
from assises.store import Snapshot

FOLDER = "passages"
"""In the store: a file a passage, named by its id, which is made of its words; so nothing in it ever changes."""


def passages_now(pages: Iterable[Page]) -> dict[str, str]:
    """Return the first words of each passage that can be spoken to now, by its id."""
    texts = (page for page in pages if isinstance(page, Text) and page.comments)
    return {
        passage.id: passage.excerpt for page in texts for passage in passages(page.body, str) if passage.id
    }


def files_of(contributions: Iterable[Contribution]) -> Iterator[str]:
    """Yield where the words are kept that contributions speak to."""
    yield from (_path(said.passage) for said in contributions if said.passage)


def quoted(
    contributions: Iterable[Contribution], now: Mapping[str, str], snapshot: Snapshot
) -> dict[str, bytes]:
    """Return the files that keep what contributions speak to, as far as it is there now and not kept yet."""
    wanted = {said.passage for said in contributions} & now.keys()
    return {_path(id): now[id].encode() for id in sorted(wanted) if not snapshot.exists(_path(id))}


def words_of(snapshot: Snapshot) -> dict[str, str]:
    """Return the first words of each passage that somebody spoke to, as they were, by its id."""
    found = (
        (path.removeprefix(f"{FOLDER}/").removesuffix(".txt"), data) for path, data in snapshot.files(FOLDER)
    )
    return {id: data.decode("utf-8", "replace") for id, data in found if is_passage(id)}


def _path(id: str) -> str:
    return f"{FOLDER}/{id}.txt"
