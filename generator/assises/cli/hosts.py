"""What goes wrong with a git host far away, in a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterator

from assises.problems import Message, message
from assises.storage_contract import BUSY, StorageError


def host_trouble(error: BaseException) -> Message | None:
    """Return what a git host did, if that is what an error comes from."""
    found = next((each for each in _causes(error) if isinstance(each, StorageError) and each.url), None)
    if found is None:
        return None
    told = {"url": found.url, "status": found.status}
    if found.refusal:
        return message(
            "{url} did not take what was sent ({why}). See that this user may write there and that no rule protects the"
            " branch; then run this again.",
            why=found.refusal, **told,
        )  # fmt: skip
    if found.status in (401, 403):
        return message(
            "{url} does not let this user in (status {status}). See the user in the address, and the password:"
            " ASSISES_STORE_PASSWORD for the store, ASSISES_GIT_PASSWORD for what the intake keeps.",
            **told,
        )
    if found.status == 404:
        return message(
            "{url}: there is no such repository, or this user may not see it. See the address in ASSISES_STORE or"
            " ASSISES_STORAGE.",
            **told,
        )
    if found.status in BUSY:
        return message("{url} is busy (status {status}). Nothing is lost: run this again in a while.", **told)
    return message(
        "{url} does not answer as a git host does. See that the address is right and that this machine reaches it; then"
        " run this again.",
        **told,
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
