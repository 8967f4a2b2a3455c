"""What machines noticed about a contribution, in words for whoever decides on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assises.contribution import Contribution
from assises.decisions import Decision
from assises.look_alike import mixes_alphabets, passes_for
from assises.problems import Message, message
from assises.site import Site

_WORDS: Mapping[str, Message] = {
    "trap": message("Filled in a field that people do not see: probably a machine."),
    "too-fast": message("Confirmed within a second of being shown: probably a machine."),
    "many-from-one-network": message("One of very many that came from one network within a minute."),
    "flood": message("One of very many that came by this form within a minute."),
    "alike": message("The same words came several times that day."),
    "many-links": message("Holds many links."),
    "second-of-one-sending": message("A second, different text from one and the same form."),
    "unknown-parent": message("Speaks to a contribution that does not exist, or not on this page."),
    "late": message("Its author changes something that was decided already."),
    "unexpected": message(
        "Of a kind, channel or time that no form of the site makes: look at the intake’s key."
    ),
}


def flag_words(flag: str) -> Message:
    """Return what a flag means; one of a later version shows its own name."""
    return _WORDS.get(flag) or message("{flag}", flag=flag)


def flags_of(decisions: Sequence[Decision]) -> tuple[str, ...]:
    """Return the flags that a contribution's history has, each once."""
    return tuple(dict.fromkeys(flag for decision in decisions for flag in decision.flags))


def why_flagged(said: Contribution, decisions: Sequence[Decision], site: Site) -> tuple[Message, ...]:
    """Return all that machines notice about a contribution: its flags, and a name that could pass for another's."""
    found = [flag_words(flag) for flag in flags_of(decisions)]
    # The town may be called what it is called.
    if said.kind != "answer" and (name := passes_for(said.author, site)):
        found.append(message("The name could pass for “{name}”.", name=name))
    if mixes_alphabets(said.author):
        found.append(message("The name mixes letters of several alphabets that look alike."))
    return tuple(found)
