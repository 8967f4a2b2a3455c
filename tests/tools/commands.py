"""Every command and option as one document, in the language that ASSISES_LANGUAGE names: printed as Markdown.

``REGENERATE=1 pytest tests/test_docs.py`` writes docs/commands.md and docs/fr/commandes.md.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from inspect import cleandoc

import click

from assises.cli import main

HEAD = {
    "en": """\
        # Commands

        Made from the program's own help. `assises COMMAND --help` says the same, in French or English as the machine is
        set; `ASSISES_LANGUAGE=en` settles it. Variables of the environment: [environment.md](environment.md).

        | exit code | what it means |
        | --- | --- |
        | 0 | done |
        | 1 | problems in the site's files, a proof that does not hold, or something that could not be done: said on the error stream |
        | 2 | wrong usage: an option, argument or command that does not exist |
        | 130 | interrupted (Ctrl-C); run again, it goes on |

        With `--json`, one JSON document stands on the output stream, whatever happens.
        """,
    "fr": """\
        # Toutes les commandes

        Tiré de l’aide du programme : `assises COMMANDE --help` dit la même chose. Il parle la langue de la machine,
        français ou anglais ; `ASSISES_LANGUAGE=fr` en décide. Les variables d’environnement :
        [environment.md](../environment.md) (en anglais).

        | code de sortie | ce qu’il veut dire |
        | --- | --- |
        | 0 | fait |
        | 1 | problèmes dans les fichiers du site, preuve qui ne tient pas, ou chose qui n’a pas pu être faite : c’est dit sur la sortie d’erreur |
        | 2 | mauvais usage : une option, un argument ou une commande qui n’existe pas |
        | 130 | interrompu (Ctrl-C) ; relancée, la commande continue |

        Avec `--json`, un document JSON est écrit sur la sortie, quoi qu’il arrive.
        """,
}
TABLE = {"en": "| option | what it does |", "fr": "| option | ce qu’elle fait |"}
DEFAULT = {"en": "default: {value}", "fr": "par défaut : {value}"}
REQUIRED = {"en": "required", "fr": "obligatoire"}
MANY = {"en": "may be repeated", "fr": "peut être répétée"}


def page(language: str) -> str:
    """Return the document; the help itself is in the language that this process began in."""
    parts = [cleandoc(HEAD[language]), ""]
    for level, command, context in commands(main, click.Context(main, info_name="assises")):
        # `assises new DIR` has a name of its own within the program.
        path = context.command_path.replace(" <DIR>", "")
        usage = " ".join([path, *command.collect_usage_pieces(context)])
        parts += [f"{'#' * level} `{path}{' DIR' * (path != context.command_path)}`", "", f"`{usage}`", ""]
        parts += [_shown(cleandoc(command.help or "")), ""]
        if options := list(_options(command, language)):
            parts += [TABLE[language], "| --- | --- |", *options, ""]
    return "\n".join(parts).rstrip("\n") + "\n"


def commands(
    group: click.Group, context: click.Context, level: int = 2
) -> Iterator[tuple[int, click.Command, click.Context]]:
    """Yield each command below a group, with the level of its heading."""
    for name in sorted(group.commands):
        command = group.commands[name]
        below = click.Context(command, parent=context, info_name=name)
        yield level, command, below
        if isinstance(command, click.Group):
            yield from commands(command, below, level + 1)


def _options(command: click.Command, language: str) -> Iterator[str]:
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden:
            names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
            context = click.Context(command)
            takes = "" if option.is_flag or option.count else f" `{option.make_metavar(context)}`"
            more = [REQUIRED[language]] if option.required else []
            more += [MANY[language]] if option.multiple else []
            if option.show_default and option.default is not None:
                more.append(DEFAULT[language].format(value=f"`{option.default}`"))
            told = f"{_shown(option.help or '')} ({'; '.join(more)})" if more else _shown(option.help or "")
            yield f"| {names}{takes.replace('|', chr(92) + '|')} | {told.replace('|', chr(92) + '|')} |"


def _shown(text: str) -> str:
    """Return a help text as Markdown: what click's marks and pointed brackets mean is kept."""
    text = text.replace("\b\n", "")
    return re.sub(r"(?<![`\w])<([^<>\n]+)>", r"`<\1>`", text)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    sys.stdout.write(page(os.environ["ASSISES_LANGUAGE"]))
