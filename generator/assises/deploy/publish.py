"""Outputs to a target: claim it, look at what is there, send what changed, remove the rest, give it back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from assises.contribution import format_time, parse_time
from assises.deploy.contract import BusyError, Target, TargetError
from assises.deploy.plan import KEPT_FOR, MANIFEST, Plan, Published, plan
from assises.problems import message

_BATCH = 50
_BATCH_BYTES = 4_000_000
"""How much is sent before the place notes it: as much is sent again, at most, after an interruption."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a place is written to."""

    claimant: str = ""
    """Who deploys; a claim of the same one counts as one's own, left by what was cut short."""

    most_deletions: int = 100
    """Files that one deployment removes at most."""

    kept_for: timedelta = KEPT_FOR
    """How long former assets stay."""

    adopt: bool = False
    """Whether a site that stands there and is not ours may be written over."""

    break_lock: bool = False
    """Whether somebody else's claim counts for nothing."""

    claims_last: timedelta | None = None
    """After which time somebody else's claim counts for nothing by itself; None: never."""

    sources: str = ""
    """What the outputs were built from: noted at the place (`assises.deploy.due`)."""


def planned(target: Target, outputs: Mapping[str, bytes], now: datetime, terms: Terms) -> Plan:
    """Return what would be done; nothing is.

    Raises:
        TargetError: the place cannot be read, is not ours, or too much would go.
    """
    found = target.read(MANIFEST)
    if found is None and not terms.adopt and target.read("index.html") is not None:
        raise TargetError(
            message(
                "{place} holds a site that no deployment of ours put there. To write over it, add --adopt.",
                place=target.address,
            )
        )
    try:
        before = Published.from_bytes(found) if found is not None else Published()
    except ValueError as error:
        raise TargetError(
            message(
                "{place}: {file} is damaged. Delete it there, and deploy again with --adopt.",
                place=target.address,
                file=MANIFEST,
            )
        ) from error
    made = plan(outputs, before, now, terms.kept_for, target.stamp)
    if len(made.remove) > terms.most_deletions:
        raise TargetError(
            message(
                "{count} files would be removed from {place}, more than {most}. If that is meant, add --most-deletions {count}.",
                count=len(made.remove),
                place=target.address,
                most=terms.most_deletions,
            )
        )
    return made


def publish(
    target: Target,
    outputs: Mapping[str, bytes],
    now: datetime,
    terms: Terms,
    progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """Make the place hold the outputs, and return what was done.

    At every instant each page that is there finds every asset it refers to; cut short, the same call goes on.

    Args:
        target: the place.
        outputs: path → bytes.
        now: told to whoever comes meanwhile, and noted of assets that nothing refers to any more.
        terms: on which terms.
        progress: called with how many files were sent, of how many.

    Raises:
        TargetError: somebody else is at it, or the place cannot be written.
    """
    with _claimed(target, now, terms):
        made = replace(planned(target, outputs, now, terms), sources=terms.sources)
        if made.is_empty and target.read(MANIFEST) == made.done():
            return made
        target.send({MANIFEST: made.underway(0)})
        target.remove(made.in_the_way)
        sent = 0
        for batch in _batches(made, outputs):
            target.send(batch)
            sent += len(batch)
            target.send({MANIFEST: made.underway(sent)})
            if progress:
                progress(sent, len(made.send))
        target.remove([path for path in made.remove if path not in made.in_the_way])
        target.send({MANIFEST: made.done()})
        target.finish()
    return made


def _batches(made: Plan, outputs: Mapping[str, bytes]) -> Iterator[dict[str, bytes]]:
    batch: dict[str, bytes] = {}
    for path in made.send:
        batch[path] = outputs[path]
        if len(batch) == _BATCH or sum(map(len, batch.values())) > _BATCH_BYTES:
            yield batch
            batch = {}
    if batch:
        yield batch


@contextmanager
def _claimed(target: Target, now: datetime, terms: Terms) -> Iterator[None]:
    """Hold the place while the block runs."""
    note = json.dumps({"by": terms.claimant, "format": 1, "since": format_time(now)}).encode()
    if (held := target.claim(note)) is not None:
        by, since = _read_note(held)
        if not (terms.break_lock or by == terms.claimant or _is_over(since, now, terms)):
            raise BusyError(
                message(
                    "Somebody has been deploying to {place} since {since}. If that was broken off, add --break-lock.",
                    place=target.address,
                    since=format_time(since) if since else "?",
                )
            )
        target.release()
        if target.claim(note) is not None:
            raise BusyError(message("Somebody else is deploying to {place} now.", place=target.address))
    try:
        yield
    finally:
        with suppress(TargetError):
            target.release()


def _is_over(since: datetime | None, now: datetime, terms: Terms) -> bool:
    """Tell whether a claim was left by what was broken off; one that does not say since when was."""
    return terms.claims_last is not None and (since is None or now - since > terms.claims_last)


def _read_note(note: bytes) -> tuple[str, datetime | None]:
    """Return who left a note, and since when; it comes from a place where others may write."""
    try:
        document = json.loads(note)
        return str(document["by"]), parse_time(document["since"])
    except (ValueError, KeyError, TypeError):
        return "", None
