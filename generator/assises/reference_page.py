"""The reference of all keys as a page of Markdown, in a language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from assises.content import Home, Page
from assises.problems import Message, message
from assises.reference import FILES, Key, folder_of, keys, meaning_of

Translate = Callable[[str], str]


def page(sentences: Translate, meanings: Translate, names: tuple[str, ...] = tuple(FILES)) -> str:
    """Return the reference of some kinds of file, or of all.

    Args:
        sentences: translates the page's own words.
        meanings: translates what keys mean.
        names: the kinds, as `FILES` names them.
    """

    def say(sentence: Message) -> str:
        return sentence.render(sentences)

    title, every = say(message("Every key of every file")), say(message("Every page"))
    parts = [
        f"# {title}\n",
        say(
            message(
                "Made from the program itself by `assises reference`. A file of `content/` begins with these keys "
                "between two lines `---`; its text follows. A page in another language is a file beside it whose "
                "name carries the language, such as `housing.en.md`: it needs only what differs."
            )
        )
        + "\n",
    ]
    common = {key.path for key in keys(Home)}
    if any(_is_page(FILES[name]) for name in names):
        parts.append(f"## {every}\n")
        parts += [_entry(key, say, meanings) for key in keys(Home)]
    for name in names:
        cls = FILES[name]
        parts.append(f"## `{name}`: {folder_of(cls)}\n")
        parts.append(meanings(meaning_of(cls)) + "\n")
        own = [key for key in keys(cls) if not _is_page(cls) or key.path not in common]
        parts += [_entry(key, say, meanings) for key in own]
    return "\n".join(parts)


def _is_page(cls: type[Any]) -> bool:
    return issubclass(cls, Page)


def _entry(key: Key, say: Callable[[Message], str], meanings: Translate) -> str:
    """Return one key's paragraph."""
    return " ".join(_sentences(key, say, meanings)) + "\n"


def _sentences(key: Key, say: Callable[[Message], str], meanings: Translate) -> Iterator[str]:
    bound = message("required in a consultation") if key.together else message("optional")
    need = say(message("required") if key.required else bound)
    takes = message("({need}: {takes})", need=need, takes=say(key.takes))
    yield f"**`{key.path}`** {say(takes)}"
    yield meanings(key.meaning)
    if key.default:
        yield say(message("Default: {default}.", default=f"`{key.default}`"))
    if key.example:
        yield say(message("Example: {example}", example=f"`{key.name}: {key.example}`"))
    if key.since != "0.1":
        yield say(message("Since {version}.", version=key.since))
